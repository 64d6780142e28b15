import Crypto
import Values

/// A file of any length, sealed in pieces that are read one by one: a header, then for every 64 KiB their ciphertext and its
/// tag. Each file has a salt and so a key of its own; the nonce counts the pieces and says which one is the last, so that pieces
/// that are exchanged, left out or cut off do not open.
package struct SealedPieces: Sendable {
    /// Plain bytes of each piece but the last.
    package static let piece = 64 << 10
    private static let sealedPiece = piece + SealedHeader.tagLength

    package let header: SealedHeader
    private let key: SymmetricKey

    /// For a new file; nil: nothing is sealed.
    package init?(_ ring: KeyRing) {
        guard let current = ring.current else { return nil }
        header = SealedHeader(
            .pieces, key: current.name, salt: KeyRing.random(SealedHeader.saltLength))
        key = ring.pieceKey(current, header.salt)
    }

    /// Of a file that begins so; nil: it is not sealed.
    package init?(_ bytes: [UInt8], _ ring: KeyRing) throws(KeyProblem) {
        guard let header = SealedHeader(bytes), header.format == .pieces else { return nil }
        guard let key = ring.key(header.key) else {
            throw KeyProblem("it is sealed with key \(header.key), which is not given")
        }
        self.header = header
        self.key = ring.pieceKey(key, header.salt)
    }

    /// Of the plain bytes; nil: no file of pieces is so long.
    package func plainSize(_ size: Int64) -> Int64? {
        let body = size - Int64(header.bytes.count)
        let count = max(1, (body + Int64(Self.sealedPiece) - 1) / Int64(Self.sealedPiece))
        let plain = body - count * Int64(SealedHeader.tagLength)
        return plain >= 0 ? plain : nil
    }

    /// Where a piece begins in the file, and how long it is there.
    package func place(of number: Int64, in size: Int64) -> (offset: Int64, count: Int) {
        let offset = Int64(header.bytes.count) + number * Int64(Self.sealedPiece)
        return (offset, Int(min(Int64(Self.sealedPiece), max(0, size - offset))))
    }

    package func seal(_ bytes: [UInt8], number: Int64, isLast: Bool) -> [UInt8] {
        guard let nonce = try? nonce(number, isLast),
            let box = try? AES.GCM.seal(
                bytes, using: key, nonce: nonce, authenticating: header.bytes)
        else { fatalError("a piece could not be sealed") }
        return Array(box.ciphertext) + Array(box.tag)
    }

    package func open(
        _ bytes: [UInt8], number: Int64, isLast: Bool
    ) throws(KeyProblem) -> [UInt8] {
        do {
            let box = try AES.GCM.SealedBox(
                nonce: nonce(number, isLast),
                ciphertext: bytes.dropLast(SealedHeader.tagLength),
                tag: bytes.suffix(SealedHeader.tagLength))
            return Array(try AES.GCM.open(box, using: key, authenticating: header.bytes))
        } catch {
            throw KeyProblem("what is sealed with key \(header.key) was changed or is damaged")
        }
    }

    private func nonce(_ number: Int64, _ isLast: Bool) throws -> AES.GCM.Nonce {
        try AES.GCM.Nonce(
            data: withUnsafeBytes(of: number.bigEndian) { Array($0) } + [0, 0, 0, isLast ? 1 : 0])
    }
}
