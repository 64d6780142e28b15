import Execution
import Testbed
import Testing
import Values

@testable import Engine

/// Requests and messages, from whoever sends to whom they concern.
@Suite struct DeliveryTests {
    private static let worker = Actor(role: "worker", subject: "w-1")

    @Test func aRepeatedStartNeverMakesASecondInstance() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        let name = InstanceName(workflow: "w", key: "1")
        #expect(try bench.ask(.start("1", ["n": 1])) == .started(name, isNew: true))
        // The default makes it the same input.
        #expect(try bench.ask(.start("1")) == .started(name, isNew: false))
        #expect(try bench.ask(.start("1", ["n": 2]))?.problem?.code == .keyConflict)
        #expect(try bench.store.lastInstanceID() == InstanceID(1))
    }

    @Test func trap12KeysThatOnlyLookTheSameNameTwoInstances() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        let composed = "caf\u{e9}"
        let decomposed = "cafe\u{301}"
        for key in [composed, decomposed] {
            let reply = try bench.ask(.start(key))
            #expect(reply == .started(InstanceName(workflow: "w", key: key), isNew: true))
        }
        #expect(try bench.store.lastInstanceID() == InstanceID(2))
        #expect(try bench.ask(.event("go", to: decomposed))?.receipt?.outcome == .applied)
        #expect(try bench.states("w", composed) == ["a"])
    }

    @Test(arguments: ["", "a\u{7f}b", String(repeating: "k", count: 201)])
    func aKeyThatCannotStandInAnAddressIsRefused(key: String) throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        #expect(try bench.ask(.start(key))?.problem?.code == .invalid)
    }

    @Test func aRepeatedEventIsADuplicateAndAnotherBodyUnderItsIDAConflict() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        _ = try bench.ask(.start("1"))
        #expect(try bench.ask(.event("go", to: "1"))?.receipt?.outcome == .applied)
        let repeated = try bench.ask(.event("go", to: "1"))?.receipt
        #expect(repeated?.outcome == .duplicate)
        #expect(repeated?.code == "applied")
        #expect(try bench.ask(.event("go", to: "1", ["x": 1]))?.problem?.code == .eventConflict)
    }

    @Test func theOrderOfMembersMakesNoOtherEvent() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("go", to: "1", ["x": 1, "y": [2, ["a": 3, "b": 4]]]))
        let again = Request.event("go", to: "1", ["y": [2, ["b": 4, "a": 3]], "x": 1])
        #expect(try bench.ask(again)?.receipt?.outcome == .duplicate)
    }

    @Test func anEventForAnUnknownInstanceIs404UnlessItIsKept() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        #expect(try bench.ask(.event("go", to: "1"))?.problem?.code == .unknownInstance)
        let item = Request.event("item", to: "1", id: "i", ["n": 1], by: Self.worker)
        #expect(try bench.ask(item)?.receipt?.outcome == .kept)
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("go", to: "1", id: "g"))
        #expect(try bench.states("w", "1") == ["c"])
    }

    @Test func eventsForWhatNobodyStartsAreBounded() throws {
        var bench = try Bench(
            try Catalog([Flows.steps]), limits: EngineMachine.Limits(kept: 300))
        func item(_ key: String, _ number: Int) -> Request {
            .event("item", to: key, id: "\(key)-\(number)", ["n": 1], by: Self.worker)
        }
        for number in 1...256 {
            #expect(try bench.ask(item("1", number))?.receipt?.outcome == .kept)
        }
        let full = try bench.ask(item("1", 257))?.receipt
        #expect(full?.outcome == .rejected)
        #expect(full?.code == "too-many")
        for number in 1...44 { _ = try bench.ask(item("ghost-\(number)", 1)) }
        let last = try bench.ask(item("ghost-45", 1))?.receipt
        #expect(last?.code == "too-many")
        #expect(last?.message?.hasPrefix("300 events wait for instances of w") == true)
        #expect(try bench.store.kept(InstanceName(workflow: "w", key: "ghost-45")) == [])
        let told = try bench.store.unmatched(UnmatchedQuery(count: 1)).first?.told
        #expect(told?.code == "too-many")
        // What has started makes room, and a repeat of what is kept is one.
        _ = try bench.ask(.start("1"))
        #expect(try bench.ask(item("ghost-45", 1))?.receipt?.outcome == .kept)
        #expect(try bench.ask(item("ghost-45", 1))?.receipt?.outcome == .duplicate)
    }

    @Test func anEventKeptBeforeTheStartMustFitItsDeclaration() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        let wrong = Request.event("item", to: "1", id: "i", ["n": "x"], by: Self.worker)
        #expect(try bench.ask(wrong)?.problem?.code == .invalid)
        let stranger = Request.event(
            "item", to: "1", id: "j", ["n": 1], by: Actor(role: "client", subject: "c"))
        #expect(try bench.ask(stranger)?.problem?.code == .forbidden)
    }

    @Test func anUnknownEventNamesTheNearestOne() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        let event = InboundEvent(id: "1", name: "itm", data: .null, sender: .system)
        let command = EventCommand(address: .correlate(key: "1", workflow: nil), event: event)
        let problem = try bench.ask(.event(command))?.problem
        #expect(problem?.code == .unknownEvent)
        #expect(problem?.fix == "did you mean item?")
    }

    @Test func anEventOfAnotherInstanceThatDoesNotFitIsInTheHistory() throws {
        let receiver = """
            events: {told: {data: {type: object, required: [n]}}}
            initial: x
            states: {x: {on: {told: y}}, y: {type: final}}
            """
        let sender = """
            initial: a
            states: {a: {entry: {send: {event: told, to: child, data: '${input}'}}}}
            """
        var bench = try Bench(
            try Catalog([Flows.flow(sender), Flows.flow(receiver, name: "child")]))
        let name = InstanceName(workflow: "child", key: "1")
        _ = try bench.ask(.start(StartCommand(name: name, input: .map(ValueMap()))))
        _ = try bench.ask(.start("1"))
        let run = try #require(try bench.run("child", "1"))
        let rejected = try bench.store.history(run.id, after: 0, count: 10).last
        #expect(rejected?.kind == "event.rejected")
        #expect(rejected?.data["message"]?.stringValue?.contains("/n") == true)
        #expect(try bench.store.messages(after: nil, count: 10).isEmpty)
    }

    private static func family(_ child: String) -> [String] {
        [
            Flows.flow(
                """
                events: {stop: {}}
                initial: a
                states:
                  a:
                    on: {stop: end}
                    invoke: {workflow: child, key: '"c"', onDone: end, onError: [{error: child-exists, target: odd}]}
                  odd: {}
                  end: {type: final}
                """), Flows.flow(child, name: "child"),
        ]
    }

    private static let waiting =
        "events: {finish: {}}\ninitial: x\nstates: {x: {on: {finish: y}}, y: {type: final}}"

    @Test func aChildIsStartedAndItsEndMovesTheParent() throws {
        var bench = try Bench(try Catalog(Self.family(Self.waiting)))
        _ = try bench.ask(.start("1"))
        #expect(try bench.states("child", "c") == ["x"])
        let event = InboundEvent(id: "f", name: "finish", data: .map(ValueMap()), sender: .system)
        let address = EventCommand.Address.instance(InstanceName(workflow: "child", key: "c"))
        _ = try bench.ask(.event(EventCommand(address: address, event: event)))
        #expect(try bench.states("w", "1") == ["end"])
        #expect(try bench.store.messages(after: nil, count: 10).isEmpty)
    }

    @Test func aParentThatEndsTakesItsChildrenWithIt() throws {
        var bench = try Bench(try Catalog(Self.family(Self.waiting)))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("stop", to: "1"))
        #expect(try bench.run("child", "c")?.status == .cancelled)
        #expect(try bench.run("w", "1")?.status == .completed)
    }

    @Test func aChildThatExistsAlreadyIsAnErrorOfTheParent() throws {
        var bench = try Bench(try Catalog(Self.family(Self.waiting)))
        _ = try bench.ask(.start("c", of: "child"))
        _ = try bench.ask(.start("1"))
        #expect(try bench.states("w", "1") == ["odd"])
    }

    @Test func nobodyOutsideSaysThatAnInstanceWasTerminated() throws {
        let closing = Flows.flow(
            "start: {on: w.terminated, key: event.data.key}\nstates: {a: {type: final}}",
            name: "closing")
        var bench = try Bench(try Catalog([Flows.steps, closing]))
        _ = try bench.ask(.start("1"))
        let told = InboundEvent(
            id: "e", name: "w.terminated", data: ["key": "1"], sender: .system)
        let reply = try bench.ask(
            .event(EventCommand(address: .correlate(key: nil, workflow: nil), event: told)))
        #expect(reply?.problem?.message == "the event w.terminated is the engine's own")
        #expect(try bench.run("closing", "1") == nil)
        _ = try bench.ask(
            .operate(
                InstanceName(workflow: "w", key: "1"),
                .operate(.terminate, reason: "r", actor: .system), isDry: false))
        #expect(try bench.run("closing", "1")?.status == .completed)
    }

    @Test func aMessageForAVersionThatIsNotLoadedWaitsInTheStore() throws {
        let whole = try Catalog(Self.family(Self.waiting))
        var bench = try Bench(whole)
        _ = try bench.ask(.start("1"))
        // The next process has the parent's workflow only.
        var partial = try Bench(try Catalog([Self.family(Self.waiting)[0]]), store: bench.store)
        _ = try partial.ask(.event("stop", to: "1"))
        #expect(try bench.store.messages(after: nil, count: 10).count == 1)
        var again = try Bench(whole, store: bench.store)
        #expect(try again.recoverCalls().isEmpty)
        try again.settle()
        #expect(try again.run("w", "1")?.status == .completed)
    }

    @Test func aChildWhoseNameIsTakenByAVersionThatIsNotLoadedIsRefused() throws {
        var old = try Bench(try Catalog([Flows.flow(Self.waiting, name: "child")]))
        _ = try old.ask(.start("c", of: "child"))
        let newer = Flows.flow(Self.waiting, name: "child", version: 2)
        var bench = try Bench(try Catalog([Self.family(Self.waiting)[0], newer]), store: old.store)
        _ = try bench.ask(.start("1"))
        #expect(try bench.states("w", "1") == ["odd"])
    }

    /// The earlier process may have sent the call and died before it read the answer.
    @Test func aRefusalAfterARestartSpeaksForItsOwnProcessOnly() throws {
        let catalog = try Catalog([Flows.paying])
        var first = try Bench(catalog)
        _ = try first.ask(.start("1"))
        _ = try first.ask(.event("pay", to: "1"))
        var second = try Bench(catalog, store: first.store)
        let call = try #require(try second.recoverCalls().first)
        let declined = CallError(name: "declined", message: "HTTP 402", isRetryable: false)
        second.machine.answer(call.id, .failed(declined))
        try second.settle()
        #expect(try second.run("w", "1")?.incidents.map(\.kind) == [.outcomeUnknown])
        // In the process that sent it first, the same answer is the end of it.
        first = try Bench(catalog)
        _ = try first.ask(.start("1"))
        _ = try first.ask(.event("pay", to: "1"))
        first.machine.answer(try #require(first.calls.first).id, .failed(declined))
        try first.settle()
        #expect(try first.run("w", "1")?.incidents.map(\.kind) == [.callExhausted])
    }

    @Test func recoveryFindsTheOutboxTheMessagesAndTheLocalOperations() throws {
        let catalog = try Catalog([
            Flows.paying,
            Flows.flow(
                "initial: a\nstates: {a: {invoke: {task: shop.count, onDone: z}}, z: {type: final}}",
                name: "local"),
        ])
        // A process that stops before its local operations run.
        var first = try Bench(catalog, limits: EngineMachine.Limits(localChain: 0))
        _ = try first.ask(.start("1"))
        _ = try first.ask(.event("pay", to: "1"))
        first.submit(.start("1", of: "local"))
        let batch = try #require(try first.batch())
        try first.flush(batch)
        #expect(try first.states("local", "1") == ["a"])
        var second = try Bench(catalog, store: first.store)
        let calls = try second.recoverCalls()
        #expect(calls == first.calls)
        try second.settle()
        #expect(try second.states("local", "1") == ["z"])
        second.machine.answer(try #require(calls.first).id, .succeeded(.map(ValueMap())))
        try second.settle()
        #expect(try second.states("w", "1") == ["c"])
    }
}
