import Execution
import Values

extension MemoryState {
    /// What is cleared goes before what is set.
    mutating func write(_ commit: Commit) throws(StoreError) {
        for instance in commit.removed { try remove(instance) }
        for restored in commit.restored { try restore(restored) }
        if let instance = commit.instance { try write(instance) }
        for entry in commit.history { try write(entry) }
        if let first = commit.history.first, let last = commit.history.last {
            journal[RowKey(.number(nextArrival()))] = JournalData(
                instance: first.instance.rawValue,
                sequences: first.sequence...max(first.sequence, last.sequence))
        }
        for timer in commit.timersCleared { clear(timer) }
        for timer in commit.timersSet { set(timer) }
        for id in commit.callsCleared { calls[RowKey(id)] = nil }
        for call in commit.callsSet { calls[RowKey(call.id)] = call.encodedJSON }
        for task in commit.tasksCleared { tasks[RowKey(task)] = nil }
        for task in commit.tasksSet { tasks[RowKey(task)] = task }
        writeAttachments(commit)
        try writeMessages(commit)
        try writeEvents(commit)
        for record in commit.records { try write(record) }
        for row in commit.members { try write(row) }
        try writeIncidents(commit)
        try rewrite(commit.rewritten)
        try writeAudit(commit)
    }

    private mutating func write(_ instance: InstanceWrite) throws(StoreError) {
        let key = RowKey(.number(instance.id.rawValue))
        let name = RowKey(instance.name)
        if instance.revision == 1 {
            guard instances[key] == nil, names[name] == nil else {
                throw .conflict("\(instance.name) (instance \(instance.id)) exists")
            }
            names[name] = instance.id.rawValue
        } else {
            guard let old = instances[key], old.revision == instance.revision - 1 else {
                throw .conflict("\(instance.name) is not at revision \(instance.revision - 1)")
            }
        }
        instances[key] = try instance.stored
    }

    mutating func write(_ entry: HistoryEntry) throws(StoreError) {
        let key = RowKey(.number(entry.instance.rawValue), .number(entry.sequence))
        guard history[key] == nil else {
            throw .conflict(
                "history entry \(entry.sequence) of instance \(entry.instance) exists")
        }
        history[key] = HistoryRow(
            at: entry.at.milliseconds, kind: entry.kind, data: JSON.encode(entry.data))
    }

    private mutating func clear(_ timer: TimerRow) {
        guard let due = timers[RowKey(timer)] else { return }
        timers[RowKey(timer)] = nil
        timersByDue[RowKey(due: due, timer)] = nil
    }

    private mutating func set(_ timer: TimerRow) {
        clear(timer)
        let due = timer.due.millisecondsRoundedUp
        timers[RowKey(timer)] = due
        timersByDue[RowKey(due: due, timer)] = timer.id
    }

    private mutating func writeMessages(_ commit: Commit) throws(StoreError) {
        if let consumed = commit.messageConsumed {
            guard messages[RowKey(consumed)] != nil else {
                throw .conflict("message \(consumed.source)/\(consumed.number) was taken before")
            }
            messages[RowKey(consumed)] = nil
        }
        for message in commit.messagesSent {
            let id = message.id
            guard messages[RowKey(id)] == nil else {
                throw .conflict("message \(id.source)/\(id.number) was sent before")
            }
            messages[RowKey(id)] = message.encodedJSON
        }
    }

    private mutating func writeEvents(_ commit: Commit) throws(StoreError) {
        if let row = commit.receipt { try write(row) }
        if let name = commit.keptTaken {
            for (key, _) in kept.rows(prefix: RowKey(name)) { kept[key] = nil }
        }
        for row in commit.keptAdded {
            let key = RowKey(
                .text(row.name.workflow), .text(row.name.key), .number(nextArrival()))
            kept[key] = KeptData(
                arrivedAt: row.arrivedAt.milliseconds, expiresAt: row.expiresAt.milliseconds,
                event: row.event.encodedJSON)
        }
        for row in commit.unmatched {
            let list = RowKey.Part.number(row.told.outcome.isEarly ? 1 : 0)
            let number = nextArrival()
            unmatched[RowKey(list, .number(number))] = UnmatchedRow(
                number: number, at: row.at, event: row.event, workflow: row.workflow, key: row.key,
                told: row.told)
            guard unmatched.count > UnmatchedRow.maximum else { continue }
            let all = unmatched.rows(prefix: RowKey(list))
            if all.count > UnmatchedRow.maximum, let oldest = all.first {
                unmatched[oldest.key] = nil
            }
        }
    }

    mutating func write(_ row: ReceiptRow) throws(StoreError) {
        let key = RowKey(.text(row.name.workflow), .text(row.name.key), .text(row.eventID))
        guard receipts[key] == nil else {
            throw .conflict("\(row.name) has a receipt for event \(row.eventID)")
        }
        receipts[key] = ReceiptData(
            at: row.at.milliseconds, fingerprint: row.fingerprint,
            receipt: row.receipt.encodedJSON)
    }

