import Access
import Encryption
import Execution
import Foundation
import Glibc
import Sabotage
import Synchronization
import Values

/// `pawl.erasures`: the erasures of a database, one a line, in a file beside it. It is no part of a backup: a backup that is
/// put back is older than erasures that came after it, and this file says which.
package final class ErasureFile: ErasureLog {
    private let path: String
    private let folder: String
    private let writing = Mutex(())
    private let keys: KeyRing

    package init(beside directory: String, keys: KeyRing = .none) {
        folder = directory
        path = Self.path(in: directory)
        self.keys = keys
    }

    /// Another one, to be read.
    package init(file: String, keys: KeyRing = .none) {
        folder = "."
        path = file
        self.keys = keys
    }

    package static func path(in directory: String) -> String { "\(directory)/pawl.erasures" }

    /// What the lines say, and how many say nothing: a crash leaves at most the beginning of one that nobody was told of.
    package func read() throws(StoreError) -> (orders: [Erasure.Order], unreadable: Int) {
        guard let bytes = try contents() else { return ([], 0) }
        var orders: [Erasure.Order] = []
        var unreadable = 0
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let plain = try opened(Array(line))
            if let order = try? Erasure.Order(decodingJSON: plain) {
                orders.append(order)
            } else {
                unreadable += 1
            }
        }
        return (orders, unreadable)
    }

    package func orders() throws(StoreError) -> [Erasure.Order] { try read().orders }

    package func append(_ orders: [Erasure.Order]) throws(StoreError) {
        guard !orders.isEmpty, !isMutant(.erasureForgetsFile) else { return }
        try writing.withLock { (_) throws(StoreError) in
            let isCut = try contents()?.last.map { $0 != UInt8(ascii: "\n") } ?? false
            // What a crash has begun stays a line of its own.
            var bytes: [UInt8] = isCut ? [UInt8(ascii: "\n")] : []
            for order in orders { bytes += sealed(order.encodedJSON) + [UInt8(ascii: "\n")] }
            let file = PrivateFiles.open(path, O_WRONLY | O_APPEND | O_CREAT)
            guard file.isOpen else { throw .unavailable("\(path) cannot be opened: \(lastError)") }
            try Self.write(bytes, to: file, path)
            guard fsync(file.number) == 0 else {
                throw .unavailable("\(path): fsync failed: \(lastError)")
            }
            try DataDirectory.flush(folder)
        }
    }

    // MARK: Sealed lines

    private static let place = SealedPlace("pawl.erasures")

    /// In base64, which no line of JSON begins like.
    private func sealed(_ line: [UInt8]) -> [UInt8] {
        guard keys.current != nil else { return line }
        return Array(Data(keys.seal(line, at: Self.place)).base64EncodedString().utf8)
    }

    /// - Throws: `.keyMissing`; what is damaged says nothing, as a line that is cut.
    private func opened(_ line: [UInt8]) throws(StoreError) -> [UInt8] {
        guard line.first != UInt8(ascii: "{"), let bytes = Data(base64Encoded: Data(line)) else {
            return line
        }
        do throws(KeyProblem) {
            return try keys.open(Array(bytes), at: Self.place)
        } catch {
            guard let header = SealedHeader(bytes), keys.key(header.key) == nil else { return line }
            throw .keyMissing("\(path): \(error)")
        }
    }

    private func lines() throws(StoreError) -> [ArraySlice<UInt8>] {
        try contents()?.split(separator: UInt8(ascii: "\n")) ?? []
    }

    package func sealedCounts(into counts: inout SealedCounts) throws(StoreError) {
        for line in try lines() { counts.add(1, of: Self.key(of: line)) }
    }

    private static func key(of line: ArraySlice<UInt8>) -> String? {
        guard line.first != UInt8(ascii: "{") else { return nil }
        return Data(base64Encoded: Data(line)).flatMap { SealedHeader($0)?.key }
    }

    /// All lines with the current key, in a file that takes this one's name.
    package func reseal() throws(StoreError) -> Int {
        try writing.withLock { (_) throws(StoreError) in
            let lines = try lines()
            let stale = lines.count { Self.key(of: $0) != keys.current?.name }
            guard stale > 0 else { return 0 }
            var bytes: [UInt8] = []
            for line in lines {
                bytes += sealed(try opened(Array(line))) + [UInt8(ascii: "\n")]
            }
            let partial = path + ".partial"
            unlink(partial)
            let file = PrivateFiles.open(partial, O_WRONLY | O_CREAT)
            guard file.isOpen else {
                throw .unavailable("\(partial) cannot be opened: \(lastError)")
            }
            try Self.write(bytes, to: file, partial)
            guard fsync(file.number) == 0, rename(partial, path) == 0 else {
                throw .unavailable("\(path) cannot be written: \(lastError)")
            }
            try DataDirectory.flush(folder)
            return stale
        }
    }

    private static func write(
        _ bytes: [UInt8], to file: Descriptor, _ path: String
    ) throws(StoreError) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                Glibc.write(file.number, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .unavailable("\(path) cannot be written: \(lastError)") }
            written += count
        }
    }

    /// nil: there is none.
    private func contents() throws(StoreError) -> [UInt8]? {
        let file = Descriptor(open(path, O_RDONLY | O_CLOEXEC))
        guard file.isOpen else {
            if errno == ENOENT { return nil }
            throw .unavailable("\(path) cannot be opened: \(lastError)")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes {
                Glibc.read(file.number, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unavailable("\(path) cannot be read: \(lastError)") }
            if count == 0 { return bytes }
            bytes += buffer.prefix(count)
        }
    }
}

private var lastError: String { String(cString: strerror(errno)) }
