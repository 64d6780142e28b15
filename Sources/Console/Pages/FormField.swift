import Values

/// A member of a form's JSON Schema as a field of a page, and what a browser sends of it as a value.
struct FormField: Sendable {
    let name: String
    /// Of the element; two forms of a page may have a field of the same name.
    let id: String
    let label: String
    let hint: String?
    let isRequired: Bool
    let value: String
    let isText: Bool
    let isLong: Bool
    let isNumber: Bool
    let isFlag: Bool
    let isChecked: Bool
    let options: [ActionPage.Option]?
    let hasOptions: Bool
    let error: String?

    /// The members of an object schema, in order.
    static func list(
        _ schema: Value?, given: [(name: String, value: String)],
        refusal: APIProblem?, under pointer: String,
        of outcome: String
    ) -> [FormField] {
        let required = schema?["required"]?.listValue?.compactMap(\.stringValue) ?? []
        return properties(schema).map { name, member in
            let sent = given.first { $0.name == "form." + name }?.value
            // What is sensitive is neither filled in nor remembered by the browser.
            let isSensitive = member["x-sensitive"] == true
            let fallback = isSensitive ? "" : member["default"].map(text) ?? ""
            let kind = Kind(member)
            return FormField(
                name: "form." + name, id: "\(outcome).\(name)",
                label: member["title"]?.stringValue ?? name,
                hint: kind.hint(member), isRequired: required.contains(name),
                value: sent ?? fallback, isText: kind == .text,
                isLong: kind == .json || kind == .long,
                isNumber: kind == .number, isFlag: kind == .flag,
                isChecked: (sent ?? fallback) == "true",
                options: kind == .choice
                    // Nothing is chosen for whoever has to.
                    ? (([""] + (member["enum"]?.listValue ?? []).map(text)).map {
                        ActionPage.Option(text: $0, isChosen: $0 == sent ?? fallback)
                    }) : nil, hasOptions: kind == .choice,
                error: refusal?.error(of: name, under: pointer))
        }
    }

    /// What was sent, each member by its schema; what cannot be read stays text, and the API says what is wrong with it.
    static func value(of schema: Value?, given: [(name: String, value: String)]) -> Value {
        var map = ValueMap()
        for (name, member) in properties(schema) {
            guard let text = given.last(where: { $0.name == "form." + name })?.value else {
                continue
            }
            switch Kind(member) {
            case .flag: map[name] = .bool(text == "true")
            case _ where text.isEmpty: continue
            case .number, .json: map[name] = (try? JSON.parse(Array(text.utf8))) ?? .string(text)
            case .choice:
                map[name] =
                    (member["enum"]?.listValue ?? []).first { Self.text($0) == text }
                    ?? .string(text)
            case .text, .long: map[name] = .string(text)
            }
        }
        return .map(map)
    }

    private static func properties(_ schema: Value?) -> [(name: String, schema: Value)] {
        (schema?["properties"]?.mapValue?.entries ?? []).compactMap { entry in
            entry.key.stringValue.map { ($0, entry.value) }
        }
    }

    private static func text(_ value: Value) -> String {
        value.stringValue ?? String(decoding: JSON.encode(value), as: UTF8.self)
    }

    private enum Kind: Hashable {
        case text, long, number, flag, choice, json

        init(_ schema: Value) {
            if schema["enum"] != nil {
                self = .choice
                return
            }
            let types =
                schema["type"]?.listValue?.compactMap(\.stringValue)
                ?? [schema["type"]?.stringValue ?? ""]
            switch types.first(where: { $0 != "null" }) {
            case "string": self = (schema["maxLength"]?.intValue ?? 0) > 300 ? .long : .text
            case "integer", "number": self = .number
            case "boolean": self = .flag
            default: self = .json
            }
        }

        func hint(_ schema: Value) -> String? {
            schema["description"]?.stringValue ?? (self == .json ? "JSON" : nil)
        }
    }
}
