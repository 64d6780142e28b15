import Guest
import Values

/// What a client says of an account: the attributes of RFC 7643 that this provider keeps. Others are not looked at, as a
/// provider may.
public struct IdentityAccount: Sendable, Hashable {
    /// In the schema's order; what is not there is unassigned.
    public private(set) var attributes: ValueMap

    static let lengthLimit = 200
    static let maximumEmails = 20

    /// Of an account, or of what a part of one is replaced by.
    enum Attribute: String, CaseIterable {
        case externalID = "externalId"
        case userName, displayName, emails, active
        /// Where the account's owner sets a password: the provider's own page, unless its client says another.
        case activation = "urn:pawl:params:scim:schemas:extension:sandbox:2.0:Activation"

        /// Attribute names are compared without case (RFC 7643, 2.1); the schema's prefix may stand before them.
        init?(path: String) {
            let prefix = IdentitySchema.user.lowercased() + ":"
            var name = path.lowercased()
            if name.hasPrefix(prefix) { name = String(name.dropFirst(prefix.count)) }
            guard let found = Self.allCases.first(where: { $0.rawValue.lowercased() == name })
            else { return nil }
            self = found
        }
    }

    public var userName: String { attributes["userName"]?.stringValue ?? "" }
    /// The client's, by which it finds the account again (RFC 7643, 3.1). Need not be unique.
    public var externalID: String? { attributes["externalId"]?.stringValue }
    public var isActive: Bool { attributes["active"]?.boolValue ?? false }

    /// All that a body says.
    init(_ members: ValueMap) throws(FieldError) {
        attributes = ValueMap()
        for (key, value) in members.entries {
            guard let attribute = key.stringValue.flatMap(Attribute.init(path:)) else { continue }
            try set(attribute, value)
        }
        guard !userName.isEmpty else {
            throw FieldError(pointer: "/userName", detail: "`userName` is required, a string")
        }
    }

    /// - Parameter value: null: unassigned from now on.
    mutating func set(_ attribute: Attribute, _ value: Value) throws(FieldError) {
        if value.isNull {
            guard attribute != .userName else { throw Self.wrong(attribute, "is required") }
            attributes[attribute.rawValue] = .none
            return
        }
        switch attribute {
        case .userName, .displayName, .externalID:
            try Self.check(value, attribute)
        case .active:
            guard value.boolValue != nil else { throw Self.wrong(attribute, "is true or false") }
        case .activation:
            try Self.check(value["activationUrl"] ?? .null, attribute)
        case .emails:
            for mail in try Self.mails(value) {
                try Self.check(mail["value"] ?? .null, attribute)
            }
        }
        attributes[attribute.rawValue] = value
    }

    /// Where nobody has said it.
    mutating func offer(activationURL: String) {
        let name = Attribute.activation.rawValue
        guard attributes[name] == nil else { return }
        attributes[name] = ["activationUrl": .string(activationURL)]
    }

    /// Those that are there already stay (RFC 7644, 3.5.2.1).
    mutating func add(_ attribute: Attribute, _ value: Value) throws(FieldError) {
        guard attribute == .emails, let kept = attributes["emails"]?.listValue else {
            return try set(attribute, value)
        }
        let new = try Self.mails(value).filter { !kept.contains($0) }
        try set(.emails, .list(kept + new))
    }

    private static func mails(_ value: Value) throws(FieldError) -> [Value] {
        let list = value.listValue ?? [value]
        guard list.count <= maximumEmails, list.allSatisfy({ $0.mapValue != nil }) else {
            throw wrong(.emails, "is a list of up to \(maximumEmails) objects with `value`")
        }
        return list
    }

    private static func check(_ value: Value, _ attribute: Attribute) throws(FieldError) {
        guard let text = value.stringValue, !text.isEmpty, text.utf8.count <= lengthLimit else {
            throw wrong(attribute, "is a string of 1 to \(lengthLimit) bytes")
        }
    }

    private static func wrong(_ attribute: Attribute, _ detail: String) -> FieldError {
        FieldError(
            pointer: "/\(attribute.rawValue)", detail: "`\(attribute.rawValue)` \(detail)")
    }
}
