import Testing
import Values

@testable import Statechart

/// What one event costs, in things done.
@Suite struct CostTests {
    private static let order = """
        events: {confirm: {}, match: {}, arrive: {}, progress: {}, leave: {}}
        initial: placed
        states:
          placed: {on: {confirm: {target: matching, guard: 'event.data.accepted'}}}
          matching: {on: {match: {target: active, guard: 'event.data.score >= 3'}}}
          active: {on: {arrive: inProgress}}
          inProgress:
            on:
              progress:
                guard: 'event.data.hours > 0'
                actions: {assign: {x: '${event.data.hours}'}}
              leave:
                - {target: failed, guard: 'context.x > 8'}
                - {target: completed, guard: 'context.x > 0'}
          completed: {type: final}
          failed: {type: final}
        """

    @Test func anEventIsOneMicrostepAndNothingIsExplainedThatNobodyAsksFor() throws {
        var walk = try Walk(Self.order)
        let events: [(String, Value)] = [
            ("confirm", ["accepted": true]), ("match", ["score": 5]), ("arrive", [:]),
            ("progress", ["hours": 2]), ("progress", ["hours": 3]), ("leave", [:]),
        ]
        for (name, data) in events {
            walk.send(name, data)
            // The last one is followed by the leaving of everything.
            let taken = walk.step.microsteps.filter { !$0.isFarewell }
            #expect(taken.count == 1, "\(name)")
            #expect(walk.step.falseGuards.isEmpty, "\(name)")
            #expect(walk.step.effects.isEmpty, "\(name)")
        }
        #expect(walk.final == "completed")
    }

    @Test func anEventThatNoActiveStateNamesEvaluatesNothing() throws {
        var walk = try Walk(Self.order)
        walk.send("leave", [:])
        #expect(walk.step.selection == .none)
        #expect(walk.step.problems.isEmpty && walk.step.microsteps.isEmpty)
    }

    @Test func aRefusedEventExplainsEachOfItsGuards() throws {
        var walk = try Walk(Self.order)
        for (name, data) in [("confirm", ["accepted": true]), ("match", ["score": 5])]
            as [(String, Value)]
        {
            walk.send(name, data)
        }
        walk.send("arrive", [:])
        walk.send("progress", ["hours": 0])
        #expect(walk.step.selection == .guardsFalse)
        #expect(walk.step.falseGuards.map(\.source) == ["event.data.hours > 0"])
        walk.send("leave", [:])
        #expect(walk.step.failure?.place == .guardExpression, "`x` is null, which no number is")
    }
}
