import ArgumentParser
import Assembly
import Foundation
import Logging
import Values

struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Run the services around the engine, as fakes, and a mail server by themselves.",
        discussion: """
            What a service asks for is what its adapter's manifest sends: a token that stands in the environment under \
            the manifest's name is wanted, without one any is taken.
            """)

    @Option(help: "The HTTP port; 0 takes a free one.")
    var httpPort = 8088

    @Option(help: "The SMTP port; 0 takes a free one.")
    var smtpPort = 8025

    @Option(help: "Where the services' own files are.")
    var data = "./sandbox-data"

    @Option(help: "The folder of adapters, whose settings lead here.")
    var adapters = "./adapters"

    @Option(help: "Where events go; else PAWL_URL.")
    var pawlURL: String?

    @Option(help: "How much faster than the wall the sandbox's time runs.")
    var timeScale = 1.0

    @OptionGroup var log: LogOptions

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        var plan = SandboxPlan(httpPort: httpPort, smtpPort: smtpPort, data: data)
        plan.timeScale = timeScale
        plan.recorded = try Wiring.recordedServices(below: adapters)
        let stage = SandboxStage(
            plan, remotes: Wiring.business.remotes,
            manifests: try Project.adapters(in: adapters), credential: { environment[$0] })
        try await Wiring.sandbox(
            stage, pawlURL: pawlURL ?? environment["PAWL_URL"], log: log.plan)
    }
}
