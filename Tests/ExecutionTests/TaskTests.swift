import Testing
import Values
import WorkflowLanguage

@testable import Definition
@testable import Execution

/// Tasks for people: opened, taken, reminded of, decided.
@Suite struct TaskTests {
    private static let ana = Actor(role: "manager", subject: "ana")
    private static let bob = Actor(role: "manager", subject: "bob")
    private static let night = Actor(role: "operator", subject: "o-1")

    private static func chart(_ more: String = "", deadline: String = "") -> String {
        """
        input: {type: object, properties: {name: {type: string}, boss: {type: string}}}
        context: {grade: {type: string}, by: {type: string}}
        events: {withdraw: {}}
        initial: deciding
        states:
          deciding:
            on: {withdraw: gone}
            invoke:
              person:
                role: manager
                title: 'Decide on ${input.name}'
                show: {name: '${input.name}'}
                outcomes: [accept, decline]
                form: {grade: {type: string, enum: [A, B]}}
                \(more)
              \(deadline)
              onDone:
                - guard: event.data.outcome == 'accept'
                  target: accepted
                  actions: {assign: {grade: '${event.data.form.grade}', by: '${event.data.by.subject}'}}
                - declined
          accepted: {}
          declined: {}
          gone: {}
          lapsed: {}
        """
    }

    private static func story(_ more: String = "", deadline: String = "") throws -> Story {
        try Story(chart(more, deadline: deadline), input: ["name": "Eva", "boss": "ana"])
    }

    private func act(
        _ story: inout Story, _ action: TaskAction, on number: Int64? = nil, by actor: Actor = ana
    ) throws {
        try story.take(.task(number, action, actor: actor))
    }

    private static let accept = TaskAction.decide(TaskDecision("accept", form: ["grade": "A"]))

    // MARK: Deciding

