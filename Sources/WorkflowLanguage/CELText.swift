import CEL
import Values

/// Writing CEL: what the compiler puts around an author's expressions.
enum CELText {
    /// A string template with each expression's source replaced.
    static func rewriting(_ text: String, _ transform: (Expression) -> String) -> String {
        guard let template = try? Template(parsing: .string(text)) else { return text }
        return TemplateParts(text, template.expressions).rewritten(transform)
    }

    /// An expression that ends in a comment must not swallow what follows it.
    static func enclosed(_ source: String) -> String {
        source.contains("//") ? source + "\n" : source
    }

    /// An expression that gives what the template value gives.
    static func source(of value: Value) -> String {
        switch value {
        case .list(let list): "[" + list.map { source(of: $0) }.joined(separator: ", ") + "]"
        case .map(let map):
            "{"
                + map.entries.map { "\(JSON.string($0.key)): \(source(of: $0.value))" }
                .joined(separator: ", ") + "}"
        case .string(let text): source(ofTemplate: text)
        case .double(let number): "double('\(number)')"
        default: JSON.string(value)
        }
    }

    private static func source(ofTemplate text: String) -> String {
        guard let template = try? Template(parsing: .string(text)) else { return "null" }
        if let constant = template.constant { return JSON.string(constant) }
        let parts = TemplateParts(text, template.expressions)
        if let only = parts.expressions.first, parts.expressions.count == 1,
            text.utf8.count == only.expression.source.utf8.count + 3
        {
            return "(\(enclosed(only.expression.source)))"
        }
        let texts = parts.literals.map { literal in
            JSON.string((try? Template(parsing: .string(literal)))?.constant ?? .string(literal))
        }
        var pieces: [String] = []
        for (position, literal) in texts.enumerated() {
            pieces.append(literal)
            guard parts.expressions.indices.contains(position) else { continue }
            pieces.append("string(\(enclosed(parts.expressions[position].expression.source)))")
        }
        return "(" + pieces.joined(separator: " + ") + ")"
    }
}
