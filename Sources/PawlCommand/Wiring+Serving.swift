import Access
import Assembly
import Definition
import Engine
import Execution
import Foundation
import Logging
import NIOCore
import OpenMetrics
import Sabotage
import Sandbox
import Server
import ServiceLifecycle
import Synchronization
import Traces
import Values

extension Wiring {
    /// Runs a server (and, in `dev`, the sandbox) until SIGTERM or SIGINT.
    static func serve(_ plan: ServingPlan) async throws {
        try ServingSafety.check(plan.safety)
        let logger = logger(plan.log)
        let metrics = MetricRegistry(metricDeclarations)
        let transport = try ServingTransport(plan)
        let composition = try composition(plan, logger, metrics)
        for plan in plan.imports {
            let count = try bring(plan, into: composition.store, unlessUnchanged: true)
            guard let count else { continue }
            reach(.recordsImported)
            logger.info(
                "\(plan.importer) imported",
                metadata: ["file": "\(plan.file)", "count": "\(count)"])
        }
        let engine = try composition.engine(timeScale: plan.timeScale)
        if let reason = plan.holdingCalls { try holdCalls(of: engine, reason, plan, logger) }
        let sandbox = plan.sandbox.map { sandbox in
            var sandbox = sandbox
            sandbox.timeScale = plan.timeScale
            return SandboxService(
                SandboxStage(
                    sandbox, remotes: business.remotes, manifests: composition.project.adapters,
                    credential: { _ in SandboxAddresses.anyCredential }), logger)
        }
        let spans = SpanQueue()
        let tracer =
            plan.traces == nil
            ? Tracer.none : Tracer(now: WallClock.wallTime, sink: { spans.add($0) })
        let calls = try composition.connect(
            engine, timeScale: plan.timeScale, hosts: sandbox == nil ? nil : ["127.0.0.1"],
            tracer: tracer,
            environment: { sandbox?.environment[$0] })
        defer { calls.shutdown() }
        let (alerter, post) = try composition.alerter(
            engine, hosts: sandbox == nil ? nil : ["127.0.0.1"],
            environment: { sandbox?.environment[$0] })
        defer { post.shutdown() }
        let telemetry = Telemetry(metrics, version: Composition.version, tracer: tracer)
        let export = try plan.traces.map { try TraceExport(to: $0, spans, metrics, logger) }
        let access = try access(plan.configuration, engine, transport.api, logger)
        let anchorer = try composition.anchorer(
            engine, environment: { sandbox?.environment[$0] })
        let watching = Watching(
            alerter: alerter, anchorer: anchorer, telemetry: telemetry, export: export,
            access: access, transport: transport, logger: logger)
        let files = plan.followsFiles ? ProjectWatch(plan, composition.store) : nil
        let resealing = Task { await composition.reseal() }
        try await run(engine, sandbox, plan, watching, following: files)
        resealing.cancel()
        await resealing.value
        composition.settle()
        logger.notice("stopped", metadata: ["data": "\(plan.data)"])
        if files?.hasChanged == true { try beginAgain() }
    }

    private static func holdCalls(
        of engine: Engine, _ reason: String, _ plan: ServingPlan, _ logger: Logger
    ) throws {
        let subject = ProcessInfo.processInfo.environment["USER"] ?? "anonymous"
        let held: [String]
        do {
            held = try engine.holdCalls(
                reason: reason, by: Actor(role: Actor.operatorRole, subject: subject))
        } catch {
            throw failure(error, in: plan.data)
        }
        logger.notice(
            "calls are held",
            metadata: ["adapters": "\(held.joined(separator: ", "))", "reason": "\(reason)"])
        if plan.log.format == .text {
            Terminal.say(
                "no call leaves until `pawl adapter resume --all --reason '<why>'`; "
                    + "`pawl adapters` shows what is held")
        }
    }

    /// All that a server counts and measures.
    static let metricDeclarations =
        EngineMetrics.declarations + CallMetrics.declarations + Telemetry.declarations
        + TraceExport.declarations

