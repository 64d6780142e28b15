import Testing
import Values

@testable import Definition
@testable import Execution

/// Calls: attempts, keys, back-off and what a failure becomes.
@Suite struct CallTests {
    static func chart(
        _ task: String = "bank.charge", retry: String = "{maximumAttempts: 3, jitter: false}",
        extra: String = ""
    ) -> String {
        """
        context: {id: {}}
        events: {leave: {}}
        initial: pay
        states:
          pay:
            on: {leave: left}
            invoke:
              task: \(task)
              input: {amount: 5}
              retry: \(retry)
              onDone: {target: paid, actions: {assign: {id: '${event.data.id}'}}}
              \(extra)
          paid: {}
          poor: {}
          left: {}
        """
    }

    @Test(
        "A remote that says when to come again is not asked before, nor later than an hour",
        arguments: [(0, 1), (120, 120), (86_400, 3_600)] as [(Int64, Int64)])
    func comesWhenItIsTold(retryAfter: Int64, pause: Int64) throws {
        var story = try Story(Self.chart())
        let slow = CallError(
            name: "unavailable", message: "HTTP 429", isRetryable: true,
            detail: ["status": 429, "retryAfter": .int(retryAfter)])
        try story.answer("bank.charge", .failed(slow))
        try story.advance(.milliseconds(pause * 1_000 - 1))
        #expect(story.called.isEmpty)
        try story.advance(.milliseconds(1))
        #expect(story.called == ["bank.charge"])
    }

    @Test("A date is as good as seconds, and one that is past changes nothing")
    func comesAtTheDateThatItIsTold() throws {
        for (wait, pause) in [(120, 120), (-60, 1), (86_400, 3_600)] as [(Int64, Int64)] {
            var story = try Story(Self.chart())
            let slow = CallError(
                name: "unavailable", message: "HTTP 429", isRetryable: true,
                detail: ["retryAt": .string((story.now + .seconds(wait)).rfc3339)])
            try story.answer("bank.charge", .failed(slow))
            try story.advance(.milliseconds(pause * 1_000 - 1))
            #expect(story.called.isEmpty, "\(wait)")
            try story.advance(.milliseconds(1))
            #expect(story.called == ["bank.charge"], "\(wait)")
        }
    }

    @Test func theCallLeavesWithAKeyMadeOfTheInstanceAndItsActivation() throws {
        let story = try Story(Self.chart())
        #expect(story.called == ["bank.charge"])
        #expect(story.calls.map(\.key) == ["pawl/w/1/1"])
        #expect(story.calls.map(\.attempt) == [1])
    }

    @Test(
        arguments: [
            ("plain-1:2026-W07", "pawl/w/plain-1:2026-W07/1"),
            ("M\u{FC}ller", "pawl/w/M%C3%BCller/1"),
            ("Mu\u{308}ller", "pawl/w/Mu%CC%88ller/1"), ("日本", "pawl/w/%E6%97%A5%E6%9C%AC/1"),
            ("x ", "pawl/w/x%20/1"), (" x", "pawl/w/%20x/1"), ("50%", "pawl/w/50%25/1"),
            (#"a"b\c"#, "pawl/w/a%22b%5Cc/1"),
        ])
    func theKeyIsOneASCIITextWhateverTheInstanceIsCalled(name: String, key: String) throws {
        let story = try Story(Self.chart(), key: name)
        #expect(story.calls.map(\.key) == [key])
    }

    @Test func aLongKeyIsCutAndStaysAnInstancesOwn() throws {
        let keys = try ["a", "b"].map { end in
            try #require(
                Story(Self.chart(), key: String(repeating: "é", count: 60) + end).calls.first
            ).key
        }
        #expect(keys[0] != keys[1])
        for key in keys {
            #expect(key.utf8.count <= 200 && key.hasPrefix("pawl/w/%C3%A9") && key.hasSuffix("/1"))
        }
    }

    @Test func itsResultGoesToOnDone() throws {
        var story = try Story(Self.chart())
        try story.answer("bank.charge", .succeeded(["id": "ch-1"]))
        #expect(story.states == ["paid"])
        #expect(story.context["id"] == "ch-1")
        #expect(story.run.activations.isEmpty)
    }

    @Test func trap12AllAttemptsCarryOneKey() throws {
        var story = try Story(Self.chart())
        try story.answer("bank.charge", .down)
        #expect(story.called.isEmpty)
        try story.advance(.seconds(1))
        #expect(story.calls.map(\.attempt) == [2])
        #expect(story.calls.map(\.key) == ["pawl/w/1/1"])
    }

