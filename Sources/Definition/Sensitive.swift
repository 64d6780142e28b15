import Values

/// What is not shown unless somebody asks for it: members that a schema of the workflow marks `x-sensitive: true`.
///
/// Theory. A value travels: with an event into the data, from there into a call, a task, a result and rows of the history.
/// Its name goes along, and so it is the name that is masked, wherever it stands in what the instances of the workflow
/// hold. Nothing is masked where decisions are made: adapters, expressions and the store have the values.
package struct Sensitive: Sendable, Hashable {
    /// In the place of a value.
    package static let mask = "•••"

    private let names: Set<ExactText>
    /// Search attributes whose expressions say such a name.
    private let attributes: Set<ExactText>

    package static let nothing = Sensitive(names: [], attributes: [])

    private init(names: Set<ExactText>, attributes: Set<ExactText>) {
        self.names = names
        self.attributes = attributes
    }

    init(_ schemas: [Schema], search: [SearchAttribute]) {
        let names = Set<ExactText>(
            Schema.marks("x-sensitive", in: schemas).map { ExactText($0.name) })
        self.names = names
        attributes = Set<ExactText>(
            search.filter { Self.says($0.expression.source, names) }.map { ExactText($0.name) })
    }

    private static func says(_ expression: String, _ names: Set<ExactText>) -> Bool {
        expression.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
            .contains { names.contains(ExactText(String($0))) }
    }

    /// Whether an expression says such a name: what it gives tells of it.
    package func isSaid(by expression: String) -> Bool {
        !names.isEmpty && Self.says(expression, names)
    }

    package func union(_ other: Sensitive) -> Sensitive {
        Sensitive(
            names: names.union(other.names), attributes: attributes.union(other.attributes))
    }

    // MARK: Showing

    /// With the mask in the place of every member that has such a name, however deep.
    package func masked(_ value: Value) -> Value {
        guard !names.isEmpty else { return value }
        switch value {
        case .map(let map): return .map(masked(map))
        case .list(let list): return .list(list.map(masked))
        default: return value
        }
    }

    package func masked(_ map: ValueMap) -> ValueMap {
        guard !names.isEmpty else { return map }
        var shown = ValueMap()
        for (key, value) in map.entries {
            shown[key] = key.stringValue.map { masked(value, of: $0) } ?? masked(value)
        }
        maskExpression(in: &shown)
        return shown
    }

    /// What an explanation says of an expression: `{text, value}` of a part of it, `{source, frame}` of the whole.
    private func maskExpression(in map: inout ValueMap) {
        if let text = map["text"]?.stringValue, map["value"] != nil, isSaid(by: text) {
            map["value"] = .string(Self.mask)
        }
        guard let source = map["source"]?.stringValue, isSaid(by: source) else { return }
        for name in ["frame", "error", "message"] where map[name]?.stringValue != nil {
            map[name] = .string("\(source)\n\(Self.mask)")
        }
    }

    /// The value of one member.
    package func masked(_ value: Value, of name: String) -> Value {
        names.contains(ExactText(name)) && !value.isNull ? .string(Self.mask) : masked(value)
    }

    /// Whether a search attribute is shown as the mask.
    package func hidesAttribute(_ name: String) -> Bool {
        attributes.contains(ExactText(name)) || names.contains(ExactText(name))
    }

    package func masked(_ value: Value, ofAttribute name: String) -> Value {
        attributes.contains(ExactText(name)) && !value.isNull
            ? .string(Self.mask) : masked(value, of: name)
    }
}
