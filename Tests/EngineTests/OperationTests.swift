import Definition
import Execution
import MemoryStore
import Testing
import Values

@testable import Engine

/// One action on many instances: what is done, when, and what is known of it afterwards.
@Suite("Operations on many") struct OperationTests {
    private static let olga = Actor(role: "operator", subject: "olga")

    /// Payments that the bank has declined: each needs a person.
    private func declined(_ count: Int, store: any Store = MemoryStore()) throws -> Bench {
        var bench = try Bench(try Catalog([Flows.paying]), store: store)
        for number in 1...count {
            _ = try bench.ask(.start("\(number)"))
            _ = try bench.ask(.event("pay", to: "\(number)"))
            try bench.answerLast(.declined)
        }
        return bench
    }

    private func plan(
        _ verb: ActionVerb = .retry, canary: Int = 0, rate: Double = 1, stopAfter: Int = 100
    ) -> BulkOperation.Plan {
        BulkOperation.Plan(
            verb, reason: "the bank is back", actor: Self.olga, target: .filter("workflow:w"),
            canary: canary, rate: rate, stopAfter: stopAfter)
    }

    // MARK: Pace

    @Test func oneAfterTheOtherIsTriedAtTheRate() throws {
        var bench = try declined(3)
        let calls = bench.calls.count
        try bench.begin(1, plan(rate: 0.5))
        #expect(bench.calls.count == calls + 1)
        // A moment before the next is due, and at that moment.
        try bench.pass(.milliseconds(1_999))
        #expect(bench.calls.count == calls + 1)
        #expect(bench.machine.nextTimer == bench.now + .milliseconds(1))
        try bench.pass(.milliseconds(1))
        #expect(bench.calls.count == calls + 2)
        try bench.pass(.seconds(2))
        #expect(bench.calls.count == calls + 3)
        try bench.pass(.seconds(60))
        #expect(bench.calls.count == calls + 3)
    }

    @Test func theCanaryIsWaitedForUntilSomebodyGoesOn() throws {
        var bench = try declined(3)
        let calls = bench.calls.count
        try bench.begin(1, plan(canary: 1))
        try bench.pass(.seconds(60))
        #expect(bench.calls.count == calls + 1)
        #expect(try bench.operation(1).status == .held)
        try bench.answerLast(.succeeded([:]))
        #expect(try bench.operation(1).counts.verified == 1)
        try bench.steer(1, .continue)
        #expect(try bench.operation(1).note?.hasPrefix("continued by operator/") == true)
        try bench.pass(.seconds(1))
        #expect(bench.calls.count == calls + 3)
        #expect(try bench.operation(1).status == .running)
    }

    @Test func aCanaryOfAllHoldsNothing() throws {
        var bench = try declined(1)
        try bench.begin(1, plan(canary: 1))
        try bench.answerLast(.succeeded([:]))
        #expect(try bench.operation(1).status == .done)
    }

    // MARK: What became of each

    @Test func eachIsAcceptedThenVerifiedOrFailsAgain() throws {
        var bench = try declined(3)
        try bench.begin(1, plan())
        for outcome in [CallOutcome.succeeded([:]), .declined, .succeeded([:])] {
            #expect(try bench.operation(1).counts.unsettled == 1)
            try bench.answerLast(outcome)
            try bench.pass(.seconds(1))
        }
        let operation = try bench.operation(1)
        #expect(operation.status == .done)
        #expect(operation.counts.members.map(\.count) == [3, 3, 3, 2, 1, 0, 0, 0])
        let items = try bench.inspector.items(of: 1, in: [], after: nil, count: 10)
        #expect(items.map(\.state) == [.verified, .failedAgain, .verified])
        #expect(items[1].message?.contains("no money") == true)
        let some = try bench.inspector.items(of: 1, in: [.failedAgain], after: nil, count: 10)
        #expect(some.map(\.index) == [1])
    }

