import Definition
import Execution
import SQLiteStore
import Values

/// What the shipped workflows do under one seed after the other.
package struct SeededRuns: Sendable {
    private let catalog: Catalog
    /// Its expressions fail now and then, in every third seed: an order that is stopped meets fewer other faults.
    private let failingCatalog: Catalog
    private let manifests: [AdapterManifest]
    private let workers: [RecordWrite]

    package init() throws {
        let next = MarketScenario.migrated
        catalog = try Repository.catalog(next: next)
        failingCatalog = try Repository.catalog(
            failingUntil: Simulation.start.adding(.seconds(3 * 86_400)), next: next)
        manifests = try Repository.adapters()
        workers = try Repository.workers()
    }

    package func simulate(seed: UInt64) throws -> SimulationReport {
        var simulation = try Simulation(
            seed: seed, catalog: seed.isMultiple(of: 3) ? failingCatalog : catalog,
            manifests: manifests, records: workers,
            // In every fifth: where nothing leaves, fewer other faults are met.
            scenario: seed.isMultiple(of: 5) ? MarketScenario.stepsWithHolds : MarketScenario.steps
        )
        return try simulation.run()
    }

    package func loseThePower(
        seed: UInt64, images: Int, flushing: Durability.Flushing = .full, isHasty: Bool = false
    ) throws -> PowerLossReport {
        try PowerLoss(
            seed: seed, catalog: catalog, manifests: manifests, records: workers,
            flushing: flushing, isHasty: isHasty
        ).run(images: images)
    }

    // MARK: Many

    /// What many seeds came to: a line that says so, and what is wrong, the first seed's alone.
    package struct Outcome: Sendable {
        package let summary: String
        package let failures: [String]
    }

    /// - Parameter isWhole: shows the whole trace of what went wrong.
    package func simulate(
        from first: UInt64, count: Int, step: UInt64 = 1, isWhole: Bool = false
    ) throws -> Outcome {
        var counts = FaultCounts()
        var failures: [String] = []
        for offset in 0..<count where failures.isEmpty {
            let seed = first &+ UInt64(offset) &* step
            let report = try simulate(seed: seed)
            counts.add(report.counts)
            guard !report.violations.isEmpty else { continue }
            let trace = report.trace.suffix(isWhole ? .max : 60).joined(separator: "\n")
            failures.append(
                "seed \(seed): repeat with `make sim SEED=\(seed) SEEDS=1`\n"
                    + report.violations.joined(separator: "\n") + "\n" + trace)
        }
        if failures.isEmpty, count >= Self.enoughForEveryFault, !counts.missing.isEmpty {
            failures.append("these faults never fired: \(counts.missing)")
        }
        return Outcome(
            summary: "simulation: \(count) seeds from \(first); faults fired: \(counts.summary)",
            failures: failures)
    }

    private static let enoughForEveryFault = 50

    package func loseThePower(from first: UInt64, images: Int) throws -> Outcome {
        var total = PowerLossReport()
        var failures: [String] = []
        var seed = first
        while total.images < images, failures.isEmpty {
            let share = min(Self.imagesPerSeed, images - total.images)
            let report = try loseThePower(seed: seed, images: share)
            total.add(report)
            if !report.violations.isEmpty {
                failures.append(
                    "seed \(seed): repeat with `make powerloss SEED=\(seed) IMAGES=\(share)`\n"
                        + report.violations.joined(separator: "\n"))
            }
            seed &+= 1
        }
        if failures.isEmpty { failures += total.unmet(images: images) }
        return Outcome(summary: total.summary, failures: failures)
    }

    private static let imagesPerSeed = 250
}

extension PowerLossReport {
    /// What so many images must have met.
    fileprivate func unmet(images: Int) -> [String] {
        var met = [("nothing that was acknowledged was checked", checked > 0)]
        if images >= 1_000 {
            met += [
                ("no write was torn", torn > 0), ("nothing was lost", withLosses > 0),
                ("no checkpoint was under way", checkpointing > 0),
                ("no power failed again while it was opened", again > 0),
                ("no world went on to its end", completed > 0),
            ]
        }
        return met.filter { !$0.1 }.map(\.0)
    }
}
