import Access
import Execution
import Glibc
import Sabotage

/// The folder that a store lives in, and the lock that keeps a second server out of it.
enum DataDirectory {
    static func databasePath(in directory: String) -> String { "\(directory)/pawl.db" }

    /// What may stand in the folder under a name of ours, and as what.
    private static let own: [(name: String, kind: PrivateFiles.Kind)] = [
        ("pawl.db", .file), ("pawl.db-wal", .file), ("pawl.db-shm", .file),
        ("pawl.db-journal", .file), ("pawl.db.partial", .file), ("pawl.lock", .file),
        ("pawl.claims", .file), ("pawl.erasures", .file), ("pawl.state", .file),
        ("pawl.db.files", .folder), ("pawl.db.archive", .folder),
    ]

    /// Makes the folder unless it exists, and closes it to others. Its parent must exist.
    /// - Returns: what was open to others, a sentence each.
    static func create(_ directory: String) throws(StoreError) -> [String] {
        let remarks = PrivateFiles.prepare(directory) {
            $0 == "pawl.db" || $0.hasPrefix("pawl.db-") || $0.hasPrefix("pawl.db.")
                || $0 == "pawl.lock" || $0 == "pawl.claims" || $0 == "pawl.state"
                || $0 == "pawl.erasures" || $0.hasPrefix("examined-")
        }
        guard let remarks else {
            throw .unavailable("\(directory): the folder cannot be made: \(lastError)")
        }
        try requireOwn(directory)
        return remarks
    }

    /// A link in the place of a file of ours could lead to somebody else's, which would be written over or read as ours.
    /// Whoever can put one there later can write the files themselves: the folder is the user's alone.
    static func requireOwn(_ directory: String) throws(StoreError) {
        guard !isMutant(.linksFollowed) else { return }
        for (name, kind) in own {
            let path = "\(directory)/\(name)"
            guard let found = PrivateFiles.kind(of: path), found != kind else { continue }
            let wanted = kind == .file ? "file" : "folder"
            throw .unavailable(
                found == .link
                    ? "\(path) is a symbolic link, and none is followed in a data folder: put the \(wanted) "
                        + "itself there, or name the folder that it is in"
                    : "\(path) is no \(wanted): move it away, or name another folder")
        }
    }

    /// What was here last (`Wholeness`).
    static func statePath(in directory: String) -> String { "\(directory)/pawl.state" }

    static func logPath(in directory: String) -> String { "\(databasePath(in: directory))-wal" }

    /// Of a database and its log; nil: it is no file of this machine.
    static func size(of path: String) -> Int64? {
        fileSize(path).map { $0 + (logSize(of: path) ?? 0) }
    }

    static func hasContent(_ path: String) -> Bool { fileSize(path).map { $0 > 0 } ?? false }

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
/// the locks when the process ends, however it ends.
///
/// The folder itself is locked, which nobody can remove from under a server without its database. `pawl.lock` names the
/// holder, and is locked as well for servers of versions that knew only that file. Not `pawl.db`: where a process closes a
/// file, the locks of its SQLite on that file are gone.
final class DirectoryLock: Sendable {
    private let folder: Descriptor
    private let file: Descriptor

    init(directory: String) throws(StoreError) {
        let path = "\(directory)/pawl.lock"
        folder = Descriptor(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        guard folder.isOpen else {
            throw .unavailable("\(directory): the folder cannot be opened: \(lastError)")
        }
        if !isMutant(.lockFileOnly) { try Self.take(folder, directory, namedIn: path) }
        file = PrivateFiles.open(path, O_RDWR | O_CREAT)
        guard file.isOpen else {
            throw .unavailable("\(path): the lock file cannot be opened: \(lastError)")
        }
        try Self.take(file, directory, namedIn: path)
        writeHolder()
    }

    private static func take(
        _ lock: Descriptor, _ directory: String, namedIn path: String
    ) throws(StoreError) {
        guard flock(lock.number, LOCK_EX | LOCK_NB) != 0 else { return }
        guard errno == EWOULDBLOCK else {
            throw .unavailable("\(directory) cannot be locked: \(lastError)")
        }
        throw .unavailable("\(directory) is in use: \(holder(of: path))")
    }

    /// For the message of the one who is refused; the lock itself does not depend on it.
    private func writeHolder() {
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(file.number, 0) == 0 else { return }
        _ = text.withUnsafeBytes { pwrite(file.number, $0.baseAddress, $0.count, 0) }
    }

    private static func holder(of path: String) -> String {
        let file = PrivateFiles.open(path, O_RDONLY)
        var buffer = [UInt8](repeating: 0, count: 20)
        let count = buffer.withUnsafeMutableBytes {
            pread(file.number, $0.baseAddress, $0.count, 0)
        }
        let digits = buffer.prefix(max(count, 0)).prefix { (48...57).contains($0) }
        let text = String(decoding: digits, as: UTF8.self)
        // One that has only just taken the lock has not written its name over the last one's yet; and the file may be gone.
        guard let process = pid_t(text), kill(process, 0) == 0 || errno == EPERM else {
            return "another server holds it"
        }
        return "process \(process) holds pawl.lock"
    }
}

private var lastError: String { String(cString: strerror(errno)) }
