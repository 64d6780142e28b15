import Engine
import Execution
import Resources
import Testing
import Values

/// One instance that misbehaves must not hold up the others.
@Suite struct PoisonTests {
    private static let overwriting = """
        workflow: w
        version: 1
        initial: a
        states:
          a:
            invoke:
              task: shop.overwrite
              retry: {maximumAttempts: 3, initialInterval: 1s, jitter: false}
              onDone: b
          b: {type: final}
        """

    private static let goingBack = """
        workflow: w
        version: 1
        context: {rounds: {type: integer, default: 0}}
        initial: a
        states:
          a:
            after:
              '${timestamp("2020-01-01T00:00:00Z")}':
                - {guard: context.rounds < 3, target: a, reenter: true, actions: {assign: {rounds: '${context.rounds + 1}'}}}
                - {target: b}
          b: {type: final}
        """

    @Test func anOperationThatOverwritesWhatItDidNotReadIsGivenUpInPlace() throws {
        var bench = try Bench(try Catalog([Self.overwriting]))
        _ = try bench.ask(.start("1"))
        #expect(try bench.states("w", "1") == ["b"])
        _ = try bench.ask(.start("2"))
        for _ in 0..<3 {
            bench.now = bench.now + .seconds(10)
            try bench.settle()
        }
        let run = try #require(try bench.run("w", "2"))
        #expect(run.incidents.map(\.error.name) == ["conflict"])
        #expect(run.activations.first?.attempts == 3)
        let records = try bench.store.records(RecordQuery(collection: "counters", selection: .all))
        #expect(records.records.map(\.revision) == [1])
    }

    @Test func aTimerThatIsSetAgainWithItsPastDueTimeFiresAgain() throws {
        var bench = try Bench(try Catalog([Self.goingBack]))
        _ = try bench.ask(.start("1"))
        for _ in 0..<5 { try bench.settle() }
        #expect(try bench.states("w", "1") == ["b"])
    }

    // MARK: Rows that cannot be read

    @Test func aDamagedRowIsShownAndHoldsNothingUp() throws {
        let catalog = try Catalog([Flows.steps])
        var before = try Bench(catalog)
        _ = try before.ask(.start("1"))
        _ = try before.ask(.start("2"))
        try damage("1", in: before.store)
        var bench = try Bench(catalog, store: before.store)
        let problem = try bench.ask(.event("go", to: "1"))?.problem
        #expect(problem?.code == .internalError)
        #expect(problem?.message.hasPrefix("the row of w/1 in the database is damaged: ") == true)
        #expect(try bench.ask(.event("go", to: "2"))?.receipt == Receipt(.applied))

        let inspector = Inspector(store: bench.store, catalog: catalog, now: bench.now)
        let views = try inspector.views(InstanceFilter(), count: 10).views
        #expect(views.map(\.health) == [.waiting, .blocked])
        #expect(views.last?.blockers.map(\.kind) == [.rowDamaged])
        #expect(views.last?.document()["name"] == "w/1")
        #expect(views.last?.document()["context"] == nil)
    }

    private func damage(_ key: String, in store: any Store) throws {
        let row = try #require(try store.instance(named: InstanceName(workflow: "w", key: key)))
        var commit = Commit()
        commit.instance = InstanceWrite(
            id: row.id, name: row.name, version: row.version, status: row.status,
            revision: row.revision + 1, summary: row.summary, body: Array(row.body.dropLast(9)))
        try store.commit([commit])
    }

    // MARK: Instances that take the process down

    /// As a start after the third death finds it.
    private struct Deaths: ClaimLog {
        var parked: Set<InstanceID> = [InstanceID(1)]

        func claim(_ id: InstanceID, work: UInt64) {}
        func release() {}
        func takeUntold() -> [(id: InstanceID, deaths: Int)] {
            parked.map { (id: $0, deaths: 3) }
        }
    }

    @Test func anInstanceThatStoppedTheServerAgainAndAgainIsParkedAlone() throws {
        let catalog = try Catalog([Flows.steps])
        var before = try Bench(catalog)
        _ = try before.ask(.start("1"))
        _ = try before.ask(.start("2"))
        var bench = try Bench(catalog, store: before.store, claims: Deaths())
        _ = try bench.machine.recover(now: bench.now)
        try bench.settle()
        #expect(try bench.ask(.event("go", to: "1"))?.problem?.code == .notApplicable)
        #expect(try bench.ask(.event("go", to: "2"))?.receipt == Receipt(.applied))

        let inspector = Inspector(store: bench.store, catalog: catalog, now: bench.now)
        let view = try inspector.view(InstanceName(workflow: "w", key: "1"))
        #expect(view.blockers.first?.kind == .suspended)
        #expect(view.why.hasPrefix("Suspended: deciding it stopped the server 3 times in a row"))
        #expect(view.health == .blocked)
    }

    @Test func anotherVersionMayRetryIt() throws {
        let catalog = try Catalog([Flows.steps])
        var before = try Bench(catalog, claims: Deaths())
        _ = try before.ask(.start("1"))
        _ = try before.machine.recover(now: before.now)
        try before.settle()
        var bench = try Bench(catalog, store: before.store)
        let states = try bench.states("w", "1")
        #expect(try bench.ask(.event("go", to: "1"))?.receipt?.outcome == .held)
        let name = InstanceName(workflow: "w", key: "1")
        let inspector = {
            try Inspector(store: bench.store, catalog: catalog, now: bench.now).view(name)
        }
        #expect(try inspector().blockers.map(\.kind) == [.suspended])
        _ = try bench.ask(.operate(name, .retry, isDry: false))
        #expect(try inspector().blockers.contains { $0.kind == .suspended } == false)
        #expect(try bench.states("w", "1") != states, "the event that waited was taken")
    }
}
