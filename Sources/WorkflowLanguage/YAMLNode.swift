import Statechart
import Values

/// A piece of a YAML document with its place; scalars are resolved by YAML 1.2's core schema.
package struct YAMLNode: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case null
        case bool(Bool)
        case int(Int64)
        case double(Double)
        case string(String)
        case list([YAMLNode])
        case map([Entry])
    }

    /// How a scalar is written; it tells where in the source a part of it stands.
    package enum Style: Sendable, Hashable {
        case plain
        case quoted
        /// `|` or `>`.
        case block
        case collection
    }

    package struct Entry: Sendable, Hashable {
        package let key: YAMLNode
        package let value: YAMLNode

        /// Keys are taken by their text, whatever the core schema makes of them: `1: x` is "1".
        package var name: String { key.text }
    }

    package let kind: Kind
    /// Of a scalar, as it is after unquoting; of a collection, empty.
    package let text: String
    package let style: Style
    package let location: SourceLocation
    /// In Unicode scalars; 1 where it spans lines.
    package let length: Int
}

extension YAMLNode {
    package var entries: [Entry] {
        if case .map(let entries) = kind { entries } else { [] }
    }

    package subscript(key: String) -> YAMLNode? {
        entries.first { $0.name == key }?.value
    }

    package var isNull: Bool { kind == .null }

    package var isMap: Bool { if case .map = kind { true } else { false } }

    var isList: Bool { if case .list = kind { true } else { false } }

    package var stringValue: String? { if case .string(let text) = kind { text } else { nil } }

    /// Itself when it is no list: most words take one thing or several.
    package var oneOrMany: [YAMLNode] { if case .list(let nodes) = kind { nodes } else { [self] } }

    /// The plain value, without places.
    package var value: Value {
        switch kind {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(number)
        case .double(let number): .double(number)
        case .string(let text): .string(text)
        case .list(let nodes): .list(nodes.map(\.value))
        case .map(let entries): .map(ValueMap(entries.map { ($0.name, $0.value.value) }))
        }
    }

    /// What a kind is called in messages.
    var kindName: String {
        switch kind {
        case .null: "nothing"
        case .bool: "a boolean"
        case .int, .double: "a number"
        case .string: "a text"
        case .list: "a list"
        case .map: "a map"
        }
    }

    /// As messages quote it.
    var found: String { style == .collection || isNull ? kindName : "'\(text)'" }

    /// The node that a JSON pointer leads to, or the last one on its way.
    func node(at pointer: String) -> YAMLNode {
        var node = self
        for token in pointer.split(separator: "/") {
            let name = token.replacing("~1", with: "/").replacing("~0", with: "~")
            switch node.kind {
            case .map(let entries):
                guard let next = entries.first(where: { $0.name == name }) else { return node }
                node = next.value
            case .list(let nodes):
                guard let index = Int(name), nodes.indices.contains(index) else { return node }
                node = nodes[index]
            case .null, .bool, .int, .double, .string: return node
            }
        }
        return node
    }
}
