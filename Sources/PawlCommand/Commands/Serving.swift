import Access
import ArgumentParser
import Assembly
import Execution
import Foundation
import Logging
import Server
import Values

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the engine and its API.",
        discussion: """
            Adapters find their remotes and secrets in the environment, under the names that their manifests give.
            """)

    @OptionGroup var options: ServingOptions

    @Option(help: "The folder of the database.")
    var data = "./pawl-data"

    @Option(help: "The folder of workflows.")
    var workflows = "./workflows"

    @Option(help: "The folder of adapters.")
    var adapters = "./adapters"

    @Option(
        help: "The address to listen on; one that others can reach needs TLS and access control.")
    var host = "127.0.0.1"

    @OptionGroup var transport: TransportOptions

    @OptionGroup var imports: ImportOptions

    @Option(help: "pawl.yaml: namespace, allowedHosts, params, zone, attachments.")
    var config: String?

    @Flag(
        help: ArgumentHelp(
            "Pause every adapter before the first call leaves, as after a restore; needs --reason.",
            discussion: "`pawl adapter resume` lets them go, one by one or with --all."))
    var holdCalls = false

    @Flag(
        help: ArgumentHelp(
            "Serve a database that lacks the end of its log, with every adapter paused; needs --reason.",
            discussion:
                "What was acknowledged last is lost then. Restore a backup where that is the newer one."
        ))
    var acceptLoss = false

    @Option(help: "Why calls are held or a loss is accepted; it is kept.")
    var reason: String?

    func validate() throws {
        guard holdCalls || acceptLoss else {
            guard reason == nil else {
                throw ValidationError(
                    "--reason says why of --hold-calls or --accept-loss; add one of them")
            }
            return
        }
        guard reason?.contains(where: { !$0.isWhitespace }) == true else {
            let flag = holdCalls ? "--hold-calls" : "--accept-loss"
            throw ValidationError("\(flag) wants a --reason, which is kept and shown")
        }
    }

    func run() async throws {
        var plan = try options.plan(
            ServingPlan(data: data, workflows: workflows, adapters: adapters))
        plan.host = host
        plan.holdingCalls = holdCalls ? reason : nil
        plan.acceptingLoss = acceptLoss ? reason : nil
        plan.imports = try imports.plans(samplesIn: nil)
        plan.configuration = try PawlConfiguration.read(config, default: "./pawl.yaml")
        plan.tls = transport.tls(plan.configuration.server.tls)
        plan.proxies = transport.proxies
        plan.hasAccessControl = plan.configuration.access != nil
        try await Wiring.serve(plan)
    }
}

struct Dev: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Run everything on this machine: engine, API, the services around it as fakes, sample data.",
        discussion: """
            It begins again by itself when a file of workflows, adapters or calendars is saved and all of them check; \
            otherwise it says what is wrong and goes on with what it had.
            """)

    @Argument(
        help: ArgumentHelp(
            "The project's folder, with workflows and adapters; by default this one, of a demo samples/gallery."
        ))
    var directory: String?

    @Flag(
        help: ArgumentHelp(
            "Play the project's seed.jsonl, so that there is something of everything to look at.",
            discussion:
                "The database is a new one that is gone afterwards, unless --data names an empty folder."
        ))
    var demo = false

    @OptionGroup var options: ServingOptions

    @Option(help: "The folder of the database; by default pawl-data in the project.")
    var data: String?

    @OptionGroup var imports: ImportOptions

    @Option(help: "The folder of the sandbox's files; by default sandbox-data in the project.")
    var sandboxData: String?

    @Option(help: "The sandbox's HTTP port.")
    var sandboxHTTPPort = 8088

    @Option(help: "The sandbox's SMTP port.")
    var sandboxSMTPPort = 8025

    func run() async throws {
        let demonstration = demo ? try Demonstration(reading: path("seed.jsonl")) : nil
        if demo, let data, FileManager.default.fileExists(atPath: data + "/pawl.db") {
            throw Failure(
                status: 1, "\(data) holds a database already, and a demo begins with an empty one",
                fix: "leave --data out, or name an empty folder")
        }
        let passing = demo ? try Self.passingFolder() : nil
        defer { if let passing { try? FileManager.default.removeItem(atPath: passing) } }
        func keeping(_ name: String) -> String { passing.map { "\($0)/\(name)" } ?? path(name) }
        var plan = try options.plan(
            ServingPlan(
                data: data ?? keeping("pawl-data"), workflows: path("workflows"),
                adapters: path("adapters")))
        plan.configuration = try PawlConfiguration.read(nil, default: path("pawl.yaml"))
        if plan.configuration.access != nil {
            // Nobody has a token of a database that was made a moment ago.
            Terminal.say("access control is off: this is `pawl dev`, on this machine alone")
            plan.configuration.access = nil
        }
        plan.imports = try imports.plans(samplesIn: folder)
        var sandbox = SandboxPlan(
            httpPort: sandboxHTTPPort, smtpPort: sandboxSMTPPort,
            data: sandboxData ?? keeping("sandbox-data"))
        sandbox.recorded = try Wiring.recordedServices(below: path("adapters"))
        plan.sandbox = sandbox
        plan.demonstration = demonstration
        plan.followsFiles = !demo
        try await Wiring.serve(plan)
    }

    private var folder: String { directory ?? (demo ? "samples/gallery" : ".") }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// For what a demo writes.
    private static func passingFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pawl-demo-" + UUID().uuidString.lowercased())
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path
    }
}

