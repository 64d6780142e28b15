import Values

extension TypeCheck {
    mutating func comprehension(_ loop: Comprehension) -> CELType {
        let what = "'\(loop.kind.rawValue)'"
        let range = present(loop.range, what)
        var key = CELType.int
        var element: CELType
        switch range {
        case .list(let type): element = type
        case .map(let keys, let values): (key, element) = (keys, values)
        case .object: (key, element) = (.string, .dyn)
        case .dyn, .unknown: (key, element) = (.dyn, .dyn)
        default:
            report(
                .mismatch,
                "\(what) goes through a list or a map, and \(text(of: loop.range.span)) is "
                    + phrase(range), at: loop.range.span)
            (key, element) = (.dyn, .dyn)
        }
        if let second = loop.secondSlot {
            declare(loop.firstSlot, key)
            declare(second, element)
        } else {
            if case .map = range { element = key }
            if case .object = range { element = .string }
            declare(loop.firstSlot, element)
        }
        return result(of: loop, what, key: key, element: element)
    }

    private mutating func result(
        of loop: Comprehension, _ what: String, key: CELType, element: CELType
    ) -> CELType {
        var facts = PathFacts()
        if let filter = loop.filter {
            expectBool(filter, "the filter of \(what)")
            facts = PathFacts(of: filter, being: true)
        }
        switch loop.kind {
        case .all, .exists, .existsOne:
            expectBool(loop.body, what)
            return .bool
        case .filter:
            expectBool(loop.body, what)
            return .list(element)
        case .sortBy:
            _ = present(loop.body, what)
            return .list(element)
        case .map, .transformList: return .list(type(of: loop.body, knowing: facts))
        case .transformMap:
            return .map(key: key, value: type(of: loop.body, knowing: facts))
        case .transformMapEntry:
            let entry = type(of: loop.body, knowing: facts)
            let wanted = CELType.map(key: match.fresh(), value: match.fresh())
            guard !match.fits(entry, wanted) else { return wanted }
            report(
                .mismatch, "\(what) makes a map of each, and this is \(phrase(entry))",
                at: loop.body.span)
            return .dyn
        }
    }

    mutating func optionalMap(
        _ slot: Int, _ operand: Node, _ body: Node, _ isFlat: Bool
    ) -> CELType {
        let what = isFlat ? "'optFlatMap'" : "'optMap'"
        let inner = match.fresh()
        let given = type(of: operand)
        if !match.fits(given, .optional(inner)) {
            report(
                .mismatch,
                "\(what) is asked of an optional, and \(text(of: operand.span)) is "
                    + phrase(given), at: operand.span)
        }
        declare(slot, match.resolved(inner))
        let result = type(of: body)
        guard isFlat else { return .optional(result) }
        let wanted = CELType.optional(match.fresh())
        guard !match.fits(result, wanted) else { return wanted }
        report(
            .mismatch, "\(what) wants an optional, and this is \(phrase(result))", at: body.span)
        return .optional(.dyn)
    }
}
