import Testing
import Values

@testable import Statechart

/// Regions of a parallel state are independent [trap 5], and done together however they are nested.
@Suite struct RegionTests {
    /// A till with a display beside it: `show` names the display from the parallel state, `peek` from the other region.
    private static func till(reenter: Bool = false) -> String {
        """
        events: {show: {}, peek: {}, pay: {}}
        initial: shop
        states:
          shop:
            type: parallel
            exit: \(note("shop-"))
            on: {show: {target: .display.prices, reenter: \(reenter)}}
            states:
              display:
                entry: \(note("display+"))
                initial: clock
                states: {clock: {exit: \(note("clock-"))}, prices: {}}
              till:
                entry: \(note("till+"))
                exit: \(note("till-"))
                initial: idle
                states:
                  idle:
                    after: {5m: closed}
                    on: {peek: {target: shop.display.prices, reenter: \(reenter)}, pay: charging}
                  charging: {invoke: {task: bank.charge, onDone: closed}}
                  closed: {}
        """
    }

    private func isTimed(_ step: Step) -> Bool {
        step.effects.contains {
            switch $0 {
            case .startTimer, .cancelTimer, .startInvocation, .cancelInvocation: true
            case .emit: false
            }
        }
    }

    @Test(arguments: ["show", "peek"])
    func onlyTheRegionOfTheTargetIsLeft(event: String) throws {
        var walk = try Walk(Self.till())
        walk.send(event)
        #expect(walk.leaves == ["shop.display.prices", "shop.till.idle"])
        #expect(walk.exited == ["shop.display.clock", "shop.display"])
        #expect(walk.entered == ["shop.display", "shop.display.prices"])
        #expect(walk.log == ["display+", "till+", "clock-", "display+"])
        #expect(!isTimed(walk.step))
    }

    @Test func aCallThatIsUnderWayInTheOtherRegionGoesOn() throws {
        var walk = try Walk(Self.till())
        walk.send("pay")
        walk.send("show")
        #expect(walk.leaves == ["shop.display.prices", "shop.till.charging"])
        #expect(!isTimed(walk.step))
    }

    @Test(arguments: ["show", "peek"])
    func whatReentersLeavesAllOfIt(event: String) throws {
        var walk = try Walk(Self.till(reenter: true))
        walk.send(event)
        #expect(walk.leaves == ["shop.display.prices", "shop.till.idle"])
        #expect(walk.log.suffix(5) == ["till-", "clock-", "shop-", "display+", "till+"])
        #expect(isTimed(walk.step))
    }

    @Test func aRegionThatNamesItselfIsEnteredAnewAlone() throws {
        var walk = try Walk(
            """
            events: {again: {}}
            initial: p
            states:
              p:
                type: parallel
                states:
                  r1: {entry: \(note("r1+")), on: {again: p.r1}, states: {x: {}}}
                  r2: {entry: \(note("r2+")), states: {x: {}}}
            """)
        walk.send("again")
        #expect(walk.log == ["r1+", "r2+", "r1+"])
        #expect(walk.exited == ["p.r1.x", "p.r1"])
    }

