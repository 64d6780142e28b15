import Values

/// One line of the identity provider's file: an account that was made or removed.
package struct IdentityLine: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case created, removed
    }

    package var seq: Int64
    package var at: Timestamp
    package var kind: Kind
    /// The account's own, given by the provider.
    package var id: String
    package var userName: String
    /// The client's, by which it finds the account again (RFC 7643, 3.1).
    package var externalID: String?
    package var email: String?

    package init(
        seq: Int64, at: Timestamp, kind: Kind, id: String, userName: String,
        externalID: String? = nil, email: String? = nil
    ) {
        self.seq = seq
        self.at = at
        self.kind = kind
        self.id = id
        self.userName = userName
        self.externalID = externalID
        self.email = email
    }

    var value: Value {
        var members: [(String, Value)] = [
            ("seq", .int(seq)), ("at", .string(at.rfc3339)), ("kind", .string(kind.rawValue)),
            ("id", .string(id)), ("userName", .string(userName)),
        ]
        if let externalID { members.append(("externalId", .string(externalID))) }
        if let email { members.append(("email", .string(email))) }
        return .map(ValueMap(members))
    }

    init?(value: Value) {
        guard let line = JournalRecord(value), let seq = line.integer("seq"),
            let at = line.time("at"), let kind = line.string("kind").flatMap(Kind.init(rawValue:)),
            let id = line.string("id"), let userName = line.string("userName")
        else { return nil }
        self.init(
            seq: seq, at: at, kind: kind, id: id, userName: userName,
            externalID: line.string("externalId"), email: line.string("email"))
    }
}