    @Test func whatIsTriedAndTriesItselfAgainIsEffectiveAndNotVerified() throws {
        var bench = try declined(1)
        try bench.begin(1, plan())
        #expect(try bench.state(1, 0) == .accepted)
        try bench.answerLast(.unreachable)
        #expect(try bench.state(1, 0) == .effective)
        #expect(try bench.operation(1).counts.effective == 1)
        #expect(try bench.operation(1).status == .running)
    }

    @Test func thePersonAndTheOperationAreInTheHistory() throws {
        var bench = try declined(1)
        try bench.begin(7, plan())
        let entry = try #require(try bench.entries("1").last { $0.kind == "retry.requested" })
        #expect(entry.data["by"] == "operator/olga")
        #expect(entry.data["reason"] == "the bank is back (operation 7)")
    }

    @Test func whatCannotBeDoneToOneIsRefusedAndTheOthersAreDone() throws {
        var bench = try declined(2)
        _ = try bench.ask(.start("fresh"))
        try bench.begin(1, plan())
        try bench.pass(.seconds(1))
        try bench.pass(.seconds(1))
        let items = try bench.inspector.items(of: 1, in: [.refused], after: nil, count: 10)
        #expect(items.map(\.name.key) == ["fresh"])
        #expect(items.first?.message?.contains("no open incident") == true)
        #expect(try bench.operation(1).counts.accepted == 2)
    }

    @Test func whatHasMovedOnMeanwhileIsLeftAlone() throws {
        var bench = try declined(2)
        try bench.begin(1, plan())
        // The newest is first; somebody else sees to the other one.
        _ = try bench.ask(.operateOn("1", .pause))
        let calls = bench.calls.count
        try bench.pass(.seconds(1))
        #expect(try bench.state(1, 1) == .movedOn)
        #expect(bench.calls.count == calls)
        #expect(try bench.operation(1).counts.movedOn == 1)
    }

    // MARK: Migrating

    private static func versions(_ place: String, _ number: Int) -> String {
        """
        workflow: w
        version: \(number)
        events: {go: {}, rest: {}}
        initial: a
        states:
          a: {on: {go: \(place), rest: b}}
          \(place): {on: {rest: b}}
          b: {type: final}
        """
    }

    private func migration(_ bench: inout Bench) throws {
        try bench.begin(
            1,
            BulkOperation.Plan(
                .migrate, ["to": 2], reason: "r", actor: Self.olga, target: .filter("workflow:w"),
                canary: 1, rate: 1, stopAfter: 100))
    }

    @Test func manyComeOverWhereverTheyHaveGotTo() throws {
        var bench = try Bench(
            try Catalog([Self.versions("c", 1)], kept: [Self.versions("c", 2)]))
        for key in ["1", "2", "3", "4"] { _ = try bench.ask(.start(key)) }
        try migration(&bench)
        #expect(try bench.operation(1).status == .held)
        #expect(try bench.operation(1).counts.verified == 1)
        // The newest is first. Of the others one moves meanwhile, one ends and one is seen to by somebody.
        _ = try bench.ask(.event("go", to: "3"))
        _ = try bench.ask(.event("rest", to: "2"))
        _ = try bench.ask(.operateOn("1", .migrate(to: 2)))
        try bench.steer(1, .continue)
        try bench.pass(.seconds(1))
        try bench.pass(.seconds(1))
        let operation = try bench.operation(1)
        #expect(operation.status == .done)
        #expect(operation.counts.verified == 2)
        #expect(operation.counts.skipped == 2)
        #expect(try bench.inspector.view(InstanceName(workflow: "w", key: "3")).run.version == 2)
    }

    @Test func thoseThatCannotComeOverAreNamedBeforehandAndRefused() throws {
        let newer = Self.versions("d", 2)
        var bench = try Bench(try Catalog([Self.versions("c", 1)], kept: [newer]))
        for key in ["1", "2"] { _ = try bench.ask(.start(key)) }
        _ = try bench.ask(.event("go", to: "1"))
        let old = try #require(bench.machine.catalog.definition("w", version: 1))
        let new = try #require(bench.machine.catalog.definition("w", version: 2))
        let found = try bench.inspector.stranded(from: old, to: new)
        #expect(found.checked == 2)
        #expect(found.instances.map(\.name.key) == ["1"])
        #expect(found.instances.first?.reasons.map(\.pointer) == ["/states/c"])
        #expect(VersionMap(from: old, to: new).gaps.map(\.state) == ["c"])
        try migration(&bench)
        try bench.steer(1, .continue)
        try bench.pass(.seconds(1))
        let items = try bench.inspector.items(of: 1, in: [.refused], after: nil, count: 10)
        #expect(items.map(\.name.key) == ["1"])
        #expect(items.first?.message?.contains("no place for this state") == true)
    }

