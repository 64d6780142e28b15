import Guest
import Values

/// One line of the identity provider's file: an account that was made or removed.
public struct IdentityLine: RemoteLine {
    public enum Kind: String, Sendable, Hashable {
        case created, removed
    }

    public var seq: Int64
    public var at: Timestamp
    public var kind: Kind
    /// The account's own, given by the provider.
    public var id: String
    public var userName: String
    /// The client's, by which it finds the account again (RFC 7643, 3.1).
    public var externalID: String?
    public var email: String?

    public init(
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

    public var value: Value {
        var members: [(String, Value)] = [
            ("seq", .int(seq)), ("at", .string(at.rfc3339)), ("kind", .string(kind.rawValue)),
            ("id", .string(id)), ("userName", .string(userName)),
        ]
        if let externalID { members.append(("externalId", .string(externalID))) }
        if let email { members.append(("email", .string(email))) }
        return .map(ValueMap(members))
    }

    public init?(value: Value) {
        guard let line = JournalRecord(value), let seq = line.integer("seq"),
            let at = line.time("at"), let kind = line.string("kind").flatMap(Kind.init(rawValue:)),
            let id = line.string("id"), let userName = line.string("userName")
        else { return nil }
        self.init(
            seq: seq, at: at, kind: kind, id: id, userName: userName,
            externalID: line.string("externalId"), email: line.string("email"))
    }
}
