import CEL

/// Where the expressions of a template's string stand in it.
struct TemplateParts {
    struct Part {
        let expression: Expression
        /// Of the expression's first byte, behind the `${`.
        let offset: Int
    }

    private let bytes: [UInt8]
    let expressions: [Part]

    /// - Parameter found: what the string's template holds, in order.
    init(_ text: String, _ found: [Expression]) {
        let bytes = Array(text.utf8)
        var parts: [Part] = []
        var position = 0
        for expression in found {
            while position < bytes.count {
                let rest = bytes[position...]
                if rest.starts(with: "$${".utf8) {
                    position += 3
                } else if rest.starts(with: "${".utf8) {
                    break
                } else {
                    position += 1
                }
            }
            parts.append(Part(expression: expression, offset: position + 2))
            position += 2 + expression.source.utf8.count + 1
        }
        self.bytes = bytes
        self.expressions = parts
    }

    /// The string with each expression's source replaced.
    func rewritten(_ transform: (Expression) -> String) -> String {
        var result: [UInt8] = []
        var position = 0
        for part in expressions {
            result.append(
                contentsOf: bytes[min(position, bytes.count)..<min(part.offset, bytes.count)])
            result.append(contentsOf: transform(part.expression).utf8)
            position = part.offset + part.expression.source.utf8.count
        }
        result.append(contentsOf: bytes[min(position, bytes.count)...])
        return String(decoding: result, as: UTF8.self)
    }

    /// The texts before, between and behind the expressions, as written.
    var literals: [String] {
        var result: [String] = []
        var position = 0
        for part in expressions {
            let end = min(max(position, part.offset - 2), bytes.count)
            result.append(String(decoding: bytes[min(position, end)..<end], as: UTF8.self))
            position = part.offset + part.expression.source.utf8.count + 1
        }
        result.append(String(decoding: bytes[min(position, bytes.count)...], as: UTF8.self))
        return result
    }
}
