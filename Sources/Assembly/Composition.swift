import Adapters
import Alerts
import CoreMetrics
import Definition
import Encryption
import Engine
import Execution
import FileStore
import Foundation
import Logging
import MemoryStore
import SQLiteStore
import Sabotage
import Traces
import Values

// Assembly: how an engine is put together, whoever runs it.
//
// Theory of operation. A `Project` is the text of workflows and adapters, read and checked. A `Composition` is a
// project over a store that is open for writing: it names the concrete store, gives the catalog that decisions run on,
// the engine over both, and the port through which calls leave. The command line and an application that
// embeds the engine make the same composition and differ in what they put around it: a server and its signals, or
// nothing. It starts nothing by itself and keeps nothing that is not in it.

/// A project over an open store: what an engine is made of.
package struct Composition: Sendable {
    /// Where the database is.
    package enum Location: Sendable, Hashable {
        /// A folder; it is made where there is none.
        case directory(String)
        /// Nothing outlives the process.
        case memory
    }

    /// Of the engine and everything beside it.
    package static let version = "0.1.0"

    package let project: Project
    package let store: any Store
    package let location: Location
    package let configuration: PawlConfiguration
    package let operations: any LocalPerformer
    package let logger: Logger
    /// Where what is counted goes.
    package let metrics: any MetricsFactory
    /// What is sealed here, and with what.
    package let keys: KeyRing
    /// Where what goes is kept; nil: nowhere. One for all who write to it.
    package let archive: FileArchive?
    let erasureLog: ErasureFile?
    private let lossReason: String?

    /// Opens the store, and publishes in it what it does not have.
    /// - Parameters:
    ///   - store: one that is open already; nil: the one that is at the location.
    ///   - lossReason: why a database is opened that lacks the end of its log; nil: it is not.
    /// - Throws: `StoreError`, and `Problem` where a version is known with another content.
    package init(
        _ project: Project, at location: Location, configuration: PawlConfiguration,
        operations: any LocalPerformer, logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance, over store: (any Store)? = nil,
        acceptingLoss lossReason: String? = nil
    ) throws {
        self.lossReason = lossReason
        self.project = project
        self.location = location
        self.configuration = configuration
        self.operations = operations
        self.logger = logger
        self.metrics = metrics
        keys = try configuration.encryption.ring()
        self.store =
            try store
            ?? Self.open(location, logger, acceptingLoss: lossReason != nil, keys: keys)
        archive = Self.archive(configuration, location, keys)
        erasureLog =
            if case .directory(let directory) = location {
                ErasureFile(beside: directory, keys: keys)
            } else { nil }
        try project.publish(into: self.store)
        reach(.definitionPublished)
    }

    /// Opens a database to write into; makes it where there is none.
    package static func open(
        _ location: Location, _ logger: Logger, acceptingLoss acceptsLoss: Bool = false,
        keys: KeyRing = .none
    ) throws(StoreError) -> any Store {
        guard case .directory(let directory) = location else { return MemoryStore() }
        let store = try SQLiteStore.open(
            directory: directory, mode: .readWrite, acceptingLoss: acceptsLoss, keys: keys)
        for remark in store.remarks {
            logger.notice("access", metadata: ["remark": "\(remark)"])
        }
        return store
    }

    /// What the folder has, and beside it the versions that only instances are left of; what differs is logged.
    /// - Throws: `StoreError`, and `Problem` where the configuration does not fit the workflows.
    package func catalog() throws -> Catalog {
        let known = try StoredDefinitions(store)
        for file in known.unreadable {
            logger.warning(
                "a stored definition cannot be read", metadata: ["definition": "\(file)"])
        }
        let catalog = Catalog(
            namespace: configuration.namespace, workflows: project.workflows,
            kept: known.beside(project), adapters: project.adapters, local: operations,
            params: try configuration.params(for: project.workflows),
            zone: configuration.zone ?? "UTC", calendars: known.calendars(beside: project))
        try configuration.alerts.check(
            workflows: catalog.knownNames, adapters: catalog.adapterNames)
        for remark in try Remark.beside(catalog, store) {
            logger.log(
                level: remark.level, "\(remark.message)",
                metadata: ["workflow": "\(remark.workflow)", "running": "\(remark.running)"])
        }
        return catalog
    }

    /// An engine that has not begun; `connect` gives it its port, `run` begins.
    /// - Parameter timeScale: how much faster than the wall the store's time runs.
    package func engine(timeScale: Double = 1) throws -> Engine {
        let catalog = try catalog()
        let clock = try WallClock.resumed(
            scale: timeScale, store: store, limits: configuration.clock,
            tell: { [logger] in logger.tell($0) })
        reach(.clockAnchored)
        let engine = Engine(
            store: store, catalog: catalog, clock: clock, logger: logger, metrics: metrics,
            claims: claims)
        var limits = configuration.attachments
        limits.sweep = max(.seconds(1), limits.sweep / timeScale)
        engine.connect(contents, limits: limits)
        if let log = erasureLog {
            for order in try ErasureAgreement.make(log, store) {
                logger.notice(
                    "an erasure is done again: the database does not know it",
                    metadata: ["person": "\(order.person)", "reason": "\(order.reason)"])
            }
            engine.connect(log)
        }
        try holdCalls(of: engine)
        try configuration.retention.check(catalog.knownNames)
        var retention = RetentionLimits()
        retention.sweep = max(.seconds(1), retention.sweep / timeScale)
        engine.connect(archive, periods: configuration.retention.periods, limits: retention)
        return engine
    }

    /// Of a database that may not be the folder's last: nobody knows here what has left since its moment. Once they are held
    /// it is the folder's own.
    private func holdCalls(of engine: Engine) throws(StoreError) {
        guard let store = store as? SQLiteStore, let doubt = store.doubt else { return }
        let reason = lossReason.map { "\(doubt.sentence): \($0)" } ?? doubt.sentence
        let held =
            isMutant(.olderStateCalls) ? [] : try engine.holdCalls(reason: reason, by: .system)
        try engine.recordRestoration(reason)
        store.confirm()
        logger.warning(
            "calls are held: compare with the remotes, then `pawl adapter resume --all`",
            metadata: [
                "adapters": "\(held.joined(separator: ", "))", "reason": "\(reason)",
            ])
    }

    private static func archive(
        _ configuration: PawlConfiguration, _ location: Location, _ keys: KeyRing
    ) -> FileArchive? {
        switch (configuration.retention.archive, location) {
        case (.nowhere, _), (.beside, .memory): nil
        case (.folder(let folder), _): FileArchive(folder: folder, keys: keys)
        case (.beside, .directory(let directory)):
            FileArchive(folder: FileArchive.folder(beside: directory), keys: keys)
        }
    }

    /// The content of attachments is where the database is.
    private var contents: any ContentStore {
        switch location {
        case .directory(let directory): FileContents(beside: directory, keys: keys)
        case .memory: MemoryContents()
        }
    }

    private var claims: any ClaimLog {
        switch location {
        case .directory(let directory): ClaimFile(directory: directory, program: Self.program)
        case .memory: NoClaims()
        }
    }

    /// What is running, to the build.
    private static var program: String {
        let file = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        let built = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        return "\(version) of \(Int64(built))"
    }

    /// Gives the engine the port through which its calls leave; what the adapters lack is logged.
    /// - Parameters:
    ///   - hosts: the only ones that may be reached; nil: those of the adapters' own addresses, and those that the
    ///     configuration adds.
    ///   - tracer: records the calls that leave.
    ///   - environment: wins over the process's own; asked when a call leaves.
    /// - Returns: to be shut down once the engine has ended.
    package func connect(
        _ engine: Engine, timeScale: Double = 1, hosts: [String]? = nil,
        tracer: Tracer = .none,
        environment: @escaping @Sendable (String) -> String? = { _ in nil }
    ) throws -> CurlTransport {
        let rules = try rules(hosts)
        guard let transport = CurlTransport(rules: rules) else {
            throw Problem(
                .internalError, "libcurl cannot be used for adapters",
                fix: "install libcurl 7.68 or later")
        }
        let clock = engine.clock
        let counted = CallMetrics(metrics)
        let port = AdapterDispatcher(
            manifests: project.adapters, rules: rules, settings: Self.settings(environment),
            transport: transport, storeTime: { clock.now() + $0 * timeScale },
            // The engine has the port: the other way round would keep both, and the database with them, for ever.
            onOutcome: { [weak engine] in engine?.answer($0, $1) },
            onTurn: { [weak engine] in engine?.adapterTurned() },
            onChange: { [weak engine, logger] turn in
                counted.note(turn)
                turn.tell(logger)
                engine?.breakerTurned()
            },
            onEnd: { counted.noteEnd(of: $0, $1, taking: $2) }, tracer: tracer)
        engine.connect(port)
        return transport
    }

    /// Who is woken, and the transport of it: with rules of its own, so that no adapter reaches a receiver and no message an
    /// adapter's remote. Its `run` goes beside the engine's.
    /// - Parameters: as those of `connect`.
    package func alerter(
        _ engine: Engine, hosts: [String]? = nil,
        environment: @escaping @Sendable (String) -> String? = { _ in nil }
    ) throws -> (alerter: Alerter, transport: CurlTransport) {
        let alerts = configuration.alerts
        engine.connect(alerts, namespace: configuration.namespace)
        let settings = Self.settings(environment)
        let (rules, remarks) = try Self.addressRules(
            of: alerts, settings, project.adapters, configuration, hosts)
        for remark in remarks {
            logger.warning("an alert's receiver lacks something", metadata: ["remark": "\(remark)"])
        }
        guard let transport = CurlTransport(rules: rules) else {
            throw Problem(
                .internalError, "libcurl cannot be used for alerts",
                fix: "install libcurl 7.68 or later")
        }
        let post = AlertPost(
            alerts, adapters: project.adapters, transport: transport, rules: rules,
            settings: settings)
        let alerter = Alerter(
            engine, alerts, namespace: configuration.namespace, post: post, logger: logger)
        return (alerter, transport)
    }

    private func rules(_ hosts: [String]?) throws -> AddressRules {
        if let hosts { return try AddressRules(allowedHosts: hosts) }
        let (rules, remarks) = try Self.addressRules(project.adapters, configuration)
        for remark in remarks {
            logger.warning("an adapter lacks something", metadata: ["remark": "\(remark)"])
        }
        return rules
    }

    /// For a clean stop: the database is one file.
    package func settle() {
        do throws(StoreError) {
            try (store as? SQLiteStore)?.settle()
        } catch {
            logger.warning(
                "the log stays beside the database", metadata: ["reason": "\(error.reason)"])
        }
    }
}

extension AdapterTurn {
    fileprivate func tell(_ logger: Logger) {
        switch change {
        case .breaker(.open(_, _, let failures, let calls)):
            logger.error(
                "breaker opened: calls wait",
                metadata: [
                    "adapter": "\(adapter)", "failures": "\(failures)", "calls": "\(calls)",
                    "see": "pawl adapters",
                ])
        case .breaker(.halfOpen):
            logger.notice(
                "breaker half open: the next call decides", metadata: ["adapter": "\(adapter)"])
        case .breaker(.closed):
            logger.notice("breaker closed: calls leave again", metadata: ["adapter": "\(adapter)"])
        case .lack(let lack?):
            logger.error(
                "an adapter cannot call: calls wait",
                metadata: [
                    "adapter": "\(adapter)", "reason": "\(lack.reason)", "see": "pawl adapters",
                ])
        case .lack(nil):
            logger.notice("an adapter can call again", metadata: ["adapter": "\(adapter)"])
        }
    }
}
