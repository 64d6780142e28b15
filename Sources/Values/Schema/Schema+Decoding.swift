import LinearRegex

extension Schema {
    /// Checks a value, fills in the defaults of missing properties and gives numbers the declared
    /// kind: `100.0` becomes `100` where an integer is wanted, `100` becomes `100.0` for a number.
    package func decode(_ value: Value) -> DecodeResult {
        if rules.acceptsEverything { return .valid(value.plain) }
        var decoder = SchemaDecoder()
        let decoded = decoder.decode(value.plain, self)
        return decoder.violations.isEmpty ? .valid(decoded) : .invalid(decoder.violations)
    }
}

private struct SchemaDecoder {
    private(set) var violations: [Violation] = []
    /// From the outside in; a pointer is made of it only where something is wrong.
    private var path: [PathStep] = []

    private enum PathStep {
        case property(String)
        case element(Int)
    }

    /// Letters times instructions that a pattern may cost.
    private static let patternLimit = 4_000_000

    private mutating func violate(_ detail: String, at step: PathStep? = nil) {
        guard violations.count < Schema.violationLimit else { return }
        let steps = path + (step.map { [$0] } ?? [])
        let pointer = steps.map { step in
            switch step {
            case .property(let name): "/" + name.pointerToken
            case .element(let position): "/\(position)"
            }
        }
        violations.append(Violation(pointer: pointer.joined(), detail: detail))
    }

    private mutating func decode(_ value: Value, _ schema: Schema, at step: PathStep) -> Value {
        path.append(step)
        defer { path.removeLast() }
        return decode(value, schema)
    }

    mutating func decode(_ value: Value, _ schema: Schema) -> Value { decode(value, schema.rules) }

    private mutating func decode(_ value: Value, _ rules: Schema.Rules) -> Value {
        guard !rules.refusesAll else {
            violate("is not allowed")
            return value
        }
        guard let typed = value.converted(to: rules.kinds) else {
            let wanted = rules.kinds.map(\.rawValue).joined(separator: " or ")
            violate("must be \(wanted), not \(value.schemaKind.rawValue)")
            return value
        }
        if let choices = rules.choices, !choices.contains(where: typed.celEquals) {
            let names = choices.prefix(20).map(JSON.string).joined(separator: ", ")
            violate(choices.count == 1 ? "must be \(names)" : "must be one of \(names)")
        }
        switch typed {
        case .int, .double: checkNumber(typed, rules)
        case .string(let text):
            checkText(text, rules)
            if rules.format == .fileName { return .string(FileName.composed(text)) }
        case .list(let list): return decode(list, rules)
        case .map(let map): return decode(map, rules)
        default: break
        }
        return typed
    }

    private mutating func checkNumber(_ number: Value, _ rules: Schema.Rules) {
        func stands(_ limit: Value?, _ allowed: [Ordering]) -> Bool {
            guard let limit, let ordering = Ordering(number, limit) else { return true }
            return allowed.contains(ordering)
        }
        if !stands(rules.minimum, [.greater, .equal]), let limit = rules.minimum {
            violate("must be at least \(JSON.string(limit))")
        }
        if !stands(rules.maximum, [.less, .equal]), let limit = rules.maximum {
            violate("must be at most \(JSON.string(limit))")
        }
        if !stands(rules.exclusiveMinimum, [.greater]), let limit = rules.exclusiveMinimum {
            violate("must be more than \(JSON.string(limit))")
        }
        if !stands(rules.exclusiveMaximum, [.less]), let limit = rules.exclusiveMaximum {
            violate("must be less than \(JSON.string(limit))")
        }
        if let divisor = rules.multipleOf, (number.intValue.map { $0 % divisor }) != 0 {
            violate("must be a multiple of \(divisor)")
        }
    }

    private mutating func checkText(_ text: String, _ rules: Schema.Rules) {
        if rules.minLength != nil || rules.maxLength != nil {
            let length = text.unicodeScalars.count
            if let least = rules.minLength, length < least {
                violate("must have at least \(least) characters, not \(length)")
            }
            if let most = rules.maxLength, length > most {
                violate("must have at most \(most) characters, not \(length)")
                return
            }
        }
        if let pattern = rules.pattern {
            if text.utf8.count > Self.patternLimit / max(pattern.size, 1) {
                violate("is too long for its pattern")
            } else if !pattern.matches(text) {
                violate("must match \(pattern.pattern)")
            }
        }
        if let format = rules.format, !format.accepts(text) {
            violate("must be \(format.phrase)")
        }
    }

