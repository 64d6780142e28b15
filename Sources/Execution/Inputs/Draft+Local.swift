import Definition
import Sabotage
import Values

/// Local operations: functions of this process, whose writes are part of the commit of the step that asked for them.
extension Draft {
    mutating func perform(_ number: Int64, _ sets: [RecordSet]) {
        guard let activation = activation(number), activation.isLocal, let call = activation.call
        else { return }
        let result = catalog.local.perform(
            adapter: call.adapter, operation: call.operation, call: localCall(activation),
            records: sets)
        switch result.outcome {
        case .succeeded(let output): completeLocal(number, output, result.writes)
        case .failed(let error):
            write(result.writes)
            failAttempt(number, error)
        }
        settlePending()
    }

    /// What an operation of the process itself gives must fit its own declaration; if not, nothing of it is written.
    private mutating func completeLocal(_ number: Int64, _ output: Value, _ writes: [RecordWrite]) {
        switch manifest(number)?.outputSchema.decode(output) {
        case .invalid(let violations) where !isMutant(.misfitOutputTaken):
            let task = activation(number)?.label ?? ""
            failAttempt(number, .invalidOutput(of: task, violations))
        case .valid(let decoded):
            write(writes)
            complete(number, decoded)
        case .invalid, nil:
            write(writes)
            complete(number, output)
        }
    }

    /// Nothing of it is written; it is tried again, and given up in place like any other call.
    mutating func refuse(_ number: Int64, _ reason: String) {
        guard activation(number)?.isLocal == true else { return }
        failAttempt(
            number,
            CallError(name: "conflict", message: reason, isRetryable: true))
        settlePending()
    }

    func localCall(_ activation: Activation) -> LocalCall {
        LocalCall(input: activation.input, key: activation.key, instance: run.name, now: now)
    }
}