    @Test func maximumAttemptsCountsTheFirst() throws {
        var story = try Story(Self.chart())
        for _ in 1...2 {
            try story.answer("bank.charge", .down)
            try story.advance(.seconds(2))
        }
        try story.answer("bank.charge", .down)
        #expect(story.incidents == [.callExhausted])
        #expect(story.states == ["pay"])
    }

    @Test func thePauseGrowsByTheCoefficientUpToItsMaximum() {
        let policy = RetryPolicy(
            initialInterval: .seconds(1), backoffCoefficient: 2, maximumInterval: .seconds(5),
            jitter: false)
        let pauses = (1...5).map { policy.interval(attempt: $0, salt: "k") }
        #expect(pauses == [1, 2, 4, 5, 5].map { .seconds($0) })
    }

    @Test func jitterIsDerivedFromTheKeyAndStaysBetweenHalfAndAll() {
        let policy = RetryPolicy(initialInterval: .seconds(8), maximumInterval: .seconds(8))
        var seen: Set<Duration> = []
        for number in 0..<200 {
            let pause = policy.interval(attempt: 1, salt: "key-\(number)")
            #expect(pause == policy.interval(attempt: 1, salt: "key-\(number)"))
            #expect(pause >= .seconds(4) && pause <= .seconds(8))
            seen.insert(pause)
        }
        #expect(seen.count > 100)
    }

    @Test func maximumElapsedEndsTheTrying() throws {
        var story = try Story(
            Self.chart(retry: "{maximumAttempts: 0, jitter: false, maximumElapsed: 2s}"))
        try story.answer("bank.charge", .down)
        try story.advance(.seconds(1))
        try story.answer("bank.charge", .down)
        #expect(story.incidents == [.callExhausted])
    }

    @Test func aNonRetryableErrorIsNotTriedAgain() throws {
        var story = try Story(Self.chart(retry: "{nonRetryableErrors: [unavailable]}"))
        try story.answer("bank.charge", .down)
        #expect(story.incidents == [.callExhausted])
    }

    @Test func theFirstTransitionThatNamesTheErrorWins() throws {
        let extra = "onError: [{error: other, target: left}, {error: declined, target: poor}]"
        var story = try Story(Self.chart(extra: extra))
        try story.answer("bank.charge", .declined)
        #expect(story.states == ["poor"])
        #expect(story.effects.isEmpty)
    }

    @Test func spentRetriesAreCaughtAsExhausted() throws {
        let extra = "onError: [{error: exhausted, target: poor}]"
        var story = try Story(Self.chart(retry: "{maximumAttempts: 1}", extra: extra))
        try story.answer("bank.charge", .down)
        #expect(story.states == ["poor"])
    }

    @Test func anIncidentStaysInPlaceAndARetryAfterAFinalErrorIsANewActivation() throws {
        var story = try Story(Self.chart())
        try story.answer("bank.charge", .declined)
        #expect(story.incidents == [.callExhausted])
        try story.retry()
        #expect(story.incidents.isEmpty)
        #expect(story.calls.map(\.key) == ["pawl/w/1/2"])
        try story.answer("bank.charge", .succeeded(["id": "ch-2"]))
        #expect(story.states == ["paid"])
    }

    @Test func aRetryAfterAPassingErrorKeepsTheKeyAndStartsCountingAgain() throws {
        var story = try Story(Self.chart(retry: "{maximumAttempts: 1}"))
        try story.answer("bank.charge", .down)
        try story.retry()
        #expect(story.calls.map(\.key) == ["pawl/w/1/1"])
        #expect(story.calls.map(\.attempt) == [1])
    }

    @Test func aRetryWithoutAnIncidentSaysSo() throws {
        var story = try Story(Self.chart())
        try story.retry()
        #expect(story.problem?.code == .notApplicable)
    }

    @Test func anAnswerToAnEarlierAttemptIsNoLongerHeard() throws {
        var story = try Story(Self.chart())
        let first = try #require(story.calls.first)
        try story.answer("bank.charge", .down)
        try story.advance(.seconds(1))
        try story.take(.answer(first.id, .succeeded(["id": "late"])))
        #expect(story.called == ["bank.charge"])
        #expect(story.states == ["pay"])
    }

