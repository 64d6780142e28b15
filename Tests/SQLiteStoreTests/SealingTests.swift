import Encryption
import Execution
import Foundation
import Synchronization
import Testbed
import Testing
import Values

@testable import SQLiteStore

/// Keys of tests.
func testKeys(_ names: [String], current: String?) throws -> KeyRing {
    try KeyRing(
        names.map { name in
            try KeyRing.Key(name, SHA256.digest(of: Array("key \(name)".utf8)))
        }, current: current)
}

@Suite("What is sealed in the database")
struct SealingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(_ keys: KeyRing) throws -> SQLiteStore {
        try SQLiteStore.open(directory: folder.path, mode: .readWrite, keys: keys)
    }

    // MARK: The contract, and every column

    @Test(arguments: StoreSuite.cases)
    func theContractIsKept(_ story: StoreCase) throws {
        let keys = try testKeys(["k1"], current: "k1")
        try story.body { try open(keys) }
    }

    /// All that is sealed, opened: by column and row.
    private func contents(_ keys: KeyRing) throws -> [String] {
        let connection = try Connection(
            path: DataDirectory.databasePath(in: folder.path), access: .readOnly, keys: keys)
        var result: [String] = []
        for column in SealedColumn.all {
            let keys = column.key.joined(separator: ", ")
            let sql =
                "SELECT \(keys), \(column.column) FROM \(column.table) "
                + "WHERE \(column.column) IS NOT NULL ORDER BY \(keys)"
            result += try connection.prepare(sql).rows { (row) throws(StoreError) in
                var place: [Parameter] = []
                for index in column.key.indices { place.append(try row.parameter(Int32(index))) }
                let bytes = try row.opened(
                    Int32(column.key.count), at: column.place(place), of: column.name)
                return "\(column.name) \(place) \(String(decoding: bytes, as: UTF8.self))"
            }
        }
        return result
    }

    private func rotate(_ keys: KeyRing, limit: Int = 3) throws -> Int {
        let store = try open(keys)
        var cursor = ResealingCursor()
        while !cursor.isAtEnd { try store.reseal(&cursor, limit: limit) }
        let counts = try store.sealedCounts()
        #expect(counts.left == 0, "\(counts)")
        try store.settle()
        return cursor.done
    }

    private static let seen = Mutex<(stories: Int, columns: Set<ExactText>)>((0, []))

    @Test(arguments: StoreSuite.cases)
    func whatEveryStoryWritesComesThroughEveryRotation(_ story: StoreCase) throws {
        let columns = try rotateAll(story)
        let all = Self.seen.withLock { seen in
            seen.stories += 1
            seen.columns.formUnion(columns)
            return seen
        }
        // With the last of them every column has been through it.
        guard all.stories == StoreSuite.cases.count else { return }
        #expect(Set(SealedColumn.all.map { ExactText($0.name) }).subtracting(all.columns) == [])
    }

    private func rotateAll(_ story: StoreCase) throws -> Set<ExactText> {
        try story.body { try open(try testKeys(["k1"], current: "k1")) }
        let all = ["k1", "k2"]
        let before = try contents(try testKeys(all, current: nil))
        for current in ["k2", nil, "k1"] as [String?] {
            let keys = try testKeys(all, current: current)
            #expect(try rotate(keys) == before.count, "\(story)")
            #expect(try contents(keys) == before)
            // Nothing is left to do.
            #expect(try rotate(keys) == 0)
        }
        return Set(before.map { ExactText(String($0.prefix { $0 != " " })) })
    }

    @Test func everyColumnIsSealedOrSaysWhyNot() throws {
        _ = try open(.none)
        let connection = try Connection(
            path: DataDirectory.databasePath(in: folder.path), access: .readOnly)
        let columns = try connection.prepare(
            """
            SELECT s.name || '.' || c.name FROM sqlite_schema AS s, pragma_table_info(s.name) AS c
            WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%'
            """
        ).rows { (row) throws(StoreError) in ExactText(try row.text(0)) }
        let sealed = SealedColumn.all.map { ExactText($0.name) }
        let plain = SealedColumn.plain.flatMap(\.columns).map { ExactText($0) }
        #expect(Set(sealed).intersection(plain).isEmpty)
        #expect(Set(sealed + plain).count == sealed.count + plain.count)
        #expect(Set(columns).subtracting(sealed + plain) == [], "neither sealed nor said why not")
        #expect(Set(sealed + plain).subtracting(columns) == [], "no such column")
    }

    // MARK: What is wrong

    @Test func aKeyThatIsMissingOrAnotherIsRefused() throws {
        let store = try open(try testKeys(["k1"], current: "k1"))
        try store.commit([step(1)])
        try store.settle()
        func refusal(_ keys: KeyRing, _ mode: SQLiteStore.Mode) -> StoreError? {
            do throws(StoreError) {
                _ = try SQLiteStore.open(directory: folder.path, mode: mode, keys: keys)
                return nil
            } catch { return error }
        }
        let other = try KeyRing(
            [KeyRing.Key("k1", SHA256.digest(of: Array("another".utf8)))], current: "k1")
        for mode in [SQLiteStore.Mode.readWrite, .readOnly] {
            for keys in [.none, try testKeys(["k2"], current: "k2")] {
                guard case .keyMissing(let reason) = refusal(keys, mode) else {
                    Issue.record("it was opened")
                    continue
                }
                #expect(reason.contains("with key k1, which is not given"))
            }
            guard case .keyMissing(let reason) = refusal(other, mode) else {
                Issue.record("it was opened with another key")
                continue
            }
            #expect(reason.hasPrefix("key k1 is another one"))
        }
        #expect(refusal(try testKeys(["k1", "k2"], current: "k2"), .readWrite) == nil)
    }

    @Test func aRowThatIsMovedOrChangedIsADamagedRow() throws {
        let keys = try testKeys(["k1"], current: "k1")
        let store = try open(keys)
        try store.commit([step(1), step(2), step(3)])
        let path = DataDirectory.databasePath(in: folder.path)
        let outside = try Connection(path: path, access: .readWrite)
        try outside.execute(
            "UPDATE instances SET body = (SELECT body FROM instances WHERE id = 2) WHERE id = 1")
        try outside.execute(
            "UPDATE history SET entries = (SELECT entries FROM history WHERE instance = 2) "
                + "WHERE instance = 3")
        let moved = try #require(try store.instance(InstanceID(1)))
        #expect(moved.damage?.contains("was changed, moved here from another place") == true)
        #expect(try store.instance(InstanceID(2))?.damage == nil)
        guard
            case .corrupt(let reason) = error({
                try store.history(InstanceID(3), after: 0, count: 9)
            })
        else {
            Issue.record("the history of another was shown")
            return
        }
        #expect(reason.hasPrefix("pawl.db: the history of instance 3"))
    }

    private func error(_ body: () throws -> Any) -> StoreError? {
        do { _ = try body() } catch { return error as? StoreError }
        return nil
    }

    // MARK: Nothing stands anywhere

    private func files(holding text: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { name in
            let data = try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
            return data.range(of: Data(text.utf8)) != nil
        }.sorted()
    }

    @Test func whatWasPlainStandsNowhereOnceItIsSealed() throws {
        let marker = "Maria Musterfrau"
        let body = JSON.encode(["who": .string(marker)])
        func write(_ id: Int64) -> Commit {
            var commit = step(id)
            let old = commit.instance
            commit.instance = old.map {
                InstanceWrite(
                    id: $0.id, name: $0.name, version: 1, status: .running, revision: 1,
                    summary: InstanceSummary(
                        states: ["open"], startedAt: $0.summary.startedAt,
                        updatedAt: $0.summary.updatedAt, endedAt: nil, overdueAt: nil,
                        incidents: 0, isRetrying: false,
                        pause: PauseSummary(
                            by: "operator/ann", reason: marker, since: $0.summary.startedAt),
                        search: []), body: body)
            }
            commit.history[0] = HistoryEntry(
                instance: InstanceID(id), sequence: 1, at: Timestamp(seconds: 1), kind: "started",
                data: ["who": .string(marker)])
            commit.records = [
                RecordWrite(
                    collection: "people", id: "\(id)", group: "", expectedRevision: 0,
                    body: ["who": .string(marker)])
            ]
            return commit
        }
        let plain = try open(.none)
        try plain.commit((1...50).map(write))
        #expect(try !files(holding: marker).isEmpty)
        try plain.settle()
        let keys = try testKeys(["k1"], current: "k1")
        #expect(try rotate(keys, limit: 7) == 50 * 4)
        let store = try open(keys)
        try store.commit((51...60).map(write))
        #expect(try files(holding: marker) == [])
        try store.backUp(to: folder.file("copy"))
        #expect(try files(holding: marker) == [])
        #expect(try store.instance(InstanceID(7))?.body == body)
        #expect(try store.instance(InstanceID(57))?.summary.pause?.reason == marker)
        let page = try store.list(
            InstanceQuery(
                terms: [.pauseReason(marker)], now: Timestamp(seconds: 0), before: nil, count: 100))
        #expect(page.instances.count == 60)
        #expect(try store.pauseGroups(count: 5).map(\.count) == [60])
    }
}
