import Values

extension Schema {
    /// Members that any of the schemas marks with a keyword of ours, `x-sensitive: true`, and what each says.
    static func marks(_ keyword: String, in schemas: [Schema]) -> [(name: String, says: Value)] {
        var marks: [(name: String, says: Value)] = []
        for schema in schemas { look(for: keyword, in: schema.source, &marks) }
        return marks
    }

    /// Of a member itself, or of what stands in it without a name of its own: elements of a list, values of a map.
    private static func said(_ keyword: String, in schema: Value) -> Value? {
        if let says = schema[keyword], says != false { return says }
        for part in ["items", "additionalProperties"] {
            if let says = schema[part].flatMap({ said(keyword, in: $0) }) { return says }
        }
        return nil
    }

    /// A schema is as deep as its parser let it be.
    private static func look(
        for keyword: String, in schema: Value, _ marks: inout [(name: String, says: Value)]
    ) {
        for entry in schema["properties"]?.mapValue?.entries ?? [] {
            guard let name = entry.key.stringValue else { continue }
            if let says = said(keyword, in: entry.value) { marks.append((name, says)) }
            look(for: keyword, in: entry.value, &marks)
        }
        for part in ["items", "additionalProperties"] {
            if let below = schema[part] { look(for: keyword, in: below, &marks) }
        }
    }
}
