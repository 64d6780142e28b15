import Guest
import Values

/// One line of the identity provider's file: an account that was made, changed or removed.
public struct IdentityLine: RemoteLine {
    public enum Kind: String, Sendable, Hashable {
        case created, changed, removed
    }

    public var seq: Int64
    public var at: Timestamp
    public var kind: Kind
    /// The account's own, given by the provider.
    public var id: String
    /// As it is from now on; as it was, where it was removed.
    public var account: IdentityAccount

    public init(seq: Int64, at: Timestamp, kind: Kind, id: String, account: IdentityAccount) {
        self.seq = seq
        self.at = at
        self.kind = kind
        self.id = id
        self.account = account
    }

    public var value: Value {
        .map(
            ValueMap([
                ("seq", .int(seq)), ("at", .string(at.rfc3339)), ("kind", .string(kind.rawValue)),
                ("id", .string(id)),
            ]).merging(account.attributes))
    }

    public init?(value: Value) {
        guard let line = JournalRecord(value), let seq = line.integer("seq"),
            let at = line.time("at"), let kind = line.string("kind").flatMap(Kind.init(rawValue:)),
            let id = line.string("id"), let members = value.mapValue,
            let account = try? IdentityAccount(members)
        else { return nil }
        self.init(seq: seq, at: at, kind: kind, id: id, account: account)
    }
}
