import CEL
import Engine
import Execution
import Testing

/// One instance that misbehaves must not hold up the others.
@Suite struct PoisonTests {
    private static let overwriting = """
        workflow: w
        version: 1
        initial: a
        states:
          a:
            invoke:
              task: shop.overwrite
              retry: {maximumAttempts: 3, initialInterval: 1s, jitter: false}
              onDone: b
          b: {type: final}
        """

    private static let goingBack = """
        workflow: w
        version: 1
        context: {rounds: {type: integer, default: 0}}
        initial: a
        states:
          a:
            after:
              '${timestamp("2020-01-01T00:00:00Z")}':
                - {guard: context.rounds < 3, target: a, reenter: true, actions: {assign: {rounds: '${context.rounds + 1}'}}}
                - {target: b}
          b: {type: final}
        """

    @Test func anOperationThatOverwritesWhatItDidNotReadIsGivenUpInPlace() throws {
        var bench = try Bench(try Catalog([Self.overwriting]))
        _ = try bench.ask(.start("1"))
        #expect(try bench.states("w", "1") == ["b"])
        _ = try bench.ask(.start("2"))
        for _ in 0..<3 {
            bench.now = bench.now + .seconds(10)
            try bench.settle()
        }
        let run = try #require(try bench.run("w", "2"))
        #expect(run.incidents.map(\.error.name) == ["conflict"])
        #expect(run.activations.first?.attempts == 3)
        let records = try bench.store.records(RecordQuery(collection: "counters", selection: .all))
        #expect(records.records.map(\.revision) == [1])
    }

    @Test func aTimerThatIsSetAgainWithItsPastDueTimeFiresAgain() throws {
        var bench = try Bench(try Catalog([Self.goingBack]))
        _ = try bench.ask(.start("1"))
        for _ in 0..<5 { try bench.settle() }
        #expect(try bench.states("w", "1") == ["b"])
    }
}