    private static func composition(
        _ plan: ServingPlan, _ logger: Logger, _ metrics: MetricRegistry
    ) throws -> Composition {
        let project = try checked(plan, logger)
        // What the program could do and the project does not declare is no harm.
        for finding in project.mismatches("this program", business.operations)
        where !finding.pointer.isEmpty {
            logger.warning("\(finding.pointer): \(finding.detail)")
        }
        do {
            return try Composition(
                project, at: .directory(plan.data), configuration: plan.configuration,
                operations: operations, logger: logger, metrics: metrics,
                acceptingLoss: plan.acceptingLoss)
        } catch let error as StoreError {
            throw failure(error, in: plan.data)
        }
    }

    /// How others see what goes on.
    private struct Watching {
        let alerter: Alerter
        let anchorer: Anchorer?
        let telemetry: Telemetry
        let export: TraceExport?
        let access: AccessControl?
        let transport: ServingTransport
        let logger: Logger
    }

    private static func run(
        _ engine: Engine, _ sandbox: SandboxService?, _ plan: ServingPlan, _ watching: Watching,
        following files: ProjectWatch?
    ) async throws {
        let logger = watching.logger
        let demonstration = demonstration(plan, sandbox)
        let server = makeServer(
            engine: engine,
            configuration: watching.transport.api(
                plan, connections: connections(plan, logger)),
            logger: logger, telemetry: watching.telemetry, access: watching.access,
            tls: watching.transport.api
        ) { port in
            let url = plan.url(port)
            if let sandbox, await !sandbox.begin(pawlURL: url) { return }
            // To who reads lines of JSON the log says so.
            if plan.log.format == .text {
                Terminal.say("pawl serves \(url)  (database in \(plan.data))")
            }
            logger.notice(
                "started",
                metadata: [
                    "version": "\(Composition.version)", "url": "\(url)", "data": "\(plan.data)",
                    "workflows": "\(engine.catalog.workflowNames.count)",
                    "process": "\(ProcessInfo.processInfo.processIdentifier)",
                ])
            if let demonstration {
                demonstration.server.open(url)
            } else {
                isReady(url, plan)
            }
        }
        var services: [any Service] = [
            EngineService(
                engine: engine, alerter: watching.alerter, data: plan.data,
                after: sandbox?.ready, logger)
        ]
        if let sandbox { services.append(sandbox) }
        if let anchorer = watching.anchorer { services.append(AnchorService(anchorer: anchorer)) }
        if let export = watching.export { services.append(TraceService(export: export)) }
        services.append(
            Listener(server: server, host: plan.host, port: plan.port, option: "--port"))
        if let entry = plan.publicEntry {
            services.append(
                publicEntry(entry, plan, engine, watching.transport, logger))
        }
        services.append(
            CertificateWatch(keepers: watching.transport.keepers, logger: logger))
        if let demonstration { services.append(demonstration) }
        var members = services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
        if let files {
            members.append(
                .init(service: files, successTerminationBehavior: .gracefullyShutdownGroup))
        }
        var configuration = ServiceGroupConfiguration(
            services: members, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger))
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as SandboxError {
            throw failure(error, folder: "--sandbox-data")
        }
    }

    /// As many as there are handles for.
    private static func connections(_ plan: ServingPlan, _ logger: Logger) -> Int {
        let files = OpenFiles.raiseLimit()
        let most = ServerConfiguration.connections(
            ofFiles: files, besidePublic: plan.publicEntry != nil)
        let connections = min(plan.configuration.server.limits.connections ?? most, most)
        if files < 1_024 {
            logger.warning(
                "few files may be open at once: clients wait to be let in",
                metadata: [
                    "limit": "\(files)", "connections": "\(connections)",
                    "fix": "raise it with `ulimit -n 4096`, or LimitNOFILE of systemd",
                ])
        }
        return connections
    }

    private static func publicEntry(
        _ entry: PublicPlan, _ plan: ServingPlan, _ engine: Engine, _ transport: ServingTransport,
        _ logger: Logger
    ) -> some Service {
        let server = makeServer(
            engine: engine, configuration: transport.publicEntry(entry), logger: logger,
            tls: transport.strangers
        ) { port in
            let host = entry.host.contains(":") ? "[\(entry.host)]" : entry.host
            Terminal.say("strangers come in at \(plan.scheme)://\(host):\(port)/public")
        }
        return Listener(server: server, host: entry.host, port: entry.port, option: "--public")
    }

    private static func demonstration(
        _ plan: ServingPlan, _ sandbox: SandboxService?
    ) -> DemonstrationService? {
        guard let sandbox else { return nil }
        return plan.demonstration.map { demonstration in
            DemonstrationService(demonstration, sandbox: sandbox.address) { url in
                Terminal.say("the demo has begun: open \(url)")
                isReady(url, plan)
            }
        }
    }

    private static func isReady(_ url: String, _ plan: ServingPlan) {
        guard let file = plan.readyFile else { return }
        do {
            try (url + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        } catch {
            Terminal.say("\(file) cannot be written")
        }
    }

    // MARK: Parts

    private static func checked(_ plan: ServingPlan, _ logger: Logger) throws -> Project {
        let project = try Project(
            workflows: plan.workflows, adapters: plan.adapters, zone: plan.configuration.zone,
            now: WallClock.wallTime())
        // Notes are for whoever writes a workflow: `pawl check` says them.
        let doubts = project.diagnostics.filter { $0.severity != .note }
        if plan.log.format == .json {
            for doubt in doubts { logger.warning("\(doubt.headline)") }
        } else if !doubts.isEmpty {
            Terminal.say(project.rendered(doubts))
        }
        guard project.errors.isEmpty else {
            throw Failure(
                status: 1, "the definitions have \(project.errors.count) errors",
                fix: "mend them; `pawl check` says them again")
        }
        return project
    }

    static func logger(_ plan: LogPlan) -> Logger {
        var logger = Logger(label: "pawl") { _ in ServerLog(plan.format) }
        logger.logLevel = plan.level
        return logger
    }

    /// Of libraries only what somebody must see.
    static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}

