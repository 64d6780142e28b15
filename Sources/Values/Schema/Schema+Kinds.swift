extension Schema {
    /// Whether a scalar plainly fits, which needs no walk; false: only `decode` can tell.
    package func plainlyAdmits(_ value: Value) -> Bool {
        guard rules.asksForKindOnly else { return false }
        let kind: Kind
        switch value {
        case .int: kind = .integer
        case .bool: kind = .boolean
        case .string: kind = .string
        case .null: kind = .null
        case .uint, .double, .bytes, .list, .map, .timestamp, .duration, .type, .optional:
            return false
        }
        return rules.kinds.isEmpty || rules.kinds.contains(kind)
    }
}

extension Schema.Rules {
    /// No value is refused or changed.
    var acceptsEverything: Bool {
        asksForKindOnly && kinds.isEmpty && properties.isEmpty && required.isEmpty && items.isEmpty
            && minItems == nil && maxItems == nil && !uniqueItems && additional.isAllowed
    }

    var hasOnlyKinds: Bool {
        !refusesAll && choices == nil && minimum == nil && maximum == nil
            && exclusiveMinimum == nil && exclusiveMaximum == nil && multipleOf == nil
            && minLength == nil && maxLength == nil && pattern == nil && format == nil
    }
}

extension Schema.Additional {
    fileprivate var isAllowed: Bool {
        if case .allowed = self { true } else { false }
    }
}
