import CEL
import Values

/// The very expression that failed, for a person: its text with a caret, and the value of every operand.
package struct FailedExpression: Sendable, Hashable {
    /// The expression's text.
    package let source: String
    /// The line of it that failed, with a caret under the place and what is wrong behind it.
    package let frame: String
    /// In order of their appearance.
    package let operands: [Operand]

    package struct Operand: Sendable, Hashable {
        package let text: String
        /// nil: it has none, because it failed itself.
        package let value: Value?

        package init(text: String, value: Value?) {
            self.text = text
            self.value = value
        }
    }

    /// What is shown of it must stay small: it is part of the instance's row.
    private static let maximumOperands = 16
    private static let maximumBytes = 512

    package init(source: String, frame: String, operands: [Operand]) {
        self.source = source
        self.frame = frame
        self.operands = operands
    }

    package init(_ expression: Expression, _ error: EvaluationError, _ bindings: Bindings) {
        self.init(
            source: expression.source, frame: error.caretFrame(source: expression.source),
            operands: Self.operands(of: expression, bindings))
    }

    /// The expression has a value, but not one that is wanted.
    package init(refused expression: Expression, _ value: Value, _ bindings: Bindings) {
        let shown = JSON.string(Self.shortened(value))
        self.init(
            source: expression.source, frame: "\(expression.source)\n^ gave \(shown)",
            operands: Self.operands(of: expression, bindings))
    }

    /// A whole input that a schema refuses, made by several expressions.
    package init(refused value: Value) {
        let text = JSON.string(Self.shortened(value))
        self.init(source: text, frame: text, operands: [])
    }

    private static func operands(of expression: Expression, _ bindings: Bindings) -> [Operand] {
        expression.explain(bindings).flatMap { part -> [Operand] in
            let own = Operand(text: part.text, value: part.value.map(shortened))
            guard part.value == nil, let holder = holder(of: part.text, bindings) else {
                return [own]
            }
            return [own, holder]
        }.prefix(maximumOperands).map(\.self)
    }

    /// Of `context.m.n`, which has no value, the nearest that has one: `context.m`.
    private static func holder(of text: String, _ bindings: Bindings) -> Operand? {
        var path = text[...]
        while let dot = path.lastIndex(of: ".") {
            path = path[..<dot]
            guard let expression = try? Expression(parsing: String(path)),
                let value = try? expression.evaluate(bindings)
            else { continue }
            return Operand(text: String(path), value: shortened(value))
        }
        return nil
    }

    private static func shortened(_ value: Value) -> Value {
        let plain = value.plain
        guard plain.weight(upTo: maximumBytes) >= maximumBytes else { return plain }
        return .string("\(plain.typeName) of more than \(maximumBytes) bytes")
    }
}

extension Template {
    /// Which of its expressions fails with these bindings; nil: none does.
    package func failed(_ bindings: Bindings) -> FailedExpression? {
        for expression in expressions {
            do throws(EvaluationError) {
                _ = try expression.evaluate(bindings)
            } catch {
                return FailedExpression(expression, error, bindings)
            }
        }
        return nil
    }

    /// What its value was made of, where that is one expression.
    package func refused(giving value: Value, _ bindings: Bindings) -> FailedExpression? {
        let all = expressions
        guard all.count == 1, let only = all.first else { return nil }
        return FailedExpression(refused: only, value, bindings)
    }
}
