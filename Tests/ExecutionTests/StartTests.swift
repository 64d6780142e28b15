import Testing
import Values

@testable import Definition
@testable import Execution

@Suite struct StartTests {
    private static let chart = """
        input:
          type: object
          required: [order]
          properties: {order: {type: string}, tip: {type: integer, default: 5}}
        context: {count: {type: integer, default: 0}}
        params: {grace: {type: string, format: duration, default: 1h}}
        search: {order: input.order, tip: input.tip}
        events: {item: {early: keep, data: {type: object, properties: {n: {type: integer}}}}}
        initial: a
        states:
          a: {after: {'${params.grace}': late}, on: {item: {actions: {assign: {count: '${event.data.n}'}}}}}
          late: {type: final, status: failed, output: {order: '${input.order}'}}
        """

    @Test func defaultsAreFilledAndPinned() throws {
        let story = try Story(Self.chart, input: ["order": "o-1"])
        #expect(story.run.input == ["order": "o-1", "tip": 5])
        #expect(story.run.params == ["grace": "1h"])
        #expect(story.context["count"] == 0)
        let summary = story.run.summary(try story.definition)
        #expect(summary.search.map(\.value) == ["o-1", 5])
    }

    @Test func inputThatDoesNotFitIsRefusedWithPointersAndNothingIsWritten() throws {
        let catalog = try Story.catalog([Story.workflow(Self.chart)])
        let request = StartRequest(
            id: InstanceID(1), name: InstanceName(workflow: "w", key: "1"), input: ["tip": "x"],
            params: .map(ValueMap()), parent: nil, actor: .system, kept: [])
        let decision = decide(start: request, catalog: catalog, now: Story.morning)
        #expect(decision.commit == nil)
        guard case .problem(let problem) = decision.reply else {
            Issue.record("it was not refused")
            return
        }
        #expect(problem.code == .invalid)
        #expect(Set(problem.errors.map(\.pointer)) == ["/order", "/tip"])
    }

    @Test func anUnknownWorkflowIsRefusedWithTheNearestName() throws {
        let catalog = try Story.catalog([Story.workflow("states: {a: {}}", name: "order")])
        let request = StartRequest(
            id: InstanceID(1), name: InstanceName(workflow: "ordr", key: "1"), input: .null,
            params: .null, parent: nil, actor: .system, kept: [])
        let decision = decide(start: request, catalog: catalog, now: Story.morning)
        guard case .problem(let problem) = decision.reply else {
            Issue.record("it was not refused")
            return
        }
        #expect(problem.code == .unknownWorkflow)
        #expect(problem.fix == "did you mean order?")
    }

    @Test func trap15AnInstanceStaysOnTheVersionThatItStartedWith() throws {
        let newer = Story.workflow("states: {other: {}}", version: 2)
        let old = try Story("events: {go: {}}\ninitial: a\nstates: {a: {on: {go: b}}, b: {}}")
        let catalog = try Story.catalog(
            [
                Story.workflow("events: {go: {}}\ninitial: a\nstates: {a: {on: {go: b}}, b: {}}"),
                newer,
            ])
        let event = InboundEvent(id: "1", name: "go", data: .map(ValueMap()), sender: .system)
        let decision = decide(old.run, .event(event), catalog: catalog, now: old.now)
        #expect(decision.reply == .receipt(Receipt(.applied)))
        #expect(catalog.current("w")?.version == 2)
        let without = try Story.catalog([newer])
        guard
            case .problem(let problem) = decide(
                old.run, .event(event), catalog: without, now: old.now
            ).reply
        else {
            Issue.record("it was decided on another version")
            return
        }
        #expect(problem.message.contains("pinned to version 1"))
    }

    @Test func trap6ATimerIsTheDeadlineFixedAtEntry() throws {
        var story = try Story(Self.chart, input: ["order": "o-1"])
        #expect(story.run.timers.map(\.due) == [Story.morning + .seconds(3_600)])
        story.sleep(.seconds(100_000))
        try story.advance(.zero)
        #expect(story.run.status == .failed)
        #expect(story.run.output == ["order": "o-1"])
    }

    @Test func aTimerThatIsNotDueDoesNothing() throws {
        var story = try Story(Self.chart, input: ["order": "o-1"])
        story.sleep(.milliseconds(3_599_999))
        try story.take(.timer(.chart(0)))
        #expect(story.run.revision == 1)
    }

    @Test func trap13OneNowServesAWholeDecisionInWholeMilliseconds() throws {
        let now = Timestamp(seconds: 1_767_600_000, nanoseconds: 123_456_789)
        var story = try Story(Self.chart, input: ["order": "o-1"], now: now)
        // The helper compares each decision with one on the stored run.
        try story.send("item", ["n": 3])
        try story.advance(.seconds(3_601))
        #expect(story.run.status == .failed)
    }

    @Test func eventsKeptBeforeTheStartAreOfferedToIt() throws {
        let story = try Story(
            Self.chart, input: ["order": "o-1"], kept: [Self.kept(["n": 7], id: "k1")])
        #expect(story.context["count"] == 7)
    }

    @Test func eventsKeptBeforeTheStartMustFitTheirSchemaToo() throws {
        let story = try Story(
            Self.chart, input: ["order": "o-1"], kept: [Self.kept(["n": "seven"], id: "k1")])
        #expect(story.context["count"] == 0)
        #expect(story.run.kept.isEmpty)
        #expect(story.kinds.contains("event.discarded"))
    }

    private static func kept(_ data: Value, id: String) -> KeptRow {
        KeptRow(
            name: InstanceName(workflow: "w", key: "1"),
            event: InboundEvent(id: id, name: "item", data: data, sender: .system),
            arrivedAt: Story.morning, expiresAt: Story.morning + .seconds(60))
    }

    @Test func aKeyThatTheInputContradictsIsRefused() throws {
        let chart = """
            start: {on: placed, key: event.data.id}
            input: {type: object, required: [id], properties: {id: {type: string}}}
            initial: a
            states: {a: {}}
            """
        #expect(try Story(chart, input: ["id": "1"]).run.name.key == "1")
        let catalog = try Story.catalog([Story.workflow(chart)])
        let request = StartRequest(
            id: InstanceID(1), name: InstanceName(workflow: "w", key: "2"), input: ["id": "1"],
            params: .map(ValueMap()), parent: nil, actor: .system, kept: [])
        let decision = decide(start: request, catalog: catalog, now: Story.morning)
        guard case .problem(let problem) = decision.reply else {
            Issue.record("it was started")
            return
        }
        #expect(problem.code == .invalid)
        #expect(problem.fix?.contains("w/1") == true)
    }
}
