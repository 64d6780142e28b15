import Values

extension TypeCheck {
    private static let ordered: [CELType] = [
        .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration,
    ]
    private static let numbers: [CELType] = [.int, .uint, .double]
    /// Of values in a message, where one is near.
    private static let maximumListed = 8

    mutating func negated(_ operand: Node, _ span: Span) -> CELType {
        call(
            "-", [Signature([.int], .int), Signature([.double], .double)], [operand], span,
            isOperator: true)
    }

    /// Numbers of all kinds have one order; everything else has one with its own kind.
    mutating func compared(
        _ comparison: Comparison, _ a: Node, _ b: Node, _ span: Span
    ) -> CELType {
        let left = present(a, "'\(comparison.rawValue)'").widened
        let right = present(b, "'\(comparison.rawValue)'").widened
        let areNumbers = Self.numbers.contains(left) && Self.numbers.contains(right)
        guard !areNumbers else { return .bool }
        for (type, node) in [(left, a), (right, b)] where !isOrdered(type) {
            report(
                .mismatch,
                "'\(comparison.rawValue)' needs values that have an order, and "
                    + "\(text(of: node.span)) is \(phrase(type))", at: node.span)
            return .bool
        }
        if !match.fits(left, right) {
            report(
                .mismatch,
                "'\(comparison.rawValue)' compares values of one kind, and here \(phrase(left)) "
                    + "with \(phrase(right))\(conversion(left, right, a, b))", at: span)
        }
        return .bool
    }

    private func isOrdered(_ type: CELType) -> Bool {
        switch type {
        case .dyn, .unknown: true
        default: Self.ordered.contains(type)
        }
    }

    /// Numbers of two kinds compare by what they are: `1 == 1.0`.
    private static func areNumbers(_ one: CELType, _ other: CELType) -> Bool {
        let numbers: [CELType] = [.int, .uint, .double]
        return numbers.contains(one) && numbers.contains(other)
    }

    /// What is of two kinds is never equal, and always unequal.
    mutating func equated(_ a: Node, _ b: Node, _ span: Span) -> CELType {
        let left = type(of: a)
        let right = type(of: b)
        if left == .null || right == .null { return .bool }
        let one = left.withoutNull
        let other = right.withoutNull
        if let stranger = stranger(b, among: one) ?? stranger(a, among: other) {
            report(.mismatch, stranger.message, at: stranger.span)
        } else if !match.fits(one, other), !Self.areNumbers(one, other) {
            report(
                .mismatch,
                "\(phrase(left)) is never equal to \(phrase(right))"
                    + conversion(one, other, a, b), at: span)
        }
        return .bool
    }

    /// A text written out that is none of those that a schema lists; nil for anything else.
    private func stranger(
        _ node: Node, among type: CELType
    ) -> (message: String, span: Span)? {
        guard case .choice(let known) = type, case .literal(.string(let text)) = node.kind,
            !known.contains(ExactText(text))
        else { return nil }
        let names = known.map { "'\($0)'" }.joined(separator: ", ")
        let near = suggestion(for: text, among: known.map(\.text))
        let values =
            known.count > Self.maximumListed && !near.isEmpty
            ? "the \(known.count) values that there are" : "the values that there are: \(names)"
        return ("'\(text)' is none of \(values)\(near)", node.span)
    }

    /// How one of two becomes what the other is.
    func conversion(_ left: CELType, _ right: CELType, _ a: Node, _ b: Node) -> String {
        let kinds = [left.widened, right.widened]
        let node = kinds[0] == .string ? a : b
        switch (kinds[0], kinds[1]) {
        case (.string, .timestamp), (.timestamp, .string):
            return "; write timestamp(\(text(of: node.span)))"
        case (.string, .duration), (.duration, .string):
            return "; write duration(\(text(of: node.span)))"
        case (.string, .int), (.int, .string): return "; write int(\(text(of: node.span)))"
        case (.string, .double), (.double, .string):
            return "; write double(\(text(of: node.span)))"
        case (.int, .double): return "; write double(\(text(of: a.span)))"
        case (.double, .int): return "; write double(\(text(of: b.span)))"
        default: return ""
        }
    }

