import Adapters
import ArgumentParser
import Definition
import Engine
import Execution
import Values

/// W2: five steps, each a request over keep-alive by the product's own HTTP adapter.
struct AdapterOrder: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapter-order", abstract: "W2: steps are requests to `echo`.")

    @Option var port: Int
    @Option var clients = 1
    @OptionGroup var timing: Timing
    @OptionGroup var scratch: Scratch

    func run() async throws {
        let url = "http://127.0.0.1:\(port)"
        let rules = try AddressRules(allowedHosts: ["127.0.0.1"])
        guard let transport = CurlTransport(rules: rules) else {
            throw BenchError("libcurl cannot be used")
        }
        let world = try World(
            scratch: scratch.scratch,
            calls: { engine in
                AdapterDispatcher(
                    manifests: try Definitions.manifests(), rules: rules,
                    settings: SettingResolver(environment: { _ in url }, file: { _ in nil }),
                    transport: transport, storeTime: { engine.clock.now() + $0 }
                ) { engine.answer($0, $1) }
            })
        let measurement = try await closedLoop(clients: clients, timing) {
            try await world.complete("null-order", $0)
        }
        report(measurement.members("W2", clients: clients))
        await world.stop()
    }
}
