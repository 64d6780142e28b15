import LinearRegex

extension Schema {
    package init(parsing value: Value) throws(SchemaError) {
        self = try Schema(value, pointer: "", depth: 0)
    }

    private static let depthLimit = 32

    private init(_ value: Value, pointer: String, depth: Int) throws(SchemaError) {
        guard depth <= Self.depthLimit else {
            throw SchemaError(
                message: "nested deeper than \(Self.depthLimit) levels", pointer: pointer)
        }
        switch value {
        case .bool(let accepts):
            self.init(source: value, rules: Rules(asksForKindOnly: accepts, refusesAll: !accepts))
        case .map(let map):
            var reader = Reader(pointer: pointer, depth: depth)
            for (key, element) in map.entries { try reader.read(key.plainKey, element) }
            var rules = try reader.whole()
            rules.asksForKindOnly = rules.hasOnlyKinds
            self.init(source: value, rules: rules)
            if let declared = rules.defaultValue { try check(default: declared, pointer: pointer) }
        default:
            throw SchemaError(message: "a schema is a map, not \(value.article)", pointer: pointer)
        }
    }

    private func check(default value: Value, pointer: String) throws(SchemaError) {
        guard case .invalid(let violations) = decode(value), let first = violations.first else {
            return
        }
        throw SchemaError(
            message: "the default breaks the schema: \(first)", pointer: pointer + "/default")
    }

    static let keywords = [
        "type", "properties", "required", "additionalProperties", "items", "enum", "const",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
        "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "format", "contentMediaType",
        "default", "title", "description", "examples", "$schema", "$comment", "x-sensitive",
        "x-personal",
    ]

    /// Collects the rules of one schema, keyword by keyword.
    private struct Reader {
        let pointer: String
        let depth: Int
        var rules = Rules()

        private func failure(_ message: String, _ keyword: String) -> SchemaError {
            SchemaError(message: message, pointer: "\(pointer)/\(keyword.pointerToken)")
        }

        mutating func read(_ keyword: String, _ value: Value) throws(SchemaError) {
            switch keyword {
            case "type": rules.kinds = try kinds(value)
            case "properties": rules.properties = try properties(value)
            case "required": rules.required = try strings(value, keyword)
            case "additionalProperties": rules.additional = try additional(value)
            case "items": rules.items = [try schema(value, below: keyword)]
            case "enum": rules.choices = try choices(value)
            case "const": rules.choices = [value]
            case "minimum": rules.minimum = try number(value, keyword)
            case "maximum": rules.maximum = try number(value, keyword)
            case "exclusiveMinimum": rules.exclusiveMinimum = try number(value, keyword)
            case "exclusiveMaximum": rules.exclusiveMaximum = try number(value, keyword)
            case "multipleOf": rules.multipleOf = try divisor(value)
            case "minLength": rules.minLength = try count(value, keyword)
            case "maxLength": rules.maxLength = try count(value, keyword)
            case "minItems": rules.minItems = try count(value, keyword)
            case "maxItems": rules.maxItems = try count(value, keyword)
            case "uniqueItems": rules.uniqueItems = try flag(value, keyword)
            case "pattern": rules.pattern = try pattern(value)
            case "format": rules.format = try format(value)
            case "contentMediaType": rules.mediaTypes = try mediaTypes(value)
            case "default": rules.defaultValue = value
            case "title", "description", "examples", "$schema", "$comment": break
            // Whoever shows or erases the value asks for it; a mistake here would show it, or keep it.
            case "x-sensitive": _ = try flag(value, keyword)
            case "x-personal": try persons(value)
            default:
                let hint = suggestion(for: keyword, among: Schema.keywords)
                // Anybody's own words begin with `x-`, but for those that are nearly one of ours: what it marks would be shown,
                // or kept.
                guard !keyword.hasPrefix("x-") || !hint.isEmpty else { return }
                throw failure("unknown keyword '\(keyword)'\(hint)", keyword)
            }
        }

        /// `true`, or the names of those whose it is.
        private func persons(_ value: Value) throws(SchemaError) {
            switch value {
            case .bool, .string: return
            case .list(let list) where !list.isEmpty && list.allSatisfy { $0.stringValue != nil }:
                return
            default:
                throw failure("is true, or the name of a person of `persons`", "x-personal")
            }
        }

        /// What only all keywords together say.
        func whole() throws(SchemaError) -> Rules {
            var rules = rules
            if rules.format == .attachment {
                rules = try attachment()
            } else if !rules.mediaTypes.isEmpty {
                throw failure("is for `format: attachment`", "contentMediaType")
            }
            var parts = rules.properties.map(\.schema) + rules.items
            if case .checked(let schema) = rules.additional { parts.append(schema) }
            rules.mayHoldAttachments =
                rules.format == .attachment || parts.contains { $0.mayHoldAttachments }
            return rules
        }