/// The engine in the service group. Requests that come before it runs wait in its mailbox.
struct EngineService: Service {
    /// Of `sysexits.h`: EX_SOFTWARE.
    private static let untrustedStore: Int32 = 70

    let engine: Engine
    let alerter: Alerter
    /// The folder of its database, for messages.
    let data: String
    let after: Gate<Void>?
    let logger: Logger

    init(
        engine: Engine, alerter: Alerter, data: String, after: Gate<Void>?, _ logger: Logger
    ) {
        self.engine = engine
        self.alerter = alerter
        self.data = data
        self.after = after
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            if let after, await after.wait() == nil { return }
            async let alerts: Void = alerter.run()
            do throws(StoreError) {
                try await engine.run()
            } catch {
                die(error)
            }
            await alerts
            logger.notice("stopping: nothing is decided any more")
        }
    }

    /// Nothing may be said or done any more: what is on the disk is not known.
    private func die(_ error: StoreError) {
        logger.critical(
            "the database cannot be trusted any more; the server ends",
            metadata: [
                "reason": "\(Wiring.located(error.reason, in: data))",
                "fix": "see to the disk, then start it again: nothing acknowledged is lost",
            ])
        _exit(Self.untrustedStore)
    }
}

/// Others are told of the audit's end, and of its very end once nothing is asked any more.
private struct AnchorService: Service {
    let anchorer: Anchorer

    func run() async throws {
        await cancelWhenGracefulShutdown { await anchorer.run() }
    }
}

/// Spans leave beside everything else, and those of the last requests once nothing is asked any more.
private struct TraceService: Service {
    let export: TraceExport

    func run() async throws {
        await cancelWhenGracefulShutdown { await export.run() }
        await export.finish()
    }
}

/// A server whose address cannot be had says which option chose it.
private struct Listener<Server: Service>: Service {
    let server: Server
    let host: String
    let port: Int
    let option: String

    func run() async throws {
        do {
            try await server.run()
        } catch let error as IOError {
            let reason: String? =
                switch error.errnoCode {
                case EADDRINUSE: "is in use"
                case EACCES: "is for the superuser"
                case EADDRNOTAVAIL: "cannot be had: this machine has no such address"
                default: nil
                }
            guard let reason else { throw error }
            throw Failure(
                status: 1, "port \(port) on \(host) \(reason)",
                fix: "stop what holds it, or choose another with \(option)")
        }
    }
}
