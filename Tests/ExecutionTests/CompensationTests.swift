import Testing
import Values

@testable import Definition
@testable import Execution

/// Undoing: what is on the log, in which order, and what happens when undoing fails (G7).
@Suite struct CompensationTests {
    private static func chart(_ undo: String = "{compensate: all, onDone: undone}") -> String {
        """
        events: {undo: {}, again: {}}
        initial: one
        states:
          one: {on: {undo: undoing}, invoke: {task: bank.charge, input: {amount: 1}, onDone: two}}
          two: {on: {undo: undoing}, invoke: {task: bank.wire, input: {to: x}, onDone: three}}
          three: {on: {undo: undoing, again: one}}
          undoing: {on: {}, invoke: \(undo)}
          undone: {type: final, status: cancelled}
          failed: {tags: [attention]}
        """
        .replacing("on: {}, ", with: "")
    }

    private static func both(_ undo: String = "{compensate: all, onDone: undone}") throws -> Story {
        var story = try Story(chart(undo))
        try story.answer("bank.charge", .succeeded(["id": "ch-1"]))
        try story.answer("bank.wire", .done)
        return story
    }

    @Test func trap7AnEffectIsRegisteredWhenTheCallStarts() throws {
        let story = try Story(Self.chart())
        #expect(story.effects == ["bank.charge possible"])
    }

    @Test func trap7ACleanErrorStrikesItOut() throws {
        var story = try Story(Self.chart())
        try story.answer("bank.charge", .declined)
        #expect(story.effects.isEmpty)
    }

