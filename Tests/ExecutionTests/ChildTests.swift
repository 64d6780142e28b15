import CEL
import Testing

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
        #expect(Self.started(story)?.description == "child/1/1")
        let named = try Self.story("key: '\"k-\" + instance.key'")
        #expect(Self.started(named)?.description == "child/k-1")
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
        #expect(Self.cancelled(story)?.description == "child/1/1")
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
        #expect(name.workflow == "undo")
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
