import Definition
import Engine
import Execution
import Values

extension InstanceView {
    /// The API's resource `instance` (without `data` in lists).
    /// - Parameter isRevealed: what its workflow marks as sensitive is shown, too.
    package func document(withData: Bool = true, isRevealed: Bool = false) -> Value {
        let sensitive = isRevealed ? .nothing : definition.sensitive
        var map: ValueMap = [
            "id": .int(run.id.rawValue), "name": .string(run.name.description),
            "workflow": .string(run.name.workflow), "key": .string(run.name.key),
            "version": .int(Int64(run.version)), "status": .string(run.status.rawValue),
            "health": .string(health.rawValue),
            "states": .list(row.summary.states.map { .string($0) }),
            "why": .string(why), "revision": .int(run.revision),
            "startedAt": .string(run.startedAt.rfc3339),
            "updatedAt": .string(run.updatedAt.rfc3339),
        ]
        map.set("endedAt", run.endedAt.map { .string($0.rfc3339) })
        map.set("overdueAt", row.summary.overdueAt.map { .string($0.rfc3339) })
        map.set("paused", row.summary.pause?.document)
        if blockers.contains(where: { $0.kind == .workflowPaused }) {
            map["workflowPaused"] = true
        }
        map.set("output", run.output.map(sensitive.masked))
        map["search"] = .map(
            ValueMap(
                row.summary.search.map {
                    ($0.name, sensitive.masked($0.value, ofAttribute: $0.name))
                }))
        if withData, !isDamaged {
            map["input"] = sensitive.masked(run.input)
            map["params"] = sensitive.masked(run.params)
            map["context"] = .map(sensitive.masked(run.snapshot.data))
            map = map.merging(parts)
        }
        return .map(map)
    }

    /// The API's resource `why`.
    package var explanation: Value {
        let map: ValueMap = [
            "name": .string(run.name.description), "version": .int(Int64(run.version)),
            "status": .string(run.status.rawValue),
            "health": .string(health.rawValue), "at": .string(now.rfc3339),
            "why": .string(why), "blockers": .list(blockers.map(shown)),
        ]
        guard run.status.isTerminal, !isDamaged else { return .map(map) }
        return .map(map.merging(["ending": run.endingEvidence(definition)]))
    }

    private func shown(_ blocker: Blocker) -> Value {
        guard case .map(var map) = blocker.value, let evidence = map["evidence"] else {
            return blocker.value
        }
        map["evidence"] = definition.sensitive.masked(evidence)
        return .map(map)
    }

    /// What its blockers offer, and what can always be done.
    package var legalActions: [Value] {
        var actions = blockers.flatMap { blocker in
            blocker.actions.map { action in
                var document = action.document
                document["because"] = .string(blocker.kind.rawValue)
                return document
            }
        }
        if !run.status.isTerminal, !actions.contains(where: { $0["name"] == "cancel" }) {
            actions.append(Blocker.LegalAction.cancel(row.name).document)
        }
        return actions.map(Value.map)
    }
}

extension HistoryEntry {
    /// The API's resource `history entry`.
    package func document(masking sensitive: Sensitive) -> Value {
        [
            "sequence": .int(sequence), "at": .string(at.rfc3339), "kind": .string(kind),
            "data": sensitive.masked(data),
        ]
    }
}

extension InstanceViews {
    /// The API's resource `instances`, without a cursor. `totalIsLeast`: there are more than `total`.
    package var document: ValueMap {
        var map: ValueMap = [
            "instances": .list(views.map { $0.document(withData: false) }),
            "total": .int(Int64(total)), "totalIsLeast": .bool(isTotalLeast),
        ]
        map.set("hint", hint.map(Value.string))
        return map
    }
}

extension Delivery {
    /// The API's resource `receipt`.
    package var document: Value {
        var map: ValueMap = [
            "instance": .string(name.description), "outcome": .string(receipt.outcome.rawValue),
        ]
        if let code = receipt.code { map["code"] = .string(code) }
        if let message = receipt.message { map["message"] = .string(message) }
        return .map(map)
    }
}

extension Preview {
    /// The API's resource `effect`.
    package func document(masking sensitive: Sensitive) -> Value {
        [
            "status": .string(status.rawValue), "states": .list(states.map(Value.string)),
            "history": .list(history.map { $0.document(masking: sensitive) }),
            "calls": .list(calls.map(Value.string)),
        ]
    }
}
