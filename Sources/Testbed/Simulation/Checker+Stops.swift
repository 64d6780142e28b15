import Engine
import Execution
import Values

/// What failed expressions and pauses must not do.
extension Checker {
    /// How often that happened, in all instances.
    func count(of kind: String) throws(StoreError) -> Int {
        var total = 0
        for id in 1...max(1, try store.lastInstanceID().rawValue) {
            total += try store.history(InstanceID(id), after: 0, count: 100_000)
                .count { $0.kind == kind }
        }
        return total
    }

    /// 18: after an expression has failed nothing of the instance moves or leaves until a person acts.
    func stopsWhole(_ history: [HistoryEntry], _ view: InstanceView) -> [String] {
        let moving = [
            "transition", "call.started", "child.started", "event.sent", "event.applied",
            "timer.fired", "task.opened", "members.started", "assigned",
        ]
        let acting = ["retry.requested", "moved", "cancel.requested", "terminated"]
        var failed: HistoryEntry?
        return history.compactMap { entry in
            if entry.kind == "expression.error" { failed = entry }
            if acting.contains(entry.kind) { failed = nil }
            guard let failed, moving.contains(entry.kind) else { return nil }
            return
                "18: \(view.run.name) did \(entry.kind) (\(entry.sequence)) after the expression "
                + "that failed (\(failed.sequence))"
        }
    }

    /// 19: events that waited are decided in the order in which they came.
    func heldInOrder(_ history: [HistoryEntry], _ view: InstanceView) -> [String] {
        let fates = [
            "event.applied", "event.ignored", "event.rejected", "event.discarded", "event.kept",
        ]
        let held = history.filter { $0.kind == "event.held" }
        let decided = held.compactMap { entry in
            history.first {
                $0.sequence > entry.sequence && fates.contains($0.kind)
                    && $0.data["id"] == entry.data["id"]
            }?.sequence
        }
        return decided == decided.sorted()
            ? [] : ["19: events that \(view.run.name) held were decided in another order"]
    }
}