/// How a server is reached from other machines.
struct TransportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Speak TLS with this certificate (PEM, its own first); else server.tls of pawl.yaml.",
            valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's key (PEM, mode 0600).", valueName: "file"))
    var tlsKey: String?

    @Option(
        name: .customLong("behind-proxy"),
        help: ArgumentHelp(
            "An address or network of a proxy that ends TLS; its X-Forwarded-For and -Proto are believed.",
            valueName: "address"))
    var proxyAddresses: [String] = []

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key belong together")
        }
        for text in proxyAddresses where AddressRange(text) == nil {
            throw ValidationError(
                "--behind-proxy is an address or a network, like 10.0.0.7 or 10.0.0.0/24")
        }
        for text in proxyAddresses where AddressRange(text)?.isOfStrangers == true {
            throw ValidationError(
                "--behind-proxy \(text) believes everybody: name the proxy's own address or network"
            )
        }
    }

    /// - Parameter declared: in pawl.yaml; whom it asks for certificates holds for these files as well.
    func tls(_ declared: TLSFiles?) -> TLSFiles? {
        guard let tlsCertificate, let tlsKey else { return declared }
        return TLSFiles(certificate: tlsCertificate, key: tlsKey, clients: declared?.clients)
    }

    var proxies: TrustedProxies {
        TrustedProxies(proxyAddresses.compactMap { AddressRange($0) })
    }
}

struct ServingOptions: ParsableArguments {
    @Option(help: "The API's port; 0 takes a free one.")
    var port = 8087

    @Option(
        help: "How much faster than the wall the store's time runs: timers, retries, calendars.")
    var timeScale = 1.0

    @OptionGroup var log: LogOptions

    @Option(
        help: ArgumentHelp(
            "Send traces to this collector (OTLP over HTTP, JSON); else OTEL_EXPORTER_OTLP_ENDPOINT.",
            valueName: "url"))
    var otlp: String?

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

    func plan(_ plan: ServingPlan) throws -> ServingPlan {
        var plan = plan
        let environment = ProcessInfo.processInfo.environment
        plan.traces = try TraceTarget(otlp) { environment[$0] }
        plan.port = port
        plan.timeScale = timeScale
        plan.log = log.plan
        plan.readyFile = readyFile
        plan.publicEntry = publicEntry.flatMap { PublicPlan(listen: $0) }
        plan.publicEntry?.proxies = Set<ExactText>(publicProxies)
        return plan
    }
}

/// What of the log is written to stderr, and how.
struct LogOptions: ParsableArguments {
    @Option(help: "trace, debug, info, notice, warning, error or critical.", transform: level)
    var logLevel = Logger.Level.info

    @Option(help: "text for people, or json: an object a line.")
    var logFormat = LogFormat.text

    var plan: LogPlan { LogPlan(level: logLevel, format: logFormat) }
}

extension LogFormat: ExpressibleByArgument {}

/// A level of the log by its name.
private func level(_ name: String) throws -> Logger.Level {
    guard let level = Logger.Level(rawValue: name) else {
        throw ValidationError("there is no log level \(name)")
    }
    return level
}
