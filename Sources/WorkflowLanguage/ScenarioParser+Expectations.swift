import Execution
import Values

extension ScenarioParser {
    static let expectationWords = [
        "instance", "state", "notState", "status", "output", "context", "calls", "mails", "blocker",
        "incidents", "kept", "records", "instances",
    ]

    private enum Status: String {
        case running
        case completed
        case failed
        case cancelled
    }

    mutating func expectation(_ node: YAMLNode) -> ScenarioExpectation {
        let fields = reader.fields(node, of: "'expect'", words: Self.expectationWords)
        if let context = fields["context"] { _ = reader.entries(context, of: "'context'") }
        let mails = mailExpectation(fields["mails"])
        let name = instance(fields["instance"])
        let owner = workflow(of: name, fields["instance"])
        checkStates(fields["state"], of: owner)
        checkStates(fields["notState"], of: owner)
        holdContext(fields["context"], of: owner)
        return ScenarioExpectation(
            instance: name, states: states(fields["state"]),
            notStates: states(fields["notState"]), status: status(fields["status"]),
            output: fields["output"]?.value,
            context: fields["context"]?.value.mapValue ?? ValueMap(),
            calls: calls(fields["calls"]),
            mails: mails.list, mailCount: mails.count,
            blocker: fields["blocker"].map { blocker($0) },
            incidents: reader.integer(fields["incidents"], "'incidents'", minimum: 0),
            kept: reader.integer(fields["kept"], "'kept'", minimum: 0),
            records: recordExpectations(fields["records"]), instances: others(fields["instances"]))
    }

    private mutating func states(_ node: YAMLNode?) -> [String] {
        (node?.oneOrMany ?? []).compactMap { reader.name($0, "a state", .event) }
    }

    private mutating func status(_ node: YAMLNode?) -> String? {
        reader.choice(
            node, "'status'", of: [Status.running, .completed, .failed, .cancelled])?.rawValue
    }

    private mutating func calls(_ node: YAMLNode?) -> [ScenarioExpectation.Count] {
        guard let node else { return [] }
        return (reader.entries(node, of: "'calls'") ?? []).compactMap { entry in
            let task = task(entry.key)
            checkTask(task, entry.key)
            let count = reader.integer(entry.value, "a count", minimum: 0)
            guard let task, let count else { return nil }
            return ScenarioExpectation.Count(task: task, count: count)
        }
    }

    /// A count, or mails; an empty list says that none was sent.
    private mutating func mailExpectation(
        _ node: YAMLNode?
    ) -> (list: [ScenarioExpectation.Mail]?, count: Int?) {
        guard let node else { return (nil, nil) }
        guard node.isList || node.isMap else {
            return (nil, reader.integer(node, "'mails'", minimum: 0))
        }
        let mails = node.oneOrMany
        return mails.isEmpty ? (nil, 0) : (mails.compactMap { mail($0) }, nil)
    }

    private mutating func mail(_ node: YAMLNode) -> ScenarioExpectation.Mail? {
        let fields = reader.fields(node, of: "a mail", words: ["to", "mail", "subject", "text"])
        guard node.isMap else { return nil }
        return ScenarioExpectation.Mail(
            to: reader.string(fields["to"], "'to'"), mail: reader.string(fields["mail"], "'mail'"),
            subject: reader.string(fields["subject"], "'subject'"),
            text: reader.string(fields["text"], "'text'"))
    }

    /// A kind like `waiting.event`, or `{kind, contains}`.
    private mutating func blocker(_ node: YAMLNode) -> ScenarioExpectation.Blocker {
        guard node.isMap else {
            return ScenarioExpectation.Blocker(kind: blockerKind(node), contains: nil)
        }
        let fields = reader.fields(node, of: "'blocker'", words: ["kind", "contains"])
        return ScenarioExpectation.Blocker(
            kind: blockerKind(fields["kind"]),
            contains: reader.string(fields["contains"], "'contains'"))
    }

    private mutating func blockerKind(_ node: YAMLNode?) -> String? {
        guard let node, let kind = reader.name(node, "a kind of blocker", .event) else {
            return nil
        }
        let known = Blocker.Kind.allCases.map(\.rawValue)
        if neighbours != nil, !known.contains(exactly: kind) {
            reader.error(
                .invalidValue,
                "there is no blocker '\(kind)'"
                    + (nearestName(to: kind, among: known).map { "; did you mean '\($0)'?" }
                        ?? "; docs/reference/blockers.md lists them"),
                at: node)
        }
        return kind
    }

    /// `{collection: {id: body}}`; a body of null says that there is no such record.
    private mutating func recordExpectations(_ node: YAMLNode?) -> [ScenarioExpectation.Record] {
        reader.named(node, "collection", .event).flatMap { collection, entry in
            (reader.entries(entry.value, of: "a collection") ?? []).map {
                // A bare nil would become a null value.
                let body = $0.value.isNull ? Value?.none : $0.value.value
                return ScenarioExpectation.Record(collection: collection, id: $0.name, body: body)
            }
        }
    }

    /// `{workflow/key: state}` or `{workflow/key: {state, status}}`.
    private mutating func others(_ node: YAMLNode?) -> [ScenarioExpectation.Other] {
        guard let node else { return [] }
        return (reader.entries(node, of: "'instances'") ?? []).compactMap { entry in
            guard let name = instance(entry.key) else { return nil }
            let owner = workflow(of: name, entry.key)
            guard entry.value.isMap else {
                checkStates(entry.value, of: owner)
                return ScenarioExpectation.Other(
                    instance: name, states: states(entry.value), status: nil)
            }
            let fields = reader.fields(
                entry.value, of: "an instance", words: ["state", "status"])
            checkStates(fields["state"], of: owner)
            return ScenarioExpectation.Other(
                instance: name, states: states(fields["state"]), status: status(fields["status"]))
        }
    }
}
