import CEL
import Values

/// What expressions may take for granted of data that a schema let in.
extension CELType {
    init(_ schema: Schema) {
        let kinds = schema.typeNames.filter { $0 != "null" }
        let mayBeNull = schema.typeNames.contains("null")
        let type: CELType =
            if let texts = Self.texts(of: schema) {
                .choice(texts)
            } else if kinds.count == 1, schema.format != "attachment" {
                Self.named(kinds[0], schema)
            } else {
                .dyn
            }
        self = mayBeNull ? type.orNull : type
    }

    /// Whether what gives this may be let in by the schema of the other; numbers are made what they must be.
    func mayBecome(_ wanted: CELType) -> Bool {
        let numbers: [CELType] = [.int, .uint, .double]
        switch (withoutNull, wanted.withoutNull) {
        case (.null, _): return wanted == .dyn || wanted.mayBeNull
        case (.optional, _), (.bytes, _), (.timestamp, _), (.duration, _), (.type, _): return true
        case (let given, let other):
            return numbers.contains(given) && numbers.contains(other) || given.fits(other)
        }
    }

    /// Of settings, which are an object.
    init(settings schema: Schema) {
        let names = schema.propertyNames ?? []
        let members = names.compactMap { name in
            schema.property(name).map {
                ObjectType.Member(name, $0.format == "duration" ? .duration : CELType($0))
            }
        }
        self = .object(ObjectType(members, others: schema.allowsOtherProperties ? .dyn : nil))
    }

    /// Those of `enum`, if there is nothing but texts.
    private static func texts(of schema: Schema) -> [ExactText]? {
        guard let choices = schema.choices, schema.typeNames.allSatisfy({ $0 == "string" }) else {
            return nil
        }
        let texts = choices.compactMap(\.stringValue)
        return texts.count == choices.count ? texts.map { ExactText($0) } : nil
    }

    private static func named(_ kind: String, _ schema: Schema) -> CELType {
        switch kind {
        case "boolean": .bool
        case "integer": .int
        case "number": .double
        case "string": .string
        case "array": .list(schema.items.map { CELType($0) } ?? .dyn)
        case "object": object(schema)
        default: .dyn
        }
    }

    private static func object(_ schema: Schema) -> CELType {
        guard let names = schema.propertyNames else { return .map(key: .string, value: .dyn) }
        let members = names.map { name in
            ObjectType.Member(
                name, schema.property(name).map { CELType($0) } ?? .dyn,
                isOptional: !schema.isRequired(name))
        }
        return .object(ObjectType(members, others: schema.allowsOtherProperties ? .dyn : nil))
    }
}

extension Scope {
    /// Whether a text is the path of something that is declared: `input.name`, where the input has a name.
    func declares(_ text: String) -> Bool {
        let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard names.count > 1, names.count < 16,
            var shape = roots.first(where: { $0.name == names[0] })?.shape
        else { return false }
        for name in names.dropFirst() {
            guard shape.names?.contains(exactly: name) == true else { return false }
            shape = shape.member(name)
        }
        return true
    }
}

extension Scope.Shape {
    var type: CELType {
        switch self {
        case .any: .dyn
        case .value(let type): type
        case .schema(let schema), .answer(let schema): CELType(schema)
        case .settings(let schema): CELType(settings: schema)
        case .members(let members):
            .object(ObjectType(members.map { ObjectType.Member($0.name, $0.shape.type) }))
        }
    }
}
