import ArgumentParser
import Definition
import DequeModule
import Engine
import Execution
import Foundation
import Synchronization
import Values

/// W4: a process that works on accepted orders and is killed, and one that goes on with its database.
///
/// `scripts/lib/bench.py` kills it. Each step's remote is a file: one line with the call's key for each time that
/// the step is executed, written before its answer.
struct Recovery: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "W4: accepts orders, or goes on with those that a killed process left.")

    @Option(help: "Orders to accept; 0 goes on with what is there.")
    var accept = 0
    @Option(help: "Orders that are there in the end.")
    var total = 1_000
    @Option(help: "The folder of the database and of the steps' file; it stays.")
    var folder: String
    @Option(help: "Milliseconds that each step takes.")
    var step = 20

    func run() async throws {
        let began = Monotonic.now()
        let steps = try StepFile(folder + "/steps.log", milliseconds: step)
        let world = try World(directory: folder, calls: { steps.connected(to: $0) })
        if accept > 0 {
            _ = try await each(accept, clients: 32) { number in
                _ = try await world.engine.start(
                    StartCommand(
                        name: InstanceName(workflow: "null-order", key: "o-\(number)"),
                        input: Payload.order(number)))
            }
            report(["accepted": .int(Int64(accept))])
        }
        let done = InstanceQuery(
            terms: [.status(.completed)], now: Timestamp(seconds: 0), before: nil, count: 1)
        while try world.engine.store.list(done).total < total {
            try await Task.sleep(for: .milliseconds(10))
        }
        report(["seconds": .double(Double(Monotonic.now() - began) / 1e9)])
        await world.stop()
    }
}

/// Steps that leave a trace and take their time, 32 at once; no thread waits for them.
private final class StepFile: CallPort {
    private struct State {
        var waiting: Deque<CallRow> = []
        var running = 0
    }

    private static let atOnce = 32

    private let file: Int32
    private let pause: DispatchTimeInterval
    private let state = Mutex(State())
    private let engine = Mutex<Engine?>(nil)

    init(_ path: String, milliseconds: Int) throws {
        file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        guard file >= 0 else { throw BenchError("\(path) cannot be written") }
        pause = .milliseconds(milliseconds)
    }

    func connected(to engine: Engine) -> any CallPort {
        self.engine.withLock { $0 = engine }
        return self
    }

    /// Nothing is paused here.
    func withdraw(_ call: CallID, recall: Int64) {}
    func setPaused(_ isPaused: Bool, adapter: String) {}
    func probe(adapter: String) {}

    func submit(_ call: CallRow) {
        state.withLock { $0.waiting.append(call) }
        startNext()
    }

    private func startNext() {
        let call = state.withLock { state -> CallRow? in
            guard state.running < Self.atOnce, let call = state.waiting.popFirst() else {
                return nil
            }
            state.running += 1
            return call
        }
        guard let call else { return }
        let line = Array("\(call.key)\n".utf8)
        _ = write(file, line, line.count)
        DispatchQueue.global().asyncAfter(deadline: .now() + pause) { [self] in
            engine.withLock { $0 }?.answer(call.id, .succeeded(Payload.value))
            state.withLock { $0.running -= 1 }
            startNext()
        }
    }

    func conditions(of calls: [CallID]) -> [AdapterCondition] { [] }
}
