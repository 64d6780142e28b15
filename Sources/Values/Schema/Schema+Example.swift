extension Schema {
    /// A small value that fits, as a stand-in for a real one: what is required, and nothing else. A pattern is not
    /// followed.
    package var example: Value {
        if let value = rules.defaultValue { return value }
        if let choice = rules.choices?.first { return choice }
        if rules.format == .attachment { return attachmentExample }
        switch rules.kinds.first {
        case .object: return objectExample
        case .array:
            let element = rules.items.first?.example ?? .null
            return .list(Array(repeating: element, count: min(rules.minItems ?? 0, 16)))
        case .string: return .string(exampleText)
        case .integer:
            if let least = rules.minimum?.intValue { return .int(least) }
            if let below = rules.exclusiveMinimum?.intValue { return .int(below + 1) }
            return .int(min(0, rules.maximum?.intValue ?? 0))
        case .number: return rules.minimum ?? .double(0)
        case .boolean: return false
        case .null: return .null
        case nil: return rules.required.isEmpty ? .null : objectExample
        }
    }

    /// What is to be filled in: its name in angle brackets, of an object so each member that is required. What can be one
    /// value alone is that.
    package func blank(named name: String) -> Value {
        if let choices = rules.choices, choices.count == 1 { return choices[0] }
        let isObject = rules.kinds.first.map { $0 == .object } ?? !rules.required.isEmpty
        guard isObject, rules.format != .attachment else { return .string("<\(name)>") }
        var map = ValueMap()
        for member in rules.required {
            map[member] = property(member)?.blank(named: member) ?? .string("<\(member)>")
        }
        return .map(map)
    }

    private var attachmentExample: Value {
        [
            "sha256": .string(String(repeating: "0", count: 64)), "name": "photo.jpg",
            "type": .string((rules.mediaTypes.first ?? .jpeg).rawValue), "size": 1,
        ]
    }

    private var objectExample: Value {
        var map = ValueMap()
        for name in rules.required { map[name] = property(name)?.example ?? .string("<\(name)>") }
        return .map(map)
    }

    private var exampleText: String {
        switch rules.format {
        case .dateTime: return "2026-01-01T00:00:00Z"
        case .date: return "2026-01-01"
        case .duration, .calendarDuration: return "1h"
        case .email: return "somebody@example.com"
        case .uri: return "https://example.com/"
        case .fileName: return "photo.jpg"
        case .attachment, nil: break
        }
        let text = "<text>"
        let least = min(rules.minLength ?? 0, 256)
        let padded = text + String(repeating: "-", count: max(0, least - text.utf8.count))
        return String(padded.prefix(rules.maxLength ?? .max))
    }
}
