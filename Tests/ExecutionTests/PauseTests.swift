import Execution
import Testing
import Values

/// An operator holds an instance.
@Suite struct PauseTests {
    private static let admin = Actor(role: "admin", subject: "ana")
    private static let chart = """
        context: {n: {type: integer, default: 0}}
        events: {go: {}, back: {}}
        initial: a
        states:
          a:
            on: {go: b}
            after: {1h: late}
            always: {guard: context.n > 2, target: late}
          b: {on: {back: a}}
          late: {type: final}
        """

    private func operate(_ story: inout Story, _ action: OperatorAction) throws {
        try story.take(.operate(action, reason: "supplier outage", actor: Self.admin))
    }

    @Test func nothingMovesItAndTheBlockerSaysWho() throws {
        var story = try Story(Self.chart)
        try operate(&story, .pause)
        try story.advance(.seconds(7_200))
        #expect(story.states == ["a"])
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.kind == .paused)
        #expect(blocker.needsPerson)
        #expect(blocker.sentence.hasPrefix("Paused by admin/ana 2 h"))
        #expect(blocker.sentence.hasSuffix(" ago: \"supplier outage\"."))
        #expect(blocker.actions.map(\.name) == ["resume"])
        #expect(try story.health == .blocked)
        #expect(try story.run.summary(story.definition).incidents == 1)
        try operate(&story, .resume)
        #expect(story.run.status == .completed)
        #expect(story.kinds.contains("resumed"))
    }

    @Test func nothingIsOfferedThatAPausedInstanceWouldRefuse() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        try story.answer("bank.charge", .declined)
        #expect(story.incidents == [.callExhausted])
        try operate(&story, .pause)
        let blockers = try story.blockers()
        #expect(blockers.map(\.kind) == [.paused, .callExhausted])
        #expect(blockers.flatMap(\.actions).map(\.name) == ["resume"])
        #expect(blockers.allSatisfy { $0.next == nil })
    }

    @Test func eventsAreKeptAndTakenInTheirOrder() throws {
        var story = try Story(Self.chart)
        try operate(&story, .pause)
        for name in ["go", "back", "go"] {
            try story.send(name)
            #expect(story.receipt == Receipt(.kept))
        }
        #expect(story.states == ["a"])
        try operate(&story, .resume)
        #expect(story.states == ["b"])
        #expect(story.kinds.filter { $0 == "event.applied" }.count == 3)
    }

    @Test func theAnswerOfACallUnderWayWaitsAndIsNotAskedForAgain() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        let call = try #require(story.calls.first)
        try operate(&story, .pause)
        #expect(story.calls.map(\.id) == [call.id])
        try story.take(.answer(call.id, .succeeded(["id": "x"])))
        try story.take(.answer(call.id, .succeeded(["id": "x"])))
        #expect(story.calls.isEmpty)
        #expect(story.states != ["paid"])
        try operate(&story, .resume)
        #expect(story.states == ["paid"])
        #expect(story.effects == ["bank.charge applied"])
        #expect(story.kinds.filter { $0 == "call.completed" }.count == 1)
    }

    @Test func aCallThatIsDueAgainLeavesWhenItIsResumed() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        try story.answer("bank.charge", .down)
        try operate(&story, .pause)
        try story.advance(.seconds(86_400))
        #expect(story.calls.isEmpty)
        try operate(&story, .resume)
        #expect(story.calls.count == 1)
    }

    @Test func dataCanBeMendedMeanwhileAndCountsFromThenOn() throws {
        var story = try Story(Self.chart)
        try operate(&story, .pause)
        try operate(&story, .assign(["n": 3]))
        #expect(story.states == ["a"])
        try operate(&story, .resume)
        #expect(story.run.status == .completed)
    }

    @Test func whatWouldMoveItIsRefusedAndSaysWhatToDo() throws {
        var story = try Story(Self.chart)
        try operate(&story, .pause)
        for action in [
            OperatorAction.move(to: "b"), .fireTimer(state: "a"), .retry(incident: nil), .pause,
        ] {
            try operate(&story, action)
            #expect(story.problem?.code == .notApplicable)
            #expect(story.problem?.fix?.contains("pawl resume") == true)
        }
        try operate(&story, .resume)
        try operate(&story, .resume)
        #expect(story.problem?.code == .notApplicable)
    }

    @Test func cancellingEndsThePauseAndUndoesWhatTookEffect() throws {
        var story = try Story(CallTests.chart("bank.charge"))
        let call = try #require(story.calls.first)
        try operate(&story, .pause)
        try story.take(.answer(call.id, .done))
        try story.cancel()
        #expect(story.run.pause == nil)
        #expect(story.kinds.contains("call.completed"))
        #expect(story.called.contains { $0.hasPrefix("bank.") && $0 != "bank.charge" })
    }

    @Test func terminatingEndsItAndTellsWhatWasNotTaken() throws {
        var story = try Story(Self.chart)
        try operate(&story, .pause)
        try story.send("go")
        try operate(&story, .terminate)
        #expect(story.run.status == .terminated)
        #expect(story.kinds.contains("event.discarded"))
    }

    @Test func heldEventsHaveTheRoomOfEarlyOnes() throws {
        var story = try Story(Self.chart)
        try operate(&story, .pause)
        for _ in 0..<256 { try story.send("go") }
        #expect(story.receipt == Receipt(.kept))
        try story.send("go")
        #expect(story.receipt?.code == "too-many")
    }
}
