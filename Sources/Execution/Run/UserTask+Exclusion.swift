import CEL
import Definition
import Values

/// Who must not have done a task: four eyes.
struct Exclusion {
    /// As `except` names them now.
    var subjects: [String] = []
    /// The expression that cannot be told, and why.
    var unknown: (source: String, reason: String)?

    func names(_ subject: String?) -> Bool {
        subject.map { subject in subjects.contains { sameUTF8($0, subject) } } ?? false
    }
}

extension UserTask {
    /// - Parameter scope: the names that the task's own templates see.
    func exclusion(in scope: Bindings) -> Exclusion {
        var exclusion = Exclusion()
        for expression in except {
            do throws(EvaluationError) {
                let value = try expression.evaluate(scope).plain
                exclusion.subjects += (value.listValue ?? [value]).compactMap(\.keyText)
            } catch {
                exclusion.unknown = exclusion.unknown ?? (expression.source, error.message)
            }
        }
        return exclusion
    }
}

extension Run {
    /// The names that the templates of an activation see: those of the workflow, and of a member its item.
    /// - Parameter environment: see `WorkflowDefinition.environment`.
    func scope(of activation: Activation, _ environment: Bindings) -> Bindings {
        var scope = environment
        scope["context"] = .map(snapshot.data)
        if let member = activation.membership?.member {
            scope["item"] = member.item
            scope["index"] = .int(member.number - 1)
        }
        return scope
    }
}
