import Execution
import Testing
import Values

/// What an operator does to one instance.
@Suite struct OperatorTests {
    private static let admin = Actor(role: "admin", subject: "a-1")
    private static let declined = CallError(
        name: "declined", message: "HTTP 402", isRetryable: false)

    private func operate(_ story: inout Story, _ action: OperatorAction) throws {
        try story.take(.operate(action, reason: "the bank called", actor: Self.admin))
    }

    /// A call whose outcome nobody knows.
    private func parked() throws -> Story {
        var story = try Story(CallTests.chart("bank.fax"))
        try story.answer("bank.fax", .lost)
        #expect(story.incidents == [.outcomeUnknown])
        return story
    }

    @Test func aResultGivenByHandCountsAsTheCallsAnswer() throws {
        var story = try parked()
        try operate(&story, .complete(incident: 1, output: ["id": "f-1"]))
        #expect(story.receipt == Receipt(.applied))
        #expect(story.incidents.isEmpty)
        #expect(story.effects == ["bank.fax applied"])
        #expect(story.states == ["paid"])
        let entry = try #require(story.history.first { $0.kind == "incident.completed" })
        #expect(entry.data["by"] == "admin/a-1")
        #expect(entry.data["reason"] == "the bank called")
    }

    @Test func anErrorGivenByHandSaysThatNothingTookPlace() throws {
        var story = try parked()
        try operate(&story, .fail(incident: 1, error: "declined", message: "not there"))
        #expect(story.effects.isEmpty)
        // Nothing catches it, so that it is an incident again, now of a known failure.
        #expect(story.incidents == [.callExhausted])
        #expect(story.kinds.contains("incident.failed"))
    }

    @Test func whatIsNoIncidentOfACallIsRefused() throws {
        var story = try parked()
        try operate(&story, .complete(incident: 9, output: nil))
        #expect(story.problem?.code == .notApplicable)
        #expect(story.incidents == [.outcomeUnknown])
    }

    private static let counting = """
        context: {n: {type: integer, default: 0}, who: {type: string}}
        events: {go: {}}
        initial: a
        states:
          a:
            on: {go: b}
            always: {guard: context.n > 2, target: c}
          b: {after: {3d: c}}
          c: {type: final}
        """

    @Test func membersOfTheContextAreSetWithinItsSchema() throws {
        var story = try Story(Self.counting)
        try operate(&story, .assign(["n": 2, "who": "ana"]))
        #expect(story.context == ["n": 2, "who": "ana"])
        try operate(&story, .assign(["who": nil]))
        #expect(story.context == ["n": 2])
        try operate(&story, .assign(["n": "many"]))
        #expect(story.problem?.errors.map(\.pointer) == ["/n"])
        #expect(story.context == ["n": 2])
        try operate(&story, .assign(["whom": "bo"]))
        #expect(story.problem?.fix == "did you mean `who`?")
        let edits = story.history.filter { $0.kind == "context.assigned" }
        #expect(edits.map { $0.data["before"] } == [["n": 0, "who": nil], ["who": "ana"]])
    }

    @Test func aConditionThatHoldsByThenIsTaken() throws {
        var story = try Story(Self.counting)
        try operate(&story, .assign(["n": 3]))
        #expect(story.run.status == .completed)
    }

    @Test func anInstanceIsMovedToAStateThatNoTransitionLedTo() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        try operate(&story, .move(to: "piad"))
        #expect(story.problem?.code == .unknownState)
        #expect(story.problem?.fix == "did you mean paid?")
        let call = try #require(story.calls.first)
        try operate(&story, .move(to: "paid"))
        #expect(story.states == ["paid"])
        // The call that was under way is settled as one whose state was left.
        try story.take(.answer(call.id, .done))
        #expect(story.states == ["paid"])
        let entry = try #require(story.history.first { $0.kind == "moved" })
        #expect(entry.data == ["by": "admin/a-1", "reason": "the bank called", "to": "paid"])
        #expect(story.effects == ["bank.charge applied"])
    }

    @Test func aMoveToAFinalStateEndsIt() throws {
        var story = try Story(Self.counting)
        try operate(&story, .move(to: "b"))
        #expect(story.run.timers.count == 1)
        try operate(&story, .move(to: "c"))
        #expect(story.run.status == .completed)
        #expect(story.run.timers.isEmpty)
        try operate(&story, .move(to: "a"))
        #expect(story.problem?.code == .instanceEnded)
    }

    @Test func aMoveLetsASuspendedInstanceGoOn() throws {
        let loop = """
            events: {go: {}}
            initial: a
            states:
              a: {on: {go: b}}
              b: {always: c}
              c: {always: b}
              d: {after: {1h: e}}
              e: {type: final}
            """
        var story = try Story(loop)
        try story.send("go")
        #expect(story.incidents == [.suspended])
        #expect(try story.blockers().first?.actions.map(\.name) == ["retry", "move"])
        try operate(&story, .move(to: "d"))
        #expect(story.incidents.isEmpty)
        try story.advance(.seconds(3600))
        #expect(story.run.status == .completed)
    }

    @Test func aTimerIsFiredBeforeItsTimeAndTheHistorySaysSo() throws {
        var story = try Story(Self.counting)
        try operate(&story, .fireTimer(state: "b"))
        #expect(story.problem?.code == .notApplicable)
        try story.send("go")
        try operate(&story, .fireTimer(state: "b"))
        #expect(story.run.status == .completed)
        #expect(story.kinds.contains("timer.moved"))
        #expect(story.run.timers.isEmpty)
    }

    @Test func terminatingEndsItWithoutUndoingAndNamesWhatStands() throws {
        var story = try parked()
        try operate(&story, .terminate)
        #expect(story.run.status == .terminated)
        #expect(story.called.isEmpty)
        #expect(story.incidents.isEmpty)
        let entry = try #require(story.history.first { $0.kind == "terminated" })
        #expect(entry.data["standing"]?[0]?["task"] == "bank.fax")
        try operate(&story, .terminate)
        #expect(story.problem?.code == .instanceEnded)
    }

    @Test func whoeverStartsOnATerminationIsToldWhatItWasAndWhatStands() throws {
        let closing = Story.workflow(
            "start: {on: w.terminated, key: event.data.key}\nstates: {a: {type: final}}",
            name: "closing")
        let chart = """
            input: {type: object}
            initial: a
            states: {a: {invoke: {task: bank.charge, input: {amount: 5}, onDone: z}}, z: {type: final}}
            """
        var story = try Story(chart, input: ["account": "c-1"], key: "k-7", others: [closing])
        try operate(&story, .terminate)
        guard case .event(let name, let event, true)? = story.messages.last?.body else {
            Issue.record("\(story.messages)")
            return
        }
        #expect(name == InstanceName(workflow: "closing", key: "k-7"))
        #expect(event.data["input"] == ["account": "c-1"])
        #expect(event.data["effects"]?[0]?["task"] == "bank.charge")
        #expect(event.data["effects"]?[0]?["status"] == "possible")
        // Where nobody starts on it, nothing is sent.
        var alone = try Story(chart)
        try operate(&alone, .terminate)
        #expect(alone.messages.isEmpty)
    }

    @Test func aLateAnswerChangesNothingAfterThat() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        let call = try #require(story.calls.first)
        try operate(&story, .terminate)
        let entries = story.history.count
        try story.take(.answer(call.id, .done))
        #expect(story.history.count == entries)
        #expect(story.run.status == .terminated)
    }
}
