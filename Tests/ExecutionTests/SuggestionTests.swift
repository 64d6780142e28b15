import Testing
import Values

@testable import Definition
@testable import Execution

/// Health and `why` tell the truth: what is suggested is taken as it stands, and leads to no new incident.
@Suite struct SuggestionTests {
    private static let ana = Actor(role: "operator", subject: "ana")

    // MARK: Every kind

    /// A story that has a blocker of that kind.
    private static func story(_ kind: Blocker.Kind) throws -> Story? {
        let paying = CallTests.chart("bank.charge", extra: "onError: poor")
        var story: Story
        switch kind {
        case .waitingEvent: story = try Story(waiting)
        case .waitingTimer:
            story = try Story("initial: a\nstates: {a: {after: {1h: b}}, b: {type: final}}")
        case .waitingChild:
            story = try Story(
                "initial: a\nstates: {a: {invoke: {workflow: w, onDone: b}}, b: {type: final}}")
        case .waitingMembers:
            story = try Story(
                "initial: a\nstates: {a: {invoke: {task: bank.wire, forEach: {in: '${[1, 2]}'}}}}")
        case .waitingPerson:
            story = try Story(
                "initial: a\nstates: {a: {invoke: {person: {role: clerk, title: look}, onDone: b}}, b: {}}"
            )
        case .callRunning, .adapterOpen, .adapterLimit, .adapterPaused, .adapterUnready:
            story = try Story(paying)
        case .callRetrying:
            story = try Story(paying)
            try story.answer("bank.charge", .down)
        case .moneyHeld:
            story = try Story(paying)
            story.holdMoney()
            try story.answer("bank.charge", .held(mayHaveLeft: false))
        case .callUnknown:
            story = try Story(paying)
            try story.answer("bank.charge", .lost)
            let ask = try #require(story.calls.first)
            try story.take(.answer(ask.id, .undecided))
        case .callExhausted:
            story = try Story(
                CallTests.chart("bank.charge", extra: "onError: [{error: refused, target: poor}]"))
            try story.answer("bank.charge", .declined)
        case .guardFalse:
            story = try Story(waiting)
            try story.send("go", ["n": 0])
        case .expressionError:
            story = try Story(waiting)
            try story.send("go", [:])
        case .suspended:
            story = try Story(SuspensionTests.chart)
            try story.send("go")
        case .paused:
            story = try Story(waiting)
            try story.take(.operate(.pause, reason: "audit", actor: ana))
        case .workflowPaused:
            story = try Story(waiting)
            try story.take(.holdWithWorkflow(standing))
        case .compensationRunning, .compensationFailed:
            story = try Story(CallTests.chart("bank.charge"))
            try story.answer("bank.charge", .succeeded(["id": "x"]))
            try story.cancel()
            if kind == .compensationFailed { try story.answer("bank.refund", .declined) }
        case .nothing: story = try Story("initial: a\nstates: {a: {}, b: {}}")
        // Of rows, not of runs.
        case .definitionMissing, .rowDamaged: return nil
        }
        return story
    }

    private static let standing = StandingPause(reason: "audit", by: ana, at: Story.morning)

    private static let waiting = """
        events: {go: {}}
        initial: a
        states:
          a: {on: {go: {target: b, guard: event.data.n > 0}}}
          b: {}
        """

    private static func conditions(_ kind: Blocker.Kind, _ story: Story) -> [AdapterCondition] {
        guard [.adapterOpen, .adapterLimit, .adapterPaused, .adapterUnready].contains(kind),
            let call = story.calls.first
        else {
            return []
        }
        var condition = AdapterCondition(
            adapter: "bank", openSince: kind == .adapterOpen ? story.now : nil,
            nextProbe: story.now, failures: 3, calls: 4, running: 1, concurrency: 1, queued: 1,
            ahead: [call.id: 0], isPaused: kind == .adapterPaused)
        if kind == .adapterUnready {
            condition.lack = AdapterCondition.Lack(
                reason: "BANK_TOKEN is not set", since: story.now)
        }
        return [condition]
    }

