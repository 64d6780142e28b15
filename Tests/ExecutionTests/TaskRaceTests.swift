import Testing
import Values

@testable import Definition
@testable import Execution

/// Two people, and what each of them is told: who comes late learns what happened, and nothing is done twice.
@Suite struct TaskRaceTests {
    private static let ana = Actor(role: "manager", subject: "ana")
    private static let bo = Actor(role: "manager", subject: "bo")
    private static let cy = Actor(role: "manager", subject: "cy")
    private static let night = Actor(role: "operator", subject: "o-1")

    private static let offer = """
        input: {type: object, properties: {price: {type: integer}}}
        context: {price: {default: 5}, other: {default: 0}}
        events: {gone: {}, dearer: {data: {type: object, properties: {price: {type: integer}}}}, tick: {}}
        initial: both
        on: {gone: gone}
        states:
          both:
            type: parallel
            states:
              deciding:
                initial: open
                states:
                  open:
                    after: {2d: late}
                    invoke:
                      person:
                        role: manager
                        title: The offer
                        show: {Price: '${context.price}'}
                        outcomes: {take: taken, leave: left}
                  taken: {}
                  left: {}
                  late: {}
              beside:
                initial: x
                states:
                  x:
                    on:
                      dearer: {actions: {assign: {price: '${event.data.price}'}}}
                      tick: {actions: {assign: {other: '${context.other + 1}'}}}
          gone: {type: final}
        """

    private func story() throws -> Story { try Story(Self.offer) }

    private func act(
        _ story: inout Story, _ action: TaskAction, by actor: Actor, revision: Int64? = nil,
        id: String? = nil, standingInFor substitutions: [Substitution] = []
    ) throws {
        var request = TaskRequest(nil, action, by: actor, revision: revision, id: id)
        request.substitutions = substitutions
        try story.take(.task(request))
    }

    private static let take = TaskAction.decide(TaskDecision("take"))
    private static let leave = TaskAction.decide(TaskDecision("leave"))

    private func task(_ story: Story) throws -> OpenTask {
        try #require(story.run.activations.first { $0.task != nil }?.task)
    }

    // MARK: Claims

    @Test func ofTwoWhoClaimOneHoldsIt() throws {
        var story = try story()
        try act(&story, .claim, by: Self.ana, revision: 1)
        #expect(story.receipt == Receipt(.applied))
        try act(&story, .claim, by: Self.bo, revision: 1)
        #expect(story.problem?.code == .taskClaimed && story.problem?.httpStatus == 412)
        #expect(story.problem?.message.contains("manager/ana at ") == true)
        try act(&story, Self.take, by: Self.bo)
        #expect(story.problem?.code == .taskClaimed && story.problem?.httpStatus == 409)
        try act(&story, .release, by: Self.bo)
        #expect(story.problem?.code == .taskClaimed, "what is hers is not his to give back")
        try act(&story, .release, by: Self.night)
        #expect(try task(story).claim == nil)
        try act(&story, Self.take, by: Self.bo)
        #expect(story.states.contains("both.deciding.taken"))
    }

    @Test func whatIsGivenToAnotherIsNotDecidedUnderTheForm() throws {
        var story = try story()
        try act(&story, .claim, by: Self.ana, revision: 1)
        try act(&story, .assign(to: "bo"), by: Self.night)
        try act(&story, Self.take, by: Self.ana, revision: 2)
        #expect(story.problem?.code == .taskAssigned && story.problem?.httpStatus == 412)
        try act(&story, Self.take, by: Self.bo, revision: 3)
        #expect(story.receipt == Receipt(.applied))
    }

    // MARK: Decisions

    @Test func ofTwoDecisionsOneCounts() throws {
        var story = try story()
        try act(&story, Self.take, by: Self.ana, revision: 1)
        try act(&story, Self.leave, by: Self.bo, revision: 1)
        #expect(story.problem?.code == .taskDecided)
        #expect(story.problem?.message.contains("by manager/ana: take") == true)
        #expect(story.kinds.filter { $0 == "task.decided" }.count == 1)
    }

    @Test func theSameDecisionAgainIsKnown() throws {
        var story = try story()
        try act(&story, Self.take, by: Self.ana, id: "x")
        let revision = story.run.revision
        try act(&story, Self.take, by: Self.ana, id: "x")
        #expect(story.receipt?.outcome == .duplicate && story.receipt?.code == "applied")
        try act(&story, Self.leave, by: Self.ana, id: "x")
        #expect(story.problem?.code == .eventConflict)
        #expect(story.run.revision == revision)
    }

