import Execution
import Synchronization
import Values

/// In-process operations, counted, and faked where the scenario says so. A faked one writes no records.
package final class FakedOperations: LocalPerformer {
    private struct State {
        var script: TaskScript
        /// Attempts by idempotency key.
        var attempts: [ExactText: Int] = [:]

        mutating func line(_ task: String, _ call: LocalCall) -> TaskScript.Line {
            let attempt = (attempts[call.key] ?? 0) + 1
            attempts[call.key] = attempt
            let number = script.attempt(task)
            return script.line(
                task, number: number, input: call.input, key: call.key, attempt: attempt)
        }
    }

    private let real: any LocalPerformer
    private let state: Mutex<State>

    package init(_ real: any LocalPerformer, script: TaskScript) {
        self.real = real
        state = Mutex(State(script: script))
    }

    package var indexes: RecordIndexes { real.indexes }
    package var statements: any StatementMaker { real.statements }

    /// As it stands after the calls made so far.
    package var script: TaskScript { state.withLock { $0.script } }

    /// Of calls that come later.
    package func say(_ line: TaskScript.Line, to task: String) {
        state.withLock { $0.script.say(line, to: task) }
    }

    /// Every decision of a scenario is committed, so a call counts once however it is asked for.
    package func perform(
        adapter: String, operation: String, call: LocalCall, read: @escaping RecordReader
    ) throws(StoreError) -> LocalResult {
        switch state.withLock({ $0.line("\(adapter).\(operation)", call) }) {
        case .answer(let output, _): return LocalResult(.succeeded(output))
        case .fail(let error, _): return LocalResult(.failed(error))
        case .unscripted:
            return try real.perform(
                adapter: adapter, operation: operation, call: call, read: read)
        case .lose, .hang:
            let error = CallError(
                name: "invalid-output", message: "an in-process operation always answers",
                isRetryable: false)
            return LocalResult(.failed(error))
        }
    }
}
