import Testing
import Values

@testable import Definition
@testable import Execution

/// Money that somebody holds: what was not sent waits, what was sent is settled, and nothing runs out meanwhile.
@Suite struct MoneyHoldTests {
    @Test func anAttemptThatWouldLeaveWaitsAndIsTheFirstOneAfterwards() throws {
        var story = try Story(
            """
            events: {go: {}}
            initial: a
            states:
              a: {on: {go: pay}}
              pay: {invoke: {task: bank.charge, input: {amount: 5}, onDone: paid}}
              paid: {}
            """)
        let hold = story.holdMoney()
        try story.send("go")
        let held = try #require(story.calls.first)
        #expect(held.isHeld && held.attempt == 0)
        #expect(story.kinds.contains("money.held"))
        try story.advance(.seconds(30 * 86_400))
        #expect(story.calls == [held] && story.states == ["pay"])
        try story.releaseMoney(hold)
        try story.advance(.zero)
        let call = try #require(story.calls.first)
        #expect(!call.isHeld && call.attempt == 1 && call.key == held.key)
        #expect(call.firstSentAt == story.now, "nothing left before")
        try story.answer("bank.charge", .done)
        #expect(story.states == ["paid"])
    }

    @Test func whatWaitedAtTheAdaptersCountsAsNoAttempt() throws {
        var story = try Story(CallTests.chart(retry: "{maximumAttempts: 1}"))
        let hold = story.holdMoney()
        try story.answer("bank.charge", .held(mayHaveLeft: false))
        #expect(story.calls.map(\.isHeld) == [true])
        try story.releaseMoney(hold)
        try story.advance(.zero)
        #expect(story.calls.map(\.attempt) == [1])
    }

    @Test func oneThatComesBackAfterTheReleaseIsSentAgain() throws {
        var story = try Story(CallTests.chart())
        try story.answer("bank.charge", .held(mayHaveLeft: false))
        try story.advance(.zero)
        #expect(story.called == ["bank.charge"] && story.calls.map(\.attempt) == [1])
    }

    @Test func whatHadLeftIsAskedAboutAndNotSentAgain() throws {
        var story = try Story(CallTests.chart(retry: "{maximumAttempts: 1}"))
        let hold = story.holdMoney()
        try story.answer("bank.charge", .lost)
        #expect(story.called == ["ask bank.charge"], "asking moves no money")
        try story.answer("bank.charge", .notApplied)
        #expect(story.calls.map(\.isHeld) == [true], "and no try is spent by it")
        #expect(story.incidents.isEmpty)
        try story.releaseMoney(hold)
        try story.advance(.zero)
        #expect(story.calls.map(\.attempt) == [1])
    }

    @Test func whatIsSentAgainUnderItsKeyWaitsToo() throws {
        var story = try Story(CallTests.chart("bank.wire"))
        let hold = story.holdMoney(.direction(.outgoing))
        try story.answer("bank.wire", .lost)
        try story.advance(.seconds(3_600))
        #expect(story.calls.map(\.isHeld) == [true])
        try story.releaseMoney(hold)
        try story.advance(.zero)
        #expect(story.called == ["bank.wire"] && !story.calls[0].isHeld)
    }

    /// The remote may have forgotten the key: sending would be a second payment.
    @Test func aKeyThatIsTooOldIsAskedAboutAfterTheRelease() throws {
        var story = try Story(CallTests.chart("bank.wire"))
        let hold = story.holdMoney()
        try story.answer("bank.wire", .lost)
        try story.advance(.seconds(23 * 3_600))
        try story.releaseMoney(hold)
        try story.advance(.zero)
        #expect(story.called.isEmpty)
        #expect(story.incidents == [.outcomeUnknown], "a wire cannot be asked about: a person is")
    }

    @Test func neitherADeadlineNorARetryLimitRunsOut() throws {
        var story = try Story(
            CallTests.chart(
                retry: "{maximumAttempts: 9, maximumElapsed: 10m, jitter: false}",
                extra: "deadline: 1h\n      onError: poor"))
        try story.advance(.seconds(60))
        let hold = story.holdMoney()
        try story.answer("bank.charge", .held(mayHaveLeft: false))
        try story.advance(.seconds(86_400))
        #expect(story.states == ["pay"])
        try story.releaseMoney(hold)
        try story.advance(.zero)
        try story.answer("bank.charge", .down)
        #expect(story.states == ["pay"], "one minute of ten is over")
        try story.advance(.seconds(2))
        #expect(story.called == ["bank.charge"])
        try story.advance(.seconds(58 * 60))
        #expect(story.states == ["pay"])
        try story.advance(.seconds(60))
        #expect(story.states == ["poor"], "an hour of its own")
    }

