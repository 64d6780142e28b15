import Access
import Execution

/// What a store needs of the file system besides SQLite's own reads and writes. Tests put disks in its place
/// that lose power or fail.
package protocol Disk: Sendable {
    /// SQLite's name of its VFS; nil: the system's.
    var vfs: String? { get }

    /// Makes a folder unless it exists, and closes it to others. Its parent must exist.
    /// - Returns: what was open to others, a sentence each.
    func create(_ directory: String) throws(StoreError) -> [String]

    /// Throws `.unavailable` where something else than a file of ours stands under its name, a link above all.
    func requireOwn(_ directory: String) throws(StoreError)

    /// Exclusive use of a folder for as long as the result lives. Throws `.unavailable` when another has it.
    func lock(_ directory: String) throws(StoreError) -> any AnyObject & Sendable

    /// Whether there is such a file, of whatever size.
    func hasFile(_ path: String) -> Bool

    /// Whether there is such a file with anything in it.
    func hasContent(_ path: String) -> Bool

    /// A small file that is overwritten whole.
    func note(_ path: String) -> any DiskNote

    /// Makes a file's content, or the names in a folder, durable. A file that is not there needs nothing.
    func flush(_ path: String) throws(StoreError)
}

/// A line in a file, always of one length.
package protocol DiskNote: Sendable {
    /// nil: it is not there, or cannot be read.
    func read() -> String?

    /// - Parameter isFlushed: durable when this returns.
    /// - Returns: false: it could not be written.
    func write(_ text: String, isFlushed: Bool) -> Bool
}

/// The disk of the machine.
package struct SystemDisk: Disk {
    package init() {}

    package var vfs: String? { nil }

    package func create(_ directory: String) throws(StoreError) -> [String] {
        try DataDirectory.create(directory)
    }

    package func requireOwn(_ directory: String) throws(StoreError) {
        try DataDirectory.requireOwn(directory)
    }

    package func lock(_ directory: String) throws(StoreError) -> any AnyObject & Sendable {
        try DirectoryLock(directory: directory)
    }

    package func hasFile(_ path: String) -> Bool { PrivateFiles.kind(of: path) != nil }

    package func hasContent(_ path: String) -> Bool { DataDirectory.hasContent(path) }

    package func note(_ path: String) -> any DiskNote { NoteFile(path) }

    package func flush(_ path: String) throws(StoreError) { try DataDirectory.flush(path) }
}

/// When writes reach the disk.
package struct Durability: Sendable, Hashable {
    /// `PRAGMA synchronous`.
    package enum Flushing: Int, Sendable, Hashable {
        case off = 0
        case normal = 1
        case full = 2
    }

    package let flushing: Flushing
    /// Frames in the log after which a commit moves them into the database.
    package let checkpointFrames: Int

    package init(_ flushing: Flushing, checkpointFrames: Int = 8000) {
        self.flushing = flushing
        self.checkpointFrames = checkpointFrames
    }

    /// A commit that returned is on the disk (G1). The others lose acknowledged work with the power.
    package static let server = Durability(.full)
    static let bulk = Durability(.off)
}