        /// An attachment has members of its own, and no others.
        private func attachment() throws(SchemaError) -> Rules {
            var rules = rules
            guard rules.kinds.allSatisfy({ $0 == .object || $0 == .null }), rules.properties.isEmpty
            else {
                throw failure(
                    "an attachment is an object of its own: leave `type` and `properties` out, or "
                        + "write `type: [object, 'null']`", "format")
            }
            if rules.kinds.isEmpty { rules.kinds = [.object] }
            let names = (rules.mediaTypes.isEmpty ? MediaType.allCases : rules.mediaTypes).map {
                Value.string($0.rawValue)
            }
            let members: [(String, Value)] = [
                ("sha256", ["type": "string", "pattern": .string(ContentHash.pattern)]),
                ("name", ["type": "string", "format": "file-name"]),
                ("type", ["type": "string", "enum": .list(names)]),
                ("size", ["type": "integer", "minimum": 1]),
            ]
            for (name, source) in members {
                rules.properties.append(
                    Property(name: name, schema: try schema(source, below: name)))
            }
            rules.required = members.map(\.0)
            rules.additional = .forbidden
            return rules
        }

        private func mediaTypes(_ value: Value) throws(SchemaError) -> [MediaType] {
            var names: [String] = []
            if let name = value.stringValue {
                names = [name]
            } else {
                names = try strings(value, "contentMediaType")
            }
            let known = MediaType.allCases.map(\.rawValue)
            var types: [MediaType] = []
            for name in names {
                guard let type = MediaType(rawValue: name) else {
                    throw failure(
                        "'\(name)' is not taken here; one of \(known.joined(separator: ", "))",
                        "contentMediaType")
                }
                types.append(type)
            }
            return types
        }

        private func schema(_ value: Value, below token: String) throws(SchemaError) -> Schema {
            try Schema(value, pointer: "\(pointer)/\(token)", depth: depth + 1)
        }

        private func strings(_ value: Value, _ keyword: String) throws(SchemaError) -> [String] {
            guard let list = value.listValue else { throw failure("a list is expected", keyword) }
            let names = list.compactMap(\.stringValue)
            guard names.count == list.count else {
                throw failure("a list of strings is expected", keyword)
            }
            return names
        }

        private func kinds(_ value: Value) throws(SchemaError) -> [Kind] {
            var names: [String] = []
            if let name = value.stringValue {
                names = [name]
            } else {
                names = try strings(value, "type")
            }
            guard !names.isEmpty else { throw failure("a type is expected", "type") }
            var kinds: [Kind] = []
            for name in names {
                guard let kind = Kind(rawValue: name) else {
                    let hint = suggestion(for: name, among: Kind.allCases.map(\.rawValue))
                    throw failure("unknown type '\(name)'\(hint)", "type")
                }
                kinds.append(kind)
            }
            return kinds
        }

        private func properties(_ value: Value) throws(SchemaError) -> [Property] {
            guard let map = value.mapValue else { throw failure("a map is expected", "properties") }
            var properties: [Property] = []
            for (key, element) in map.entries {
                let name = key.plainKey
                let below = "properties/" + name.pointerToken
                properties.append(Property(name: name, schema: try schema(element, below: below)))
            }
            return properties
        }

        private func additional(_ value: Value) throws(SchemaError) -> Additional {
            switch value {
            case .bool(let allowed): allowed ? .allowed : .forbidden
            default: .checked(try schema(value, below: "additionalProperties"))
            }
        }

        private func choices(_ value: Value) throws(SchemaError) -> [Value] {
            guard let list = value.listValue, !list.isEmpty else {
                throw failure("a list of values is expected", "enum")
            }
            return list
        }

        private func number(_ value: Value, _ keyword: String) throws(SchemaError) -> Value {
            guard value.doubleValue != nil else { throw failure("a number is expected", keyword) }
            return value
        }

        private func divisor(_ value: Value) throws(SchemaError) -> Int64 {
            guard let divisor = value.intValue, divisor > 0 else {
                throw failure("an integer above 0 is expected", "multipleOf")
            }
            return divisor
        }

        private func count(_ value: Value, _ keyword: String) throws(SchemaError) -> Int {
            guard let count = value.intValue, count >= 0 else {
                throw failure("an integer from 0 is expected", keyword)
            }
            return Int(count)
        }

        private func flag(_ value: Value, _ keyword: String) throws(SchemaError) -> Bool {
            guard let flag = value.boolValue else {
                throw failure("true or false is expected", keyword)
            }
            return flag
        }

        private func pattern(_ value: Value) throws(SchemaError) -> Regex {
            guard let text = value.stringValue else {
                throw failure("a string is expected", "pattern")
            }
            do throws(Regex.Failure) {
                return try Regex(text)
            } catch {
                throw failure(error.message, "pattern")
            }
        }

        private func format(_ value: Value) throws(SchemaError) -> Format {
            let name = value.stringValue ?? ""
            guard let format = Format(rawValue: name) else {
                let hint = suggestion(for: name, among: Format.allCases.map(\.rawValue))
                throw failure("unknown format '\(name)'\(hint)", "format")
            }
            return format
        }
    }
}
