import ArgumentParser
import Definition
import Engine
import Execution
import Values

/// W5: instances that wait, one event each, in process.
struct Events: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "W5: waiting instances, one event each.")

    @Option var clients = 32
    @Option(help: "Instances.")
    var count = 50_000
    @OptionGroup var scratch: Scratch

    func run() async throws {
        let world = try World(scratch: scratch.scratch)
        let engine = world.engine
        _ = try await each(count, clients: clients) { number in
            _ = try await engine.start(
                StartCommand(name: Self.name(number), input: .map(ValueMap())))
        }
        let (start, cpu) = (Monotonic.now(), Process.cpuSeconds())
        let latencies = try await each(count, clients: clients) { number in
            let event = InboundEvent(
                id: "e-\(number)", name: "paid", data: ["amount": 129_900], sender: .system)
            let deliveries = try await engine.send(
                EventCommand(address: .instance(Self.name(number)), event: event))
            guard deliveries.first?.receipt.outcome == .applied else {
                throw BenchError("event \(number) did not apply")
            }
        }
        let measurement = Measurement(
            latencies: latencies, seconds: Double(Monotonic.now() - start) / 1e9,
            cpuSeconds: Process.cpuSeconds() - cpu)
        report(measurement.members("W5", clients: clients))
        await world.stop()
    }

    private static func name(_ number: Int) -> InstanceName {
        InstanceName(workflow: "waiting", key: "w-\(number)")
    }
}
