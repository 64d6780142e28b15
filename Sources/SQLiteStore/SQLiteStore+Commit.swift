import Execution
import Sabotage
import Values

extension SQLiteStore {
    package func commit(_ commits: [Commit]) throws(StoreError) {
        guard !commits.isEmpty else { return }
        if isMutant(.batchInPieces), commits.count > 1 {
            for commit in commits { try self.commit([commit]) }
            return
        }
        if isMutant(.revisionCheckedOutside) { try checkRevisions(of: commits) }
        reach(.commitBegun, commits.names)
        try write(commits: commits.count) { (connection) throws(StoreError) in
            // By index: a commit has many members to copy.
            for index in commits.indices {
                try connection.write(commits[index])
                reach(.commitHalfWritten, commits.names)
            }
            reach(.commitWritten, commits.names)
        }
        reach(.commitFlushed, commits.names)
        if commits.contains(where: \.forgets) { clean() }
    }
}

extension Connection {
    /// What is cleared goes before what is set: a state that is left and entered again in one step
    /// sets the timer that it clears.
    func write(_ commit: Commit) throws(StoreError) {
        try remove(commit.removed)
        for restored in commit.restored { try restore(restored) }
        if let instance = commit.instance { try write(instance) }
        try writeHistory(commit.history)
        try writeTimers(cleared: commit.timersCleared, set: commit.timersSet)
        try writeCalls(cleared: commit.callsCleared, set: commit.callsSet)
        try writeTasks(cleared: commit.tasksCleared, set: commit.tasksSet)
        try writeAttachments(commit)
        try writeMessages(consumed: commit.messageConsumed, sent: commit.messagesSent)
        try writeEvents(commit)
        for record in commit.records { try write(record) }
        try writeMembers(commit.members)
        try writeIncidents(commit)
        // Last: what the commit itself has set stands in these places already.
        try rewrite(commit.rewritten)
        try writeAudit(commit)
        if commit.forgets { try noteRemains(true) }
    }

    /// One row, refused when the history holds any of its numbers.
    private func writeHistory(_ entries: [HistoryEntry]) throws(StoreError) {
        guard let first = entries.first, let last = entries.last else { return }
        let statement = try statement(.insertHistory)
        statement.bind(first.instance.rawValue)
        statement.bind(last.sequence)
        statement.bind(text: entries.encodedJSON)
        statement.bind(first.sequence)
        guard try statement.run() == 1 else {
            throw .conflict(
                "history entry \(first.sequence) of instance \(first.instance) exists")
        }
    }

    private func writeTimers(cleared: [TimerRow], set: [TimerRow]) throws(StoreError) {
        for timer in cleared {
            let statement = try statement(.clearTimer)
            statement.bind(timer.instance.rawValue)
            statement.bind(timer.id.kind)
            statement.bind(timer.id.number)
            try statement.run()
        }
        for timer in set {
            let statement = try statement(.setTimer)
            statement.bind(timer.instance.rawValue)
            statement.bind(timer.id.kind)
            statement.bind(timer.id.number)
            statement.bind(timer.due.millisecondsRoundedUp)
            try statement.run()
        }
    }

    private func writeCalls(cleared: [CallID], set: [CallRow]) throws(StoreError) {
        for id in cleared {
            let statement = try statement(.clearCall)
            statement.bind(id)
            try statement.run()
        }
        for call in set where !isMutant(.commitWithoutOutbox) {
            let statement = try statement(.setCall)
            statement.bind(call.id)
            statement.bind(text: call.encodedJSON)
            try statement.run()
        }
    }

    func writeTasks(cleared: [TaskRow], set: [TaskRow]) throws(StoreError) {
        for task in cleared {
            let statement = try statement(.clearTask)
            statement.bind(task.instance.rawValue)
            statement.bind(task.activation)
            try statement.run()
        }
        for task in set {
            let statement = try statement(.setTask)
            statement.bind(task.instance.rawValue)
            statement.bind(task.activation)
            statement.bind(task.name.workflow)
            statement.bind(task.name.key)
            statement.bind(task.status.rawValue)
            statement.bind(task.role)
            statement.bind(task.assignee)
            statement.bind(task.claimedBy)
            statement.bind(task.position.urgencyOrder)
            statement.bind(task.position.dueOrder)
            statement.bind(task.state)
            statement.bind(task.outcome)
            statement.bind(task.decidedBy)
            statement.bind(text: task.facts.encodedJSON)
            try statement.run()
        }
    }

