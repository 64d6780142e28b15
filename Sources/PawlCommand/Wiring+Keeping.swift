import Assembly
import Encryption
import Engine
import Execution
import FileStore
import Foundation
import SQLiteStore
import Values

/// Copies of a database with the content that it names, and a look at all of it.
extension Wiring {
    /// Holds whoever removes content, so that what the copy names is there until it is copied too.
    static func backUp(
        _ directory: String, to file: String, config: String? = nil
    ) async throws -> ContentCopy {
        if let damage = damage(of: directory) {
            throw Failure(
                status: 1, "no backup was made: \(damage)",
                fix:
                    "`pawl doctor --data` says the same; an older backup is better than one without the end"
            )
        }
        let store = try readOnly(directory, config: config)
        let source = FileContents(beside: directory, keys: store.keys)
        let hold = try await hold(source)
        defer { withExtendedLifetime(hold) {} }
        var copy = ContentCopy()
        do throws(StoreError) {
            try store.backUp(to: file)
            try copy.copy(
                namedBy: try SQLiteStore.open(backup: file, keys: store.keys), from: source,
                to: FileContents(folder: file + ".files", keys: store.keys))
        } catch {
            throw Failure(status: 1, error.reason, fix: "name another file, where there is room")
        }
        return copy
    }

    /// Why the next start would refuse the database of a folder; nil: it would not.
    static func damage(of directory: String) -> String? {
        do throws(StoreError) {
            _ = try SQLiteStore.doubt(of: directory)
            return nil
        } catch .corrupt(let reason) {
            return located(reason, in: directory)
        } catch {
            return nil
        }
    }

    /// The content first, then the database that names it.
    /// - Parameter erasures: a file of erasures that are to be done again; nil: the one beside the backup, if there is one.
    /// - Returns: with those that the backup does not know, and the hold of all money; nil: no adapter moves any.
    static func restore(
        _ file: String, into directory: String, erasures: String? = nil, config: String? = nil
    ) throws -> (contents: ContentCopy, erasures: [Erasure.Order], hold: Int64?) {
        guard FileManager.default.fileExists(atPath: file) else {
            throw Failure(status: 3, "there is no file \(file)", fix: "name a backup")
        }
        var copy = ContentCopy()
        var forgotten: [Erasure.Order] = []
        var hold: Int64?
        do throws(StoreError) {
            let keys = try withKeys(config) { (keys) throws(StoreError) in
                try SQLiteStore.open(backup: file, keys: keys).keys
            }
            try SQLiteStore.restore(file, into: directory, keys: keys) { () throws(StoreError) in
                forgotten = try bring(erasures, besideBackup: file, into: directory, keys)
                try copy.copy(
                    namedBy: try SQLiteStore.open(backup: file, keys: keys),
                    from: FileContents(folder: file + ".files", keys: keys),
                    to: FileContents(beside: directory, reserve: 0, keys: keys))
            }
            let store = try SQLiteStore.open(directory: directory, mode: .readWrite, keys: keys)
            try store.recordRestoration("restored from a backup", at: WallClock.wallTime())
            let known = try StoredDefinitions(store)
            let movesMoney = known.adapters.contains { $0.operations.contains { $0.money != nil } }
            if movesMoney || !known.unreadable.isEmpty {
                hold = try MoneyHold.place(
                    in: store, .all,
                    reason: "restored from a backup: compare with the remotes first",
                    at: WallClock.wallTime())
            }
        } catch {
            throw Failure(
                status: 1, error.reason,
                fix: "name a backup of this version, and with --data a folder without a database")
        }
        return (copy, forgotten, hold)
    }

