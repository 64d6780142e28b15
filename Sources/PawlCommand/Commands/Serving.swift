import Access
import ArgumentParser
import Execution
import Foundation
import Logging
import Pawl
import Server
import Values

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the engine and its API.",
        discussion: """
            Adapters find their remotes and secrets in the environment: BANK_URL, BANK_TOKEN, COOKIES_URL, IAM_URL, \
            IAM_TOKEN, SMTP_URL and whatever else their manifests name.
            """)

    @OptionGroup var options: ServingOptions

    @Option(help: "The folder of the database.")
    var data = "./pawl-data"

    @Option(help: "The folder of workflows.")
    var workflows = "./workflows"

    @Option(help: "The folder of adapters.")
    var adapters = "./adapters"

    @Option(help: "The address to listen on; a loopback address.")
    var host = "127.0.0.1"

    @Option(help: "Import these workers (CSV) when the file has changed.")
    var workers: String?

    @Option(help: "pawl.yaml: namespace, allowedHosts, params, zone, currency.")
    var config: String?

    func run() async throws {
        guard host.isLoopbackHost else {
            throw Failure(
                status: 64, "\(host) can be reached from other machines",
                fix: "listen on 127.0.0.1; access control comes with a later version")
        }
        var plan = options.plan(
            ServingPlan(data: data, workflows: workflows, adapters: adapters))
        plan.host = host
        plan.workers = workers
        plan.configuration = try PawlConfiguration.read(config, default: "./pawl.yaml")
        try await Wiring.serve(plan)
    }
}

struct Dev: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Run everything on this machine: engine, API, fake bank, cookies and mail, sample data."
    )

    @Argument(help: "The project's folder, with workflows and adapters.")
    var directory = "."

    @OptionGroup var options: ServingOptions

    @Option(help: "The folder of the database; by default pawl-data in the project.")
    var data: String?

    @Option(help: "Import these workers (CSV); by default samples/workers.csv in the project.")
    var workers: String?

    @Option(help: "The folder of the sandbox's files; by default sandbox-data in the project.")
    var sandboxData: String?

    @Option(help: "The sandbox's HTTP port.")
    var sandboxHTTPPort = 8088

    @Option(help: "The sandbox's SMTP port.")
    var sandboxSMTPPort = 8025

    func run() async throws {
        var plan = options.plan(
            ServingPlan(
                data: data ?? path("pawl-data"), workflows: path("workflows"),
                adapters: path("adapters")))
        plan.configuration = try PawlConfiguration.read(nil, default: path("pawl.yaml"))
        let samples = path("samples/workers.csv")
        plan.workers = workers ?? (FileManager.default.fileExists(atPath: samples) ? samples : nil)
        plan.sandbox = SandboxPlan(
            httpPort: sandboxHTTPPort, smtpPort: sandboxSMTPPort,
            data: sandboxData ?? path("sandbox-data"))
        try await Wiring.serve(plan)
    }

    private func path(_ name: String) -> String { "\(directory)/\(name)" }
}

struct ServingOptions: ParsableArguments {
    @Option(help: "The API's port; 0 takes a free one.")
    var port = 8087

    @Option(
        help: "How much faster than the wall the store's time runs: timers, retries, calendars.")
    var timeScale = 1.0

    @Option(help: "trace, debug, info, notice, warning, error or critical.", transform: level)
    var logLevel = Logger.Level.info

    @Option(help: "Write the API's address to this file once it answers.")
    var readyFile: String?

    @Option(
        name: .customLong("public"),
        help: ArgumentHelp(
            "Let strangers start what is declared `public`, at this [HOST:]PORT: POST /public/{workflow}.",
            valueName: "[host:]port"))
    var publicEntry: String?

    @Option(
        name: .customLong("public-proxy"),
        help: ArgumentHelp(
            "An address whose X-Forwarded-For is believed at the public entry; this machine's is.",
            valueName: "address"))
    var publicProxies: [String] = []

    func validate() throws {
        if let publicEntry, PublicPlan(listen: publicEntry) == nil {
            throw ValidationError(
                "--public is a port, or an address and a port like 0.0.0.0:8090 or [::]:8090")
        }
        guard publicEntry != nil || publicProxies.isEmpty else {
            throw ValidationError("--public-proxy says whom --public believes; add --public")
        }
        guard timeScale > 0, timeScale.isFinite, timeScale <= 1_000_000 else {
            throw ValidationError("--time-scale must be a positive number up to 1000000")
        }
        guard (0...65535).contains(port) else { throw ValidationError("--port is 0 to 65535") }
    }

    func plan(_ plan: ServingPlan) -> ServingPlan {
        var plan = plan
        plan.port = port
        plan.timeScale = timeScale
        plan.logLevel = logLevel
        plan.readyFile = readyFile
        plan.publicEntry = publicEntry.flatMap { PublicPlan(listen: $0) }
        plan.publicEntry?.proxies = Set<ExactText>(publicProxies)
        return plan
    }
}

/// A level of the log by its name.
private func level(_ name: String) throws -> Logger.Level {
    guard let level = Logger.Level(rawValue: name) else {
        throw ValidationError("there is no log level \(name)")
    }
    return level
}

struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Run the fake bank, cookie contractor and mail server by themselves.")

    @Option(help: "The HTTP port; 0 takes a free one.")
    var httpPort = 8088

    @Option(help: "The SMTP port; 0 takes a free one.")
    var smtpPort = 8025

    @Option(help: "Where the bank's and the contractor's own files are.")
    var data = "./sandbox-data"

    @Option(help: "Where events go; else PAWL_URL.")
    var pawlURL: String?

    @Option(help: "How much faster than the wall the sandbox's time runs.")
    var timeScale = 1.0

    @Option(help: "The token that the bank asks for; else BANK_TOKEN; else none.")
    var bankToken: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical.", transform: level)
    var logLevel = Logger.Level.info

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        var plan = SandboxPlan(httpPort: httpPort, smtpPort: smtpPort, data: data)
        plan.bankToken = bankToken ?? environment["BANK_TOKEN"]
        plan.iamToken = environment["IAM_TOKEN"]
        plan.smtpUser = environment["SMTP_USER"]
        plan.smtpPassword = environment["SMTP_PASSWORD"]
        plan.timeScale = timeScale
        try await Wiring.sandbox(
            plan, pawlURL: pawlURL ?? environment["PAWL_URL"], logLevel: logLevel)
    }
}

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring data into a database that no server uses.",
        subcommands: [ImportWorkers.self])
}

struct ImportWorkers: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "Add or replace workers from a CSV file: id,name,skills,lat,lon,rating.")

    @Argument(help: "The file.")
    var file: String

    @Option(help: "The folder of the database.")
    var data = "./pawl-data"

    func run() throws {
        let count = try Wiring.importWorkers(file, into: data)
        Terminal.say("\(count) workers imported")
    }
}
