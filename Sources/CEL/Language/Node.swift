import LinearRegex
import Values

/// A part of a parsed expression. Comprehension variables are already slots, functions already
/// found, so that evaluation looks up nothing but the free names.
struct Node: Sendable {
    let kind: Kind
    let span: Span
    /// Levels of nodes below and including this one.
    let depth: Int

    indirect enum Kind: Sendable {
        case literal(Value)
        case variable(Name)
        /// A variable of a macro, by the slot it was given.
        case local(Int, name: String)
        case select(Node, Name)
        case has(Node, field: String)
        case optionalSelect(Node, field: String)
        case index(Node, Node)
        case optionalIndex(Node, Node)
        case not(Node)
        case negate(Node)
        case arithmetic(Arithmetic, Node, Node)
        case compare(Comparison, Node, Node)
        case equal(Node, Node)
        case notEqual(Node, Node)
        case contained(Node, in: Node)
        case and([Node])
        case or([Node])
        case conditional(Node, Node, Node)
        case list([Element])
        case map([Pair])
        case call(Function, [Node])
        /// `matches` with a literal pattern, compiled while parsing.
        case matches(Node, Regex)
        case comprehension(Comprehension)
        case bind(slot: Int, Node, in: Node)
        case optionalMap(slot: Int, Node, Node, flat: Bool)
        case unknownCall(name: String, [Node])
    }

    /// A free name or a field. `qualified` are the dotted names under which the bindings may hold
    /// the whole chain up to here, in order of precedence.
    struct Name: Sendable {
        let name: String
        let qualified: [String]
    }

    struct Element: Sendable {
        let node: Node
        let isOptional: Bool
    }

    struct Pair: Sendable {
        let key: Node
        let value: Node
        let isOptional: Bool
    }
}

enum Arithmetic: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
}

enum Comparison: String, Sendable {
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="

    @inline(__always)
    func holds(_ ordering: Ordering) -> Bool {
        switch (self, ordering) {
        case (.less, .less), (.greater, .greater): true
        case (.lessOrEqual, .less), (.lessOrEqual, .equal): true
        case (.greaterOrEqual, .greater), (.greaterOrEqual, .equal): true
        default: false
        }
    }
}

/// A macro that evaluates `body` for each element of `range`.
struct Comprehension: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case all, exists, existsOne, map, filter, sortBy, transformList, transformMap
        case transformMapEntry
    }

    let kind: Kind
    let range: Node
    /// The element, or the key of a map; in the two-variable forms the index or the key.
    let firstSlot: Int
    /// The element or the value, in the two-variable forms.
    let secondSlot: Int?
    let filter: Node?
    let body: Node
}

extension Node {
    /// The parts in the order of the source.
    var children: [Node] {
        switch kind {
        case .literal, .variable, .local: []
        case .select(let a, _), .has(let a, _), .optionalSelect(let a, _), .not(let a),
            .negate(let a), .matches(let a, _):
            [a]
        case .index(let a, let b), .optionalIndex(let a, let b), .arithmetic(_, let a, let b),
            .compare(_, let a, let b), .equal(let a, let b), .notEqual(let a, let b),
            .contained(let a, in: let b), .bind(_, let a, in: let b),
            .optionalMap(_, let a, let b, _):
            [a, b]
        case .and(let nodes), .or(let nodes), .call(_, let nodes), .unknownCall(_, let nodes): nodes
        case .conditional(let a, let b, let c): [a, b, c]
        case .list(let elements): elements.map(\.node)
        case .map(let pairs): pairs.flatMap { [$0.key, $0.value] }
        case .comprehension(let loop): [loop.range] + (loop.filter.map { [$0] } ?? []) + [loop.body]
        }
    }
}
