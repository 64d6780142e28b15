import Values

/// One evaluation of a tree: the bindings, the macro variables and what is left of the budget.
struct Evaluation {
    let bindings: Bindings
    /// For the texts in messages.
    let source: String
    private var slots: [Value]
    private var remaining: Int

    init(bindings: Bindings, source: String, slotCount: Int, budget: Int) {
        self.bindings = bindings
        self.source = source
        slots = slotCount == 0 ? [] : Array(repeating: .null, count: slotCount)
        remaining = budget
    }

    mutating func evaluate(_ node: Node) throws(EvaluationError) -> Value {
        try charge(1, at: node.span)
        switch node.kind {
        case .literal(let value): return value
        case .variable(let name): return try variable(name, node.span)
        case .local(let slot, _): return local(slot)
        case .select(let operand, let name): return try select(operand, name, node.span)
        case .compare(let comparison, let a, let b): return try compare(comparison, a, b, node.span)
        case .equal(let a, let b): return .bool(try equal(a, b))
        case .notEqual(let a, let b): return .bool(!(try equal(a, b)))
        case .and(let parts): return try junction(parts, stop: false)
        case .or(let parts): return try junction(parts, stop: true)
        case .not(let operand): return try not(operand, node.span)
        case .negate(let operand): return try negate(operand, node.span)
        case .arithmetic(let operation, let a, let b):
            return try arithmetic(operation, a, b, node.span)
        case .conditional(let condition, let a, let b): return try conditional(condition, a, b)
        case .has(let operand, let field): return .bool(try has(operand, field, node.span))
        case .contained(let element, in: let container):
            return .bool(try contained(element, container, node.span))
        case .index(let operand, let key): return try index(operand, key, node.span)
        case .optionalSelect(let operand, let field):
            return try optionalField(try evaluate(operand), .string(field), node.span)
        case .optionalIndex(let operand, let key):
            return try optionalField(try evaluate(operand), try evaluate(key), node.span)
        case .list(let elements): return try list(elements)
        case .map(let pairs): return try map(pairs)
        case .call(let function, let arguments): return try call(function, arguments, node.span)
        case .matches(let operand, let regex): return try matches(operand, regex, node.span)
        case .comprehension(let loop): return try comprehension(loop)
        case .bind(let slot, let value, in: let body): return try bind(slot, value, body)
        case .optionalMap(let slot, let operand, let body, let flat):
            return try optionalMap(slot, operand, body, flat: flat)
        case .unknownCall(let name, _):
            throw EvaluationError(.unknownFunction, "unknown function '\(name)'", at: node.span)
        }
    }

    // MARK: Budget

    @inline(__always)
    mutating func charge(_ units: Int, at span: Span) throws(EvaluationError) {
        let (rest, overflow) = remaining.subtractingReportingOverflow(units)
        remaining = rest
        guard rest >= 0, !overflow else { throw exhausted(span) }
    }

    private func exhausted(_ span: Span) -> EvaluationError {
        EvaluationError(.budgetExceeded, "the expression costs more than its budget", at: span)
    }

    /// Shared parts can make a value far larger than the work that built it: what is handed out is
    /// walked through once, within the budget.
    mutating func charge(forSizeOf value: Value, at span: Span) throws(EvaluationError) {
        switch value {
        case .list(let list):
            try charge(list.count, at: span)
            for element in list { try charge(forSizeOf: element, at: span) }
        case .map(let map):
            try charge(map.count, at: span)
            for entry in map.entries { try charge(forSizeOf: entry.value, at: span) }
        case .optional(let value?): try charge(forSizeOf: value, at: span)
        default: try charge(value.bulk, at: span)
        }
    }

    mutating func equals(_ a: Value, _ b: Value, _ span: Span) throws(EvaluationError) -> Bool {
        let result = a.celEquals(b, steps: &remaining)
        guard remaining >= 0 else { throw exhausted(span) }
        return result
    }

    // MARK: Names

    func text(of span: Span) -> String {
        let bytes = source.utf8
        guard
            let start = bytes.index(
                bytes.startIndex, offsetBy: span.offset, limitedBy: bytes.endIndex),
            let end = bytes.index(start, offsetBy: span.length, limitedBy: bytes.endIndex)
        else { return source }
        return String(source[start..<end])
    }

    private func local(_ slot: Int) -> Value {
        slots.indices.contains(slot) ? slots[slot] : .null
    }

    mutating func setLocal(_ slot: Int, _ value: Value) {
        if slots.indices.contains(slot) { slots[slot] = value }
    }

    @inline(__always)
    private func variable(_ name: Node.Name, _ span: Span) throws(EvaluationError) -> Value {
        if name.qualified.count == 1, let value = bindings[name.name] { return value }
        return try rareVariable(name, span)
    }

    private func rareVariable(_ name: Node.Name, _ span: Span) throws(EvaluationError) -> Value {
        for candidate in name.qualified {
            if let value = bindings[candidate] { return value }
        }
        if Function.typeNames.contains(name.name) { return .type(name.name) }
        let hint = suggestion(for: name.name, among: bindings.names)
        throw EvaluationError(.unknownIdentifier, "unknown name '\(name.name)'\(hint)", at: span)
    }

    private mutating func select(
        _ operand: Node, _ name: Node.Name, _ span: Span
    ) throws(EvaluationError) -> Value {
        if bindings.hasQualifiedNames {
            for candidate in name.qualified {
                if let value = bindings[candidate] { return value }
            }
        }
        let value = try evaluate(operand)
        switch value {
        case .map(let map):
            if let field = map[name.name] { return field }
            throw noSuchField(.string(name.name), in: value, operand.span, span)
        case .optional: return try optionalField(value, .string(name.name), span)
        default: throw noSuchField(.string(name.name), in: value, operand.span, span)
        }
    }

    func noSuchField(_ key: Value, in value: Value, _ operand: Span, _ span: Span)
        -> EvaluationError
    {
        let owner = text(of: operand)
        let name = key.plainKey
        guard case .map(let map) = value else {
            let message = "no field '\(name)' in \(owner), which is \(value.article)"
            return EvaluationError(value.isNull ? .noSuchField : .noSuchOverload, message, at: span)
        }
        let known = map.entries.prefix(256).compactMap(\.key.stringValue)
        let hint = suggestion(for: name, among: known)
        return EvaluationError(.noSuchField, "no such key '\(name)' in \(owner)\(hint)", at: span)
    }

    private mutating func has(
        _ operand: Node, _ field: String, _ span: Span
    ) throws(EvaluationError) -> Bool {
        switch try evaluate(operand) {
        case .map(let map): return map[field] != nil
        case .optional(nil): return false
        case .optional(.map(let map)?): return map[field] != nil
        case let other: throw noSuchField(.string(field), in: other, operand.span, span)
        }
    }
}