    /// Somebody resumes all of a workflow, of which few are paused.
    @Test func thoseThatAreSoAlreadyArePassedOverAndStopNothing() throws {
        var bench = try declined(6)
        for key in ["1", "4"] { _ = try bench.ask(.operateOn(key, .pause)) }
        try bench.begin(1, plan(.resume, canary: 1, stopAfter: 1))
        // The newest two are not paused: the first that is tried is the canary, and nobody waits for the others.
        #expect(try bench.operation(1).status == .held)
        #expect(try bench.operation(1).counts.skipped == 2)
        #expect(try bench.run("w", "4")?.pause == nil)
        #expect(try bench.run("w", "1")?.pause != nil)
        try bench.steer(1, .continue)
        try bench.pass(.seconds(1))
        let operation = try bench.operation(1)
        #expect(operation.status == .done)
        #expect(operation.counts.skipped == 4)
        #expect(operation.counts.accepted == 2)
        #expect(operation.counts.failures == 0)
        #expect(try bench.run("w", "1")?.pause == nil)
        let items = try bench.inspector.items(of: 1, in: [.skipped], after: nil, count: 10)
        #expect(items.allSatisfy { $0.message == "it is not paused" })
    }

    @Test func whatWasPausedMeanwhileIsNotPausedTwice() throws {
        var bench = try declined(2)
        try bench.begin(1, plan(.pause))
        _ = try bench.ask(.operateOn("1", .pause))
        try bench.pass(.seconds(1))
        #expect(try bench.state(1, 1) == .skipped)
        #expect(try bench.operation(1).status == .done)
    }

    @Test func ofTwoOperationsOnOneInstanceOneActs() throws {
        var bench = try declined(2)
        let calls = bench.calls.count
        try bench.begin([1, 2], plan())
        try bench.pass(.seconds(1))
        try bench.pass(.seconds(1))
        #expect(bench.calls.count == calls + 2)
        let counts = try [bench.operation(1), bench.operation(2)].map(\.counts)
        #expect(counts.reduce(0) { $0 + $1.accepted } == 2)
        #expect(counts.reduce(0) { $0 + $1.movedOn } == 2)
    }

    @Test func whoEndsThemIsToldSo() throws {
        var bench = try declined(2)
        try bench.begin(1, plan(.terminate))
        try bench.pass(.seconds(1))
        #expect(try bench.operation(1).status == .done)
        #expect(try bench.operation(1).counts.verified == 2)
        #expect(try bench.run("w", "1")?.status == .terminated)
    }

    // MARK: Stopping

    @Test func asManyFailuresAsSaidStopIt() throws {
        var bench = try declined(5)
        let calls = bench.calls.count
        try bench.begin(1, plan(stopAfter: 2))
        for _ in 0..<2 {
            try bench.answerLast(.declined)
            try bench.pass(.seconds(1))
        }
        try bench.pass(.seconds(60))
        let operation = try bench.operation(1)
        #expect(operation.status == .stopped)
        #expect(operation.note?.contains("2") == true)
        #expect(bench.calls.count == calls + 2)
        #expect(try bench.steer(1, .continue)?.problem?.code == .notApplicable)
    }

