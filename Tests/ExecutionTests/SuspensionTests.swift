import Testing
import Values

@testable import Definition
@testable import Execution

/// Trap 2: an endless step is like one that fails: its input waits with an incident, and nothing is lost.
@Suite struct SuspensionTests {
    static let chart = """
        context: {loops: {type: boolean, default: true}}
        events: {go: {}, mend: {}}
        initial: p
        states:
          p:
            type: parallel
            states:
              r:
                initial: a
                states:
                  a: {on: {go: b}, after: {1h: b}}
                  b: {always: [{target: c, guard: context.loops}, {target: done}]}
                  c: {always: b}
                  done: {}
        """

    @Test func trap2AnEndlessEventIsHeldAndTheInstanceSuspendedInPlace() throws {
        var story = try Story(Self.chart)
        let receipt = try story.send("go")
        #expect(receipt?.outcome == .held)
        #expect(receipt?.code == "suspended")
        #expect(receipt?.message?.contains("p.r.b → p.r.c") == true)
        #expect(story.states == ["p.r.a"])
        #expect(story.incidents == [.suspended])
        #expect(try story.send("go")?.code == "behind-incident")
        #expect(story.incidents == [.suspended])
    }

    @Test func trap2WhatIsNoLongerEndlessIsTakenByARetry() throws {
        var story = try Story(Self.chart)
        try story.send("go")
        try story.take(
            .operate(.assign(["loops": false]), reason: "", actor: .system))
        try story.retry()
        #expect(story.states == ["p.r.done"])
        #expect(story.incidents.isEmpty && story.run.held.isEmpty)
    }

    @Test func trap2TheTimerThatSuspendedFiresAgainAfterARetry() throws {
        var story = try Story(Self.chart)
        try story.advance(.seconds(3_600))
        #expect(story.incidents == [.suspended])
        #expect(story.run.timers.count == 1)
        try story.retry()
        // Nothing was mended, so it is suspended again; a retry never says that it worked.
        #expect(story.incidents == [.suspended])
        #expect(story.run.timers.count == 1)
    }

    @Test func trap2AnInstanceSuspendedAtItsStartStartsWhenRetried() throws {
        var story = try Story(
            """
            context: {n: {type: integer, default: 0}}
            initial: a
            states:
              a: {always: {target: b, guard: "now < timestamp('2026-01-06T00:00:00Z')"}}
              b: {always: a}
            """)
        #expect(story.incidents == [.suspended])
        #expect(story.states.isEmpty)
        story.sleep(.seconds(2 * 86_400))
        try story.retry()
        #expect(story.incidents.isEmpty)
        #expect(story.states == ["a"])
    }

    @Test func aSuspendedInstanceCanBeCancelled() throws {
        var story = try Story(Self.chart)
        try story.send("go")
        try story.cancel()
        #expect(story.run.status == .cancelled)
        #expect(story.incidents.isEmpty)
    }
}
