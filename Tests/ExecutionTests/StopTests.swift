import Testing
import Values

@testable import Definition
@testable import Execution

/// Trap 16: a step is all or nothing. The input whose step failed waits with an incident, and what comes waits behind it.
@Suite struct StopTests {
    private static let ana = Actor(role: "admin", subject: "ana")

    /// `quote` reads a member that the sender may have forgotten.
    private static let chart = """
        context: {price: {type: integer, default: 0}, note: {type: string, default: ''}}
        events: {quote: {}, note: {}, stop: {}}
        initial: open
        states:
          open:
            on:
              quote:
                target: paying
                actions: [{assign: {note: quoted}}, {assign: {price: '${event.data.price}'}}]
              note: {actions: {assign: {note: '${event.data.text}'}}}
              stop: stopped
            after: {1h: expired}
          paying: {invoke: {task: bank.charge, input: {amount: '${context.price}'}, onDone: paid}}
          paid: {type: final}
          expired: {type: final, status: failed}
          stopped: {type: final, status: cancelled}
        """

    private func operate(_ story: inout Story, _ action: OperatorAction) throws {
        try story.take(.operate(action, reason: "test", actor: Self.ana))
    }

    // MARK: Nothing of the step

    /// Everything of a step that holds an expression, and what each would have done on its way.
    @Test(arguments: [
        "on: {go: {target: b, actions: [{notify: {mail: hello, to: a@b.c}}, {assign: {n: '${event.data.no}'}}]}}",
        "on: {go: {target: b, actions: {assign: {n: '${event.data.no}'}}}}",
        "on: {go: {target: b, guard: event.data.no > 1}}",
        "on: {go: {target: b, actions: {raise: {event: more, data: '${event.data.no}'}}}}",
        "on: {go: {target: b, actions: {log: '${event.data.no}'}}}",
        "on: {go: {target: b, actions: {send: {event: tell, data: {no: '${event.data.no}'}}}}}",
        "on: {go: {target: b, actions: {send: {event: tell, key: '${event.data.no}'}}}}",
        "on: {go: {target: b, actions: {send: {event: tell, key: '${null}'}}}}",
        "on: {go: {target: b, actions: {notify: {mail: hello, to: '${event.data.no}'}}}}",
        "on: {go: {target: b, actions: {reject: {code: no, message: '${event.data.no}'}}}}",
        "on: {go: c}",
        "on: {go: d}",
        "on: {go: e}",
        "on: {go: f}",
        "on: {go: g}",
        "on: {go: h}",
        "on: {go: i}",
        "on: {go: j}",
        "on: {go: k}",
        "on: {go: l}",
        "exit: {assign: {n: '${1 / 0}'}}\n    on: {go: b}",
    ])
    func whateverFailsNothingOfTheStepHappens(way: String) throws {
        var story = try Story(
            """
            context: {n: {type: integer, default: 0}, missing: {default: {}}}
            events: {go: {}, tell: {}, more: {}}
            mails: {hello: {subject: hi, text: hi}}
            output: {n: '${context.n}'}
            initial: a
            states:
              a:
                entry: {assign: {n: 1}}
                \(way)
              b: {invoke: {task: bank.charge, input: {amount: 1}}}
              c: {entry: {assign: {n: '${[1][2]}'}}}
              d: {after: {'${timestamp("9999-12-31T23:59:59Z") + duration("24h")}': b}}
              e: {after: {'${dyn(5)}': b}}
              f: {invoke: {task: bank.charge, input: {amount: '${context.missing.x}'}, onError: b}}
              g: {invoke: {task: bank.charge, input: {amount: 0}, onError: b}}
              h: {invoke: {workflow: w, key: context.missing.x, onError: b}}
              i: {expect: '${context.missing.x}', invoke: {task: bank.charge, input: {amount: 1}}}
              j: {type: final, output: {x: '${context.missing.x}'}}
              k: {invoke: {task: bank.charge, forEach: {in: '${dyn(context.n)}'}, input: {amount: 1}}}
              l: {invoke: {person: {role: clerk, title: '${context.missing.x}'}}}
            """)
        let before = story.run
        let receipt = try story.send("go")
        #expect(receipt?.outcome == .held)
        #expect(receipt?.message?.hasPrefix("nothing of its step happened: w ") == true)
        #expect(story.states == ["a"])
        #expect(story.context["n"] == 1)
        #expect(story.calls.isEmpty && story.messages.isEmpty && story.run.effects.isEmpty)
        #expect(story.run.activations.lastNumber == before.activations.lastNumber)
        #expect(story.incidents == [.expressionError])
        #expect(story.run.held.map(\.hasFailed) == [true])
        #expect(story.kinds.suffix(2) == ["expression.error", "incident.opened"])
        #expect(try story.health == .blocked)
        #expect(!story.kinds.contains("event.applied"))
    }

