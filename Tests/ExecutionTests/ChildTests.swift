import Testing
import Values

@testable import Definition
@testable import Execution

@Suite struct ChildTests {
    private static func chart(_ extra: String = "") -> String {
        """
        context: {result: {}}
        events: {leave: {}, stop: {}}
        initial: wait
        states:
          wait:
            on: {leave: gone, stop: end}
            invoke:
              workflow: child
              input: {n: 1}
              \(extra)
              onDone: {target: done, actions: {assign: {result: '${event.data.r}'}}}
              onError: [{error: child-failed, target: bad}, {error: child-exists, target: there}]
          done: {}
          bad: {}
          there: {}
          gone: {}
          end: {type: final}
        """
    }

    private static func story(_ extra: String = "") throws -> Story {
        let child = Story.workflow(
            "initial: a\nstates: {a: {after: {1h: z}}, z: {type: final}}", name: "child")
        return try Story(chart(extra), others: [child])
    }

    private static func started(_ story: Story) -> InstanceName? {
        if case .startChild(let name, _, _) = story.messages.first?.body { name } else { nil }
    }

    private static func cancelled(_ story: Story) -> InstanceName? {
        if case .cancelChild(let name, _) = story.messages.last?.body { name } else { nil }
    }

    @Test func aChildIsStartedByAMessageUnderAKeyOfItsOwn() throws {
        let story = try Self.story()
        #expect(Self.started(story)?.description == "child/w/1/1")
        let named = try Self.story("key: '\"k-\" + instance.key'")
        #expect(Self.started(named)?.description == "child/k-1")
    }

    private static func start(_ workflow: String) throws -> (catalog: Catalog, Decision) {
        let child = Story.workflow("initial: a\nstates: {a: {}}", name: "child")
        let catalog = try Story.catalog([Story.workflow(chart(), name: workflow), child])
        let request = StartRequest(
            id: InstanceID(1), name: InstanceName(workflow: workflow, key: "1"),
            input: .map(ValueMap()), params: .map(ValueMap()), parent: nil, actor: .system, kept: []
        )
        return (catalog, decide(start: request, catalog: catalog, now: Story.morning))
    }

    /// Both are the first activation of a parent `1`, and both start `child`.
    @Test func parentsOfTwoWorkflowsUnderOneKeyDoNotMeetInAChild() throws {
        let names = try ["order", "return"].map { workflow -> InstanceName? in
            let message = try Self.start(workflow).1.commit?.messagesSent.first
            return if case .startChild(let name, _, _) = message?.body { name } else { nil }
        }
        #expect(names.map { $0?.description } == ["child/order/1/1", "child/return/1/1"])
    }

    /// One that was started by a version that made other keys.
    @Test func aRunningChildKeepsTheNameThatItWasStartedUnder() throws {
        let (catalog, started) = try Self.start("order")
        let row = try #require(started.commit?.instance)
        let body = String(decoding: row.body, as: UTF8.self)
        let older = InstanceWrite(
            id: row.id, name: row.name, version: row.version, status: row.status,
            revision: row.revision, summary: row.summary,
            body: Array(body.replacing("order/1/1", with: "1/1").utf8))
        let definition = try #require(catalog.definition("order", version: 1))
        let run = try Run(decoding: older, definition: definition)
        let leave = InboundEvent(id: "e", name: "leave", data: .map(ValueMap()), sender: .system)
        let decision = decide(run, .event(leave), catalog: catalog, now: Story.morning)
        guard case .cancelChild(let name, _) = decision.commit?.messagesSent.first?.body else {
            Issue.record("the child was not asked to cancel")
            return
        }
        #expect(name.description == "child/1/1")
    }

    @Test func itsOutputGoesToOnDone() throws {
        var story = try Self.story()
        try story.take(.childEnded(activation: 1, status: .completed, output: ["r": 7]))
        #expect(story.states == ["done"])
        #expect(story.context["result"] == 7)
    }

    @Test func aFailedChildIsAnErrorAndACancelledOneThatNobodyCatchesAnIncident() throws {
        var failed = try Self.story()
        try failed.take(.childEnded(activation: 1, status: .failed, output: .null))
        #expect(failed.states == ["bad"])
        var cancelled = try Self.story()
        try cancelled.take(.childEnded(activation: 1, status: .cancelled, output: .null))
        #expect(cancelled.incidents == [.callExhausted])
        try cancelled.retry()
        #expect(cancelled.messages.count == 2)
    }

    @Test func aChildThatCannotBeStartedIsAnError() throws {
        var story = try Self.story()
        let error = CallError(name: "child-exists", message: "it exists", isRetryable: false)
        try story.take(.childRefused(activation: 1, error: error))
        #expect(story.states == ["there"])
    }