    @Test func whoDecidesAfterTheStateWasLeftLearnsWhy() throws {
        var story = try story()
        try act(&story, .claim, by: Self.ana)
        try story.send("gone", by: Actor(role: "client", subject: "c-1"))
        try act(&story, Self.take, by: Self.ana)
        #expect(story.problem?.code == .taskWithdrawn)
        #expect(story.problem?.message.contains("the event gone by client/c-1") == true)
        #expect(story.problem?.fix == "w/1 has ended: completed")
        let entry = try #require(story.history.last { $0.kind == "task.withdrawn" })
        #expect(entry.data["claimedBy"] == "manager/ana")
        try act(&story, Self.take, by: Actor(role: "cook", subject: "x"))
        #expect(story.problem?.code == .forbidden, "others are told nothing")
    }

    @Test func whatIsTooLateSaysSo() throws {
        var story = try story()
        try story.advance(.seconds(2 * 86_400))
        try act(&story, Self.take, by: Self.ana)
        #expect(story.problem?.code == .taskExpired)
        #expect(story.states.contains("both.deciding.late"))
    }

    @Test func anOperatorWhoMovesItIsNamed() throws {
        var story = try story()
        try story.take(
            .operate(.move(to: "both.deciding.left"), reason: "r", actor: Self.night))
        try act(&story, Self.take, by: Self.ana)
        #expect(story.problem?.code == .taskWithdrawn)
        #expect(story.problem?.message.contains("move by operator/o-1") == true)
    }

    // MARK: What was seen

    @Test func whatIsShownAnewHasToBeSeen() throws {
        var story = try story()
        try act(&story, .claim, by: Self.ana, revision: 1)
        try story.send("dearer", ["price": 9])
        #expect(story.run.activations.first { $0.task != nil }?.input == ["Price": 9])
        let entry = try #require(story.history.last { $0.kind == "task.changed" })
        #expect(entry.data["before"] == ["Price": 5] && entry.data["after"] == ["Price": 9])
        try act(&story, Self.take, by: Self.ana, revision: 2)
        #expect(story.problem?.code == .taskChanged && story.problem?.httpStatus == 412)
        try act(&story, Self.take, by: Self.ana, revision: 3)
        #expect(story.receipt == Receipt(.applied))
    }

    @Test func whatAnotherRegionDoesChangesNothing() throws {
        var story = try story()
        for _ in 0..<50 { try story.send("tick") }
        #expect(try task(story).revision == 1)
        try act(&story, Self.take, by: Self.ana, revision: 1)
        #expect(story.receipt == Receipt(.applied))
    }

    @Test func aCommentIsNoChange() throws {
        var story = try story()
        try act(&story, .comment("cheap"), by: Self.bo)
        #expect(try task(story).comments.map(\.text) == ["cheap"])
        try act(&story, Self.take, by: Self.ana, revision: 1)
        #expect(story.receipt == Receipt(.applied))
    }

    @Test func whatCannotBeShownAnyMoreIsAChangeToo() throws {
        var story = try Story(
            """
            context: {amount: {default: 5}, l: {default: [1]}}
            events: {changed: {data: {type: object, properties: {amount: {type: integer}}}}}
            initial: a
            states:
              a:
                on: {changed: {actions: {assign: {amount: '${event.data.amount}', l: '${[]}'}}}}
                invoke: {person: {role: manager, title: t, show: {Amount: '${context.amount}', First: '${context.l[0]}'}, outcomes: {ok: b}}}
              b: {}
            """)
        try story.send("changed", ["amount": 1_000_000])
        let shown = try #require(story.run.activations.first { $0.task != nil }?.input)
        #expect(shown["Amount"] == 1_000_000)
        #expect(shown["First"]?.stringValue?.hasPrefix("(cannot be shown: ") == true)
        try act(&story, .decide(TaskDecision("ok")), by: Self.ana, revision: 1)
        #expect(story.problem?.code == .taskChanged)
    }

    @Test func whatIsStaleIsNotAssignedOrCommentedOnEither() throws {
        var story = try story()
        for action in [TaskAction.assign(to: "bo"), .comment("x")] {
            try act(&story, action, by: Self.ana, revision: 99)
            #expect(story.problem?.code == .taskChanged)
        }
    }

