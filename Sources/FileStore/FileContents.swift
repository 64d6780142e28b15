import Access
import Encryption
import Execution
import Glibc
import Sabotage
import Synchronization
import Values

// FileStore: the content of attachments as files beside the database.
//
// Theory of operation. `pawl.db.files/ab/cd/<sha256>` is the content of that hash. What comes in is written to
// `incoming/<random>`, flushed, and renamed to its hash, whose folder is flushed then: a file under its hash is whole.
// Nothing here says what is in use; that is the database's. A link is never followed, not even one in the place of a
// folder, so that nothing outside is read or written through here. `lock` is held shared by a backup and exclusively
// by whoever removes, so that what a backup has seen in the database is there until it is copied.

package final class FileContents: ContentStore {
    /// Bytes that uploads leave to the database.
    package static let reserve: Int64 = 64 << 20

    package let folder: String
    let keys: KeyRing
    private let reserve: Int64

    /// - Parameter directory: the folder of the database; made with the first content.
    package init(
        beside directory: String, reserve: Int64 = FileContents.reserve, keys: KeyRing = .none
    ) {
        folder = Self.folder(beside: directory)
        self.reserve = reserve
        self.keys = keys
    }

    package init(folder: String, keys: KeyRing = .none) {
        self.folder = folder
        reserve = 0
        self.keys = keys
    }

    package static func folder(beside directory: String) -> String { "\(directory)/pawl.db.files" }

    // MARK: In

    package func begin(size: Int64) throws(StoreError) -> any IncomingContent {
        let root = try open(making: true)
        var space = statvfs()
        guard fstatvfs(root.number, &space) == 0 else { throw failed("looked at") }
        let free = Int64(clamping: space.f_bavail).multipliedReportingOverflow(
            by: Int64(clamping: space.f_frsize))
        guard free.overflow || free.partialValue - size >= reserve else {
            throw .unavailable(
                "the disk has \(free.partialValue >> 20) MiB left, of which \(reserve >> 20) MiB are the database's"
            )
        }
        let incoming = try folder(Self.incoming, in: root, making: true)
        return try IncomingFile(root: self, incoming: incoming)
    }

    // MARK: Out

    package func size(of hash: ContentHash) throws(StoreError) -> Int64? {
        guard let file = try file(hash) else { return nil }
        let size = try length(of: file)
        guard let pieces = try pieces(of: file, hash) else { return size }
        guard let plain = pieces.plainSize(size) else { throw damaged(hash) }
        return plain
    }

    package func read(
        _ hash: ContentHash, from offset: Int64, count: Int
    ) throws(StoreError) -> [UInt8] {
        guard let file = try file(hash) else { throw .unavailable("\(hash) is not there") }
        guard let pieces = try pieces(of: file, hash) else {
            return try bytes(of: file, at: offset, count: max(count, 0))
        }
        return try read(pieces, file, hash, from: offset, count: max(count, 0))
    }

    func bytes(
        of file: Descriptor, at offset: Int64, count: Int
    ) throws(StoreError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < bytes.count {
            let done = bytes.withUnsafeMutableBytes {
                pread(
                    file.number, $0.baseAddress?.advanced(by: filled), $0.count - filled,
                    off_t(offset) + off_t(filled))
            }
            if done < 0, errno == EINTR { continue }
            guard done >= 0 else { throw failed("read") }
            if done == 0 { break }
            filled += done
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    package func remove(_ hash: ContentHash) throws(StoreError) {
        guard let folder = try folder(of: hash, making: false) else { return }
        guard unlinkat(folder.number, hash.text, 0) == 0 || errno == ENOENT else {
            throw failed("removed from")
        }
        _ = fsync(folder.number)
    }

    package func list(
        after hash: ContentHash?, count: Int
    ) throws(StoreError) -> [ContentHash] {
        guard let root = try openIfThere() else { return [] }
        let start = hash?.text ?? ""
        var found: [ContentHash] = []
        for first in names(in: root) where first.utf8.count == 2 && first >= start.prefix(2) {
            guard let outer = try? folder(first, in: root, making: false) else { continue }
            for second in names(in: outer) {
                guard found.count < count else { return Array(found.prefix(count)) }
                guard let inner = try? folder(second, in: outer, making: false) else { continue }
                found += names(in: inner).compactMap { ContentHash($0) }.filter { name in
                    name.text.hasPrefix(first + second) && hash.map { $0 < name } ?? true
                }
            }
        }
        return Array(found.prefix(max(count, 0)))
    }

    package func age(of hash: ContentHash) throws(StoreError) -> Duration? {
        guard let file = try file(hash) else { return nil }
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw failed("looked at") }
        return .seconds(max(0, time(nil) - status.st_mtim.tv_sec))
    }

    package func removeIncoming(olderThan age: Duration) throws(StoreError) -> Int {
        guard let root = try openIfThere(),
            let incoming = try folder(Self.incoming, in: root, making: false)
        else { return 0 }
        let limit = time(nil) - Int(clamping: age.components.seconds)
        var removed = 0
        for name in names(in: incoming) {
            var status = stat()
            guard fstatat(incoming.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
                status.st_mtim.tv_sec <= limit
            else { continue }
            if unlinkat(incoming.number, name, 0) == 0 { removed += 1 }
        }
        return removed
    }

    // MARK: Between processes

    package func claimRemoval() throws(StoreError) -> (any AnyObject & Sendable)? {
        try lock(LOCK_EX)
    }

    /// Nothing is removed for as long as the result lives; nil while something is being removed.
    package func hold() throws(StoreError) -> (any AnyObject & Sendable)? { try lock(LOCK_SH) }

    private func lock(_ operation: Int32) throws(StoreError) -> Descriptor? {
        // A folder that is not there holds nothing that could be removed.
        guard let root = try openIfThere() else { return Descriptor(-1) }
        let file = Descriptor(
            openat(
                root.number, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, Self.fileMode))
        guard file.isOpen else { throw failed("locked") }
        return flock(file.number, operation | LOCK_NB) == 0 ? file : nil
    }

    // MARK: Beside a backup

    static func path(of hash: ContentHash) -> String {
        "\(hash.text.prefix(2))/\(hash.text.dropFirst(2).prefix(2))/\(hash)"
    }

    /// What is there, for `sha256sum -c manifest`.
    func write(manifest text: String) throws(StoreError) {
        let root = try open(making: true)
        let file = Descriptor(
            openat(
                root.number, "manifest", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                Self.fileMode))
        guard file.isOpen else { throw failed("written") }
        try write(Array(text.utf8), to: file)
        guard fsync(file.number) == 0, fsync(root.number) == 0 else {
            throw failed("flushed")
        }
    }

    func write(_ bytes: [UInt8], to file: Descriptor) throws(StoreError) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.write(
                    file.number, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failed("written") }
            done += written
        }
    }

    // MARK: Folders

    static let incoming = "incoming"
    static let fileMode: mode_t = 0o600
    private static let folderMode: mode_t = 0o700

    private func open(making: Bool) throws(StoreError) -> Descriptor {
        if making, PrivateFiles.prepare(folder, isOurs: { _ in true }) == nil {
            throw failed("made")
        }
        let root = Descriptor(Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW))
        guard root.isOpen else { throw failed("opened") }
        return root
    }

    private func openIfThere() throws(StoreError) -> Descriptor? {
        if access(folder, F_OK) != 0, errno == ENOENT { return nil }
        return try open(making: false)
    }

    /// nil: it is not there and shall not be.
    private func folder(
        _ name: String, in parent: Descriptor, making: Bool
    ) throws(StoreError) -> Descriptor? {
        if making, mkdirat(parent.number, name, Self.folderMode) == 0 {
            guard fsync(parent.number) == 0 else { throw failed("flushed") }
        }
        let child = Descriptor(
            openat(parent.number, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW))
        guard !child.isOpen else { return child }
        if errno == ENOENT, !making { return nil }
        throw failed("opened (\(name))")
    }

    func folder(of hash: ContentHash, making: Bool) throws(StoreError) -> Descriptor? {
        guard let root = making ? try open(making: true) : try openIfThere() else { return nil }
        let first = String(hash.text.prefix(2))
        let second = String(hash.text.dropFirst(2).prefix(2))
        guard let outer = try folder(first, in: root, making: making) else { return nil }
        return try folder(second, in: outer, making: making)
    }

    func file(_ hash: ContentHash) throws(StoreError) -> Descriptor? {
        guard let folder = try folder(of: hash, making: false) else { return nil }
        let file = Descriptor(
            openat(folder.number, hash.text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW))
        guard !file.isOpen else { return file }
        if errno == ENOENT { return nil }
        throw failed("opened (\(hash))")
    }

    private func names(in folder: Descriptor) -> [String] {
        let copy = openat(folder.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    func failed(_ what: String) -> StoreError {
        .unavailable("\(folder) cannot be \(what): \(String(cString: strerror(errno)))")
    }
}

/// A file in `incoming`, until it has its hash.
private final class IncomingFile: IncomingContent {
    private let root: FileContents
    private let incoming: Descriptor
    private let file: Descriptor
    private let name: String
    private let isKept = Mutex(false)
    private let sealing: SealedPieces?
    private let pending: Mutex<PendingPiece>

    init(root: FileContents, incoming: Descriptor?) throws(StoreError) {
        guard let incoming else { throw .unavailable("\(root.folder) has no folder for uploads") }
        self.root = root
        self.incoming = incoming
        let sealing = SealedPieces(root.keys)
        self.sealing = sealing
        pending = Mutex(PendingPiece(bytes: sealing?.header.bytes ?? []))
        var generator = SystemRandomNumberGenerator()
        name =
            String(generator.next(), radix: 16, uppercase: false)
            + String(generator.next(), radix: 16, uppercase: false)
        file = Descriptor(
            openat(
                incoming.number, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                FileContents.fileMode))
        guard file.isOpen else { throw root.failed("written") }
    }

    deinit {
        if !isKept.withLock({ $0 }) { unlinkat(incoming.number, name, 0) }
    }

    func append(_ bytes: [UInt8]) throws(StoreError) {
        guard let sealing else { return try root.write(bytes, to: file) }
        try root.write(pending.withLock { $0.add(bytes, sealing) }, to: file)
    }

    func keep(as hash: ContentHash) throws(StoreError) {
        if let sealing { try root.write(pending.withLock { $0.end(sealing) }, to: file) }
        // One that cannot be flushed is discarded: nothing refers to it yet.
        guard fsync(file.number) == 0 else { throw root.failed("flushed") }
        reach(.contentFlushed)
        guard let folder = try root.folder(of: hash, making: true) else {
            throw root.failed("opened")
        }
        guard renameat(incoming.number, name, folder.number, hash.text) == 0 else {
            throw root.failed("written")
        }
        isKept.withLock { $0 = true }
        guard fsync(folder.number) == 0 else { throw root.failed("flushed") }
    }
}
