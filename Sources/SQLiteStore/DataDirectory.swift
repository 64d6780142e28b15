import Access
import Execution
import Glibc

/// The folder that a store lives in, and the lock that keeps a second server out of it.
enum DataDirectory {
    static func databasePath(in directory: String) -> String { "\(directory)/pawl.db" }

    /// Makes the folder unless it exists, and closes it to others. Its parent must exist.
    /// - Returns: what was open to others, a sentence each.
    static func create(_ directory: String) throws(StoreError) -> [String] {
        let remarks = PrivateFiles.prepare(directory) {
            $0 == "pawl.db" || $0.hasPrefix("pawl.db-") || $0.hasPrefix("pawl.db.")
                || $0 == "pawl.lock" || $0 == "pawl.claims"
                || $0 == "pawl.erasures" || $0.hasPrefix("examined-")
        }
        if let remarks { return remarks }
        throw .unavailable("\(directory): the folder cannot be made: \(lastError)")
    }

    static func logPath(in directory: String) -> String { "\(databasePath(in: directory))-wal" }

    /// Of a database and its log; nil: it is no file of this machine.
    static func size(of path: String) -> Int64? {
        fileSize(path).map { $0 + (logSize(of: path) ?? 0) }
    }

    /// Of the log of a database; nil: there is none now.
    static func logSize(of path: String) -> Int64? { fileSize("\(path)-wal") }

    /// Bytes that a file may still take, for who is not the superuser.
    static func room(at path: String) -> Int64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }

    private static func fileSize(_ path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : nil
    }

    /// Makes a file's content, or the names in a folder, durable; whoever wrote them.
    static func flush(_ path: String) throws(StoreError) {
        let opened = Descriptor(open(path, O_RDONLY | O_CLOEXEC))
        guard opened.isOpen else {
            if errno == ENOENT { return }
            throw .unavailable("\(path) cannot be opened: \(lastError)")
        }
        guard fsync(opened.number) == 0 else {
            throw .outcomeUnknown("\(path): fsync failed: \(lastError)")
        }
    }
}

/// Exclusive use of a data folder by one server, held while this value lives. The kernel lets go of
/// the lock when the process ends, however it ends.
final class DirectoryLock: Sendable {
    private let file: Descriptor

    init(directory: String) throws(StoreError) {
        let path = "\(directory)/pawl.lock"
        file = PrivateFiles.open(path, O_RDWR | O_CREAT)
        guard file.isOpen else {
            let reason = errno == ELOOP ? "it is a link" : lastError
            throw .unavailable("\(path): the lock file cannot be opened: \(reason)")
        }
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno == EWOULDBLOCK ? Self.holder(of: file) : lastError
            throw .unavailable("\(directory) is in use: \(reason)")
        }
        writeHolder()
    }

    /// For the message of the one who is refused; the lock itself does not depend on it.
    private func writeHolder() {
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(file.number, 0) == 0 else { return }
        _ = text.withUnsafeBytes { pwrite(file.number, $0.baseAddress, $0.count, 0) }
    }

    private static func holder(of file: Descriptor) -> String {
        var buffer = [UInt8](repeating: 0, count: 20)
        let count = buffer.withUnsafeMutableBytes {
            pread(file.number, $0.baseAddress, $0.count, 0)
        }
        let digits = buffer.prefix(max(count, 0)).prefix { (48...57).contains($0) }
        let text = String(decoding: digits, as: UTF8.self)
        // One that has only just taken the lock has not written its name over the last one's yet.
        guard let process = pid_t(text), kill(process, 0) == 0 || errno == EPERM else {
            return "another server holds pawl.lock"
        }
        return "process \(process) holds pawl.lock"
    }
}

private var lastError: String { String(cString: strerror(errno)) }
