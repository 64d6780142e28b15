import Execution
import Testing

@testable import Engine

/// Steps that fail, with the rows that a store holds of them.
@Suite("Stops")
struct StopTests {
    private static let flow = Flows.flow(
        """
        context: {m: {type: object, default: {}}, n: {default: 0}}
        events: {first: {}, second: {}, pay: {}}
        initial: a
        states:
          a:
            on:
              first: {actions: {assign: {n: '${context.m.one}'}}}
              second: {actions: {assign: {n: '${context.m.two}'}}}
              pay: b
          b:
            on: {second: {actions: {assign: {n: '${context.m.two}'}}}}
            invoke: {task: bank.charge, input: {amount: 1}, onDone: c}
          c: {}
        """)
    private static let name = InstanceName(workflow: "w", key: "1")

    private static func operate(_ action: OperatorAction) -> Request {
        .operate(
            name, .operate(action, reason: "test", actor: Actor(role: "admin", subject: "ana")),
            isDry: false)
    }

    private func incidents(_ bench: Bench) throws -> [Int64] {
        try bench.store.incidents(cause: nil, after: 0, count: 10).map(\.incident.number)
    }

    @Test func whatFailsNextForAnotherReasonIsAnotherIncident() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("first", to: "1", id: "e1"))
        _ = try bench.ask(.event("second", to: "1", id: "e2"))
        #expect(try incidents(bench) == [1])
        _ = try bench.ask(Self.operate(.assign(["m": ["one": 5]])))
        let reply = try bench.ask(Self.operate(.retry(incident: nil)))
        #expect(reply?.receipt?.outcome == .held, "\(String(describing: reply))")
        #expect(try incidents(bench) == [2])
        let run = try #require(try bench.run("w", "1"))
        #expect(run.snapshot.data["n"] == 5, "the first was taken")
        #expect(run.held.count == 1)
        _ = try bench.ask(Self.operate(.assign(["m": ["one": 5, "two": 6]])))
        #expect(try bench.ask(Self.operate(.retry(incident: nil)))?.receipt == Receipt(.applied))
        #expect(try incidents(bench).isEmpty)
    }

    @Test func aCallThatWaitsForItsTurnIsTakenBackUntilTheStepIsTaken() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("pay", to: "1", id: "e1"))
        _ = try bench.ask(.event("second", to: "1", id: "e2"))
        let withdrawn = bench.released.compactMap { effect -> (CallID, Int64)? in
            if case .withdraw(let id, let recall) = effect { (id, recall) } else { nil }
        }
        let (id, recall) = try #require(withdrawn.first)
        bench.machine.answer(id, .withdrawn(recall: recall))
        try bench.settle()
        #expect(try bench.store.calls(after: nil, count: 10).isEmpty)
        _ = try bench.ask(Self.operate(.assign(["m": ["two": 6]])))
        _ = try bench.ask(Self.operate(.retry(incident: nil)))
        #expect(try bench.store.calls(after: nil, count: 10).map(\.attempt) == [1])
    }

    @Test func aCancelWhoseStepFailsChangesNothingAndSaysSo() throws {
        let flow = Flows.flow(
            """
            context: {m: {type: object, default: {}}, n: {default: 0}}
            initial: a
            states: {a: {exit: {assign: {n: '${context.m.x}'}}, after: {1h: b}}, b: {}}
            """)
        var bench = try Bench(try Catalog([flow]))
        _ = try bench.ask(.start("1"))
        let cancel = Request.operate(
            Self.name, .cancel(reason: "no", actor: Actor(role: "admin", subject: "ana")),
            isDry: false)
        #expect(try bench.ask(cancel)?.problem?.code == .stepFailed)
        let run = try #require(try bench.run("w", "1"))
        #expect(run.held.isEmpty && run.incidents.isEmpty && run.status == .running)
    }
}
