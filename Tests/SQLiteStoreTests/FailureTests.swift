import CSQLite
import Execution
import Testing

@testable import SQLiteStore

@Suite struct FailureTests {
    private static func failure(_ code: Int32) -> Failure { Failure(code: code, message: "m") }

    private enum Meaning: String {
        case conflict, unavailable, outcomeUnknown, corrupt, unknownSchema, keyMissing

        init(_ error: StoreError) {
            self =
                switch error {
                case .conflict: .conflict
                case .unavailable: .unavailable
                case .outcomeUnknown: .outcomeUnknown
                case .corrupt: .corrupt
                case .unknownSchema: .unknownSchema
                case .keyMissing: .keyMissing
                }
        }
    }

    /// SQLite's extended result codes.
    private enum Code {
        static let shortRead: Int32 = 522
        static let write: Int32 = 778
        static let fsync: Int32 = 1034
        static let directoryFsync: Int32 = 1290
        static let corruptVirtualTable: Int32 = 267
        static let unique: Int32 = 2067
    }

    private static let beforeCommit: [(Int32, String)] = [
        (SQLITE_FULL, "unavailable"), (SQLITE_BUSY, "unavailable"), (SQLITE_LOCKED, "unavailable"),
        (Code.write, "unavailable"), (Code.fsync, "outcomeUnknown"),
        (Code.directoryFsync, "outcomeUnknown"), (Code.shortRead, "corrupt"),
        (SQLITE_CORRUPT, "corrupt"), (Code.corruptVirtualTable, "corrupt"),
        (SQLITE_NOTADB, "corrupt"), (Code.unique, "conflict"), (SQLITE_NOMEM, "unavailable"),
        (SQLITE_READONLY, "unavailable"),
    ]

    @Test(arguments: beforeCommit)
    func aFailureBeforeTheCommitHasAKnownOutcome(_ code: Int32, _ meaning: String) {
        #expect(Meaning(Self.failure(code).storeError).rawValue == meaning)
    }

    private static let ofCommit: [(Int32, String)] = [
        (SQLITE_FULL, "unavailable"), (SQLITE_BUSY, "unavailable"),
        (Code.write, "outcomeUnknown"), (Code.fsync, "outcomeUnknown"),
        (SQLITE_NOMEM, "outcomeUnknown"), (SQLITE_CORRUPT, "corrupt"),
    ]

    @Test(arguments: ofCommit)
    func aFailureOfTheCommitLeavesTheOutcomeOpen(_ code: Int32, _ meaning: String) {
        #expect(Meaning(Self.failure(code).commitError).rawValue == meaning)
    }

    @Test func aFullDiskLosesNothingAndRecovers() throws {
        let folder = try TemporaryFolder()
        let path = DataDirectory.databasePath(in: folder.path)
        let connection = try Connection(path: path, access: .readWrite)
        try Opening.prepareWriter(connection)
        try connection.transaction { (connection) throws(StoreError) in
            try connection.write(step(1))
        }
        let pages = try connection.pragma("page_count")
        _ = try connection.pragma("max_page_count = \(pages)")
        let many = (2...500).map { step($0) }
        #expect(throws: StoreError.self) {
            try connection.transaction { (connection) throws(StoreError) in
                for commit in many { try connection.write(commit) }
            }
        }
        _ = try connection.pragma("max_page_count = 1000000")
        try connection.transaction { (connection) throws(StoreError) in
            for commit in many { try connection.write(commit) }
        }
        let count = try connection.prepare("SELECT count(*) FROM instances")
            .first { (row) throws(StoreError) in row.int(0) }
        #expect(count == 500)
    }

    @Test func oneCallIsOneFlush() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        try store.commit((1...100).map { step($0) })
        #expect(
            store.statistics == .init(commits: 100, flushes: 1, rowsWritten: 200))
        #expect(throws: StoreError.conflict("order/k1 (instance 1) exists")) {
            try store.commit([step(1)])
        }
        try store.commit([])
        #expect(store.statistics.flushes == 1)
    }

    @Test func aTransitionWritesOnlyItsOwnRows() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        try store.commit([step(1, search: [(name: "city", value: "Bern")])])
        let before = store.statistics.rowsWritten
        try store.commit([
            step(1, revision: 2, states: ["next"], search: [(name: "city", value: "Bern")])
        ])
        #expect(store.statistics.rowsWritten - before == 2)
    }

    @Test func aDamagedRowIsNamed() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        try store.commit([step(1)])
        let other = try Connection(
            path: DataDirectory.databasePath(in: folder.path), access: .readWrite)
        try other.execute("UPDATE history SET entries = '[[1,'")
        do throws(StoreError) {
            _ = try store.history(InstanceID(1), after: 0, count: 1)
            Issue.record("a damaged row was read")
        } catch {
            guard case .corrupt(let message) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(message.hasPrefix("pawl.db: the history of instance 1: "))
        }
    }
}
