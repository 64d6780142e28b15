import Testing
import Values

@testable import Definition
@testable import Execution

/// Inbound events, from the sender to the receipt.
@Suite struct EventTests {
    private static func chart(_ early: String) -> String {
        """
        events: {go: {}, later: {\(early)}}
        initial: a
        states:
          a: {on: {go: b}}
          b: {on: {later: c}}
          c: {}
        """
    }

    @Test func aNamedEventIsAppliedAndRecorded() throws {
        var story = try Story(Self.chart("early: drop"))
        #expect(try story.send("go")?.outcome == .applied)
        #expect(story.states == ["b"])
        #expect(story.kinds.suffix(2) == ["event.applied", "transition"])
    }

    @Test func trap3AKeptEventIsTakenWhenAStateWaitsForIt() throws {
        var story = try Story(Self.chart("early: keep, ttl: 1h"))
        #expect(try story.send("later")?.outcome == .kept)
        try story.send("go")
        #expect(story.states == ["c"])
        #expect(story.run.kept.isEmpty)
    }

    @Test func trap3AKeptEventExpiresWithItsTimeToLive() throws {
        var story = try Story(Self.chart("early: keep, ttl: 1h"))
        try story.send("later")
        try story.advance(.seconds(3_600))
        #expect(story.run.kept.isEmpty)
        #expect(story.kinds.last == "event.discarded")
        try story.send("go")
        #expect(story.states == ["b"])
    }

    @Test func trap3ALateEventIsRejectedBecauseNoStateAheadNamesIt() throws {
        var story = try Story(Self.chart("early: keep"))
        try story.send("go")
        try story.send("later")
        let receipt = try story.send("later")
        #expect(receipt?.outcome == .rejected)
        #expect(receipt?.code == "too-late")
    }

    @Test func trap3KeptEventsAreDroppedOnceNoStateAheadNamesThem() throws {
        var story = try Story(
            """
            events: {go: {}, skip: {}, later: {early: keep}}
            initial: a
            states:
              a: {on: {go: b, skip: c}}
              b: {on: {later: c}}
              c: {}
            """)
        try story.send("later")
        try story.send("skip")
        #expect(story.run.kept.isEmpty)
        #expect(story.kinds.last == "event.discarded")
    }

    @Test func trap3AnEarlyEventIsDroppedOrRejectedAsDeclared() throws {
        var dropping = try Story(Self.chart("early: drop"))
        #expect(try dropping.send("later")?.outcome == .ignored)
        var rejecting = try Story(Self.chart("early: reject"))
        let receipt = try rejecting.send("later")
        #expect(receipt?.code == "not-expected")
        #expect(receipt?.message == "w/1 is in a and waits for go")
    }

    @Test func keptEventsAreOfferedInTheOrderOfTheirArrival() throws {
        var story = try Story(
            """
            context: {log: {type: array, default: []}}
            events: {go: {}, item: {early: keep}}
            initial: a
            states:
              a: {on: {go: b}}
              b: {on: {item: {actions: {assign: {log: '${context.log + [event.data.n]}'}}}}}
            """)
        for number in 1...3 { try story.send("item", ["n": .int(Int64(number))]) }
        try story.send("go")
        #expect(story.context["log"] == [1, 2, 3])
    }

    @Test func thousandsOfKeptEventsAreRefusedBeforeTheyFillTheSnapshot() throws {
        var story = try Story(Self.chart("early: keep"))
        var kept = 0
        for _ in 0..<400 where try story.send("later")?.outcome == .kept { kept += 1 }
        #expect(kept == 256)
        #expect(story.receipt?.code == "too-many")
        try story.send("go")
        #expect(story.states == ["c"])
        #expect(story.incidents.isEmpty)
    }

    @Test func anEventWhoseGuardsAreFalseIsIgnoredWithTheirValues() throws {
        var story = try Story(
            """
            params: {limit: {type: integer, default: 5000}}
            events: {accept: {}}
            initial: a
            states: {a: {on: {accept: {target: b, guard: 'event.data.price <= params.limit'}}}, b: {}}
            """)
        let receipt = try story.send("accept", ["price": 5200])
        #expect(receipt?.outcome == .ignored)
        #expect(receipt?.code == "guard-false")
        let message = receipt?.message ?? ""
        #expect(message.contains("event.data.price = 5200"))
        #expect(message.contains("params.limit = 5000"))
        #expect(try story.blockers().map(\.kind) == [.guardFalse])
    }