    private mutating func write(_ record: RecordWrite) throws(StoreError) {
        let key = RowKey(.text(record.collection), .text(record.id))
        let revision = records[key]?.revision ?? 0
        guard revision == record.expectedRevision else {
            throw .conflict(
                "record \(record.collection)/\(record.id) is not at revision "
                    + "\(record.expectedRevision)")
        }
        if ledgers.contains(record.collection) { try book(record) }
        let declared = self.declared(record.entries, of: record.collection)
        setEntries(record.body == nil ? [] : declared, of: record.collection, record.id)
        records[key] = record.body.map {
            RecordData(
                id: record.id, group: record.group, revision: revision + 1, body: JSON.encode($0),
                entries: declared)
        }
    }

    /// Without a gap, and never before the one before.
    private mutating func book(_ record: RecordWrite) throws(StoreError) {
        if let fault = ledgers.fault(of: record) { throw .conflict(fault) }
        let name = "\(record.collection)/\(record.id)"
        guard let sequence = record.body?["sequence"]?.intValue,
            let moment = LedgerRules.booked(record.body)
        else { throw .conflict("\(name) has no sequence number") }
        let before = booked[RowKey(.text(record.collection), .number(sequence - 1))]
        let key = RowKey(.text(record.collection), .number(sequence))
        guard booked[key] == nil, sequence == 1 || before != nil else {
            throw .conflict("\(name) leaves a gap in the sequence, or stands twice in it")
        }
        guard before ?? .min <= moment.milliseconds else {
            throw .conflict("\(name) is booked before the one before")
        }
        booked[key] = moment.milliseconds
    }

    /// What was there before it was declared a ledger.
    mutating func rebook(_ collection: String) {
        for (_, record) in records.rows(prefix: RowKey(.text(collection))) {
            guard let body = try? JSON.parse(record.body, limits: .trusted),
                let sequence = body["sequence"]?.intValue,
                let moment = LedgerRules.booked(body)
            else { continue }
            booked[RowKey(.text(collection), .number(sequence))] = moment.milliseconds
        }
    }

    mutating func write(_ row: MemberRow) throws(StoreError) {
        let key = RowKey(
            .number(row.instance.rawValue), .number(row.activation), .number(row.number))
        guard members[key].map({ $0.status == .failed }) ?? true else {
            throw .conflict("member \(row.number) of \(row.instance)/\(row.activation) is done")
        }
        members[key] = MemberData(
            activation: row.activation, number: row.number, status: row.status,
            outcome: MemberOutcome(row).encodedJSON)
    }

    private mutating func writeIncidents(_ commit: Commit) throws(StoreError) {
        for row in commit.incidentsOpened {
            let key = RowKey(.number(row.instance.rawValue), .number(row.incident.number))
            guard incidents[key] == nil else {
                throw .conflict(
                    "incident \(row.incident.number) of instance \(row.instance) exists")
            }
            incidents[key] = true
            openIncidents[RowKey(row)] = row.incident.encodedJSON
        }
        for row in commit.incidentsClosed {
            let key = RowKey(.number(row.instance.rawValue), .number(row.incident.number))
            if incidents[key] != nil { incidents[key] = false }
            openIncidents[RowKey(row)] = nil
        }
    }
}

extension RowKey {
    fileprivate init(_ timer: TimerRow) {
        self.init(
            .number(timer.instance.rawValue), .number(timer.id.rank), .number(timer.id.number))
    }

    init(_ task: TaskRow) {
        self.init(.number(task.instance.rawValue), .number(task.activation))
    }

    fileprivate init(due: Int64, _ timer: TimerRow) {
        self.init(
            .number(due), .number(timer.instance.rawValue), .number(timer.id.rank),
            .number(timer.id.number))
    }

    fileprivate init(_ row: IncidentRow) {
        self.init(
            .number(row.incident.openedAt.milliseconds), .number(row.instance.rawValue),
            .number(row.incident.number))
    }
}

extension TimerID {
    fileprivate var rank: Int64 {
        switch self {
        case .chart: 0
        case .activation: 1
        case .kept: 2
        }
    }

    fileprivate var number: Int64 {
        switch self {
        case .chart(let index): Int64(index)
        case .activation(let number), .kept(let number): number
        }
    }
}

extension InstanceWrite {
    /// What a database gives back: whole milliseconds, search attributes after a trip through JSON.
    var stored: InstanceWrite {
        get throws(StoreError) {
            InstanceWrite(
                id: id, name: name, version: version, status: status, revision: revision,
                summary: try summary.stored, body: body)
        }
    }
}

extension InstanceSummary {
    fileprivate var stored: InstanceSummary {
        get throws(StoreError) {
            let json = JSON.encode(.map(ValueMap(search.map { ($0.name, $0.value) })))
            let entries = try MemoryState.parse(json).mapValue?.entries ?? []
            return InstanceSummary(
                states: states, startedAt: startedAt.stored, updatedAt: updatedAt.stored,
                endedAt: endedAt?.stored, overdueAt: overdueAt?.stored, incidents: incidents,
                isRetrying: isRetrying,
                pause: pause.map {
                    PauseSummary(by: $0.by, reason: $0.reason, since: $0.since.stored)
                },
                search: entries.map { (name: $0.key.stringValue ?? "", value: $0.value) })
        }
    }
}

extension Timestamp {
    fileprivate var stored: Timestamp { Timestamp(milliseconds: milliseconds) }
}
