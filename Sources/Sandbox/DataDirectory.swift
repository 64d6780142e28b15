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
    /// Held while the sandbox runs.
    private let lock: Descriptor

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
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            throw SandboxError.directoryInUse(path)
        }
    }

    /// Lets another sandbox use the directory.
    func unlock() { _ = flock(lock.number, LOCK_UN) }

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
        let file = try DataDirectory.open(new, O_WRONLY | O_CREAT | O_TRUNC)
        let written = bytes.withUnsafeBytes { write(file.number, $0.baseAddress, $0.count) }
        guard written == bytes.count else {
            throw SandboxError.file(
                path: new, operation: "write", reason: DataDirectory.lastError)
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
    func openToAppend(_ name: String, length: Int) throws -> Descriptor {
        let path = file(name)
        let file = try DataDirectory.open(path, O_WRONLY | O_CREAT | O_APPEND)
        guard ftruncate(file.number, off_t(length)) == 0, fsync(file.number) == 0 else {
            throw SandboxError.file(
                path: path, operation: "cut", reason: DataDirectory.lastError)
        }
        return file
    }

    /// Makes new files' names durable.
    func sync() throws {
        let folder = Descriptor(Foundation.open(path, O_RDONLY | O_CLOEXEC))
        guard folder.isOpen else {
            throw SandboxError.file(
                path: path, operation: "open", reason: DataDirectory.lastError)
        }
        guard fsync(folder.number) == 0 else {
            throw SandboxError.file(
                path: path, operation: "flush", reason: DataDirectory.lastError)
        }
    }

    private static func open(_ path: String, _ flags: Int32) throws -> Descriptor {
        let file = PrivateFiles.open(path, flags)
        guard file.isOpen else {
            throw SandboxError.file(path: path, operation: "open", reason: lastError)
        }
        return file
    }

    static var lastError: String { String(cString: strerror(errno)) }
}
