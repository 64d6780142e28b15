import Testing

@testable import Statechart

/// The traps of the language's design that a chart alone can fall into.
@Suite struct TrapTests {
    @Test func trap2AnEndlessAlwaysIsStoppedAndLeavesTheSnapshotAsItWas() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: a
            states:
              a: {on: {go: {target: b, actions: {assign: {x: 1}}}}}
              b: {always: c}
              c: {always: b}
            """)
        let before = walk.snapshot
        walk.send("go", limits: StepLimits(microsteps: 50))
        guard case .endless(let last) = walk.step.failure else {
            Issue.record("it is endless")
            return
        }
        #expect(last.count == 8)
        #expect(walk.snapshot == before)
        #expect(walk.step.effects.isEmpty && walk.step.microsteps.isEmpty)
    }

    @Test func trap2AnAlwaysGuardThatFailsDoesNotLoop() throws {
        let walk = try Walk(
            """
            initial: a
            states: {a: {always: {target: b, guard: 'context.missing.x == 1'}}, b: {}}
            """, limits: StepLimits(microsteps: 50))
        #expect(walk.step.failure?.place == .guardExpression)
        #expect(walk.leaves.isEmpty, "it stands before its first state")
    }

    @Test func trap2AFailingAlwaysGuardInAChartThatHandlesErrorsIsBounded() throws {
        let walk = try Walk(
            """
            initial: a
            states:
              a:
                always: {target: b, guard: 'context.missing.x == 1'}
                on: {error.execution: {actions: \(note("handled"))}}
              b: {}
            """, limits: StepLimits(microsteps: 50))
        #expect(walk.step.failure?.isEndless == true)
    }

    @Test func trap2AnEndlessRaiseIsStopped() throws {
        let walk = try Walk(
            """
            initial: a
            states: {a: {entry: {raise: again}, on: {again: {actions: {raise: again}}}}}
            """, limits: StepLimits(microsteps: 50))
        #expect(walk.step.failure?.isEndless == true)
    }

    private static func timed(reenter: Bool) -> String {
        """
        events: {again: {}}
        initial: a
        states:
          a:
            after: {1h: b}
            initial: x
            states: {x: {}}
            on: {again: {target: a, reenter: \(reenter)}}
          b: {}
        """
    }

    @Test func trap5ReenteringRestartsTheTimer() throws {
        var walk = try Walk(Self.timed(reenter: true))
        walk.send("again")
        #expect(walk.exited == ["a.x", "a"])
        let timers = walk.step.effects.filter {
            switch $0 {
            case .startTimer, .cancelTimer: true
            case .startInvocation, .cancelInvocation, .emit: false
            }
        }
        #expect(timers == [.cancelTimer(0), .startTimer(0, "1h")])
    }

    @Test func trap5ASelfTransitionOnARegionsRootLeavesEveryRegion() throws {
        var walk = try Walk(
            """
            events: {again: {}}
            initial: p
            states:
              p:
                type: parallel
                states:
                  r1: {on: {again: {target: p.r1, reenter: true}}, states: {x: {}}}
                  r2: {states: {x: {exit: \(note("r2 left"))}}}
            """)
        walk.send("again")
        #expect(walk.log == ["r2 left"])
        #expect(walk.leaves == ["p.r1.x", "p.r2.x"])
    }

    @Test func trap4TimersMatchByIdentityAndNotByName() throws {
        var walk = try Walk(
            """
            initial: a
            states: {a: {after: {1h: b, 2h: c}}, b: {}, c: {}}
            """)
        walk.fire(1)
        #expect(walk.leaves == ["c"])
    }

    @Test func trap4ACallsResultMatchesItsOwnInvocationOnly() throws {
        var walk = try Walk(
            """
            initial: a
            states:
              a:
                invoke: [{task: x.one, onDone: one, onError: [{error: declined, target: bad}]}, {task: x.two, onDone: two}]
              one: {}
              two: {}
              bad: {}
            """)
        walk.send(Event(name: "error", identity: .invocationFailed(1, errors: ["declined"])))
        #expect(walk.step.selection == .none)
        walk.send(Event(name: "error", identity: .invocationFailed(0, errors: ["other"])))
        #expect(walk.step.selection == .none)
        walk.send(Event(name: "done", identity: .invocationDone(1)))
        #expect(walk.leaves == ["two"])
    }

    @Test func trap13OfTwoRegionsThatAssignOneNameTheLastInDocumentOrderWins() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: p
            states:
              p:
                type: parallel
                states:
                  r1: {states: {x: {on: {go: {actions: {assign: {winner: first}}}}}}}
                  r2: {states: {x: {on: {go: {actions: {assign: {winner: last}}}}}}}
            """)
        walk.send("go")
        #expect(walk.snapshot.data["winner"] == "last")
    }

    @Test func trap16AnErrorInAGuardIsNoFalseGuard() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: a
            states: {a: {on: {go: {target: b, guard: 'context.missing > 1'}}}, b: {}}
            """)
        walk.send("go")
        #expect(walk.leaves == ["a"])
        #expect(walk.step.failure?.place == .guardExpression)
        #expect(walk.step.effects.isEmpty)
    }

    @Test func trap16AnEventWhoseGuardFailedIsNotTakenBecauseTheErrorWas() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: a
            states:
              a:
                on:
                  go: {target: b, guard: 'context.missing > 1'}
                  error.execution: {actions: \(note("handled"))}
              b: {}
            """)
        walk.send("go")
        #expect(walk.log == ["handled"])
        #expect(walk.step.selection == .guardsFalse)
    }

    @Test func aFalseGuardOfACommonAncestorIsReportedOnce() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: p
            states:
              p:
                type: parallel
                on: {go: {target: b, guard: 'event.data > 5'}}
                states: {r1: {states: {x: {}}}, r2: {states: {x: {}}}}
              b: {}
            """)
        walk.send("go", 3)
        #expect(walk.step.falseGuards.map(\.source) == ["event.data > 5"])
        #expect(walk.step.falseGuards.first?.parts.first?.value == 3)
    }
}
