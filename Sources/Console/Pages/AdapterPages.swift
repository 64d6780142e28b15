import Execution
import Values

/// Whether an adapter answers, as a mark and a word.
struct AdapterState: Sendable {
    let mark: String
    let word: String

    init(_ adapter: Value) {
        let calls = adapter["calls"]?.intValue ?? 0
        switch (adapter["paused"]?.boolValue ?? false, adapter["breaker"]?.stringValue) {
        case (_, nil): (mark, word) = ("done", "in the engine")
        case (true, _): (mark, word) = ("paused", "paused")
        case _ where adapter["unready"] != nil: (mark, word) = ("blocked", "cannot be called")
        case (_, "open"): (mark, word) = ("blocked", "does not answer")
        case (_, "half-open"): (mark, word) = ("failing", "is probed")
        case _ where calls == 0: (mark, word) = ("waiting", "nothing counted lately")
        case _ where adapter["failures"]?.intValue ?? 0 >= calls:
            (mark, word) = ("failing", "fails")
        default: (mark, word) = ("done", "answers")
        }
    }
}

/// What the engine calls: whether it answers, and how much waits for it.
struct AdaptersPage: PageContent {
    static let template = "adapters"
    let title = "Adapters"
    let section = Section.adapters

    struct Row: Sendable {
        let name: String
        let path: String
        let text: String
        let mark: String
        let word: String
        let load: String
        let failures: String
        let operations: String
        let probe: Moment?
    }

    let rows: [Row]

    init(_ visit: Visit) async throws {
        let now = visit.now
        rows = (try await visit.get("/v1/adapters")["adapters"]?.listValue ?? []).map { adapter in
            let state = AdapterState(adapter)
            let name = adapter["name"]?.stringValue ?? ""
            return Row(
                name: name, path: "/adapters/\(name.urlEncoded)",
                text: adapter["description"]?.stringValue ?? "", mark: state.mark,
                word: state.word, load: AdapterPage.load(adapter),
                failures: AdapterPage.failures(adapter),
                operations: (adapter["operations"]?.listValue ?? []).compactMap(\.stringValue)
                    .joined(separator: ", "),
                probe: Moment(adapter["nextProbe"]?.stringValue, now: now))
        }
    }
}

/// One adapter: what holds its calls up, and what a person can do about it.
struct AdapterPage: PageContent {
    static let template = "adapter"
    let section = Section.adapters
    var title: String { name }

    let name: String
    let text: String
    let operations: String
    let mark: String
    let word: String
    let load: String
    let failures: String
    let breaker: String
    let open: Moment?
    let probe: Moment?
    let callsOut: Bool
    let isPaused: Bool
    let pausedWhy: String
    /// What keeps its calls from leaving, besides the breaker and people.
    let lack: String?
    let log: HoldLog
    let problem: String?
    let fix: String?
    let done: Accepted?
    let forms: [SubjectForm]

    init(_ visit: Visit, refusal: APIProblem? = nil) async throws {
        name = visit.request.segments[1]
        let path = "/adapters/\(name.urlEncoded)"
        let adapter = try await visit.get("/v1/adapters/\(name.urlEncoded)")
        let now = visit.now
        let state = AdapterState(adapter)
        text = adapter["description"]?.stringValue ?? ""
        operations = (adapter["operations"]?.listValue ?? []).compactMap(\.stringValue)
            .joined(separator: ", ")
        mark = state.mark
        word = state.word
        load = Self.load(adapter)
        failures = Self.failures(adapter)
        breaker =
            switch adapter["breaker"]?.stringValue {
            case "half-open": "half open: the next call is its probe"
            case "open": "open"
            default: "closed"
            }
        open = Moment(adapter["openSince"]?.stringValue, now: now)
        probe = Moment(adapter["nextProbe"]?.stringValue, now: now)
        callsOut = adapter["breaker"] != nil
        isPaused = adapter["paused"]?.boolValue ?? false
        pausedWhy = adapter["pause"].map(HoldLog.standing) ?? "who did it, its record does not say"
        let lack = adapter["unready"]?["reason"]?.stringValue
        self.lack = lack
        log = HoldLog(adapter["log"], now: now)
        problem = refusal?.detail
        fix = refusal?.fix
        let latest = adapter["log"]?.listValue?.first
        let isHold = latest?["paused"]?.boolValue ?? false
        done =
            visit.request.option("done") == (isHold ? "pause" : "resume")
            ? Accepted(isHold ? .pauseAdapter : .resumeAdapter, latest, now) : nil
        let verbs: [ActionVerb] =
            isPaused
            ? [.resumeAdapter]
            : open == nil && lack == nil ? [.pauseAdapter] : [.probeAdapter, .pauseAdapter]
        forms =
            callsOut
            ? verbs.map {
                SubjectForm($0, to: path, isFirst: $0 != .pauseAdapter, visit, refusal)
            } : []
    }

    static func load(_ adapter: Value) -> String {
        guard adapter["breaker"] != nil else { return "" }
        let running = adapter["running"]?.intValue ?? 0
        let queued = adapter["queued"]?.intValue ?? 0
        return "\(running.grouped) of \((adapter["concurrency"]?.intValue ?? 0).grouped) under way"
            + (queued == 0 ? "" : ", \(queued.grouped) \(queued == 1 ? "waits" : "wait")")
    }

    static func failures(_ adapter: Value) -> String {
        guard adapter["breaker"] != nil else { return "" }
        let calls = adapter["calls"]?.intValue ?? 0
        if adapter["breaker"] == "half-open" { return "counted again from its probe on" }
        guard calls > 0 else { return "nothing counted lately" }
        return "\((adapter["failures"]?.intValue ?? 0).grouped) of the last \(calls.grouped) failed"
    }

    static func act(_ visit: Visit) async throws -> ConsoleResponse {
        let path = "/adapters/\(visit.request.segments[1].urlEncoded)"
        switch try await SubjectForm.carryOut(.adapter, "/v1" + path, visit) {
        case .refused(let refusal):
            return await visit.console.page(
                try await AdapterPage(visit, refusal: refusal), of: visit, status: refusal.status)
        case .done(let action, _), .tried(let action, _):
            return .seeOther("\(path)?done=\(action.verb.name)")
        }
    }
}
