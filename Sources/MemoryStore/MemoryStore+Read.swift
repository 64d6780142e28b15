import Execution
import Values

extension MemoryStore {
    package func instance(_ id: InstanceID) throws(StoreError) -> InstanceWrite? {
        try read { (state) throws(StoreError) in state.instances[RowKey(.number(id.rawValue))] }
    }

    package func instance(named name: InstanceName) throws(StoreError) -> InstanceWrite? {
        try read { (state) throws(StoreError) in
            state.names[RowKey(name)].flatMap { state.instances[RowKey(.number($0))] }
        }
    }

    package func lastInstanceID() throws(StoreError) -> InstanceID {
        try read { (state) throws(StoreError) in
            state.instances.newestFirst.first?.id ?? InstanceID(0)
        }
    }

    package func lastMoment() throws(StoreError) -> Timestamp? {
        try read { (state) throws(StoreError) in
            state.history.newestFirst.map(\.at).max().map { Timestamp(milliseconds: $0) }
        }
    }

    package func timers(dueBy limit: Timestamp, count: Int) throws(StoreError) -> [TimerRow] {
        try read { (state) throws(StoreError) in
            state.timersByDue.rows(from: RowKey(), count: max(count, 0))
                .compactMap { key, id in
                    guard case .number(let due) = key.parts.first, due <= limit.milliseconds,
                        case .number(let instance) = key.parts.dropFirst().first
                    else { return nil }
                    return TimerRow(
                        instance: InstanceID(instance), id: id, due: Timestamp(milliseconds: due))
                }
        }
    }

    package func nextTimer(after moment: Timestamp?) throws(StoreError) -> Timestamp? {
        try read { (state) throws(StoreError) in
            let start = moment.map { RowKey(.number($0.milliseconds + 1)) } ?? RowKey()
            guard let first = state.timersByDue.rows(from: start, count: 1).first,
                case .number(let due) = first.key.parts.first
            else { return nil }
            return Timestamp(milliseconds: due)
        }
    }

    package func calls(after cursor: CallID?, count: Int) throws(StoreError) -> [CallRow] {
        try read { (state) throws(StoreError) in
            let start = cursor.map { RowKey($0) } ?? RowKey()
            return try state.calls.rows(after: start, count: max(count, 0))
                .map { (entry) throws(StoreError) in try MemoryState.decode(entry.row) }
        }
    }

    package func messages(after cursor: MessageID?, count: Int) throws(StoreError) -> [Message] {
        try read { (state) throws(StoreError) in
            let start = cursor.map { RowKey($0) } ?? RowKey()
            return try state.messages.rows(after: start, count: max(count, 0))
                .map { (entry) throws(StoreError) in try MemoryState.decode(entry.row) }
        }
    }

    package func receipt(
        _ name: InstanceName, eventID: String
    ) throws(StoreError) -> ReceiptRow? {
        try read { (state) throws(StoreError) in
            let key = RowKey(.text(name.workflow), .text(name.key), .text(eventID))
            guard let row = state.receipts[key] else { return nil }
            return ReceiptRow(
                name: name, eventID: eventID, receipt: try MemoryState.decode(row.receipt),
                at: Timestamp(milliseconds: row.at), fingerprint: row.fingerprint)
        }
    }

    package func kept(_ name: InstanceName) throws(StoreError) -> [KeptRow] {
        try read { (state) throws(StoreError) in
            try state.kept.rows(prefix: RowKey(name)).map { (entry) throws(StoreError) in
                KeptRow(
                    name: name, event: try MemoryState.decode(entry.row.event),
                    arrivedAt: Timestamp(milliseconds: entry.row.arrivedAt),
                    expiresAt: Timestamp(milliseconds: entry.row.expiresAt))
            }
        }
    }

    package func keptCount(of workflow: String, upTo limit: Int) throws(StoreError) -> Int {
        try read { state in
            let prefix = RowKey(.text(workflow))
            return state.kept.rows(from: prefix, prefix: prefix, count: limit).count
        }
    }

    package func unmatched(_ query: UnmatchedQuery) throws(StoreError) -> [UnmatchedRow] {
        try read { state in
            Array(
                state.unmatched.newestFirst.lazy.filter(query.matches).prefix(max(query.count, 0)))
        }
    }

    package func records(_ query: RecordQuery) throws(StoreError) -> RecordSet {
        try read { (state) throws(StoreError) in
            let prefix: RowKey
            switch query.selection {
            case .id(let id): prefix = RowKey(.text(query.collection), .text(id))
            case .group, .all: prefix = RowKey(.text(query.collection))
            case .index(let scan): return try state.scan(scan, query)
            }
            let rows = state.records.rows(prefix: prefix)
                .filter { query.selection.includes($0.row) && query.isBehind($0.row.id) }
                .prefix(max(query.limit, 0))
            let records = try rows.map { (entry) throws(StoreError) in
                try entry.row.record(in: query.collection)
            }
            return RecordSet(query: query, records: records)
        }
    }

