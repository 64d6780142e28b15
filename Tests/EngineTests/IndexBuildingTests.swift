import Execution
import MemoryStore
import Testing
import Values

@testable import Engine

/// Indexes are there before anything reads them, and show what is decided and not flushed.
@Suite struct IndexBuildingTests {
    private static let byN = IndexDeclaration(
        collection: "counters", parts: [IndexPart(.value, ["n"])])
    private static let byTag = IndexDeclaration(
        collection: "counters", parts: [IndexPart(.elements, ["tags"]), IndexPart(.value, ["n"])])

    private static func write(
        _ id: String, over revision: Int64 = 0, _ body: Value?,
        _ indexes: RecordIndexes = RecordIndexes()
    ) -> RecordWrite {
        indexes.indexed(
            RecordWrite(
                collection: "counters", id: id, group: "", expectedRevision: revision, body: body))
    }

    private static func commit(_ writes: [RecordWrite]) -> Commit {
        var commit = Commit()
        commit.records = writes
        return commit
    }

    private static func query(
        _ declaration: IndexDeclaration, _ lower: [UInt8] = [], _ upper: [UInt8] = SortKey.end,
        isDescending: Bool = false, limit: Int = 100
    ) -> RecordQuery {
        RecordQuery(
            collection: "counters",
            selection: .index(
                IndexScan(
                    index: declaration.name, lower: lower, upper: upper,
                    isDescending: isDescending)), limit: limit)
    }

    @Test func whatIsNewOrUnfinishedIsBuiltAndTheRestLetGo() throws {
        let store = MemoryStore()
        let rows = (0..<2_500).map { Self.write("\($0)", ["n": .int(Int64($0))]) }
        try store.commit([Self.commit(rows)])
        let indexes = RecordIndexes([Self.byN])
        #expect(try IndexBuilding.prepare(store, for: indexes) == 2_500)
        #expect(try store.records(Self.query(Self.byN, limit: 9_999)).records.count == 2_500)
        #expect(try IndexBuilding.prepare(store, for: indexes) == 0)
        // The process stopped while it was built.
        let both = RecordIndexes([Self.byN, Self.byTag])
        try store.declare(both.names, areBuilt: false)
        #expect(try IndexBuilding.prepare(store, for: both) == 2_500)
        #expect(try IndexBuilding.differences(store, both).isEmpty)
        #expect(try IndexBuilding.prepare(store, for: RecordIndexes()) == 0)
        #expect(try store.indexes().isEmpty)
    }

    @Test func anEntryThatDisagreesIsFound() throws {
        let store = MemoryStore()
        let indexes = RecordIndexes([Self.byN])
        try IndexBuilding.prepare(store, for: indexes)
        try store.commit([
            Self.commit([Self.write("a", ["n": 1], indexes), Self.write("b", ["n": 2])])
        ])
        #expect(
            try IndexBuilding.differences(store, indexes)
                == ["the record counters/b is indexed otherwise than it is"])
    }

    /// Beside a store that has everything at once, a view over one that is behind gives the same answers.
    @Test(arguments: UInt64(1)...10)
    func whatIsNotFlushedStandsInItsPlace(seed: UInt64) throws {
        var random = seed
        func next(_ count: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % count
        }
        let indexes = RecordIndexes([Self.byN, Self.byTag])
        let (behind, whole) = (MemoryStore(), MemoryStore())
        try IndexBuilding.prepare(behind, for: indexes)
        try IndexBuilding.prepare(whole, for: indexes)
        var view = RecordView()
        var revisions: [Int: Int64] = [:]
        var waiting: [[RecordWrite]] = []
        for _ in 0..<60 {
            let id = next(12)
            let tags = ["x", "y", "x"].prefix(next(4)).map { Value.string($0) }
            let body: Value? =
                next(5) == 0 ? .none : ["n": .int(Int64(next(4))), "tags": .list(Array(tags))]
            let revision = revisions[id] ?? 0
            if body == nil, revision == 0 { continue }
            let write = Self.write("\(id)", over: revision, body, indexes)
            revisions[id] = body == nil ? 0 : revision + 1
            try whole.commit([Self.commit([write])])
            view.decided([write])
            waiting.append([write])
            if waiting.count > next(8) {
                let flushed = waiting.removeFirst()
                try behind.commit([Self.commit(flushed)])
                view.flushed(flushed)
            }
            for declaration in [Self.byN, Self.byTag] {
                let lower = next(2) == 0 ? [] : SortKey.encode(.string("y")) ?? []
                let query = Self.query(
                    declaration, lower, isDescending: next(2) == 0, limit: 1 + next(9))
                let expected = try whole.records(query)
                let found = try view.records(query, from: behind)
                #expect(found.keys == expected.keys)
                #expect(found.records.map(\.id) == expected.records.map(\.id))
                #expect(found.records.map(\.body) == expected.records.map(\.body))
            }
        }
    }
}
