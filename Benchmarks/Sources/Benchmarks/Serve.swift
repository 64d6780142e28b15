import ArgumentParser
import Engine
import Foundation
import Logging
import Server
import ServiceLifecycle

/// The real server on a port of its own, until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves the workloads over HTTP; prints its port.")

    @OptionGroup var scratch: Scratch

    func run() async throws {
        let world = try World(scratch: scratch.scratch)
        let logger = Logger(label: "bench")
        let server = makeServer(
            engine: world.engine, configuration: ServerConfiguration(port: 0), logger: logger
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
}
