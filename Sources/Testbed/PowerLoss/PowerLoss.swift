import Definition
import Engine
import Execution
import SQLiteStore

/// A seeded life of the marketplace on a recording disk, and what is left of it when the power fails.
///
/// Theory of operation. The simulator runs the real engine on the real `SQLiteStore` over a `SimulatedDisk`;
/// checkpoints come every few commits, the process is killed and started again in between. Then the record is
/// read from its beginning up to a random operation; what was not synced by then is kept, lost or torn by the
/// seed; and the store opens what is left. Each image is judged by SQL against what had left the process by
/// that operation. A logical state that was not seen before is compared row by row with its runs. On some images
/// the power fails once more while the store opens, and on some the whole world goes on to its end.
package struct PowerLoss {
    static let directory = "pawl-data"

    package let seed: UInt64
    private let catalog: Catalog
    private let manifests: [AdapterManifest]
    private let records: [RecordWrite]
    private let durability: Durability
    private let isHasty: Bool

    /// - Parameters:
    ///   - flushing: less than `full` is a deliberate bug.
    ///   - isHasty: a deliberate bug: what should wait for the flush does not.
    package init(
        seed: UInt64, catalog: Catalog, manifests: [AdapterManifest], records: [RecordWrite],
        flushing: Durability.Flushing = .full, isHasty: Bool = false
    ) {
        self.seed = seed
        self.catalog = catalog
        self.manifests = manifests
        self.records = records
        var random = SeededRandom(seed: seed)
        durability = Durability(flushing, checkpointFrames: random.pick([5, 20, 80, 300]) ?? 20)
        self.isHasty = isHasty
    }

    /// - Parameter images: how often the power fails.
    package func run(images: Int) throws(StoreError) -> PowerLossReport {
        let host = try RecordingHost(seed: seed, durability: durability, isHasty: isHasty)
        var simulation = try Simulation(
            seed: seed, catalog: catalog, manifests: manifests, records: records, host: host,
            scenario: MarketScenario.steps)
        var report = PowerLossReport()
        report.violations = try simulation.run().violations
        host.noteState()
        report.kills = host.kills
        let operations = host.disk.operations
        report.operations = operations.count
        var bench = Bench(
            host: host, simulation: simulation, judge: try ImageJudge(host, catalog: catalog),
            durability: durability)
        var random = SeededRandom(seed: seed ^ 0x1A6E)
        var platter = Platter()
        var taken = 0
        for cut in cuts(images, of: host, &random) {
            for operation in operations[taken..<cut] { platter.take(operation) }
            taken = cut
            try bench.examine(platter, at: cut, &random, &report)
            if report.violations.count >= 10 { break }
        }
        return report
    }

    /// In order. Where the world could go on from is chosen more often.
    private func cuts(
        _ count: Int, of host: RecordingHost, _ random: inout SeededRandom
    ) -> [Int] {
        let end = host.disk.position
        return (0..<count).map { _ in
            if random.chance(200), let snapshot = random.pick(host.snapshots) {
                return snapshot.first + random.below(snapshot.last - snapshot.first + 1)
            }
            return random.below(end + 1)
        }.sorted()
    }
}

package struct PowerLossReport: Sendable {
    package internal(set) var images = 0
    package internal(set) var torn = 0
    package internal(set) var withLosses = 0
    /// The power failed while the database file itself was written.
    package internal(set) var checkpointing = 0
    /// Images on which it failed again while the store opened.
    package internal(set) var again = 0
    /// Images from which the world went on to its end.
    package internal(set) var completed = 0
    package internal(set) var checked = 0
    package internal(set) var kills = 0
    package internal(set) var operations = 0
    package internal(set) var violations: [String] = []

    package init() {}

    package mutating func add(_ other: PowerLossReport) {
        images += other.images
        torn += other.torn
        withLosses += other.withLosses
        checkpointing += other.checkpointing
        again += other.again
        completed += other.completed
        checked += other.checked
        kills += other.kills
        operations += other.operations
        violations += other.violations
    }

    package var summary: String {
        """
        power loss: \(images) images (\(torn) torn, \(withLosses) with lost writes, \
        \(checkpointing) checkpointing, \(again) failed twice, \(completed) run to the end), \
        \(checked) acknowledged things checked, \(violations.count) violations; \
        \(operations) operations recorded, \(kills) kills
        """
    }
}

