import Values

/// A free name of an expression with the fields selected from it: `input.clientId` is
/// `["input", "clientId"]`.
package struct Reference: Sendable, Hashable {
    package let path: [String]
    /// In UTF-8 bytes of the source.
    package let offset: Int
    package let length: Int
    /// Whether the expression copes with the last field's absence: `has(a.b)`, `a.?b`.
    package let isOptional: Bool
}

extension Expression {
    /// The free names in the order of the source; variables of macros are none.
    package var references: [Reference] {
        var found: [Reference] = []
        Self.collect(root, suffix: [], isOptional: false, span: nil, into: &found)
        return found
    }

    private static func collect(
        _ node: Node, suffix: [String], isOptional: Bool, span: Span?, into found: inout [Reference]
    ) {
        let span = span ?? node.span
        switch node.kind {
        case .variable(let name):
            guard !Function.typeNames.contains(name.name) else { return }
            found.append(
                Reference(
                    path: [name.name] + suffix, offset: span.offset, length: span.length,
                    isOptional: isOptional))
        case .select(let operand, let name):
            collect(
                operand, suffix: [name.name] + suffix, isOptional: isOptional, span: span,
                into: &found)
        case .has(let operand, let field), .optionalSelect(let operand, let field):
            collect(operand, suffix: [field] + suffix, isOptional: true, span: span, into: &found)
        case .index(let operand, let key):
            if case .literal(.string(let field)) = key.kind {
                collect(
                    operand, suffix: [field] + suffix, isOptional: isOptional, span: span,
                    into: &found)
            } else {
                collect(operand, suffix: [], isOptional: false, span: nil, into: &found)
                collect(key, suffix: [], isOptional: false, span: nil, into: &found)
            }
        default:
            for child in node.children {
                collect(child, suffix: [], isOptional: false, span: nil, into: &found)
            }
        }
    }
}
