import CEL
import Testing

@testable import Statechart

/// What a chart can hold that no word of the language gives it.
@Suite struct ContentTests {
    private let location = SourceLocation(line: 1, column: 1)

    /// A chart of one state, with these actions on its entry and these transitions.
    private func start(_ block: ActionBlock, then transitions: [Transition] = []) -> Step {
        let states = [
            State(
                id: "", kind: .compound, parent: nil, children: [1, 2], lastDescendant: 2,
                initial: [1], location: location),
            State(
                id: "a", kind: .atomic, parent: 0, lastDescendant: 1, onEntry: [block],
                transitions: Array(transitions.indices), location: location),
            State(id: "b", kind: .atomic, parent: 0, lastDescendant: 2, location: location),
        ]
        let machine = Machine(
            states: states, transitions: transitions, timers: [], invocations: [],
            semantics: .scxml)
        return machine.start(data: ["log": []], environment: [:])
    }

    private func note(_ word: String) throws -> Action {
        .assign(
            name: "log", value: try Template(parsing: "${context.log + ['\(word)']}"),
            location: location)
    }

    private func branch(_ condition: String?, _ actions: ActionBlock) throws -> Branch {
        Branch(
            condition: try condition.map {
                Guard(expression: try Expression(parsing: $0), location: location)
            }, actions: actions)
    }

    @Test(arguments: [(1, ["one", "end"]), (2, ["two", "end"]), (3, ["else", "end"])])
    func theFirstBranchThatHoldsRunsAndOnlyThat(number: Int, words: [String]) throws {
        let step = start([
            .assign(name: "n", value: .literal(.int(Int64(number))), location: location),
            .choose([
                try branch("context.n == 1", [try note("one")]),
                try branch("context.n <= 2", [try note("two")]),
                try branch(nil, [try note("else")]),
            ]), try note("end"),
        ])
        #expect(step.snapshot.data["log"] == .list(words.map { .string($0) }))
    }

    @Test func aConditionThatFailsIsFalseAndTheBlockGoesOn() throws {
        let step = start([
            .choose([try branch("1 / 0 == 1", [try note("never")])]), try note("end"),
        ])
        #expect(step.snapshot.data["log"] == ["end"])
        #expect(step.problems.map(\.place) == [.guardExpression])
    }

    @Test func anErrorInABranchEndsTheWholeBlock() throws {
        let broken = Action.assign(
            name: "x", value: try Template(parsing: "${1 / 0}"), location: location)
        let step = start([try note("first"), .choose([try branch(nil, [broken])]), try note("no")])
        #expect(step.snapshot.data["log"] == ["first"])
    }

    @Test func raisedEventsAreInternalAndErrorsComeFromThePlatform() throws {
        let raise = Action.raise(event: "hello", data: nil, location: location)
        let broken = Action.assign(
            name: "x", value: try Template(parsing: "${1 / 0}"), location: location)
        let note = Action.assign(
            name: "log", value: try Template(parsing: "${context.log + [event.type]}"),
            location: location)
        let step = start(
            [raise, broken],
            then: [Transition(source: 1, trigger: .prefix([]), actions: [note], location: location)]
        )
        #expect(step.snapshot.data["log"] == ["internal", "platform"])
    }
}
