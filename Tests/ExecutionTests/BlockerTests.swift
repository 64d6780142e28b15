import Testing
import Values

@testable import Definition
@testable import Execution

/// Why it does not move: each kind with its sentence, what happens next and what may be done.
@Suite struct BlockerTests {
    private static let waiting = """
        params: {limit: {type: integer, default: 5}}
        events: {go: {from: {role: worker, subject: input.who}}, other: {}}
        input: {type: object, properties: {who: {type: string, default: w-1}}}
        on: {cancel: gone}
        initial: a
        states:
          a: {expect: 10m, after: {1h: late}, on: {go: {target: b, guard: 'event.data.n < params.limit'}}}
          b: {after: {2h: [{target: late, guard: 'params.limit > 3'}, {target: gone, guard: 'params.limit < 3'}]}}
          late: {}
          gone: {}
        """

    @Test func waitingForAnEventSaysWhoMaySendItAndWhatTheTimerDoes() throws {
        var story = try Story(Self.waiting)
        try story.advance(.seconds(600))
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.kind == .waitingEvent)
        #expect(blocker.sentence.hasPrefix("Waiting 10 min for `go`"))
        #expect(blocker.sentence.contains("it goes to `late`"))
        #expect(blocker.next?.at == Story.morning + .seconds(3_600))
        #expect(blocker.actions.map(\.command) == ["pawl send w/1 go --as worker/w-1"])
        #expect(try story.health == .overdue)
        #expect(!blocker.needsPerson)
    }

    @Test func whatItOffersToSendIsAlwaysADeclaredEvent() throws {
        let story = try Story(
            """
            events: {go: {}}
            on: {cancel: b, error.execution: b}
            initial: a
            states: {a: {on: {go: {actions: {raise: inner}}, inner: b}}, b: {}}
            """)
        #expect(try story.blockers().flatMap(\.actions).map(\.command) == ["pawl send w/1 go"])
    }

    @Test func commandsAreSafeToPasteAndNameWhatTheEventNeeds() throws {
        let story = try Story(
            """
            input: {type: object, properties: {who: {type: string, default: 'c $(touch x)'}}}
            events:
              reset:
                from: {role: clerk, subject: input.who}
                data: {type: object, required: [to, why], properties: {to: {type: string, enum: [a, b]}, why: {type: string}}}
              internal: {from: {role: system}}
            initial: a
            states: {a: {on: {reset: b, internal: b}}, b: {}}
            """)
        #expect(
            try story.blockers().flatMap(\.actions).map(\.command)
                == ["pawl send w/1 reset 'to=<to>' 'why=<why>' --as 'clerk/c $(touch x)'"])
    }

    @Test func whatRegionsShareIsSaidOnce() throws {
        let story = try Story(
            """
            events: {kit: {}, cookie: {}, stop: {}}
            initial: p
            states:
              p:
                type: parallel
                on: {stop: z}
                states:
                  k: {on: {kit: z}}
                  c: {on: {cookie: z}}
                  t: {after: {1h: z}}
              z: {}
            """)
        let blockers = try story.blockers()
        #expect(blockers.map(\.state) == ["p.k", "p.c", "p.t", "p"])
        #expect(
            blockers.map(\.kind) == [.waitingEvent, .waitingEvent, .waitingTimer, .waitingEvent])
        #expect(
            blockers.flatMap(\.actions).filter { $0.name == "send" }.map(\.command)
                == ["pawl send w/1 kit", "pawl send w/1 cookie", "pawl send w/1 stop"])
    }

    @Test func whatAnAncestorCallsDoesNotHideWhatItsLeafWaitsFor() throws {
        let story = try Story(
            """
            events: {go: {}}
            initial: a
            states:
              a:
                invoke: {task: bank.charge, input: {amount: 1}}
                initial: b
                states: {b: {on: {go: z}}}
              z: {}
            """)
        #expect(try story.blockers().map(\.kind) == [.callRunning, .waitingEvent])
    }

    @Test func sleepingNamesEveryStateThatTheTimerMayLeadTo() throws {
        var story = try Story(Self.waiting)
        try story.send("go", ["n": 1])
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.kind == .waitingTimer)
        #expect(blocker.next?.sentence == "it goes to `late` or `gone`, if its guard holds")
        #expect(blocker.actions.map(\.name) == ["wait"])
    }

    @Test func aFalseGuardIsShownWithItsValues() throws {
        var story = try Story(Self.waiting)
        try story.send("go", ["n": 9])
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.kind == .guardFalse)
        #expect(blocker.sentence.contains("event.data.n = 9"))
        #expect(blocker.next?.at == Story.morning + .seconds(3_600))
        #expect(blocker.actions.map(\.name) == ["send", "move"])
    }

    @Test func nothingMovesAStateWithoutAWayOut() throws {
        var story = try Story(Self.waiting)
        try story.advance(.seconds(3_600))
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.kind == .nothing)
        #expect(blocker.needsPerson)
        #expect(blocker.sentence.contains("late"))
    }

    @Test func aRunningCallAndOneThatBacksOff() throws {
        var story = try Story(CallTests.chart())
        try story.advance(.seconds(41))
        #expect(try story.blockers().map(\.kind) == [.callRunning])
        #expect(try story.blockers()[0].sentence == "`bank.charge` attempt 1 is running for 41 s.")
        try story.answer("bank.charge", .down)
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.kind == .callRetrying)
        #expect(
            blocker.sentence
                == "`bank.charge` failed 1 time (unavailable: HTTP 503); next try in 1 s.")
        #expect(blocker.next?.at == story.now + .seconds(1))
        #expect(try story.health == .failing)
    }

    @Test func anExhaustedCallOffersARetryAndSaysUnderWhichKey() throws {
        var story = try Story(
            CallTests.chart(extra: "onError: [{error: refused, target: poor}]"))
        try story.answer("bank.charge", .declined)
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.kind == .callExhausted)
        #expect(blocker.needsPerson)
        #expect(
            blocker.actions.map(\.command) == [
                "pawl retry w/1 --incident 1",
                #"pawl complete w/1 --incident 1 --data '{"id":"<id>"}' --reason 'how you know'"#,
                "pawl fail w/1 --incident 1 --error refused --reason 'how you know'",
            ])
        #expect(blocker.actions[0].sentence.hasSuffix("as a new call."))
        #expect(try story.health == .blocked)
    }

    /// Whoever is about to type `retry` is told that nothing would leave yet.
    @Test func anExhaustedCallSaysWhatARetryWouldWaitFor() throws {
        var story = try Story(CallTests.chart())
        try story.answer("bank.charge", .declined)
        func bank(open: Bool = false, paused: Bool = false) -> AdapterCondition {
            AdapterCondition(
                adapter: "bank", openSince: open ? Story.morning : nil,
                nextProbe: open ? story.now + .seconds(15) : nil, failures: 9, calls: 10,
                running: 0, concurrency: 16, queued: 0, ahead: [:], isPaused: paused)
        }
        let free = try #require(try story.blockers([bank()]).first)
        #expect(free.sentence.hasSuffix("Incident 1."))
        #expect(free.evidence["retryWaitsFor"] == nil)
        let open = try #require(try story.blockers([bank(open: true)]).first)
        #expect(open.kind == .callExhausted && open.needsPerson)
        #expect(
            open.sentence.contains("Incident 1. The breaker of `bank` is open since ")
                && open.sentence.hasSuffix(
                    ": trying again waits for its probe.")
        )
        #expect(open.evidence["retryWaitsFor"] == "adapter.open")
        var held = bank(open: true, paused: true)
        held.pause = StandingPause(
            reason: "audit", by: Actor(role: "admin", subject: "ana"), at: Story.morning)
        let paused = try #require(try story.blockers([held]).first)
        #expect(
            paused.sentence.hasSuffix(
                "Incident 1. `bank` is paused by admin/ana (\"audit\"): trying again waits for that."
            ))
        #expect(paused.actions.first?.command == "pawl retry w/1 --incident 1")
        #expect(paused.actions.last?.command == "pawl adapter resume bank --reason why")
    }

    @Test func anUnknownOutcomeSaysThatTheRemoteIsAskedAndAParkedOneThatNobodyKnows() throws {
        var asking = try Story(CallTests.chart())
        try asking.answer("bank.charge", .lost)
        #expect(try asking.blockers().map(\.kind) == [.callUnknown])
        #expect(try asking.blockers()[0].sentence.hasSuffix("asking now."))
        #expect(try !asking.blockers()[0].needsPerson)
        var parked = try Story(CallTests.chart("bank.fax", extra: "onError: poor"))
        try parked.answer("bank.fax", .lost)
        #expect(try parked.blockers().map(\.kind) == [.callUnknown])
        #expect(try parked.blockers()[0].needsPerson)
        let actions = try parked.blockers()[0].actions
        #expect(actions.map(\.name) == ["complete", "fail", "retry"])
        #expect(actions.last?.sentence.hasSuffix("under the same key.") == true)
    }

    private func condition(_ story: Story, open: Timestamp?) -> AdapterCondition {
        AdapterCondition(
            adapter: "bank", openSince: open, nextProbe: open.map { $0 + .seconds(15) },
            failures: 9,
            calls: 10, running: 16, concurrency: 16, queued: 1,
            ahead: [story.calls[0].id: 0])
    }

    @Test func aCallThatWaitsForItsAdapterSaysWhy() throws {
        let story = try Story(CallTests.chart())
        let open = try #require(try story.blockers([condition(story, open: Story.morning)]).first)
        #expect(open.kind == .adapterOpen)
        #expect(open.sentence.contains("(9 of 10 calls failed); next probe in 15 s"))
        #expect(open.next?.at == Story.morning + .seconds(15))
        let queued = try #require(try story.blockers([condition(story, open: nil)]).first)
        #expect(queued.kind == .adapterLimit)
        #expect(queued.sentence == "Position 1 in the queue of `bank` (limit 16 at once).")
    }

    @Test func aCallOfAnAdapterThatLacksASettingSaysWhich() throws {
        let story = try Story(CallTests.chart())
        var lacking = condition(story, open: Story.morning)
        lacking.lack = AdapterCondition.Lack(
            reason: "the variable BANK_TOKEN for the adapter's token is not set",
            since: Story.morning)
        let blocker = try #require(try story.blockers([lacking]).first)
        #expect(blocker.kind == .adapterUnready)
        #expect(!blocker.needsPerson, "the adapter does")
        #expect(
            blocker.sentence
                == "`bank` cannot be called: the variable BANK_TOKEN for the adapter's token is not set; "
                + "this call is at position 1 of 1, and that it waits costs no attempt.")
        #expect(blocker.actions.map(\.command).first == "pawl adapter probe bank")
    }

    @Test func aCallOfAnAdapterThatSomebodyHoldsSaysWhoAndWhy() throws {
        let story = try Story(CallTests.chart())
        var condition = AdapterCondition(
            adapter: "bank", openSince: Story.morning, nextProbe: nil, failures: 9, calls: 10,
            running: 0, concurrency: 16, queued: 412, ahead: [story.calls[0].id: 11],
            isPaused: true)
        let nobody = try #require(try story.blockers([condition]).first)
        #expect(
            nobody.sentence
                == "`bank` is paused; this call is at position 12 of 412. Its breaker is open, too."
        )
        condition.pause = StandingPause(
            reason: "audit", by: Actor(role: "admin", subject: "ana"), at: Story.morning)
        let paused = try #require(try story.blockers([condition]).first)
        #expect(paused.kind == .adapterPaused)
        #expect(!paused.needsPerson, "the adapter does")
        #expect(paused.next == nil)
        #expect(
            paused.sentence.hasPrefix("`bank` is paused by admin/ana ")
                && paused.sentence.contains(
                    " ago: \"audit\"; this call is at position 12 of 412. Its breaker")
        )
        #expect(
            paused.actions.map(\.command) == ["pawl adapter resume bank --reason why"])
        #expect(paused.value["actions"]?[0]?["adapter"] == "bank")
        #expect(paused.value["actions"]?[0]?["arguments"] == ["reason": "<why>"])
    }

    private static func held(
        _ story: Story, _ waits: Bool = true, running: Int = 0, isPaused: Bool = true,
        isHalfOpen: Bool = false
    ) -> AdapterCondition {
        AdapterCondition(
            adapter: "bank", openSince: nil, nextProbe: nil, failures: 0, calls: 0,
            running: running,
            concurrency: 16, queued: 1,
            ahead: waits ? story.calls.first.map { [$0.id: 0] } ?? [:] : [:],
            isPaused: isPaused, isHalfOpen: isHalfOpen)
    }

    @Test func aBreakerThatWaitsForItsProbeIsNotTakenForAQueue() throws {
        let story = try Story(CallTests.chart())
        let blocker = try #require(
            try story.blockers([Self.held(story, isPaused: false, isHalfOpen: true)]).first)
        #expect(blocker.kind == .adapterOpen)
        #expect(blocker.sentence.contains("is half open"))
    }

    /// What holds an undoing up is said first, and nothing says that it goes on by itself.
    @Test func anUndoingThatWaitsForAHeldAdapterDoesNotGoOnByItself() throws {
        var story = try Story(CallTests.chart())
        try story.answer("bank.charge", .succeeded(["id": "x"]))
        try story.cancel()
        let blockers = try story.blockers([Self.held(story)])
        #expect(blockers.map(\.kind) == [.adapterPaused, .compensationRunning])
        #expect(!blockers.flatMap(\.actions).contains { $0.verb == .wait })
        let free = try story.blockers([Self.held(story, isPaused: false)])
        #expect(free.flatMap(\.actions).contains { $0.verb == .wait })
    }

    @Test func aPausedInstanceIsToldOfItsHeldAdapterToo() throws {
        var story = try Story(CallTests.chart())
        try story.take(
            .operate(.pause, reason: "night", actor: Actor(role: "operator", subject: "olga")))
        let blockers = try story.blockers([Self.held(story, false)])
        #expect(blockers.map(\.kind) == [.paused, .adapterPaused])
        #expect(blockers[1].sentence == "`bank` is paused; `bank.charge` waits for that, too.")
        #expect(
            try story.blockers([Self.held(story, false, isPaused: false)]).map(\.kind) == [.paused])
    }

    /// Its state was left and nothing of it is on its way: it is not running.
    @Test func aCallThatIsTakenBackIsNotSaidToRun() throws {
        var story = try Story(CallTests.chart())
        try story.cancel()
        let back = try story.blockers([Self.held(story, false)]).filter { $0.kind == .callRunning }
        #expect(back.first?.sentence.contains("has not left, and is taken back") == true)
        let sent = try story.blockers([Self.held(story, false, running: 1)]).filter {
            $0.kind == .callRunning
        }
        #expect(sent.first?.sentence.contains("is running for") == true)
    }

    @Test func waitingForAChildLeadsToIt() throws {
        let child = Story.workflow("states: {a: {}}", name: "child")
        let story = try Story(
            "initial: a\nstates: {a: {invoke: {workflow: child, onDone: b}}, b: {}}",
            others: [child])
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.kind == .waitingChild)
        #expect(blocker.actions.map(\.command) == ["pawl why child/w/1/1"])
    }

    @Test func undoingListsWhatIsLeftAndAFailureWhatIsNotUndone() throws {
        var story = try Story(CallTests.chart())
        try story.answer("bank.charge", .done)
        try story.cancel()
        #expect(try story.blockers().map(\.kind).contains(.compensationRunning))
        try story.answer("bank.refund", .declined)
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.kind == .compensationFailed)
        #expect(blocker.sentence.contains("one effect is not undone"))
        #expect(blocker.needsPerson)
    }

    @Test func aFailedExpressionAndASuspendedInstanceSayWhatARetryDoes() throws {
        var story = try Story(SuspensionTests.chart)
        try story.send("go")
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.kind == .suspended)
        #expect(blocker.needsPerson)
        #expect(blocker.actions[0].sentence.hasPrefix("Take the same step again"))
        let failed = try Story("context: {x: {}}\nstates: {a: {entry: {log: '${context.x.y}'}}}")
        let error = try #require(try failed.blockers().first)
        #expect(error.kind == .expressionError)
        #expect(error.actions[0].sentence.hasPrefix("Take the same step again"))
    }

    @Test func anEndedInstanceHasNoBlocker() throws {
        let story = try Story("initial: a\nstates: {a: {type: final}}")
        #expect(try story.blockers().isEmpty)
        #expect(try story.health == .ok)
    }
}
