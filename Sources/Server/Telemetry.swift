import CoreMetrics
import Engine
import Execution
import OpenMetrics
import Synchronization
import Traces
import Values

/// What `/metrics` shows: what was counted since the process began, and how things stand now.
package struct Telemetry: Sendable {
    private let registry: MetricRegistry
    private let version: String
    private let tallies = Tallies()
    /// Records requests.
    let tracer: Tracer

    /// - Parameter registry: the one that the engine, its calls and the server count in.
    package init(_ registry: MetricRegistry, version: String, tracer: Tracer = .none) {
        self.registry = registry
        self.version = version
        self.tracer = tracer
    }

    func families(_ engine: Engine, _ tls: TLSKeeper.Standing? = nil) -> [MetricFamily] {
        let standing: [MetricFamily] =
            StandingMetrics.families(of: engine, version: version)
            + StandingMetrics.families(of: tallies.tally(of: engine))
            + ProcessMetrics.families() + StandingMetrics.families(of: tls)
        return (registry.families + standing)
            .filter { !$0.samples.isEmpty }
            .sorted { $0.declaration.name < $1.declaration.name }
    }

    /// A request was answered.
    /// - Parameter route: the path with names in braces; `page` for one of the console, empty: there is no such thing.
    func noteRequest(method: String, route: String, status: Int, taking time: Duration) {
        // What a client makes up is no label.
        let method = ["GET", "PUT", "POST", "HEAD"].contains(method) ? method : "other"
        Counter(
            label: Self.requests.name,
            dimensions: [("method", method), ("route", route), ("status", "\(status)")],
            factory: registry
        ).increment()
        Timer(label: Self.time.name, dimensions: [("route", route)], factory: registry)
            .record(time)
    }

    /// Somebody has exceeded a limit.
    func note(_ excess: Overrun) {
        Counter(
            label: Self.overruns.name, dimensions: [("limit", excess.rawValue)], factory: registry
        ).increment()
    }

    /// Of what the server counts, and of what it looks up when it is asked.
    package static let declarations =
        [requests, time, overruns] + StandingMetrics.declarations + ProcessMetrics.declarations

    private static let requests = MetricDeclaration(
        "pawl_http_requests", .counter, labels: ["method", "route", "status"],
        "Requests that were answered.")
    private static let overruns = MetricDeclaration(
        "pawl_limits_exceeded", .counter, labels: ["limit"],
        "Requests and connections that were refused because of a limit of the server's.")
    private static let time = MetricDeclaration(
        "pawl_http_request_seconds",
        .histogram(bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 60]),
        labels: ["route"],
        "From a request to its answer; one with `wait` takes as long as it was told to.")
}

/// What instances there are takes the store a moment to count, which nobody may have it do all the time.
private final class Tallies: Sendable {
    private static let age = Duration.seconds(5)

    private let last = Mutex<(at: ContinuousClock.Instant, tally: InstanceTally)?>(nil)

    /// nil: the store cannot say.
    func tally(of engine: Engine) -> InstanceTally? {
        last.withLock { last in
            if let last, last.at + Self.age > .now { return last.tally }
            guard let tally = try? engine.store.tally(now: engine.clock.now()) else { return nil }
            last = (.now, tally)
            return tally
        }
    }
}
