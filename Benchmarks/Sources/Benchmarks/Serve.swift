import ArgumentParser
import Engine
import Foundation
import Logging
import OpenMetrics
import Server
import ServiceLifecycle
import Traces
import Values

/// The real server on a port of its own, until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves the workloads over HTTP; prints its port.")

    @Flag(help: "Count and trace what goes on; spans are written as a collector takes them.")
    var told = false
    @OptionGroup var scratch: Scratch

    func run() async throws {
        let world = try World(scratch: scratch.scratch, isTold: told)
        let logger = Logger(label: "bench")
        let spans = SpanQueue()
        let telemetry = told ? telemetry(spans) : nil
        let writing = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                _ = JSON.encode(
                    TraceDocument.make(
                        spans.take(.max), service: "bench", version: "0", instance: "0"))
            }
        }
        defer { writing.cancel() }
        let server = makeServer(
            engine: world.engine, configuration: ServerConfiguration(port: 0), logger: logger,
            telemetry: telemetry
        ) { port in
            report(["port": .int(Int64(port)), "pid": .int(Int64(getpid()))])
        }
        var quiet = logger
        quiet.logLevel = .critical
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        ).run()
        await world.stop()
    }

    private func telemetry(_ spans: SpanQueue) -> Telemetry {
        Telemetry(
            MetricRegistry(Telemetry.declarations), version: "0",
            tracer: Tracer(now: WallClock.wallTime, sink: { spans.add($0) }))
    }
}
