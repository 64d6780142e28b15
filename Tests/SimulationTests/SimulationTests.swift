import Foundation
import Testbed
import Testing

/// The real workflows under a few seeds; `make sim SEED= SEEDS=` takes many, in release.
@Suite struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let firstSeed = environment["SEED"].flatMap(UInt64.init) ?? 1
    private static let step = environment["STEP"].flatMap(UInt64.init) ?? 1
    private static let seeds = environment["SEEDS"].flatMap(Int.init) ?? 100

    private let runs: SeededRuns

    init() throws { runs = try SeededRuns() }

    @Test func everySeedKeepsTheInvariantsAndEveryFaultFires() throws {
        let outcome = try runs.simulate(
            from: Self.firstSeed, count: Self.seeds, step: Self.step, isWhole: Self.seeds == 1)
        print(outcome.summary)
        for failure in outcome.failures { Issue.record("\(failure)") }
    }

    @Test func theSameSeedGivesTheSameTrace() throws {
        let first = try runs.simulate(seed: Self.firstSeed)
        let second = try runs.simulate(seed: Self.firstSeed)
        #expect(first.trace == second.trace)
        #expect(!first.trace.isEmpty)
    }
}