    mutating func contained(_ element: Node, _ container: Node, _ span: Span) -> CELType {
        let wanted = type(of: element)
        let whole = present(container, "'in'")
        let inside: CELType
        switch whole {
        case .dyn, .unknown: return .bool
        case .list(let type): inside = type
        case .map(let key, _): inside = key
        case .object: inside = .string
        default:
            report(
                .mismatch,
                "'in' looks into a list or a map, and \(text(of: container.span)) is "
                    + phrase(whole), at: container.span)
            return .bool
        }
        if case .list(let elements) = container.kind {
            for part in elements {
                guard let stranger = stranger(part.node, among: wanted.withoutNull) else {
                    continue
                }
                report(.mismatch, stranger.message, at: stranger.span)
            }
        }
        reportStranger(wanted, inside, element)
        return .bool
    }

    private mutating func reportStranger(_ wanted: CELType, _ inside: CELType, _ element: Node) {
        let one = match.resolved(wanted).withoutNull
        let others = match.resolved(inside).withoutNull
        guard one != .null, others != .null else { return }
        if let stranger = stranger(element, among: others) {
            report(.mismatch, stranger.message, at: stranger.span)
        } else if !match.fits(one, others), !Self.areNumbers(one, others) {
            report(
                .mismatch,
                "\(text(of: element.span)) is \(phrase(one)), and what it is looked for in holds "
                    + "\(phrase(others))", at: element.span)
        }
    }

    /// Each part knows what the others say: where one decides, the others do not matter.
    mutating func junction(_ parts: [Node], _ what: String, holding: Bool) -> CELType {
        let facts = parts.map { PathFacts(of: $0, being: holding) }
        for (position, part) in parts.enumerated() {
            var others = PathFacts()
            for (other, fact) in facts.enumerated() where other != position {
                others = others.union(fact)
            }
            expectBool(part, what, knowing: others)
        }
        return .bool
    }

    mutating func chosen(_ test: Node, _ a: Node, _ b: Node, _ span: Span) -> CELType {
        expectBool(test, "the condition before '?'")
        let first = type(of: a, knowing: PathFacts(of: test, being: true))
        let second = type(of: b, knowing: PathFacts(of: test, being: false))
        if let joined = match.joined(first, second) { return joined }
        // When something is due may be said in two ways, and both are taken wherever one is.
        if Set<CELType>([first, second].map(\.withoutNull)) == [.duration, .timestamp] {
            return .dyn
        }
        report(
            .mismatch,
            "one side of '?' is \(phrase(first)), the other \(phrase(second)); make them one kind, "
                + "or write dyn(…) around one where both are meant", at: span)
        return .dyn
    }

    // MARK: Literals with parts

    mutating func list(_ elements: [Node.Element]) -> CELType {
        var whole: CELType?
        for element in elements {
            let type = element.isOptional ? unwrapped(element.node) : type(of: element.node)
            whole = whole.map { match.joined($0, type) ?? .dyn } ?? type
        }
        return .list(whole ?? match.fresh())
    }

    mutating func map(_ pairs: [Node.Pair]) -> CELType {
        var keys: CELType?
        var values: CELType?
        for pair in pairs {
            let key = type(of: pair.key)
            let value = pair.isOptional ? unwrapped(pair.value) : type(of: pair.value)
            keys = keys.map { match.joined($0, key) ?? .dyn } ?? key
            values = values.map { match.joined($0, value) ?? .dyn } ?? value
        }
        return .map(key: keys ?? match.fresh(), value: values ?? match.fresh())
    }

    private mutating func unwrapped(_ node: Node) -> CELType {
        let inner = match.fresh()
        let given = type(of: node)
        guard !match.fits(given, .optional(inner)) else { return inner }
        report(
            .mismatch, "'?' wants an optional, and \(text(of: node.span)) is \(phrase(given))",
            at: node.span)
        return .dyn
    }
}
