import Values

/// Why a value is no template: where in it (a JSON pointer) and where in that string (a byte).
package struct TemplateError: Error, Hashable, CustomStringConvertible {
    package let message: String
    package let pointer: String
    package let offset: Int

    package init(message: String, pointer: String, offset: Int) {
        self.message = message
        self.pointer = pointer
        self.offset = offset
    }

    package var description: String {
        pointer.isEmpty ? message : "\(pointer): \(message)"
    }
}

/// A value whose strings may hold expressions: the structure is data, the leaves are CEL.
///
/// A string that is exactly `${expr}` becomes the expression's value with its kind; expressions
/// within other text are interpolated; `$${` stands for a literal `${`.
package struct Template: Sendable, Hashable {
    indirect enum Node: Sendable, Hashable {
        case literal(Value)
        case expression(Expression)
        case text([Piece])
        case list([Node])
        case map([Entry])
    }

    enum Piece: Sendable, Hashable {
        case literal(String)
        case expression(Expression)
    }

    struct Entry: Sendable, Hashable {
        let key: Value
        let node: Node
    }

    private let root: Node

    package init(parsing value: Value) throws(TemplateError) {
        root = try Self.parse(value, pointer: "", depth: 0)
    }

    private init(root: Node) {
        self.root = root
    }

    /// A template that always gives this value, `${` or not.
    package static func literal(_ value: Value) -> Template {
        Template(root: .literal(value))
    }

    /// A template that gives the expression's value.
    package static func expression(_ expression: Expression) -> Template {
        Template(root: .expression(expression))
    }

    /// The value is within `ValueLimits.standard`.
    package func evaluate(
        _ bindings: Bindings, budget: Int = 1_000_000
    ) throws(EvaluationError) -> Value {
        let value = try Self.evaluate(root, bindings, budget)
        guard !value.isSmall, let excess = value.excess() else { return value }
        throw EvaluationError(.tooLarge, "the value is \(excess)")
    }

    /// Of a map, each member by itself: one that fails is what `failed` makes of it, and the others are as they are.
    package func evaluateEach(
        _ bindings: Bindings, failed: (EvaluationError) -> Value
    ) -> Value {
        guard case .map(let entries) = root else {
            do throws(EvaluationError) { return try evaluate(bindings) } catch {
                return failed(error)
            }
        }
        var map = ValueMap()
        for entry in entries {
            do throws(EvaluationError) {
                map[entry.key] = try Template(root: entry.node).evaluate(bindings)
            } catch {
                map[entry.key] = failed(error)
            }
        }
        return .map(map)
    }

    /// In the order of the source.
    package var expressions: [Expression] {
        Self.expressions(in: root)
    }

    package var isConstant: Bool {
        if case .literal = root { true } else { false }
    }

    /// The value of a template without expressions.
    package var constant: Value? {
        if case .literal(let value) = root { value } else { nil }
    }
}

extension Template {
    private static func evaluate(
        _ node: Node, _ bindings: Bindings, _ budget: Int
    ) throws(EvaluationError) -> Value {
        switch node {
        case .literal(let value): return value
        case .expression(let expression): return try expression.evaluate(bindings, budget: budget)
        case .text(let pieces): return .string(try text(pieces, bindings, budget))
        case .list(let nodes):
            var values: [Value] = []
            values.reserveCapacity(nodes.count)
            for node in nodes { values.append(try evaluate(node, bindings, budget)) }
            return .list(values)
        case .map(let entries):
            var map = ValueMap(minimumCapacity: entries.count)
            for entry in entries { map[entry.key] = try evaluate(entry.node, bindings, budget) }
            return .map(map)
        }
    }

    private static func text(
        _ pieces: [Piece], _ bindings: Bindings, _ budget: Int
    ) throws(EvaluationError) -> String {
        var text = ""
        for piece in pieces {
            switch piece {
            case .literal(let part): text += part
            case .expression(let expression):
                text += try expression.evaluate(bindings, budget: budget).interpolated
            }
            let limit = ValueLimits.standard.maximumBytes
            guard text.utf8.count <= limit else {
                throw EvaluationError(.tooLarge, "the text is \(Excess.size(limit: limit))")
            }
        }
        return text
    }

    private static func expressions(in node: Node) -> [Expression] {
        switch node {
        case .literal: []
        case .expression(let expression): [expression]
        case .text(let pieces):
            pieces.compactMap {
                if case .expression(let expression) = $0 { expression } else { nil }
            }
        case .list(let nodes): nodes.flatMap(expressions)
        case .map(let entries): entries.flatMap { expressions(in: $0.node) }
        }
    }
}

extension Value {
    /// As part of a text: scalars as `string()` writes them, null as nothing, the rest as JSON.
    package var interpolated: String {
        switch self {
        case .null, .optional(nil): ""
        case .optional(let inner?): inner.interpolated
        case .type(let name): name
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self) ?? Base64.encode(bytes)
        default: celText ?? JSON.string(self)
        }
    }
}

extension Template {
    /// The keys of a template that is a map, in order; nil when only evaluation would tell.
    package var memberNames: [String]? {
        switch root {
        case .literal(let value): value.mapValue?.keys.compactMap(\.stringValue)
        case .map(let entries): entries.compactMap(\.key.stringValue)
        case .expression, .text, .list: nil
        }
    }

    /// As it was written, for people; a map or a list of expressions only in its outline.
    package var written: String {
        switch root {
        case .literal(let value): value.interpolated
        case .expression(let expression): "${\(expression.source)}"
        case .text(let pieces):
            pieces.map {
                switch $0 {
                case .literal(let part): part
                case .expression(let expression): "${\(expression.source)}"
                }
            }.joined()
        case .list: "[…]"
        case .map: "{…}"
        }
    }

    /// All of it, for comparing: two templates that mean something else differ.
    package var whole: String { Self.whole(root) }

    private static func whole(_ node: Node) -> String {
        switch node {
        case .literal(let value): JSON.string(value)
        case .expression, .text: Template(root: node).written
        case .list(let nodes): "[" + nodes.map(whole).joined(separator: ", ") + "]"
        case .map(let entries):
            "{"
                + entries.map { "\(JSON.string($0.key)): \(whole($0.node))" }.joined(
                    separator: ", ") + "}"
        }
    }

    /// What a template that is a map gives for a key; nil when it has none or is no map.
    package func member(_ name: String) -> Template? {
        switch root {
        case .literal(let value): value[name].map { .literal($0) }
        case .map(let entries):
            entries.first { $0.key.stringValue == name }.map { Template(root: $0.node) }
        case .expression, .text, .list: nil
        }
    }
}
