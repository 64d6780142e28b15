import Testing
import Values

@testable import Statechart

/// W3C SCXML 1.0, appendix D, as stories.
@Suite struct AlgorithmTests {
    @Test func leavesInnermostFirstThenActsThenEntersOutermostFirst() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: a
            states:
              a:
                exit: \(note("a-"))
                initial: a1
                states: {a1: {exit: \(note("a1-"))}}
                on: {go: {target: b, actions: \(note("act"))}}
              b:
                entry: \(note("b+"))
                initial: b1
                states: {b1: {entry: \(note("b1+"))}}
            """)
        walk.send("go")
        #expect(walk.log == ["a1-", "a-", "act", "b+", "b1+"])
        #expect(walk.leaves == ["b.b1"])
    }

    @Test func theFirstTransitionInDocumentOrderWins() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: a
            states:
              a:
                on:
                  go:
                    - {target: no, guard: 'false'}
                    - {target: first, guard: 'true'}
                    - {target: second, guard: 'true'}
              no: {}
              first: {}
              second: {}
            """)
        walk.send("go")
        #expect(walk.leaves == ["first"])
    }

    @Test func theInnermostStateThatNamesTheEventWins() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: a
            states:
              a:
                on: {go: outer}
                initial: in
                states: {in: {on: {go: .inner}, states: {x: {}, inner: {}}, initial: x}}
              outer: {}
            """)
        walk.send("go")
        #expect(walk.leaves == ["a.in.inner"])
    }

    @Test func aFalseInnerGuardLetsTheOuterStateTakeTheEvent() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: a
            states:
              a:
                on: {go: outer}
                initial: in
                states: {in: {on: {go: {target: other, guard: 'false'}}}, other: {}}
              outer: {}
            """)
        walk.send("go")
        #expect(walk.leaves == ["outer"])
        #expect(walk.step.selection == .taken)
    }

    @Test func anInnerTransitionPreemptsOneThatLeavesItsAncestor() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: p
            states:
              p:
                type: parallel
                on: {go: out}
                states:
                  r1: {initial: x, states: {x: {on: {go: y}}, y: {}}}
                  r2: {initial: x, states: {x: {}}}
              out: {}
            """)
        walk.send("go")
        #expect(walk.leaves == ["p.r1.y", "p.r2.x"])
    }

    @Test func ofTwoRegionsThatLeaveTheParallelStateTheFirstWins() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: p
            states:
              p:
                type: parallel
                states:
                  r1: {initial: x, states: {x: {on: {go: one}}}}
                  r2: {initial: x, states: {x: {on: {go: two}}}}
              one: {}
              two: {}
            """)
        walk.send("go")
        #expect(walk.leaves == ["one"])
    }

    @Test func regionsTakeOneEventTogetherInDocumentOrder() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: p
            states:
              p:
                type: parallel
                states:
                  r1: {initial: x, states: {x: {on: {go: {target: y, actions: \(note("1"))}}}, y: {}}}
                  r2: {initial: x, states: {x: {on: {go: {target: y, actions: \(note("2"))}}}, y: {}}}
            """)
        walk.send("go")
        #expect(walk.log == ["1", "2"])
        #expect(walk.step.microsteps.first?.transitions.count == 2)
    }

    @Test func raisedEventsComeAfterEventlessTransitionsAndBeforeTheNextEvent() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: a
            states:
              a: {on: {go: {target: b, actions: {raise: hop}}}}
              b:
                entry: \(note("b"))
                always: c
                on: {hop: wrong}
              c: {entry: \(note("c")), on: {hop: d}}
              d: {entry: \(note("d"))}
              wrong: {}
            """)
        walk.send("go")
        #expect(walk.log == ["b", "c", "d"])
        #expect(walk.leaves == ["d"])
    }

    @Test func aTransitionWithoutATargetLeavesNothing() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: a
            states:
              a: {exit: \(note("left")), on: {go: {actions: \(note("acted"))}}}
            """)
        walk.send("go")
        #expect(walk.log == ["acted"])
        #expect(walk.exited.isEmpty)
    }

    @Test func anInternalTransitionStaysInItsSourceAndAnExternalOneLeavesIt() throws {
        let chart = { (reenter: Bool) in
            """
            events: {go: {}}
            initial: a
            states:
              a:
                entry: \(note("a+"))
                exit: \(note("a-"))
                initial: x
                states: {x: {}, y: {}}
                on: {go: {target: .y, reenter: \(reenter)}}
            """
        }
        var inside = try Walk(chart(false))
        inside.send("go")
        #expect(inside.log == ["a+"])
        var outside = try Walk(chart(true))
        outside.send("go")
        #expect(outside.log == ["a+", "a-", "a+"])
        #expect(outside.leaves == ["a.y"])
    }

    @Test func invocationsStartOnlyForStatesStillActiveAtTheEnd() throws {
        let walk = try Walk(
            """
            initial: passing
            states:
              passing: {invoke: {task: x.skipped, onDone: there}, always: there}
              there: {invoke: {task: x.started, onDone: end}}
              end: {type: final}
            """)
        let starts = walk.step.effects.compactMap {
            if case .startInvocation(let index) = $0 { index } else { nil }
        }
        #expect(starts.map { walk.names([walk.machine.invocations[$0]]) } == [["there"]])
        #expect(
            !walk.step.effects.contains { if case .cancelInvocation = $0 { true } else { false } })
    }

    @Test func inAChartThatAsksForItAnErrorAbortsTheRestOfItsBlockOnly() throws {
        let walk = try Walk(
            """
            initial: a
            states:
              a:
                entry:
                  - \(note("first"))
                  - {assign: {x: '${1 / 0}'}}
                  - \(note("never"))
                on: {error.execution: {target: b, actions: \(note("next"))}}
              b: {}
            """)
        #expect(walk.log == ["first", "next"])
        #expect(walk.step.problems.map(\.place) == [.action])
    }

    @Test func theSameArgumentsGiveTheSameStep() throws {
        let chart = """
            events: {go: {}}
            initial: p
            states:
              p:
                type: parallel
                states:
                  r1: {initial: x, states: {x: {on: {go: y}}, y: {on: {go: x}}}}
                  r2: {initial: x, states: {x: {on: {go: y}}, y: {on: {go: x}}}}
            """
        var one = try Walk(chart)
        var two = try Walk(chart)
        for _ in 0..<20 {
            one.send("go")
            two.send("go")
            #expect(one.step == two.step)
        }
    }
}
