import Testing
import Values

@testable import Definition
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

    // MARK: Pages

    private static func paged(_ total: Int, target: String = child) throws -> Story {
        let text = chart(target: target).replacing(
            "in: '${input.accounts}'", with: "from: {task: shop.shelves, input: {total: \(total)}}")
        return try Story(
            text, others: [Story.workflow("initial: a\nstates: {a: {}}", name: "child")])
    }

    @Test func pagesAreReadAsTheirItemsAreStartedAndEachItemIsAMemberOnce() throws {
        var story = try Self.paged(250)
        var carried = 0
        for _ in 0..<250 {
            carried = max(carried, story.run.activations.first?.fanOut?.items.count ?? 0)
            try Self.end(&story)
        }
        #expect(story.states == ["done"])
        #expect(Self.started(story) == (0..<250).map { "\($0)" })
        #expect(story.members.map(\.number).sorted() == Array(1...250))
        #expect(carried <= 100, "a page at most is read ahead")
        #expect(story.context["counts"]?["completed"] == 250)
    }

    @Test func noPageHoldsAnything() throws {
        let story = try Self.paged(0)
        #expect(story.states == ["done"])
    }

    @Test(arguments: [(-1, "`items`"), (-2, "names itself")])
    func aPageThatCannotBeIsAnIncidentOfTheFanOut(total: Int, says: String) throws {
        let text = Self.chart().replacing(
            "in: '${input.accounts}'", with: "from: {task: shop.shelves, input: {total: \(total)}}"
        ).replacing("onError: [{error: members-failed, target: bad}]", with: "")
        let story = try Story(text)
        #expect(story.states == ["each"])
        let blocker = try #require(try story.blockers().first)
        #expect(blocker.needsPerson)
        #expect(blocker.sentence.contains(says))
    }

    @Test func aPageThatFailedGoesWithItsFanOut() throws {
        let text = Self.chart().replacing(
            "in: '${input.accounts}'", with: "from: {task: shop.refuse}")
        var story = try Story(text)
        #expect(story.incidents == [.callExhausted])
        try story.send("leave")
        #expect(story.states == ["gone"])
        #expect(story.incidents.isEmpty)
        #expect(story.run.activations.isEmpty)
    }

    @Test func aDeadlineIsThatOfAllMembersTogether() throws {
        let text = Self.chart().replacing("key: item", with: "key: item\n      deadline: 1h")
            .replacing("error: members-failed", with: "error: deadline")
        var story = try Story(
            text, input: ["accounts": ["a", "b", "c"]],
            others: [Story.workflow("initial: a\nstates: {a: {}}", name: "child")])
        try story.advance(.seconds(1_800))
        try Self.end(&story)
        try story.advance(.seconds(1_800))
        #expect(story.states == ["bad"])
        #expect(story.members.map(\.status) == [.completed, .cancelled, .cancelled])
        #expect(Self.cancelled(story) == ["b", "c"])
    }

    // MARK: What a person can do

    private static let uncaught = chart().replacing(
        "onError: [{error: members-failed, target: bad}]", with: "")

    @Test func failedMembersAreTriedAgainAndTheOthersAreNot() throws {
        let chart = Self.uncaught.replacing("key: item\n      ", with: "")
        let accounts: Value = ["a", "b", "c"]
        var story = try Story(
            chart, input: ["accounts": accounts],
            others: [Story.workflow("initial: a\nstates: {a: {}}", name: "child")])
        try Self.end(&story, .failed)
        try Self.end(&story)
        try Self.end(&story, .failed)
        #expect(story.incidents == [.callExhausted])
        #expect(try story.blockers().first?.sentence.contains("2 of 3 members failed") == true)
        try story.retry()
        #expect(story.incidents.isEmpty)
        #expect(story.run.activations.compactMap(\.membership?.number) == [1, 3])
        try Self.end(&story)
        try Self.end(&story)
        #expect(story.states == ["done"])
        #expect(story.context["counts"]?["completed"] == 3)
        #expect(story.context["counts"]?["failed"] == 0)
        #expect(Self.started(story).count == 5)
    }

    @Test func tooManyFailuresToTryAgainCanBeAcceptedByAPerson() throws {
        let accounts = (0..<150).map { Value.string("a-\($0)") }
        var story = try Story(
            Self.uncaught, input: ["accounts": .list(accounts)],
            others: [Story.workflow("initial: a\nstates: {a: {}}", name: "child")])
        for _ in 0..<150 { try Self.end(&story, .failed) }
        try story.retry()
        #expect(story.problem?.message.contains("150 members failed") == true)
        #expect(story.incidents == [.callExhausted])
        try story.take(
            .operate(
                .complete(incident: 1, output: ["completed": 0]), reason: "written off",
                actor: .system))
        #expect(story.states == ["done"])
    }

    @Test func aMemberWhoseOutcomeIsUnknownWaitsForAPersonAndIsNotCountedAsFailed() throws {
        var story = try Self.story(1, target: "task: bank.telex\n      input: {account: '${item}'}")
        try story.answer("bank.telex", .lost)
        #expect(story.states == ["each"])
        #expect(story.incidents == [.outcomeUnknown])
        #expect(story.members.isEmpty)
        try story.take(
            .operate(.complete(incident: 1, output: [:]), reason: "seen", actor: .system))
        #expect(story.states == ["done"])
        #expect(story.members.map(\.status) == [.completed])
    }

    @Test func terminatingSaysWhichMembersWereUnderWay() throws {
        var story = try Self.story(3)
        try Self.end(&story)
        try story.take(.operate(.terminate, reason: "test", actor: .system))
        #expect(story.members.map(\.status) == [.completed, .cancelled, .cancelled])
    }

    // MARK: Why

    @Test func theReasonCountsTheMembersAndNamesTheFewThatWaitLongest() throws {
        let chart = Self.chart().replacing("concurrency: 2", with: "concurrency: 9")
        let accounts = (0..<20).map { Value.string("a-\($0)") }
        var story = try Story(
            chart, input: ["accounts": .list(accounts)],
            others: [Story.workflow("initial: a\nstates: {a: {}}", name: "child")])
        try Self.end(&story)
        try Self.end(&story, .failed)
        let blockers = try story.blockers()
        let own = try #require(blockers.first { $0.kind == .waitingMembers })
        #expect(
            own.sentence == "Waiting for its members: 2 of 20 done, 1 failed, 9 under way.")
        #expect(own.actions.first?.command == "pawl members w/1")
        #expect(own.evidence["longest"]?[0]?["key"] == "child/a-2")
        #expect(blockers.filter { $0.kind == .waitingChild }.count == 3)
    }
}