    @Test func anIdIsOneDecisionWhateverIsOpen() throws {
        var story = try Story(
            "initial: a\nstates: {a: {invoke: {person: {role: manager, title: t, outcomes: {maybe: {target: a, reenter: true}}}}}}"
        )
        let again = TaskAction.decide(TaskDecision("maybe"))
        try act(&story, again, by: Self.ana, id: "once")
        #expect(story.receipt == Receipt(.applied))
        try act(&story, again, by: Self.ana, id: "once")
        #expect(story.receipt?.outcome == .duplicate)
        #expect(story.kinds.filter { $0 == "task.decided" }.count == 1)
        try act(&story, again, by: Self.bo, id: "once")
        #expect(story.problem?.code == .taskDecided, "it was somebody else's")
    }

    // MARK: Standing in

    private func away(_ absent: String, by: Actor, days: Int = 3) -> Substitution {
        Substitution(
            of: Substitution.Absent(absent) ?? Substitution.Absent(role: absent), by: by,
            from: Story.morning, until: Story.morning + .seconds(days * 86_400))
    }

    @Test func whoStandsInDecidesForWhoIsAway() throws {
        var story = try story()
        let dan = Actor(role: "clerk", subject: "dan")
        let forAna = away("manager/ana", by: dan, days: 1)
        try act(&story, .claim, by: dan)
        #expect(story.problem?.code == .forbidden)
        try act(&story, .claim, by: Self.ana)
        try act(&story, Self.take, by: dan, standingInFor: [away("manager/bo", by: dan)])
        #expect(story.problem?.code == .taskClaimed, "it is ana's, not bo's")
        try story.advance(.seconds(86_400))
        try act(&story, Self.take, by: dan, standingInFor: [forAna])
        #expect(story.problem?.code == .forbidden, "it is over")
        try act(&story, Self.take, by: dan, standingInFor: [away("manager/ana", by: dan)])
        #expect(story.receipt == Receipt(.applied))
        let entry = try #require(story.history.last { $0.kind == "task.decided" })
        #expect(entry.data["by"] == "clerk/dan" && entry.data["for"] == "manager/ana")
    }

    @Test func aClaimEndsWithTheStandingIn() throws {
        var story = try story()
        let dan = Actor(role: "clerk", subject: "dan")
        try act(&story, .claim, by: dan, standingInFor: [away("manager", by: dan, days: 1)])
        try act(&story, .claim, by: Self.bo)
        #expect(story.problem?.code == .taskClaimed)
        try story.advance(.seconds(86_400))
        try act(&story, .claim, by: Self.bo)
        #expect(story.receipt == Receipt(.applied))
        let entry = try #require(story.history.last { $0.kind == "task.claimed" })
        #expect(entry.data["void"] == "clerk/dan for manager")
    }

    @Test func fourEyesAreNotOneWhoStandsIn() throws {
        var story = try Story(
            """
            context: {by: {default: ana}}
            initial: a
            states: {a: {invoke: {person: {role: manager, title: t, except: [context.by], outcomes: {yes: b}}}}, b: {}}
            """)
        try act(
            &story, .decide(TaskDecision("yes")), by: Self.bo,
            standingInFor: [away("manager/ana", by: Self.bo)])
        #expect(story.receipt == Receipt(.applied), "bo acts for himself")
        var again = try Story(
            """
            context: {by: {default: ana}}
            initial: a
            states: {a: {invoke: {person: {role: manager, title: t, assignee: ana, except: [context.by], outcomes: {yes: b}}}}, b: {}}
            """)
        try act(
            &again, .decide(TaskDecision("yes")), by: Self.bo,
            standingInFor: [away("manager/ana", by: Self.bo)])
        #expect(again.problem?.code == .forbidden, "here it would be for ana")
    }

    private static let fourEyes = """
        context: {by: {default: ana}}
        initial: a
        states: {a: {invoke: {person: {role: manager, title: t, except: [context.by], outcomes: {yes: b}}}}, b: {}}
        """

    @Test func whoStandsInForTwoDoesItForTheOneWhoMay() throws {
        let dan = Actor(role: "clerk", subject: "dan")
        for others in [["manager/ana", "manager/bo"], ["manager/bo", "manager/ana"]] {
            var story = try Story(Self.fourEyes)
            try act(
                &story, .decide(TaskDecision("yes")), by: dan,
                standingInFor: others.map { away($0, by: dan) })
            #expect(story.receipt == Receipt(.applied))
            let entry = try #require(story.history.last { $0.kind == "task.decided" })
            #expect(entry.data["for"] == "manager/bo")
        }
        var story = try Story(Self.fourEyes)
        try act(
            &story, .decide(TaskDecision("yes")), by: dan,
            standingInFor: [away("manager/ana", by: dan)])
        #expect(story.problem?.code == .forbidden, "for ana alone it is not theirs")
    }

