import Execution
import Values

/// An action on many instances before it is done: whom it would concern, by the server's own dry run, and the form.
struct BatchPage: PageContent {
    static let template = "batch"
    let section = Section.operations
    var title: String { heading }

    struct Trial: Sendable {
        let link: InstanceLink
        let states: [String]
        let status: String
        let calls: [String]
        let refusal: String?
    }

    /// What else could be done to them.
    struct Way: Sendable {
        let word: String
        let path: String
        let isCurrent: Bool
    }

    /// One over the same instances that is not over.
    struct Beside: Sendable {
        let text: String
        let path: String
    }

    let heading: String
    let ways: [Way]
    let beside: [Beside]
    let verb: String
    let sentence: Prose
    let action: String
    let which: String
    let cause: String?
    let filter: String?
    let matched: String
    let skipped: String?
    let isMany: Bool
    let trials: [Trial]
    let hasTrials: Bool
    let canary: String
    let rate: String
    let stopAfter: String
    let reason: String
    let isDangerous: Bool
    let errors: [String]
    let problem: String?
    let fix: String?
    let button: String
    let command: String
    let back: String

    /// Those that take no arguments.
    private static let kinds: [ActionVerb] = [.retry, .pause, .resume, .cancel, .terminate]

    /// Leads here, for the instances of a cause.
    static func path(ofCause cause: String) -> String {
        "/operations/new?cause=" + cause.urlEncoded
    }

    /// Leads here, for the instances that a filter finds.
    static func path(_ verb: ActionVerb, of filter: String) -> String {
        "/operations/new?action=\(verb.rawValue)&filter=" + filter.urlEncoded
    }

    static func carryOut(_ visit: Visit) async throws -> ConsoleResponse {
        let asked = try Asked(visit)
        let answer = await visit.api.ask(
            APICall("POST", "/v1/operations", body: .map(asked.body(isDry: false))))
        if answer.status == 201, let id = answer.body["id"]?.intValue {
            return .seeOther("/operations/\(id)")
        }
        return await visit.console.page(
            try await BatchPage(visit, refusal: APIProblem(answer)), of: visit,
            status: (400..<600).contains(answer.status) ? answer.status : 500)
    }

    init(_ visit: Visit, refusal: APIProblem? = nil) async throws {
        let asked = try Asked(visit)
        let dry = await visit.api.ask(
            APICall("POST", "/v1/operations", body: .map(asked.body(isDry: true))))
        let isFound = (200..<300).contains(dry.status)
        let found = isFound ? dry.body["matched"]?.intValue ?? 0 : 0
        let failure = refusal ?? (isFound ? nil : APIProblem(dry))
        action = asked.kind.name
        verb = asked.kind.title
        sentence = Prose(asked.kind.sentence)
        isDangerous = asked.kind.isDangerous
        cause = asked.cause
        filter = asked.filter
        which = asked.cause ?? asked.filter ?? ""
        let idle = dry.body["skipped"]?.intValue ?? 0
        matched = counted(found, "instance", "instances")
        skipped =
            isFound && idle > 0
            ? counted(
                idle, "of them is so already and is passed over",
                "of them are so already and are passed over") : nil
        isMany = found - idle > 1
        heading = isFound ? "\(verb): \(counted(found - idle, "instance", "instances"))?" : verb
        button = "\(verb): \(counted(found - idle, "instance", "instances"))"
        ways = BatchPage.kinds.compactMap { verb in
            ActionKind(verb.rawValue).map { kind in
                Way(
                    word: kind.title, path: asked.path(verb),
                    isCurrent: verb == asked.kind.verb)
            }
        }
        beside = isFound ? try await Self.beside(asked, visit) : []
        trials = (dry.body["previews"]?.listValue ?? []).compactMap(Self.trial)
        hasTrials = !trials.isEmpty
        canary = asked.text("canary") ?? (isMany ? "1" : "0")
        rate = asked.text("rate") ?? "5"
        stopAfter = asked.text("stopAfter") ?? "3"
        reason = asked.text("reason") ?? ""
        problem = failure?.detail
        fix = failure?.fix
        errors = (failure?.errors ?? []).map { error in
            error.pointer.isEmpty ? error.detail : "\(error.pointer.dropFirst()): \(error.detail)"
        }
        command = visit.act(
            asked.words(canary: canary, rate: rate, stopAfter: stopAfter))
        back =
            asked.cause.map { "/incidents?cause=" + $0.urlEncoded }
            ?? "/instances?filter=" + (asked.filter ?? "").urlEncoded
    }

