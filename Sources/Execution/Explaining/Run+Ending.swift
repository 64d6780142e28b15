import Definition
import Values

/// How an instance came to its end: the state, the error that led there, and what stands of its effects.
extension Run {
    /// One sentence for people.
    package func ending(_ definition: WorkflowDefinition) -> String {
        var sentence = "Ended: \(status.rawValue)"
        if let state = finalState(definition) { sentence += ", in `\(state)`" }
        if status != .completed, let failure = lastFailure {
            sentence +=
                ", after `\(failure.task)` failed with `\(failure.error)` (\(failure.message))"
        }
        let standing = effects.standing
        guard status != .completed, !standing.isEmpty else { return sentence + "." }
        let tasks = standing.map { effect in
            "`\(effect.task)`" + (effect.status == .possible ? " (perhaps)" : "")
        }
        return sentence + ". What stands: \(tasks.joined(separator: ", "))."
    }

    /// The same as data: the final state, the failure, and the effects that stand.
    package func endingEvidence(_ definition: WorkflowDefinition) -> Value {
        var map = ValueMap()
        map.set("state", finalState(definition).map { .string($0) })
        map.set("failure", lastFailure?.encoded)
        map["standing"] = .list(
            effects.standing.map {
                [
                    "task": .string($0.task), "key": .string($0.key),
                    "status": .string($0.status.rawValue),
                ]
            })
        return .map(map)
    }

    private func finalState(_ definition: WorkflowDefinition) -> String? {
        guard let final = snapshot.finalState,
            definition.machine.states.indices.contains(final)
        else { return nil }
        return definition.machine.states[final].id
    }
}
