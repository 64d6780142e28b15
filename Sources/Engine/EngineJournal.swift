import Alerts
import Definition
import Execution
import Values

// What happened to no instance: what people hold, schedules, alerts. It stands in the same history as everything else, as
// that of instance 0, so that there is one order of all that happened (docs/decisions/0043-the-stream-of-events.md).

extension InstanceID {
    /// In whose history the engine's own stands; no instance has that id.
    package static let engine = InstanceID(0)
}

extension Batch {
    /// What its commits say of no instance, as one commit behind them.
    /// - Parameter last: the number of the engine's own history that was given out last.
    mutating func tellOfRecords(after last: inout Int64, at now: Timestamp) {
        var journal = Commit()
        for commit in commits where !commit.records.isEmpty {
            for record in commit.records {
                guard let (kind, data) = record.happening else { continue }
                last += 1
                journal.history.append(
                    HistoryEntry(
                        instance: .engine, sequence: last, at: now, kind: kind, data: data))
            }
        }
        if !journal.history.isEmpty { commits.append(journal) }
    }
}

extension RecordWrite {
    /// What it means that this was written; nil: nothing that anybody waits to hear.
    fileprivate var happening: (kind: String, data: Value)? {
        guard collection.hasPrefix("pawl.") else { return nil }
        return switch collection {
        case PauseRecord.ofAdapters: pause(of: "adapter")
        case PauseRecord.ofWorkflows: pause(of: "workflow")
        case MoneyHold.collection: money
        case ScheduleLogRow.collection: schedule
        case Substitution.collection:
            body.map { ("substitution.set", $0) } ?? ("substitution.ended", ["id": .string(id)])
        case BulkOperation.collection:
            expectedRevision == 0
                ? ("operation.begun", ["operation": .string(id)]) : nil
        case Erasure.collection: erasure
        case Alert.collection: alert
        case Restoration.collection: body.map { ("instance.restored", restored($0)) }
        case Silence.collection:
            body.map { ("silence.set", $0) } ?? ("silence.ended", ["id": .string(id)])
        default: nil
        }
    }

    private func restored(_ body: Value) -> Value {
        guard let restoration = try? Restoration(decoding: body) else { return .map(ValueMap()) }
        return [
            "workflow": .string(restoration.name.workflow), "key": .string(restoration.name.key),
            "by": .string(restoration.by.description), "until": .string(restoration.until.rfc3339),
        ]
    }

    private func pause(of thing: String) -> (kind: String, data: Value)? {
        guard let body, let record = try? PauseRecord(decoding: body), let change = record.log.first
        else { return nil }
        let data = ValueMap([(thing, .string(id))]).merging(
            change.standing.document.mapValue ?? ValueMap())
        return ("\(thing).\(change.isPaused ? "paused" : "resumed")", .map(data))
    }

    private var money: (kind: String, data: Value)? {
        guard let body, let hold = try? MoneyHold(decoding: body) else { return nil }
        let scope = ValueMap([("hold", .int(hold.number)), ("scope", .string(hold.scope.text))])
        let standing = hold.released ?? hold.placed
        return (
            hold.released == nil ? "money.hold.placed" : "money.hold.released",
            .map(scope.merging(standing.document.mapValue ?? ValueMap()))
        )
    }

    private var schedule: (kind: String, data: Value)? {
        guard let body, let row = try? ScheduleLogRow(decoding: body) else { return nil }
        let workflow = id.split(separator: "/").dropLast().joined(separator: "/")
        let data = ValueMap([("workflow", .string(workflow))]).merging(row.document)
        return ("schedule.\(row.outcome.rawValue)", .map(data))
    }

    private var erasure: (kind: String, data: Value)? {
        guard let body, let erasure = try? Erasure(decoding: body) else { return nil }
        let order = erasure.order
        if expectedRevision == 0 {
            return (
                "erasure.begun",
                [
                    "erasure": .int(order.number), "person": .string(order.person),
                    "id": .string(order.id), "reason": .string(order.reason),
                    "by": .string(order.by.description),
                ]
            )
        }
        guard erasure.status == .done else { return nil }
        return (
            "erasure.done",
            ["erasure": .int(order.number), "instances": .int(erasure.erased)]
        )
    }

    private var alert: (kind: String, data: Value)? {
        guard let body, let alert = try? Alert(decoding: body) else { return nil }
        if alert.resolvedAt != nil {
            return ("alert.resolved", .map(alert.document(as: .resolved)))
        }
        if expectedRevision == 0 { return ("alert.firing", .map(alert.document(as: .firing))) }
        return nil
    }
}
