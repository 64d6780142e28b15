import LinearRegex

/// Where a value breaks its schema (a JSON pointer, `/items/0/price`; empty for the whole) and how.
package struct Violation: Sendable, Hashable, CustomStringConvertible {
    package let pointer: String
    package let detail: String

    package init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }

    package var description: String { pointer.isEmpty ? detail : "\(pointer) \(detail)" }
}

/// What is wrong with a schema, and where in it (a JSON pointer).
package struct SchemaError: Error, Hashable, CustomStringConvertible {
    package let message: String
    package let pointer: String

    package init(message: String, pointer: String) {
        self.message = message
        self.pointer = pointer
    }

    package var description: String { pointer.isEmpty ? message : "\(pointer): \(message)" }
}

/// What becomes of a value that is held against a schema.
package enum DecodeResult: Sendable, Hashable {
    /// With defaults filled in and numbers of the declared kind.
    case valid(Value)
    /// In the order of the value, at most `Schema.violationLimit`.
    case invalid([Violation])
}

/// A JSON Schema of draft 2020-12, as far as data of workflows need it.
///
/// Keywords: `type properties required additionalProperties items enum const minimum maximum
/// exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern minItems maxItems
/// uniqueItems format contentMediaType default`, and the annotations `title description examples $schema $comment
/// x-…`. Any other keyword is an error rather than silently without effect. Formats are checked.
package struct Schema: Sendable, Hashable {
    /// As it was written.
    package let source: Value
    /// One element, behind one reference: a schema is copied with every action that holds it.
    private let shared: [Rules]

    init(source: Value, rules: Rules) {
        self.source = source
        shared = [rules]
    }

    var rules: Rules { _read { yield shared[0] } }

    package static let violationLimit = 100

    /// Accepts everything.
    package static let any = Schema(source: .bool(true), rules: Rules(asksForKindOnly: true))

    package static func == (a: Schema, b: Schema) -> Bool {
        a.source == b.source
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(source)
    }

    enum Kind: String, Sendable, CaseIterable {
        case null, boolean, integer, number, string, array, object
    }

    enum Format: String, Sendable, CaseIterable {
        case dateTime = "date-time"
        case date, duration, email, uri
        /// Of an object: content that was put, `{sha256, name, type, size}`.
        case attachment
        /// What somebody calls a file.
        case fileName = "file-name"
        /// A duration, or a calendar duration.
        case calendarDuration = "calendar-duration"
    }

    /// What `additionalProperties` says.
    enum Additional: Sendable {
        case allowed, forbidden
        indirect case checked(Schema)
    }

    struct Property: Sendable {
        let name: String
        let schema: Schema
    }

    struct Rules: Sendable {
        /// It asks for a kind at most, so that most values need no walk.
        var asksForKindOnly = false
        /// The schema `false`.
        var refusesAll = false
        /// Empty for any.
        var kinds: [Kind] = []
        var properties: [Property] = []
        var required: [String] = []
        var additional = Additional.allowed
        /// None or one.
        var items: [Schema] = []
        /// Nil for any; `const` is one choice.
        var choices: [Value]?
        var minimum: Value?
        var maximum: Value?
        var exclusiveMinimum: Value?
        var exclusiveMaximum: Value?
        var multipleOf: Int64?
        var minLength: Int?
        var maxLength: Int?
        var minItems: Int?
        var maxItems: Int?
        var uniqueItems = false
        var pattern: Regex?
        var format: Format?
        /// Of attachments; empty for any.
        var mediaTypes: [MediaType] = []
        var mayHoldAttachments = false
        var defaultValue: Value?
    }
}

// MARK: - What forms, lints and completion ask

extension Schema {
    /// The declared properties in order; nil if the schema declares none.
    package var propertyNames: [String]? {
        source["properties"] == nil ? .none : rules.properties.map(\.name)
    }

    package func property(_ name: String) -> Schema? {
        rules.properties.first { sameUTF8($0.name, name) }?.schema
    }

    /// Whether a property that is not declared may occur.
    package var allowsOtherProperties: Bool {
        if case .forbidden = rules.additional { false } else { true }
    }

    package func isRequired(_ name: String) -> Bool {
        rules.required.contains { sameUTF8($0, name) }
    }

    /// The names of `type`; empty for any.
    package var typeNames: [String] { rules.kinds.map(\.rawValue) }

    /// The schema of a list's elements.
    package var items: Schema? { rules.items.first }

    /// The values of `enum` or `const`.
    package var choices: [Value]? { rules.choices }

    package var format: String? { rules.format?.rawValue }
    package var title: String? { source["title"]?.stringValue }
    package var summary: String? { source["description"]?.stringValue }
    package var declaredDefault: Value? { rules.defaultValue }
}
