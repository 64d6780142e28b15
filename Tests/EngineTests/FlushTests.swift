import Execution
import MemoryStore
import Testbed
import Testing
import Values

@testable import Engine

/// How often the disk is waited for: what speed is made of, counted instead of timed.
@Suite struct FlushTests {
    private static let names = ["a", "b", "c", "d", "e"]

    private static func chain(_ task: String) -> String {
        let next = names.dropFirst() + ["z"]
        let states = zip(names, next).map { name, next in
            "  \(name): {invoke: {task: \(task), onDone: \(next)}}"
        }
        return Flows.flow(
            """
            initial: a
            states:
            \(states.joined(separator: "\n"))
              z: {type: final}
            """)
    }

    /// Answers every call that has left, and flushes, until none is left.
    /// - Returns: the flushes.
    private func answerAll(_ bench: inout Bench) throws -> Int {
        var (flushes, answered) = (try bench.settle(), 0)
        while answered < bench.calls.count {
            let calls = bench.calls[answered...]
            answered = bench.calls.count
            for call in calls { bench.machine.answer(call.id, .succeeded([:])) }
            flushes += try bench.settle()
        }
        return flushes
    }

    @Test func eachStepOutsideCostsOneFlush() throws {
        var bench = try Bench(try Catalog([Self.chain("bank.charge")]))
        bench.submit(.start("1"))
        #expect(try answerAll(&bench) == 6)
        #expect(try bench.states("w", "1") == ["z"])
    }

    @Test func stepsOfTheProcessShareOneFlush() throws {
        var bench = try Bench(try Catalog([Self.chain("shop.count")]))
        bench.submit(.start("1"))
        #expect(try answerAll(&bench) == 1)
        #expect(try bench.states("w", "1") == ["z"])
    }

    /// One instance row however long the chain is, no timer or call of a step that is over, and the whole history.
    @Test func aChainOfTheProcessIsOneCommit() throws {
        var bench = try Bench(try Catalog([Self.chain("shop.count")]))
        bench.submit(.start("1"))
        let sealed = try bench.batch()
        let batch = try #require(sealed)
        let commit = try #require(batch.commits.first)
        #expect(batch.commits.count == 1)
        #expect(commit.instance?.revision == 1)
        #expect(commit.timersSet.isEmpty && commit.callsSet.isEmpty)
        #expect(commit.history.map(\.sequence) == Array(1...Int64(commit.history.count)))
        #expect(commit.records.map(\.expectedRevision) == [0, 1, 2, 3, 4])
        try bench.flush(batch)
        #expect(try bench.run("w", "1")?.status == .completed)
    }

    @Test func instancesShareTheirFlushes() throws {
        var bench = try Bench(try Catalog([Self.chain("bank.charge")]))
        for number in 1...200 { bench.submit(.start("\(number)")) }
        #expect(try answerAll(&bench) == 6)
        #expect(bench.calls.count == 1_000)
    }

    /// Deciding and writing go on side by side only when an idle writer gets what is decided so far.
    @Test func aShareOfTheWorkIsDecidedAndTheRestWaits() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        for number in 1...5 { bench.submit(.start("\(number)")) }
        try bench.machine.advance(now: bench.now, share: 2)
        let sealed = bench.machine.seal()
        let first = try #require(sealed)
        #expect(first.commits.count == 2)
        #expect(bench.machine.canAdvance)
        try bench.machine.advance(now: bench.now, share: 10)
        #expect(!bench.machine.canAdvance)
        try bench.flush(first)
        let rest = bench.machine.seal()
        #expect(rest?.commits.count == 3)
    }

    @Test func aBacklogOfTimersIsPacedAlsoWhenSharesAreSmall() throws {
        let limits = EngineMachine.Limits(timers: 4)
        var bench = try Bench(try Catalog([Flows.sleeping]), limits: limits)
        for number in 1...20 { bench.submit(.start("\(number)", ["wait": "10s"])) }
        try bench.settle()
        bench.now = bench.now + .seconds(60)
        for _ in 0..<3 {
            try bench.machine.advance(now: bench.now, share: 1)
            #expect(bench.machine.queueLength <= 4)
        }
        try bench.settle()
        for number in 1...20 { #expect(try bench.states("w", "\(number)") == ["z"]) }
    }
}
