import Execution
import Testbed
import Testing
import Values

@testable import Engine

/// Calls belong to the request that they follow from.
@Suite struct TraceTests {
    private static let flow = Flows.flow(
        """
        initial: a
        states:
          a:
            after: {1h: b}
            invoke: {task: bank.charge, input: {amount: 1}, retry: {maximumAttempts: 3, initialInterval: 1s, jitter: false}, onDone: c}
          b: {invoke: {task: bank.charge, input: {amount: 2}, onDone: c}}
          c: {}
        """)
    private static let context = TraceContext(high: 1, low: 2, span: 3)

    private func started(_ bench: inout Bench, _ trace: TraceContext?) throws {
        _ = bench.machine.submit(RequestID(900), .start("1"), trace: trace)
        try bench.settle()
    }

    private func refuse(_ bench: inout Bench) throws {
        let call = try #require(bench.calls.last)
        bench.machine.answer(
            call.id, .failed(CallError(name: "down", message: "no", isRetryable: true)))
        try bench.settle()
    }

    @Test func aCallAndWhatIsTriedAgainOfItBelongToTheRequest() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        try started(&bench, Self.context)
        #expect(bench.calls.map(\.trace.value) == [Self.context])
        #expect(
            try bench.store.calls(after: nil, count: 9).map(\.trace.value) == [Self.context],
            "another process sends it as a part of the same trace")
        try refuse(&bench)
        bench.now = bench.now + .seconds(2)
        try bench.settle()
        #expect(bench.calls.map(\.attempt) == [1, 2])
        #expect(bench.calls.map(\.trace.value) == [Self.context, Self.context])
    }

    @Test func whatATimerCausesLongAfterIsNoPartOfIt() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        try started(&bench, Self.context)
        bench.now = bench.now + .seconds(3_600)
        try bench.settle()
        #expect(bench.calls.count == 2)
        #expect(bench.calls.map(\.trace.value) == [Self.context, nil])
    }

    @Test func whatIsDecidedAgainKeepsIt() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        _ = bench.machine.submit(RequestID(900), .start("1"), trace: Self.context)
        _ = try bench.batch()
        _ = bench.machine.failed(refusing: nil)
        try bench.settle()
        #expect(bench.calls.map(\.trace.value) == [Self.context])
    }

    @Test func whoAsksForNoTraceHasNone() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        try started(&bench, nil)
        #expect(bench.calls.map(\.trace.value) == [nil])
        let text = String(
            decoding: try #require(bench.calls.first).encodedJSON, as: UTF8.self)
        #expect(!text.contains("trace"))
    }
}
