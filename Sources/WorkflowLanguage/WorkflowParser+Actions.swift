import CEL
import Statechart
import Values

/// Executable content: a map of actions or a list of such maps, executed as written.
extension WorkflowParser {
    static let actionWords = ["assign", "raise", "send", "log", "notify", "reject", "report"]

    mutating func actions(_ node: YAMLNode, in scope: Scope) -> ActionBlock {
        var block: ActionBlock = []
        for element in node.oneOrMany {
            let fields = reader.fields(
                element, of: "an action", words: Self.actionWords, unsupported: ["cancel"],
                isOrdered: true)
            for entry in fields.entries { block += action(entry, in: scope) }
        }
        return block
    }

    private mutating func action(_ entry: YAMLNode.Entry, in scope: Scope) -> ActionBlock {
        switch entry.name {
        case "assign": assign(entry.value, in: scope)
        case "raise": [raise(entry.value, in: scope)].compactMap(\.self)
        case "send": emission(.send, send(entry.value, in: scope), entry.key)
        case "log":
            emission(.log, reader.template(entry.value, "'log'", in: scope), entry.key)
        case "notify": emission(.notify, notification(entry.value, in: scope), entry.key)
        case "report":
            emission(.report, reader.template(entry.value, "'report'", in: scope), entry.key)
        case "reject": emission(.reject, rejection(entry.value, in: scope), entry.key)
        default: []
        }
    }

    private func emission(
        _ kind: Emission.Kind, _ payload: Template?, _ key: YAMLNode
    ) -> ActionBlock {
        payload.map { [.emit(kind, payload: $0, location: key.location)] } ?? []
    }

    private mutating func assign(_ node: YAMLNode, in scope: Scope) -> ActionBlock {
        var block: ActionBlock = []
        for entry in reader.entries(node, of: "'assign'") ?? [] {
            guard let (value, schema) = assigned(entry, in: scope) else { continue }
            block.append(
                .assign(
                    name: entry.name, value: value, schema: schema, location: entry.key.location))
        }
        return block
    }

    /// A member of the context and what it is set to, which must be one and fit it as far as that can be told.
    mutating func assigned(
        _ entry: YAMLNode.Entry, in scope: Scope
    ) -> (value: Template, schema: Schema)? {
        if !declared.contextNames.contains(entry.name) {
            let hint = Reader.hint(entry.name, declared.contextNames)
            reader.error(
                .unknownContext, "'context' declares no '\(entry.name)'\(hint)", at: entry.key)
        }
        guard let value = reader.template(entry.value, "'\(entry.name)'", in: scope) else {
            return nil
        }
        if mayGiveNull(entry.value, in: scope) { nullAssignments.insert(entry.key.location) }
        let schema = declared.context.property(entry.name) ?? .any
        reader.hold(
            entry.value, against: schema, Holding("context.\(entry.name)", nil, in: scope),
            missing: entry.value)
        return (value, schema)
    }

    private mutating func raise(_ node: YAMLNode, in scope: Scope) -> Action? {
        var nameNode: YAMLNode? = node
        var data: Template?
        if node.isMap {
            let fields = reader.fields(node, of: "'raise'", words: ["event", "data"])
            nameNode = reader.required("event", in: fields, of: "'raise'")
            data = reader.template(fields["data"], "'data'", in: scope)
        }
        guard let nameNode, let name = eventName(nameNode) else { return nil }
        raised.append((name, nameNode))
        if let declaration = declared.event(name) {
            // Nothing refuses what the chart tells itself; who reads it takes the schema for granted.
            reader.hold(
                node.isMap ? node["data"] : nil, against: declaration.data,
                Holding("'\(name)'", "its data", in: scope, severity: .warning),
                missing: nameNode)
        }
        return .raise(event: name, data: data, location: node.location)
    }

    /// The payload `{event, data, key?, to?}`.
    private mutating func send(_ node: YAMLNode, in scope: Scope) -> Template? {
        guard node.isMap else {
            return eventName(node).map { .literal(["event": .string($0)]) }
        }
        let fields = reader.fields(node, of: "'send'", words: ["event", "data", "key", "to"])
        let event = eventName(reader.required("event", in: fields, of: "'send'"))
        if let to = fields["to"] { _ = reader.name(to, "a workflow", .identifier) }
        guard reader.checkLeaves(of: node, "'send'", in: scope), event != nil else { return nil }
        holdSent(fields, in: scope)
        return reader.template(fields.value, "'send'", at: node)
    }

    private mutating func rejection(_ node: YAMLNode, in scope: Scope) -> Template? {
        let fields = reader.fields(node, of: "'reject'", words: ["code", "message"])
        let code = reader.name(
            reader.required("code", in: fields, of: "'reject'"), "a code", .word)
        _ = reader.required("message", in: fields, of: "'reject'")
        guard reader.checkLeaves(of: node, "'reject'", in: scope), code != nil else { return nil }
        return reader.template(fields.value, "'reject'", at: node)
    }
}

extension Fields {
    /// The known entries as a plain value.
    var value: Value { .map(ValueMap(entries.map { ($0.name, $0.value.value) })) }
}