    private mutating func decode(
        _ list: [Value], _ rules: Schema.Rules
    ) -> Value {
        if let least = rules.minItems, list.count < least {
            violate("must have at least \(least) elements, not \(list.count)")
        }
        if let most = rules.maxItems, list.count > most {
            violate("must have at most \(most) elements, not \(list.count)")
        }
        var decoded = list
        if let items = rules.items.first {
            for (position, element) in list.enumerated() {
                decoded[position] = decode(element, items, at: .element(position))
            }
        }
        if rules.uniqueItems {
            var seen: Set<Value> = []
            for (position, element) in decoded.enumerated()
            where !seen.insert(element.canonical).inserted {
                violate("occurs twice", at: .element(position))
            }
        }
        return .list(decoded)
    }

    private mutating func decode(
        _ map: ValueMap, _ rules: Schema.Rules
    ) -> Value {
        var decoded = map
        for property in rules.properties {
            let given = map[property.name] ?? property.schema.rules.defaultValue?.plain
            guard let given else { continue }
            decoded[property.name] = decode(given, property.schema, at: .property(property.name))
        }
        for name in rules.required where decoded[name] == nil {
            violate("is required", at: .property(name))
        }
        decodeOthers(of: map, into: &decoded, rules)
        return .map(decoded)
    }

    private mutating func decodeOthers(
        of map: ValueMap, into decoded: inout ValueMap, _ rules: Schema.Rules
    ) {
        if case .allowed = rules.additional { return }
        let known = ValueMap(rules.properties.map { ($0.name, Value.null) })
        for (key, value) in map.entries where known[key] == nil {
            // Nearest names are dear, and further violations are not listed.
            guard violations.count < Schema.violationLimit else { return }
            let step = PathStep.property(key.plainKey)
            if case .checked(let schema) = rules.additional {
                decoded[key] = decode(value, schema, at: step)
            } else {
                let names = rules.properties.map(\.name)
                violate(
                    "is not allowed" + suggestion(for: key.plainKey, among: names), at: step)
            }
        }
    }
}

extension Value {
    fileprivate var schemaKind: Schema.Kind {
        switch self {
        case .null: .null
        case .bool: .boolean
        case .int, .uint: .integer
        case .double: .number
        case .list: .array
        case .map: .object
        case .string, .bytes, .timestamp, .duration, .type, .optional: .string
        }
    }

    /// The value as the first kind that takes it; nil if none does. Kinds that take it as it is go
    /// first.
    fileprivate func converted(to kinds: [Schema.Kind]) -> Value? {
        let own = schemaKind
        if kinds.isEmpty || kinds.contains(own) { return self }
        switch self {
        case .double(let number) where kinds.contains(.integer):
            guard let exact = Int64(exactly: number) else { return nil }
            return .int(exact)
        case .int(let number) where kinds.contains(.number): return .double(Double(number))
        default: return nil
        }
    }

    /// One form for all values that are equal, so that they can be found by hash.
    fileprivate var canonical: Value {
        switch self {
        case .list(let list): .list(list.map(\.canonical))
        case .map(let map):
            .map(ValueMap(map.entries.map { ($0.key.plainKey, $0.value.canonical) }))
        default: lookupKey
        }
    }
}

extension Schema.Format {
    fileprivate var phrase: String {
        switch self {
        case .dateTime: "a date and time with its offset, as in 2026-11-21T09:30:00Z"
        case .date: "a date, as in 2026-11-21"
        case .duration: "a duration, as in 15m or PT15M"
        case .calendarDuration: "a duration or a calendar duration, as in 15m or 5 business days"
        case .email: "an address of e-mail"
        case .uri: "a URI"
        case .attachment: "an attachment, as PUT /v1/attachments answers"
        case .fileName:
            "the name of a file: up to \(FileName.maximumBytes) bytes, without folders or invisible characters"
        }
    }

    fileprivate func accepts(_ text: String) -> Bool {
        switch self {
        case .dateTime: Timestamp(rfc3339: text) != nil
        case .date: Timestamp.isDate(text)
        case .duration: Duration(parsing: text) != nil
        case .calendarDuration:
            Duration(parsing: text) != nil || (try? CalendarDuration(parsing: text)) != nil
        case .email: Self.isEmail(text)
        case .uri: Self.isURI(text)
        case .attachment: false
        case .fileName: FileName.admits(text)
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 > 32 && $0 != 127 }
    }

    /// Something, one `@`, and a domain.
    private static func isEmail(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, isPlain(text), text.utf8.count <= 320 else { return false }
        let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return !parts[0].isEmpty && labels.allSatisfy { !$0.isEmpty }
    }

    /// A scheme and something behind its colon.
    private static func isURI(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), isPlain(text) else {
            return false
        }
        let scheme = text.utf8[..<colon]
        let allowed = scheme.allSatisfy { isWord($0) && $0 != 95 || "+-.".utf8.contains($0) }
        return allowed && scheme.first.map { !isDigit($0) } == true
            && text.utf8.index(after: colon) < text.utf8.endIndex
    }
}
