import Adapters
import Assembly
import CoreMetrics
import Definition
import Engine
import Execution
import Logging
import ServiceLifecycle
import Synchronization

// Pawl: what an application imports that embeds the engine. One import is enough: `Values` (what travels) and `Guest`
// (what a business is written against) come with it.
//
// Theory of operation. A `Pawl` is a `Composition`, the same that `pawl serve` makes of a folder, with a face of plain
// values: nothing of the engine's own types is public, so that they may change. It is a guest in its process: it sets
// no signal handler, configures no logging, reads no environment but what a manifest names, and never ends the process.
// Its one task is `run`, which the host's service group owns. Requests go through the engine and return when they are
// on the disk; what they say before `run` waits for it. Reads look into the store on the caller's task.

/// A durable engine in this process: one database, its workflows, its adapters.
///
/// Make one, give it to `Application(services:)` or to a `ServiceGroup`, and call it from any task. What is asked
/// before ``run()`` waits for it. Two of them are two databases; each is let go of with the last reference to its `Pawl`,
/// handles on instances included.
public final class Pawl: Service, Sendable {
    /// How far it is; what may be said or done depends on it.
    fileprivate enum Phase: Hashable {
        case idle
        case running
        case ended
        case untrusted
    }

    fileprivate struct State {
        var phase = Phase.idle
        /// Requests that nobody has answered yet.
        var waiting = 0
        var isWatched = false
    }

    package let front: any EngineFront
    package let logger: Logger
    private let workings: Workings?
    private let state = Mutex(State())
    /// How long somebody waits for `run` before the log says so.
    private let patience: Duration

    /// What `run` runs; a pawl on virtual time has none.
    private struct Workings {
        let composition: Composition
        let engine: Engine
        let transport: CurlTransport
        let alerter: Alerter
        /// Of messages to people.
        let post: CurlTransport
        let place: String
    }

    // MARK: Making one

    /// Reads `workflows/`, `adapters/` and `pawl.yaml` below a folder, checks them, opens the store, and compares the
    /// business's operations with the adapters' manifests.
    ///
    /// - Parameters:
    ///   - directory: a path; a relative one is taken from the process's current folder.
    ///   - store: where the database is. One `Pawl` at a time may have it open, in any process.
    ///   - business: what is not YAML: in-process operations.
    ///   - settings: what an operator decides; those of `pawl.yaml` where they are not given.
    ///   - logger: of what an operator must see. Nothing is logged for what a caller is told.
    /// - Throws: `.invalid` with every finding at once, each with file, line, column and what to write instead;
    ///   `.notFound` when the folder cannot be read; `.unavailable` when the database is in use or cannot be opened;
    ///   `.keyConflict` when a version of a workflow is known with another content; `.internalError` when the
    ///   database is damaged or another program's.
    public convenience init(
        directory: String, store: Store, business: some Business = NoBusiness(),
        settings: Settings = Settings(), logger: Logger = Logger(label: "pawl")
    ) async throws(Problem) {
        let configuration = settings.over(
            try PawlConfiguration.read(nil, default: directory + "/pawl.yaml"))
        let project = try Project(
            workflows: directory + "/workflows", adapters: directory + "/adapters",
            zone: configuration.zone, now: WallClock.wallTime())
        try self.init(
            project, configuration, store: store, business: business,
            patience: settings.patience, logger: logger)
    }

