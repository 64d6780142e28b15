import CEL
import Statechart
import Values

/// Executable content.
///
/// What goes to other sessions leaves the machine as a `send` whose payload tells the world all that
/// SCXML's `<send>` and `<cancel>` say; `SCXMLWorld` reads it.
extension SCXMLImporter {
    func block(_ node: XMLNode) throws -> ActionBlock { try node.children.compactMap(action) }

    private func action(_ node: XMLNode) throws -> Action? {
        switch node.name {
        case "raise":
            .raise(event: try node.required("event"), data: nil, location: node.location)
        case "assign": try assign(node)
        case "send": try send(node)
        case "cancel":
            .emit(
                .send, payload: .literal(["cancel": .string(try node.required("sendid"))]),
                location: node.location)
        case "if": try choose(node)
        case "log": nil
        default: throw ImportFailure.unknownElement(node.name, node.location)
        }
    }

    /// Reads the location before it writes, for writing where nothing was declared is an error.
    private func assign(_ node: XMLNode) throws -> Action {
        let name = try node.required("location")
        let value = try expression("[context.\(name), \(node.required("expr"))][1]", at: node)
        return .assign(name: name, value: .expression(value), location: node.location)
    }

    /// `<elseif>` and `<else>` stand between the actions that they divide.
    private func choose(_ node: XMLNode) throws -> Action {
        var branches: [Branch] = []
        var condition = try self.condition(node)
        var actions: ActionBlock = []
        for child in node.children {
            if ["elseif", "else"].contains(child.name) {
                branches.append(Branch(condition: condition, actions: actions))
                condition = try self.condition(child)
                actions = []
            } else if let action = try action(child) {
                actions.append(action)
            }
        }
        return .choose(branches + [Branch(condition: condition, actions: actions)])
    }

    // MARK: Sending

    private func send(_ node: XMLNode) throws -> Action {
        let event = try node.required("event")
        if node["target"] == "#_internal" {
            return .raise(event: event, data: try payload(node), location: node.location)
        }
        var message: Value = ["event": .string(event), "data": try data(node)]
        message["target"] = template(try target(node["target"] ?? "", at: node))
        message["id"] = node["id"].map { .string($0) }
        message["delay"] = node["delay"].map { .string($0) }
        if let delay = node["delayexpr"] {
            message["delay"] = template(try expression(delay, at: node))
        }
        return .emit(.send, payload: try Template(parsing: message), location: node.location)
    }

    /// Looks the target up among those that there are, so that another one is an error when the element is
    /// executed.
    private func target(_ name: String, at node: XMLNode) throws -> Expression {
        let known = ["", "#_parent"] + invokeIDs.map { "#_\($0)" }
        let table = known.map { "'\($0)': '\($0)'" }.joined(separator: ", ")
        return try expression("{\(table)}['\(name)']", at: node)
    }

    /// The data of an event, from `<content>` or the `<param>`s.
    func payload(_ node: XMLNode) throws -> Template { try Template(parsing: try data(node)) }

    private func data(_ node: XMLNode) throws -> Value {
        if let content = node.child(named: "content") {
            guard let source = content["expr"] else { return literal(content.text) }
            return template(try expression(source, at: content))
        }
        let parameters = node.children(named: "param")
        guard !parameters.isEmpty else { return .null }
        return .map(
            ValueMap(
                try parameters.map { parameter in
                    let location = parameter["location"].map { "context.\($0)" }
                    let source = try location ?? parameter.required("expr")
                    return (
                        try parameter.required("name"),
                        template(try expression(source, at: parameter))
                    )
                }))
    }

    private func template(_ expression: Expression) -> Value { .string("${\(expression.source)}") }

    /// JSON, or else a text with its spaces made one.
    private func literal(_ text: String) -> Value {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return (try? JSON.parse(Array(text.utf8), limits: .trusted)) ?? .string(words)
    }
}
