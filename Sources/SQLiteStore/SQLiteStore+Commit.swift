import Encryption
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
        if isMutant(.historyUnsealed) {
            statement.bind(text: entries.encodedJSON)
        } else {
            statement.bind(
                sealing: entries.encodedJSON, at: .history(first.instance, last: last.sequence))
        }
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
            statement.bind(sealing: call.encodedJSON, at: .call(call.id))
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
            statement.bind(
                sealing: task.facts.encodedJSON, at: .task(task.instance, task.activation))
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
            statement.bind(sealing: message.encodedJSON, at: .message(message.id))
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
        for row in commit.keptAdded { try write(row) }
        try writeUnmatched(commit.unmatched)
    }

    private func write(_ row: KeptRow) throws(StoreError) {
        let data = row.event.encodedJSON
        let insert = try statement(.insertKept)
        insert.bind(row.name)
        insert.bind(row.arrivedAt.milliseconds)
        insert.bind(row.expiresAt.milliseconds)
        insert.bind(text: isSealing ? [] : data)
        try insert.run()
        guard isSealing else { return }
        // Its number is known only now.
        let arrival = lastRow
        let update = try statement(.rewriteKept)
        update.bind(sealing: data, at: .kept(arrival))
        update.bind(arrival)
        update.bind(row.name)
        try update.run()
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
            statement.bind(text: isSealing ? [] : row.told.encodedJSON)
            try statement.run()
            if isSealing { try seal(row) }
        }
        for isEarly in [false, true]
        where rows.contains(where: { $0.told.outcome.isEarly == isEarly }) {
            let statement = try statement(.trimUnmatched)
            statement.bind(isEarly ? Int64(1) : 0)
            statement.bind(UnmatchedRow.maximum)
            try statement.run()
        }
    }

    /// Of the row that was inserted last.
    private func seal(_ row: UnmatchedRow) throws(StoreError) {
        let isEarly = row.told.outcome.isEarly
        let last = try statement(.lastUnmatched)
        last.bind(isEarly ? Int64(1) : 0)
        let number = try last.first { $0.int64(0) } ?? 0
        let update = try statement(.rewriteUnmatched)
        update.bind(sealing: row.told.encodedJSON, at: .unmatched(isEarly, number))
        update.bind([
            .integer(isEarly ? 1 : 0), .integer(number), .text(row.workflow), .text(row.key),
        ])
        try update.run()
    }

    func write(_ row: ReceiptRow) throws(StoreError) {
        let statement = try statement(.insertReceipt)
        statement.bind(row.name)
        statement.bind(row.eventID)
        statement.bind(row.at.milliseconds)
        statement.bind(
            sealing: Array(row.fingerprint.utf8), at: .fingerprint(row.name, row.eventID))
        statement.bind(sealing: row.receipt.encodedJSON, at: .receipt(row.name, row.eventID))
        try statement.run(orConflict: "\(row.name) has a receipt for event \(row.eventID)")
    }

    func writeMembers(_ members: [MemberRow]) throws(StoreError) {
        for row in members {
            let statement = try statement(.insertMember)
            statement.bind(row.instance.rawValue)
            statement.bind(row.activation)
            statement.bind(row.number)
            statement.bind(row.status.rawValue)
            statement.bind(
                sealing: MemberOutcome(row).encodedJSON,
                at: .member(row.instance, row.activation, row.number))
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
            let place = (row.instance, row.incident.number)
            statement.bind(
                sealing: Array(row.incident.error.message.utf8), at: .message(place.0, place.1))
            statement.bind(alike: row.incident.cause, at: .cause)
            statement.bind(row.incident.openedAt.milliseconds)
            statement.bind(sealing: row.incident.encodedJSON, at: .incident(place.0, place.1))
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
