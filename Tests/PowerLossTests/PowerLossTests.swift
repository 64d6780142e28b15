import Foundation
import SQLiteStore
import Testbed
import Testing

/// The power fails a few times; `make powerloss SEED= IMAGES=` takes many, in release.
@Suite struct PowerLossTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let firstSeed = environment["SEED"].flatMap(UInt64.init) ?? 1
    private static let images = environment["IMAGES"].flatMap(Int.init) ?? 200

    private let runs: SeededRuns

    init() throws { runs = try SeededRuns() }

    @Test func nothingAcknowledgedIsLostWithThePower() throws {
        let outcome = try runs.loseThePower(from: Self.firstSeed, images: Self.images)
        print(outcome.summary)
        for failure in outcome.failures { Issue.record("\(failure)") }
    }

    @Test(arguments: [Durability.Flushing.normal, .off])
    func aMissingFlushIsFound(_ flushing: Durability.Flushing) throws {
        // What a life loses shows only in lives whose checkpoints lie badly: no single seed is sure to.
        let isFound = try (Self.firstSeed..<Self.firstSeed + 20).contains { seed in
            try runs.loseThePower(seed: seed, images: 60, flushing: flushing).violations
                .contains { $0.contains("is lost") || $0.contains("are lost") }
        }
        #expect(isFound, "synchronous=\(flushing) was not noticed")
    }

    @Test func anAcknowledgementBeforeTheFlushIsFound() throws {
        let isFound = try (Self.firstSeed..<Self.firstSeed + 20).contains { seed in
            try runs.loseThePower(seed: seed, images: 60, isHasty: true).violations
                .contains { $0.contains(": an acknowledged") || $0.contains(": a call has left") }
        }
        #expect(isFound)
    }
}
