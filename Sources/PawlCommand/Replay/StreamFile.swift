import Definition
import Foundation
import Rehearsal
import Values

/// Where a stream comes from: a file, a pipe, or the standard input.
enum StreamFile {
    static let standardInput = "-"
    /// Of what is read, and of what it is unpacked to.
    private static let maximumBytes = 1 << 30
    private static let block = 1 << 20

    /// - Parameter path: `-` is the standard input. What is packed by gzip is unpacked, whatever it is called.
    /// - Throws: `.notFound`, `.tooLarge`, and `.malformed` with the place of each fault.
    static func read(_ path: String) throws(Problem) -> EventStream {
        let name = path == standardInput ? "the standard input" : path
        let bytes = try bytes(path, name)
        guard Gzip.isPacked(bytes) else { return try EventStream(bytes, name: name) }
        let unpacked: [UInt8]
        do throws(Gzip.Failure) {
            unpacked = try Gzip.unpack(bytes, limit: maximumBytes)
        } catch {
            throw Problem(
                .malformed, "\(name) cannot be unpacked: \(error.message), at byte \(error.offset)",
                fix: "pack it again with gzip, or name the unpacked file")
        }
        return try EventStream(unpacked, name: name)
    }

    private static func bytes(_ path: String, _ name: String) throws(Problem) -> [UInt8] {
        let handle =
            path == standardInput ? FileHandle.standardInput : FileHandle(forReadingAtPath: path)
        var bytes: [UInt8] = []
        do {
            guard let handle else { throw CocoaError(.fileReadNoSuchFile) }
            while let block = try handle.read(upToCount: block), !block.isEmpty {
                bytes += block
                guard bytes.count <= maximumBytes else { break }
            }
        } catch {
            throw Problem(
                .notFound, "\(name) cannot be read",
                fix: "name a file of JSON lines, or - for the standard input")
        }
        guard bytes.count <= maximumBytes else {
            throw Problem(
                .tooLarge, "\(name) has more than \(maximumBytes) bytes", fix: "replay it in parts")
        }
        return bytes
    }
}
