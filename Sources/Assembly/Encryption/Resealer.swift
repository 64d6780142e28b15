import Encryption
import Execution
import FileStore
import Logging
import SQLiteStore
import Values

/// Seals anew, beside a server that works, what is not sealed with the current key: rows some at a time, then content, the
/// archive and the file of erasures. It begins whenever a database is opened that is not all sealed as it should be, so
/// that it goes on after a crash.
package struct Resealer: Sendable {
    private let store: SQLiteStore
    private let contents: FileContents
    private let archive: FileArchive?
    private let erasures: ErasureFile
    /// Between two batches, so that the engine goes first.
    private let rest: Duration

    package init(
        _ store: SQLiteStore, _ contents: FileContents, _ archive: FileArchive?,
        _ erasures: ErasureFile, rest: Duration = .milliseconds(2)
    ) {
        self.store = store
        self.contents = contents
        self.archive = archive
        self.erasures = erasures
        self.rest = rest
    }

    /// nil: everything is, as far as the database knows.
    package var isNeeded: Bool {
        get throws(StoreError) { try store.wholeKey() != .some(store.keys.current?.name ?? "") }
    }

    /// Everything looked at.
    package func counts() throws(StoreError) -> SealedCounts {
        var counts = try store.sealedCounts()
        try contents.sealedCounts(into: &counts)
        try archive?.sealedCounts(into: &counts)
        try erasures.sealedCounts(into: &counts)
        return counts
    }

    /// Until everything is sealed with the current key, or until it is cancelled.
    /// - Returns: values written anew.
    @discardableResult
    package func run() async throws -> Int {
        var cursor = ResealingCursor()
        while !cursor.isAtEnd {
            try store.reseal(&cursor)
            try await Task.sleep(for: rest)
        }
        var done = cursor.done
        done += try await reseal(contents)
        if let archive {
            var seen: Set<ExactText> = []
            while let count = try archive.reseal(&seen) {
                done += count
                try await Task.sleep(for: rest)
            }
            done += try await reseal(archive.sealedContents)
        }
        done += try erasures.reseal()
        if try counts().left == 0 { try store.noteWhole() }
        return done
    }

    private func reseal(_ contents: FileContents) async throws -> Int {
        var (done, cursor) = (0, ContentHash?.none)
        while true {
            let page = try contents.list(after: cursor, count: 100)
            for hash in page {
                // What is being removed just now is not brought back.
                var hold = try contents.hold()
                while hold == nil {
                    try await Task.sleep(for: .milliseconds(50))
                    hold = try contents.hold()
                }
                if try contents.reseal(hash) { done += 1 }
                withExtendedLifetime(hold) {}
                hold = nil
                try await Task.sleep(for: rest)
            }
            guard let last = page.last else { return done }
            cursor = last
        }
    }
}

extension Composition {
    /// nil: nothing is sealed here, or ever was.
    package var resealer: Resealer? {
        guard let store = store as? SQLiteStore, !store.keys.keys.isEmpty,
            case .directory(let directory) = location
        else { return nil }
        return Resealer(
            store, FileContents(beside: directory, keys: keys), archive,
            erasureLog ?? ErasureFile(beside: directory, keys: keys))
    }

    /// Beside the engine; ends when nothing is left to do. What goes wrong is told and tried again at the next start.
    package func reseal() async {
        do {
            guard let resealer, try resealer.isNeeded else { return }
            let current = keys.current?.name ?? EncryptionConfiguration.none
            logger.notice("what is stored is sealed anew", metadata: ["key": "\(current)"])
            let done = try await resealer.run()
            logger.notice(
                "all that is stored is sealed anew",
                metadata: ["key": "\(current)", "values": "\(done)"])
        } catch is CancellationError {
            return
        } catch let error as StoreError {
            logger.error(
                "what is stored could not be sealed anew",
                metadata: ["reason": "\(error.reason)", "see": "pawl keys"])
        } catch {
            logger.error(
                "what is stored could not be sealed anew", metadata: ["reason": "\(error)"])
        }
    }
}
