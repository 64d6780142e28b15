import Values

extension TypeCheck {
    /// `operand.name`.
    mutating func member(_ name: String, of operand: Node, at span: Span) -> CELType {
        let owner = present(operand, "reading '\(name)' of it")
        return member(name, of: owner, operand, span)
    }

    private mutating func member(
        _ name: String, of owner: CELType, _ operand: Node, _ span: Span
    ) -> CELType {
        switch owner {
        case .dyn, .unknown: return .dyn
        case .object(let object):
            if let member = object.member(name) { return member.type }
            if let others = object.others { return others }
            let hint = suggestion(for: name, among: object.names)
            let known = object.names.prefix(8).joined(separator: ", ")
            let list = hint.isEmpty && !known.isEmpty ? "; there is \(known)" : hint
            report(
                .unknownName, "\(text(of: operand.span)) has no member '\(name)'\(list)", at: span)
            return .dyn
        case .map(let key, let value):
            if match.fits(.string, key) { return value }
            report(
                .mismatch,
                "\(text(of: operand.span)) is \(phrase(owner)): its keys are not texts, so it has "
                    + "no '\(name)'", at: span)
            return .dyn
        case .optional(let inner):
            return optional(member(name, of: match.resolved(inner).withoutNull, operand, span))
        default:
            report(
                .mismatch,
                "\(text(of: operand.span)) is \(phrase(owner)), which has no members such as "
                    + "'\(name)'", at: span)
            return .dyn
        }
    }

    /// `operand.?name`: null has no members either, and gives none.
    mutating func optionalMember(_ name: String, of operand: Node, at span: Span) -> CELType {
        let owner = present(operand, "reading '\(name)' of it")
        return optional(member(name, of: owner, operand, span))
    }

    mutating func index(_ operand: Node, _ key: Node, _ span: Span) -> CELType {
        let owner = present(operand, "looking into it")
        return index(owner, operand, key, span)
    }

    private mutating func index(
        _ owner: CELType, _ operand: Node, _ key: Node, _ span: Span
    ) -> CELType {
        if case .object = owner, case .literal(.string(let name)) = key.kind {
            return member(name, of: owner, operand, span)
        }
        let given = present(key, "it as a key")
        switch owner {
        case .dyn, .unknown: return .dyn
        case .object:
            expect(given, .string, key, "the key of an object")
            return .dyn
        case .list(let element):
            let positions: [CELType] = [.int, .uint, .double]
            if !positions.contains(given) {
                expect(given, .int, key, "a position in a list")
            }
            return element
        case .map(let wanted, let value):
            expect(given, wanted, key, "its key")
            return value
        case .optional(let inner):
            return optional(index(match.resolved(inner), operand, key, span))
        default:
            report(
                .mismatch,
                "\(text(of: operand.span)) is \(phrase(owner)); only lists and maps are looked into",
                at: operand.span)
            return .dyn
        }
    }

    private mutating func expect(
        _ given: CELType, _ wanted: CELType, _ node: Node, _ what: String
    ) {
        guard !match.fits(given, wanted) else { return }
        report(
            .mismatch,
            "\(what) is \(phrase(wanted)), and \(text(of: node.span)) is \(phrase(given))",
            at: node.span)
    }
}
