import Access
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
    @Flag(help: "With access control; the token that starts and looks stands in the line as well.")
    var controlled = false
    @OptionGroup var scratch: Scratch

    func run() async throws {
        let world = try World(scratch: scratch.scratch, isTold: told)
        let logger = Logger(label: "bench")
        let spans = SpanQueue()
        let telemetry = told ? telemetry(spans) : nil
        let (access, token) = controlled ? try await control(world.engine) : (nil, nil)
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
            telemetry: telemetry, access: access
        ) { port in
            var line: ValueMap = ["port": .int(Int64(port)), "pid": .int(Int64(getpid()))]
            line.set("token", token.map(Value.string))
            report(line)
        }
        var quiet = logger
        quiet.logLevel = .critical
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        ).run()
        await world.stop()
    }

    /// One token among a thousand, of a role that is declared.
    private func control(_ engine: Engine) async throws -> (AccessControl, token: String) {
        var text = AccessToken.Text.random()
        for _ in 0..<1_000 {
            text = AccessToken.Text.random()
            let now = engine.inspector.now
            try await engine.update(
                .issue(
                    AccessToken(
                        id: text.id, subject: "shop", roles: ["shop"], scope: .unbounded, note: "",
                        createdAt: now, createdBy: "bench", expiresAt: now + .seconds(86_400),
                        digest: text.digest)))
        }
        let shop = Policy.Role(grants: [
            Policy.Grant([.read, .start, .send], workflows: ["null-order", "waiting"])
        ])
        return (
            AccessControl(
                policy: Policy(declaring: ["shop": shop]),
                authenticators: [try TokenBook(engine.store) { engine.inspector.now }]),
            text.text
        )
    }

    private func telemetry(_ spans: SpanQueue) -> Telemetry {
        Telemetry(
            MetricRegistry(Telemetry.declarations), version: "0",
            tracer: Tracer(now: WallClock.wallTime, sink: { spans.add($0) }))
    }
}