    private func writeMessages(consumed: MessageID?, sent: [Message]) throws(StoreError) {
        if let consumed {
            let statement = try statement(.deleteMessage)
            statement.bind(consumed.source.rawValue)
            statement.bind(consumed.number)
            guard try statement.run() == 1 else {
                throw .conflict("message \(consumed.source)/\(consumed.number) was taken before")
            }
        }
        for message in sent {
            let statement = try statement(.insertMessage)
            statement.bind(message.id.source.rawValue)
            statement.bind(message.id.number)
            statement.bind(text: message.encodedJSON)
            try statement.run(
                orConflict: "message \(message.id.source)/\(message.id.number) was sent before")
        }
    }

    private func writeEvents(_ commit: Commit) throws(StoreError) {
        if let receipt = commit.receipt { try write(receipt) }
        if let name = commit.keptTaken {
            let statement = try statement(.deleteKept)
            statement.bind(name)
            try statement.run()
        }
        for row in commit.keptAdded {
            let statement = try statement(.insertKept)
            statement.bind(row.name)
            statement.bind(row.arrivedAt.milliseconds)
            statement.bind(row.expiresAt.milliseconds)
            statement.bind(text: row.event.encodedJSON)
            try statement.run()
        }
        try writeUnmatched(commit.unmatched)
    }

    private func writeUnmatched(_ rows: [UnmatchedRow]) throws(StoreError) {
        guard !rows.isEmpty else { return }
        for row in rows {
            let statement = try statement(.insertUnmatched)
            statement.bind(row.told.outcome.isEarly ? Int64(1) : 0)
            statement.bind(row.at.milliseconds)
            statement.bind(row.event)
            statement.bind(row.workflow)
            statement.bind(row.key)
            statement.bind(row.told.outcome.rawValue)
            statement.bind(text: row.told.encodedJSON)
            try statement.run()
        }
        for isEarly in [false, true]
        where rows.contains(where: { $0.told.outcome.isEarly == isEarly }) {
            let statement = try statement(.trimUnmatched)
            statement.bind(isEarly ? Int64(1) : 0)
            statement.bind(UnmatchedRow.maximum)
            try statement.run()
        }
    }

    func write(_ row: ReceiptRow) throws(StoreError) {
        let statement = try statement(.insertReceipt)
        statement.bind(row.name)
        statement.bind(row.eventID)
        statement.bind(row.at.milliseconds)
        statement.bind(row.fingerprint)
        statement.bind(text: row.receipt.encodedJSON)
        try statement.run(orConflict: "\(row.name) has a receipt for event \(row.eventID)")
    }

    func writeMembers(_ members: [MemberRow]) throws(StoreError) {
        for row in members {
            let statement = try statement(.insertMember)
            statement.bind(row.instance.rawValue)
            statement.bind(row.activation)
            statement.bind(row.number)
            statement.bind(row.status.rawValue)
            statement.bind(text: MemberOutcome(row).encodedJSON)
            guard try statement.run() == 1 else {
                throw .conflict("member \(row.number) of \(row.instance)/\(row.activation) is done")
            }
        }
    }

    private func writeIncidents(_ commit: Commit) throws(StoreError) {
        for row in commit.incidentsOpened {
            let statement = try statement(.openIncident)
            statement.bind(row.instance.rawValue)
            statement.bind(row.incident.number)
            statement.bind(row.incident.kind.rawValue)
            statement.bind(row.incident.error.message)
            statement.bind(row.incident.cause)
            statement.bind(row.incident.openedAt.milliseconds)
            statement.bind(text: row.incident.encodedJSON)
            try statement.run(
                orConflict: "incident \(row.incident.number) of instance \(row.instance) exists")
        }
        for row in commit.incidentsClosed {
            let closedAt = commit.instance?.summary.updatedAt ?? row.incident.openedAt
            let statement = try statement(.closeIncident)
            statement.bind(closedAt.milliseconds)
            statement.bind(row.instance.rawValue)
            statement.bind(row.incident.number)
            try statement.run()
        }
    }
}

extension Statement {
    func bind(_ name: InstanceName) {
        bind(name.workflow)
        bind(name.key)
    }

    func bind(_ id: CallID) {
        bind(id.instance.rawValue)
        bind(id.activation)
        bind(id.dispatch)
    }
}

extension TimerID {
    /// Stable numbers: they are in the database.
    var kind: Int64 {
        switch self {
        case .chart: 0
        case .activation: 1
        case .kept: 2
        }
    }

    var number: Int64 {
        switch self {
        case .chart(let index): Int64(index)
        case .activation(let number), .kept(let number): number
        }
    }

    init?(kind: Int64, number: Int64) {
        switch kind {
        case 0: self = .chart(Int(number))
        case 1: self = .activation(number)
        case 2: self = .kept(number)
        default: return nil
        }
    }
}
