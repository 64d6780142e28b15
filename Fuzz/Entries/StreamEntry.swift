import Definition
import Rehearsal

/// A stream of events for `pawl replay`, packed or not. What does not begin as a packed file is taken for the packed data
/// of one as well, so that bytes reach the inside of it.
enum StreamEntry {
    private static let limit = 1 << 20
    private static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]

    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        try unpack(Gzip.isPacked(bytes) ? bytes : header + bytes)
        try read(bytes)
    }

    private static func unpack(_ bytes: [UInt8]) throws(FuzzFailure) {
        let output: [UInt8]
        do throws(Gzip.Failure) {
            output = try Gzip.unpack(bytes, limit: limit)
        } catch {
            return try require(
                (0...bytes.count).contains(error.offset),
                "the failure's place is outside of the file")
        }
        try require(output.count <= limit, "more came out than is allowed")
        try read(output)
    }

    private static func read(_ bytes: [UInt8]) throws(FuzzFailure) {
        let entries: [EventStream.Entry]
        do throws(Problem) {
            entries = try EventStream(bytes, name: "stream").entries
        } catch {
            return try require(!error.errors.isEmpty, "refused without a reason")
        }
        try require(
            zip(entries, entries.dropFirst()).allSatisfy { $0.at <= $1.at && $0.line < $1.line },
            "entries are not in order")
        try require(
            entries.allSatisfy { !$0.id.isEmpty && !$0.key.isEmpty }, "an entry has no name")
    }
}
