import Testing
import Values

@testable import Definition
@testable import Execution

/// The answer was lost: ask, send again under the same key, or call a person (G4).
@Suite struct UnknownOutcomeTests {
    @Test func anUnknownOutcomeIsAskedAbout() throws {
        var story = try Story(CallTests.chart())
        try story.answer("bank.charge", .lost)
        #expect(story.called == ["ask bank.charge"])
        #expect(story.calls.map(\.key) == ["pawl/w/1/1"])
        try story.answer("bank.charge", .succeeded(["id": "ch-1"]))
        #expect(story.states == ["paid"])
        #expect(story.effects == ["bank.charge applied"])
    }

    @Test func whatWasNotAppliedIsTriedAgainUnderTheSameKey() throws {
        var story = try Story(CallTests.chart())
        try story.answer("bank.charge", .lost)
        try story.answer("bank.charge", .notApplied)
        try story.advance(.seconds(1))
        #expect(story.called == ["bank.charge"])
        #expect(story.calls.map(\.key) == ["pawl/w/1/1"])
    }

    @Test func anUndecidedRemoteIsAskedAgainLaterAndAtLastAPerson() throws {
        var story = try Story(CallTests.chart())
        try story.answer("bank.charge", .lost)
        for _ in 1..<30 {
            try story.answer("bank.charge", .undecided)
            #expect(story.called.isEmpty)
            try story.advance(.seconds(300))
        }
        try story.answer("bank.charge", .undecided)
        #expect(story.incidents == [.outcomeUnknown])
        try story.retry()
        #expect(story.called == ["ask bank.charge"])
    }

    @Test func anAskingCanNameWhyNothingTookPlace() throws {
        var story = try Story(CallTests.chart(extra: "onError: [{error: taken, target: poor}]"))
        try story.answer("bank.charge", .lost)
        let taken = CallError(name: "taken", message: "somebody else's", isRetryable: false)
        try story.answer("bank.charge", .failed(taken))
        #expect(story.states == ["poor"])
        #expect(story.effects.isEmpty)
        #expect(story.incidents.isEmpty)
    }

    @Test func anAskingThatOnlyAPersonCanReadIsAnIncidentAtOnce() throws {
        var story = try Story(CallTests.chart(extra: "onError: [{target: poor}]"))
        try story.answer("bank.charge", .lost)
        let unclear = CallError(name: "unclear", message: "two of them", isRetryable: false)
        try story.answer("bank.charge", .unknown(unclear))
        #expect(story.states == ["pay"])
        #expect(story.incidents == [.outcomeUnknown])
        #expect(story.effects == ["bank.charge possible"])
        try story.retry()
        #expect(story.called == ["ask bank.charge"])
    }

    @Test func aLaterRefusalSaysNothingOfAnAttemptWhoseAnswerWasLost() throws {
        var story = try Story(CallTests.chart("bank.wire", extra: "onError: [{target: poor}]"))
        try story.answer("bank.wire", .lost)
        try story.advance(.seconds(1))
        try story.answer("bank.wire", .declined)
        #expect(story.states == ["pay"])
        #expect(story.incidents == [.outcomeUnknown])
        #expect(story.effects == ["bank.wire possible"])
        #expect(story.kinds.suffix(2) == ["call.failed", "incident.opened"])
    }

    @Test func whatCanBeAskedIsAskedAfterALaterRefusal() throws {
        var story = try Story(CallTests.chart(extra: "onError: [{error: declined, target: poor}]"))
        try story.answer("bank.charge", .failedAfterRestart(Self.declined))
        #expect(story.called == ["ask bank.charge"])
        #expect(story.states == ["pay"])
        try story.answer("bank.charge", .notApplied)
        try story.advance(.seconds(1))
        try story.answer("bank.charge", .declined)
        #expect(story.states == ["poor"])
        #expect(story.effects.isEmpty)
    }

    private static let declined = CallError(
        name: "declined", message: "HTTP 402", isRetryable: false)