    @Test func whyShowsTheExpressionWithACaretAndItsOperands() throws {
        var story = try Story(Self.chart)
        try story.send("quote", ["cost": 5])
        let blocker = try #require(try story.blockers().first)
        #expect(try story.blockers().count == 1)
        #expect(blocker.kind == .expressionError && blocker.needsPerson)
        #expect(blocker.sentence.contains("event.data"))
        #expect(blocker.evidence["source"] == "event.data.price")
        let frame = try #require(blocker.evidence["frame"]?.stringValue)
        #expect(frame.hasPrefix("event.data.price\n") && frame.contains("^"))
        #expect(blocker.evidence["operands"]?[0]?["text"] == "event.data.price")
        #expect(blocker.evidence["input"]?["event"] == "quote")
        #expect(blocker.evidence["input"]?["data"] == ["cost": 5])
        #expect(blocker.evidence["line"]?.intValue != nil)
        #expect(blocker.actions.map(\.name) == ["retry", "move"])
        #expect(blocker.next == nil, "nothing goes on by itself")
    }

    @Test func aValueThatTheContextsSchemaRefusesFailsTheStepToo() throws {
        var story = try Story(Self.chart)
        try story.send("quote", ["price": "ninety"])
        #expect(story.states == ["open"])
        #expect(story.context["note"] == "")
        #expect(story.run.incidents.first?.error.message.contains("must be integer") == true)
        try story.send("quote", ["price": 90.0])
        #expect(story.receipt?.outcome == .held)
    }

    // MARK: Order

