import Testing
import Values

@testable import Definition
@testable import Execution

/// Random inputs to a chart that has everything: `Story` checks after each one that the stored run decides the
/// same, that sequences have no gap and that the timer rows are the run's.
@Suite struct RandomTests {
    private static let chart = """
        context: {n: {type: integer, default: 0}, price: {type: number, default: 1.0}}
        events: {go: {}, back: {}, undo: {}, later: {early: keep, ttl: 30m}, stop: {early: drop}}
        initial: work
        states:
          work:
            on: {undo: undoing, stop: {actions: {reject: {code: no, message: not now}}}}
            initial: idle
            states:
              idle: {on: {go: busy}, after: {1h: busy}}
              busy:
                type: parallel
                on: {back: away, later: idle}
                onDone: idle
                states:
                  pay:
                    initial: call
                    states:
                      call: {invoke: {task: bank.charge, input: {amount: '${context.n + 1}'}, retry: {maximumAttempts: 2}, deadline: 20m, onDone: done, onError: [{error: exhausted, target: wire}]}}
                      wire: {invoke: {task: bank.wire, onDone: done}}
                      done: {type: final}
                  other:
                    initial: sub
                    states:
                      sub: {entry: {assign: {n: '${context.n + 1}', price: '${context.price * 1.1}'}}, invoke: {workflow: child, onDone: done}}
                      done: {type: final}
              back: {type: history, history: deep}
          away: {invoke: {task: shop.reserve, onDone: resting}}
          resting: {on: {go: work.back}, always: {target: undoing, guard: context.n > 6}}
          undoing: {invoke: {compensate: all, onDone: end, onError: [{error: compensation-failed, target: stuck}]}}
          stuck: {on: {go: undoing}}
          end: {type: final, status: cancelled, output: {n: '${context.n}'}}
        """

    @Test(arguments: 1...40)
    func aStoredRunDecidesAsTheOneInMemory(seed: UInt64) throws {
        var dice = Dice(state: seed)
        let child = Story.workflow("states: {a: {}}", name: "child")
        var story = try Story(Self.chart, others: [child])
        var peak = 0
        for _ in 0..<60 {
            try Self.play(&story, &dice)
            if story.run.status.isTerminal {
                #expect(
                    story.run.timers.isEmpty && story.run.kept.isEmpty && story.run.visits.isEmpty)
            }
            peak = max(peak, story.history.count)
        }
        #expect(peak > 3)
    }

    private static func play(_ story: inout Story, _ dice: inout Dice) throws {
        switch dice.roll(9) {
        case 8:
            let action: OperatorAction = story.run.pause == nil ? .pause : .resume
            guard story.run.pause != nil || dice.roll(3) == 0 else { return }
            try story.take(.operate(action, reason: "r", actor: .system))
        case 7:
            let states = try story.definition.machine.states
            try story.take(
                .operate(
                    .move(to: states[dice.roll(states.count)].id), reason: "", actor: .system))
        case 0: try story.send(["go", "back", "undo", "later", "stop", "go", "back"][dice.roll(7)])
        case 1, 2, 3: try answer(&story, &dice)
        case 4: try story.advance(.seconds(Double([1, 30, 400, 3_700][dice.roll(4)])))
        case 5 where dice.roll(4) == 0: try story.cancel()
        case 5: try story.retry()
        default: try endChild(&story, &dice)
        }
    }

    private static func answer(_ story: inout Story, _ dice: inout Dice) throws {
        guard !story.calls.isEmpty else { return }
        let call = story.calls[dice.roll(story.calls.count)]
        let outcomes: [CallOutcome] =
            call.purpose == .ask
            ? [.done, .notApplied, .undecided, .lost] : [.done, .done, .down, .declined, .lost]
        try story.take(.answer(call.id, outcomes[dice.roll(outcomes.count)]))
    }

    private static func endChild(_ story: inout Story, _ dice: inout Dice) throws {
        let child = story.run.activations.first {
            $0.child != nil && $0.isWaiting
        }
        guard let child else { return }
        let statuses: [Run.Status] = [.completed, .failed, .cancelled]
        try story.take(
            .childEnded(
                activation: child.number, status: statuses[dice.roll(3)], output: ["x": 1.5]))
    }

    /// SplitMix64.
    private struct Dice {
        var state: UInt64

        mutating func roll(_ sides: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((mixed ^ (mixed >> 31)) % UInt64(max(sides, 1)))
        }
    }
}
