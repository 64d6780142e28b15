import CEL
import Testing
import Values

@testable import Statechart

/// What an event processor answers to an emission, and what the rest of the block makes of it.
@Suite struct EventProcessorTests {
    private let location = SourceLocation(line: 1, column: 1)

    /// A chart that sends, raises `later` and notes the names of what comes, each with its type.
    private func start(_ processor: EventProcessor?) throws -> Step {
        let note = Action.assign(
            name: "log", value: try Template(parsing: "${context.log + [event.name, event.type]}"),
            location: location)
        let states = [
            State(
                id: "", kind: .compound, parent: nil, children: [1], lastDescendant: 1,
                initial: [1], location: location),
            State(
                id: "a", kind: .atomic, parent: 0, lastDescendant: 1,
                onEntry: [
                    [
                        .emit(.send, payload: .literal("hello"), location: location),
                        .raise(event: "later", data: nil, location: location),
                    ]
                ], transitions: [0], location: location),
        ]
        let machine = Machine(
            states: states,
            transitions: [
                Transition(source: 1, trigger: .prefix([]), actions: [note], location: location)
            ], timers: [], invocations: [], semantics: .scxml)
        return machine.start(data: ["log": []], environment: [:], processor: processor)
    }

    private let error = Event(name: "error.communication", attributes: ["type": "platform"])

    @Test func whatIsAnEffectLeavesWithTheStep() throws {
        for processor in [nil, { _ in .effect }] as [EventProcessor?] {
            let step = try start(processor)
            #expect(step.snapshot.data["log"] == ["later", "internal"])
            #expect(step.effects.count == 1)
        }
    }

    @Test func whatIsQueuedComesBeforeWhatTheBlockRaisesAndDoesNotLeave() throws {
        let step = try start { _ in .queued(error) }
        #expect(
            step.snapshot.data["log"] == ["error.communication", "platform", "later", "internal"])
        #expect(step.effects.isEmpty)
    }

    @Test func whatIsRefusedEndsTheBlock() throws {
        let step = try start { _ in .refused(error) }
        #expect(step.snapshot.data["log"] == ["error.communication", "platform"])
        #expect(step.effects.isEmpty)
    }

    @Test func theProcessorIsAskedByEachStepThatCanEmit() throws {
        let before = try start(nil)
        let states = [
            State(
                id: "", kind: .compound, parent: nil, children: [1], lastDescendant: 1,
                initial: [1], location: location),
            State(
                id: "a", kind: .atomic, parent: 0, lastDescendant: 1,
                onExit: [[.emit(.send, payload: .literal("farewell"), location: location)]],
                transitions: [0], location: location),
        ]
        let machine = Machine(
            states: states,
            transitions: [
                Transition(
                    source: 1, trigger: .named("go"), targets: [1], isInternal: false,
                    location: location)
            ], timers: [], invocations: [], semantics: .scxml)
        var asked: [Value] = []
        let processor: EventProcessor = {
            asked.append($0.payload)
            return .effect
        }
        _ = machine.step(
            before.snapshot, Event(name: "go"), environment: [:], processor: processor)
        _ = machine.stop(before.snapshot, environment: [:], processor: processor)
        #expect(asked == ["farewell", "farewell"])
    }
}