    @Test func whatComesMeanwhileWaitsBehindItInOrder() throws {
        var story = try Story(Self.chart)
        try story.send("note", ["words": "x"])
        try story.send("note", ["text": "second"])
        #expect(story.receipt?.outcome == .held)
        #expect(story.receipt?.code == "behind-incident")
        try story.send("stop")
        try story.advance(.seconds(7_200))
        #expect(story.states == ["open"])
        #expect(story.kinds.filter { $0 == "event.held" }.count == 2)
        try story.retry()
        #expect(story.receipt?.outcome == .held, "nothing was mended")
        #expect(story.incidents == [.expressionError])
        #expect(story.run.held.count == 3)
        // The first is not to be mended by data, so that an operator leads on another way.
        try operate(&story, .move(to: "open"))
        #expect(story.run.status == .cancelled, "the second and the third were taken in order")
        #expect(story.context["note"] == "second")
        #expect(
            story.kinds.suffix(7) == [
                "moved", "incident.closed", "event.discarded", "transition", "event.applied",
                "event.applied", "transition",
            ] || story.kinds.contains("event.discarded"))
    }

    @Test func aRetryOpensNoOtherIncidentAndSaysWhatIsStillWrong() throws {
        var story = try Story(Self.chart)
        try story.send("quote")
        let incident = try #require(story.run.incidents.first)
        for _ in 0..<3 {
            try story.retry()
            #expect(story.receipt?.outcome == .held)
        }
        #expect(story.run.incidents.map(\.number) == [incident.number])
        #expect(story.run.incidents.first?.openedAt == incident.openedAt)
        #expect(story.kinds.filter { $0 == "incident.opened" }.count == 1)
        #expect(story.kinds.filter { $0 == "retry.requested" }.count == 3)
        #expect(!story.kinds.contains("incident.closed"))
    }

    @Test func theSameInputIsDecidedAgainAfterTheDataWereMended() throws {
        var story = try Story(
            """
            context: {rates: {type: object, default: {}}, sum: {type: integer, default: 0}}
            events: {add: {}}
            initial: a
            states:
              a: {on: {add: {target: b, actions: {assign: {sum: '${context.rates.eur * 2}'}}}}}
              b: {invoke: {task: bank.charge, input: {amount: '${context.sum}'}, onDone: c}}
              c: {type: final}
            """)
        try story.send("add")
        #expect(story.states == ["a"])
        try operate(&story, .assign(["rates": ["eur": 21]]))
        #expect(story.incidents == [.expressionError], "never closed by itself")
        try story.retry()
        #expect(story.receipt?.outcome == .applied)
        #expect(story.incidents.isEmpty && story.run.held.isEmpty)
        #expect(story.calls.first?.input == ["amount": 42])
        #expect(story.kinds.contains("event.applied") && story.kinds.contains("incident.closed"))
    }

    // MARK: Other inputs

    @Test func aStartWhoseFirstStepFailsStandsBeforeItsFirstState() throws {
        var story = try Story(
            """
            context: {n: {type: integer, default: 0}}
            initial: a
            states:
              a:
                entry: {assign: {n: '${10 / context.n}'}}
                invoke: {task: bank.charge, input: {amount: 1}}
            """)
        #expect(story.states.isEmpty && story.calls.isEmpty)
        #expect(story.incidents == [.expressionError])
        #expect(story.kinds == ["started", "expression.error", "incident.opened"])
        #expect(try story.blockers().first?.evidence["input"] == "start")
        try operate(&story, .assign(["n": 5]))
        try story.retry()
        #expect(story.states == ["a"] && story.context["n"] == 2)
        #expect(story.called == ["bank.charge"])
    }

    @Test func anAnswerWaitsWithItsCallWhichIsNotSentAgain() throws {
        var story = try Story(
            """
            context: {id: {type: string, default: ''}}
            initial: a
            states:
              a:
                invoke:
                  task: bank.charge
                  input: {amount: 1}
                  onDone: {target: b, actions: {assign: {id: '${event.data.id}'}}}
              b: {type: final}
            """)
        let call = try #require(story.calls.first)
        try story.take(.answer(call.id, .succeeded(["ident": "x"])))
        #expect(story.states == ["a"])
        #expect(story.calls.isEmpty, "the answer is here")
        #expect(story.effects == ["bank.charge possible"])
        try story.advance(.seconds(100_000))
        #expect(story.calls.isEmpty)
        try operate(&story, .move(to: "b"))
        #expect(story.run.status == .completed)
        #expect(story.effects == ["bank.charge applied"], "what took effect is known")
        #expect(story.kinds.filter { $0 == "call.completed" }.count == 1)
    }

    @Test func aTimerWhoseStepFailsIsNotLost() throws {
        var story = try Story(
            """
            context: {n: {type: integer, default: 0}}
            initial: a
            states:
              a: {after: {1h: {target: b, actions: {assign: {n: '${1 / context.n}'}}}}}
              b: {}
            """)
        try story.advance(.seconds(3_600))
        #expect(story.states == ["a"] && story.run.timers.count == 1)
        #expect(try story.blockers().first?.evidence["input"]?["timer"] == "a")
        try operate(&story, .assign(["n": 1]))
        try story.retry()
        #expect(story.states == ["b"] && story.run.timers.isEmpty)
    }

    @Test func aLocalOperationWritesNothingWhenWhatFollowsFails() throws {
        var story = try Story(
            """
            context: {item: {type: string, default: ''}, ok: {type: boolean, default: false}}
            initial: a
            states:
              a:
                invoke:
                  task: shop.reserve
                  onDone: {target: b, actions: {assign: {item: '${context.ok ? event.data.item : event.data.none}'}}}
              b: {}
            """)
        #expect(story.states == ["a"] && story.writes.isEmpty)
        try operate(&story, .assign(["ok": true]))
        try story.retry()
        #expect(story.states == ["b"] && story.writes.count == 1)
    }

    @Test func aKeptEventThatFailsCostsNothingOfWhatCameBeforeIt() throws {
        var story = try Story(
            """
            context: {n: {type: integer, default: 0}}
            events: {open: {}, fill: {early: keep, ttl: 1d}}
            initial: a
            states:
              a: {on: {open: b}}
              b: {on: {fill: {target: c, actions: {assign: {n: '${event.data.n}'}}}}}
              c: {}
            """)
        try story.send("fill", ["m": 1])
        try story.send("open")
        #expect(story.receipt?.outcome == .applied)
        #expect(story.states == ["b"])
        #expect(story.run.kept.isEmpty && story.run.held.count == 1)
        #expect(story.incidents == [.expressionError])
    }

    @Test func anOperatorsActionWhoseStepFailsChangesNothing() throws {
        var story = try Story(
            """
            context: {n: {type: integer, default: 0}}
            initial: a
            states:
              a: {after: {1h: {target: b, actions: {assign: {n: '${1 / context.n}'}}}}}
              b: {entry: {assign: {n: '${1 / context.n}'}}}
            """)
        let before = story.run
        for action in [OperatorAction.move(to: "b"), .fireTimer(state: "a")] {
            try operate(&story, action)
            #expect(story.problem?.code == .stepFailed)
            #expect(story.run == before)
        }
    }

    // MARK: SCXML's way

    @Test func aChartThatTakesTheErrorGoesOn() throws {
        var story = try Story(
            """
            context: {n: {type: integer, default: 0}, missing: {default: {}}}
            events: {go: {}, on: {}}
            initial: a
            states:
              a:
                on:
                  go: {actions: {assign: {n: '${event.data.n}'}}}
                  error.execution: b
              b: {on: {on: c}}
              c: {invoke: {task: bank.charge, input: {amount: '${context.missing.x}'}}, on: {error.execution: d}}
              d: {}
            """)
        #expect(try story.send("go")?.outcome == .applied)
        #expect(story.states == ["b"])
        #expect(story.incidents.isEmpty && story.kinds.contains("expression.error"))
        try story.send("on")
        #expect(story.states == ["d"] && story.calls.isEmpty)
    }

    @Test func anErrorThatNoActiveStateTakesStopsTheStepAllTheSame() throws {
        var story = try Story(
            """
            context: {n: {type: integer, default: 0}}
            events: {go: {}, on: {}}
            initial: a
            states:
              a: {on: {go: {target: b, actions: {assign: {n: '${event.data.n}'}}}}}
              b: {on: {on: c}}
              c: {on: {error.execution: a}}
            """)
        #expect(try story.send("go")?.outcome == .held)
        #expect(story.states == ["a"])
    }

    @Test func aStateThatCatchesTheErrorByNameTakesIt() throws {
        for (input, name) in [("${context.missing.x}", "expression"), ("${0}", "invalid-input")] {
            let story = try Story(
                """
                context: {missing: {default: {}}}
                initial: a
                states:
                  a:
                    invoke:
                      task: bank.charge
                      input: {amount: '\(input)'}
                      onError: [{error: \(name), target: b}]
                  b: {}
                """)
            #expect(story.states == ["b"], "\(name)")
            #expect(story.kinds.contains("call.failed"), "the cause is in the history")
        }
    }

    // MARK: Ends

    @Test func aStoppedInstanceCanBeCancelledAndUndoesWhatTookEffect() throws {
        var story = try Story(
            """
            context: {id: {type: string, default: ''}}
            initial: a
            states:
              a:
                invoke:
                  task: bank.charge
                  input: {amount: 1}
                  onDone: {target: b, actions: {assign: {id: '${event.data.id}'}}}
              b: {}
            """)
        try story.answer("bank.charge", .done)
        #expect(story.incidents == [.expressionError])
        try story.cancel()
        #expect(story.called == ["bank.refund"])
        try story.answer("bank.refund", .done)
        #expect(story.run.status == .cancelled && story.incidents.isEmpty)
    }

    @Test func itNeverEndsAsCompletedWithItsIncidentClosedByItself() throws {
        var story = try Story(Self.chart)
        try story.send("quote")
        try story.advance(.seconds(10_000_000))
        #expect(story.run.status == .running)
        #expect(story.incidents == [.expressionError])
        try operate(&story, .terminate)
        #expect(story.run.status == .terminated)
        #expect(story.kinds.contains("event.discarded"))
    }
}
