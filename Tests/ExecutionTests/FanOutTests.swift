import CEL
import Testing

@testable import Execution

/// One child or call for each item.
@Suite struct FanOutTests {
    private static func chart(_ more: String = "", target: String = child) -> String {
        """
        input: {type: object, properties: {accounts: {type: array}}}
        context: {counts: {}}
        events: {leave: {}}
        initial: each
        states:
          each:
            on: {leave: gone}
            invoke:
              \(target)
              forEach: {in: '${input.accounts}', concurrency: 2\(more)}
              onDone: {target: done, actions: {assign: {counts: '${event.data}'}}}
              onError: [{error: members-failed, target: bad}]
          done: {}
          bad: {}
          gone: {}
        """
    }

    private static let child = """
        workflow: child
              key: item
              input: {account: '${item}', n: '${index}'}
        """

    private static func story(
        _ count: Int, _ more: String = "", target: String = child
    ) throws -> Story {
        let child = Story.workflow(
            "initial: a\nstates: {a: {after: {1h: z}}, z: {type: final}}", name: "child")
        let accounts = (0..<count).map { Value.string("a-\($0)") }
        return try Story(
            chart(more, target: target), input: ["accounts": .list(accounts)], others: [child])
    }

    private static func started(_ story: Story) -> [String] {
        story.messages.compactMap {
            if case .startChild(let name, _, _) = $0.body { name.key } else { nil }
        }
    }

    private static func cancelled(_ story: Story) -> [String] {
        story.messages.compactMap {
            if case .cancelChild(let name, _) = $0.body { name.key } else { nil }
        }
    }

    /// Ends the member that has been under way longest.
    private static func end(
        _ story: inout Story, _ status: Run.Status = .completed
    ) throws {
        let member = try #require(story.run.activations.first { $0.membership != nil })
        try story.take(.childEnded(activation: member.number, status: status, output: ["r": 1]))
    }

    @Test func asManyAreUnderWayAsDeclaredAndEachEndStartsTheNext() throws {
        var story = try Self.story(5)
        #expect(Self.started(story) == ["a-0", "a-1"])
        try Self.end(&story)
        #expect(Self.started(story) == ["a-0", "a-1", "a-2"])
        for _ in 0..<4 { try Self.end(&story) }
        #expect(story.states == ["done"])
        #expect(
            story.context["counts"]
                == ["started": 5, "completed": 5, "failed": 0, "cancelled": 0])
        #expect(story.members.map(\.number) == [1, 2, 3, 4, 5])
        #expect(story.members.map(\.key) == (0..<5).map { "child/a-\($0)" })
        #expect(story.members.allSatisfy { $0.output == ["r": 1] })
        #expect(story.run.activations.isEmpty)
    }

    @Test func noItemsAreDoneAtOnce() throws {
        let story = try Self.story(0)
        #expect(story.states == ["done"])
        #expect(story.members.isEmpty)
    }

    @Test func failuresAreCollectedAndCountAtTheEnd() throws {
        var story = try Self.story(3)
        try Self.end(&story, .failed)
        #expect(story.states == ["each"])
        try Self.end(&story)
        try Self.end(&story)
        #expect(story.states == ["bad"])
        #expect(story.members.map(\.status) == [.failed, .completed, .completed])
        #expect(story.members.first?.error?.name == "child-failed")
        #expect(story.kinds.filter { $0 == "member.failed" }.count == 1)
    }

    @Test func someFailuresAreTolerated() throws {
        var story = try Self.story(3, ", tolerate: 1")
        try Self.end(&story, .failed)
        try Self.end(&story)
        try Self.end(&story)
        #expect(story.states == ["done"])
    }

    @Test func aQuorumIsEnoughAndTheRestIsCalledOff() throws {
        var story = try Self.story(5, ", complete: {quorum: 2}")
        try Self.end(&story)
        try Self.end(&story)
        #expect(story.states == ["done"])
        #expect(Self.started(story).count <= 4)
        #expect(story.members.filter { $0.status == .completed }.count == 2)
        #expect(Self.cancelled(story).count == story.members.count - 2)
        try Self.end(&story, .cancelled)
        #expect(story.members.count == Set(story.members.map(\.number)).count)
    }

    @Test func aQuorumThatCannotBeReachedFails() throws {
        var story = try Self.story(2, ", complete: first")
        try Self.end(&story, .failed)
        try Self.end(&story, .failed)
        #expect(story.states == ["bad"])
    }

    @Test func leavingTheStateCallsOffThoseUnderWayAndStartsNoMore() throws {
        var story = try Self.story(5)
        try story.send("leave")
        #expect(Self.cancelled(story) == ["a-0", "a-1"])
        try Self.end(&story, .cancelled)
        try Self.end(&story, .cancelled)
        #expect(Self.started(story).count == 2)
        #expect(story.members.map(\.status) == [.cancelled, .cancelled])
    }

    @Test func callsAreMembersWithKeysAndRetriesOfTheirOwn() throws {
        var story = try Self.story(
            3, target: "task: bank.charge\n      input: {account: '${item}', amount: 1}")
        #expect(Set(story.calls.map(\.key)).count == 2)
        let first = try #require(story.calls.first)
        try story.take(.answer(first.id, .down))
        #expect(story.calls.count == 1)
        try story.advance(.seconds(60))
        #expect(story.calls.map(\.key).contains(first.key))
        while let call = story.calls.first { try story.take(.answer(call.id, .done)) }
        #expect(story.states == ["done"])
        #expect(story.members.map(\.status) == [.completed, .completed, .completed])
    }

    @Test func theParentStaysSmallWhileMembersEnd() throws {
        var story = try Self.story(300)
        var largest = 0
        while story.states == ["each"] {
            try Self.end(&story)
            largest = max(largest, story.run.encodedJSON(try story.definition.machine).count)
        }
        #expect(story.members.count == 300)
        // The items that are left to start, and the input itself.
        #expect(largest < 10_000)
    }
}