    @Test func trap9EffectsAreUndoneInReverseOrderOfStarting() throws {
        var story = try Self.both()
        try story.send("undo")
        #expect(story.called == ["bank.unwire"])
        #expect(
            story.calls.first?.input == ["key": "pawl/w/1/2", "input": ["to": "x"], "output": [:]])
        try story.answer("bank.unwire", .done)
        #expect(story.called == ["bank.refund"])
        #expect(story.calls.first?.input["key"] == "pawl/w/1/1")
        #expect(story.calls.first?.input["output"] == ["id": "ch-1"])
        try story.answer("bank.refund", .done)
        #expect(story.run.status == .cancelled)
        #expect(story.effects.isEmpty)
    }

    @Test func onlyNamedTasksAreUndone() throws {
        var story = try Self.both("{compensate: [bank.charge], onDone: undone}")
        try story.send("undo")
        #expect(story.called == ["bank.refund"])
        try story.answer("bank.refund", .done)
        #expect(story.run.status == .cancelled)
        #expect(story.effects == ["bank.wire applied"])
    }

    @Test func trap8UndoingWaitsForTheCallInFlight() throws {
        var story = try Story(Self.chart())
        try story.send("undo")
        #expect(story.called == ["bank.charge"])
        try story.answer("bank.charge", .succeeded(["id": "late"]))
        #expect(story.called == ["bank.refund"])
    }

    @Test func trap8NothingIsUndoneWhenTheCallInFlightWasRefused() throws {
        var story = try Story(Self.chart())
        try story.send("undo")
        try story.answer("bank.charge", .declined)
        #expect(story.run.status == .cancelled)
    }

    @Test func trap8AnUnknownOutcomeIsSettledFirst() throws {
        var story = try Story(Self.chart())
        try story.answer("bank.charge", .lost)
        try story.send("undo")
        #expect(story.called == ["ask bank.charge"])
        try story.answer("bank.charge", .undecided)
        #expect(story.called.isEmpty)
        try story.advance(.seconds(10))
        try story.answer("bank.charge", .succeeded(["id": "ch-1"]))
        #expect(story.called == ["bank.refund"])
    }

    @Test func trap11EachRoundOfALoopIsUndone() throws {
        var story = try Self.both()
        try story.send("again")
        try story.answer("bank.charge", .done)
        try story.send("undo")
        try story.answer("bank.wire", .declined)
        var keys: [Value?] = []
        for task in ["bank.refund", "bank.unwire", "bank.refund"] {
            #expect(story.called == [task])
            keys.append(story.calls.first?.input["key"])
            try story.answer(task, .done)
        }
        #expect(keys == ["pawl/w/1/3", "pawl/w/1/2", "pawl/w/1/1"])
        #expect(story.run.status == .cancelled)
    }

    @Test func trap10AFailedCompensationIsAnIncidentAndNeverTheEnd() throws {
        var story = try Self.both()
        try story.send("undo")
        try story.answer("bank.unwire", .declined)
        #expect(story.incidents == [.compensationFailed])
        #expect(story.run.status == .running)
        try story.retry()
        #expect(story.called == ["bank.unwire"])
        try story.answer("bank.unwire", .done)
        try story.answer("bank.refund", .done)
        #expect(story.run.status == .cancelled)
    }

    @Test func anUndoingWhoseAnswerWasLostAndThatWasThenRefusedHasFailedAsFarAsAnybodyKnows() throws
    {
        var story = try Self.both()
        try story.send("undo")
        try story.answer("bank.unwire", .lost)
        try story.advance(.seconds(2))
        try story.answer("bank.unwire", .declined)
        #expect(story.incidents == [.compensationFailed])
        try story.retry()
        #expect(story.called == ["bank.unwire"])
    }

    @Test func trap10AnExplicitStateCatchesAFailedCompensation() throws {
        let undo =
            "{compensate: all, onDone: undone, onError: [{error: compensation-failed, target: failed}]}"
        var story = try Self.both(undo)
        try story.send("undo")
        try story.answer("bank.unwire", .declined)
        #expect(story.states == ["failed"])
        #expect(story.incidents.isEmpty)
        #expect(story.effects.count == 2)
    }

    @Test func trap10CancelDuringACompensationIsRecordedAndIgnored() throws {
        var story = try Self.both()
        try story.send("undo")
        try story.cancel()
        #expect(story.receipt?.outcome == .ignored)
        #expect(story.kinds.last == "cancel.ignored")
        #expect(story.states == ["undoing"])
        try story.answer("bank.unwire", .done)
        try story.answer("bank.refund", .done)
        #expect(story.states == ["undone"])
    }

    @Test func cancellingAnInstanceUndoesAllAndEndsAsCancelled() throws {
        var story = try Self.both()
        try story.cancel()
        #expect(story.receipt?.outcome == .applied)
        #expect(story.states.isEmpty)
        #expect(story.run.status == .running)
        try story.cancel()
        #expect(story.receipt?.outcome == .ignored)
        try story.answer("bank.unwire", .done)
        try story.answer("bank.refund", .done)
        #expect(story.run.status == .cancelled)
    }

    private static func own(_ guardText: String) -> String {
        """
        on: {cancel: {target: stopped\(guardText)}}
        initial: a
        states: {a: {}, stopped: {type: final, status: cancelled, output: own}}
        """
    }

    @Test func theRootsOwnCancelGoesFirst() throws {
        var story = try Story(Self.own(""))
        try story.cancel()
        #expect(story.run.status == .cancelled)
        #expect(story.run.output == "own")
    }

    @Test func aCancelWhoseGuardIsFalseSaysThatNothingHappened() throws {
        var story = try Story(Self.own(", guard: 'false'"))
        try story.cancel()
        #expect(story.receipt?.outcome == .ignored)
        #expect(story.receipt?.code == "guard-false")
        #expect(story.run.status == .running)
    }

    @Test func anEndDoesNotForgetTheEffectOfACallInFlight() throws {
        var story = try Story(
            """
            events: {stop: {}}
            initial: a
            states:
              a: {on: {stop: end}, invoke: {task: bank.charge, input: {amount: 1}, onDone: end}}
              end: {type: final}
            """)
        try story.send("stop")
        #expect(story.run.status == .completed)
        try story.answer("bank.charge", .succeeded(["id": "late"]))
        #expect(story.effects == ["bank.charge applied"])
        #expect(story.kinds.last == "call.completed")
    }

    @Test func localEffectsAreUndoneInTheSameWay() throws {
        var story = try Story(
            """
            initial: a
            states: {a: {invoke: {task: shop.reserve, onDone: b}}, b: {}}
            """)
        try story.cancel()
        #expect(story.run.status == .cancelled)
        #expect(story.writes.map(\.collection) == ["reserve", "release"])
    }
}