    /// The same from text that the program holds, for one that is deployed without folders.
    ///
    /// - Parameter files: by the paths that they would have: `workflows/loan/workflow.yaml`,
    ///   `adapters/lending/adapter.yaml`, `calendars/company.yaml`. Other paths are nobody's.
    /// - Throws: as ``init(directory:store:business:settings:logger:)``.
    public convenience init(
        files: [String: String], store: Store, business: some Business = NoBusiness(),
        settings: Settings = Settings(), logger: Logger = Logger(label: "pawl")
    ) async throws(Problem) {
        let texts = Dictionary(
            files.map { (ExactText($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
        try self.init(
            Project(files: texts, zone: settings.zone, now: WallClock.wallTime()),
            settings.over(PawlConfiguration()), store: store, business: business,
            patience: settings.patience, logger: logger)
    }

    private convenience init(
        _ project: Project, _ configuration: PawlConfiguration, store: Store,
        business: some Business, patience: Duration, logger: Logger
    ) throws(Problem) {
        try project.check(logger, "\(type(of: business))", business.operations)
        do {
            let composition = try Composition(
                project, at: store.location, configuration: configuration,
                operations: OperationTable(business), logger: logger,
                metrics: MetricsSystem.factory)
            try self.init(composition, place: store.description, patience: patience)
        } catch let problem as Problem {
            throw problem
        } catch let error as StoreError {
            throw .opening(error, store)
        } catch {
            throw Problem(.internalError, "\(error)")
        }
    }

    /// Of a composition that is made already.
    /// - Parameter place: how messages call its database.
    package convenience init(
        _ composition: Composition, place: String, patience: Duration = .seconds(5)
    ) throws {
        let engine = try composition.engine()
        let transport = try composition.connect(engine)
        let (alerter, post) = try composition.alerter(engine)
        self.init(
            front: engine,
            workings: Workings(
                composition: composition, engine: engine, transport: transport, alerter: alerter,
                post: post, place: place),
            logger: composition.logger, patience: patience)
    }

    private init(
        front: any EngineFront, workings: Workings?, logger: Logger, patience: Duration
    ) {
        self.front = front
        self.workings = workings
        self.logger = logger
        self.patience = patience
    }

    /// One that something else moves: virtual time.
    package convenience init(moved front: any EngineFront, logger: Logger) {
        self.init(front: front, workings: nil, logger: logger, patience: .seconds(5))
        state.withLock { $0.phase = .running }
    }

    /// The engine by itself, for who serves its API.
    package var engine: Engine? { workings?.engine }

    // MARK: Running

    /// Decides, calls and keeps time until graceful shutdown or cancellation: what is decided then is on the disk, and
    /// calls without an answer are asked about at the next start. Runs once.
    ///
    /// - Throws: `.storeUntrusted` when nobody knows what is on the disk (an fsync failed): from then on nothing is
    ///   answered and nothing leaves, and the host must end the process. `.unavailable` when the database cannot be
    ///   read at the start. `.notApplicable` when it runs already or has run.
    public func run() async throws(Problem) {
        guard let workings, state.withLock({ $0.begin() }) else {
            throw Problem(
                .notApplicable, "this Pawl runs already, or has run",
                fix: "give one value to one service group; to start again, make another")
        }
        let engine = workings.engine
        let error = await cancelWhenGracefulShutdown { () async -> StoreError? in
            // Cancelled with the engine: it has nothing to tell of one that has ended.
            async let _ = workings.alerter.run()
            async let _ = workings.composition.reseal()
            do throws(StoreError) {
                try await engine.run()
                return nil
            } catch {
                return error
            }
        }
        workings.transport.shutdown()
        workings.post.shutdown()
        guard let error else {
            state.withLock { $0.phase = .ended }
            return workings.composition.settle()
        }
        throw ended(by: error, workings)
    }

    private func ended(by error: StoreError, _ workings: Workings) -> Problem {
        switch error {
        case .unavailable, .conflict:
            state.withLock { $0.phase = .ended }
            return .store(error)
        case .outcomeUnknown, .corrupt, .unknownSchema, .keyMissing:
            state.withLock { $0.phase = .untrusted }
            logger.critical(
                "the database cannot be trusted any more; this engine answers nothing from now on",
                metadata: ["reason": "\(error.reason)", "database": "\(workings.place)"])
            return .untrusted(error.reason)
        }
    }

    /// The gate of every read and request.
    package func check() throws(Problem) {
        switch state.withLock({ $0.phase }) {
        case .idle, .running: return
        case .ended:
            throw Problem(
                .unavailable, "this Pawl has ended", fix: "ask the one that runs now")
        case .untrusted: throw .untrusted("")
        }
    }

    // MARK: Asking

    /// The gate of every request; one that waits for `run` too long is told of in the log.
    func asking<T: Sendable>(
        _ body: () async throws(Problem) -> T
    ) async throws(Problem) -> T {
        try check()
        let mustWatch = state.withLock { $0.ask() }
        if mustWatch { watch() }
        defer { state.withLock { $0.waiting -= 1 } }
        do throws(Problem) {
            return try await body()
        } catch {
            // What the engine says while it ends is not the last word.
            if error.code == .unavailable { try check() }
            throw error
        }
    }

    private func watch() {
        Task { [weak self, patience] in
            try? await Task.sleep(for: patience)
            self?.complain()
        }
    }

    private func complain() {
        let waiting = state.withLock { $0.phase == .idle ? $0.waiting : 0 }
        guard waiting > 0 else { return }
        logger.warning(
            """
            nobody runs this Pawl; \(waiting == 1 ? "1 request waits" : "\(waiting) requests wait"). Add it: \
            Application(router:services: [pawl]) or ServiceGroup(services: [pawl])
            """)
    }
}

extension Pawl.State {
    /// - Returns: false when it was begun before.
    fileprivate mutating func begin() -> Bool {
        guard phase == .idle else { return false }
        phase = .running
        return true
    }

    /// - Returns: whether this is the first request that waits for a `run`.
    fileprivate mutating func ask() -> Bool {
        waiting += 1
        guard phase == .idle, !isWatched else { return false }
        isWatched = true
        return true
    }
}

extension Problem {
    fileprivate static func untrusted(_ reason: String) -> Problem {
        Problem(
            .storeUntrusted,
            "nobody knows what is on the disk" + (reason.isEmpty ? "" : ": \(reason)"),
            fix: "see to the disk, then start the process again: nothing acknowledged is lost")
    }

    fileprivate static func opening(_ error: StoreError, _ store: Store) -> Problem {
        switch error {
        case .unavailable(let reason), .conflict(let reason), .outcomeUnknown(let reason):
            Problem(
                .unavailable, "\(store) cannot be opened: \(reason)",
                fix: "one Pawl a database: share the value, or name another folder, which must be "
                    + "writable and have room")
        case .corrupt(let reason):
            Problem(
                .internalError, "\(store) is damaged: \(reason)",
                fix: "nothing was changed; restore a backup into another folder and open that")
        case .unknownSchema(let reason):
            Problem(
                .internalError, "\(store) has another format: \(reason)",
                fix: "open it with the version of Pawl that wrote it")
        case .keyMissing(let reason):
            Problem(
                .internalError, "\(store) cannot be opened: \(reason)",
                fix: "give the key that it was sealed with under `encryption.keys` in pawl.yaml")
        }
    }
}
