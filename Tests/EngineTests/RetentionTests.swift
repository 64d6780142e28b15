import Definition
import Execution
import Logging
import MemoryStore
import Synchronization
import Testing
import Values

@testable import Engine

/// What ended long ago goes, once the archive has it, and comes back (G19).
@Suite(.timeLimit(.minutes(10))) struct RetentionTests {
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
        ) throws(StoreError) -> ArchiveMark? {
            if let refusal = state.withLock({ $0.refusal }) { throw refusal }
            state.withLock { $0.documents += documents }
            return ArchiveMark(file: "memory", chain: String(self.documents.count))
        }

        func find(_ name: InstanceName) throws(StoreError) -> InstanceDocument? {
            state.withLock { $0.documents.last { $0.name == name } }
        }

        func rewrite(
            _ workflow: String, where text: String,
            _ change: (InstanceDocument) throws(StoreError) -> InstanceDocument?
        ) throws(StoreError) -> Int {
            var (all, count) = (documents, 0)
            for index in all.indices where all[index].name.workflow == workflow {
                guard let next = try change(all[index]) else { continue }
                all[index] = next
                count += 1
            }
            let changed = all
            state.withLock { $0.documents = changed }
            return count
        }

        var workflows: [String] { Set(documents.map(\.name.workflow)).sorted() }
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
            #expect(counted.records.first?.body["archive"]?["chain"] == "5")
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

    // MARK: Erased

    private static let personal = Flows.flow(
        """
        retention: 400d
        input:
          type: object
          properties:
            client: {type: string}
            street: {type: string, x-personal: client}
        search: {client: input.client}
        persons: [client]
        output: {text: 'to ${input.street}'}
        events: {go: {}}
        initial: a
        states:
          a: {on: {go: {target: b, actions: {log: 'at ${input.street}'}}}}
          b: {type: final}
        """)

    @Test func whatIsGoneIsErasedLikeWhatIsThere() async throws {
        try await withDesk([Self.personal]) { place in
            for (key, client) in [("1", "c-4"), ("2", "c-5"), ("3", "c-4"), ("4", "c-4")] {
                let name = InstanceName(workflow: "w", key: key)
                _ = try await place.engine.start(
                    StartCommand(
                        name: name,
                        input: [
                            "client": .string(client), "street": .string("\(client)street 17"),
                        ]))
                try await place.go(key)
                if key == "2" { place.clock.pass(Self.year) }
            }
            #expect(await place.desk.sweep() == 2)
            let erasure = try await place.engine.erase(
                "client", "c-4", reason: "asked for it", by: Self.admin)
            try await Self.through(erasure.order.number, place)
            await place.desk.eraseArchived()
            let documents = place.archive.documents
            let texts = documents.map { String(decoding: JSON.encode($0.encoded), as: UTF8.self) }
            #expect(!texts[0].contains("street 17"))
            #expect(texts[0].contains("to [erased]") && texts[0].contains("c-4"))
            #expect(texts[1].contains("c-5street 17"))
            #expect(
                documents[0].history.map(\.sequence) == Array(1...Int64(documents[0].history.count))
            )
            #expect(documents[0].history.last?.kind == "erased")
            let done = try ArchiveErasure.find(erasure.order.number, in: place.store)
            #expect(done?.erased == 1)
            // It is put back as it is now.
            let document = try #require(try await place.desk.find(documents[0].name))
            try await place.engine.restore(
                document, until: place.clock.now() + .seconds(9), actor: Self.admin)
            let view = try place.engine.inspector.view(document.name)
            #expect(view.run.output?["text"] == "to [erased]")
            #expect(view.run.isErased(for: "client"))
            // Once is enough.
            await place.desk.eraseArchived()
            #expect(place.archive.documents == documents)
        }
    }

    /// Until it has found all there is in the database. Whatever is asked wakes the engine, whose clock stands still.
    private static func through(_ number: Int64, _ place: Place) async throws {
        for turn in 0..<100 where try place.engine.inspector.erasure(number).isSearching {
            try await place.run("turn-\(turn)")
            place.clock.pass(.seconds(11))
        }
        #expect(try !place.engine.inspector.erasure(number).isSearching)
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