    /// What the refusal says leads somewhere.
    @Test func whoStandsInMayBeGivenTheTask() throws {
        let dan = Actor(role: "clerk", subject: "dan")
        for absent in ["manager", "manager/ana"] {
            var story = try story()
            let standing = [away(absent, by: dan)]
            try act(&story, .assign(to: "bo"), by: Self.ana)
            try act(&story, Self.take, by: dan, standingInFor: standing)
            #expect(story.problem?.code == .taskAssigned)
            #expect(story.problem?.fix?.contains("`pawl task assign w/1 --to dan`") == true)
            try act(&story, .assign(to: "dan"), by: dan, standingInFor: standing)
            #expect(story.receipt == Receipt(.applied))
            try act(&story, Self.take, by: dan, standingInFor: standing)
            #expect(story.receipt == Receipt(.applied), "\(story.reply)")
            let entry = try #require(story.history.last { $0.kind == "task.decided" })
            #expect(entry.data["for"] == .string(absent))
        }
    }

    @Test func whoHasAPersonsOwnTaskCanGiveItAway() throws {
        var story = try Story(
            "initial: a\nstates: {a: {invoke: {person: {assignee: c-7, title: t, outcomes: {yes: b}}}}, b: {}}"
        )
        let other = Actor(role: "client", subject: "c-8")
        try act(&story, .decide(TaskDecision("yes")), by: other)
        #expect(story.problem?.code == .forbidden)
        #expect(story.problem?.fix?.contains("pawl task assign w/1 --to") == true)
        try act(&story, .assign(to: "c-8"), by: Actor(role: "client", subject: "c-7"))
        try act(&story, .decide(TaskDecision("yes")), by: other)
        #expect(story.states == ["b"])
    }

    @Test func whoHasItAndMustNotIsSaidWithWhatMendsIt() throws {
        var story = try Story(
            """
            context: {by: {default: ana}}
            initial: a
            states: {a: {invoke: {person: {role: manager, title: t, assignee: ana, except: [context.by], outcomes: {yes: b}}}}, b: {}}
            """)
        let blocker = try #require(try story.blockers().first)
        #expect(
            blocker.sentence.contains("`except` excludes ana: give it to somebody else"),
            "\(blocker.sentence)")
        #expect(blocker.actions.map(\.name) == ["assign"])
        try act(&story, .assign(to: "bo"), by: Self.night)
        #expect(try story.blockers().first?.actions.map(\.name) == ["decide", "claim", "assign"])
        try act(&story, .decide(TaskDecision("yes")), by: Self.bo)
        #expect(story.states == ["b"])
    }

    // MARK: Where it stands

    @Test func aTaskMayBeForOnePersonAlone() throws {
        var story = try Story(
            """
            input: {type: object, properties: {who: {type: string}}}
            initial: a
            states: {a: {invoke: {person: {assignee: '${input.who}', title: t, claim: never, outcomes: {yes: b}}}}, b: {}}
            """, input: ["who": "c-7"])
        let other = Actor(role: "client", subject: "c-8")
        try act(&story, .decide(TaskDecision("yes")), by: other)
        #expect(story.problem?.code == .forbidden)
        let client = Actor(role: "client", subject: "c-7")
        try act(&story, .claim, by: client)
        #expect(story.problem?.code == .notApplicable)
        try act(&story, .decide(TaskDecision("yes")), by: client)
        #expect(story.states == ["b"])
    }

    @Test func whereAClaimIsRequiredNobodyDecidesWithoutOne() throws {
        var story = try Story(
            "initial: a\nstates: {a: {invoke: {person: {role: manager, title: t, claim: required, outcomes: {yes: b}}}}, b: {}}"
        )
        try act(&story, .decide(TaskDecision("yes")), by: Self.ana)
        #expect(story.problem?.code == .notApplicable)
        try act(&story, .claim, by: Self.ana)
        try act(&story, .decide(TaskDecision("yes")), by: Self.ana)
        #expect(story.states == ["b"])
    }
}
