import Definition
import Execution
import Values

/// What must not happen and is seen only when it does: invariants that the end cannot show.
extension Simulation {
    /// As the records say, whatever the engine makes of them.
    static func held(
        _ collection: String, in store: any Store
    ) throws(StoreError) -> Set<ExactText> {
        let query = RecordQuery(collection: collection, selection: .all)
        let held = try store.records(query).records.filter {
            (try? PauseRecord(decoding: $0.body))?.pause != nil
        }
        return Set<ExactText>(held.map { ExactText($0.id) })
    }

    /// 22: of a workflow that a person holds no instance moves, from the commit on that says so.
    mutating func watch(_ commit: Commit) {
        for write in commit.records where sameUTF8(write.collection, PauseRecord.ofWorkflows) {
            let pause = write.body.flatMap { try? PauseRecord(decoding: $0) }?.pause
            if pause == nil {
                heldWorkflows.remove(ExactText(write.id))
            } else {
                counts.note(.workflowPaused)
                heldWorkflows.insert(ExactText(write.id))
            }
        }
        guard let instance = commit.instance,
            heldWorkflows.contains(ExactText(instance.name.workflow))
        else { return }
        // Mails and undoing that one leaves behind that has ended hold nothing up, and are held by nothing.
        let name = instance.name
        let wasRunning =
            !instance.status.isTerminal || commit.history.contains { $0.kind == "ended" }
        guard wasRunning else { return }
        movedWhileHeld += commit.history.filter {
            guard let kind = HistoryKind(rawValue: $0.kind), Self.movements.contains(kind) else {
                return false
            }
            return !isAnswer($0, kind, toMail: catalog.notifier)
        }.map {
            "22: \(name) did \($0.kind) at \(now.rfc3339) although its workflow was paused"
        }
    }

    /// What came back of a mail that had left before: it is noted, and moves nothing.
    private func isAnswer(
        _ entry: HistoryEntry, _ kind: HistoryKind, toMail notifier: Notifier
    ) -> Bool {
        let mail = "\(notifier.adapter).\(notifier.operation)"
        return [.callCompleted, .callFailed].contains(kind) && entry.data["task"] == .string(mail)
    }

    private static let movements: Set<HistoryKind> = [
        .transition, .callStarted, .callCompleted, .callFailed, .childStarted, .childEnded,
        .timerFired, .eventApplied, .taskOpened, .taskDecided, .membersStarted,
        .compensationStarted,
        .cancelRequested,
    ]

    mutating func watchRecovered(_ call: CallRow) throws(StoreError) {
        guard let name = try store.instance(call.id.instance)?.name,
            heldWorkflows.contains(ExactText(name.workflow))
        else { return }
        movedWhileHeld.append(
            "22: \(call.adapter).\(call.operation) of \(name) left at \(now.rfc3339) after a restart "
                + "although its workflow was paused")
    }

    /// 17: no call leaves after its instance was paused, stopped or ended, or left the state that calls.
    /// 21: nor does any of an adapter that a person holds, whatever it is for.
    /// 24: nor does one whose money a person holds, which is sent neither again; asking goes on.
    mutating func watchDepartures() {
        for row in network.takeDepartures() {
            if row.purpose == .perform,
                let hold = heldMoney.hold(
                    of: row.adapter, catalog.operation(row.adapter, row.operation), row.input)
            {
                departedLate.append(
                    "24: \(row.adapter).\(row.operation) left at \(now.rfc3339) although hold "
                        + "\(hold.number) covers it")
            }
            if heldAdapters.contains(ExactText(row.adapter)) {
                departedLate.append(
                    "21: \(row.adapter).\(row.operation) left at \(now.rfc3339) although "
                        + "the adapter was paused")
            }
            guard row.purpose == .perform else { continue }
            guard let stored = try? store.instance(row.id.instance),
                let definition = catalog.definition(stored.name.workflow, version: stored.version),
                let run = try? Run(decoding: stored, definition: definition)
            else { continue }
            let call = run.activations.first { $0.number == row.id.activation }?.call
            guard call.map({ run.recall(of: $0) != nil }) ?? true else { continue }
            departedLate.append(
                "17: \(row.adapter).\(row.operation) of \(run.name) left at \(now.rfc3339) "
                    + "although it had been taken back")
        }
    }
}
