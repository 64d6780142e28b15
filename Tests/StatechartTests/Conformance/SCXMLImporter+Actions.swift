import CEL
import Statechart
import Values

/// Executable content.
extension SCXMLImporter {
    /// The longest list that a `<foreach>` may go through.
    private static let mostMembers = 8

    func block(_ node: XMLNode) throws -> ActionBlock { try node.children.flatMap(actions) }

    func actions(_ node: XMLNode) throws -> [Action] {
        switch node.name {
        case "raise":
            [.raise(event: try node.required("event"), data: nil, location: node.location)]
        case "assign": [try assign(node)]
        case "script": [try script(node)]
        case "send": try send(node)
        case "cancel": [try cancel(node)]
        case "if": [try choose(node)]
        case "foreach": try loop(node)
        case "log": [try log(node)]
        default: throw ImportFailure.unknownElement(node.name, node.location)
        }
    }

    /// Writes a member of the context, declared or not.
    func set(_ name: String, _ source: String, at node: XMLNode) throws -> Action {
        .assign(
            name: name, value: .expression(try expression(source, at: node)),
            location: node.location)
    }

    /// Reads the location before it writes, for writing where nothing was declared is an error.
    private func assign(_ node: XMLNode) throws -> Action {
        let name = try node.required("location")
        return try set(name, "[context.\(name), \(try value(of: node))][1]", at: node)
    }

    /// There is no language for scripts: one is an assignment that declares its variable, and a file must be there.
    private func script(_ node: XMLNode) throws -> Action {
        if let source = node["src"] { _ = try documents?.text(of: source) }
        return try set(try node.required("location"), try node.required("expr"), at: node)
    }

    /// An expression, or what stands inside: a document, by its number, or text.
    private func value(of node: XMLNode) throws -> String {
        if let expression = node["expr"] { return expression }
        guard let document = node.child(named: "scxml") else {
            return JSON.string(literal(node.text))
        }
        let number = inlineDocuments.firstIndex { $0.location == document.location }
        return "{'document': \(number ?? 0)}"
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
            } else {
                actions += try self.actions(child)
            }
        }
        return .choose(branches + [Branch(condition: condition, actions: actions)])
    }

    /// The machine has no loop: it becomes one branch for each member that there may be, over a copy of the list. A list
    /// that is longer, or none, or a name that is none, is an error before the first round.
    private func loop(_ node: XMLNode) throws -> [Action] {
        let array = try node.required("array")
        let names = try [node.required("item")] + [node["index"]].compactMap(\.self)
        guard names.allSatisfy({ $0.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil }) else {
            return [try set("none", "1 / 0", at: node)]
        }
        let copy = "copy\(node.location.line)at\(node.location.column)"
        let isFit = "type(\(array)) == list && size(\(array)) <= \(Self.mostMembers)"
        let body = try block(node)
        let rounds = try (0..<Self.mostMembers).map { number in
            let isThere = Guard(
                expression: try expression("size(context.\(copy)) > \(number)", at: node),
                location: node.location)
            let values = ["context.\(copy)[\(number)]", "\(number)"]
            let variables = try zip(names, values).map { try set($0, $1, at: node) }
            return Action.choose([Branch(condition: isThere, actions: variables + body)])
        }
        return [try set(copy, "\(isFit) ? \(array) : [1 / 0]", at: node)] + rounds
    }

    private func log(_ node: XMLNode) throws -> Action {
        let source = node["expr"].flatMap { $0.isEmpty ? nil : $0 } ?? "null"
        let line: Value = [
            "label": .string(node["label"] ?? ""),
            "value": template(try expression(source, at: node)),
        ]
        return .emit(.log, payload: try Template(parsing: line), location: node.location)
    }

    /// JSON, or else a text with its spaces made one.
    func literal(_ text: String) -> Value {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return (try? JSON.parse(Array(text.utf8), limits: .trusted)) ?? .string(words)
    }
}