/// Where images are put to the test.
private struct Bench {
    let host: RecordingHost
    let simulation: Simulation
    let judge: ImageJudge
    let durability: Durability
    /// States that were compared row by row.
    private var known: Set<Int> = []

    init(
        host: RecordingHost, simulation: Simulation, judge: ImageJudge, durability: Durability
    ) {
        self.host = host
        self.simulation = simulation
        self.judge = judge
        self.durability = durability
    }

    mutating func examine(
        _ platter: Platter, at cut: Int, _ random: inout SeededRandom,
        _ report: inout PowerLossReport
    ) throws(StoreError) {
        let image = platter.image(&random)
        report.images += 1
        if image.torn > 0 { report.torn += 1 }
        if image.lost > 0 { report.withLosses += 1 }
        if platter.isWritingDatabase { report.checkpointing += 1 }
        let disk = SimulatedDisk(DiskContent(copying: image.content), seed: random.next())
        report.checked += note(disk, cut, "", &report)
        if random.chance(100) {
            report.again += 1
            var second = Platter(image.content)
            let opening = disk.operations
            for operation in opening.prefix(random.below(opening.count + 1)) {
                second.take(operation)
            }
            let twice = SimulatedDisk(second.image(&random).content, seed: random.next())
            _ = note(twice, cut, ", and again while the store opened", &report)
        }
        if random.chance(150), let snapshot = snapshot(at: cut) {
            report.completed += 1
            goOn(snapshot, SimulatedDisk(image.content, seed: random.next()), cut, &report)
        }
    }

    /// - Returns: how many acknowledged things were looked for.
    private mutating func note(
        _ disk: SimulatedDisk, _ cut: Int, _ circumstances: String, _ report: inout PowerLossReport
    ) -> Int {
        do throws(StoreError) {
            let verdict = try verdict(disk, cut)
            report.violations += verdict.violations.map {
                "power failed before operation \(cut)\(circumstances): \($0)"
            }
            return verdict.checked
        } catch {
            report.violations.append(
                "power failed before operation \(cut)\(circumstances): \(error)")
            return 0
        }
    }

    private mutating func verdict(
        _ disk: SimulatedDisk, _ cut: Int
    ) throws(StoreError) -> ImageJudge.Verdict {
        let store = try SQLiteStore.open(
            directory: PowerLoss.directory, mode: .readWrite, disk: disk, durability: durability)
        let damage = try store.check()
        var verdict = try judge.judge(disk, at: cut)
        verdict.violations += damage.map { "the database is damaged: \($0)" }
        if let state = verdict.state, known.insert(state).inserted {
            verdict.violations += try Checker(simulation: simulation, store: store)
                .inconsistencies()
        }
        return verdict
    }

    private func snapshot(at cut: Int) -> RecordingHost.Snapshot? {
        host.snapshots.first { ($0.first...$0.last).contains(cut) }
    }

    private func goOn(
        _ snapshot: RecordingHost.Snapshot, _ disk: SimulatedDisk, _ cut: Int,
        _ report: inout PowerLossReport
    ) {
        var world = snapshot.simulation
        let violations: [String]
        do throws(StoreError) {
            violations = try world.goOn(on: RestoredHost(disk, durability))
        } catch {
            violations = ["\(error)"]
        }
        report.violations += violations.map {
            "power failed before operation \(cut), then the world went on: \($0)"
        }
    }
}
