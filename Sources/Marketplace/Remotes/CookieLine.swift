import Guest
import Values

/// One line of the cookie contractor's file.
///
/// `order` and `cancel` carry an idempotency key of their own; `fence` and `arrival` carry the key
/// of the order that they are about.
public struct CookieLine: RemoteLine {
    public enum Kind: String, Sendable, Hashable {
        case order, cancel, fence, arrival
    }

    public enum Status: String, Sendable, Hashable {
        case baking, fenced, cancelled, baked, unknown, delivered, lost
    }

    public var seq: Int64
    public var at: Timestamp
    public var key: String
    public var kind: Kind
    public var status: Status
    public var orderID: String?
    public var clientID: String?
    public var name: String?
    public var readyAt: Timestamp?
    /// The order's key that a cancellation is about.
    public var of: String?

    func isSameRequest(as other: CookieLine) -> Bool {
        guard kind == other.kind else { return false }
        if kind == .cancel { return sameUTF8(of, other.of) }
        return sameUTF8(orderID, other.orderID) && sameUTF8(clientID, other.clientID)
            && sameUTF8(name, other.name)
    }
}

extension CookieLine {
    public var value: Value {
        var members: [(String, Value)] = [
            ("seq", .int(seq)), ("at", .string(at.rfc3339)), ("key", .string(key)),
            ("kind", .string(kind.rawValue)), ("status", .string(status.rawValue)),
        ]
        let texts = [("orderId", orderID), ("clientId", clientID), ("name", name), ("of", of)]
        for (name, text) in texts {
            if let text { members.append((name, .string(text))) }
        }
        if let readyAt { members.append(("readyAt", .string(readyAt.rfc3339))) }
        return .map(ValueMap(members))
    }

    public init?(value: Value) {
        guard let line = JournalRecord(value), let seq = line.integer("seq"),
            let at = line.time("at"), let key = line.string("key"),
            let kind = line.string("kind").flatMap(Kind.init(rawValue:)),
            let status = line.string("status").flatMap(Status.init(rawValue:))
        else { return nil }
        self.init(
            seq: seq, at: at, key: key, kind: kind, status: status,
            orderID: line.string("orderId"), clientID: line.string("clientId"),
            name: line.string("name"), readyAt: line.time("readyAt"), of: line.string("of"))
    }
}