    @Test func aPassingRefusalAfterARestartIsTriedAgainAndForgetsNothing() throws {
        var story = try Story(CallTests.chart("bank.wire"))
        let down = CallError(name: "unavailable", message: "HTTP 503", isRetryable: true)
        try story.answer("bank.wire", .failedAfterRestart(down))
        try story.advance(.seconds(1))
        #expect(story.called == ["bank.wire"])
        try story.answer("bank.wire", .declined)
        #expect(story.incidents == [.outcomeUnknown])
    }

    @Test func triesThatAreSpentDoNotMakeAnUnknownOutcomeAFailure() throws {
        let extra = "onError: [{error: exhausted, target: poor}, {target: left}]"
        var story = try Story(CallTests.chart("bank.wire", extra: extra))
        for _ in 1...3 {
            try story.answer("bank.wire", .lost)
            try story.advance(.seconds(2))
        }
        #expect(story.states == ["pay"])
        #expect(story.incidents == [.outcomeUnknown])
        #expect(story.effects == ["bank.wire possible"])
    }

    @Test func aMailThatMayHaveBeenTakenIsNotReportedAsRefused() throws {
        var story = try Story(
            """
            mails: {bye: {subject: Bye, text: Good bye}}
            initial: a
            states: {a: {entry: {notify: {to: a@b.c, mail: bye}}, always: end}, end: {type: final}}
            """)
        try story.answer("smtp.send", .lost)
        try story.advance(.seconds(2))
        try story.answer("smtp.send", .declined)
        #expect(story.incidents == [.outcomeUnknown])
    }

    @Test func resendSendsAgainUnderTheSameKey() throws {
        var story = try Story(CallTests.chart("bank.wire"))
        try story.answer("bank.wire", .lost)
        try story.advance(.seconds(1))
        #expect(story.called == ["bank.wire"])
        #expect(story.calls.map(\.key) == ["pawl/w/1/1"])
    }

    @Test func parkCallsAPersonAtOnce() throws {
        var story = try Story(CallTests.chart("bank.fax"))
        try story.answer("bank.fax", .lost)
        #expect(story.incidents == [.outcomeUnknown])
        #expect(story.effects == ["bank.fax possible"])
        try story.retry()
        #expect(story.calls.map(\.key) == ["pawl/w/1/1"])
    }

    private static let patient =
        "{maximumAttempts: 0, initialInterval: 10h, maximumInterval: 10h, jitter: false}"

    @Test func aKeyIsNotRepeatedBeyondNineTenthsOfItsRetention() throws {
        var story = try Story(CallTests.chart("bank.wire", retry: Self.patient))
        try story.answer("bank.wire", .lost)
        try story.advance(.seconds(36_000))
        try story.answer("bank.wire", .lost)
        try story.advance(.seconds(36_000))
        #expect(story.calls.map(\.attempt) == [3])
        try story.answer("bank.wire", .lost)
        #expect(story.incidents == [.outcomeUnknown])
    }

    @Test func aKeyIsNotRepeatedAfterAnOutageLongerThanItsRetention() throws {
        var story = try Story(CallTests.chart("bank.wire"))
        try story.answer("bank.wire", .lost)
        story.sleep(.seconds(2 * 86_400))
        try story.advance(.zero)
        #expect(story.called.isEmpty)
        #expect(story.incidents == [.outcomeUnknown])
    }

    @Test func norByAPersonWhoComesTooLate() throws {
        var story = try Story(CallTests.chart("bank.fax"))
        try story.answer("bank.fax", .lost)
        try story.advance(.seconds(2 * 86_400))
        try story.retry()
        #expect(story.called.isEmpty)
        #expect(story.incidents == [.outcomeUnknown])
    }

