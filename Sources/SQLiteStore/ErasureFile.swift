import Access
import Execution
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

    package init(beside directory: String) {
        folder = directory
        path = Self.path(in: directory)
    }

    /// Another one, to be read.
    package init(file: String) {
        folder = "."
        path = file
    }

    package static func path(in directory: String) -> String { "\(directory)/pawl.erasures" }

    /// What the lines say, and how many say nothing: a crash leaves at most the beginning of one that nobody was told of.
    package func read() throws(StoreError) -> (orders: [Erasure.Order], unreadable: Int) {
        guard let bytes = try contents() else { return ([], 0) }
        var orders: [Erasure.Order] = []
        var unreadable = 0
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            if let order = try? Erasure.Order(decodingJSON: Array(line)) {
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
            for order in orders { bytes += order.encodedJSON + [UInt8(ascii: "\n")] }
            let file = PrivateFiles.open(path, O_WRONLY | O_APPEND | O_CREAT)
            guard file.isOpen else { throw .unavailable("\(path) cannot be opened: \(lastError)") }
            try Self.write(bytes, to: file, path)
            guard fsync(file.number) == 0 else {
                throw .unavailable("\(path): fsync failed: \(lastError)")
            }
            try DataDirectory.flush(folder)
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
