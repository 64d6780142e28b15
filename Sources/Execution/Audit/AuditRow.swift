import Encryption
import Sabotage
import Values

/// What a row says of persons: it can be erased, and the row's hash stands.
///
/// The hash covers a commitment, SHA-256 over a salt and the text. The salt stands beside the text and goes with it; without it
/// nobody can find out by trying whether the text was this one.
package enum AuditField: Sendable, Hashable {
    case absent
    case told(String, salt: [UInt8])
    case erased(commitment: [UInt8])

    package static let saltSize = 16

    package var text: String? { if case .told(let text, _) = self { text } else { nil } }

    package var isErased: Bool { if case .erased = self { true } else { false } }

    /// nil: there is nothing that it stands for.
    package var commitment: [UInt8]? {
        switch self {
        case .absent: nil
        case .told(let text, let salt): Hashing.sha256(salt + Array(text.utf8))
        case .erased(let commitment): commitment
        }
    }

    /// What people read.
    package var words: String? {
        switch self {
        case .absent: nil
        case .told(let text, _): text
        case .erased(let commitment): "erased-\(Hex.text(commitment.prefix(4)))"
        }
    }
}

/// A row of the audit: who did what, to what, when; behind the row before by its hash.
package struct AuditRow: Sendable, Hashable {
    /// The parts that may be erased, in the order of their commitments.
    package enum Part: Int, Sendable, Hashable, CaseIterable {
        case subject, principal, reason, key

        package var name: String { "\(self)" }
    }

    /// The place in the table: 1…n without a gap.
    package var sequence: Int64
    package let at: Timestamp
    /// `AuditEntry.body` as it was hashed, whatever it is now.
    package var body: [UInt8]
    package var fields: [AuditField]
    package var previous: [UInt8]
    package var hash: [UInt8]

    package init(
        sequence: Int64, at: Timestamp, body: [UInt8], fields: [AuditField], previous: [UInt8],
        hash: [UInt8]
    ) {
        self.sequence = sequence
        self.at = at
        self.body = body
        self.fields = fields
        self.previous = previous
        self.hash = hash
    }

    /// What the first row is written behind.
    package static let genesis = [UInt8](repeating: 0, count: 32)

    package subscript(part: Part) -> AuditField {
        fields.indices.contains(part.rawValue) ? fields[part.rawValue] : .absent
    }

    /// What the hash is to be: over the moment, the body, the commitments and the hash of the row before. The body says the
    /// number, so that a row is known wherever it stands.
    package var expectedHash: [UInt8] {
        var bytes = Array("pawl.audit.1\n".utf8)
        bytes.reserveCapacity(body.count + 256)
        bytes.append(number: at.milliseconds)
        bytes.append(number: Int64(body.count))
        bytes += body
        for field in fields {
            guard let commitment = field.commitment else {
                bytes.append(0)
                continue
            }
            bytes.append(UInt8(truncatingIfNeeded: commitment.count))
            bytes += commitment
        }
        if !isMutant(.auditChainUnlinked) { bytes += previous }
        return Hashing.sha256(bytes)
    }
}

/// That a part of a row is erased.
package struct AuditErasure: Sendable, Hashable {
    package let sequence: Int64
    package let part: AuditRow.Part
    package let commitment: [UInt8]

    package init(sequence: Int64, part: AuditRow.Part, commitment: [UInt8]) {
        self.sequence = sequence
        self.part = part
        self.commitment = commitment
    }

    /// As the row that states it says it: `17.subject`.
    package var text: String { "\(sequence).\(part.name)" }
}

extension [UInt8] {
    fileprivate mutating func append(number: Int64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
        }
    }
}

/// Bytes as text, in lower case.
package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil: it is no such text.
    package static func bytes(_ text: String) -> [UInt8]? {
        let values = text.utf8.map { byte in digits.firstIndex(of: byte) }
        guard values.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: values.count, by: 2) {
            guard let high = values[index], let low = values[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
