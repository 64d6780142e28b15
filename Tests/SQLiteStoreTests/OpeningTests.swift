import Execution
import Foundation
import Glibc
import Testing
import Values

@testable import SQLiteStore

@Suite struct OpeningTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(_ mode: SQLiteStore.Mode = .readWrite) throws(StoreError) -> SQLiteStore {
        try SQLiteStore.open(directory: folder.path, mode: mode)
    }

    /// The error of opening; nil when it opened.
    private func refusal(_ mode: SQLiteStore.Mode = .readWrite) -> StoreError? {
        do throws(StoreError) {
            _ = try open(mode)
            return nil
        } catch {
            return error
        }
    }

    /// A database file that something else than the store has made.
    private func makeDatabase(_ sql: String) throws {
        let path = DataDirectory.databasePath(in: folder.path)
        try Connection(path: path, access: .readWrite).execute(sql)
    }

    @Test func whatWasCommittedIsThereAfterReopening() throws {
        var store: SQLiteStore? = try open()
        try store?.commit([step(1), step(1, revision: 2)])
        try store?.set("clock.anchor", to: 7)
        store = nil
        let again = try open()
        #expect(try again.instance(InstanceID(1))?.revision == 2)
        #expect(try again.history(InstanceID(1), after: 0, count: 9).map(\.sequence) == [1, 2])
        #expect(try again.setting("clock.anchor") == 7)
        #expect(try again.check() == [])
    }

    @Test func whatWasCommittedIsThereAfterACrash() throws {
        let store = try open()
        try store.commit([step(1)])
        try store.commit([step(1, revision: 2)])
        let crashed = try TemporaryFolder()
        try folder.copy(["pawl.db", "pawl.db-wal"], to: crashed)
        let reader = try SQLiteStore.open(directory: crashed.path, mode: .readOnly)
        #expect(try reader.instance(InstanceID(1))?.revision == 2)
        let next = try SQLiteStore.open(directory: crashed.path, mode: .readWrite)
        #expect(try next.instance(InstanceID(1))?.revision == 2)
        try next.commit([step(1, revision: 3)])
        #expect(try reader.instance(InstanceID(1))?.revision == 3)
    }

    /// The first schema had a row for each entry.
    @Test func theHistoryOfAnOlderDatabaseIsCarriedOver() throws {
        try makeDatabase(
            """
            \(Schema.migrations[0]);
            PRAGMA application_id = \(Schema.applicationID);
            PRAGMA user_version = 1;
            INSERT INTO history (instance, sequence, at, kind, data) VALUES
                (1, 1, 1700000000001, 'started', '{"n":1.0,"t":"é"}'),
                (1, 2, 1700000000002, 'transition', '{}');
            """)
        let store = try open()
        let history = try store.history(InstanceID(1), after: 0, count: 9)
        #expect(history.map(\.sequence) == [1, 2])
        #expect(history.map(\.kind) == ["started", "transition"])
        #expect(history.first?.data == ["n": 1.0, "t": "é"])
        #expect(history.first?.at == Timestamp(milliseconds: 1_700_000_000_001))
        #expect(try store.history(InstanceID(1), after: 1, count: 9).map(\.sequence) == [2])
    }

    /// The third schema found timers, calls and messages through a second index.
    @Test func whatWaitsInAnOlderDatabaseIsCarriedOver() throws {
        let message = Message(
            id: MessageID(source: InstanceID(1), number: 7),
            body: .cancelChild(InstanceName(workflow: "w", key: "k"), reason: "left"))
        try makeDatabase(
            """
            \(Schema.migrations[0]);
            \(Schema.migrations[1]);
            \(Schema.migrations[2]);
            PRAGMA application_id = \(Schema.applicationID);
            PRAGMA user_version = 3;
            INSERT INTO timers (instance, kind, number, due) VALUES (1, 0, 2, 1700000000001);
            INSERT INTO messages (source, number, data)
                VALUES (1, 7, '\(String(decoding: message.encodedJSON, as: UTF8.self))');
            """)
        let store = try open()
        let due = Timestamp(milliseconds: 1_700_000_000_001)
        #expect(try store.nextTimer(after: nil) == due)
        #expect(try store.timers(dueBy: due, count: 9).map(\.id) == [.chart(2)])
        #expect(try store.messages(after: nil, count: 9) == [message])
        try store.commit([step(1)])
        #expect(try store.check() == [])
    }

    /// The ninth schema listed open tasks by their due time alone.
    @Test func theTasksOfAnOlderDatabaseAreCarriedOver() throws {
        let steps = Schema.migrations[..<9].joined(separator: ";\n")
        let body = #"""
            {"activations":[{"number":1,"startedAt":1700000000000},
            {"number":4,"startedAt":1700000000900,"task":{"title":"Sign it"}}]}
            """#
        try makeDatabase(
            """
            \(steps);
            PRAGMA application_id = \(Schema.applicationID);
            PRAGMA user_version = 9;
            INSERT INTO instances VALUES
                (3, 'loan', 'l-1', 1, 'running', 2, 's', 1, 1, NULL, NULL, 0, 0, '{}',
                 CAST('\(body)' AS BLOB));
            INSERT INTO tasks VALUES (3, 4, 'clerk', 'ana', 1700000000001);
            """)
        let row = try #require(try open().tasks(TaskQuery([.role("clerk")], count: 9)).first)
        #expect(row.name == InstanceName(workflow: "loan", key: "l-1"))
        #expect(row.facts.title == "Sign it" && row.assignee == "ana" && row.priority == 50)
        #expect(row.due == Timestamp(milliseconds: 1_700_000_000_001))
        #expect(row.facts.openedAt == Timestamp(milliseconds: 1_700_000_000_900))
    }

    /// The twelfth schema knew of a pause in the instance's body alone.
    @Test func whoIsPausedInAnOlderDatabaseIsFound() throws {
        let steps = Schema.migrations[..<12].joined(separator: ";\n")
        let body = #"""
            {"pause":{"by":{"role":"operator","subject":"ana"},"reason":"an \"outage\"",
            "since":1700000000900,"number":3}}
            """#
        try makeDatabase(
            """
            \(steps);
            PRAGMA application_id = \(Schema.applicationID);
            PRAGMA user_version = 12;
            INSERT INTO instances VALUES
                (3, 'loan', 'l-1', 1, 'running', 2, 's', 1, 1, NULL, NULL, 1, 0, '{}',
                 CAST('\(body)' AS BLOB)),
                (4, 'loan', 'l-2', 1, 'running', 2, 's', 1, 1, NULL, NULL, 1, 0, '{}',
                 CAST('{}' AS BLOB)),
                (5, 'loan', 'l-3', 1, 'running', 2, 's', 1, 1, NULL, NULL, 0, 0, '{}',
                 CAST('{}' AS BLOB));
            """)
        let store = try open()
        let query = InstanceQuery(terms: [.paused], now: .init(seconds: 1), before: nil, count: 9)
        let page = try store.list(query)
        #expect(page.instances.map(\.id.rawValue) == [3])
        let pause = PauseSummary(
            by: "operator/ana", reason: "an \"outage\"",
            since: Timestamp(milliseconds: 1_700_000_000_900))
        #expect(page.instances.first?.summary.pause == pause)
        #expect(try store.pauseGroups(count: 9).map(\.by) == ["operator/ana"])
        #expect(try store.check() == [])
    }

    @Test func aTornEndOfTheLogLosesOnlyWhatWasNotAcknowledged() throws {
        let store = try open()
        try store.commit([step(1)])
        let log = folder.file("pawl.db-wal")
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int)
        try store.commit([step(2)])
        let crashed = try TemporaryFolder()
        try folder.copy(["pawl.db", "pawl.db-wal"], to: crashed)
        #expect(truncate(crashed.file("pawl.db-wal"), size + 100) == 0)
        let next = try SQLiteStore.open(directory: crashed.path, mode: .readWrite)
        #expect(try next.instance(InstanceID(1)) != nil)
        #expect(try next.instance(InstanceID(2)) == nil)
        #expect(try next.check() == [])
    }

    @Test func aSecondServerIsRefused() throws {
        let store = try open()
        let process = ProcessInfo.processInfo.processIdentifier
        #expect(
            refusal()
                == .unavailable(
                    "\(folder.path) is in use: process \(process) holds pawl.lock"))
        try store.commit([step(1)])
    }

    /// By a clean-up of what looks like a leftover.
    @Test func aSecondServerIsRefusedWhereTheLockFileWasRemoved() throws {
        let store = try open()
        try FileManager.default.removeItem(atPath: folder.file("pawl.lock"))
        #expect(
            refusal() == .unavailable("\(folder.path) is in use: another server holds it"))
        #expect(throws: StoreError.self) {
            try SQLiteStore.restore(folder.file("pawl.db"), into: folder.path)
        }
        try store.commit([step(1)])
    }

    /// A server of an earlier version locks the file only.
    @Test func aServerThatLocksTheFileOnlyIsSeen() throws {
        let file = Glibc.open(folder.file("pawl.lock"), O_RDWR | O_CREAT, 0o600)
        defer { close(file) }
        #expect(flock(file, LOCK_EX | LOCK_NB) == 0)
        #expect(
            refusal() == .unavailable("\(folder.path) is in use: another server holds it"))
    }

    @Test func theLockEndsWithTheStore() throws {
        var store: SQLiteStore? = try open()
        try store?.commit([step(1)])
        store = nil
        #expect(refusal() == nil)
    }

    @Test func readersFollowARunningServerAndCannotWrite() throws {
        let store = try open()
        let reader = try open(.readOnly)
        #expect(try reader.lastInstanceID() == InstanceID(0))
        try store.commit([step(1)])
        #expect(try reader.lastInstanceID() == InstanceID(1))
        #expect(throws: StoreError.unavailable("the store was opened for reading only")) {
            try reader.commit([step(2)])
        }
        #expect(try store.lastInstanceID() == InstanceID(1))
    }

    @Test func readingRequiresADatabase() {
        guard case .unavailable(let message) = refusal(.readOnly) else {
            Issue.record("a missing file was opened")
            return
        }
        #expect(message.contains("pawl.db"))
    }

    @Test func anotherProgramsDatabaseIsRefused() throws {
        try makeDatabase("CREATE TABLE notes (text TEXT)")
        #expect(
            refusal() == .unknownSchema("pawl.db is not a Pawl database (application_id 0)"))
        #expect(
            refusal(.readOnly)
                == .unknownSchema("pawl.db is not a Pawl database (application_id 0)"))
    }

    @Test func aNewerSchemaIsRefused() throws {
        try makeDatabase(
            "PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 99;"
                + "CREATE TABLE instances (id INTEGER PRIMARY KEY)")
        let newest = Schema.migrations.count
        #expect(
            refusal()
                == .unknownSchema("pawl.db has schema 99, this program knows \(newest) at most"))
    }

    @Test func anEmptyFileIsNoDatabaseToAReader() throws {
        try makeDatabase("PRAGMA page_size = 4096; VACUUM")
        guard case .unknownSchema = refusal(.readOnly) else {
            Issue.record("a database without tables was read")
            return
        }
    }

    @Test func aFileThatIsNoDatabaseIsCorrupt() throws {
        try Data(repeating: 0x55, count: 8192).write(
            to: URL(fileURLWithPath: folder.file("pawl.db")))
        #expect(refusal() == .corrupt("pawl.db: file is not a database"))
        #expect(refusal(.readOnly) == .corrupt("pawl.db: file is not a database"))
    }

    @Test func aDamagedPageIsFoundAndNotRepaired() throws {
        var store: SQLiteStore? = try open()
        try store?.commit((1...200).map { step($0) })
        try store?.settle()
        store = nil
        let path = folder.file("pawl.db")
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        let root = try #require(try rootPage(of: "history"))
        data.replaceSubrange(
            ((root - 1) * 4096)..<((root - 1) * 4096 + 512), with: Data(repeating: 0xEE, count: 512)
        )
        try data.write(to: URL(fileURLWithPath: path))
        guard case .corrupt(let message) = refusal() else {
            Issue.record("a damaged file was opened")
            return
        }
        #expect(message.hasPrefix("pawl.db: "))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == data)
    }

    @Test func aKeyThatItsIndexHasLostIsFound() throws {
        var store: SQLiteStore? = try open()
        try store?.commit((1...200).map { step($0) })
        try store?.settle()
        store = nil
        let path = folder.file("pawl.db")
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        let root = try #require(try rootPage(of: "instances_name"))
        let page = ((root - 1) * 4096)..<(root * 4096)
        // The key is in the row as well; in the index it becomes another one.
        let key = try #require(data.range(of: Data("orderk117".utf8), in: page))
        data.replaceSubrange(key, with: Data("orderk11x".utf8))
        try data.write(to: URL(fileURLWithPath: path))
        guard case .corrupt(let message) = refusal() else {
            Issue.record("a file with a damaged index was opened")
            return
        }
        #expect(message.hasSuffix("in table instances"))
    }

    @Test func afterACleanStopTheDatabaseIsOneFile() throws {
        let store = try open()
        try store.commit((1...20).map { step($0) })
        try store.settle()
        let copy = try TemporaryFolder()
        try folder.copy(["pawl.db"], to: copy)
        let other = try SQLiteStore.open(directory: copy.path, mode: .readOnly)
        #expect(try other.lastInstanceID() == InstanceID(20))
    }

    /// Whoever held the store last may let go of it a moment later.
    @Test func afterACleanStopTheNextOneMayOpenIt() throws {
        let store = try open()
        try store.commit([step(1)])
        try store.settle()
        let next = try open()
        try next.commit([step(2)])
        #expect(try store.lastInstanceID() == InstanceID(2), "it still reads")
        #expect(throws: StoreError.self) { try store.commit([step(3)]) }
    }

    @Test func aTruncatedFileIsCorrupt() throws {
        var store: SQLiteStore? = try open()
        try store?.commit((1...200).map { step($0) })
        try store?.settle()
        store = nil
        #expect(truncate(folder.file("pawl.db"), 8192) == 0)
        guard case .corrupt = refusal() else {
            Issue.record("half a file was opened")
            return
        }
    }

    @Test func theWriterFlushesEveryCommit() throws {
        let path = DataDirectory.databasePath(in: folder.path)
        let connection = try Connection(path: path, access: .readWrite)
        try Opening.prepareWriter(connection)
        #expect(try connection.pragma("journal_mode") == "wal")
        #expect(try connection.pragma("synchronous") == "2")
        #expect(try connection.pragma("page_size") == "4096")
        #expect(try connection.pragma("wal_autocheckpoint") == "8000")
        #expect(try connection.pragma("trusted_schema") == "0")
    }

    private func rootPage(of table: String) throws -> Int? {
        let path = DataDirectory.databasePath(in: folder.path)
        let statement = try Connection(path: path, access: .readOnly)
            .prepare("SELECT rootpage FROM sqlite_schema WHERE name = '\(table)'")
        return try statement.first { (row) throws(StoreError) in row.int(0) }
    }
}
