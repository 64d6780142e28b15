import Definition
import Execution
import Logging
import MemoryStore
import Synchronization
import Testbed
import Testing
import Values

@testable import Engine

/// The async driver over stores in memory. No test waits for time to pass.
@Suite(.timeLimit(.minutes(10))) struct DriverTests {
    /// Time stands still; alarms ring for the timers that are due.
    private struct Stopped: StoreClock {
        func now() -> Timestamp { Bench.morning }
        func delay(until moment: Timestamp) -> Duration { moment > now() ? .seconds(3_600) : .zero }
    }

    /// A bank that keeps its calls for the test.
    private final class Calls: CallPort {
        private let rows = Mutex<[CallRow]>([])
        let answer: @Sendable (CallRow) -> Void

        init(answer: @escaping @Sendable (CallRow) -> Void) { self.answer = answer }

        func submit(_ call: CallRow) {
            rows.withLock { $0.append(call) }
            answer(call)
        }

        func withdraw(_ call: CallID, recall: Int64) {}
        func setPaused(_ isPaused: Bool, adapter: String) {}
        func setHolds(_ holds: MoneyHolds) {}
        func probe(adapter: String) {}

        func conditions(of calls: [CallID]) -> [AdapterCondition] { [] }
        var count: Int { rows.withLock { $0.count } }
    }

    private static func engine(_ store: any Store, _ workflows: [String]) throws -> Engine {
        Engine(
            store: store, catalog: try Catalog(workflows), clock: Stopped(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Runs the engine beside the body and stops it afterwards.
    private static func running(
        _ engine: Engine, _ body: @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await engine.run() }
            try await body()
            group.cancelAll()
        }
    }

    private static let name = InstanceName(workflow: "w", key: "1")

    private static func go(_ name: String) -> EventCommand {
        EventCommand(
            address: .instance(Self.name),
            event: InboundEvent(id: name, name: name, data: .map(ValueMap()), sender: .system))
    }

    private static func problem(_ body: () async throws(Problem) -> Void) async -> Problem? {
        do throws(Problem) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test func whatIsAcknowledgedIsInTheStore() async throws {
        let store = MemoryStore()
        let engine = try Self.engine(store, [Flows.steps])
        try await Self.running(engine) {
            let isNew = try await engine.start(
                StartCommand(name: Self.name, input: .map(ValueMap())))
            #expect(isNew)
            #expect(try store.instance(named: Self.name) != nil)
            let deliveries = try await engine.send(Self.go("go"))
            #expect(deliveries.map(\.receipt.outcome) == [.applied])
            #expect(try store.instance(named: Self.name)?.summary.states == ["b"])
        }
    }

    @Test func watchersLearnOfTheChangeThatACallsAnswerMakes() async throws {
        let engine = try Self.engine(MemoryStore(), [Flows.paying])
        let calls = Calls { [engine] call in engine.answer(call.id, .succeeded(.map(ValueMap()))) }
        engine.connect(calls)
        try await Self.running(engine) {
            _ = try await engine.start(StartCommand(name: Self.name, input: .map(ValueMap())))
            let changes = engine.changes(of: Self.name)
            _ = try await engine.send(Self.go("pay"))
            let end = await changes.first { $0.status.isTerminal }
            #expect(end?.states == ["c"])
        }
        #expect(calls.count == 1)
    }

    @Test func aStoreThatTakesNoWritesIsA503AndTheEngineRecovers() async throws {
        let store = FaultyStore(MemoryStore(), plan: .script([.unavailable]))
        let engine = try Self.engine(store, [Flows.steps])
        try await Self.running(engine) {
            let start = StartCommand(name: Self.name, input: .map(ValueMap()))
            let problem = await Self.problem { () async throws(Problem) in
                _ = try await engine.start(start)
            }
            #expect(problem?.code == .unavailable)
            #expect(problem?.code.httpStatus == 503)
            let isNew = try await engine.start(start)
            #expect(isNew)
        }
    }

    @Test func aConflictIsInvisibleToTheCaller() async throws {
        let store = FaultyStore(MemoryStore(), plan: .script([.conflict, .conflict]))
        let engine = try Self.engine(store, [Flows.steps])
        try await Self.running(engine) {
            let isNew = try await engine.start(
                StartCommand(name: Self.name, input: .map(ValueMap())))
            #expect(isNew)
        }
        #expect(store.count(.conflict) == 2)
    }

    @Test(arguments: [StoreFault.unknownLost, .unknownWritten])
    func anUnknownOutcomeOfAFlushStopsTheEngineAndAnswersEverybody(fault: StoreFault) async throws {
        let engine = try Self.engine(
            FaultyStore(MemoryStore(), plan: .script([fault])), [Flows.steps])
        await #expect(throws: StoreError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await engine.run() }
                let problem = await Self.problem { () async throws(Problem) in
                    _ = try await engine.start(
                        StartCommand(name: Self.name, input: .map(ValueMap())))
                }
                #expect(problem?.code == .unavailable)
                try await group.waitForAll()
            }
        }
    }

    @Test func afterTheEndRequestsAreRefusedAndStreamsAreOver() async throws {
        let engine = try Self.engine(MemoryStore(), [Flows.steps])
        let before = engine.changes(of: Self.name)
        try await Self.running(engine) {
            _ = try await engine.start(StartCommand(name: Self.name, input: .map(ValueMap())))
        }
        let problem = await Self.problem { () async throws(Problem) in
            _ = try await engine.send(Self.go("go"))
        }
        #expect(problem?.code == .unavailable)
        for await _ in before {}
        for await _ in engine.changes(of: Self.name) { Issue.record("a change after the end") }
    }
}