    package func reading<T: Sendable>(
        _ body: (@escaping RecordReader) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        let moment = MemoryStore()
        moment.restore(snapshot)
        return try body { (query) throws(StoreError) in try moment.records(query) }
    }

    package func history(
        _ id: InstanceID, after sequence: Int64, count: Int
    ) throws(StoreError) -> [HistoryEntry] {
        try read { (state) throws(StoreError) in
            try state.entries(of: id, after: sequence, count: max(count, 0))
        }
    }

    package func lastSequence(of id: InstanceID) throws(StoreError) -> Int64 {
        try read { (state) throws(StoreError) in
            try state.entries(of: id, after: 0, count: .max).last?.sequence ?? 0
        }
    }

    package func journal(
        after position: Int64, count: Int
    ) throws(StoreError) -> [JournalRow] {
        try read { (state) throws(StoreError) in
            let rows = state.journal.rows(
                after: RowKey(.number(position)), count: max(count, 0))
            return try rows.map { (entry) throws(StoreError) in
                try state.journalRow(entry.key, entry.row)
            }
        }
    }

    package func lastJournalRow() throws(StoreError) -> JournalRow? {
        try read { (state) throws(StoreError) in
            guard let last = state.journal.rows(prefix: RowKey()).last else { return nil }
            return try state.journalRow(last.key, last.row)
        }
    }

    package func list(_ query: InstanceQuery) throws(StoreError) -> InstancePage {
        try read { (state) throws(StoreError) in
            let matching = state.instances.newestFirst.filter { query.matches($0) }
            let rest = matching.filter { instance in
                query.above.map { instance.id > $0 } ?? query.before.map { instance.id < $0 }
                    ?? true
            }
            let count = max(query.count, 0)
            return InstancePage(
                instances: Array(query.above == nil ? rest.prefix(count) : rest.suffix(count)),
                counted: matching.count, upTo: query.countedUpTo, hasMore: rest.count > count)
        }
    }

    package func tasks(_ query: TaskQuery) throws(StoreError) -> [TaskRow] {
        try read { state in
            let matching = state.tasks.rows(prefix: RowKey()).map(\.row).filter {
                query.matches($0)
            }
            return Array(
                matching.sorted { $0.position < $1.position }.prefix(max(query.count, 0)))
        }
    }

    package func members(_ query: MemberQuery) throws(StoreError) -> [MemberRow] {
        try read { (state) throws(StoreError) in
            let prefix = RowKey(.number(query.instance.rawValue), .number(query.activation))
            let rows = state.members.rows(prefix: prefix).map(\.row).filter { row in
                row.number > query.after && (query.status.map { $0 == row.status } ?? true)
            }
            return try rows.prefix(max(query.count, 0)).map { (row) throws(StoreError) in
                MemberRow(
                    query, number: row.number, status: row.status,
                    outcome: try MemoryState.decode(row.outcome))
            }
        }
    }

    package func lastFanOut(of id: InstanceID) throws(StoreError) -> Int64? {
        try read { state in
            state.members.rows(prefix: RowKey(.number(id.rawValue))).map(\.row.activation).max()
        }
    }

    package func memberCounts(
        of id: InstanceID, activation: Int64
    ) throws(StoreError) -> [MemberRow.Status: Int64] {
        try read { state in
            let prefix = RowKey(.number(id.rawValue), .number(activation))
            return state.members.rows(prefix: prefix).reduce(into: [:]) {
                $0[$1.row.status, default: 0] += 1
            }
        }
    }

    package func incidents(
        cause: String?, after cursor: Int, count: Int
    ) throws(StoreError) -> [IncidentRow] {
        let all = try openIncidents().filter { cause == nil || sameUTF8($0.incident.cause, cause) }
        return Array(all.dropFirst(max(cursor, 0)).prefix(max(count, 0)))
    }

    package func incidentGroups(count: Int) throws(StoreError) -> [IncidentGroup] {
        let groups = [ExactText: [Incident]](
            grouping: try openIncidents().map(\.incident), by: { ExactText($0.cause) }
        )
        .map { cause, incidents in
            IncidentGroup(
                cause: cause.text, count: incidents.count,
                first: incidents.map(\.openedAt).min() ?? .distantPast,
                last: incidents.map(\.openedAt).max() ?? .distantPast)
        }
        return groups.mostFrequent(count)
    }

    package func incidentWorkflows(cause: String) throws(StoreError) -> [ExactText] {
        let rows = try incidents(cause: cause, after: 0, count: InstanceTally.maximumIncidents)
        var workflows: Set<ExactText> = []
        for row in rows {
            guard let name = try instance(row.instance)?.name else { continue }
            workflows.insert(ExactText(name.workflow))
        }
        return workflows.sorted()
    }

