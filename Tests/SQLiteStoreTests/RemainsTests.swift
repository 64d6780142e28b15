import Execution
import Foundation
import Testing
import Values

@testable import SQLiteStore

/// What was overwritten to be forgotten stands nowhere in the files: not in the log, not in free pages, not in the gaps that
/// splitting and joining pages leaves behind.
@Suite struct RemainsTests {
    private static let name = "Maria Musterfrau"

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func count(_ text: String, in file: String) throws -> Int {
        let path = folder.file(file)
        guard FileManager.default.fileExists(atPath: path) else { return 0 }
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        var (found, start) = (0, data.startIndex)
        while let range = data.range(of: Data(text.utf8), in: start..<data.endIndex) {
            found += 1
            start = range.upperBound
        }
        return found
    }

    private func body(_ text: String, _ length: Int) -> [UInt8] {
        JSON.encode(["who": .string(text), "rest": .string(String(repeating: "x", count: length))])
    }

    private func write(_ id: Int64, _ revision: Int64, _ text: String, _ length: Int) -> Commit {
        var commit = Commit()
        commit.instance = InstanceWrite(
            id: InstanceID(id), name: InstanceName(workflow: "w", key: "\(id)"), version: 1,
            status: .completed, revision: revision,
            summary: InstanceSummary(
                states: ["a"], startedAt: Timestamp(seconds: id), updatedAt: Timestamp(seconds: id),
                endedAt: Timestamp(seconds: id), overdueAt: nil, incidents: 0, isRetrying: false,
                search: [(name: "who", value: .string(text))]),
            body: body(text, length))
        commit.history = [
            HistoryEntry(
                instance: InstanceID(id), sequence: revision, at: Timestamp(seconds: revision),
                kind: "started", data: ["who": .string(text)])
        ]
        return commit
    }

    @Test func nothingOfItIsLeftInAnyFile() throws {
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        var dice: UInt64 = 7
        func roll(_ sides: Int) -> Int {
            dice = dice &* 6_364_136_223_846_793_005 &+ 1
            return Int(dice >> 33) % sides
        }
        // Rows that grow and shrink, so that pages are split and joined.
        var revisions: [Int64: Int64] = [:]
        var commits: [Commit] = []
        for step in 0..<1_500 {
            let id = Int64(step < 500 ? step + 1 : roll(500) + 1)
            revisions[id, default: 0] += 1
            let length = step < 500 ? roll(1_500) : roll(6_000)
            commits.append(write(id, revisions[id] ?? 1, Self.name, length))
            guard commits.count == 50 else { continue }
            try store.commit(commits)
            commits = []
        }
        #expect(try count(Self.name, in: "pawl.db") + count(Self.name, in: "pawl.db-wal") > 500)
        // And holes, which no copy of the rows may close: their positions are what readers of the stream go on from.
        var removal = Commit()
        for id in Int64(3)...40 {
            let row = try #require(try store.instance(InstanceID(id)))
            removal.removed.append(
                EndedInstance(
                    id: row.id, name: row.name, revision: row.revision,
                    endedAt: Timestamp(seconds: 1)))
            revisions[id] = nil
        }
        try store.commit([removal])
        let positions = try store.journal(after: 0, count: 5_000).map(\.position)
        for id in Int64(1)...500 where revisions[id] != nil {
            let revision = (revisions[id] ?? 0) + 1
            var commit = write(id, revision, "[erased]", 100)
            commit.rewritten = try store.rows(
                of: InstanceID(id), InstanceName(workflow: "w", key: "\(id)")
            )
            .map { row in
                let text = row.data.description.replacingOccurrences(
                    of: Self.name, with: "[erased]")
                return InstanceRow(
                    instance: row.instance, name: row.name, place: row.place,
                    data: try Value(storedJSON: Array(text.utf8)))
            }
            commit.forgets = id == 500
            commits.append(commit)
            guard commits.count == 50 || commit.forgets else { continue }
            try store.commit(commits)
            commits = []
        }
        for file in ["pawl.db", "pawl.db-wal", "pawl.db-shm"] {
            #expect(try count(Self.name, in: file) == 0, "\(file)")
        }
        #expect(try !store.hasRemains())
        let after = try store.journal(after: 0, count: 5_000).map(\.position)
        #expect(Array(after.prefix(positions.count)) == positions)
        #expect(try store.check().isEmpty)
    }

    /// It is not known when the reader goes.
    @Test func whatAReaderHeldUpIsDoneOnceItIsGone() throws {
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        try store.commit([write(1, 1, Self.name, 10)])
        let reader = try Connection(path: folder.file("pawl.db"), access: .readOnly)
        try reader.snapshot { (connection) throws(StoreError) in
            _ = try connection.prepare("SELECT count(*) FROM instances")
                .first { (row) throws(StoreError) in row.int(0) }
            var commit = write(1, 2, "[erased]", 10)
            commit.rewritten = [
                InstanceRow(
                    instance: InstanceID(1), name: InstanceName(workflow: "w", key: "1"),
                    place: .history(last: 1), data: [[1, 1_000, "started", [:]]])
            ]
            commit.forgets = true
            try store.commit([commit])
            store.tidy()
            #expect(try store.hasRemains())
        }
        store.tidy()
        #expect(try !store.hasRemains())
        #expect(try count(Self.name, in: "pawl.db") == 0)
        #expect(try count(Self.name, in: "pawl.db-wal") == 0)
        store.tidy()
        #expect(try !store.hasRemains())
    }

    @Test func whatAReaderHeldUpIsDoneAtTheNextStart() throws {
        do {
            let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
            try store.commit([write(1, 1, Self.name, 10)])
            // A reader of a moment before.
            let reader = try Connection(
                path: folder.file("pawl.db"), access: .readOnly)
            try reader.snapshot { (connection) throws(StoreError) in
                _ = try connection.prepare("SELECT count(*) FROM instances")
                    .first { (row) throws(StoreError) in row.int(0) }
                var commit = write(1, 2, "[erased]", 10)
                commit.rewritten = [
                    InstanceRow(
                        instance: InstanceID(1), name: InstanceName(workflow: "w", key: "1"),
                        place: .history(last: 1), data: [[1, 1_000, "started", [:]]])
                ]
                commit.forgets = true
                try store.commit([commit])
                #expect(try store.hasRemains())
            }
        }
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        #expect(try !store.hasRemains())
        #expect(try count(Self.name, in: "pawl.db") == 0)
        #expect(try count(Self.name, in: "pawl.db-wal") == 0)
    }
}
