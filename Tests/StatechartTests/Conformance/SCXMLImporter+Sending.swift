import CEL
import Statechart
import Values

/// What goes to other sessions leaves the machine as a `send` whose payload tells the world all that SCXML's `<send>`
/// and `<cancel>` say; `SCXMLWorld` reads it.
extension SCXMLImporter {
    func send(_ node: XMLNode) throws -> [Action] {
        guard node["event"] ?? node["eventexpr"] != nil else {
            throw ImportFailure.missing("event", of: "send", node.location)
        }
        var message: Value = ["data": try data(node)]
        for name in ["event", "target", "type", "delay", "id"] {
            message[name] = try saying(name, node)
        }
        var actions: [Action] = []
        if let location = node["idlocation"] {
            let count = "context.\(Self.sends)"
            let id = "[context.\(location), 'send.' + string(\(count))][1]"
            actions = [
                try set(Self.sends, "\(count) + 1", at: node), try set(location, id, at: node),
            ]
            message["id"] = .string("${context.\(location)}")
        }
        return actions + [
            .emit(.send, payload: try Template(parsing: message), location: node.location)
        ]
    }

    func cancel(_ node: XMLNode) throws -> Action {
        guard let id = try saying("sendid", node) else {
            throw ImportFailure.missing("sendid", of: "cancel", node.location)
        }
        return .emit(
            .send, payload: try Template(parsing: ["cancel": id]), location: node.location)
    }

    /// What an element says as `name`, or has evaluated as `nameexpr`.
    func saying(_ name: String, _ node: XMLNode) throws -> Value? {
        guard let source = node["\(name)expr"] else { return node[name].map { .string($0) } }
        return template(try expression(source, at: node))
    }

    /// The data of an event, from `<content>` or the `<param>`s.
    func payload(_ node: XMLNode) throws -> Template { try Template(parsing: try data(node)) }

    private func data(_ node: XMLNode) throws -> Value {
        if let content = node.child(named: "content") {
            guard let source = content["expr"] else { return literal(content.text) }
            return template(try expression(source, at: content))
        }
        return try parameters(node) ?? .null
    }

    /// Those of `namelist` and the `<param>`s. Of a name that comes twice both values are kept, as a list.
    func parameters(_ node: XMLNode) throws -> Value? {
        var pairs = try (node["namelist"] ?? "").split(separator: " ").map { name in
            (String(name), template(try expression("context.\(name)", at: node)))
        }
        pairs += try node.children(named: "param").map { parameter in
            let location = parameter["location"].map { "context.\($0)" }
            let source = try location ?? parameter.required("expr")
            return (
                try parameter.required("name"), template(try expression(source, at: parameter))
            )
        }
        guard !pairs.isEmpty else { return nil }
        return .map(
            ValueMap(
                pairs.map { name, value in
                    let all = pairs.filter { $0.0 == name }.map(\.1)
                    return (name, all.count == 1 ? value : .list(all))
                }))
    }

    func template(_ expression: Expression) -> Value { .string("${\(expression.source)}") }
}
