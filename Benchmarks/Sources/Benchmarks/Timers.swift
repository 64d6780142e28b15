import ArgumentParser
import Definition
import Engine
import Execution
import SQLiteStore
import Values

/// W3: instances asleep, some of which wake at an even rate.
///
/// Lateness is read from the database afterwards: the moment of an instance's end against the due time of its
/// input, so that no watcher of a hundred thousand streams takes part.
struct Timers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "W3: sleepers: how fast they start, how late they wake, what they weigh.")

    @Option(help: "Instances asleep, those that wake included.")
    var count = 20_000
    @Option(help: "Instances that wake within the run.")
    var waking = 10_000
    @Option(help: "How many are due a second.")
    var rate = 1_000
    @Option(help: "Starts under way at once.")
    var clients = 256
    @OptionGroup var scratch: Scratch

    func run() async throws {
        let world = try World(scratch: scratch.scratch)
        let clock = world.engine.clock
        let tomorrow = clock.now() + .seconds(86_400)
        let sleepers = max(count - waking, 0)
        let started = try await begin(world, "s", sleepers) { _ in tomorrow }
        // The watched ones are started in time: at the rate that was just seen, and a little more.
        let headStart = Double(waking) / max(started.perSecond, 500) * 2 + 2
        let opening = clock.now() + .seconds(headStart)
        let rate = rate
        _ = try await begin(world, "w", waking) { opening + .seconds(Double($0) / Double(rate)) }
        let (rss, cpu) = (Process.residentMegabytes(), Process.cpuSeconds())
        let end = opening + .seconds(Double(waking) / Double(rate) + 2)
        try await Task.sleep(for: end - clock.now())
        let spent = Process.cpuSeconds() - cpu
        let lateness = try read(world.engine.store)
        await world.stop()
        report([
            "workload": "W3", "clients": .int(Int64(count)),
            "perSecond": .double(started.perSecond),
            "woken": .int(Int64(lateness.late.count)), "early": .int(Int64(lateness.early)),
            "p50ms": .double(lateness.late.milliseconds(atPercent: 50)),
            "p99ms": .double(lateness.late.milliseconds(atPercent: 99)),
            "cpuMs": .double(spent * 1_000 / Double(max(waking, 1))), "rssMB": .double(rss),
        ])
    }

    private func begin(
        _ world: World, _ prefix: String, _ count: Int,
        _ due: @escaping @Sendable (Int) -> Timestamp
    ) async throws -> Measurement {
        let engine = world.engine
        let (start, cpu) = (Monotonic.now(), Process.cpuSeconds())
        let latencies = try await each(count, clients: clients) { number in
            _ = try await engine.start(
                StartCommand(
                    name: InstanceName(workflow: "sleeping", key: "\(prefix)-\(number)"),
                    input: ["due": .string(due(number).rfc3339)]))
        }
        return Measurement(
            latencies: latencies, seconds: Double(Monotonic.now() - start) / 1e9,
            cpuSeconds: Process.cpuSeconds() - cpu)
    }

    /// Nanoseconds between the due time and the moment of waking, of all that woke.
    private func read(_ store: any Store) throws -> (late: [UInt64], early: Int) {
        var (late, early) = ([UInt64](), 0)
        for number in 0..<waking {
            let name = InstanceName(workflow: "sleeping", key: "w-\(number)")
            guard let row = try store.instance(named: name), let end = row.summary.endedAt,
                let body = try? JSON.parse(row.body), let text = body["input"]?["due"]?.stringValue,
                let due = Timestamp(rfc3339: text)
            else { continue }
            if end < due { early += 1 }
            late.append(UInt64(max(0, (end - due) / .nanoseconds(1))))
        }
        return (late.sorted(), early)
    }
}
