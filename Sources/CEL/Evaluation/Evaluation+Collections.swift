import Values

extension Evaluation {
    mutating func index(_ operand: Node, _ key: Node, _ span: Span) throws(EvaluationError) -> Value
    {
        let value = try evaluate(operand)
        let wanted = try evaluate(key)
        switch value {
        case .optional: return try optionalField(value, wanted, span)
        case .map(let map):
            if let found = map[wanted] { return found }
            throw noSuchField(wanted, in: value, operand.span, span)
        case .list(let list):
            guard let position = wanted.intValue else { break }
            if let found = list.element(at: position) { return found }
            throw EvaluationError(
                .indexOutOfRange, "index \(position) is outside of a list of \(list.count)",
                at: span)
        default: break
        }
        throw EvaluationError.noOverload("[]", value, wanted).placed(at: span)
    }

    /// `a.?b`, `a[?b]`, and `.b` and `[b]` on an optional.
    func optionalField(
        _ value: Value, _ key: Value, _ span: Span
    ) throws(EvaluationError) -> Value {
        switch value {
        case .optional(nil): return value
        case .optional(let inner?): return try optionalField(inner, key, span)
        case .map(let map): return .optional(map[key])
        case .list(let list):
            guard let position = key.intValue else { break }
            return .optional(list.element(at: position))
        default: break
        }
        throw EvaluationError.noOverload("[?]", value, key).placed(at: span)
    }

    mutating func list(_ elements: [Node.Element]) throws(EvaluationError) -> Value {
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for element in elements {
            let value = try evaluate(element.node)
            if !element.isOptional {
                values.append(value)
            } else if let present = try unwrap(value, element.node) {
                values.append(present)
            }
        }
        return .list(values)
    }

    mutating func map(_ pairs: [Node.Pair]) throws(EvaluationError) -> Value {
        var map = ValueMap(minimumCapacity: pairs.count)
        for pair in pairs {
            let key = try evaluate(pair.key)
            let value = try evaluate(pair.value)
            if !pair.isOptional {
                try insert(value, for: key, into: &map, pair.key.span)
            } else if let present = try unwrap(value, pair.value) {
                try insert(present, for: key, into: &map, pair.key.span)
            }
        }
        return .map(map)
    }

    private func unwrap(_ value: Value, _ node: Node) throws(EvaluationError) -> Value? {
        guard case .optional(let inner) = value else {
            throw EvaluationError(
                .noSuchOverload, "'?' wants an optional, not \(value.article)", at: node.span)
        }
        return inner
    }

    private func insert(
        _ value: Value, for key: Value, into map: inout ValueMap, _ span: Span
    ) throws(EvaluationError) {
        switch key {
        case .int, .uint, .bool, .string: break
        default:
            throw EvaluationError(
                .noSuchOverload, "\(key.article) cannot be the key of a map", at: span)
        }
        guard map.insertNew(value, for: key) else {
            throw EvaluationError(.duplicateKey, "duplicate key \(JSON.string(key))", at: span)
        }
    }

    mutating func bind(_ slot: Int, _ value: Node, _ body: Node) throws(EvaluationError) -> Value {
        setLocal(slot, try evaluate(value))
        return try evaluate(body)
    }

    mutating func optionalMap(
        _ slot: Int, _ operand: Node, _ body: Node, flat: Bool
    ) throws(EvaluationError) -> Value {
        guard let inner = try unwrap(try evaluate(operand), operand) else { return .optional(nil) }
        setLocal(slot, inner)
        let result = try evaluate(body)
        guard flat else { return .optional(result) }
        return .optional(try unwrap(result, body))
    }
}

extension [Value] {
    /// Nil outside the list.
    func element(at position: Int64) -> Value? {
        guard position >= 0, position < Int64(count) else { return nil }
        return self[Int(position)]
    }
}
