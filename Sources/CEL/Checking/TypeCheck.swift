import Values

/// One expression on its way through the checker.
struct TypeCheck {
    let environment: TypeEnvironment
    let source: String
    var match = TypeMatch()
    private(set) var findings: [TypeFinding] = []
    /// Of the variables of macros.
    private var locals: [CELType]
    /// What was asked for where the part stands that is being looked at.
    private var facts = PathFacts()

    init(environment: TypeEnvironment, source: String, slotCount: Int) {
        self.environment = environment
        self.source = source
        locals = Array(repeating: .dyn, count: slotCount)
    }

    mutating func know(_ more: PathFacts) { facts = facts.union(more) }

    /// As far as it is known by now.
    mutating func type(of node: Node) -> CELType {
        let type = deduced(node)
        return match.resolved(type)
    }

    private mutating func deduced(_ node: Node) -> CELType {
        switch node.kind {
        case .literal(let value): return CELType(of: value)
        case .variable(let name): return variable(name, node)
        case .local(let slot, _):
            return known(node, locals.indices.contains(slot) ? locals[slot] : .dyn)
        case .select(let operand, let name):
            for candidate in name.qualified {
                if let type = environment[candidate] { return type }
            }
            return known(node, member(name.name, of: operand, at: node.span))
        case .optionalSelect(let operand, let field):
            return optionalMember(field, of: operand, at: node.span)
        case .has(let operand, let field):
            _ = member(field, of: operand, at: node.span)
            return .bool
        case .index(let operand, let key): return known(node, index(operand, key, node.span))
        case .optionalIndex(let operand, let key):
            if case .literal(.string(let field)) = key.kind {
                return optionalMember(field, of: operand, at: node.span)
            }
            return optional(index(operand, key, node.span))
        case .not(let operand):
            expectBool(operand, "'!'")
            return .bool
        case .negate(let operand): return negated(operand, node.span)
        case .arithmetic(let operation, let a, let b):
            return call(
                operation.rawValue, operation.signatures, [a, b], node.span, isOperator: true)
        case .compare(let comparison, let a, let b): return compared(comparison, a, b, node.span)
        case .equal(let a, let b), .notEqual(let a, let b):
            return equated(a, b, node.span)
        case .contained(let element, in: let container):
            return contained(element, container, node.span)
        case .and(let parts): return junction(parts, "'&&'", holding: true)
        case .or(let parts): return junction(parts, "'||'", holding: false)
        case .conditional(let test, let a, let b): return chosen(test, a, b, node.span)
        case .list(let elements): return list(elements)
        case .map(let pairs): return map(pairs)
        case .call(let function, let nodes): return call(function, nodes, node.span)
        case .matches(let operand, _):
            return call(
                "matches", [Signature([.string], .bool)], [operand], node.span, isOperator: false)
        case .comprehension(let loop): return comprehension(loop)
        case .bind(let slot, let value, in: let body):
            let bound = type(of: value)
            declare(slot, bound)
            return type(of: body)
        case .optionalMap(let slot, let operand, let body, let isFlat):
            return optionalMap(slot, operand, body, isFlat)
        case .unknownCall(let name, let nodes):
            guard let overloads = environment.overloads(of: name) else {
                for node in nodes { _ = type(of: node) }
                return .dyn
            }
            return call(
                name, overloads.map(\.signature), nodes, node.span, isOperator: false)
        }
    }

    // MARK: What parts of it use

    mutating func declare(_ slot: Int, _ type: CELType) {
        if locals.indices.contains(slot) { locals[slot] = type }
    }

    mutating func report(_ kind: TypeFinding.Kind, _ message: String, at span: Span) {
        let finding = TypeFinding(
            kind: kind, message: message, offset: span.offset, length: span.length)
        if !findings.contains(finding) { findings.append(finding) }
    }

    /// The type of a part of which something is asked that null cannot give.
    mutating func present(_ node: Node, _ what: String) -> CELType {
        let whole = type(of: node)
        guard case .nullable(let inner) = whole else { return whole }
        warnOfNull(node, what)
        return inner
    }

    mutating func warnOfNull(_ node: Node, _ what: String) {
        let text = text(of: node.span)
        report(
            .mayBeNull,
            "\(text) may be null, and then \(what) fails; ask first, as in "
                + "\(text) != null ? … : …", at: node.span)
    }

    /// Something evaluated where more is known.
    mutating func type(of node: Node, knowing more: PathFacts) -> CELType {
        let before = facts
        defer { facts = before }
        facts = facts.union(more)
        return type(of: node)
    }

    mutating func expectBool(_ node: Node, _ what: String, knowing more: PathFacts = PathFacts()) {
        let before = facts
        defer { facts = before }
        facts = facts.union(more)
        let given = present(node, what)
        guard !match.fits(given, .bool) else { return }
        report(
            .mismatch, "\(what) needs a bool, and \(text(of: node.span)) is \(phrase(given))",
            at: node.span)
    }

    /// Without null, where that was asked.
    private mutating func known(_ node: Node, _ type: CELType) -> CELType {
        guard case .nullable(let inner) = type, let path = node.path, facts.contains(path) else {
            return type
        }
        return inner
    }

    func phrase(_ type: CELType) -> String { match.settled(type).phrase }

    mutating func optional(_ type: CELType) -> CELType {
        if case .optional = match.resolved(type) { type } else { .optional(type) }
    }

    func text(of span: Span) -> String {
        let bytes = source.utf8.dropFirst(span.offset).prefix(span.length)
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func variable(_ name: Node.Name, _ node: Node) -> CELType {
        for candidate in name.qualified {
            if let type = environment[candidate] { return known(node, type) }
        }
        if Function.typeNames.contains(name.name) { return CELType.types }
        let hint = suggestion(for: name.name, among: environment.names)
        report(.unknownName, "there is no '\(name.name)' here\(hint)", at: node.span)
        return .dyn
    }
}
