import Definition
import Execution
import MemoryStore
import Testing
import Values

@testable import Engine

/// Workflows that people hold (G18).
@Suite struct WorkflowPauseTests {
    private let ana = Actor(role: "admin", subject: "ana")

    private func pause(_ workflow: String = "w") -> Request {
        .workflow(workflow, .pause(reason: "audit"), actor: ana)
    }

    private func resume(_ workflow: String = "w") -> Request {
        .workflow(workflow, .resume(reason: "seen"), actor: ana)
    }

    private func operate(_ key: String, _ action: OperatorAction) -> Request {
        .operate(
            InstanceName(workflow: "w", key: key),
            .operate(action, reason: "test", actor: ana), isDry: false)
    }

    private func cancel(_ key: String) -> Request {
        .operate(
            InstanceName(workflow: "w", key: key), .cancel(reason: "gone", actor: ana),
            isDry: false)
    }

    private func history(_ bench: Bench, _ key: String) throws -> [String] {
        let row = try #require(
            try bench.store.instance(named: InstanceName(workflow: "w", key: key)))
        return try bench.store.history(row.id, after: 0, count: 100).map(\.kind)
    }

    private func status(_ bench: Bench, _ key: String) throws -> Run.Status? {
        try bench.store.instance(named: InstanceName(workflow: "w", key: key))?.status
    }

    private func held(_ bench: Bench) throws -> Int {
        let query = RecordQuery(collection: InstanceHold.collection, selection: .all)
        return try bench.store.records(query).records.count
    }

    private func view(_ bench: Bench, _ key: String) throws -> InstanceView {
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        return try inspector.view(InstanceName(workflow: "w", key: key))
    }

    private func count(_ bench: Bench, _ terms: [InstanceQuery.Term] = []) throws -> Int {
        let query = InstanceQuery(terms: terms, now: bench.now, before: nil, count: 100)
        return try bench.store.list(query).instances.count
    }

    private func tasks(_ bench: Bench, _ status: TaskRow.Status) throws -> Int {
        try bench.store.tasks(TaskQuery(status: status, count: 1_000)).count
    }

    // MARK: Nothing moves

    @Test func whatComesWaitsAndIsTakenInItsOrderWhenTheWorkflowIsResumed() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        _ = try bench.ask(.start("1"))
        #expect(try bench.ask(pause()) == .receipts([]))
        #expect(try held(bench) == 0, "one record, however many instances")
        let kept = try bench.ask(.event("go", to: "1"))
        #expect(kept?.receipt?.outcome == .kept)
        _ = try bench.ask(
            .event("item", to: "1", id: "e2", ["n": 1], by: Actor(role: "worker", subject: "x")))
        #expect(try bench.states("w", "1") == ["a"])
        #expect(try held(bench) == 1)
        #expect(try bench.ask(resume()) == .receipts([]))
        #expect(try bench.states("w", "1") == ["c"])
        #expect(try status(bench, "1") == .completed)
        #expect(try held(bench) == 0)
        #expect(try history(bench, "1").contains("resumed"))
    }

    @Test func whatStartsWaitsFromItsFirstMomentAndThenBegins() throws {
        var bench = try Bench(
            try Catalog([
                Flows.paying, Flows.counting.replacing("workflow: w", with: "workflow: v"),
            ]))
        _ = try bench.ask(pause())
        _ = try bench.ask(pause("v"))
        #expect(
            try bench.ask(.start("1"))
                == .started(InstanceName(workflow: "w", key: "1"), isNew: true))
        _ = try bench.ask(.start("1", of: "v"))
        #expect(try bench.states("w", "1") == [])
        #expect(try bench.states("v", "1") == [])
        #expect(try view(bench, "1").blockers.map(\.kind) == [.workflowPaused])
        #expect(try view(bench, "1").health != .blocked)
        _ = try bench.ask(.event("pay", to: "1"))
        #expect(bench.calls.isEmpty)
        _ = try bench.ask(resume())
        _ = try bench.ask(resume("v"))
        #expect(try bench.states("w", "1") == ["b"])
        #expect(bench.calls.count == 1)
        #expect(try bench.states("v", "1") == ["d"])
    }

    @Test func timersWaitAndFireWhenItIsResumed() throws {
        var bench = try Bench(try Catalog([Flows.sleeping]))
        _ = try bench.ask(.start("1", ["wait": "1h"]))
        _ = try bench.ask(pause())
        bench.now = bench.now + .seconds(7_200)
        try bench.settle()
        #expect(try status(bench, "1") == .running)
        #expect(try history(bench, "1").last == "paused")
        _ = try bench.ask(resume())
        #expect(try status(bench, "1") == .completed)
    }

    @Test func aCallThatWaitsForItsTurnIsTakenBackAndLeavesAgainAfterwards() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("pay", to: "1"))
        let call = try #require(bench.calls.first)
        _ = try bench.ask(pause())
        #expect(bench.released.contains { $0.isWithdrawal(of: call.id) })
        let recall = try #require(try bench.store.calls(after: nil, count: 1).first?.recall)
        bench.machine.answer(call.id, .withdrawn(recall: recall))
        try bench.settle()
        #expect(try bench.store.calls(after: nil, count: 1).isEmpty)
        _ = try bench.ask(resume())
        #expect(bench.calls.count == 2)
        #expect(bench.calls.last?.key == call.key)
    }

    @Test func everyCallIsGoneThroughHoweverMany() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        for number in 0..<200 {
            bench.submit(.start("\(number)"))
            bench.submit(.event("pay", to: "\(number)", id: "\(number)"))
        }
        try bench.settle()
        #expect(bench.calls.count == 200)
        _ = try bench.ask(pause())
        #expect(try bench.store.calls(after: nil, count: 1_000).allSatisfy { $0.recall != nil })
        #expect(try held(bench) == 200)
        _ = try bench.ask(resume())
        #expect(try held(bench) == 0)
        #expect(try bench.store.calls(after: nil, count: 1_000).allSatisfy { $0.recall == nil })
    }

    @Test func othersGoOn() throws {
        var bench = try Bench(
            try Catalog([Flows.steps, Flows.steps.replacing("workflow: w", with: "workflow: v")]))
        _ = try bench.ask(pause())
        _ = try bench.ask(.start("1", of: "v"))
        #expect(try bench.states("v", "1") == ["a"])
    }

    // MARK: What people do meanwhile

    @Test func actionsThatWouldMoveItAreRefusedAndSayWhatToDo() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(pause())
        for action in [
            OperatorAction.move(to: "b"), .fireTimer(state: "a"), .retry(incident: nil), .resume,
        ] {
            let problem = try #require(try bench.ask(operate("1", action))?.problem)
            #expect(problem.code == .notApplicable)
            #expect(problem.fix == "`pawl workflow resume w --reason '<why>'` lets all of it go on")
        }
        #expect(try bench.ask(operate("1", .terminate))?.receipt?.outcome == .applied)
        #expect(try status(bench, "1") == .terminated)
        _ = try bench.ask(resume())
        #expect(try held(bench) == 0)
    }

    @Test func aCancelWaitsWithEverythingElseAndIsTakenOnce() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(pause())
        for _ in 0..<2 {
            let receipt = try #require(try bench.ask(cancel("1"))?.receipt)
            #expect(receipt.outcome == .kept && receipt.code == "workflow-paused")
        }
        #expect(try status(bench, "1") == .running)
        _ = try bench.ask(resume())
        #expect(try status(bench, "1") == .cancelled)
        #expect(try history(bench, "1").filter { $0 == "cancel.requested" }.count == 1)
        #expect(try history(bench, "1").filter { $0 == "cancel.held" }.count == 1)
    }

    @Test func aStepThatFailedDoesNotKeepTheCancelFromBeingTaken() throws {
        let chart = Flows.flow(
            """
            events: {go: {}}
            initial: a
            states: {a: {on: {go: {target: b, guard: event.data.n > 0}}}, b: {type: final}}
            """)
        var bench = try Bench(try Catalog([chart]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("go", to: "1"))
        #expect(try view(bench, "1").blockers.map(\.kind) == [.expressionError])
        _ = try bench.ask(pause())
        _ = try bench.ask(cancel("1"))
        #expect(try status(bench, "1") == .running)
        _ = try bench.ask(resume())
        #expect(try status(bench, "1") == .cancelled)
    }

    @Test func oneThatIsPausedByItselfStaysSo() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        for key in ["before", "within", "freed"] { _ = try bench.ask(.start(key)) }
        _ = try bench.ask(operate("before", .pause))
        _ = try bench.ask(operate("freed", .pause))
        _ = try bench.ask(pause())
        _ = try bench.ask(operate("within", .pause))
        _ = try bench.ask(operate("freed", .resume))
        #expect(try view(bench, "within").blockers.map(\.kind) == [.workflowPaused, .paused])
        for key in ["before", "within", "freed"] {
            _ = try bench.ask(.event("go", to: key, id: key))
        }
        #expect(try bench.states("w", "freed") == ["a"], "it is held with its workflow")
        _ = try bench.ask(resume())
        #expect(try bench.states("w", "before") == ["a"])
        #expect(try bench.states("w", "within") == ["a"])
        #expect(try bench.states("w", "freed") == ["b"])
        _ = try bench.ask(operate("before", .resume))
        _ = try bench.ask(operate("within", .resume))
        #expect(try bench.states("w", "before") == ["b"])
        #expect(try bench.states("w", "within") == ["b"])
    }

    @Test func aCallIsTakenBackByTheSamePauseWhicheverEndsFirst() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("pay", to: "1"))
        let call = try #require(bench.calls.first)
        _ = try bench.ask(pause())
        let recall = try #require(try bench.store.calls(after: nil, count: 1).first?.recall)
        _ = try bench.ask(operate("1", .pause))
        _ = try bench.ask(resume())
        #expect(try bench.store.calls(after: nil, count: 1).first?.recall == recall)
        bench.machine.answer(call.id, .withdrawn(recall: recall))
        try bench.settle()
        #expect(try bench.store.calls(after: nil, count: 1).isEmpty)
        _ = try bench.ask(operate("1", .resume))
        #expect(bench.calls.count == 2)
    }

    @Test func aCancelThatWaitsEndsAnInstancesOwnPauseAsItAlwaysDoes() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        for key in ["before", "within"] { _ = try bench.ask(.start(key)) }
        _ = try bench.ask(operate("before", .pause))
        _ = try bench.ask(pause())
        _ = try bench.ask(operate("within", .pause))
        for key in ["before", "within"] { _ = try bench.ask(cancel(key)) }
        _ = try bench.ask(resume())
        for key in ["before", "within"] { #expect(try status(bench, key) == .cancelled) }
    }

    @Test func whatIsRefusedLeavesNoTraceAndWhatHasEndedIsHeldNoMore() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        for key in ["1", "2"] { _ = try bench.ask(.start(key)) }
        _ = try bench.ask(pause())
        _ = try bench.ask(operate("1", .move(to: "b")))
        #expect(try held(bench) == 0)
        #expect(try !history(bench, "1").contains("paused"))
        _ = try bench.ask(operate("1", .assign([:])))
        #expect(try held(bench) == 1)
        _ = try bench.ask(operate("1", .terminate))
        _ = try bench.ask(operate("2", .terminate))
        #expect(try held(bench) == 0)
    }

    @Test func tasksAreHeldAtOnceSoThatNobodyDecidesInVain() throws {
        let desk = Flows.flow(
            """
            initial: a
            states: {a: {invoke: {person: {role: clerk, title: look}, onDone: b}}, b: {type: final}}
            """)
        var bench = try Bench(try Catalog([desk]))
        for number in 0..<150 { bench.submit(.start("\(number)")) }
        try bench.settle()
        #expect(try tasks(bench, .open) == 150)
        _ = try bench.ask(pause())
        #expect(try tasks(bench, .open) == 0)
        #expect(try tasks(bench, .held) == 150)
        let task = try #require(try view(bench, "1").tasks.first)
        #expect(task["held"] == "held with its workflow, w, which is paused")
        _ = try bench.ask(resume())
        #expect(try tasks(bench, .open) == 150)
    }

    // MARK: Its schedule

    @Test func nothingStartsByTheClockMeanwhileAndWhatCameDueIsCaughtUpWith() throws {
        let hourly = Flows.flow(
            """
            start: {schedule: {cron: '0 * * * *', zone: UTC, overlap: terminateOther, catchup: {window: 1d}}}
            events: {go: {}}
            initial: a
            states: {a: {on: {go: z}}, z: {type: final}}
            """)
        var bench = try Bench(try Catalog([hourly]))
        try bench.settle()
        bench.now = bench.now + .seconds(3_600)
        try bench.settle()
        #expect(try count(bench) == 1)
        _ = try bench.ask(pause())
        bench.now = bench.now + .seconds(3 * 3_600)
        try bench.settle()
        #expect(
            try count(bench) == 1, "nor is the one that somebody looks at ended by its successor")
        let run = Request.schedule(workflow: "w", .run(reason: "now"), actor: ana)
        #expect(try bench.ask(run)?.problem?.code == .notApplicable)
        _ = try bench.ask(resume())
        #expect(try count(bench) > 1)
        #expect(try count(bench, [.status(.running)]) == 1)
    }

    // MARK: Many at once

    @Test func amongManyACancelThatWaitsIsNotDoneAndAResumeIsRefused() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(pause())
        func plan(_ verb: ActionVerb) -> BulkOperation.Plan {
            BulkOperation.Plan(verb, reason: "all", actor: ana, target: .filter("workflow:w"))
        }
        try bench.begin(1, plan(.resume))
        #expect(try bench.operation(1).counts.refused == 1)
        try bench.begin(2, plan(.cancel))
        #expect(try bench.operation(2).counts.accepted == 1)
        #expect(try bench.operation(2).counts.verified == 0)
        _ = try bench.ask(resume())
        #expect(try bench.operation(2).counts.verified == 1)
        #expect(try bench.operation(2).status == .done)
    }

    @Test func aPreviewHoldsNothing() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(pause())
        let name = InstanceName(workflow: "w", key: "1")
        _ = try bench.ask(
            .operate(name, .operate(.terminate, reason: "", actor: ana), isDry: true))
        #expect(try held(bench) == 0)
        #expect(try status(bench, "1") == .running)
    }

    // MARK: Saying so

    @Test func whyIsTheSameWhetherSomethingHasComeOrNot() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        for key in ["1", "2"] { _ = try bench.ask(.start(key)) }
        _ = try bench.ask(pause())
        _ = try bench.ask(.event("go", to: "2"))
        bench.now = bench.now + .seconds(180)
        let blocker = try #require(try view(bench, "1").blockers.first)
        #expect(blocker.kind == .workflowPaused)
        #expect(blocker.sentence == "Workflow `w` is paused by admin/ana 3 min ago: \"audit\".")
        #expect(!blocker.needsPerson)
        #expect(blocker.actions.map(\.command) == ["pawl workflow resume w --reason why"])
        let other = try #require(try view(bench, "2").blockers.first)
        #expect(
            other.sentence
                == "Workflow `w` is paused by admin/ana 3 min ago: \"audit\"; 1 input waits.")
    }

    @Test func whatCannotBeHeldIsRefused() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        #expect(try bench.ask(pause("x"))?.problem?.code == .unknownWorkflow)
        #expect(try bench.ask(resume())?.problem?.message == "w is not paused")
        _ = try bench.ask(pause())
        #expect(
            try bench.ask(pause())?.problem?.message == "w is paused by admin/ana already: audit")
    }

    @Test func oneThatWasTakenOutOfTheFolderIsHeldToo() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        _ = try bench.ask(.start("1"))
        let other = Flows.steps.replacing("workflow: w", with: "workflow: v")
        var next = try Bench(try Catalog([other], kept: [Flows.steps]), store: bench.store)
        #expect(try next.ask(pause()) == .receipts([]))
        _ = try next.ask(.event("go", to: "1"))
        #expect(try next.states("w", "1") == ["a"])
        _ = try next.ask(resume())
        #expect(try next.states("w", "1") == ["b"])
    }

    // MARK: Failures and restarts

    @Test func aFlushThatFailsHoldsNothing() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        _ = try bench.ask(.start("1"))
        bench.submit(pause())
        bench.submit(.event("go", to: "1"))
        _ = try #require(try bench.batch())
        _ = bench.machine.failed(refusing: Problem(.unavailable, "planned"))
        _ = try bench.ask(.event("go", to: "1", id: "e2"))
        #expect(try bench.states("w", "1") == ["b"])
    }

    @Test func theNextProcessKnows() throws {
        let catalog = try Catalog([Flows.paying])
        var bench = try Bench(catalog)
        for key in ["1", "2"] { _ = try bench.ask(.start(key)) }
        _ = try bench.ask(.event("pay", to: "1"))
        // The pause is durable, and the process dies before it goes through the calls.
        bench.submit(pause())
        let batch = try #require(try bench.batch())
        try bench.store.commit(batch.commits)
        var next = try Bench(catalog, store: bench.store)
        #expect(try next.recoverCalls().isEmpty, "nothing leaves that the old one had not sent")
        try next.settle()
        #expect(try next.bench(of: "1").run.held.count == 1, "what became of the call is not known")
        _ = try next.ask(.event("pay", to: "2"))
        #expect(try next.states("w", "2") == ["a"])
        _ = try next.ask(resume())
        next.now = next.now + .seconds(3_600)
        try next.settle()
        #expect(try next.states("w", "2") == ["b"])
        #expect(
            next.calls.count == 2,
            "the one is sent again under its key, the other for the first time")
    }

    @Test func theNextProcessLetsGoOnThoseThatTheLastOneDidNotComeTo() throws {
        let catalog = try Catalog([Flows.steps])
        var bench = try Bench(catalog)
        for number in 0..<150 { bench.submit(.start("\(number)")) }
        try bench.settle()
        _ = try bench.ask(pause())
        for number in 0..<150 { bench.submit(.event("go", to: "\(number)", id: "\(number)")) }
        try bench.settle()
        bench.submit(resume())
        let batch = try #require(try bench.batch())
        try bench.store.commit(batch.commits)
        #expect(try held(bench) == 150)
        var next = try Bench(catalog, store: bench.store)
        try next.settle()
        #expect(try held(next) == 0)
        #expect(try next.states("w", "149") == ["b"])
    }

    @Test func oneWhoseVersionIsNotLoadedGoesOnWhenItIs() throws {
        let newer = Flows.steps.replacing("version: 1", with: "version: 2")
        var bench = try Bench(try Catalog([Flows.steps]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(pause())
        _ = try bench.ask(.event("go", to: "1"))
        var without = try Bench(try Catalog([newer]), store: bench.store)
        _ = try without.ask(resume())
        #expect(try held(without) == 1)
        var with = try Bench(try Catalog([newer, Flows.steps]), store: bench.store)
        try with.settle()
        #expect(try held(with) == 0)
        #expect(try with.states("w", "1") == ["b"])
    }

    @Test func aDamagedRecordHoldsTheWorkflowAndSaysSo() throws {
        let catalog = try Catalog([Flows.steps])
        var bench = try Bench(catalog)
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(pause())
        let query = RecordQuery(collection: PauseRecord.ofWorkflows, selection: .id("w"))
        let row = try #require(try bench.store.records(query).records.first)
        let damage = RecordWrite(
            collection: row.collection, id: row.id, group: row.group,
            expectedRevision: row.revision, body: ["log": 1])
        _ = try bench.ask(.update(.write([damage], .engine)))
        var next = try Bench(catalog, store: bench.store)
        #expect(try next.ask(.event("go", to: "1"))?.receipt?.outcome == .kept)
        #expect(try next.ask(resume())?.problem?.code == .internalError)
        #expect(try view(next, "1").why.contains("is damaged"))
    }

    @Test func aResumeWhileOthersAreStillToldIsEndedByTheNextPause() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        for number in 0..<150 { bench.submit(.start("\(number)")) }
        try bench.settle()
        _ = try bench.ask(pause())
        for number in 0..<150 { bench.submit(.event("go", to: "\(number)", id: "\(number)")) }
        try bench.settle()
        bench.submit(resume())
        bench.submit(pause())
        try bench.settle()
        #expect(try held(bench) == 150)
        _ = try bench.ask(resume())
        #expect(try held(bench) == 0)
    }
}

extension Bench {
    fileprivate func bench(of key: String) throws -> InstanceView {
        try Inspector(store: store, catalog: machine.catalog, now: now)
            .view(InstanceName(workflow: "w", key: key))
    }
}
