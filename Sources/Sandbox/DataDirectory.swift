import Access
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The sandbox's folder: one process at a time, files read whole at the start.
struct DataDirectory {
    let path: String
    /// What was open to others, a sentence each.
    let remarks: [String]
    /// Held open while the sandbox runs; closing it lets another one in.
    private let lock: Int32

    init(path: String) throws {
        do {
            let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(
                at: parent, withIntermediateDirectories: true)
        } catch {
            throw SandboxError.file(
                path: path, operation: "create", reason: error.localizedDescription)
        }
        guard let remarks = PrivateFiles.prepare(path, isOurs: DataDirectory.isOurs) else {
            throw SandboxError.file(
                path: path, operation: "create", reason: DataDirectory.lastError)
        }
        self.path = path
        self.remarks = remarks
        lock = try DataDirectory.open(path + "/lock", O_RDWR | O_CREAT)
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw SandboxError.directoryInUse(path)
        }
    }

    /// Lets another sandbox use the directory.
    func unlock() { close(lock) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The file's bytes; none when it is not there yet.
    func read(_ name: String) throws -> [UInt8] {
        let path = file(name)
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw SandboxError.file(
                path: path, operation: "read", reason: error.localizedDescription)
        }
    }

    /// Replaces a small file as a whole.
    func replace(_ name: String, with bytes: [UInt8]) throws {
        let path = file(name)
        let new = path + ".new"
        let descriptor = try DataDirectory.open(new, O_WRONLY | O_CREAT | O_TRUNC)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        let reason = DataDirectory.lastError
        close(descriptor)
        guard written == bytes.count else {
            throw SandboxError.file(path: new, operation: "write", reason: reason)
        }
        guard rename(new, path) == 0 else {
            throw SandboxError.file(
                path: path, operation: "replace", reason: DataDirectory.lastError)
        }
    }

    private static func isOurs(_ name: String) -> Bool {
        name == "lock" || name == "clock.json" || name == "clock.json.new"
            || name.hasSuffix(".jsonl")
    }

    /// Opens a file to append to, cut to the length of its whole lines.
    func openToAppend(_ name: String, length: Int) throws -> Int32 {
        let path = file(name)
        let descriptor = try DataDirectory.open(path, O_WRONLY | O_CREAT | O_APPEND)
        guard ftruncate(descriptor, off_t(length)) == 0, fsync(descriptor) == 0 else {
            let reason = DataDirectory.lastError
            close(descriptor)
            throw SandboxError.file(path: path, operation: "cut", reason: reason)
        }
        return descriptor
    }

    /// Makes new files' names durable.
    func sync() throws {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw SandboxError.file(
                path: path, operation: "open", reason: DataDirectory.lastError)
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw SandboxError.file(
                path: path, operation: "flush", reason: DataDirectory.lastError)
        }
    }

    private static func open(_ path: String, _ flags: Int32) throws -> Int32 {
        let descriptor = PrivateFiles.open(path, flags)
        guard descriptor >= 0 else {
            throw SandboxError.file(path: path, operation: "open", reason: lastError)
        }
        return descriptor
    }

    static var lastError: String { String(cString: strerror(errno)) }
}
