import Definition
import Execution
import Logging
import Synchronization
import Testing
import Values

@testable import Engine

/// A process that begins with all its calls held, as after a restore.
@Suite(.timeLimit(.minutes(10))) struct CallHoldTests {
    private struct Stopped: StoreClock {
        func now() -> Timestamp { Bench.morning }
        func delay(until moment: Timestamp) -> Duration { moment > now() ? .seconds(3_600) : .zero }
    }

    /// Notes what reaches it, in order.
    private final class Port: CallPort {
        private let notes = Mutex<[String]>([])
        func submit(_ call: CallRow) { notes.withLock { $0.append("call") } }
        func withdraw(_ call: CallID, recall: Int64) {}
        func setPaused(_ isPaused: Bool, adapter: String) {
            notes.withLock { $0.append("\(isPaused ? "pause" : "resume") \(adapter)") }
        }
        func setHolds(_ holds: MoneyHolds) {}
        func probe(adapter: String) {}
        func conditions(of calls: [CallID]) -> [AdapterCondition] { [] }
        var seen: [String] { notes.withLock { $0 } }
    }

    private let olga = Actor(role: "operator", subject: "olga")

    /// A store with a call that an earlier process left.
    private func left() throws -> Bench {
        var bench = try Bench(try Catalog([Flows.paying]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("pay", to: "1"))
        #expect(bench.calls.count == 1)
        return bench
    }

    private func engine(_ bench: Bench) throws -> Engine {
        Engine(
            store: bench.store, catalog: try Catalog([Flows.paying]), clock: Stopped(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func whatAnEarlierProcessLeftDoesNotLeaveEither() async throws {
        let engine = try engine(left())
        let port = Port()
        engine.connect(port)
        #expect(try engine.holdCalls(reason: "restored", by: olga).contains("bank"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await engine.run() }
            // Who is answered knows that the process has begun.
            _ = try await engine.start(
                StartCommand(
                    name: InstanceName(workflow: "w", key: "2"), input: .map(ValueMap())))
            let call = try #require(port.seen.firstIndex(of: "call"))
            let pause = try #require(port.seen.firstIndex(of: "pause bank"))
            #expect(pause < call, "\(port.seen)")
            #expect(try engine.inspector.pause(of: "bank")?.pause?.reason == "restored")
            _ = await engine.ask(.adapter("bank", .resume(reason: "compared"), actor: olga))
            #expect(port.seen.last == "resume bank")
            group.cancelAll()
        }
    }

    /// A restart with the same words changes nothing, and nobody's own pause is taken over.
    @Test func whatIsHeldAlreadyIsLeftAsItIs() throws {
        var bench = try left()
        _ = try bench.ask(
            .adapter(
                "bank", .pause(reason: "audit"), actor: Actor(role: "admin", subject: "ana")))
        let engine = try engine(bench)
        let held = try engine.holdCalls(reason: "restored", by: olga)
        #expect(!held.contains("bank"))
        #expect(!held.contains("shop"), "it is performed in the engine")
        #expect(try engine.holdCalls(reason: "restored", by: olga).isEmpty)
        #expect(try engine.inspector.pause(of: "bank")?.pause?.reason == "audit")
    }
}
