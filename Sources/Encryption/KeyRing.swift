import Crypto
import Foundation
import Sabotage
import Synchronization
import Values

// Encryption: what is sealed at rest.
//
// Theory of operation. A key of 32 bytes has a name. No value is encrypted with the key itself: every 1,024 values a fresh
// random salt of 128 bits derives another key of it (HKDF-SHA256), with which values are sealed by AES-256-GCM under random
// nonces of 96 bits. So a derived key sees 1,024 nonces of 2^96, and salts meet after 2^64 of them: no count of values
// that a database can have comes near either bound. Whoever opens remembers what was derived last, since neighbours share
// a salt.
//
// A sealed value says how it was made: magic byte, format, name of the key, salt, nonce, ciphertext, tag. All before the nonce
// is authenticated, and so is the place (`SealedPlace`): what is moved to another row or column does not open there.
//
// What must be found by equality is sealed `alike`: the nonce is an HMAC of place and value, under a key of its own, so
// that equal values give equal bytes, and no nonce is used for two values.

/// The keys that a database is sealed with, by name, and which of them seals what is written now.
package final class KeyRing: Sendable {
    package struct Key: Sendable {
        package let name: String
        fileprivate let master: SymmetricKey

        /// - Parameter bytes: 32 of them.
        /// - Throws: a sentence, without a byte of the key.
        package init(_ name: String, _ bytes: [UInt8]) throws(KeyProblem) {
            guard Self.isName(name) else {
                throw KeyProblem(
                    "'\(name)' is no name of a key: 1 to 32 letters, digits, '-', '_' and '.'")
            }
            guard bytes.count == KeyRing.keyLength else {
                throw KeyProblem("key \(name) has \(bytes.count) bytes, not \(KeyRing.keyLength)")
            }
            // 32 random bytes have about 30 different values; 16 or fewer come once in 10^9. And they are no text.
            guard Set<UInt8>(bytes).count > 16 else {
                throw KeyProblem("key \(name) is not random: its bytes repeat")
            }
            guard !bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                throw KeyProblem("key \(name) is not random: its bytes are a text")
            }
            self.name = name
            master = SymmetricKey(data: bytes)
        }

        private static func isName(_ text: String) -> Bool {
            (1...32).contains(text.utf8.count)
                && text.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
                        || (0x61...0x7A).contains($0) || [0x2D, 0x2E, 0x5F].contains($0)
                }
        }

        fileprivate func derived(_ salt: [UInt8], _ purpose: String) -> SymmetricKey {
            HKDF<Crypto.SHA256>.deriveKey(
                inputKeyMaterial: master, salt: salt, info: Array("pawl \(purpose)".utf8),
                outputByteCount: 32)
        }

        /// Tells this key from another of its name, and nothing of it: 32 hexadecimal digits.
        package var check: String {
            let bytes = derived([], "check").withUnsafeBytes { Array($0.prefix(16)) }
            return bytes.map { UInt64($0).padded(to: 2, radix: 16) }.joined()
        }
    }

    package static let keyLength = 32
    /// Values under one salt.
    fileprivate static let saltUses = 1024
    private static let remembered = 256

    package let keys: [Key]
    /// nil: what is written now is not sealed.
    package let current: Key?

    private struct Writing {
        var salt: [UInt8] = []
        var key = SymmetricKey(size: .bits256)
        var left = 0
    }

    private struct Derivation: Hashable {
        let key: Int
        let salt: [UInt8]
    }

    private let writing = Mutex(Writing())
    private let known = Mutex<[Derivation: SymmetricKey]>([:])

    /// - Parameter current: the name of one of them; nil: nothing is sealed.
    package init(_ keys: [Key], current: String?) throws(KeyProblem) {
        for (index, key) in keys.enumerated()
        where keys[..<index].contains(where: { sameUTF8($0.name, key.name) }) {
            throw KeyProblem("there are two keys with the name \(key.name)")
        }
        self.keys = keys
        guard let current else {
            self.current = nil
            return
        }
        guard let key = keys.first(where: { sameUTF8($0.name, current) }) else {
            throw KeyProblem("there is no key \(current)")
        }
        self.current = key
    }

    /// No key: nothing is sealed, and what is sealed cannot be opened.
    private init() {
        keys = []
        current = nil
    }

    package static let none = KeyRing()

    package func key(_ name: String) -> Key? { keys.first { sameUTF8($0.name, name) } }

    // MARK: Sealing

    /// - Parameter place: where the result will stand.
    /// - Returns: the bytes themselves where nothing is sealed.
    package func seal(
        _ bytes: [UInt8], at place: @autoclosure () -> SealedPlace
    ) -> [UInt8] {
        guard let current else { return bytes }
        let (salt, key) = writing.withLock { writing in
            if writing.left == 0 {
                writing.salt = Self.random(SealedHeader.saltLength)
                writing.key = current.derived(writing.salt, "value")
                writing.left = Self.saltUses
            }
            writing.left -= 1
            return (writing.salt, writing.key)
        }
        let header = SealedHeader(.random, key: current.name, salt: salt)
        return Self.seal(bytes, header, AES.GCM.Nonce(), key, place())
    }

    /// Equal values under one key give equal bytes.
    /// - Parameter place: of all values that are compared.
    package func sealAlike(_ bytes: [UInt8], at place: SealedPlace) -> [UInt8] {
        current.map { Self.sealAlike(bytes, at: place, $0) } ?? bytes
    }

    /// As it stands wherever it stands: plain, and sealed with each key.
    package func everyLikeness(_ bytes: [UInt8], at place: SealedPlace) -> [[UInt8]] {
        [bytes] + keys.map { Self.sealAlike(bytes, at: place, $0) }
    }

    private static func sealAlike(
        _ bytes: [UInt8], at place: SealedPlace, _ key: Key
    ) -> [UInt8] {
        var mac = HMAC<Crypto.SHA256>(key: key.derived([], "alike nonce"))
        mac.update(data: place.bytes)
        mac.update(data: bytes)
        let digest = Array(mac.finalize())
        guard let nonce = try? AES.GCM.Nonce(data: digest.prefix(SealedHeader.nonceLength)) else {
            fatalError("a nonce of 12 bytes is a nonce")
        }
        return seal(
            bytes, SealedHeader(.alike, key: key.name, salt: []), nonce,
            key.derived([], "alike"), place)
    }

    private static func seal(
        _ bytes: [UInt8], _ header: SealedHeader, _ nonce: AES.GCM.Nonce, _ key: SymmetricKey,
        _ place: SealedPlace
    ) -> [UInt8] {
        let head = header.bytes
        // It fails for plaintexts beyond 64 GiB, which no array of a value is.
        guard
            let box = try? AES.GCM.seal(
                bytes, using: key, nonce: nonce,
                authenticating: isMutant(.encryptionUnbound) ? head : head + place.bytes)
        else { fatalError("a value could not be sealed") }
        var result: [UInt8] = []
        result.reserveCapacity(
            head.count + SealedHeader.nonceLength + bytes.count + SealedHeader.tagLength)
        result += head
        result += nonce
        result += box.ciphertext
        result += box.tag
        return result
    }

    // MARK: Opening

    /// - Returns: the bytes themselves where they are not sealed.
    package func open(
        _ bytes: [UInt8], at place: @autoclosure () -> SealedPlace
    ) throws(KeyProblem) -> [UInt8] {
        guard bytes.first == SealedHeader.magic else { return bytes }
        guard let header = SealedHeader(bytes) else {
            throw KeyProblem("what is sealed is damaged: it does not say how")
        }
        guard let index = keys.firstIndex(where: { sameUTF8($0.name, header.key) }) else {
            throw KeyProblem("it is sealed with key \(header.key), which is not given")
        }
        let head = header.bytes
        let rest = bytes.dropFirst(head.count)
        let nonce = rest.prefix(SealedHeader.nonceLength)
        let ciphertext = rest.dropFirst(nonce.count).dropLast(SealedHeader.tagLength)
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: nonce), ciphertext: ciphertext,
                tag: rest.suffix(SealedHeader.tagLength))
            let plain = try AES.GCM.open(
                box, using: derived(index, header),
                authenticating: isMutant(.encryptionUnbound) ? head : head + place().bytes)
            return Array(plain)
        } catch {
            throw KeyProblem(
                "what is sealed with key \(header.key) was changed, moved here from another place, or is damaged"
            )
        }
    }

    private func derived(_ index: Int, _ header: SealedHeader) -> SymmetricKey {
        let derivation = Derivation(key: index, salt: header.salt)
        if let key = known.withLock({ $0[derivation] }) { return key }
        let key = keys[index].derived(header.salt, header.format == .alike ? "alike" : "value")
        known.withLock { known in
            if known.count >= Self.remembered { known = [:] }
            known[derivation] = key
        }
        return key
    }

    func pieceKey(_ key: Key, _ salt: [UInt8]) -> SymmetricKey { key.derived(salt, "pieces") }

    package static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
    }
}

/// What is wrong with a key, or with what was sealed with one. Holds no byte of either.
package struct KeyProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
