import Execution
import Testing
import Values

/// A call that has not left can be taken back, and a pause does not change who wins.
@Suite struct WithdrawalTests {
    private static let ana = Actor(role: "admin", subject: "ana")

    private func operate(_ story: inout Story, _ action: OperatorAction) throws {
        try story.take(.operate(action, reason: "audit", actor: Self.ana))
    }

    private func recall(_ story: Story) throws -> Int64 {
        try #require(story.calls.first?.recall)
    }

    @Test func aPauseRecallsTheCallAndResumingSendsItAsTheFirstAttempt() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        let call = try #require(story.calls.first)
        #expect(call.recall == nil)
        try operate(&story, .pause)
        #expect(story.calls.allSatisfy { $0.recall != nil })
        try story.take(.answer(call.id, .withdrawn(recall: try recall(story))))
        #expect(story.calls.isEmpty && story.kinds.contains("call.withdrawn"))
        try story.advance(.seconds(86_400))
        #expect(story.calls.isEmpty)
        try operate(&story, .resume)
        let again = try #require(story.calls.first)
        #expect(again.attempt == 1 && again.key == call.key && again.id != call.id)
        #expect(again.firstSentAt == story.now, "nothing left before")
        #expect(again.recall == nil)
    }

    @Test func oneThatHadLeftIsAwaitedAndNotSentAgain() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        let call = try #require(story.calls.first)
        try operate(&story, .pause)
        try operate(&story, .resume)
        #expect(story.calls == [call], "the same call, which the adapters know")
        try story.take(.answer(call.id, .succeeded(["id": "x"])))
        #expect(story.states == ["paid"])
    }

    @Test func aCallThatWasLetGoAgainIsNotTakenBackByAnEarlierRecall() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        let call = try #require(story.calls.first)
        try operate(&story, .pause)
        let first = try recall(story)
        try operate(&story, .resume)
        try story.take(.answer(call.id, .withdrawn(recall: first)))
        #expect(story.calls == [call])
        try operate(&story, .pause)
        try story.take(.answer(call.id, .withdrawn(recall: first)))
        #expect(story.calls.map(\.id) == [call.id])
        #expect(!story.kinds.contains("call.withdrawn"))
    }

    @Test func anAskingIsRecalledToo() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        try story.answer("bank.charge", .lost)
        let ask = try #require(story.calls.first)
        #expect(ask.purpose == .ask)
        try operate(&story, .pause)
        try story.take(.answer(ask.id, .withdrawn(recall: try recall(story))))
        #expect(story.calls.isEmpty)
        try operate(&story, .resume)
        #expect(story.called == ["ask bank.charge"])
    }

    @Test func leavingTheStateRecallsItsCallAndNothingIsUndone() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        let call = try #require(story.calls.first)
        try story.send("leave")
        #expect(story.calls.allSatisfy { $0.recall != nil })
        try story.take(.answer(call.id, .withdrawn(recall: try recall(story))))
        #expect(story.run.activations.isEmpty && story.effects.isEmpty)
    }

    @Test func cancellingDoesNotUndoWhatNeverLeft() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        let call = try #require(story.calls.first)
        try story.cancel()
        #expect(story.run.status == .running, "whether it left is not known yet")
        try story.take(.answer(call.id, .withdrawn(recall: try recall(story))))
        #expect(story.run.status == .cancelled)
        #expect(!story.kinds.contains("call.started") || !story.called.contains("bank.refund"))
    }

    @Test func anAskingAboutWhatWasLeftIsPutOffByAPauseAndNotUsedUp() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        try story.answer("bank.charge", .lost)
        try story.send("leave")
        let ask = try #require(story.calls.first)
        #expect(ask.purpose == .ask)
        try operate(&story, .pause)
        try story.take(.answer(ask.id, .withdrawn(recall: try recall(story))))
        #expect(story.calls.isEmpty, "another one would be taken back like this one")
        try operate(&story, .resume)
        #expect(story.called == ["ask bank.charge"])
    }

    @Test func whatIsCancelledAndPausedBeforeItsCallIsTakenBackEndsWhenItIsResumed() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        let call = try #require(story.calls.first)
        try story.cancel()
        try operate(&story, .pause)
        try story.take(.answer(call.id, .withdrawn(recall: try recall(story))))
        #expect(story.run.status == .running, "it is held")
        try operate(&story, .resume)
        #expect(story.run.status == .cancelled)
    }

    // MARK: Who wins

    private static let race = """
        events: {paid: {}}
        initial: waiting
        states:
          waiting: {on: {paid: shipped}, after: {4s: expired}}
          shipped: {}
          expired: {}
        """

    @Test(arguments: [(2, "shipped"), (6, "expired")])
    func anEventThatCameDuringAPauseWinsOnlyBeforeTheDeadline(second: Int64, state: String) throws {
        var story = try Story(Self.race)
        try story.advance(.seconds(1))
        try operate(&story, .pause)
        try story.advance(.seconds(Double(second - 1)))
        try story.send("paid")
        try story.advance(.seconds(10))
        try operate(&story, .resume)
        #expect(story.states == [state])
    }

    private static let hold = """
        events: {early: {early: keep, ttl: 3s}, go: {}}
        initial: a
        states:
          a: {on: {go: b}}
          b: {on: {early: c}}
          c: {}
        """

    @Test func aTimeToLiveThatRanOutDuringAPauseHasRunOut() throws {
        var story = try Story(Self.hold)
        try story.send("early")
        try operate(&story, .pause)
        try story.advance(.seconds(6))
        try story.send("go")
        try operate(&story, .resume)
        #expect(story.states == ["b"])
        #expect(story.kinds.contains("event.discarded"))
    }

    @Test func anEventHeldByAPauseLivesFromItsArrival() throws {
        var story = try Story(Self.hold)
        try operate(&story, .pause)
        try story.send("early")
        try story.advance(.seconds(6))
        try operate(&story, .resume)
        #expect(story.run.kept.isEmpty)
        #expect(story.kinds.last == "event.discarded")
        try story.send("go")
        #expect(story.states == ["b"])
    }
}
