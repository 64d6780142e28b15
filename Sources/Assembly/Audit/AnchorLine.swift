import Encryption
import Execution
import Values

/// An anchor as it is told: one line of a file, or the data of a message.
package struct AnchorLine: Sendable, Hashable {
    package let anchor: AuditAnchor
    package let signature: [UInt8]

    /// nil: it cannot be signed.
    package init?(_ anchor: AuditAnchor, signedBy key: SigningKey) {
        guard let signature = key.signature(of: anchor.message) else { return nil }
        self.anchor = anchor
        self.signature = signature
    }

    package var document: Value {
        [
            "namespace": .string(anchor.namespace), "sequence": .int(anchor.sequence),
            "hash": .string(Hex.text(anchor.hash)), "at": .string(anchor.at.rfc3339),
            "signature": .string(Base64.encode(signature)),
        ]
    }

    /// nil: it is no anchor.
    package init?(_ document: Value) {
        // A message of the delivery holds it as its data.
        let value = document["data"]?["anchor"] ?? document
        guard let namespace = value["namespace"]?.stringValue,
            let sequence = value["sequence"]?.intValue, sequence > 0,
            let hash = value["hash"]?.stringValue.flatMap(Hex.bytes),
            let at = value["at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }),
            let signature = value["signature"]?.stringValue.flatMap({ Base64.decode($0) })
        else { return nil }
        anchor = AuditAnchor(namespace: namespace, sequence: sequence, hash: hash, at: at)
        self.signature = signature
    }

    /// - Parameter key: nil: whoever reads believes the file.
    /// - Returns: those that are what they should be, and the first line that is not.
    package static func read(
        _ text: String, _ key: VerifyingKey?
    ) -> (anchors: [AuditAnchor], forged: AuditFault?) {
        var anchors: [AuditAnchor] = []
        var forged: AuditFault?
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in zip(Int64(1)..., lines) where !line.allSatisfy(\.isWhitespace) {
            guard let document = try? JSON.parse(Array(line.utf8)), let told = AnchorLine(document)
            else {
                forged =
                    forged
                    ?? AuditFault(
                        .forgedAnchor, at: number, "line \(number) of the anchors is none")
                continue
            }
            guard key?.verifies(told.signature, of: told.anchor.message) ?? true else {
                forged =
                    forged
                    ?? AuditFault(
                        .forgedAnchor, at: number,
                        "the anchor in line \(number), of row \(told.anchor.sequence), is not signed by this key"
                    )
                continue
            }
            anchors.append(told.anchor)
        }
        return (anchors, forged)
    }
}
