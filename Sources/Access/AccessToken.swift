import Sabotage
import Values

/// A bearer token as it is kept: what it says of who bears it, and the SHA-256 of its secret. The secret has 256 random
/// bits, so that a fast hash keeps it; nobody can read it back.
package struct AccessToken: Sendable, Hashable {
    /// `t7k2m…`: names it in lists, the log and the record of deeds.
    @ExactText package private(set) var id: String
    @ExactText package private(set) var subject: String
    package let roles: Set<ExactText>
    package let scope: Principal.Scope
    /// What it is for, in words.
    package let note: String
    package let createdAt: Timestamp
    /// Who made it.
    package let createdBy: String
    package let expiresAt: Timestamp
    package var revokedAt: Timestamp?
    package var revokedBy: String?
    /// SHA-256 of the whole text, in hexadecimal.
    package let digest: String

    package static let collection = "pawl.token"
    package static let prefix = "pawl_"
    /// How long at most.
    package static let maximumLife = Duration.seconds(366 * 86_400)
    /// That there may be, those that are over included.
    package static let maximumCount = 10_000

    package init(
        id: String, subject: String, roles: Set<ExactText>, scope: Principal.Scope, note: String,
        createdAt: Timestamp, createdBy: String, expiresAt: Timestamp, digest: String
    ) {
        self.id = id
        self.subject = subject
        self.roles = roles
        self.scope = scope
        self.note = note
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.expiresAt = expiresAt
        self.digest = digest
    }

    package func holds(at now: Timestamp) -> Bool {
        (revokedAt == nil || isMutant(.revokedTokenTaken))
            && (now < expiresAt || isMutant(.expiredTokenTaken))
    }

    package var principal: Principal {
        Principal(subject: subject, roles: roles, proof: .token(ExactText(id)), scope: scope)
    }

    // MARK: The text

    /// A token's text: `pawl_ID_SECRET`, the secret 43 letters and digits and 6 that check them, so that a scanner
    /// for secrets, and a person who lost half a line, can tell.
    package struct Text: Sendable, Hashable {
        package let id: String
        package let text: String

        package static func random() -> Text {
            var generator = SystemRandomNumberGenerator()
            let letters = Array("abcdefghjkmnpqrstuvwxyz23456789".utf8)
            let id = String(
                decoding: (0..<10).map { _ in letters.randomElement(using: &generator) ?? 0x61 },
                as: UTF8.self)
            let alphabet = Array(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
            // 43 of 62 are 256 bits.
            let secret = String(
                decoding: (0..<43).map { _ in alphabet.randomElement(using: &generator) ?? 0x61 },
                as: UTF8.self)
            let stem = prefix + id + "_" + secret
            return Text(id: id, text: stem + check(stem))
        }

        private init(id: String, text: String) {
            self.id = id
            self.text = text
        }

        /// nil: it has not the shape of one.
        package init?(parsing text: String) {
            guard text.utf8.count == AccessToken.length, text.hasPrefix(prefix),
                text.utf8.allSatisfy({ $0 < 0x80 }), let bar = text.dropFirst(5).firstIndex(of: "_")
            else { return nil }
            let id = text[text.index(text.startIndex, offsetBy: 5)..<bar]
            let stem = String(text.dropLast(6))
            guard id.utf8.count == 10, sameUTF8(String(text.suffix(6)), Self.check(stem)) else {
                return nil
            }
            self.init(id: String(id), text: text)
        }

        private static func check(_ stem: String) -> String {
            String(SHA256.hex(of: stem).prefix(6))
        }

        package var digest: String { SHA256.hex(of: text) }
    }

    /// Of a token's text.
    private static let length = 5 + 10 + 1 + 43 + 6

    /// In a time that does not tell how much of it is right.
    package func isProven(by text: Text) -> Bool {
        let (left, right) = (Array(digest.utf8), Array(text.digest.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
            || isMutant(.tokenSecretIgnored)
    }
}
