import Values

extension Expression {
    /// The values of the parts that decide, for somebody who asks why a guard is false:
    /// `price <= limit` gives `[("price", 5200), ("limit", 5000)]`.
    ///
    /// Parts are the operands of comparisons, of logic and of calls that are names, fields,
    /// elements or calls; literals are left out, and so is what a macro does for each element. The
    /// value is nil where the part has none. Each text occurs once, in the order of the source.
    package func explain(_ bindings: Bindings) -> [(text: String, value: Value?)] {
        let evaluation = Evaluation(
            bindings: bindings, source: source, slotCount: slotCount, budget: 100_000)
        var parts: [(text: String, value: Value?)] = []
        for node in Self.parts(of: root) {
            let text = evaluation.text(of: node.span)
            guard !parts.contains(where: { sameUTF8($0.text, text) }) else { continue }
            var own = evaluation
            let value: Value?
            do throws(EvaluationError) {
                let result = try own.evaluate(node)
                try own.charge(forSizeOf: result, at: node.span)
                value = result
            } catch {
                value = nil
            }
            parts.append((text, value))
        }
        return parts
    }

    private static func parts(of node: Node) -> [Node] {
        switch node.kind {
        case .literal: []
        case .call(let function, let arguments) where !function.isTest || arguments.isEmpty: [node]
        case .call, .matches, .and, .or, .not, .negate, .arithmetic, .compare, .equal, .notEqual,
            .contained, .conditional, .unknownCall:
            node.children.flatMap(parts)
        case .list(let elements) where elements.allSatisfy { $0.node.isLiteral }: []
        case .variable, .local, .select, .has, .optionalSelect, .index, .optionalIndex, .list, .map,
            .comprehension, .bind, .optionalMap:
            [node]
        }
    }
}

extension Node {
    fileprivate var isLiteral: Bool {
        if case .literal = kind { true } else { false }
    }
}

extension Function {
    /// Whether it only says yes or no, so that its arguments tell more than its result.
    fileprivate var isTest: Bool {
        switch self {
        case .text(.contains), .text(.startsWith), .text(.endsWith), .text(.matches): true
        default: false
        }
    }
}