    /// Among the latest: what is acted on twice is done twice, or found moved on.
    private static func beside(_ asked: Asked, _ visit: Visit) async throws -> [Beside] {
        let operations =
            try await visit.get("/v1/operations", [("count", "50")])["operations"]?.listValue ?? []
        return operations.filter { operation in
            ["running", "held"].contains(operation["status"]?.stringValue)
                && (asked.cause.map { operation["cause"]?.stringValue == $0 }
                    ?? asked.filter.map { operation["filter"]?.stringValue == $0 } ?? false)
        }.map { operation in
            let id = operation["id"]?.intValue ?? 0
            let word = OperationMark(operation).word.lowercased()
            let left = operation["counts"]?["pending"]?.intValue ?? 0
            return Beside(
                text: "Operation \(id): \(operation.actionTitle), \(word), "
                    + "\(left.grouped) not tried yet",
                path: "/operations/\(id)")
        }
    }

    private static func trial(_ preview: Value) -> Trial? {
        guard let link = InstanceLink(preview["name"]?.stringValue) else { return nil }
        let effect = preview["effect"]
        return Trial(
            link: link, states: effect?["states"]?.listValue?.compactMap(\.stringValue) ?? [],
            status: effect?["status"]?.stringValue ?? "",
            calls: effect?["calls"]?.listValue?.compactMap(\.stringValue) ?? [],
            refusal: preview["refusal"]?.stringValue)
    }

    /// What the form, or the link to it, asks for.
    private struct Asked {
        let kind: ActionKind
        let cause: String?
        let filter: String?
        private let given: [(name: String, value: String)]

        init(_ visit: Visit) throws {
            given = visit.request.method == "POST" ? visit.request.form : visit.request.query
            let given = given
            func value(_ name: String) -> String? {
                given.first { $0.name == name && !$0.value.isEmpty }?.value
            }
            guard let kind = ActionKind(value("action") ?? "retry"),
                BatchPage.kinds.contains(kind.verb)
            else {
                throw APIProblem(
                    status: 404, detail: "that is no action for many instances here",
                    fix: "the command line has them all: `pawl move -f …`")
            }
            self.kind = kind
            cause = value("cause")
            filter = value("filter")
        }

        /// The same instances, something else.
        func path(_ verb: ActionVerb) -> String {
            "/operations/new?action=\(verb.rawValue)"
                + (cause.map { "&cause=\($0.urlEncoded)" } ?? "")
                + (filter.map { "&filter=\($0.urlEncoded)" } ?? "")
        }

        func text(_ name: String) -> String? { given.first { $0.name == name }?.value }

        func body(isDry: Bool) -> ValueMap {
            var body: ValueMap = ["action": .string(kind.name)]
            if let cause { body["cause"] = .string(cause) }
            if let filter { body["filter"] = .string(filter) }
            if isDry {
                body["dryRun"] = true
                return body
            }
            if let reason = text("reason"), !reason.isEmpty { body["reason"] = .string(reason) }
            for name in ["canary", "rate", "stopAfter"] {
                guard let text = text(name), !text.isEmpty else { continue }
                // What is no number stays text, and the API says what is wrong with it.
                body[name] = (try? JSON.parse(Array(text.utf8))) ?? .string(text)
            }
            return body
        }

        func words(canary: String, rate: String, stopAfter: String) -> [String] {
            let which = cause.map { ["--cause", $0] } ?? ["-f", filter ?? ""]
            let reason = text("reason").flatMap { $0.isEmpty ? nil : $0 } ?? "why"
            return [kind.name] + which + [
                "--canary", canary, "--rate", rate + "/s", "--stop-after", stopAfter, "--reason",
                reason,
            ]
        }
    }
}