    package func tally(now: Timestamp) throws(StoreError) -> InstanceTally {
        let incidents = try openIncidents()
        return try read { state in
            var counts: [ExactText: InstanceTally.Count] = [:]
            var workflows: [InstanceID: String] = [:]
            for instance in state.instances.newestFirst {
                let isRunning = instance.status == .running
                let health = instance.health(at: now)
                workflows[instance.id] = instance.name.workflow
                guard isRunning || health == .blocked else { continue }
                var count = counts[ExactText(instance.name.workflow)] ?? .init()
                if isRunning { count.running += 1 }
                if health == .blocked { count.blocked += 1 }
                if isRunning, health == .overdue { count.overdue += 1 }
                counts[ExactText(instance.name.workflow)] = count
            }
            return InstanceTally(
                counts: counts,
                incidents: incidents.prefix(InstanceTally.maximumIncidents).map {
                    (workflows[$0.instance] ?? "", $0.incident.cause, 1)
                })
        }
    }

    package func pauseGroups(count: Int) throws(StoreError) -> [PauseGroup] {
        let pauses = try read { state in
            state.instances.newestFirst.compactMap(\.summary.pause)
        }
        let groups = [[ExactText]: [PauseSummary]](
            grouping: pauses, by: { [ExactText($0.by), ExactText($0.reason)] }
        )
        .compactMap { _, pauses -> PauseGroup? in
            guard let one = pauses.first else { return nil }
            return PauseGroup(
                by: one.by, reason: one.reason, count: pauses.count,
                first: pauses.map(\.since).min() ?? one.since,
                last: pauses.map(\.since).max() ?? one.since)
        }
        return groups.largest(count)
    }

    private func openIncidents() throws(StoreError) -> [IncidentRow] {
        try read { (state) throws(StoreError) in
            try state.openIncidents.rows(prefix: RowKey()).map { (entry) throws(StoreError) in
                guard case .number(let instance) = entry.key.parts.dropFirst().first else {
                    throw .corrupt("an incident has no instance")
                }
                return IncidentRow(
                    instance: InstanceID(instance), incident: try MemoryState.decode(entry.row))
            }
        }
    }

    package func setting(_ name: String) throws(StoreError) -> Value? {
        try read { (state) throws(StoreError) in
            guard let bytes = state.settings[RowKey(.text(name))] else { return nil }
            return try MemoryState.parse(bytes)
        }
    }

    package func definitions() throws(StoreError) -> [StoredDefinition] {
        try read { (state) throws(StoreError) in
            state.definitions.rows(prefix: RowKey()).map(\.row)
        }
    }
}

extension RecordQuery {
    fileprivate func isBehind(_ id: String) -> Bool {
        after.map { $0.utf8.lexicographicallyPrecedes(id.utf8) } ?? true
    }
}

extension RecordQuery.Selection {
    fileprivate func includes(_ row: MemoryState.RecordData) -> Bool {
        switch self {
        case .group(let group): row.group.utf8.elementsEqual(group.utf8)
        case .id, .all: true
        case .index: false
        }
    }
}

extension MemoryState {
    static func parse(_ bytes: [UInt8]) throws(StoreError) -> Value {
        do throws(DecodingFailure) {
            return try Value(storedJSON: bytes)
        } catch {
            throw .corrupt(error.description)
        }
    }

    static func decode<T: ValueDecodable>(_ bytes: [UInt8]) throws(StoreError) -> T {
        do throws(DecodingFailure) {
            return try T(decodingJSON: bytes)
        } catch {
            throw .corrupt(error.description)
        }
    }
}

extension MemoryState {
    func entries(
        of id: InstanceID, after sequence: Int64, count: Int
    ) throws(StoreError) -> [HistoryEntry] {
        let prefix = RowKey(.number(id.rawValue))
        let cursor = RowKey(.number(id.rawValue), .number(sequence))
        return try history.rows(after: cursor, prefix: prefix, count: count).map {
            (entry) throws(StoreError) in
            guard case .number(let sequence) = entry.key.parts.last else {
                throw .corrupt("a history entry of instance \(id) has no number")
            }
            return HistoryEntry(
                instance: id, sequence: sequence, at: Timestamp(milliseconds: entry.row.at),
                kind: entry.row.kind, data: try MemoryState.parse(entry.row.data))
        }
    }

    fileprivate func journalRow(
        _ key: RowKey, _ row: JournalData
    ) throws(StoreError) -> JournalRow {
        guard case .number(let position) = key.parts.first else {
            throw .corrupt("a row of the journal has no number")
        }
        let id = InstanceID(row.instance)
        let count = Int(row.sequences.upperBound - row.sequences.lowerBound) + 1
        return JournalRow(
            position: position, name: instances[RowKey(.number(row.instance))]?.name,
            entries: try entries(of: id, after: row.sequences.lowerBound - 1, count: count))
    }
}
