import Execution
import Testing
import Values

/// Another version of its workflow takes an instance over, with all that is under way.
@Suite struct MigrationTests {
    private static let admin = Actor(role: "operator", subject: "ana")

    /// - Parameter newer: the second version, after its name and number.
    private func story(
        _ chart: String, _ newer: String, input: Value = .map(ValueMap())
    ) throws -> Story {
        try Story(chart, input: input, newer: [Story.workflow(newer, version: 2)])
    }

    private func migrate(_ story: inout Story, to version: Int = 2) throws {
        try story.take(
            .operate(.migrate(to: version), reason: "the rule is mended", actor: Self.admin))
    }

    private func pointers(_ story: Story) -> [String] {
        story.problem?.errors.map(\.pointer) ?? []
    }

    private static let waiting = """
        context: {n: {type: integer, default: 1}}
        events: {go: {}}
        initial: a
        states:
          a: {on: {go: b}, after: {3d: late}}
          b: {type: final}
          late: {type: final, status: failed}
        """

    // MARK: States

    @Test func aStateKeepsItsNameItsTimeAndItsTimer() throws {
        var story = try story(
            Self.waiting, Self.waiting.replacing("on: {go: b}", with: "on: {go: c}") + "\n  c: {}")
        try story.advance(.seconds(86_400))
        let before = try #require(story.run.timers.first?.due)
        let since = try #require(story.run.visits.last?.since)
        try migrate(&story)
        #expect(story.receipt == Receipt(.applied))
        #expect(story.run.version == 2)
        #expect(story.states == ["a"])
        #expect(story.run.timers.map(\.due) == [before])
        #expect(story.run.visits.last?.since == since)
        let entry = try #require(story.history.last { $0.kind == "migrated" })
        #expect(
            entry.data == [
                "by": "operator/ana", "reason": "the rule is mended", "from": 1, "to": 2,
                "states": ["a": "a"],
            ])
        try story.send("go")
        #expect(story.states == ["c"], "it goes on by the rule of version 2")
    }

    @Test func aTimerThatWasCarriedFiresAtItsOwnTime() throws {
        var story = try story(
            Self.waiting, Self.waiting.replacing("after: {3d: late}", with: "after: {9d: late}"))
        try story.advance(.seconds(86_400))
        try migrate(&story)
        try story.advance(.seconds(2 * 86_400))
        #expect(
            story.run.status == .failed, "by where it leads it is the same, and it keeps its time")
    }

    @Test func aTimerThatIsNewBeginsWithTheMove() throws {
        var story = try story(
            Self.waiting,
            Self.waiting.replacing("after: {3d: late}", with: "after: {1d: soon, 3d: late}")
                + "\n  soon: {}")
        try story.advance(.seconds(60 * 3_600))
        try migrate(&story)
        try story.advance(.seconds(3_600))
        #expect(story.states == ["a"], "nothing falls due because it was declared late")
        try story.advance(.seconds(11 * 3_600))
        #expect(story.run.status == .failed)
    }

    @Test func aTimerThatIsGoneIsLeft() throws {
        var story = try story(
            Self.waiting, Self.waiting.replacing(", after: {3d: late}", with: ""))
        try migrate(&story)
        #expect(story.run.timers.isEmpty)
        #expect(story.history.last { $0.kind == "migrated" }?.data["left"] == ["timer of a"])
    }

    private static let renamed = """
        migrate: {from: 1, states: {a: review}, assign: {total: '${context.n * 100}'}}
        context: {total: {type: integer, default: 0}}
        events: {go: {}}
        initial: start
        states:
          start: {on: {go: review}}
          review:
            initial: first
            entry: {log: entered}
            states: {first: {after: {1h: second}}, second: {}}
            on: {go: done}
          done: {type: final}
        """

    @Test func aStateThatWasRenamedIsMappedAndDataAssigned() throws {
        var story = try story(Self.waiting, Self.renamed)
        try migrate(&story)
        #expect(story.states == ["review.first"], "what is below a place is entered by default")
        #expect(story.context == ["total": 100])
        #expect(!story.kinds.contains("log"), "a state that goes on is not entered again")
        let entry = try #require(story.history.first { $0.kind == "migrated" })
        #expect(entry.data["states"] == ["a": "review"])
        #expect(entry.data["dropped"] == ["n"])
        try story.advance(.seconds(3_600))
        #expect(story.states == ["review.second"])
    }

    @Test func aStateWithoutAPlaceIsRefusedAndNothingMoves() throws {
        var story = try story(
            Self.waiting, Self.renamed.replacing("states: {a: review}, ", with: ""))
        let before = story.run
        try migrate(&story)
        #expect(story.problem?.code == .cannotMigrate)
        #expect(pointers(story) == ["/states/a"])
        #expect(story.run == before)
    }

    @Test func noVersionIsRefusedThatIsNotThereOrItsOwn() throws {
        var story = try story(Self.waiting, Self.renamed)
        try migrate(&story, to: 7)
        #expect(story.problem?.code == .notFound)
        #expect(story.problem?.fix == "loaded: 1, 2")
        try migrate(&story, to: 1)
        #expect(story.problem?.code == .notApplicable)
        try story.send("go")
        try migrate(&story)
        #expect(story.problem?.code == .instanceEnded)
    }

    @Test func regionsThatAreNewAreEnteredAndThoseThatCannotBeTogetherRefused() throws {
        let two = """
            events: {go: {}}
            initial: both
            states:
              both: {type: parallel, states: {x: {}, y: {initial: q, states: {q: {}, r: {}}}}}
            """
        let three = """
            events: {go: {}}
            initial: both
            states:
              both:
                type: parallel
                states: {x: {}, y: {initial: q, states: {q: {}, r: {}}}, z: {after: {1h: both}}}
            """
        var story = try story(two, three)
        try migrate(&story)
        #expect(story.states == ["both.x", "both.y.q", "both.z"])
        #expect(story.run.timers.count == 1)

        let apart = """
            migrate: {from: 1, states: {both.x: one, both.y: two}}
            events: {go: {}}
            initial: one
            states: {one: {on: {go: two}}, two: {on: {go: one}}}
            """
        var torn = try self.story(two, apart)
        try migrate(&torn)
        #expect(torn.problem?.code == .cannotMigrate)
        #expect(torn.problem?.message.contains("one and two at once") == true)
    }

    @Test func aConditionOfTheNewVersionIsLookedAtAtOnce() throws {
        var story = try story(
            Self.waiting,
            Self.waiting.replacing(
                "a: {on", with: "a: {always: {guard: context.n == 1, target: b}, on"))
        try migrate(&story)
        #expect(story.run.status == .completed)
    }

    // MARK: What is under way

    private static func charging(_ more: String = "", state: String = "pay") -> String {
        """
        \(more)
        events: {go: {}}
        initial: \(state)
        states:
          \(state):
            invoke: {task: bank.charge, input: {amount: 5}, onDone: paid, onError: unpaid}
          paid: {on: {go: over}}
          unpaid: {on: {go: over}}
          over: {type: final}
        """
    }

    @Test func aCallUnderWayKeepsItsKeyAndItsAnswerIsTaken() throws {
        var story = try story(
            Self.charging(),
            Self.charging("migrate: {from: 1, states: {pay: charge}}", state: "charge"))
        let call = try #require(story.calls.first)
        try migrate(&story)
        #expect(story.states == ["charge"])
        #expect(story.calls == [call], "the very same attempt")
        #expect(story.effects == ["bank.charge possible"])
        try story.take(.answer(call.id, .done))
        #expect(story.states == ["paid"])
        #expect(story.effects == ["bank.charge applied"])
    }

    @Test func aCallThatWaitsForItsNextAttemptIsTriedAtThatTimeUnderItsKey() throws {
        var story = try story(Self.charging(), Self.charging("description: the same, newer"))
        let key = try #require(story.calls.first?.key)
        try story.answer("bank.charge", .down)
        let due = story.run.timerRows
        try migrate(&story)
        #expect(story.run.timerRows == due)
        try story.advance(.seconds(60))
        #expect(story.calls.map(\.key) == [key])
        #expect(story.calls.map(\.attempt) == [2])
    }

    private static let byHand = """
        events: {go: {}}
        initial: pay
        states:
          pay: {on: {go: over}}
          over: {type: final}
        """

    @Test func aCallThatTheNewVersionDoesNotMakeIsRefused() throws {
        var story = try story(Self.charging(), Self.byHand)
        try migrate(&story)
        #expect(story.problem?.code == .cannotMigrate)
        #expect(pointers(story) == ["/states/pay"])
        #expect(story.called == ["bank.charge"])
    }

    @Test func aStateThatIsNamedLeavesItsCallAndTheEffectStaysKnown() throws {
        var story = try story(
            Self.charging(), "migrate: {from: 1, states: {pay: pay}}\n" + Self.byHand)
        let call = try #require(story.calls.first)
        try migrate(&story)
        #expect(story.states == ["pay"])
        #expect(story.history.last { $0.kind == "migrated" }?.data["left"] == ["bank.charge"])
        // It is settled as one whose state was left: what it did can be undone.
        try story.take(.answer(call.id, .done))
        #expect(story.states == ["pay"])
        #expect(story.effects == ["bank.charge applied"])
    }

    @Test func aCallThatIsNewIsMade() throws {
        var story = try story(Self.byHand, Self.charging())
        try migrate(&story)
        #expect(story.called == ["bank.charge"])
        try story.answer("bank.charge", .done)
        #expect(story.states == ["paid"])
    }

    @Test func aCallThatWasAnsweredIsNotMadeAgain() throws {
        let stays = """
            events: {go: {}}
            initial: pay
            states:
              pay:
                invoke: {task: bank.charge, input: {amount: 5}, onDone: {actions: {log: paid}}}
                on: {go: over}
              over: {type: final}
            """
        var story = try story(stays, "description: newer\n" + stays)
        try story.answer("bank.charge", .done)
        try migrate(&story)
        #expect(story.called.isEmpty)
        #expect(story.effects == ["bank.charge applied"])
    }

    @Test func whatWasDoneBeforeIsUndoneByTheNewVersion() throws {
        var story = try story(
            Self.charging(), Self.charging("description: newer"))
        let key = try #require(story.calls.first?.key)
        try story.answer("bank.charge", .succeeded(["id": "c-1"]))
        #expect(story.states == ["paid"])
        try migrate(&story)
        #expect(story.effects == ["bank.charge applied"])
        try story.cancel()
        #expect(story.called == ["bank.refund"])
        #expect(story.calls.first?.input["key"] == .string(key))
        try story.answer("bank.refund", .done)
        #expect(story.run.status == .cancelled)
    }

    @Test func theMembersOfAFanOutGoOnAndNoneIsDoneTwice() throws {
        func each(_ target: String) -> String {
            """
            initial: a
            states:
              a:
                invoke:
                  task: bank.charge
                  forEach: {in: '${[1, 2, 3]}', concurrency: 2}
                  input: {amount: '${item}'}
                  onDone: \(target)
              b: {type: final}
              c: {type: final, status: failed}
            """
        }
        var story = try story(each("c"), each("b"))
        let keys = story.calls.map(\.key)
        #expect(keys.count == 2)
        try migrate(&story)
        #expect(story.calls.map(\.key) == keys)
        for _ in 1...3 { try story.answer("bank.charge", .done) }
        #expect(story.run.status == .completed)
        #expect(story.members.map(\.number).sorted() == [1, 2, 3])
    }

    @Test func anIncidentOfACallStaysAndIsTriedAgainByTheNewVersion() throws {
        let strict = Self.charging().replacing(", onError: unpaid", with: "")
        var story = try story(strict, Self.charging())
        try story.answer("bank.charge", .declined)
        #expect(story.incidents == [.callExhausted])
        try migrate(&story)
        #expect(story.incidents == [.callExhausted])
        try story.retry()
        try story.answer("bank.charge", .declined)
        #expect(story.states == ["unpaid"], "what version 1 did not catch")
    }

    @Test func aChildReportsToTheVersionThatItsParentGoesBy() throws {
        func parent(_ target: String) -> String {
            """
            initial: a
            states:
              a: {invoke: {workflow: child, onDone: \(target)}}
              b: {after: {1d: a}}
              c: {after: {1d: a}}
            """
        }
        let child = """
            workflow: child
            version: 1
            initial: x
            states: {x: {after: {1d: y}}, y: {type: final}}
            """
        var story = try Story(
            parent("b"), others: [child], newer: [Story.workflow(parent("c"), version: 2)])
        let number = try #require(story.run.activations.first?.number)
        try migrate(&story)
        #expect(story.messages.count == 1, "it is neither started again nor cancelled")
        try story.take(.childEnded(activation: number, status: .completed, output: nil))
        #expect(story.states == ["c"])
    }

    private static func asking(_ form: String, _ outcomes: String = "yes: {}, no: {}") -> String {
        """
        initial: ask
        states:
          ask:
            invoke:
              person: {role: clerk, title: Decide, form: {\(form)}, outcomes: {\(outcomes)}}
              onDone: over
          over: {type: final}
        """
    }

    @Test func aTaskStaysWithWhoHasItAndIsDecidedByTheNewForm() throws {
        var story = try story(
            Self.asking("why: {type: string}"),
            Self.asking("why: {type: string}, sum: {type: integer}"))
        let clerk = Actor(role: "clerk", subject: "c-1")
        try story.take(.task(nil, .claim, actor: clerk))
        let before = try #require(story.run.activations.first?.task)
        try migrate(&story)
        let after = try #require(story.run.activations.first?.task)
        #expect(after.claim == before.claim)
        #expect(after.revision == before.revision + 1, "who has seen it must look again")
        #expect(story.kinds.contains("task.changed"))
        try story.take(
            .task(
                nil, .decide(TaskDecision("yes", form: ["sum": 7])), actor: clerk))
        #expect(story.run.status == .completed)
    }

    @Test func aTaskThatCouldNotBeDecidedAsBeforeIsRefusedWithWhoHasIt() throws {
        var story = try story(Self.asking("why: {type: string}"), Self.asking("", "yes: {}"))
        try story.take(.task(nil, .claim, actor: Actor(role: "clerk", subject: "c-1")))
        try migrate(&story)
        #expect(story.problem?.code == .cannotMigrate)
        #expect(story.problem?.message.contains("with c-1") == true)
    }

    // MARK: What waits with it

    private static func keeping(_ events: String) -> String {
        """
        events: {\(events)}
        initial: a
        states:
          a: {on: {go: b}}
          b: {on: {paper: c}}
          c: {type: final}
        """
    }

    @Test func aKeptEventIsCarriedAndTakenWhenItsTimeHasCome() throws {
        let events = "go: {}, paper: {early: keep, ttl: 9d}"
        var story = try story(Self.keeping(events), "description: newer\n" + Self.keeping(events))
        try story.send("paper")
        let due = story.run.timerRows
        try migrate(&story)
        #expect(story.run.timerRows == due)
        try story.send("go")
        #expect(story.run.status == .completed)
    }

    @Test func aKeptEventThatNothingCouldTakeKeepsTheInstance() throws {
        var story = try story(
            Self.keeping("go: {}, paper: {early: keep, ttl: 9d}"),
            """
            events: {go: {}}
            initial: a
            states: {a: {on: {go: b}}, b: {type: final}}
            """)
        try story.send("paper")
        try migrate(&story)
        #expect(pointers(story) == ["/events/paper"])
        #expect(story.run.kept.count == 1)
    }

    @Test func aStepThatFailedIsMendedByTheNewVersion() throws {
        func dividing(_ guardText: String) -> String {
            """
            context: {n: {type: integer, default: 0}}
            events: {go: {}}
            initial: a
            states:
              a: {on: {go: {guard: '\(guardText)', target: b}}}
              b: {type: final}
            """
        }
        var story = try story(dividing("1 / context.n == 1"), dividing("context.n == 0"))
        try story.send("go")
        #expect(story.incidents == [.expressionError])
        try migrate(&story)
        #expect(story.run.version == 2)
        #expect(story.incidents == [.expressionError], "a person has it tried again")
        try story.retry()
        #expect(story.run.status == .completed)
    }

    @Test func oneThatIsPausedMigratesWithoutMoving() throws {
        let conditional = Self.waiting.replacing(
            "a: {on", with: "a: {always: {guard: context.n == 1, target: b}, on")
        var story = try story(Self.waiting, conditional)
        try story.take(.operate(.pause, reason: "wait", actor: Self.admin))
        try migrate(&story)
        #expect(story.run.version == 2)
        #expect(story.states == ["a"])
        try story.take(.operate(.resume, reason: "go on", actor: Self.admin))
        #expect(story.run.status == .completed)
    }

    @Test func oneThatIsPausedBeginsNothing() throws {
        var story = try story(Self.byHand, Self.charging())
        try story.take(.operate(.pause, reason: "wait", actor: Self.admin))
        try migrate(&story)
        #expect(story.problem?.code == .cannotMigrate)
        #expect(pointers(story) == ["/states/pay"])
    }

    // MARK: Data

    @Test func dataThatDoNotFitAreNamedAllAtOnce() throws {
        let strict = """
            input: {type: object, required: [who], properties: {who: {type: string}}}
            params: {limit: {type: integer, default: 5}}
            context: {n: {type: string}}
            events: {go: {}}
            initial: a
            states: {a: {on: {go: b}}, b: {type: final}}
            """
        var story = try story(Self.waiting, strict)
        try migrate(&story)
        #expect(pointers(story) == ["/input/who", "/context/n"])
        var fitting = try self.story(
            Self.waiting, "migrate: {from: 1, assign: {n: '${string(context.n)}'}}\n" + strict,
            input: ["who": "ana"])
        try migrate(&fitting)
        #expect(fitting.context == ["n": "1"])
        #expect(fitting.run.params == ["limit": 5])
    }

    @Test func anAssignmentThatFailsIsSaidWithItsPlace() throws {
        var story = try story(
            Self.waiting, "migrate: {from: 1, assign: {n: '${context.m + 1}'}}\n" + Self.waiting)
        try migrate(&story)
        #expect(pointers(story) == ["/context/n"])
    }

    // MARK: History states

    @Test func aHistoryStateRemembersThePlaceOfWhatItRemembered() throws {
        func chart(_ rule: String, _ second: String) -> String {
            """
            \(rule)
            events: {go: {}, rest: {}, back: {}}
            initial: work
            states:
              work:
                initial: one
                on: {rest: break}
                states:
                  one: {on: {go: \(second)}}
                  \(second): {}
                  last: {type: history, target: one}
              break: {on: {back: work.last}}
            """
        }
        let rule = "migrate: {from: 1, states: {work.two: work.second}}"
        var story = try story(chart("", "two"), chart(rule, "second"))
        try story.send("go")
        try story.send("rest")
        try migrate(&story)
        try story.send("back")
        #expect(story.states == ["work.second"])
        var stranded = try self.story(chart("", "two"), chart("", "second"))
        try stranded.send("go")
        try stranded.send("rest")
        try migrate(&stranded)
        #expect(pointers(stranded) == ["/states/work.two"])
    }
}