    @Test func somebodyHoldsItAndStopsIt() throws {
        var bench = try declined(3)
        let calls = bench.calls.count
        try bench.begin(1, plan())
        try bench.steer(1, .hold)
        try bench.pass(.seconds(60))
        #expect(bench.calls.count == calls + 1)
        #expect(try bench.operation(1).note == "held by operator/olga")
        try bench.steer(1, .stop)
        try bench.pass(.seconds(60))
        #expect(bench.calls.count == calls + 1)
        // What was tried is known all the same.
        try bench.answerLast(.succeeded([:]))
        #expect(try bench.operation(1).counts.verified == 1)
        #expect(try bench.operation(1).status == .stopped)
    }

    // MARK: Restarts

    @Test func killedBeforeTheFlushItIsDoneOnceAfterwards() throws {
        var bench = try declined(2)
        try bench.begin(1, plan(rate: 1), settling: false)
        // The first batch keeps the operation, the second acts and is lost.
        try bench.flush(try #require(try bench.batch()))
        let lost = try #require(try bench.batch())
        #expect(lost.commits.contains { $0.instance != nil })
        var after = try Bench(try Catalog([Flows.paying]), store: bench.store, now: bench.now)
        try after.settle()
        #expect(after.calls.count == 1)
        try after.expectOneRetryEach(of: ["2"])
        try after.pass(.seconds(1))
        try after.expectOneRetryEach(of: ["1", "2"])
        #expect(try after.operation(1).counts.accepted == 2)
    }

    @Test func killedBehindTheFlushItIsNotDoneAgain() throws {
        var bench = try declined(2)
        try bench.begin(1, plan(rate: 1), settling: false)
        try bench.flush(try #require(try bench.batch()))
        let written = try #require(try bench.batch())
        // Nothing that waited for the flush has left.
        try bench.store.commit(written.commits)
        var after = try Bench(try Catalog([Flows.paying]), store: bench.store, now: bench.now)
        let left = try after.recoverCalls()
        #expect(left.count == 1)
        try after.settle()
        try after.pass(.seconds(1))
        try after.expectOneRetryEach(of: ["1", "2"])
        #expect(try after.operation(1).counts.movedOn == 0)
        for call in left + after.calls { after.machine.answer(call.id, .succeeded([:])) }
        try after.settle()
        #expect(try after.operation(1).counts.verified == 2)
        #expect(try after.operation(1).status == .done)
    }

    @Test func aRecordThatIsDamagedStopsItsOperationAndNobodyElse() throws {
        var bench = try declined(2)
        try bench.begin([1, 2], plan())
        let query = RecordQuery(
            collection: BulkOperation.collection, selection: .id(BulkOperation.id(1)), limit: 1)
        let row = try #require(try bench.store.records(query).records.first)
        let damage = RecordWrite(
            collection: row.collection, id: row.id, group: row.group,
            expectedRevision: row.revision, body: ["number": 1])
        _ = try bench.ask(.update(.write([damage], .engine)))
        var after = try Bench(try Catalog([Flows.paying]), store: bench.store, now: bench.now)
        try after.pass(.seconds(60))
        #expect(
            after.released.contains {
                if case .alarm(let text) = $0 { text.contains("operation 1") } else { false }
            })
        #expect(try after.operation(2).counts.asked == 2)
        #expect(after.machine.nextTimer.map { $0 > after.now } ?? true)
    }

    @Test func aFlushThatFailsIsDecidedAgainAndDoneOnce() throws {
        var bench = try declined(2)
        try bench.begin(1, plan(rate: 1), settling: false)
        try bench.flush(try #require(try bench.batch()))
        _ = try bench.batch()
        _ = bench.machine.failed(refusing: nil)
        try bench.settle()
        try bench.pass(.seconds(1))
        try bench.expectOneRetryEach(of: ["1", "2"])
        #expect(try bench.operation(1).counts.accepted == 2)
    }

    @Test func theCanaryIsStillWaitedForAfterARestart() throws {
        var bench = try declined(2)
        try bench.begin(1, plan(canary: 1))
        let call = try #require(bench.calls.last)
        var after = try Bench(try Catalog([Flows.paying]), store: bench.store, now: bench.now)
        try after.pass(.seconds(60))
        #expect(after.calls.isEmpty)
        after.machine.answer(call.id, .succeeded([:]))
        try after.settle()
        #expect(try after.operation(1).counts.verified == 1)
        #expect(try after.operation(1).status == .held)
    }

    // MARK: Whom it concerns

    @Test func whoHasTheCauseIsFoundWithItsIncident() throws {
        let bench = try declined(2)
        let groups = try bench.store.incidentGroups(count: 5)
        let cause = try #require(groups.first?.cause)
        let found = try bench.inspector.targets(of: .cause(cause))
        #expect(Set(found.map(\.name.key)) == ["1", "2"])
        #expect(found.map(\.incident) == [1, 1])
        #expect(throws: Problem.self) { try bench.inspector.targets(of: .cause("none")) }
        #expect(throws: Problem.self) { try bench.inspector.targets(of: .filter("")) }
    }

    @Test func aRecordComesBackAsItWas() throws {
        var bench = try declined(1)
        try bench.begin(1, plan(canary: 1))
        let operation = try bench.operation(1)
        #expect(try BulkOperation(decodingJSON: operation.encodedJSON) == operation)
        for item in try bench.inspector.items(of: 1, in: [], after: nil, count: 9) {
            #expect(try BulkItem(decodingJSON: item.encodedJSON) == item)
        }
    }
}

extension CallOutcome {
    fileprivate static let declined = CallOutcome.failed(
        CallError(name: "declined", message: "no money", isRetryable: false))
    fileprivate static let unreachable = CallOutcome.failed(
        CallError(name: "unavailable", message: "nobody is there", isRetryable: true))
}

extension Request {
    fileprivate static func operateOn(_ key: String, _ action: OperatorAction) -> Request {
        .operate(
            InstanceName(workflow: "w", key: key),
            .operate(action, reason: "r", actor: Actor(role: "operator", subject: "otto")),
            isDry: false)
    }
}

extension Bench {
    fileprivate var inspector: Inspector {
        Inspector(store: store, catalog: machine.catalog, now: now)
    }

    fileprivate mutating func answerLast(_ outcome: CallOutcome) throws {
        machine.answer(try #require(calls.last).id, outcome)
        try settle()
    }

    mutating func pass(_ span: Duration) throws {
        now = now + span
        try settle()
    }

    mutating func begin(
        _ number: Int64, _ plan: BulkOperation.Plan, settling: Bool = true
    ) throws {
        try begin([number], plan, settling: settling)
    }

    mutating func begin(
        _ numbers: [Int64], _ plan: BulkOperation.Plan, settling: Bool = true
    ) throws {
        let targets = try inspector.targets(of: plan.target)
        for number in numbers {
            let items = targets.enumerated().map { index, target in
                BulkItem(
                    operation: number, index: index, instance: target.instance,
                    name: target.name, seen: target.revision, incident: target.incident)
            }
            let operation = BulkOperation(number, plan, asked: items.count, at: now)
            submit(
                .update(.write(items.map { $0.write(at: 0) } + [operation.write(at: 0)], .engine)))
        }
        if settling { try settle() }
    }

    @discardableResult
    mutating func steer(
        _ number: Int64, _ steering: BulkOperation.Steering
    ) throws -> Reply? {
        try ask(
            .update(
                .steer(number, steering, by: Actor(role: "operator", subject: "olga"), at: now)))
    }

    func operation(_ number: Int64) throws -> BulkOperation {
        try inspector.operation(number)
    }

    func state(_ number: Int64, _ index: Int) throws -> BulkItem.State? {
        try inspector.items(of: number, in: [], after: nil, count: 100)
            .first { $0.index == index }?.state
    }

    fileprivate func entries(_ key: String) throws -> [HistoryEntry] {
        let row = try #require(try store.instance(named: InstanceName(workflow: "w", key: key)))
        return try store.history(row.id, after: 0, count: 1_000)
    }

    fileprivate func expectOneRetryEach(
        of keys: [String], location: SourceLocation = #_sourceLocation
    ) throws {
        for key in keys {
            let retries = try entries(key).filter { $0.kind == "retry.requested" }
            #expect(retries.count == 1, "\(key)", sourceLocation: location)
        }
    }
}
