import Engine
import Execution
import OpenMetrics
import Values

/// How the engine stands now, for `/metrics`.
enum StandingMetrics {
    static func families(of engine: Engine, version: String) -> [MetricFamily] {
        let standing = engine.standing
        let conditions = engine.conditions()
        func each(
            _ declaration: MetricDeclaration, _ value: (AdapterCondition) -> Double
        ) -> MetricFamily {
            MetricFamily(declaration, conditions.map { .init([$0.adapter], value($0)) })
        }
        return [
            MetricFamily(build, [.init([version], 1)]),
            MetricFamily(queue, [.init([], Double(standing.waiting))]),
            MetricFamily(lag, [.init([], standing.late.inSeconds)]),
            MetricFamily(
                jump,
                engine.clock.standing.map { [.init([], $0.jump?.by.inSeconds ?? 0)] } ?? []),
            MetricFamily(database, standing.bytes.map { [.init([], Double($0))] } ?? []),
            MetricFamily(log, standing.logBytes.map { [.init([], Double($0))] } ?? []),
            MetricFamily(free, standing.freeBytes.map { [.init([], Double($0))] } ?? []),
            each(queued) { Double($0.queued) },
            each(running) { Double($0.running) },
            each(concurrency) { Double($0.concurrency) },
            each(held) { $0.isPaused ? 1 : 0 },
            each(unready) { $0.lack == nil ? 0 : 1 },
            MetricFamily(
                holds,
                (try? engine.inspector.moneyHolds()).map { [.init([], Double($0.list.count))] }
                    ?? []),
            MetricFamily(breaker, conditions.flatMap(\.breakerStates)),
        ]
    }

    static func families(of tally: InstanceTally?) -> [MetricFamily] {
        guard let tally else { return [] }
        let counts = tally.counts.sorted { $0.key < $1.key }
        return [
            MetricFamily(
                instances,
                counts.flatMap { workflow, count -> [MetricFamily.Sample] in
                    [
                        .init([workflow.text, "running"], Double(count.running)),
                        .init([workflow.text, "blocked"], Double(count.blocked)),
                        .init([workflow.text, "overdue"], Double(count.overdue)),
                    ]
                }),
            MetricFamily(
                stuck,
                counts.map { .init([$0.key.text], Double($0.value.blocked + $0.value.overdue)) }),
            MetricFamily(incidents, samples(of: tally.incidents)),
        ]
    }

    /// The most frequent causes by themselves, the others of a workflow as one.
    private static func samples(of incidents: [InstanceTally.Incidents]) -> [MetricFamily.Sample] {
        let ranked = incidents.sorted { ($0.count, $1.cause) > ($1.count, $0.cause) }
        let rest = ranked.dropFirst(MetricRegistry.maximumSeries)
            .reduce(into: [ExactText: Int]()) { $0[ExactText($1.workflow), default: 0] += $1.count }
        return ranked.prefix(MetricRegistry.maximumSeries).map {
            .init([$0.workflow, $0.cause], Double($0.count))
        }
            + rest.sorted { $0.key < $1.key }.map {
                .init([$0.key.text, MetricRegistry.other], Double($0.value))
            }
    }
}

extension StandingMetrics {
    static let declarations = [
        build, queue, lag, jump, database, log, free, queued, running, concurrency, held, unready,
        holds,
        breaker,
        instances, stuck, incidents, certificate,
    ]

    static func families(of tls: TLSKeeper.Standing?) -> [MetricFamily] {
        let moment = tls.map { Double($0.expires.seconds) }
        return [MetricFamily(certificate, moment.map { [.init([], $0)] } ?? [])]
    }

    private static let certificate = MetricDeclaration(
        "pawl_certificate_expiry_seconds", .gauge,
        "When the server's certificate ends, in seconds since 1970.")

    private static let build = MetricDeclaration(
        "pawl_build_info", .gauge, labels: ["version"], "Always 1; which version runs.")
    private static let queue = MetricDeclaration(
        "pawl_queue_length", .gauge,
        "Work that waited to be decided: the most in the last five to ten seconds.")
    private static let lag = MetricDeclaration(
        "pawl_timer_lag_seconds", .gauge,
        "How late timers were decided: the latest of the last five to ten seconds.")
    private static let jump = MetricDeclaration(
        "pawl_clock_jump_seconds", .gauge,
        "How far the wall clock has jumped without being followed yet; below zero: back.")
    private static let database = MetricDeclaration(
        "pawl_database_bytes", .gauge, "The database with its write-ahead log.")
    private static let log = MetricDeclaration(
        "pawl_wal_bytes", .gauge, "The write-ahead log beside the database.")
    private static let free = MetricDeclaration(
        "pawl_disk_free_bytes", .gauge, "Room that is left where the database is.")
    private static let queued = MetricDeclaration(
        "pawl_adapter_queued", .gauge, labels: ["adapter"],
        "Calls that wait for their turn: the adapter's limits, its breaker, or a person who holds it."
    )
    private static let running = MetricDeclaration(
        "pawl_adapter_running", .gauge, labels: ["adapter"], "Calls that are on their way.")
    private static let concurrency = MetricDeclaration(
        "pawl_adapter_concurrency", .gauge, labels: ["adapter"],
        "How many calls may be on their way at once.")
    private static let held = MetricDeclaration(
        "pawl_adapter_paused", .gauge, labels: ["adapter"], "1: a person holds it.")
    private static let unready = MetricDeclaration(
        "pawl_adapter_unready", .gauge, labels: ["adapter"],
        "1: it lacks a setting, or may not reach its address, and no call of it leaves.")
    private static let holds = MetricDeclaration(
        "pawl_money_holds", .gauge, "Holds of money that stand.")
    private static let breaker = MetricDeclaration(
        "pawl_adapter_breaker", .gauge, labels: ["adapter", "state"],
        "1 for the state that the breaker is in: closed, half_open, open.")
    private static let instances = MetricDeclaration(
        "pawl_instances", .gauge, labels: ["workflow", "status"],
        "Instances that run; that are blocked (they need a person); that are overdue and not blocked."
    )
    private static let stuck = MetricDeclaration(
        "pawl_stuck", .gauge, labels: ["workflow"], "Instances that are blocked or overdue.")
    private static let incidents = MetricDeclaration(
        "pawl_incidents_open", .gauge, labels: ["workflow", "cause"],
        "Open incidents, of the first 100,000; the causes beyond 500 are one, `other`.")
}

extension AdapterCondition {
    fileprivate var breakerStates: [MetricFamily.Sample] {
        let state = openSince != nil ? "open" : isHalfOpen ? "half_open" : "closed"
        return ["closed", "half_open", "open"].map {
            .init([adapter, $0], $0 == state ? 1 : 0)
        }
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
