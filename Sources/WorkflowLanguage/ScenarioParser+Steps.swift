import CEL
import Definition
import Execution
import Values

extension ScenarioParser {
    static let verbs = [
        "send", "decide", "advance", "advanceTo", "expect", "cancel", "migrate", "crash",
    ]

    mutating func step(_ node: YAMLNode) -> ScenarioStep? {
        let fields = reader.fields(node, of: "a step", words: Self.verbs)
        guard fields.entries.count <= 1 else {
            reader.error(
                .invalidValue,
                "a step does one thing; begin another with '-' for '"
                    + fields.entries[1].name + "'", at: fields.entries[1].key)
            return nil
        }
        guard let entry = fields.entries.first else {
            if node.entries.isEmpty, node.isMap {
                reader.error(
                    .missingWord, "a step is one of \(Self.verbs.joined(separator: ", "))", at: node
                )
            }
            return nil
        }
        return kind(entry).map { ScenarioStep($0, location: entry.key.location) }
    }

    private mutating func kind(_ entry: YAMLNode.Entry) -> ScenarioStep.Kind? {
        switch entry.name {
        case "send": send(entry.value).map { .send($0) }
        case "decide": decision(entry.value).map { .decide($0) }
        case "advance": reader.duration(entry.value, "'advance'").map { .advance($0) }
        case "advanceTo": moment(entry.value).map { .advanceTo($0) }
        case "expect": .expect(expectation(entry.value))
        case "cancel": reader.string(entry.value, "'cancel'").map { .cancel(reason: $0) }
        case "migrate": migration(entry.value)
        default: reader.flag(entry.value, "'crash'") == true ? .crash : nil
        }
    }

    /// A version's number, or a map.
    private mutating func migration(_ node: YAMLNode) -> ScenarioStep.Kind? {
        guard node.isMap else {
            return reader.integer(node, "'migrate'", minimum: 1).map { .migrate(to: $0, code: nil) }
        }
        let fields = reader.fields(node, of: "'migrate'", words: ["to", "code"])
        let to = reader.integer(
            reader.required("to", in: fields, of: "'migrate'"), "'to'", minimum: 1)
        checkRefusal(fields["code"])
        return to.map { .migrate(to: $0, code: fields["code"]?.text) }
    }

    /// An outcome's name, or a map.
    private mutating func decision(_ node: YAMLNode) -> ScenarioDecision? {
        guard node.isMap else {
            let outcome = reader.name(node, "an outcome", .word)
            if let outcome { holdDecision(outcome, nil, of: subject, node) }
            return outcome.map { ScenarioDecision(outcome: $0) }
        }
        let fields = reader.fields(
            node, of: "'decide'", words: ["outcome", "to", "task", "form", "comment", "as", "code"])
        let outcome = reader.name(
            reader.required("outcome", in: fields, of: "'decide'"), "an outcome", .word)
        let form = fields["form"].flatMap { reader.template($0, "'form'", in: stepScope) }
        let comment = reader.string(fields["comment"], "'comment'")
        let to = instance(fields["to"])
        let actor = actor(fields["as"])
        let task = reader.integer(fields["task"], "'task'", minimum: 1).map(Int64.init)
        checkRefusal(fields["code"])
        if let outcome, let node = fields["outcome"], !fields.has("code") {
            holdDecision(outcome, fields["form"], of: workflow(of: to, fields["to"]), node)
        }
        return outcome.map {
            ScenarioDecision(
                outcome: $0, to: to, task: task, form: form ?? .literal(.map(ValueMap())),
                comment: comment ?? "", actor: actor, code: fields["code"]?.text)
        }
    }

    /// A decision is refused by the engine, whose codes are known; a workflow's own `reject` is `outcome-refused`.
    private mutating func checkRefusal(_ node: YAMLNode?) {
        let known = Problem.Code.allCases.map(\.rawValue) + Receipt.codesOfDecisions
        guard let node, !known.contains(node.text) else { return }
        let near = nearestName(to: node.text, among: known).map { "; did you mean '\($0)'?" }
        reader.error(
            .invalidValue,
            "no decision is refused as '\(node.text)'"
                + (near ?? "; docs/reference/tasks.md lists the codes"), at: node)
    }

    private mutating func moment(_ node: YAMLNode) -> Template? {
        if node.text.contains("${") {
            return reader.template(node, "'advanceTo'", in: stepScope)
        }
        return reader.timestamp(node, "'advanceTo'").map { .literal(.timestamp($0)) }
    }

    /// An event's name, or a map.
    private mutating func send(_ node: YAMLNode) -> ScenarioSend? {
        guard node.isMap else {
            let event = reader.name(node, "an event", .event)
            if event != nil { holdSent(node, nil, to: nil, of: subject) }
            return event.map { ScenarioSend(event: $0) }
        }
        let fields = reader.fields(
            node, of: "'send'", words: ["event", "to", "data", "as", "id", "expect", "code"])
        let event = reader.name(
            reader.required("event", in: fields, of: "'send'"), "an event", .event)
        let data = fields["data"].map { reader.template($0, "'data'", in: stepScope) }
        let to = instance(fields["to"])
        let actor = actor(fields["as"])
        let receipt = reader.choice(
            fields["expect"], "'expect'", of: ScenarioSend.ReceiptKind.allCases)
        // What is expected to be refused may be wrong.
        if event != nil, let node = fields["event"], !fields.has("code"),
            receipt != .rejected, receipt != .ignored
        {
            let data = fields.entries.first { $0.name == "data" }
            holdSent(node, data, to: to, of: workflow(of: to, fields["to"]))
        }
        return event.map {
            ScenarioSend(
                event: $0, to: to, data: (data ?? nil) ?? .literal(.map(ValueMap())), actor: actor,
                id: fields["id"]?.text, receipt: receipt, code: fields["code"]?.text)
        }
    }
}
