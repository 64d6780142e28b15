import Values

extension TypeCheck {
    mutating func call(_ function: Function, _ nodes: [Node], _ span: Span) -> CELType {
        switch function {
        case .math(.greatest), .math(.least): return extreme(function.name, nodes, span)
        case .optional(.orValue) where nodes.count == 2: return alternative(nodes, span)
        // A wrong number of arguments was said when it was read.
        case _ where !function.arity.contains(nodes.count):
            for node in nodes { _ = type(of: node) }
            return .dyn
        case .conversion(.escapeHtml), .conversion(.dyn), .conversion(.type),
            .optional(.of), .optional(.ofNonZeroValue):
            return call(function.name, function.signatures, nodes, span, admitsNull: true)
        default:
            return call(function.name, function.signatures, nodes, span, isOperator: false)
        }
    }

    /// The result of the first signature that fits; of several that fit and give different types, anything.
    ///
    /// - Parameter isOperator: it is written between its operands.
    mutating func call(
        _ name: String, _ signatures: [Signature], _ nodes: [Node], _ span: Span,
        isOperator: Bool = false, admitsNull: Bool = false
    ) -> CELType {
        let what = "'\(name)'"
        let given = nodes.map { admitsNull ? type(of: $0) : present($0, what) }
        var result: CELType?
        for signature in signatures where signature.arguments.count == given.count {
            let instance = match.instance(of: signature)
            guard match.fits(given, instance.arguments) else { continue }
            let type = match.resolved(instance.result)
            guard let found = result else {
                result = type
                continue
            }
            if match.settled(found) != match.settled(type) { result = .dyn }
        }
        if let result { return result }
        reportNoSignature(name, signatures, given, nodes, span, isOperator)
        return .dyn
    }

    private mutating func reportNoSignature(
        _ name: String, _ signatures: [Signature], _ given: [CELType], _ nodes: [Node],
        _ span: Span, _ isOperator: Bool
    ) {
        let kinds = given.map { match.settled($0).description }
        guard isOperator, given.count == 2 else {
            let wanted = signatures.filter { $0.arguments.count == given.count }.prefix(4).map {
                "(\($0.arguments.map(\.description).joined(separator: ", ")))"
            }
            return report(
                .mismatch,
                "'\(name)' takes \(wanted.joined(separator: " or ")), not "
                    + "(\(kinds.joined(separator: ", ")))", at: span)
        }
        let advice = advice(name, given, nodes)
        report(.mismatch, "there is no \(kinds[0]) \(name) \(kinds[1])\(advice)", at: span)
    }

    /// How the two sides of an operator fit.
    private func advice(_ name: String, _ given: [CELType], _ nodes: [Node]) -> String {
        let kinds = given.map { match.settled($0).widened }
        let isText = kinds.contains(.string) && name == "+"
        if isText, let other = kinds.firstIndex(where: { $0 != .string }) {
            return "; write string(\(text(of: nodes[other].span)))"
        }
        if kinds.contains(.duration), kinds.contains(.int) || kinds.contains(.double) {
            return "; a duration is added to and subtracted only: compute its seconds, and write "
                + "duration(string(…) + 's')"
        }
        return conversion(given[0], given[1], nodes[0], nodes[1])
    }

    /// The largest or smallest of numbers, of one kind or of several.
    private mutating func extreme(_ name: String, _ nodes: [Node], _ span: Span) -> CELType {
        let numbers: [CELType] = [.int, .uint, .double, .dyn]
        let given = nodes.map { present($0, "'\(name)'") }
        var kinds = given.map { match.settled($0) }
        if kinds.count == 1, case .list(let element) = kinds[0] { kinds = [element] }
        for (kind, node) in zip(kinds, nodes) where !numbers.contains(kind) {
            report(
                .mismatch,
                "'\(name)' takes numbers, and \(text(of: node.span)) is \(phrase(kind))",
                at: node.span)
            return .dyn
        }
        guard let first = kinds.first else { return .dyn }
        return kinds.allSatisfy { $0 == first } ? first : .dyn
    }

    /// `x.orValue(y)`: what is in x, or y, which may be null.
    private mutating func alternative(_ nodes: [Node], _ span: Span) -> CELType {
        let inner = match.fresh()
        let given = type(of: nodes[0])
        let other = type(of: nodes[1])
        guard match.fits(given, .optional(inner)) else {
            report(
                .mismatch,
                "'orValue' is asked of an optional, as in input.?name.orValue(''), and "
                    + "\(text(of: nodes[0].span)) is \(phrase(given))", at: nodes[0].span)
            return .dyn
        }
        if let joined = match.joined(inner, other) { return joined }
        report(
            .mismatch,
            "'orValue' gives one kind of value, and here \(phrase(inner)) or \(phrase(other))",
            at: span)
        return .dyn
    }
}