    @Test func aDecisionIsTheResultOfTheInvocation() throws {
        var story = try Self.story()
        #expect(try story.tasks.map(\.role) == ["manager"])
        try act(&story, Self.accept)
        #expect(story.receipt == Receipt(.applied))
        #expect(story.states == ["accepted"])
        #expect(story.context["grade"] == "A")
        #expect(story.context["by"] == "ana")
        #expect(try story.tasks.isEmpty)
        #expect(
            story.kinds.filter { $0.hasPrefix("task.") || $0 == "call.completed" } == [
                "task.opened", "task.decided", "call.completed",
            ])
        try act(&story, .decide(TaskDecision("decline", form: [:])))
        #expect(story.problem?.code == .taskDecided, "it is decided once")
        #expect(story.states == ["accepted"])
    }

    @Test(arguments: [
        (TaskAction.decide(TaskDecision("acept", form: [:])), "accept, decline"),
        (.decide(TaskDecision("accept", form: ["grade": "C"])), "mend the members"),
        (.decide(TaskDecision("accept", form: ["mark": "A"])), "mend the members"),
    ])
    func whatDoesNotFitTheFormIsRefused(_ action: TaskAction, _ advice: String) throws {
        var story = try Self.story()
        let revision = story.run.revision
        try act(&story, action)
        #expect(story.problem?.code == .invalid)
        #expect(story.problem?.fix?.contains(advice) == true)
        #expect(story.run.revision == revision)
    }

    @Test func onlyTheRoleDecides() throws {
        var story = try Self.story()
        for actor in [Actor(role: "worker", subject: "ana"), Self.night] {
            try act(&story, Self.accept, by: actor)
            #expect(story.problem?.code == .forbidden)
        }
        try act(&story, Self.accept, by: .system)
        #expect(story.states == ["accepted"])
    }

    // MARK: Whose it is

    @Test func whatIsClaimedIsNobodyElses() throws {
        var story = try Self.story()
        try act(&story, .claim)
        #expect(try story.tasks.first?.claimedBy == "ana")
        for action in [TaskAction.claim, Self.accept] {
            try act(&story, action, by: Self.bob)
            #expect(story.problem?.code == .taskClaimed)
            #expect(story.problem?.fix?.contains("--to bob") == true)
        }
        let revision = story.run.revision
        try act(&story, .claim)
        #expect(story.receipt == Receipt(.applied), "a repeat is what is so already")
        #expect(story.run.revision == revision)
        try act(&story, .release)
        #expect(try story.tasks.first?.claimedBy == "")
        try act(&story, Self.accept, by: Self.bob)
        #expect(story.context["by"] == "bob")
    }

    @Test func whoRunsTheEngineSeesToItThatSomebodyDoesIt() throws {
        var story = try Self.story()
        try act(&story, .claim)
        try act(&story, .assign(to: "bob"), by: Self.night)
        #expect(try story.tasks.first?.assignee == "bob")
        let entry = try #require(story.history.last { $0.kind == "task.assigned" })
        #expect(entry.data["by"] == "operator/o-1")
        try act(&story, Self.accept)
        #expect(story.problem?.code == .taskAssigned)
        try act(&story, Self.accept, by: Self.bob)
        #expect(story.states == ["accepted"])
    }

    @Test func aTaskMayBeSomebodysFromTheBeginning() throws {
        var story = try Self.story("assignee: '${input.boss}'")
        #expect(try story.tasks.first?.assignee == "ana")
        try act(&story, Self.accept, by: Self.bob)
        #expect(story.problem?.code == .taskAssigned)
    }

    // MARK: Time

    private static let remind = """
        due: 3d
                remind:
                  after: 1d
                  every: 12h
                  times: 2
                  notify:
                    to: boss@example.com
                    subject: 'Still open: ${task.title}'
                    text: '${task.role} ${string(task.reminders)}'
        """

    @Test func remindersGoOutWhileNobodyDecides() throws {
        var story = try Self.story(Self.remind)
        try story.advance(.seconds(86_399))
        #expect(story.called.isEmpty)
        try story.advance(.seconds(1))
        #expect(story.called == ["smtp.send"])
        #expect(story.calls.first?.input["subject"] == "Still open: Decide on Eva")
        #expect(story.calls.first?.input["text"] == "manager 1")
        try story.answer("smtp.send", .done)
        try story.advance(.seconds(12 * 3600))
        #expect(story.called == ["smtp.send"])
        try story.answer("smtp.send", .done)
        try story.advance(.seconds(30 * 86_400))
        #expect(story.called.isEmpty, "two are enough")
        #expect(story.kinds.filter { $0 == "task.reminded" }.count == 2)
        try act(&story, .remind, by: Self.night)
        #expect(story.called == ["smtp.send"], "one more by hand")
    }

    @Test func remindersMayBeCountedInDaysOfTheCalendar() throws {
        let text = """
            zone: Europe/Berlin
            holidays: [{date: 2026-01-01, name: free}]
            covers: {from: 2026-01-01, until: 2026-12-31}
            """
        let parsed = WorkflowLanguage.parseCalendar(text, name: "company", file: "company.yaml")
        let calendar = try #require(parsed.value, "\(parsed.errors.map(\.headline))")
        var story = try Story(
            Self.chart(
                """
                remind:
                          after: 1 business day at 09:00
                          every: 1 calendar day
                          notify: {to: a@example.com, subject: S, text: T}
                """), input: ["name": "Eva"], now: Timestamp(seconds: 1_767_949_200),
            calendars: Calendars([calendar]))
        // A Friday, 10:00 in Berlin: the next business day is Monday.
        #expect(try story.tasks.count == 1)
        #expect(
            story.run.activations.first?.task?.remindAt?.rfc3339 == "2026-01-12T08:00:00Z")
        try story.advance(.seconds(3 * 86_400))
        #expect(story.called == ["smtp.send"])
        #expect(
            story.run.activations.first?.task?.remindAt?.rfc3339 == "2026-01-13T08:00:00Z")
    }

    @Test func aDecisionEndsTheReminders() throws {
        var story = try Self.story(Self.remind)
        try act(&story, Self.accept)
        try story.advance(.seconds(30 * 86_400))
        #expect(!story.kinds.contains("task.reminded"))
    }

    @Test func whatIsPastItsDueTimeIsOverdue() throws {
        var story = try Self.story("due: 3d")
        #expect(try story.health == .waiting)
        #expect(try story.run.summary(story.definition).overdueAt == story.tasks.first?.due)
        try story.advance(.seconds(3 * 86_400))
        #expect(try story.health == .overdue)
        try act(&story, Self.accept)
        #expect(try story.health != .overdue)
    }

    @Test func aDeadlineEndsTheTaskWithoutAPerson() throws {
        var story = try Self.story(
            deadline: "deadline: 14d\n      onError: [{error: deadline, target: lapsed}]")
        try story.advance(.seconds(14 * 86_400))
        #expect(story.states == ["lapsed"])
        #expect(try story.tasks.isEmpty)
        #expect(story.kinds.contains("task.withdrawn"))
    }

    @Test func whoIsAtATaskThatIsWithdrawnIsTold() throws {
        let told = """
            withdrawn:
                      notify: {to: '${task.claimedBy}@example.com', subject: 'Not any more: ${task.title}', text: '${task.because}'}
            """
        for isClaimed in [true, false] {
            var story = try Self.story(told)
            if isClaimed { try act(&story, .claim) }
            try story.send("withdraw", by: Actor(role: "client", subject: "c-7"))
            #expect(story.states == ["gone"])
            #expect(story.called == (isClaimed ? ["smtp.send"] : []), "nobody was at it")
            guard isClaimed else { continue }
            #expect(story.calls.first?.input["to"] == "ana@example.com")
            #expect(story.calls.first?.input["subject"] == "Not any more: Decide on Eva")
            #expect(story.calls.first?.input["text"] == "the event withdraw by client/c-7")
        }
    }

    @Test func aStateThatIsLeftWithdrawsItsTask() throws {
        var story = try Self.story()
        try story.send("withdraw")
        #expect(story.states == ["gone"])
        #expect(story.run.activations.isEmpty)
        #expect(story.kinds.contains("task.withdrawn"))
        try act(&story, Self.accept)
        #expect(story.problem?.code == .taskWithdrawn)
        #expect(story.problem?.message.contains("the event withdraw") == true)
        #expect(story.problem?.fix == "w/1 is in gone now")
    }

    // MARK: What goes wrong

    @Test func aTitleThatCannotBeMadeStopsTheStepThatWouldOpenIt() throws {
        let story = try Story(
            Self.chart("assignee: '${input.boss}'"), input: ["name": "Eva"])
        #expect(story.incidents == [.expressionError])
        #expect(story.states.isEmpty && story.run.activations.isEmpty)
    }

    @Test func aDecisionWhoseStepFailsWaitsWithItsIncident() throws {
        var story = try Story(
            """
            context: {rates: {default: {}}, rate: {default: 0}}
            initial: a
            states:
              a:
                invoke:
                  person: {role: clerk, title: rate it, form: {grade: {type: string}}}
                  onDone: {target: b, actions: {assign: {rate: '${context.rates[event.data.form.grade]}'}}}
              b: {}
            """)
        let decision = TaskAction.decide(TaskDecision("done", form: ["grade": "B"]))
        let clerk = Actor(role: "clerk", subject: "cy")
        try act(&story, decision, by: clerk)
        #expect(story.receipt?.outcome == .held)
        #expect(story.states == ["a"] && story.incidents == [.expressionError])
        try act(&story, decision, by: clerk)
        #expect(story.problem?.code == .taskHeld)
        #expect(story.problem?.message.contains("decided by clerk/cy") == true)
        try story.take(
            .operate(.assign(["rates": ["B": 3]]), reason: "", actor: Self.night))
        try story.retry()
        #expect(story.states == ["b"] && story.context["rate"] == 3)
    }

    @Test func aPausedInstanceTakesNoDecision() throws {
        var story = try Self.story()
        try story.take(.operate(.pause, reason: "audit", actor: Self.night))
        try act(&story, Self.accept)
        #expect(story.problem?.code == .notApplicable)
        try act(&story, .claim)
        #expect(story.receipt == Receipt(.applied))
        try story.take(.operate(.resume, reason: "done", actor: Self.night))
        try act(&story, Self.accept)
        #expect(story.states == ["accepted"])
    }

    // MARK: Several

    private static let board = """
        input: {type: object, properties: {board: {type: array}}}
        context: {}
        initial: voting
        states:
          voting:
            invoke:
              person: {role: manager, title: 'Vote', assignee: '${item}', outcomes: ['yes', 'no']}
              forEach: {in: '${input.board}', complete: {quorum: 2}}
              onDone: voted
          voted: {}
        """

    @Test func aQuorumOfPeopleIsEnough() throws {
        var story = try Story(Self.board, input: ["board": ["ana", "bob", "cid"]])
        #expect(try story.tasks.map(\.assignee) == ["ana", "bob", "cid"])
        try act(&story, .decide(TaskDecision("yes", form: [:])))
        #expect(story.problem?.fix?.hasPrefix("say which: 2 (Vote), 3") == true)
        try act(&story, .decide(TaskDecision("yes", form: [:])), on: 2)
        try act(&story, .decide(TaskDecision("no", form: [:])), on: 3)
        #expect(story.problem?.code == .taskAssigned, "it is bob's")
        try act(&story, .decide(TaskDecision("no", form: [:])), on: 3, by: Self.bob)
        #expect(story.states == ["voted"])
        #expect(story.members.map(\.status) == [.completed, .completed, .cancelled])
        #expect(story.members.first?.output["by"] == ["role": "manager", "subject": "ana"])
        #expect(try story.tasks.isEmpty)
    }

    @Test func aQuorumThatIsOutOfReachAsksNobody() throws {
        let story = try Story(Self.board, input: ["board": ["ana"]])
        #expect(story.kinds.contains("task.opened") == false)
        let incident = try #require(story.run.incidents.first)
        #expect(incident.error.name == "members-failed")
        #expect(incident.error.message == "a quorum of 2 cannot be reached by 1 item")
    }

    // MARK: Why

    @Test func theBlockerNamesTheTaskAndWhatMovesIt() throws {
        var story = try Self.story(Self.remind)
        try story.advance(.seconds(5 * 86_400))
        let blocker = try #require(try story.blockers().first { $0.kind == .waitingPerson })
        #expect(
            blocker.sentence
                == "Waiting 5 d for a manager: \"Decide on Eva\", 2 d over its due time; 2 reminders sent."
        )
        #expect(blocker.evidence["reminders"] == 2)
        #expect(blocker.evidence["outcomes"] == ["accept", "decline"])
        #expect(blocker.actions.map(\.name) == ["decide", "decide", "claim", "assign", "remind"])
        #expect(
            blocker.actions.first?.command == "pawl decide w/1 accept --as manager")
        try act(&story, .claim)
        let claimed = try #require(try story.blockers().first { $0.kind == .waitingPerson })
        #expect(claimed.sentence.contains("taken by manager/ana "))
        #expect(claimed.actions.map(\.name) == ["decide", "decide", "assign", "remind"])
    }
}