    @Test func aRejectActionAnswersTheSender() throws {
        var story = try Story(
            """
            events: {stop: {}}
            initial: a
            states:
              a: {on: {stop: {actions: {reject: {code: too-late, message: the worker has checked in}}}}}
            """)
        let receipt = try story.send("stop")
        #expect(
            receipt == Receipt(.rejected, code: "too-late", message: "the worker has checked in"))
        #expect(story.kinds.last == "event.rejected")
        #expect(!story.kinds.contains("event.applied"))
    }

    private static let guarded = """
        context: {worker: {type: [string, 'null'], default: null}}
        events:
          assign: {from: {role: manager}}
          checkIn: {early: keep, from: {role: worker, subject: context.worker}}
        initial: a
        states:
          a: {on: {assign: {target: b, actions: {assign: {worker: '${event.data.worker}'}}}}}
          b: {on: {checkIn: c}}
          c: {}
        """

    @Test func onlyTheDeclaredRoleMaySend() throws {
        var story = try Story(Self.guarded)
        try story.send("assign", ["worker": "w-1"], by: Actor(role: "client", subject: "c-1"))
        #expect(story.problem?.code == .forbidden)
        #expect(story.states == ["a"])
    }

    @Test func onlyTheNamedSubjectMaySend() throws {
        var story = try Story(Self.guarded)
        try story.send("assign", ["worker": "w-1"], by: Actor(role: "manager", subject: "ana"))
        try story.send("checkIn", by: Actor(role: "worker", subject: "w-2"))
        #expect(story.problem?.code == .forbidden)
        #expect(
            try story.send("checkIn", by: Actor(role: "worker", subject: "w-1"))?.outcome
                == .applied)
    }

    @Test func theSubjectOfAnEarlyEventIsCheckedWhenItIsOffered() throws {
        var story = try Story(Self.guarded)
        #expect(
            try story.send("checkIn", by: Actor(role: "worker", subject: "w-2"))?.outcome == .kept)
        try story.send("assign", ["worker": "w-1"])
        #expect(story.states == ["b"])
        #expect(story.kinds.last == "event.discarded")
        #expect(try story.send("checkIn")?.outcome == .applied)
    }

    @Test func anUnknownEventIsRefusedWithTheNearestName() throws {
        var story = try Story(Self.chart("early: drop"))
        try story.send("latr")
        #expect(story.problem?.code == .unknownEvent)
        #expect(story.problem?.fix == "did you mean later?")
    }

    @Test func dataThatDoesNotFitItsSchemaIsRefusedWithAPointer() throws {
        var story = try Story(
            """
            events: {go: {data: {type: object, required: [n], properties: {n: {type: integer}}}}}
            initial: a
            states: {a: {on: {go: b}}, b: {}}
            """)
        try story.send("go", ["n": "many"])
        #expect(story.problem?.code == .invalid)
        #expect(story.problem?.errors.map(\.pointer) == ["/n"])
        #expect(story.states == ["a"])
    }

    @Test func anEndedInstanceRejectsEverything() throws {
        var story = try Story(
            """
            events: {go: {}}
            initial: a
            states: {a: {on: {go: end}}, end: {type: final}}
            """)
        try story.send("go")
        #expect(try story.send("go")?.code == "ended")
        try story.cancel()
        #expect(story.receipt?.code == "ended")
        #expect(story.run.revision == 2)
    }

    @Test func whoComesTooLateIsToldInTheWorkflowsOwnWords() throws {
        var story = try Story(
            """
            events: {go: {}, answer: {afterEnd: 'thank you, it is over'}}
            initial: a
            states: {a: {on: {go: end, answer: a}}, end: {type: final}}
            """)
        #expect(try story.send("answer")?.outcome == .applied)
        try story.send("go")
        let late = try story.send("answer")
        #expect(late?.outcome == .rejected)
        #expect(late?.code == "ended")
        #expect(late?.message == "thank you, it is over")
        #expect(try story.send("go")?.message?.contains("has ended") == true)
    }

    @Test func trap16AFailingGuardIsShownToAPersonUnlessTheChartHandlesErrors() throws {
        let chart = { (handler: String) in
            """
            context: {x: {}}
            events: {go: {}}
            initial: a
            states:
              a: {on: {go: {target: b, guard: 'context.x.y > 1'}\(handler)}}
              b: {}
            """
        }
        var bare = try Story(chart(""))
        #expect(try bare.send("go")?.outcome == .held)
        #expect(bare.incidents == [.expressionError])
        var handled = try Story(chart(", error.execution: {actions: {log: handled}}"))
        #expect(try handled.send("go")?.outcome == .ignored)
        #expect(handled.incidents.isEmpty)
        #expect(handled.kinds.contains("expression.error"))
    }
}