    @Test func membersOfAFanOutDoNotLoseTheDeadlineOfAllOfThem() throws {
        var story = try Story(
            """
            initial: pay
            states:
              pay:
                invoke:
                  task: bank.charge
                  forEach: {in: '${[1, 2]}'}
                  input: {amount: '${item}'}
                  deadline: 1h
                  onDone: paid
                  onError: poor
              paid: {}
              poor: {}
            """)
        let hold = story.holdMoney()
        for call in story.calls { try story.take(.answer(call.id, .held(mayHaveLeft: false))) }
        try story.advance(.seconds(86_400))
        #expect(story.states == ["pay"])
        try story.releaseMoney(hold)
        try story.advance(.seconds(3_599))
        #expect(story.states == ["pay"])
        try story.advance(.seconds(1))
        #expect(story.states == ["poor"])
    }

    @Test func leavingTheStateTakesAHeldCallBackForCertain() throws {
        var story = try Story(CallTests.chart())
        story.holdMoney()
        try story.answer("bank.charge", .held(mayHaveLeft: false))
        try story.send("leave")
        #expect(story.run.activations.isEmpty && story.effects.isEmpty && story.calls.isEmpty)
    }

    /// It has not failed.
    @Test func anUndoingWaitsForTheHold() throws {
        var story = try Story(CallTests.chart())
        try story.answer("bank.charge", .done)
        story.holdMoney(.direction(.outgoing))
        try story.cancel()
        #expect(story.calls.map(\.isHeld) == [true] && story.called == ["bank.refund"])
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.kind == .moneyHeld)
        #expect(blocker.sentence.contains("operator/ana") && blocker.sentence.contains("audit"))
        #expect(story.incidents.isEmpty && !blocker.needsPerson)
    }

    @Test func holdsAddUp() throws {
        var story = try Story(CallTests.chart())
        let all = story.holdMoney()
        let bank = story.holdMoney(.adapter("bank"))
        try story.answer("bank.charge", .held(mayHaveLeft: false))
        try story.releaseMoney(all)
        try story.advance(.seconds(60))
        #expect(story.calls.map(\.isHeld) == [true])
        try story.releaseMoney(bank)
        try story.advance(.zero)
        #expect(story.calls.map(\.isHeld) == [false])
    }

    @Test func afterARestartWhatMayHaveLeftIsAskedAboutOrWaits() throws {
        var story = try Story(CallTests.chart())
        story.holdMoney()
        try story.answer("bank.charge", .held(mayHaveLeft: true))
        #expect(story.called == ["ask bank.charge"])
        var wire = try Story(CallTests.chart("bank.wire"))
        wire.holdMoney()
        try wire.answer("bank.wire", .held(mayHaveLeft: true))
        #expect(wire.calls.map(\.isHeld) == [true])
        #expect(wire.run.activations.first?.mayHaveApplied == true)
    }

    @Test func aPausedInstanceIsReleasedAndSendsOnceItIsResumed() throws {
        var story = try Story(CallTests.chart())
        let ana = Actor(role: "admin", subject: "ana")
        let hold = story.holdMoney()
        try story.answer("bank.charge", .held(mayHaveLeft: false))
        try story.take(.operate(.pause, reason: "audit", actor: ana))
        try story.releaseMoney(hold)
        try story.advance(.seconds(60))
        #expect(story.calls.isEmpty)
        try story.take(.operate(.resume, reason: "seen", actor: ana))
        #expect(story.called == ["bank.charge"] && !story.calls[0].isHeld)
    }

    @Test(arguments: [
        ("out", true, false), ("in", false, true), ("all", true, true),
        ("adapter:bank", true, true), ("adapter:smtp", false, false),
        ("operation:bank.wire", true, false), ("account:w-1", false, false),
    ])
    func aScopeCoversWhatTheManifestSays(text: String, wire: Bool, charge: Bool) throws {
        let catalog = try Story.catalog([])
        let scope = try #require(MoneyScope(parsing: text))
        #expect(scope.text == text)
        func covers(_ name: String) throws -> Bool {
            scope.covers("bank", try #require(catalog.operation("bank", name)), ["amount": 1])
        }
        #expect(try covers("wire") == wire)
        #expect(try covers("charge") == charge)
        #expect(try !covers("recall"), "it moves none")
    }

    @Test func anAccountThatBeginsWithAnAccentIsOne() {
        #expect(MoneyScope(parsing: "account:\u{301}x") == .account("\u{301}x"))
    }

    @Test func anAccountIsHeldByWhatTheInputSays() throws {
        let fax = try #require(Story.catalog([]).operation("bank", "fax"))
        let scope = MoneyScope.account("w-1")
        #expect(scope.covers("bank", fax, ["to": "w-1"]))
        #expect(!scope.covers("bank", fax, ["to": "w-2"]))
        #expect(!scope.covers("bank", fax, ["to": nil]))
        #expect(scope.covers("bank", fax, [:]), "nobody can tell, and what must not leave waits")
    }

    @Test(arguments: [
        "", "outgoing", "adapter:", "operation:bank", "operation:bank.", "account:", "all:x",
    ])
    func whatIsNoScopeIsRefused(text: String) { #expect(MoneyScope(parsing: text) == nil) }
}
