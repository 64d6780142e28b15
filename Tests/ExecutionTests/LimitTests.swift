import Testing
import Values

@testable import Definition
@testable import Execution

/// What one instance may grow to. Beyond it the step fails where a person sees it, and the instance stays as it
/// was, readable and alive.
@Suite struct InstanceLimitTests {
    private static let collector = """
        events: {add: {}, wrap: {}, reset: {}}
        context: {all: {default: []}}
        initial: a
        states:
          a:
            on:
              add: {actions: {assign: {all: '${context.all + [event.data]}'}}}
              wrap: {actions: {assign: {all: '${[context.all]}'}}}
              reset: {actions: {assign: {all: []}}}
        """

    private static func text(_ count: Int) -> Value {
        .string(String(repeating: "x", count: count))
    }

    @Test func aContextThatWouldPassAMegabyteIsAnIncidentAndStaysAsItWas() throws {
        var story = try Story(Self.collector)
        try story.send("add", Self.text(600_000))
        #expect(story.incidents.isEmpty)
        let before = story.context
        try story.send("add", Self.text(600_000))
        #expect(story.context == before)
        #expect(story.incidents == [.expressionError])
        let message = try #require(story.run.incidents.first?.error.message)
        #expect(message.contains("larger than 1048576 bytes"), "\(message)")
        #expect(message.hasPrefix("w 9:"), "it says where: \(message)")

        try story.take(.operate(.assign(["all": []]), reason: "", actor: .system))
        try story.retry()
        #expect(story.incidents.isEmpty)
        #expect(story.context["all"]?.listValue?.count == 1, "it goes on once there is room")
    }

    @Test func aContextThatWrapsItselfStopsAtADepthThatCanBeReadBack() throws {
        var story = try Story(Self.collector)
        for _ in 0..<200 { try story.send("wrap") }
        #expect(story.incidents == [.expressionError])
        #expect(story.run.incidents.first?.error.message.contains("nested deeper") == true)
        #expect(Value.map(story.context).excess() == nil)
    }

    @Test func membersThatAreEachSmallEnoughAreWeighedTogether() throws {
        var story = try Story(
            """
            events: {fill: {}}
            context: {a: {default: ''}, b: {default: ''}}
            initial: s
            states:
              s: {on: {fill: {actions: [{assign: {a: '${event.data}'}}, {assign: {b: '${event.data}'}}]}}}
            """)
        try story.send("fill", Self.text(600_000))
        #expect(story.context == ["a": "", "b": ""])
        #expect(story.incidents == [.expressionError])
    }

    @Test func aStartWhoseContextIsTooLargeIsSeen() throws {
        let story = try Story(
            """
            input: {}
            context: {all: {default: []}}
            initial: a
            states: {a: {entry: {assign: {all: '${[input, input]}'}}}}
            """, input: ["x": Self.text(600_000)])
        #expect(story.incidents == [.expressionError])
        #expect(story.context["all"] == [])
    }

    @Test func aResultThatDoesNotFitIsAnIncidentAndNotLost() throws {
        var story = try Story(
            """
            context: {all: {default: ''}, more: {default: ''}}
            initial: a
            states:
              a:
                entry: {assign: {all: '${instance.key}'}}
                invoke:
                  task: bank.wire
                  onDone: {target: b, actions: [{assign: {all: '${event.data.x}'}}, {assign: {more: '${event.data.x}'}}]}
              b: {}
            """)
        try story.answer("bank.wire", .succeeded(["x": Self.text(600_000)]))
        #expect(story.states == ["a"])
        #expect(story.incidents == [.expressionError])
        guard case .answer(_, .succeeded(let output)) = story.run.held.first?.kind else {
            Issue.record("the result waits")
            return
        }
        #expect(output == ["x": Self.text(600_000)])
    }

    @Test func earlyEventsTogetherAreKeptWithinAMegabyte() throws {
        var story = try Story(
            """
            events: {go: {}, later: {early: keep, ttl: 1d}}
            initial: a
            states: {a: {on: {go: b}}, b: {on: {later: a}}}
            """)
        #expect(try story.send("later", Self.text(600_000))?.outcome == .kept)
        let refused = try story.send("later", Self.text(600_000))
        #expect(refused?.outcome == .rejected)
        #expect(refused?.code == "too-many")
        #expect(try story.send("later", Self.text(10))?.outcome == .kept)
        #expect(story.run.kept.count == 2)
    }

    /// Inputs and outputs of calls that may have to be undone are part of the instance's row.
    @Test func callsWhoseDataComesToTooMuchAreNotMade() throws {
        var story = try Story(
            """
            input: {}
            initial: a
            events: {again: {}}
            states:
              a: {invoke: {task: bank.wire, input: {all: '${input}'}, onDone: b}}
              b: {on: {again: a}}
            """, input: ["x": Self.text(900_000)])
        for _ in 0..<30 where story.incidents.isEmpty {
            try story.answer("bank.wire", .succeeded(["x": Self.text(900_000)]))
            try story.send("again")
        }
        #expect(story.incidents == [.callExhausted])
        #expect(story.run.incidents.first?.error.name == "too-large")
        #expect(story.called.isEmpty, "nothing was sent that could not be undone")
        #expect(story.run.effects.count < 6)
    }
}
