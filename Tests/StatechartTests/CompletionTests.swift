import Testing
import Values

@testable import Statechart

/// Final states, history states and what the engine itself raises.
@Suite struct CompletionTests {
    private static let parallel = """
        events: {one: {}, two: {}}
        initial: work
        states:
          work:
            type: parallel
            onDone: end
            states:
              r1: {initial: x, states: {x: {on: {one: done}}, done: {type: final}}}
              r2: {initial: x, states: {x: {on: {two: done}}, done: {type: final}}}
          end: {type: final}
        """

    @Test func aParallelStateIsDoneWhenAllItsRegionsAre() throws {
        var walk = try Walk(Self.parallel)
        walk.send("one")
        #expect(walk.final == nil)
        #expect(walk.leaves == ["work.r1.done", "work.r2.x"])
        walk.send("two")
        #expect(walk.final == "end")
    }

    @Test func trap4TheEndOfARegionIsNotTheEndOfTheParallelStateWhoseNameItBegins() throws {
        var walk = try Walk(
            """
            events: {one: {}}
            initial: work
            states:
              work:
                type: parallel
                onDone: early
                states:
                  r0: {initial: x, states: {x: {on: {one: done}}, done: {type: final}}}
                  r1: {states: {x: {}}}
              early: {}
            """)
        walk.send("one")
        #expect(walk.leaves == ["work.r0.done", "work.r1.x"])
        // Nor does somebody else's event of the same name.
        walk.send("done.state.work")
        #expect(walk.step.selection == .none)
    }

    @Test func aCompoundStatesDoneEventCarriesTheFinalStatesOutput() throws {
        let walk = try Walk(
            """
            initial: a
            states:
              a:
                initial: f
                states: {f: {type: final, output: {price: 5}}}
                onDone: {target: b, actions: {assign: {price: '${event.data.price}'}}}
              b: {}
            """)
        #expect(walk.snapshot.data["price"] == 5)
        #expect(walk.leaves == ["b"])
    }

    @Test func trap14ATopLevelFinalStateLeavesEverythingAndStartsNothing() throws {
        var walk = try Walk(
            """
            events: {stop: {}}
            initial: p
            states:
              p:
                type: parallel
                on: {stop: end}
                states:
                  r1: {states: {x: {after: {1h: y}, exit: \(note("x-"))}, y: {}}, initial: x}
                  r2: {states: {x: {invoke: {task: a.b, onDone: y}}, y: {}}, initial: x}
              end: {type: final, entry: \(note("end+"))}
            """)
        walk.send("stop")
        #expect(walk.final == "end")
        #expect(walk.snapshot.configuration.isEmpty)
        #expect(walk.log == ["x-", "end+"])
        #expect(walk.step.effects.contains(.cancelTimer(0)))
        #expect(walk.step.effects.contains(.cancelInvocation(0)))
        let before = walk.snapshot
        walk.send("stop")
        #expect(walk.snapshot == before)
        #expect(walk.step.microsteps.isEmpty)
    }

    private static func history(_ kind: String) -> String {
        """
        events: {next: {}, pause: {}, resume: {}, deeper: {}}
        initial: work
        states:
          work:
            initial: a
            on: {pause: paused}
            states:
              a: {on: {next: b}}
              b: {initial: b1, states: {b1: {on: {deeper: b2}}, b2: {}}}
              back: {type: history, history: \(kind)}
          paused: {on: {resume: work.back}}
        """
    }

    @Test(arguments: [("shallow", "work.b.b1"), ("deep", "work.b.b2")])
    func aHistoryStateRemembersWhereItsParentWasLeft(kind: String, leaf: String) throws {
        var walk = try Walk(Self.history(kind))
        for event in ["next", "deeper", "pause", "resume"] { walk.send(event) }
        #expect(walk.leaves == [leaf])
    }

    @Test func aHistoryStateThatRemembersNothingGivesItsDefault() throws {
        var walk = try Walk(
            """
            events: {resume: {}}
            initial: paused
            states:
              work: {initial: a, states: {a: {}, b: {}, back: {type: history, target: b}}}
              paused: {on: {resume: work.back}}
            """)
        walk.send("resume")
        #expect(walk.leaves == ["work.b"])
    }

    @Test func aDeepHistoryRestoresAllRegions() throws {
        var walk = try Walk(
            """
            events: {go: {}, pause: {}, resume: {}}
            initial: work
            states:
              work:
                initial: p
                on: {pause: paused}
                states:
                  p:
                    type: parallel
                    states:
                      r1: {initial: x, states: {x: {on: {go: y}}, y: {}}}
                      r2: {initial: x, states: {x: {}, y: {}}}
                  back: {type: history, history: deep}
              paused: {on: {resume: work.back}}
            """)
        for event in ["go", "pause", "resume"] { walk.send(event) }
        #expect(walk.leaves == ["work.p.r1.y", "work.p.r2.x"])
    }

    @Test func trap3AnEventIsStillReachableThroughAHistoryState() throws {
        var walk = try Walk(Self.history("shallow"))
        walk.send("next")
        walk.send("pause")
        #expect(walk.leaves == ["paused"])
        #expect(walk.machine.canStillTake("deeper", from: walk.snapshot.configuration))
    }

    @Test func trap3AnEventOfAStateThatIsBehindIsNotReachable() throws {
        var walk = try Walk(
            """
            events: {go: {}, late: {}}
            initial: a
            states:
              a: {on: {late: b, go: b}}
              b: {on: {go: c}}
              c: {}
            """)
        #expect(walk.machine.canStillTake("late", from: walk.snapshot.configuration))
        walk.send("go")
        #expect(!walk.machine.canStillTake("late", from: walk.snapshot.configuration))
    }
}
