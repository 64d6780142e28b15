import Definition
import Values

/// Who holds something since when, and why.
package struct StandingPause: Sendable, Hashable {
    package let reason: String
    package let by: Actor
    package let at: Timestamp

    package init(reason: String, by: Actor, at: Timestamp) {
        self.reason = reason
        self.by = by
        self.at = at
    }
}

extension StandingPause: ValueCodable {
    package var encoded: Value {
        ["reason": .string(reason), "by": by.encoded, "at": at.encoded]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            reason: try fields.string("reason"), by: try fields.decode("by"),
            at: try fields.timestamp("at"))
    }
}

extension StandingPause {
    /// As the API gives it.
    package var document: Value {
        ["by": .string(by.description), "at": .string(at.rfc3339), "reason": .string(reason)]
    }
}
