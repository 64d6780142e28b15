import Assembly
import Definition
import Engine
import Execution
import Guest
import Logging
import Pawl
import Scenarios
import Synchronization
import Values

/// Gives a test the real engine on virtual time, over a store in memory.
///
/// - Parameters:
///   - business: whose operations are performed, each twice.
///   - directory: the folder of `workflows`, `adapters` and `pawl.yaml`.
///   - start: the time at which it begins; milliseconds count.
///   - body: is given the engine, the clock that it moves, and the services outside.
/// - Returns: what the body gave.
/// - Throws: what the body throws, and what `Pawl(directory:…)` would.
public func withPawl<Result>(
    _ business: some Business = NoBusiness(), directory: String, at start: Timestamp,
    _ body: (Pawl, VirtualClock, Outside) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "pawl") { _ in SwiftLogNoOpLogHandler() }
    let configuration = try PawlConfiguration.read(nil, default: directory + "/pawl.yaml")
    let project = try Project(
        workflows: directory + "/workflows", adapters: directory + "/adapters",
        zone: configuration.zone)
    try project.check(logger, "\(type(of: business))", business.operations)
    let operations = FakedOperations(
        TwiceOver(OperationTable(business)),
        script: TaskScript([], adapters: project.adapters))
    let composition = try Composition(
        project, at: .memory, configuration: configuration, operations: operations, logger: logger)
    let front = try VirtualFront(composition, operations, start.ceilingToMilliseconds)
    defer { front.end() }
    return try await body(
        Pawl(moved: front, logger: logger), VirtualClock(front), Outside(front, project.adapters))
}

/// The time of a test's engine: it stands still until the test moves it.
public struct VirtualClock: Sendable {
    private let front: VirtualFront

    init(_ front: VirtualFront) { self.front = front }

    /// The moment that decisions are made at.
    public var now: Timestamp { front.now }

    /// Lets time pass: everything that is due happens in order, each at its own moment.
    /// - Throws: `.internalError` when the engine stops.
    public func advance(by span: Duration) async throws(Problem) {
        try front.run(until: front.now + span)
    }

    /// The same up to a moment; nothing when it is past.
    public func advance(to moment: Timestamp) async throws(Problem) {
        try front.run(until: moment)
    }
}

/// The services outside of a test's engine. Without a word from the test each call is answered at once, with the least
/// that its operation's schema admits.
public struct Outside: Sendable {
    /// A mail that left.
    public struct Mail: Sendable, Hashable {
        /// To whom.
        public let to: String
        /// Its subject.
        public let subject: String
        /// Its text.
        public let text: String
    }

    /// What goes wrong with a call.
    @nonexhaustive
    public enum Fault: Sendable, Hashable {
        /// It takes effect, and the answer is lost.
        case lostReply
        /// It takes no effect, and there is no answer.
        case hang
        /// It takes no effect, for a named error: one that the manifest declares, or `unavailable`.
        case error(String)
    }

    private let front: VirtualFront
    private let adapters: [AdapterManifest]

    init(_ front: VirtualFront, _ adapters: [AdapterManifest]) {
        self.front = front
        self.adapters = adapters
    }

    /// How often each operation was called, in-process ones too, by `adapter.operation`; attempts count one by one.
    public var calls: [String: Int] {
        let names = adapters.flatMap { adapter in
            adapter.operations.map { "\(adapter.name).\($0.name)" }
        }
        var result: [String: Int] = [:]
        for name in names {
            let count = front.count(name)
            if count > 0 { result[name] = count }
        }
        return result
    }

    /// Mails that left, in order.
    public var mails: [Mail] {
        front.mails.map { Mail(to: $0.to, subject: $0.subject, text: $0.text) }
    }

    /// The next call of an operation is answered so.
    /// - Parameter delay: of virtual time.
    public func answer(_ operation: String, _ output: Value, after delay: Duration = .zero) {
        front.say(.answer(output, delay: delay), to: operation)
    }

    /// The next call of an operation goes wrong.
    public func fail(_ operation: String, _ fault: Fault) {
        switch fault {
        case .lostReply:
            let output = manifest(operation)?.plainAnswer(operation, number: 0) ?? .map(ValueMap())
            front.say(.lose(output, delay: .zero), to: operation)
        case .hang: front.say(.hang, to: operation)
        case .error(let name):
            let error = CallError(
                name: name, message: "the test says so",
                isRetryable: manifest(operation)?.retries(name) ?? false)
            front.say(.fail(error, delay: .zero), to: operation)
        }
    }

    private func manifest(_ name: String) -> OperationManifest? {
        for adapter in adapters {
            for operation in adapter.operations
            where sameUTF8("\(adapter.name).\(operation.name)", name) {
                return operation
            }
        }
        return nil
    }
}