    /// Beside the database before that is there: whoever starts a server does again what they say.
    private static func bring(
        _ erasures: String?, besideBackup file: String, into directory: String, _ keys: KeyRing
    ) throws(StoreError) -> [Erasure.Order] {
        let beside = (file as NSString).deletingLastPathComponent
        let usual = [file + ".erasures", ErasureFile.path(in: beside.isEmpty ? "." : beside)]
        let source = erasures ?? usual.first { FileManager.default.fileExists(atPath: $0) }
        let target = ErasureFile(beside: directory, keys: keys)
        var known = try target.orders()
        if let source, source != ErasureFile.path(in: directory) {
            guard FileManager.default.fileExists(atPath: source) else {
                throw .unavailable("there is no file \(source)")
            }
            let new = try ErasureFile(file: source, keys: keys).orders().filter {
                !known.contains($0)
            }
            try target.append(new)
            known += new
        }
        return try ErasureAgreement(known, try SQLiteStore.open(backup: file, keys: keys)).unknown
    }

    /// What a look at a database found.
    struct Findings {
        /// In SQLite's words.
        var pages: [String]
        /// nil: the pages are damaged.
        var instances: Examination?
        var contents = ContentCopy()
        /// Of erasures: what the file and the database say of each other, and what may be left on the disk. And of the
        /// database as a whole.
        var erasures: [String] = []
        /// Content that no row names.
        var strangers: [ContentHash] = []
        /// Of what is gone; read only by a deep look.
        var archive: [FileArchive.Summary] = []

        /// Whether it is the database that was last in its folder.
        mutating func note(_ whole: Result<Doubt?, any Error>) {
            switch whole {
            case .success(nil): break
            case .success(let doubt?):
                erasures.append("\(doubt.sentence): the next start holds all calls")
            case .failure(let error as StoreError): pages.append(error.reason)
            case .failure(let error): pages.append("\(error)")
            }
        }

        var ofDatabase: [String] {
            pages + (instances?.findings ?? []) + contents.findings
        }

        var all: [String] {
            ofDatabase + archive.flatMap(\.findings)
        }
    }

    /// Looks at a copy, which is one moment; a server may go on meanwhile.
    /// - Parameters:
    ///   - isDeep: all content is read, and all of the archive.
    ///   - archive: its folder.
    static func examine(
        _ directory: String, isDeep: Bool, archive: String, config: String? = nil
    ) async throws -> Findings {
        // Before anything is read, which makes a log where there is none.
        let whole: Result<Doubt?, any Error> = Result { try SQLiteStore.doubt(of: directory) }
        let store = try readOnly(directory, config: config)
        let pages = try store.check()
        guard pages.isEmpty else { return Findings(pages: pages) }
        let contents = FileContents(beside: directory, keys: store.keys)
        let hold = try await hold(contents)
        defer { withExtendedLifetime(hold) {} }
        let folder = directory + "/examined-\(getpid())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try store.backUp(to: folder + "/pawl.db")
        let source = try file(folder, config: config)
        var findings = Findings(pages: [], instances: try Examination(source.inspector))
        findings.note(whole)
        findings.erasures += try erasures(directory, store)
        try findings.contents.compare(source.inspector.store, with: contents, isDeep: isDeep)
        // By the rows of now: what came since the copy is known to them.
        findings.strangers = try ContentCopy.strangers(to: store, in: contents)
        if isDeep {
            findings.archive = try FileArchive(folder: archive, keys: store.keys).verify(
                source.inspector.archiveMarks())
        }
        return findings
    }

    private static func erasures(
        _ directory: String, _ store: SQLiteStore
    ) throws(StoreError) -> [String] {
        let file = try ErasureFile(beside: directory, keys: store.keys).read()
        var remarks = try ErasureAgreement(file.orders, store).remarks
        if file.unreadable > 0 {
            remarks.append(
                "\(file.unreadable) lines of pawl.erasures say nothing: a crash leaves one that nobody was "
                    + "told of; of more, ask who wrote it")
        }
        if try store.hasRemains() {
            remarks.append(
                "what was erased may still stand between the rows of pawl.db or in its log: `pawl backup` and "
                    + "`pawl restore` into another folder leave it behind")
        }
        return remarks
    }

    /// A sweep takes a moment; whoever comes in between waits for it.
    private static func hold(_ contents: FileContents) async throws -> any AnyObject & Sendable {
        for _ in 0..<100 {
            if let hold = try contents.hold() { return hold }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failure(
            status: 1, "attachments are being removed just now", fix: "try again in a minute")
    }
}
