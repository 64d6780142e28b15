import ArgumentParser
import CEL
import Engine
import Execution
import Foundation

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
        let steps = try StepFile(folder + "/steps.log", pause: .milliseconds(step))
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

/// Steps that leave a trace and take their time, 32 at once.
private final class StepFile: CallPort {
    private let file: Int32
    private let queue = OperationQueue()
    private let pause: Duration
    private nonisolated(unsafe) weak var engine: Engine?

    init(_ path: String, pause: Duration) throws {
        file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        guard file >= 0 else { throw BenchError("\(path) cannot be written") }
        self.pause = pause
        queue.maxConcurrentOperationCount = 32
    }

    func connected(to engine: Engine) -> any CallPort {
        self.engine = engine
        return self
    }

    func submit(_ call: CallRow) {
        queue.addOperation { [self] in
            let line = Array("\(call.key)\n".utf8)
            _ = write(file, line, line.count)
            usleep(UInt32(pause / .microseconds(1)))
            engine?.answer(call.id, .succeeded(Payload.value))
        }
    }

    var conditions: [AdapterCondition] { [] }
}
