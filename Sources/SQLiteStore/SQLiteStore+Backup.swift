import Access
import Encryption
import Execution
import Glibc

extension SQLiteStore {
    /// A whole and consistent copy as one file, also while a server writes: SQLite's `VACUUM INTO` reads one moment and
    /// leaves out free pages. The file appears under its name once it is complete and durable.
    /// - Parameter file: must not exist; its folder must.
    package func backUp(to file: String) throws(StoreError) {
        switch PrivateFiles.kind(of: file) {
        case nil: break
        case .link:
            throw .unavailable(
                "\(file) is a symbolic link, which is not followed: name the file that is to be made"
            )
        case .file, .folder, .other: throw .unavailable("\(file) exists already")
        }
        let partial = file + ".partial"
        unlink(partial)
        defer { unlink(partial) }
        try readers.fresh().vacuum(into: partial)
        try Connection(path: partial, access: .readWrite).closeMark()
        try DataDirectory.flush(partial)
        guard rename(partial, file) == 0 else {
            throw .unavailable("\(file) cannot be written: \(String(cString: strerror(errno)))")
        }
        try DataDirectory.flush(Self.folder(of: file))
    }

    /// A look into a backup.
    package static func open(
        backup file: String, keys: KeyRing = .none
    ) throws(StoreError) -> SQLiteStore {
        try open(readingFrom: file, keys: keys)
    }

    /// Puts a backup into a folder that has no database, after looking at every page and row of it.
    /// - Parameter prepare: what has to be there before the database is.
    package static func restore(
        _ file: String, into directory: String, keys: KeyRing = .none,
        _ prepare: () throws(StoreError) -> Void = {}
    ) throws(StoreError) {
        let path = DataDirectory.databasePath(in: directory)
        _ = try DataDirectory.create(directory)
        let lock = try DirectoryLock(directory: directory)
        defer { withExtendedLifetime(lock) {} }
        // A log that is left of another database would be laid over this one.
        for left in [path, path + "-wal", path + "-shm", path + "-journal"]
        where PrivateFiles.kind(of: left) != nil {
            throw .unavailable("\(left) exists already; a backup goes into an empty folder")
        }
        unlink("\(directory)/pawl.claims")
        // What is put in here on purpose is the folder's own.
        unlink(DataDirectory.statePath(in: directory))
        let partial = path + ".partial"
        unlink(partial)
        defer { unlink(partial) }
        let source = try Connection(path: file, access: .readOnly, keys: keys)
        try Schema.requireCurrent(source)
        try source.requireKeys()
        let answer = try source.pragma("integrity_check(1)")
        guard answer == "ok" else { throw .corrupt("\(file): \(answer)") }
        try prepare()
        try source.vacuum(into: partial)
        try Self.noteClean(partial)
        try Connection(path: partial, access: .readWrite).forgetMark()
        try DataDirectory.flush(partial)
        guard rename(partial, path) == 0 else {
            throw .unavailable("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        try DataDirectory.flush(directory)
    }

    private static func folder(of file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }
}

extension Connection {
    /// - Parameter file: does not exist.
    fileprivate func vacuum(into file: String) throws(StoreError) {
        PrivateFiles.reserve(file)
        let statement = try prepare("VACUUM INTO ?")
        statement.bind(file)
        try statement.run()
    }
}
