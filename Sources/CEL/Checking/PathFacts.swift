import Values

/// Paths (`context.worker`) whose values were asked for: they are there, and not null.
struct PathFacts: Sendable {
    private var paths: Set<[ExactText]> = []

    init() {}

    func union(_ other: PathFacts) -> PathFacts {
        var all = self
        all.paths.formUnion(other.paths)
        return all
    }

    func intersection(_ other: PathFacts) -> PathFacts {
        var all = self
        all.paths.formIntersection(other.paths)
        return all
    }

    func contains(_ path: [ExactText]) -> Bool { paths.contains(path) }

    /// The path and what is above it: who has a member is not null.
    private mutating func note(_ path: [ExactText]?) {
        guard let path else { return }
        for length in 1...path.count { paths.insert(Array(path.prefix(length))) }
    }
}

extension PathFacts {
    /// What is so when a condition has this value.
    init(of node: Node, being outcome: Bool) {
        self.init()
        switch node.kind {
        case .and(let parts) where outcome, .or(let parts) where !outcome:
            for part in parts { self = union(PathFacts(of: part, being: outcome)) }
        case .or(let parts), .and(let parts):
            let each = parts.map { PathFacts(of: $0, being: outcome) }
            self = each.dropFirst().reduce(each.first ?? PathFacts()) { $0.intersection($1) }
        case .not(let inner): self = PathFacts(of: inner, being: !outcome)
        case .has(let operand, let field) where outcome:
            note(operand.path.map { $0 + [ExactText(field)] })
        case .notEqual(let a, let b): compare(a, b, areEqual: !outcome)
        case .equal(let a, let b): compare(a, b, areEqual: outcome)
        case .compare(_, let a, let b):
            // Null has no order: where one is found, there was none.
            note(a.path)
            note(b.path)
        case .call(.optional(.hasValue), let operands) where outcome:
            note(operands.first?.path)
        case .contained(let a, in: let b):
            if case .list(let elements) = b.kind, outcome,
                elements.allSatisfy({ $0.node.isWrittenOut })
            {
                note(a.path)
            }
        default: break
        }
    }

    private mutating func compare(_ a: Node, _ b: Node, areEqual: Bool) {
        switch (a.isNull, b.isNull) {
        case (true, false) where !areEqual: note(b.path)
        case (false, true) where !areEqual: note(a.path)
        case (false, false) where areEqual:
            if b.isWrittenOut { note(a.path) }
            if a.isWrittenOut { note(b.path) }
        default: break
        }
    }
}

extension Node {
    var isNull: Bool {
        if case .literal(.null) = kind { true } else { false }
    }

    /// A literal other than null.
    var isWrittenOut: Bool {
        if case .literal(let value) = kind { !value.isNull } else { false }
    }

    /// The names of a chain of members: `context.worker`, `event.data['id']`, `event.data.?id`.
    var path: [ExactText]? {
        switch kind {
        case .variable(let name): [ExactText(name.name)]
        case .local(let slot, let name): [ExactText("\(name)#\(slot)")]
        case .select(let operand, let name): operand.path.map { $0 + [ExactText(name.name)] }
        case .optionalSelect(let operand, let field): operand.path.map { $0 + [ExactText(field)] }
        case .index(let operand, let key), .optionalIndex(let operand, let key):
            if case .literal(.string(let field)) = key.kind {
                operand.path.map { $0 + [ExactText(field)] }
            } else {
                nil
            }
        default: nil
        }
    }
}
