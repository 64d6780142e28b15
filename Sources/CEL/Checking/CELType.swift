import Values

/// What is known of an expression's value without evaluating it, as CEL's checker has it, with three kinds more that
/// JSON Schemas bring: objects with declared members, values that may be null, and texts that are one of a few.
///
/// `dyn` is a value of which nothing is known: it fits everywhere, and what fits is seen when it is evaluated.
package indirect enum CELType: Sendable, Hashable {
    case dyn, null, bool, int, uint, double, string, bytes, timestamp, duration
    /// One of these texts; in every other regard a string.
    case choice([ExactText])
    case list(CELType)
    case map(key: CELType, value: CELType)
    /// A map whose members are declared.
    case object(ObjectType)
    case optional(CELType)
    /// The value or null.
    case nullable(CELType)
    /// The type of a type: what `int` is, and `type(x)`.
    case type(CELType)
    /// A type of whoever declares functions of it, with its parameters.
    case abstract(ExactText, [CELType])
    /// Stands in a signature for any one type.
    case parameter(Int)
    /// What is not known yet while an expression is checked.
    case unknown(Int)
}

/// A map with members that somebody declared: an input, an event's data, an answer.
package struct ObjectType: Sendable, Hashable {
    package struct Member: Sendable, Hashable {
        package let name: ExactText
        package let type: CELType
        /// It may be missing.
        package let isOptional: Bool

        package init(_ name: String, _ type: CELType, isOptional: Bool = false) {
            self.name = ExactText(name)
            self.type = type
            self.isOptional = isOptional
        }
    }

    package let members: [Member]
    /// What a member that is not declared would be; nil: there is none.
    package let others: CELType?

    package init(_ members: [Member], others: CELType? = nil) {
        self.members = members
        self.others = others
    }

    package func member(_ name: String) -> Member? {
        members.first { sameUTF8($0.name.text, name) }
    }

    package var names: [String] { members.map(\.name.text) }
}

extension CELType {
    static let types: CELType = .type(.dyn)

    /// Of one value; what is in a list or a map may be anything.
    package init(of value: Value) {
        self =
            switch value {
            case .null: .null
            case .bool: .bool
            case .int: .int
            case .uint: .uint
            case .double: .double
            case .string: .string
            case .bytes: .bytes
            case .timestamp: .timestamp
            case .duration: .duration
            case .list: .list(.dyn)
            case .map: .map(key: .dyn, value: .dyn)
            case .type: Self.types
            case .optional: .optional(.dyn)
            }
    }

    /// Without null: nullable of nullable is nullable.
    package var orNull: CELType {
        switch self {
        case .dyn, .null, .nullable, .unknown: self
        default: .nullable(self)
        }
    }

    /// What it is where it is not null.
    package var withoutNull: CELType {
        if case .nullable(let inner) = self { inner } else { self }
    }

    package var mayBeNull: Bool {
        switch self {
        case .nullable, .null: true
        default: false
        }
    }

    /// A text of a few is a text.
    var widened: CELType {
        if case .choice = self { .string } else { self }
    }

    var isString: Bool { widened == .string }

    /// More texts than these are any text.
    static let maximumChoices = 64

    var parameters: [CELType] {
        switch self {
        case .list(let element), .optional(let element), .nullable(let element),
            .type(let element):
            [element]
        case .map(let key, let value): [key, value]
        case .abstract(_, let parameters): parameters
        case .object(let object): object.members.map(\.type) + [object.others].compactMap(\.self)
        default: []
        }
    }

    /// With each part replaced, inside first.
    func mapping(_ replace: (CELType) -> CELType) -> CELType {
        let whole: CELType =
            switch self {
            case .list(let element): .list(element.mapping(replace))
            case .optional(let element): .optional(element.mapping(replace))
            case .nullable(let element): element.mapping(replace).orNull
            case .type(let element): .type(element.mapping(replace))
            case .map(let key, let value):
                .map(key: key.mapping(replace), value: value.mapping(replace))
            case .abstract(let name, let parameters):
                .abstract(name, parameters.map { $0.mapping(replace) })
            default: self
            }
        return replace(whole)
    }
}

extension CELType: CustomStringConvertible {
    /// As CEL writes it: `list(map(string, int))`; null is said in words.
    package var description: String {
        switch self {
        case .dyn, .parameter, .unknown: "dyn"
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string, .choice: "string"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .duration: "duration"
        case .list(let element): "list(\(element))"
        case .map(let key, let value): "map(\(key), \(value))"
        case .object: "object"
        case .optional(let inner): "optional_type(\(inner))"
        case .nullable(let inner): "\(inner) or null"
        case .type: "type"
        case .abstract(let name, let parameters):
            parameters.isEmpty
                ? name.text
                : "\(name)(\(parameters.map(\.description).joined(separator: ", ")))"
        }
    }

    /// In a sentence: `a string`, `an int or null`.
    package var phrase: String {
        switch self {
        case .null: "null"
        case .dyn, .parameter, .unknown: "a value of any kind"
        case .choice(let texts) where texts.count == 1: "the text '\(texts[0])'"
        case .int, .object, .optional: "an \(self)"
        case .nullable(let inner): "\(inner.phrase) or null"
        default: "a \(self)"
        }
    }
}
