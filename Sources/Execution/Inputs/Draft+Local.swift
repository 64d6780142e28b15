import Definition
import Sabotage
import Values

/// Local operations: functions of this process, whose writes are part of the commit of the step that asked for them.
extension Draft {
    mutating func take(_ result: LocalResult, of number: Int64) {
        guard let activation = activation(number), activation.isLocal else { return }
        switch result.outcome {
        case .succeeded(let output): completeLocal(number, output, result.writes)
        case .failed(let error):
            if let reason = undeclared(error, by: activation) {
                failBroken(number, reason)
            } else {
                failAttempt(number, error)
            }
        case .broken(let reason): failBroken(number, reason)
        }
        settlePending()
    }

    /// A name that no manifest declares is one that no `onError` can ask for.
    private func undeclared(_ error: CallError, by activation: Activation) -> String? {
        guard !isMutant(.undeclaredRefusalTaken), error.name != "invalid-input",
            let manifest = manifest(activation.number)
        else { return nil }
        let known = manifest.errors.map(\.name)
        guard !known.contains(exactly: error.name) else { return nil }
        let list = known.isEmpty ? "none" : known.joined(separator: ", ")
        return "\(activation.label) refused with \(error.name), which its manifest does not "
            + "declare (known: \(list)), so no onError can match it: \(error.message)"
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
}