    @Test func cancellingNeverHidesAnOutcomeThatNobodyKnows() throws {
        var story = try Story(CallTests.chart("bank.telex"))
        try story.answer("bank.telex", .lost)
        try story.cancel()
        #expect(story.run.status == .cancelled)
        #expect(story.incidents == [.outcomeUnknown])
        #expect(try story.health == .blocked)
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.sentence.contains("Find out at the remote"))
        #expect(blocker.actions.map(\.name) == ["complete", "fail"])
        try story.retry()
        #expect(story.called.isEmpty)
        #expect(story.incidents == [.outcomeUnknown])
        let told = OperatorAction.fail(incident: 2, error: "declined", message: "never arrived")
        try story.take(
            .operate(told, reason: "they said so", actor: Actor(role: "admin", subject: "a")))
        #expect(story.incidents.isEmpty)
        #expect(story.run.activations.isEmpty)
        #expect(story.run.status == .cancelled)
    }

    @Test func whatIsHarmlessToRepeatIsRepeatedByAPersonAtAnyTime() throws {
        var story = try Story(CallTests.chart("bank.recall"))
        try story.answer("bank.recall", .lost)
        story.sleep(.seconds(2 * 86_400))
        try story.advance(.zero)
        #expect(story.called == ["bank.recall"])
        #expect(story.incidents.isEmpty)
    }

    @Test func whatWasRefusedMayBeRepeatedAtAnyTime() throws {
        var story = try Story(CallTests.chart("bank.wire"))
        try story.answer("bank.wire", .down)
        story.sleep(.seconds(2 * 86_400))
        try story.advance(.zero)
        #expect(story.called == ["bank.wire"])
    }

    @Test func trap12TheResultOfALeftStateIsNotTheChartsButUpdatesTheLog() throws {
        var story = try Story(CallTests.chart())
        try story.send("leave")
        #expect(story.states == ["left"])
        #expect(story.effects == ["bank.charge possible"])
        try story.answer("bank.charge", .succeeded(["id": "ch-1"]))
        #expect(story.states == ["left"])
        #expect(story.effects == ["bank.charge applied"])
        #expect(story.context["id"] == nil)
    }

    /// The state is active again, but with another call: the answer of the first one is not for it.
    @Test func aLateAnswerIsNotTakenByTheStateThatCallsAgain() throws {
        var story = try Story(
            """
            context: {id: {type: string}}
            events: {leave: {}, back: {}}
            initial: a
            states:
              a:
                on: {leave: b}
                invoke:
                  task: bank.charge
                  input: {amount: 1}
                  onDone: {target: c, actions: {assign: {id: '${event.data.id}'}}}
              b: {on: {back: a}}
              c: {type: final}
            """)
        try story.send("leave")
        try story.send("back")
        try story.answer("bank.charge", .succeeded(["id": "first"]))
        #expect(story.run.status == .running)
        #expect(story.effects == ["bank.charge applied", "bank.charge possible"])
        try story.answer("bank.charge", .succeeded(["id": "second"]))
        #expect(story.run.status == .completed)
        #expect(story.context["id"] == "second")
    }

    @Test func aLeftCallThatWasRefusedIsStruckOut() throws {
        var story = try Story(CallTests.chart())
        try story.send("leave")
        try story.answer("bank.charge", .down)
        #expect(story.effects.isEmpty)
        #expect(story.run.activations.isEmpty)
    }

    @Test func aLeftCallOfUnknownOutcomeIsAskedAbout() throws {
        var story = try Story(CallTests.chart())
        try story.send("leave")
        try story.answer("bank.charge", .lost)
        #expect(story.called == ["ask bank.charge"])
        try story.answer("bank.charge", .notApplied)
        #expect(story.effects.isEmpty)
    }

    @Test func aLeftCallThatNobodyCanAskAboutStaysPossible() throws {
        var story = try Story(CallTests.chart("bank.wire"))
        try story.send("leave")
        try story.answer("bank.wire", .lost)
        #expect(story.effects == ["bank.wire possible"])
        #expect(story.run.activations.isEmpty)
        #expect(story.kinds.last == "call.unsettled")
    }
}
