import CoreMetrics
import Execution
import OpenMetrics

/// What the engine counts and measures as it works.
package struct EngineMetrics: Sendable {
    private let commits: Counter
    private let conflicts: Counter
    private let storeFailures: Counter
    private let flush: Timer
    private let batch: Recorder
    private let lateness: Timer
    private let factory: any MetricsFactory

    package init(_ factory: any MetricsFactory) {
        self.factory = factory
        commits = Counter(label: Self.commits.name, factory: factory)
        conflicts = Counter(label: Self.conflicts.name, factory: factory)
        storeFailures = Counter(label: Self.storeFailures.name, factory: factory)
        flush = Timer(label: Self.flush.name, factory: factory)
        batch = Recorder(label: Self.batch.name, factory: factory)
        lateness = Timer(label: Self.lateness.name, factory: factory)
    }

    func noteFlush(of commits: Int, taking time: Duration) {
        self.commits.increment(by: commits)
        batch.record(commits)
        flush.record(time)
    }

    /// - Parameter late: zero: there was no timer.
    func noteTimers(late: Duration) {
        if late > .zero { lateness.record(late) }
    }

    func noteConflict() { conflicts.increment() }
    func noteStoreFailure() { storeFailures.increment() }

    func note(_ happenings: [Happening]) {
        for happening in happenings {
            switch happening {
            case .callFailed: break
            case .incidentOpened(let name, let incident):
                count(
                    Self.incidentsOpened, [name.workflow, incident.kind.rawValue, incident.cause])
            case .incidentClosed(let name, let incident):
                count(
                    Self.incidentsClosed, [name.workflow, incident.kind.rawValue, incident.cause])
            case .occurrencesMissed(let workflow, let count, let outcome, _):
                self.count(Self.occurrencesMissed, [workflow, outcome], by: count)
            }
        }
    }

    private func count(_ declaration: MetricDeclaration, _ labels: [String], by count: Int = 1) {
        Counter(
            label: declaration.name, dimensions: Array(zip(declaration.labels, labels)),
            factory: factory
        ).increment(by: count)
    }
}

extension EngineMetrics {
    package static let declarations = [
        commits, flush, batch, lateness, conflicts, storeFailures, incidentsOpened,
        incidentsClosed, occurrencesMissed,
    ]

    private static let commits = MetricDeclaration(
        "pawl_commits", .counter, "Decisions that were written.")
    private static let flush = MetricDeclaration(
        "pawl_flush_seconds",
        .histogram(bounds: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5]),
        "How long it took to write a batch of commits and flush it.")
    private static let batch = MetricDeclaration(
        "pawl_batch_commits", .histogram(bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256]),
        "How many commits shared a flush.")
    private static let lateness = MetricDeclaration(
        "pawl_timer_lateness_seconds",
        .histogram(bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300]),
        "How late the latest timer of a batch was decided; batches without a timer are left out.")
    private static let conflicts = MetricDeclaration(
        "pawl_conflicts", .counter,
        "Batches that were decided again, because a record had changed meanwhile.")
    private static let storeFailures = MetricDeclaration(
        "pawl_store_failures", .counter,
        "Batches that the store could not take; they are tried again.")
    private static let incidentsOpened = MetricDeclaration(
        "pawl_incidents_opened", .counter, labels: ["workflow", "kind", "cause"],
        "Incidents opened since the process began.")
    private static let incidentsClosed = MetricDeclaration(
        "pawl_incidents_closed", .counter, labels: ["workflow", "kind", "cause"],
        "Incidents closed since the process began.")
    private static let occurrencesMissed = MetricDeclaration(
        "pawl_occurrences_missed", .counter, labels: ["workflow", "outcome"],
        "Occurrences of schedules that should have started something and did not: too late, too many waiting, or refused."
    )
}
