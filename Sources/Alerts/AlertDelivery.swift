import Execution
import Sabotage
import Values

/// One message on its way to one address: attempted until it is taken, always under the same id.
package struct AlertDelivery: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable, CaseIterable {
        case pending
        case delivered
        /// Nobody tries any more, unless a person says so.
        case dead
    }

    /// What an attempt came to.
    package enum Outcome: Sendable, Hashable {
        case taken
        /// - after: when the receiver said to come again.
        case failed(String, after: Duration? = nil)
        /// This one will never be taken.
        case refused(String)
        /// Nor will any other.
        case gone(String)
    }

    /// What receivers know it by; in the order of the moments that they were made.
    @ExactText package private(set) var id: String
    package let receiver: ExactText
    /// A mail address; nil: the receiver has one address.
    package let address: String?
    /// nil: it is a test.
    package let alert: String?
    /// What is sent, a CloudEvent; every attempt sends the same.
    package let event: Value
    package let madeAt: Timestamp
    package private(set) var status = Status.pending
    package private(set) var attempts = 0
    package private(set) var nextAt: Timestamp
    package private(set) var endedAt: Timestamp?
    /// Why the last attempt failed.
    package private(set) var error: String?

    /// - Parameter event: tells by its `id` from other messages to the same address.
    package init(
        to receiver: ExactText, address: String?, alert: String?, event: Value, at now: Timestamp
    ) {
        self.receiver = receiver
        self.address = address
        self.alert = alert
        self.event = event
        madeAt = Timestamp(milliseconds: now.milliseconds)
        nextAt = madeAt
        let text = [receiver.text, address ?? "", event["id"]?.stringValue ?? ""]
        id =
            "msg_" + madeAt.milliseconds.padded(to: 15) + "_"
            + String(SHA256.hex(of: JSON.string(.list(text.map(Value.string)))).prefix(16))
    }

    package static let collection = "pawl.alert-delivery"
    /// Of those that are over, the newest that are kept.
    package static let kept = 500
    /// Between one attempt and the next: soon while somebody may just be restarting, for most of a day in all.
    package static let pauses: [Duration] = [
        .seconds(5), .seconds(15), .seconds(60), .seconds(300), .seconds(900), .seconds(1_800),
        .seconds(3_600), .seconds(7_200), .seconds(14_400), .seconds(28_800),
    ]
    /// However long a receiver asks for.
    private static let longestPause = Duration.seconds(86_400)
    private static let maximumError = 300

    /// What came of an attempt that ended now.
    package mutating func attempted(_ outcome: Outcome, at now: Timestamp) {
        guard status == .pending else { return }
        attempts += 1
        switch outcome {
        case .taken:
            end(.delivered, at: now)
            error = nil
        case .refused(let reason), .gone(let reason):
            end(.dead, at: now)
            error = String(reason.prefix(Self.maximumError))
        case .failed(let reason, let after):
            error = String(reason.prefix(Self.maximumError))
            guard attempts <= Self.pauses.count else { return end(.dead, at: now) }
            let pause = min(max(pause(after: attempts), after ?? .zero), Self.longestPause)
            nextAt = now.adding(pause)?.ceilingToMilliseconds ?? .distantFuture
        }
    }

    private mutating func end(_ status: Status, at now: Timestamp) {
        self.status = status
        endedAt = Timestamp(milliseconds: now.milliseconds)
    }

    /// Up to a quarter longer, differently for each message: many that failed together do not all come again together.
    private func pause(after attempt: Int) -> Duration {
        let pause = Self.pauses[attempt - 1]
        let spread = SHA256.hex(of: "\(id) \(attempt)").utf8.prefix(2).reduce(0) {
            $0 + Int64($1 % 16)
        }
        return pause + pause * spread / 120
    }

    /// A person wants it tried again, from the beginning.
    package mutating func revive(at now: Timestamp) {
        status = .pending
        attempts = 0
        endedAt = nil
        nextAt = Timestamp(milliseconds: now.milliseconds)
    }
}

/// A receiver that said it wants no more (HTTP 410), until something reaches it again.
package struct DisabledReceiver: Sendable, Hashable {
    package let name: ExactText
    package let at: Timestamp
    package let reason: String

    package init(name: ExactText, at: Timestamp, reason: String) {
        self.name = name
        self.at = Timestamp(milliseconds: at.milliseconds)
        self.reason = reason
    }

    package static let collection = "pawl.alert-receiver"
}

extension DisabledReceiver: ValueCodable {
    package var encoded: Value {
        ["name": .string(name.text), "at": at.encoded, "reason": .string(reason)]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            name: ExactText(try fields.string("name")), at: try fields.timestamp("at"),
            reason: try fields.string("reason"))
    }
}

extension AlertDelivery: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "receiver": .string(receiver.text), "event": event, "madeAt": madeAt.encoded,
            "status": .string(status.rawValue), "attempts": .int(Int64(attempts)),
            "nextAt": nextAt.encoded,
        ]
        map.set("address", address.map(Value.string))
        map.set("alert", alert.map(Value.string))
        map.set("endedAt", endedAt?.encoded)
        map.set("error", error.map(Value.string))
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            to: ExactText(try fields.string("receiver")),
            address: try fields.optionalString("address"),
            alert: try fields.optionalString("alert"), event: try fields.value("event"),
            at: try fields.timestamp("madeAt"))
        status = try fields.choice("status")
        attempts = try fields.int("attempts")
        nextAt = try fields.timestamp("nextAt")
        endedAt = try fields.optionalTimestamp("endedAt")
        error = try fields.optionalString("error")
    }
}