    @Test func regionsOfARegionAreIndependentToo() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: p
            states:
              p:
                type: parallel
                states:
                  r: {initial: x, states: {x: {on: {go: p.q.q1.y}}}}
                  q:
                    type: parallel
                    entry: \(note("q+"))
                    states:
                      q1: {initial: x, states: {x: {}, y: {}}}
                      q2: {initial: x, states: {x: {after: {1h: y}}, y: {}}}
            """)
        walk.send("go")
        #expect(walk.leaves == ["p.r.x", "p.q.q1.y", "p.q.q2.x"])
        #expect(walk.exited == ["p.q.q1.x", "p.q.q1"])
        #expect(walk.log == ["q+"])
        #expect(!isTimed(walk.step))
    }

    @Test func aTransitionThatLeavesTheParallelStateLeavesEveryRegion() throws {
        var walk = try Walk(
            """
            events: {go: {}}
            initial: p
            states:
              p:
                type: parallel
                states:
                  r1: {initial: x, states: {x: {on: {go: out}}}}
                  r2: {initial: x, states: {x: {after: {1h: x}}}}
              out: {}
            """)
        walk.send("go")
        #expect(walk.exited == ["p.r2.x", "p.r2", "p.r1.x", "p.r1", "p"])
        #expect(walk.step.effects == [.cancelTimer(0)])
    }

    // MARK: Two transitions at once

    /// Each region has its own answer to `go`, and so has the parallel state for whoever has none.
    private static func answers(_ first: String, _ second: String, outer: String = "") -> String {
        """
        events: {go: {}}
        initial: p
        states:
          p:
            type: parallel
            \(outer)
            states:
              r1: {initial: x, states: {x: {\(first)}, y: {}}}
              r2: {initial: x, states: {x: {\(second)}, y: {}}}
              r3: {initial: x, states: {x: {entry: \(note("r3.x")), exit: \(note("r3.x-"))}, y: {}}}
        """
    }

    @Test func transitionsIntoTwoRegionsAreTakenTogether() throws {
        var walk = try Walk(
            Self.answers("on: {go: y}", "on: {go: p.r3.y}"))
        walk.send("go")
        #expect(walk.leaves == ["p.r1.y", "p.r2.x", "p.r3.y"])
        #expect(walk.step.microsteps.first?.transitions.count == 2)
    }

    @Test func theParallelStatesOwnTransitionIsTakenBesideARegionsWhenTheyLeaveDifferentRegions()
        throws
    {
        var walk = try Walk(Self.answers("on: {go: y}", "", outer: "on: {go: .r3.y}"))
        walk.send("go")
        #expect(walk.leaves == ["p.r1.y", "p.r2.x", "p.r3.y"])
    }

    @Test func ofTwoThatLeaveOneRegionTheInnerWins() throws {
        var walk = try Walk(Self.answers("", "on: {go: y}", outer: "on: {go: .r2.x}"))
        walk.send("go")
        #expect(walk.leaves == ["p.r1.x", "p.r2.y", "p.r3.x"])
        #expect(walk.step.microsteps.first?.transitions.count == 1)
    }

    @Test func ofTwoThatLeadIntoOneRegionTheFirstWins() throws {
        var walk = try Walk(Self.answers("on: {go: p.r3.y}", "on: {go: p.r3.x}"))
        walk.send("go")
        #expect(walk.leaves == ["p.r1.x", "p.r2.x", "p.r3.y"])
        #expect(walk.log == ["r3.x", "r3.x-"])
    }

    @Test func twoRegionsMayMoveEachOther() throws {
        var walk = try Walk(Self.answers("on: {go: p.r2.y}", "on: {go: p.r1.y}"))
        walk.send("go")
        #expect(walk.leaves == ["p.r1.y", "p.r2.y", "p.r3.x"])
    }

    // MARK: History

    @Test func aHistoryStateLeadsIntoItsOwnRegionOnly() throws {
        var walk = try Walk(
            """
            events: {next: {}, pause: {}, resume: {}}
            initial: p
            states:
              p:
                type: parallel
                on: {pause: .work.paused, resume: .work.busy.back}
                states:
                  work:
                    initial: busy
                    states:
                      busy: {initial: a, states: {a: {on: {next: b}}, b: {}, back: {type: history}}}
                      paused: {}
                  clock: {entry: \(note("clock+")), states: {x: {}}}
            """)
        for event in ["next", "pause", "resume"] { walk.send(event) }
        #expect(walk.leaves == ["p.work.busy.b", "p.clock.x"])
        #expect(walk.log == ["clock+"])
    }

    /// By the letter `q2` would be entered by default beside where it is.
    @Test func aHistoryStateOfTheParallelStateItselfLeavesTheOtherRegionsWhereTheyAre() throws {
        var walk = try Walk(
            """
            events: {go: {}, back: {}}
            initial: q
            states:
              q:
                type: parallel
                states:
                  q1: {initial: x, states: {x: {on: {back: q.h}}, y: {}}}
                  q2: {initial: x, states: {x: {on: {go: y}}, y: {}}}
                  h: {type: history, target: q.q1.y}
            """)
        walk.send("go")
        walk.send("back")
        #expect(walk.leaves == ["q.q1.y", "q.q2.y"])
        #expect(walk.entered == ["q.q1.y"])
    }

    // MARK: Done

    private static let nested = """
        events: {one: {}, two: {}, three: {}, again: {}}
        initial: all
        states:
          all:
            type: parallel
            onDone: {actions: \(note("all"))}
            on: {again: .inner.b}
            states:
              outer: {initial: w, states: {w: {on: {one: f}}, f: {type: final}}}
              inner:
                type: parallel
                onDone: {actions: \(note("inner"))}
                states:
                  a: {initial: w, states: {w: {on: {two: f}}, f: {type: final}}}
                  b: {initial: w, states: {w: {on: {three: f}}, f: {type: final}}}
        """

    @Test(arguments: [
        ["one", "two", "three"], ["one", "three", "two"], ["two", "one", "three"],
        ["two", "three", "one"], ["three", "one", "two"], ["three", "two", "one"],
    ])
    func aParallelStateIsDoneWhenEveryRegionIsInWhateverOrder(events: [String]) throws {
        var walk = try Walk(Self.nested)
        for event in events.dropLast() {
            walk.send(event)
            #expect(!walk.log.contains("all"))
        }
        walk.send(events[2])
        #expect(walk.log == ["inner", "all"])
    }

    @Test func itIsDoneAgainOnceARegionWasLeftAndIsDoneAgain() throws {
        var walk = try Walk(Self.nested)
        for event in ["one", "two", "three", "again"] { walk.send(event) }
        #expect(walk.log == ["inner", "all"])
        walk.send("three")
        #expect(walk.log == ["inner", "all", "inner", "all"])
    }

    @Test func aParallelStateWithinARegionDoesNotEndTheRegion() throws {
        var walk = try Walk(
            """
            events: {one: {}, two: {}}
            initial: all
            states:
              all:
                type: parallel
                onDone: {actions: \(note("all"))}
                states:
                  outer: {initial: w, states: {w: {on: {one: f}}, f: {type: final}}}
                  region:
                    initial: inner
                    states:
                      inner:
                        type: parallel
                        onDone: {target: checked, actions: \(note("inner"))}
                        states: {a: {initial: w, states: {w: {on: {two: f}}, f: {type: final}}}}
                      checked: {on: {one: f}}
                      f: {type: final}
            """)
        for event in ["one", "two"] { walk.send(event) }
        #expect(walk.log == ["inner"])
        walk.send("one")
        #expect(walk.log == ["inner", "all"])
    }

    // MARK: What can still come

    @Test func whatARegionHasBehindItDoesNotComeAgainBecauseAnotherIsEnteredAnew() throws {
        var walk = try Walk(
            """
            events: {again: {}, hello: {}, go: {}}
            initial: p
            states:
              p:
                type: parallel
                on: {again: .r1}
                states:
                  r1: {initial: x, states: {x: {on: {go: y}}, y: {}}}
                  r2: {initial: x, states: {x: {on: {hello: y}}, y: {}}}
            """)
        #expect(walk.machine.canStillTake("hello", from: walk.snapshot.configuration))
        walk.send("hello")
        walk.send("go")
        #expect(!walk.machine.canStillTake("hello", from: walk.snapshot.configuration))
        #expect(walk.machine.canStillTake("go", from: walk.snapshot.configuration))
    }

    @Test func whatTheOperatorMovesLeavesTheOtherRegionsAlone() throws {
        var walk = try Walk(Self.till())
        walk.send("pay")
        walk.move(to: try #require(walk.machine.state(named: "shop.display")))
        #expect(walk.leaves == ["shop.display.clock", "shop.till.charging"])
        #expect(!isTimed(walk.step))
    }
}
