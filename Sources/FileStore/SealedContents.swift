import Access
import Encryption
import Execution
import Glibc
import Values

// Content that is sealed: in pieces, so that any part of it is read without the rest. Its hash is that of what it says.

extension FileContents {
    var isSealing: Bool { keys.current != nil }

    func length(of file: Descriptor) throws(StoreError) -> Int64 {
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw failed("looked at") }
        return Int64(status.st_size)
    }

    /// nil: it is not sealed.
    func pieces(of file: Descriptor, _ hash: ContentHash) throws(StoreError) -> SealedPieces? {
        let start = try bytes(of: file, at: 0, count: SealedHeader.maximum)
        do throws(KeyProblem) {
            return try SealedPieces(start, keys)
        } catch {
            throw .keyMissing("\(folder): content \(hash): \(error)")
        }
    }

    func damaged(_ hash: ContentHash) -> StoreError {
        .corrupt("\(folder): content \(hash) was changed or is damaged")
    }

    func read(
        _ pieces: SealedPieces, _ file: Descriptor, _ hash: ContentHash, from offset: Int64,
        count: Int
    ) throws(StoreError) -> [UInt8] {
        let size = try length(of: file)
        guard let plain = pieces.plainSize(size) else { throw damaged(hash) }
        let end = min(plain, offset + Int64(count))
        guard offset >= 0, offset < end else { return [] }
        let length = Int64(SealedPieces.piece)
        let last = max(0, (plain - 1) / length)
        var result: [UInt8] = []
        for number in (offset / length)...((end - 1) / length) {
            let place = pieces.place(of: number, in: size)
            let sealed = try bytes(of: file, at: place.offset, count: place.count)
            let piece: [UInt8]
            do throws(KeyProblem) {
                piece = try pieces.open(sealed, number: number, isLast: number == last)
            } catch {
                throw damaged(hash)
            }
            let start = number * length
            let wanted = max(offset, start)..<min(end, start + Int64(piece.count))
            guard wanted.lowerBound - start <= piece.count else { throw damaged(hash) }
            result += piece[Int(wanted.lowerBound - start)..<Int(wanted.upperBound - start)]
        }
        return result
    }

    // MARK: With another key

    /// With which key some content is sealed; nil: with none.
    package func key(of hash: ContentHash) throws(StoreError) -> String? {
        guard let file = try file(hash) else { return nil }
        return SealedHeader(try bytes(of: file, at: 0, count: SealedHeader.maximum))?.key
    }

    package func sealedCounts(into counts: inout SealedCounts) throws(StoreError) {
        var cursor: ContentHash?
        while true {
            let page = try list(after: cursor, count: 500)
            for hash in page { counts.add(1, of: try key(of: hash)) }
            guard let last = page.last else { return }
            cursor = last
        }
    }

    /// Written beside itself with the current key, and put into its own place.
    /// - Returns: whether there was anything to do.
    package func reseal(_ hash: ContentHash) throws(StoreError) -> Bool {
        guard let size = try size(of: hash), try key(of: hash) != keys.current?.name else {
            return false
        }
        let incoming = try begin(size: size)
        let read = try ContentCopy.hash(of: hash, in: self) { (bytes) throws(StoreError) in
            try incoming.append(bytes)
        }
        guard read == hash else { throw damaged(hash) }
        try incoming.keep(as: hash)
        return true
    }
}

/// What of a file that comes is not yet a whole piece.
struct PendingPiece: Sendable {
    /// Before the first piece the header.
    private var out: [UInt8]
    private var rest: [UInt8] = []
    private var number: Int64 = 0

    init(bytes: [UInt8]) { out = bytes }

    /// - Returns: what is to be written now.
    mutating func add(_ bytes: [UInt8], _ pieces: SealedPieces) -> [UInt8] {
        rest += bytes
        var start = 0
        // The last piece is told apart, so that one is always held back.
        while rest.count - start > SealedPieces.piece {
            let piece = Array(rest[start..<(start + SealedPieces.piece)])
            out += pieces.seal(piece, number: number, isLast: false)
            number += 1
            start += SealedPieces.piece
        }
        rest.removeFirst(start)
        return take()
    }

    mutating func end(_ pieces: SealedPieces) -> [UInt8] {
        out += pieces.seal(rest, number: number, isLast: true)
        rest = []
        return take()
    }

    private mutating func take() -> [UInt8] {
        defer { out = [] }
        return out
    }
}
