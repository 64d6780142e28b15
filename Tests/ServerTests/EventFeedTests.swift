import Definition
import Engine
import Execution
import Logging
import MemoryStore
import Synchronization
import Testing
import Values

@testable import Server

/// The stream of everything that happened, read without a server around it.
@Suite(.timeLimit(.minutes(10))) struct EventFeedTests {
    private struct Stillness: StoreClock {
        func now() -> Timestamp { Timestamp(seconds: 1_800_000_000) }
        func delay(until moment: Timestamp) -> Duration { .seconds(3_600) }
    }

    /// Two workflows, three instances; commits of one, two and three entries.
    private static func store(_ rounds: Int = 3, at second: Int64 = 0) throws -> MemoryStore {
        let store = MemoryStore()
        for round in 0..<rounds {
            for id in 1...3 {
                var commit = Commit()
                commit.history = (1...id).map { number in
                    HistoryEntry(
                        instance: InstanceID(Int64(id)), sequence: Int64(round * id + number),
                        at: Timestamp(seconds: 1_800_000_000 + second + Int64(round)),
                        kind: number == 1 ? "transition" : "call.started",
                        data: ["workflow": id == 1 ? "loan" : "book"])
                }
                try store.commit([commit])
            }
        }
        return store
    }

    private struct Block: Equatable {
        var id = ""
        var event: String?
        var data: Value?
    }

    /// What a reader gets until nothing more has happened.
    private func read(
        _ store: any Store, after text: String?, _ filter: EventFeed.Filter = EventFeed.Filter()
    ) async throws -> [Block] {
        let engine = Engine(
            store: store, catalog: Catalog(workflows: [], adapters: [], local: NoOperations()),
            clock: Stillness(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let place = try #require(try LiveStreams().take())
        let start = text.flatMap(JournalPosition.init)
        let feed = EventFeed(
            store: store, catalog: engine.catalog, namespace: "test",
            feed: engine.feed(limit: 0), filter: filter, start: start,
            isLost: text != nil && start == nil, place: place)
        let bytes = Mutex<[UInt8]>([])
        // What is there is written before it waits for more.
        feed.leave()
        try await feed.run { part in bytes.withLock { $0 += part } }
        let text = String(decoding: bytes.withLock { $0 }, as: UTF8.self)
        return try text.split(separator: "\n\n").dropFirst().map { part in
            var block = Block()
            for line in part.split(separator: "\n") {
                let value = String(
                    line[line.index(after: line.firstIndex(of: " ") ?? line.startIndex)...])
                if line.hasPrefix("id: ") { block.id = value }
                if line.hasPrefix("event: ") { block.event = value }
                if line.hasPrefix("data: ") { block.data = try JSON.parse(value) }
            }
            return block
        }
    }

    private func events(_ blocks: [Block]) -> [Block] { blocks.filter { $0.event != nil } }

    @Test func whoComesBackMissesNothingAndHearsNothingTwice() async throws {
        let store = try Self.store()
        let all = events(try await read(store, after: "0"))
        #expect(all.count == 18)
        let ids = all.compactMap { $0.data?["id"]?.stringValue }
        #expect(Set<ExactText>(ids).count == 18)
        #expect(ids.prefix(6) == ["1.1", "2.1", "2.2", "3.1", "3.2", "3.3"])
        for (index, block) in all.enumerated() {
            let rest = events(try await read(store, after: block.id))
            #expect(rest == Array(all[(index + 1)...]), "behind \(block.id)")
        }
    }

    @Test func whoSaysNothingHearsWhatComesFromNowOn() async throws {
        let store = try Self.store()
        let blocks = try await read(store, after: nil)
        #expect(events(blocks).isEmpty)
        let position = try #require(blocks.first?.id)
        var commit = Commit()
        commit.history = [
            HistoryEntry(
                instance: InstanceID(9), sequence: 1, at: Timestamp(seconds: 1_800_000_100),
                kind: "started", data: .null)
        ]
        try store.commit([commit])
        let next = events(try await read(store, after: position))
        #expect(next.map(\.event) == ["started"])
        #expect(next.first?.data?["type"] == "dev.pawl.started")
    }

    @Test func anotherDatabaseIsTold() async throws {
        let first = events(try await read(try Self.store(), after: "0"))
        // The same numbers, another day.
        let other = try Self.store(at: 86_400)
        let blocks = try await read(other, after: first[4].id)
        #expect(events(blocks).map(\.event) == ["gap"])
        #expect(blocks.first?.data?["reason"]?.stringValue?.contains("another database") == true)
        // It goes on from where the gap says, and is not told of it again.
        #expect(events(try await read(other, after: blocks.first?.id)).isEmpty)
        let older = events(try await read(try Self.store(1), after: first[17].id))
        #expect(older.map(\.event) == ["gap"], "restored from a backup")
        #expect(events(try await read(other, after: "nonsense")).map(\.event) == ["gap"])
    }

    /// What retention takes away before somebody has read it.
    @Test func whatWentUnreadIsTold() async throws {
        let store = try Self.store()
        let name = InstanceName(workflow: "book", key: "2")
        let end = Timestamp(seconds: 1_800_000_000)
        var commit = Commit()
        commit.instance = InstanceWrite(
            id: InstanceID(2), name: name, version: 1, status: .completed, revision: 1,
            summary: InstanceSummary(
                states: [], startedAt: end, updatedAt: end, endedAt: end, overdueAt: nil,
                incidents: 0, isRetrying: false, search: []),
            body: Array("{}".utf8))
        try store.commit([commit])
        let all = events(try await read(store, after: "0"))
        var removal = Commit()
        removal.removed = [
            EndedInstance(id: InstanceID(2), name: name, revision: 1, endedAt: end)
        ]
        try store.commit([removal])
        let left = all.filter { $0.data?["id"]?.stringValue?.hasPrefix("2.") == false }
        #expect(events(try await read(store, after: "0")) == left)
        // Who had read all of it misses nothing.
        #expect(events(try await read(store, after: all.last?.id)).isEmpty)
        let behind = events(try await read(store, after: all[0].id))
        #expect(behind.first?.event == "gap")
        #expect(behind.first?.id == all[0].id)
        #expect(Array(behind.dropFirst()) == Array(left.dropFirst()))
        let gone = events(try await read(store, after: all[1].id))
        #expect(gone.first?.event == "gap")
        #expect(Array(gone.dropFirst()) == Array(left.dropFirst()))
    }

    @Test func readersChooseByWorkflowAndKind() async throws {
        let store = try Self.store()
        var filter = EventFeed.Filter()
        filter.workflows = ["loan"]
        #expect(events(try await read(store, after: "0", filter)).count == 3)
        filter = EventFeed.Filter()
        filter.kinds = ["call.*"]
        let calls = try await read(store, after: "0", filter)
        #expect(events(calls).count == 9)
        #expect(events(calls).allSatisfy { $0.event == "call.started" })
        filter.kinds = ["transition", "nothing"]
        #expect(events(try await read(store, after: "0", filter)).count == 9)
    }

    @Test(arguments: ["", "x", "1.2", "-1", "1.0.123", "1.-1.12345678", "1.0.12345678.9"])
    func whatIsNoPositionIsNone(text: String) {
        #expect(JournalPosition(text) == nil)
    }
}
