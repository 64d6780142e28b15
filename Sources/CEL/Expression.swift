import Values

/// A parsed CEL expression: a total function from bindings to a value, bounded by a budget.
///
/// The language is the whole standard one (<https://github.com/google/cel-spec>) with the macros of
/// two variables, optionals, the string and math extensions, `cel.bind`, and for lists and maps
/// `sort`, `sortBy`, `distinct`, `flatten`, `sum`, `slice`, `reverse`, `first`, `last`, `merge`.
package struct Expression: Sendable {
    package let source: String
    let root: Node
    private let container: String
    let slotCount: Int
    private let constructs: Bool

    /// What can be said of the expression without evaluating it: unknown functions, wrong numbers
    /// of arguments, bad patterns. Such parts fail when they are evaluated, as CEL asks.
    package let issues: [ParseError]

    /// - Parameter container: the namespace in which names resolve, innermost first; none for
    ///   workflows.
    package init(parsing source: String, container: String = "") throws(ParseError) {
        var parser = try Parser(source, container: container)
        self.source = source
        self.container = container
        root = try parser.wholeExpression()
        slotCount = parser.slotCount
        constructs = parser.constructs
        issues = parser.issues
    }

    /// - Parameter budget: one unit for each part evaluated and each element or 16 bytes looked at;
    ///   an expression that needs more fails with `budgetExceeded`.
    package func evaluate(
        _ bindings: Bindings, budget: Int = 1_000_000
    ) throws(EvaluationError) -> Value {
        var evaluation = Evaluation(
            bindings: bindings, source: source, slotCount: slotCount, budget: budget)
        let value = try evaluation.evaluate(root)
        if constructs { try evaluation.charge(forSizeOf: value, at: root.span) }
        return value
    }

    /// What it gives is markup: whoever wrote it says so, `unescaped(…)`.
    package var isUnescaped: Bool {
        if case .call(.conversion(.unescaped), _) = root.kind { true } else { false }
    }

    /// Whether the expression mentions no free name.
    package var isConstant: Bool { references.isEmpty }
}

extension Expression: Hashable {
    package static func == (a: Expression, b: Expression) -> Bool {
        sameUTF8(a.source, b.source) && sameUTF8(a.container, b.container)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(Value.string(source))
    }
}
