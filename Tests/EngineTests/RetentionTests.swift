import Definition
import Execution
import Logging
import MemoryStore
import Synchronization
import Testing
import Values

@testable import Engine

/// What ended long ago goes, once the archive has it, and comes back (G20).
@Suite(.timeLimit(.minutes(1))) struct RetentionTests {
    private static let year = Duration.seconds(400 * 86_400)
    private static let admin = Actor(role: "admin", subject: "ana")
    private static let flow = Flows.flow(
        """
        retention: 400d
        input: {type: object, properties: {n: {type: integer, default: 1}}}
        search: {n: input.n}
        events: {go: {}}
        initial: a
        states:
          a: {on: {go: b}}
          b: {type: final}
        """)
    private static let parents = Flows.flow(
        """
        retention: 90d
        events: {go: {}}
        initial: a
        states:
          a: {invoke: {workflow: w, key: "'child'", onDone: b}}
          b: {on: {go: c}}
          c: {type: final}
        """, name: "parents")

    /// Time goes on when the test says so.
    private final class HandClock: StoreClock {
        private let moment = Mutex(Bench.morning)

        func now() -> Timestamp { moment.withLock { $0 } }
        func delay(until moment: Timestamp) -> Duration { .seconds(3_600) }
        func pass(_ duration: Duration) { moment.withLock { $0 = $0 + duration } }
    }

    private final class MemoryArchive: ArchiveStore {
        private let state = Mutex((documents: [InstanceDocument](), refusal: StoreError?.none))
        let contents: any ContentStore = MemoryContents()

        func append(
            _ documents: [InstanceDocument], with contents: (any ContentStore)?, now: Timestamp
        ) throws(StoreError) {
            if let refusal = state.withLock({ $0.refusal }) { throw refusal }
            state.withLock { $0.documents += documents }
        }

        func find(_ name: InstanceName) throws(StoreError) -> InstanceDocument? {
            state.withLock { $0.documents.last { $0.name == name } }
        }

        var documents: [InstanceDocument] { state.withLock { $0.documents } }
        func refuse(_ error: StoreError?) { state.withLock { $0.refusal = error } }
    }

    private struct Place {
        let store: MemoryStore
        let engine: Engine
        let archive: MemoryArchive
        let clock: HandClock
        let desk: RetentionDesk

        func run(_ key: String, workflow: String = "w") async throws {
            let name = InstanceName(workflow: workflow, key: key)
            _ = try await engine.start(StartCommand(name: name, input: [:]))
            try await go(key, workflow: workflow)
        }

        func go(_ key: String, workflow: String = "w") async throws {
            let name = InstanceName(workflow: workflow, key: key)
            let event = InboundEvent(id: "go-\(key)", name: "go", data: [:], sender: .system)
            _ = try await engine.send(EventCommand(address: .instance(name), event: event))
        }

        func keys(_ workflow: String = "w") throws -> [String] {
            let query = InstanceQuery(
                terms: [.workflow(workflow)], now: clock.now(), before: nil, count: 100)
            return try store.list(query).instances.map(\.name.key).reversed()
        }
    }

    private func withDesk(
        _ flows: [String] = [flow], periods: [ExactText: Duration] = [:],
        _ body: @Sendable (Place) async throws -> Void
    ) async throws {
        let (store, clock, archive) = (MemoryStore(), HandClock(), MemoryArchive())
        let engine = Engine(
            store: store, catalog: try Catalog(flows), clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var limits = RetentionLimits()
        // The test sweeps by itself.
        limits.sweep = .seconds(86_400)
        limits.batch = 2
        limits.share = 1
        try await withThrowingTaskGroup(of: Void.self) { group in
            engine.connect(MemoryContents())
            group.addTask { try await engine.run() }
            engine.connect(archive, periods: periods, limits: limits)
            let desk = try #require(engine.retention)
            try await body(
                Place(store: store, engine: engine, archive: archive, clock: clock, desk: desk))
            group.cancelAll()
        }
    }

    @Test func whatEndedLongAgoGoesOnceTheArchiveHasIt() async throws {
        try await withDesk { place in
            for key in ["1", "2", "3", "4", "5"] { try await place.run(key) }
            place.clock.pass(Self.year - .seconds(1))
            #expect(await place.desk.sweep() == 0)
            place.clock.pass(.seconds(2))
            try await place.run("young")
            #expect(await place.desk.sweep() == 5)
            #expect(try place.keys() == ["young"])
            let documents = place.archive.documents
            #expect(documents.map(\.name.key) == ["1", "2", "3", "4", "5"])
            #expect(documents.first?.history.last?.kind == "ended")
            #expect(documents.first?.receipts.map(\.eventID) == ["go-1"])
            #expect(await place.desk.sweep() == 0)
            let counted = try place.store.records(
                RecordQuery(collection: RetentionRecord.collection, selection: .id("w")))
            #expect(counted.records.first?.body["removed"] == 5)
        }
    }

    @Test func whatIsNotDeclaredIsKeptForEver() async throws {
        let flow = Self.flow.replacing("retention: 400d\n", with: "")
        try await withDesk([flow]) { place in
            for key in ["1", "2"] { try await place.run(key) }
            place.clock.pass(Self.year * 100)
            #expect(await place.desk.sweep() == 0)
        }
        try await withDesk([flow], periods: ["w": .seconds(90 * 86_400)]) { place in
            for key in ["1", "2", "3"] { try await place.run(key) }
            place.clock.pass(Self.year)
            #expect(await place.desk.sweep() == 2)
        }
    }

    @Test func nothingGoesThatTheArchiveDoesNotTake() async throws {
        try await withDesk { place in
            for key in ["1", "2", "3"] { try await place.run(key) }
            place.clock.pass(Self.year + .seconds(1))
            place.archive.refuse(.unavailable("the disk is full"))
            #expect(await place.desk.sweep() == 0)
            #expect(place.desk.failure == "the disk is full")
            #expect(try place.keys() == ["1", "2", "3"])
            place.archive.refuse(nil)
            #expect(await place.desk.sweep() == 2)
            #expect(place.desk.failure == nil)
        }
    }

    /// The newest one stays: its number must not be given out again.
    @Test func aNameThatIsGoneIsFreeAndNoNumberComesTwice() async throws {
        try await withDesk { place in
            for key in ["1", "2"] { try await place.run(key) }
            place.clock.pass(Self.year + .seconds(1))
            #expect(await place.desk.sweep() == 1)
            #expect(try place.keys() == ["2"])
            try await place.run("1")
            let again = try place.store.instance(named: InstanceName(workflow: "w", key: "1"))
            #expect(again?.id == InstanceID(3))
        }
    }

    @Test func aChildStaysAsLongAsItsParentGoesOn() async throws {
        try await withDesk([Self.flow, Self.parents], periods: ["w": .seconds(86_400)]) { place in
            let parent = InstanceName(workflow: "parents", key: "p")
            _ = try await place.engine.start(StartCommand(name: parent, input: [:]))
            try await place.go("child")
            place.clock.pass(Self.year)
            for key in ["other", "last"] { try await place.run(key) }
            place.clock.pass(Self.year)
            #expect(await place.desk.sweep() == 1)
            #expect(try place.keys() == ["child", "last"])
            try await place.go("p", workflow: "parents")
            try await place.run("newest")
            #expect(await place.desk.sweep() == 2)
            #expect(try place.keys() == ["newest"])
        }
    }

    // MARK: Back

    @Test func whatIsPutBackIsAsItWasAndStaysUntilThen() async throws {
        try await withDesk { place in
            for key in ["1", "2"] { try await place.run(key) }
            let name = InstanceName(workflow: "w", key: "1")
            let before = try place.engine.inspector.view(name)
            place.clock.pass(Self.year + .seconds(1))
            _ = await place.desk.sweep()
            #expect(throws: Problem.self) { try place.engine.inspector.view(name) }
            let document = try #require(try await place.desk.find(name))
            let until = place.clock.now() + .seconds(86_400)
            try await place.engine.restore(document, until: until, actor: Self.admin)
            let after = try place.engine.inspector.view(name)
            #expect(after.run.output == before.run.output)
            #expect(after.row.summary.search.map(\.name) == ["n"])
            #expect(try place.store.document(of: document.id) == document)
            await #expect(throws: Problem.self) {
                try await place.engine.restore(document, until: until, actor: Self.admin)
            }
            #expect(await place.desk.sweep() == 0)
            place.clock.pass(.seconds(86_401))
            #expect(await place.desk.sweep() == 1)
            #expect(try place.store.document(of: document.id) == nil)
            let records = try place.store.records(
                RecordQuery(collection: Restoration.collection, selection: .all))
            #expect(records.records == [])
        }
    }

    @Test func aCopyOfAnotherDatabaseIsNotPutBack() async throws {
        var document: InstanceDocument?
        let found = Mutex<InstanceDocument?>(nil)
        try await withDesk { place in
            for key in ["1", "2", "3"] { try await place.run(key) }
            let copy = try place.store.document(of: InstanceID(2))
            found.withLock { $0 = copy }
        }
        document = found.withLock { $0 }
        let copy = try #require(document)
        try await withDesk { place in
            try await place.run("1")
            await #expect(throws: Problem.self) {
                try await place.engine.restore(
                    copy, until: place.clock.now(), actor: Self.admin)
            }
            // That number is somebody else's by now.
            for key in ["8", "9"] { try await place.run(key) }
            await #expect(throws: Problem.self) {
                try await place.engine.restore(
                    copy, until: place.clock.now(), actor: Self.admin)
            }
        }
    }

    // MARK: Decided, not flushed

    @Test func whatIsAboutToGoIsNotThereForWhatIsDecidedNext() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        let name = InstanceName(workflow: "w", key: "1")
        let start = Request.start(StartCommand(name: name, input: [:]))
        _ = try bench.ask(start)
        let go = InboundEvent(id: "e", name: "go", data: [:], sender: .system)
        _ = try bench.ask(.event(EventCommand(address: .instance(name), event: go)))
        let row = try #require(try bench.store.document(of: InstanceID(1))?.ended)
        bench.submit(.remove([row]))
        bench.submit(.remove([row]))
        let again = bench.submit(start)
        try bench.settle()
        #expect(bench.reply(again) == .started(name, isNew: true))
        #expect(try bench.store.instance(named: name)?.id == InstanceID(2))
        #expect(try bench.store.instance(InstanceID(1)) == nil)
    }

    @Test func oneThatChangedSinceItWasLookedAtStays() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        let name = InstanceName(workflow: "w", key: "1")
        _ = try bench.ask(.start(StartCommand(name: name, input: [:])))
        let go = InboundEvent(id: "e", name: "go", data: [:], sender: .system)
        _ = try bench.ask(.event(EventCommand(address: .instance(name), event: go)))
        let row = try #require(try bench.store.document(of: InstanceID(1))?.ended)
        let old = EndedInstance(
            id: row.id, name: row.name, revision: row.revision - 1, endedAt: row.endedAt)
        #expect(try bench.ask(.remove([old])) == .removed([]))
        #expect(try bench.ask(.remove([row])) == .removed([InstanceID(1)]))
        #expect(try bench.ask(.remove([row])) == .removed([]))
    }
}