/// The engine on virtual time behind a lock, so that tests may ask from any task.
final class VirtualFront: EngineFront {
    private typealias Watcher = (
        name: InstanceName, isWanted: @Sendable (InstanceChange) -> Bool,
        stream: AsyncStream<InstanceChange>.Continuation
    )

    let catalog: Catalog
    private let operations: FakedOperations
    private let state: Mutex<VirtualEngine<WatchedWorld>>
    private let watchers = Mutex<[Watcher]>([])

    init(
        _ composition: Composition, _ operations: FakedOperations, _ start: Timestamp
    ) throws {
        let catalog = try composition.catalog()
        self.catalog = catalog
        self.operations = operations
        let world = FakeWorld(
            script: TaskScript([], adapters: composition.project.adapters),
            adapters: composition.project.adapters)
        state = Mutex(
            try VirtualEngine(
                catalog: catalog, store: composition.store, world: WatchedWorld(world), now: start))
    }

    var now: Timestamp { state.withLock { $0.now } }

    var inspector: Inspector {
        state.withLock { Inspector(store: $0.store, catalog: catalog, now: $0.now) }
    }

    func ask(_ request: Request) async -> Reply {
        do throws(StoreError) {
            return try moving { (engine) throws(StoreError) in try engine.ask(request) }
        } catch {
            return .refused(.store(error))
        }
    }

    func run(until moment: Timestamp) throws(Problem) {
        do throws(StoreError) {
            try moving { (engine) throws(StoreError) in try engine.run(until: moment) }
        } catch {
            throw .store(error)
        }
    }

    private func moving<T: Sendable>(
        _ body: (inout VirtualEngine<WatchedWorld>) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        let (result, changes) = try state.withLock { (engine) throws(StoreError) in
            let result = try body(&engine)
            return (result, engine.world.takeChanges())
        }
        let watchers = watchers.withLock { $0 }
        for change in changes {
            for watcher in watchers where watcher.name == change.name && watcher.isWanted(change) {
                watcher.stream.yield(change)
            }
        }
        return result
    }

    func changes(
        of name: InstanceName, where isWanted: @escaping @Sendable (InstanceChange) -> Bool
    ) -> AsyncStream<InstanceChange> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: InstanceChange.self, bufferingPolicy: .bufferingNewest(1))
        watchers.withLock { $0.append((name, isWanted, continuation)) }
        return stream
    }

    /// Time stands still, and all that is due has happened: what is not so now needs the clock to move.
    func wait(
        for name: InstanceName, until goal: Goal, atMost limit: Duration
    ) async throws(Problem) -> (view: InstanceView, isMet: Bool) {
        let view = try inspector.view(name)
        try goal.check(view.definition, name.workflow)
        return (view, goal.verdict(view) ?? false)
    }

    func end() {
        for watcher in watchers.withLock({ $0 }) { watcher.stream.finish() }
    }

    // MARK: The outside

    func count(_ task: String) -> Int {
        state.withLock { $0.world.base.script.count(task) } + operations.script.count(task)
    }

    var mails: [FakeWorld.Mail] { state.withLock { $0.world.base.mails } }

    func say(_ line: TaskScript.Line, to task: String) {
        state.withLock { $0.world.base.say(line, to: task) }
        operations.say(line, to: task)
    }
}

/// A world that keeps what has changed until somebody is told.
struct WatchedWorld: VirtualWorld {
    var base: FakeWorld
    private var changes: [InstanceChange] = []

    init(_ base: FakeWorld) { self.base = base }

    mutating func takeChanges() -> [InstanceChange] {
        defer { changes = [] }
        return changes
    }

    mutating func submit(_ call: CallRow, now: Timestamp) { base.submit(call, now: now) }

    mutating func withdraw(_ call: CallID, recall: Int64, now: Timestamp) {
        base.withdraw(call, recall: recall, now: now)
    }

    mutating func setPaused(_ isPaused: Bool, adapter: String, now: Timestamp) {
        base.setPaused(isPaused, adapter: adapter, now: now)
    }

    mutating func setHolds(_ holds: MoneyHolds, now: Timestamp) {
        base.setHolds(holds, now: now)
    }

    var nextMoment: Timestamp? { base.nextMoment }

    mutating func arrivals(now: Timestamp) -> [VirtualArrival] { base.arrivals(now: now) }

    mutating func replied(to request: Request, _ reply: Reply, now: Timestamp) {
        base.replied(to: request, reply, now: now)
    }

    mutating func changed(_ change: InstanceChange, now: Timestamp) { changes.append(change) }
}