    @Test func leavingTheStateAsksTheChildToCancel() throws {
        var story = try Self.story()
        try story.send("leave")
        #expect(Self.cancelled(story)?.description == "child/w/1/1")
        try story.take(.childEnded(activation: 1, status: .cancelled, output: .null))
        #expect(story.states == ["gone"])
        #expect(story.run.activations.isEmpty)
    }

    @Test func aKeptChildIsLeftAlone() throws {
        var story = try Self.story("onExit: keep")
        try story.send("leave")
        #expect(Self.cancelled(story) == nil)
        #expect(story.run.activations.isEmpty)
        let before = story.run
        try story.take(.childEnded(activation: 1, status: .completed, output: .null))
        #expect(story.run == before)
    }

    @Test func trap14AParentEndsWhenTheChildrenThatItCancelledHave() throws {
        var story = try Self.story()
        try story.send("stop")
        #expect(story.run.status == .running)
        #expect(story.run.pendingEnd == .completed)
        #expect(try story.send("leave")?.code == "ended")
        try story.take(.childEnded(activation: 1, status: .cancelled, output: .null))
        #expect(story.run.status == .completed)
    }

    @Test func anEndedChildTellsItsParentOnce() throws {
        let parent = ParentLink(instance: InstanceID(9), activation: 4)
        var story = try Story(
            "initial: a\nstates: {a: {after: {1h: z}}, z: {type: final, output: {r: 1}}}",
            parent: parent)
        try story.advance(.seconds(3_600))
        #expect(
            story.messages.map(\.body) == [
                .childEnded(parent, status: .completed, output: ["r": 1])
            ])
    }

    private static func undoneByChild() throws -> Story {
        let undo = Story.workflow("initial: a\nstates: {a: {}}", name: "undo")
        var story = try Story(
            """
            initial: pay
            states:
              pay: {invoke: {task: bank.charge, input: {amount: 1}, compensate: {workflow: undo}, onDone: paid}}
              paid: {}
            """, others: [undo])
        try story.answer("bank.charge", .done)
        try story.cancel()
        return story
    }

    @Test func aWorkflowCanUndoAnEffect() throws {
        var story = try Self.undoneByChild()
        guard case .startChild(let name, let input, let link) = story.messages.last?.body else {
            Issue.record("no child was started")
            return
        }
        #expect(name.description == "undo/w/1/undo-1-3")
        #expect(input["key"] == "pawl/w/1/1")
        try story.take(.childEnded(activation: link.activation, status: .completed, output: .null))
        #expect(story.run.status == .cancelled)
    }

    @Test func anUndoingWorkflowThatFailedIsTriedAgainAsANewInstance() throws {
        var story = try Self.undoneByChild()
        var names: [InstanceName] = []
        for status in [Run.Status.failed, .completed] {
            guard case .startChild(let name, _, let link) = story.messages.last?.body else {
                Issue.record("no child was started")
                return
            }
            names.append(name)
            try story.take(.childEnded(activation: link.activation, status: status, output: .null))
            if status == .failed {
                #expect(story.incidents == [.compensationFailed])
                try story.retry()
            }
        }
        #expect(Set(names).count == 2)
        #expect(story.run.status == .cancelled)
    }

    // MARK: A child that reports before its end

    private static let reporting = """
        initial: a
        states:
          a: {after: {1m: b}}
          b: {entry: {report: {r: 7}}, after: {1h: z}}
          z: {type: final}
        """

    @Test func aReportIsTheResultAndTheEndIsNobodysBusiness() throws {
        let parent = ParentLink(instance: InstanceID(9), activation: 4)
        var story = try Story(Self.reporting, parent: parent)
        try story.advance(.seconds(60))
        let report = Message.Body.childEnded(parent, status: .running, output: ["r": 7])
        #expect(story.messages.map(\.body) == [report])
        try story.advance(.seconds(3_600))
        #expect(story.run.status == .completed)
        #expect(story.messages.count == 1)
    }

    @Test func withoutAParentAReportConcernsNobody() throws {
        var story = try Story(Self.reporting)
        try story.advance(.seconds(3_660))
        #expect(story.run.status == .completed)
        #expect(story.messages.isEmpty)
        #expect(!story.kinds.contains("reported"))
    }

    @Test func theParentGoesOnWithTheReportAndItsHistorySaysThatTheChildRuns() throws {
        var story = try Self.story()
        try story.take(.childEnded(activation: 1, status: .running, output: ["r": 7]))
        #expect(story.states == ["done"])
        #expect(story.context["result"] == 7)
        #expect(story.kinds.contains("child.reported"))
        #expect(!story.kinds.contains("child.ended"))
    }
}
