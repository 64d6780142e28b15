import CoreMetrics
import Definition
import Encryption
import Engine
import Execution
import Foundation
import Logging
import OpenMetrics
import SQLiteStore
import Values

/// An engine at work on a database of its own.
final class World: Sendable {
    let engine: Engine
    /// Removes the database in the end.
    private let folder: Folder?
    private let running: Task<Void, any Error>
    /// Where it is counted; nil: nowhere, and nothing belongs to a trace.
    let metrics: MetricRegistry?

    /// - Parameters:
    ///   - isTold: what goes on is counted, and each order belongs to a trace.
    ///   - wrap: puts something between the engine and the database.
    ///   - calls: what leaves the engine; given the way back.
    convenience init(
        scratch: String, isTold: Bool = false, wrap: (any Store) -> any Store = { $0 },
        calls: (Engine) throws -> any CallPort = { NullCalls(engine: $0) }
    ) throws {
        let folder = try Folder(below: scratch)
        try self.init(
            directory: folder.path, removing: folder, isTold: isTold, wrap: wrap, calls: calls)
    }

    /// On a database that may be there already.
    init(
        directory: String, removing folder: Folder? = nil, isTold: Bool = false,
        wrap: (any Store) -> any Store = { $0 }, calls: (Engine) throws -> any CallPort
    ) throws {
        self.folder = folder
        let store = try SQLiteStore.open(
            directory: directory, mode: .readWrite, keys: try Self.keys)
        metrics = isTold ? MetricRegistry(EngineMetrics.declarations) : nil
        engine = Engine(
            store: wrap(store), catalog: try Definitions.catalog(),
            clock: try WallClock.resumed(scale: 1, store: store), logger: Logger(label: "bench"),
            metrics: metrics ?? NOOPMetricsHandler.instance)
        engine.connect(try calls(engine))
        running = Task { [engine] in try await engine.run() }
    }

    /// With `PAWL_BENCH_SEALED=1` what is stored is sealed.
    private static var keys: KeyRing {
        get throws {
            guard ProcessInfo.processInfo.environment["PAWL_BENCH_SEALED"] == "1" else {
                return .none
            }
            let key = try KeyRing.Key("k1", SHA256.digest(of: Array("benchmark".utf8)))
            return try KeyRing([key], current: "k1")
        }
    }

    func stop() async {
        running.cancel()
        _ = await running.result
    }

    /// Starts an order and waits for its end.
    /// - Returns: nanoseconds from the start to the result.
    func complete(_ workflow: String, _ number: Int) async throws -> UInt64 {
        let name = InstanceName(workflow: workflow, key: "o-\(number)")
        let changes = engine.changes(of: name) { $0.status.isTerminal }
        let start = Monotonic.now()
        let trace = metrics.map { _ in
            TraceContext(high: 1, low: UInt64(number), span: UInt64(number) | 1)
        }
        _ = try await Engine.$trace.withValue(trace) {
            try await engine.start(StartCommand(name: name, input: Payload.order(number)))
        }
        for await _ in changes { break }
        return Monotonic.now() - start
    }
}

/// W1a's steps: outside for the engine, in its process for the machine. A call leaves when the commit that made it
/// is flushed; its answer is a new input, decided and flushed before the next call leaves.
final class NullCalls: CallPort {
    private let engine: Engine

    init(engine: Engine) { self.engine = engine }

    func submit(_ call: CallRow) { engine.answer(call.id, .succeeded(Payload.value)) }

    /// Nothing is paused here.
    func withdraw(_ call: CallID, recall: Int64) {}
    func setPaused(_ isPaused: Bool, adapter: String) {}
    func probe(adapter: String) {}

    func conditions(of calls: [CallID]) -> [AdapterCondition] { [] }
}

/// Clients that ask for the next workflow when the one before has ended.
func closedLoop(
    clients: Int, _ timing: Timing, _ body: @escaping @Sendable (Int) async throws -> UInt64
) async throws -> Measurement {
    let window = Window()
    return try await withThrowingTaskGroup(of: Void.self) { group in
        for client in 0..<clients {
            group.addTask {
                var number = client
                while !Task.isCancelled {
                    window.add(try await body(number))
                    number += clients
                }
            }
        }
        let measurement = try await window.measure(
            warmUp: timing.warmUp, duration: timing.duration)
        group.cancelAll()
        return measurement
    }
}
