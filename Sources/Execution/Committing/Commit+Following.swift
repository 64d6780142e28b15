import Values

extension Commit {
    /// Takes in what was decided next for the same instance, so that both are written as one: the last instance
    /// row, and of timers and calls what is left standing.
    ///
    /// `next` was decided on the revision *before* this commit's, so that the row moves by one.
    package mutating func follow(with next: Commit) {
        instance = next.instance ?? instance
        history += next.history
        timersSet.removeAll { row in
            (next.timersCleared + next.timersSet).contains { $0.id == row.id }
        }
        timersSet += next.timersSet
        timersCleared += next.timersCleared
        callsSet.removeAll { row in
            next.callsCleared.contains(row.id) || next.callsSet.contains { $0.id == row.id }
        }
        callsSet += next.callsSet
        callsCleared += next.callsCleared
        tasksSet.removeAll { row in
            (next.tasksCleared + next.tasksSet).contains { $0.activation == row.activation }
        }
        tasksSet += next.tasksSet
        tasksCleared += next.tasksCleared
        referencesSet.removeAll { next.referencesCleared.contains($0) }
        referencesSet += next.referencesSet
        referencesCleared += next.referencesCleared
        attachmentsSet += next.attachmentsSet
        attachmentsDropped += next.attachmentsDropped
        messagesSent += next.messagesSent
        messageConsumed = messageConsumed ?? next.messageConsumed
        receipt = receipt ?? next.receipt
        keptAdded += next.keptAdded
        keptTaken = keptTaken ?? next.keptTaken
        records += next.records
        members += next.members
        incidentsOpened += next.incidentsOpened
        incidentsClosed += next.incidentsClosed
        unmatched += next.unmatched
        rewritten += next.rewritten
        forgets = forgets || next.forgets
        removed += next.removed
        restored += next.restored
        audit += next.audit
        auditErased += next.auditErased
    }
}