    @Test func anInputThatDoesNotFitTheOperationIsNeverSent() throws {
        let story = try Story(
            """
            initial: pay
            states: {pay: {invoke: {task: bank.charge, input: {amount: 0}, onDone: end}}, end: {type: final}}
            """)
        #expect(story.called.isEmpty && story.states.isEmpty)
        #expect(story.incidents == [.expressionError])
        #expect(story.effects.isEmpty)
    }

    @Test func aDeadlineIsCaughtAndTheCallOnItsWayIsSettled() throws {
        let extra = "deadline: 10s\n      onError: [{error: deadline, target: poor}]"
        var story = try Story(Self.chart(extra: extra))
        try story.advance(.seconds(10))
        #expect(story.states == ["poor"])
        try story.answer("bank.charge", .succeeded(["id": "late"]))
        #expect(story.effects == ["bank.charge applied"])
        #expect(story.run.activations.isEmpty)
    }

    @Test func aDeadlineEndsBackingOff() throws {
        var story = try Story(
            Self.chart(retry: "{initialInterval: 1h, maximumInterval: 1h}", extra: "deadline: 10s"))
        try story.answer("bank.charge", .down)
        try story.advance(.seconds(10))
        #expect(story.incidents == [.callExhausted])
    }

    @Test func noAttemptIsMadeAfterTheDeadlineHasPassed() throws {
        var story = try Story(Self.chart(retry: "{jitter: false}", extra: "deadline: 10s"))
        try story.advance(.seconds(20))
        try story.answer("bank.charge", .down)
        #expect(story.incidents == [.callExhausted])
    }

    @Test func aLocalOperationsWritesAreInTheSameCommitAsItsTransition() throws {
        let story = try Story(
            """
            context: {item: {}}
            initial: take
            states:
              take: {invoke: {task: shop.reserve, onDone: {target: got, actions: {assign: {item: '${event.data.item}'}}}}}
              got: {}
            """)
        #expect(story.states == ["got"])
        #expect(story.context["item"] == "chair")
        #expect(story.writes.map(\.collection) == ["reserve"])
        #expect(story.called.isEmpty)
    }

    @Test func anOperationOfTheProcessThatBreaksItsOwnDeclarationWritesNothingAndSaysSo() throws {
        let story = try Story(
            """
            context: {item: {}}
            initial: take
            states:
              take: {invoke: {task: shop.misfit, onDone: got}}
              got: {}
            """)
        #expect(story.states == ["take"])
        #expect(story.writes.isEmpty)
        #expect(story.incidents == [.callExhausted])
        let error = try #require(story.run.activations.first?.lastError)
        #expect(error.name == "invalid-output")
        #expect(error.message.hasPrefix("shop.misfit gave what its own 'outputSchema' refuses"))
        #expect(error.message.contains("/item"))
    }

    private static func caught(_ task: String) -> String {
        """
        initial: take
        states:
          take: {invoke: {task: \(task), onDone: got, onError: caught}}
          got: {}
          caught: {}
        """
    }

    @Test func aDeclaredRefusalIsCaughtAndAnotherIsAnIncidentThatSaysSo() throws {
        #expect(try Story(Self.caught("shop.refuse")).states == ["caught"])
        let story = try Story(Self.caught("shop.mumble"))
        #expect(story.states == ["take"])
        #expect(story.incidents == [.callExhausted])
        #expect(
            story.run.incidents.first?.error.message
                == "shop.mumble refused with sold-out, which its manifest does not declare "
                + "(known: no-item, closed), so no onError can match it: none left")
    }

    @Test func anOperationThatIsWrongItselfIsNothingThatAStateCatches() throws {
        var story = try Story(Self.caught("shop.break"))
        #expect(story.states == ["take"])
        #expect(story.run.incidents.map(\.error.name) == ["broken-operation"])
        #expect(story.run.incidents.first?.error.message == "shop.break: it is wrong itself")
        try story.retry()
        #expect(story.incidents == [.callExhausted], "it is performed again")
    }

    @Test func aNotificationOutlivesTheEndOfItsInstance() throws {
        var story = try Story(
            """
            mails: {bye: {subject: Bye, text: Good bye}}
            initial: a
            states: {a: {entry: {notify: {to: a@b.c, mail: bye}}, always: end}, end: {type: final}}
            """)
        #expect(story.run.status == .completed)
        #expect(story.called == ["smtp.send"])
        try story.answer("smtp.send", .down)
        try story.advance(.seconds(1))
        try story.answer("smtp.send", .done)
        #expect(story.run.activations.isEmpty)
    }
}