    @Test(arguments: Blocker.Kind.allCases)
    func eachSuggestionIsTakenAsItStandsAndOpensNoNewIncident(kind: Blocker.Kind) throws {
        guard let story = try Self.story(kind) else { return }
        let blockers = try story.blockers(
            Self.conditions(kind, story),
            workflowPause: kind == .workflowPaused ? Self.standing : nil)
        let blocker = try #require(
            blockers.first { $0.kind == kind }, "\(blockers.map(\.kind)) for \(kind)")
        #expect(!blocker.actions.isEmpty, "\(kind) suggests nothing")
        for action in blocker.actions {
            var copy = story
            let known = copy.run.incidents.map(\.number)
            let words = Shell.words(action.command)
            guard let input = try Shell.input(words, copy) else { continue }
            try copy.take(input)
            #expect(copy.problem == nil, "\(action.command): \(String(describing: copy.problem))")
            #expect(copy.receipt?.outcome != .rejected, "\(action.command)")
            if words.contains("--dry-run") { continue }
            let opened = copy.run.incidents.map(\.number).filter { !known.contains($0) }
            #expect(opened.isEmpty, "\(action.command) opens \(opened)")
        }
        let needsPerson = blockers.contains(where: \.needsPerson)
        #expect(try (story.health == .blocked) == needsPerson, "\(kind)")
        #expect(try (story.run.summary(story.definition).incidents > 0) == needsPerson, "\(kind)")
        if needsPerson {
            #expect(!blockers.flatMap(\.actions).contains { $0.name == "wait" })
        }
        for text in blockers.map(\.sentence) {
            #expect(!text.contains(#/\.\d{4,}/#), "no nanoseconds: \(text)")
        }
    }

    // MARK: Single ones

    @Test func aStateWithoutAWayOutIsAmongTheStuck() throws {
        let story = try Story("initial: a\nstates: {a: {}}")
        #expect(try story.blockers().map(\.kind) == [.nothing])
        #expect(try story.health == .blocked)
        #expect(try story.run.summary(story.definition).incidents == 1)
    }

    @Test func aRetryingCallIsTriedNowAndAnUnknownOneAskedNow() throws {
        var retrying = try #require(try Self.story(.callRetrying))
        #expect(retrying.calls.isEmpty)
        try retrying.retry()
        #expect(retrying.called == ["bank.charge"])
        var unknown = try #require(try Self.story(.callUnknown))
        let blocker = try #require(try unknown.blockers().first)
        #expect(blocker.actions.map(\.sentence).contains("Ask now."))
        #expect(blocker.evidence["asked"] == 1 && blocker.evidence["answered"] == "undecided")
        try unknown.retry()
        #expect(unknown.called == ["ask bank.charge"])
        #expect(
            unknown.history.contains { $0.kind == "call.asked" && $0.data["answer"] == "undecided" }
        )
    }

    @Test func completeNamesWhatTheChartReadsAndFailOnlyWhatItCatches() throws {
        let bare = """
            context: {id: {}}
            initial: a
            states:
              a:
                invoke:
                  task: bank.charge
                  input: {amount: 1}
                  onDone: {target: b, actions: {assign: {id: '${event.data.id}'}}}
              b: {}
            """
        var story = try Story(bare)
        try story.answer("bank.charge", .declined)
        let actions = try #require(try story.blockers().first).actions
        #expect(actions.map(\.name) == ["retry", "complete"], "no state takes an error")
        #expect(actions.last?.command.contains(#"{"id":"<id>"}"#) == true)
    }

    @Test func anEndSaysWhichStateWhichErrorAndWhatStands() throws {
        var story = try Story(
            """
            initial: a
            states:
              a: {invoke: {task: bank.wire, input: {}, onDone: b}}
              b: {invoke: {task: bank.charge, input: {amount: 1}, onError: lost}}
              lost: {type: final, status: failed}
            """)
        try story.answer("bank.wire", .done)
        try story.answer("bank.charge", .declined)
        #expect(
            try story.run.ending(story.definition)
                == "Ended: failed, in `lost`, after `bank.charge` failed with `declined` (HTTP 402). "
                + "What stands: `bank.wire`.")
    }
}

/// What a person pastes, as the command line would take it.
private enum Shell {
    static func words(_ command: String) -> [String] {
        var words: [String] = []
        var word: String?
        var isQuoted = false
        for character in command {
            switch character {
            case "'":
                isQuoted.toggle()
                word = word ?? ""
            case " " where !isQuoted:
                if let done = word { words.append(done) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }

    /// nil: a command that changes nothing.
    static func input(_ words: [String], _ story: Story) throws -> Input? {
        func option(_ name: String) -> String? {
            words.firstIndex(of: name).flatMap { words.count > $0 + 1 ? words[$0 + 1] : nil }
        }
        func operate(_ action: OperatorAction) -> Input {
            .operate(
                action, reason: option("--reason") ?? "",
                actor: Actor(role: "operator", subject: "ana"))
        }
        let actor = option("--as").map { text -> Actor in
            let parts = text.split(separator: "/")
            return Actor(
                role: String(parts[0]), subject: parts.count > 1 ? String(parts[1]) : "anybody")
        }
        let incident = option("--incident").flatMap { Int64($0) }
        switch words[1] {
        case "retry": return operate(.retry(incident: incident))
        case "complete":
            let data = try JSON.parse(try #require(option("--data")))
            return operate(.complete(incident: try #require(incident), output: data))
        case "fail":
            return operate(
                .fail(
                    incident: try #require(incident), error: try #require(option("--error")),
                    message: ""))
        case "move": return operate(.move(to: try #require(option("--to"))))
        case "resume": return operate(.resume)
        case "terminate": return operate(.terminate)
        case "send":
            let event = InboundEvent(
                id: "pasted", name: words[3], data: ["n": 1],
                sender: actor ?? Actor(role: "operator", subject: "ana"))
            return .event(event)
        case "decide":
            return .task(
                option("--task").flatMap { Int64($0) }, .decide(TaskDecision(words[3])),
                actor: actor ?? Actor(role: "operator", subject: "ana"))
        case "task":
            let task = option("--task").flatMap { Int64($0) }
            let who = actor ?? Actor(role: "operator", subject: "ana")
            switch words[2] {
            case "claim": return .task(task, .claim, actor: who)
            case "assign":
                return .task(task, .assign(to: try #require(option("--to"))), actor: who)
            default: return .task(task, .remind, actor: who)
            }
        // The last ones are done to no instance: `AdapterPauseTests`, `WorkflowPauseTests`.
        case "wait", "why", "members", "serve", "adapter", "workflow", "money": return nil
        default:
            Issue.record("\(words) is no command that this test knows")
            return nil
        }
    }
}
