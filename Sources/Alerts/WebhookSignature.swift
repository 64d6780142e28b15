import Sabotage
import Values

/// How a receiver knows that a message is ours: Standard Webhooks, symmetric.
package struct WebhookSecret: Sendable {
    private let key: [UInt8]

    private static let prefix = "whsec_"
    /// Of the key, in bytes, as the specification has it.
    package static let lengths = 24...64

    /// nil: it is no `whsec_` and base64 of 24 to 64 bytes.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix),
            let key = Base64.decode(String(text.dropFirst(Self.prefix.count))),
            Self.lengths.contains(key.count)
        else { return nil }
        self.key = key
    }

    /// The headers that go with the body.
    /// - Parameter now: of the attempt, by the wall: receivers refuse what is old.
    package func headers(
        id: String, at now: Timestamp, body: [UInt8]
    ) -> [(name: String, value: String)] {
        let time = String(now.seconds)
        let signed = isMutant(.webhookSignedWrongly) ? "\(id)." : "\(id).\(time)."
        let signature = Base64.encode(SHA256.hmac(of: Array(signed.utf8) + body, key: key))
        return [
            ("webhook-id", id), ("webhook-timestamp", time),
            ("webhook-signature", "v1,\(signature)"),
        ]
    }
}
