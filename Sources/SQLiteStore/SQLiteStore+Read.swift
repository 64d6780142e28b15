import Encryption
import Execution
import Values

extension SQLiteStore {
    package func instance(_ id: InstanceID) throws(StoreError) -> InstanceWrite? {
        try first(.instanceByID, [.integer(id.rawValue)]) { (row) throws(StoreError) in
            row.instance()
        }
    }

    package func instance(named name: InstanceName) throws(StoreError) -> InstanceWrite? {
        try first(.instanceByName, name.parameters) { (row) throws(StoreError) in
            row.instance()
        }
    }

    package func lastInstanceID() throws(StoreError) -> InstanceID {
        InstanceID(try first(.lastInstance) { (row) throws(StoreError) in row.int64(0) } ?? 0)
    }

    package func lastMoment() throws(StoreError) -> Timestamp? {
        try first(.lastMoment) { (row) throws(StoreError) in
            try row.history(of: InstanceID(row.int64(2))).last?.at
        } ?? nil
    }

    package func timers(dueBy limit: Timestamp, count: Int) throws(StoreError) -> [TimerRow] {
        try rows(.timersDue, [.integer(limit.milliseconds), .count(count)]) {
            (row) throws(StoreError) in
            guard let id = TimerID(kind: row.int64(1), number: row.int64(2)) else {
                throw .corrupt("pawl.db: a timer of instance \(row.int64(0)) has an unknown kind")
            }
            return TimerRow(instance: InstanceID(row.int64(0)), id: id, due: row.moment(3))
        }
    }

    package func nextTimer(after moment: Timestamp?) throws(StoreError) -> Timestamp? {
        let bound = moment?.milliseconds ?? .min
        return try first(.nextTimer, [.integer(bound)]) { (row) throws(StoreError) in
            row.optionalMoment(0)
        } ?? nil
    }

    package func calls(after cursor: CallID?, count: Int) throws(StoreError) -> [CallRow] {
        try rows(
            .callsAfter, (cursor ?? .beforeAll).parameters + [.count(count)]
        ) { (row) throws(StoreError) in
            let id = CallID(
                instance: InstanceID(row.int64(1)), activation: row.int64(2),
                dispatch: row.int64(3))
            return try row.decode(0, at: .call(id), of: "a row of calls")
        }
    }

    package func messages(after cursor: MessageID?, count: Int) throws(StoreError) -> [Message] {
        try rows(
            .messagesAfter, (cursor ?? .beforeAll).parameters + [.count(count)]
        ) { (row) throws(StoreError) in
            let id = MessageID(source: InstanceID(row.int64(1)), number: row.int64(2))
            return try row.decode(0, at: .message(id), of: "a row of messages")
        }
    }

    package func receipt(
        _ name: InstanceName, eventID: String
    ) throws(StoreError) -> ReceiptRow? {
        try first(.receipt, name.parameters + [.text(eventID)]) { (row) throws(StoreError) in
            ReceiptRow(
                name: name, eventID: eventID,
                receipt: try row.decode(
                    2, at: .receipt(name, eventID), of: "the receipt of \(eventID) for \(name)"),
                at: row.moment(0), fingerprint: try row.fingerprint(1, name, eventID))
        }
    }

    package func kept(_ name: InstanceName) throws(StoreError) -> [KeptRow] {
        try rows(.kept, name.parameters) { (row) throws(StoreError) in
            KeptRow(
                name: name,
                event: try row.decode(2, at: .kept(row.int64(3)), of: "a kept event for \(name)"),
                arrivedAt: row.moment(0), expiresAt: row.moment(1))
        }
    }

    package func unmatched(_ query: UnmatchedQuery) throws(StoreError) -> [UnmatchedRow] {
        let parameters: [Parameter] = [
            .integer(query.before ?? .max), .text(query.event), .text(query.workflow),
            .text(query.key), .count(query.count), .text(query.outcome?.rawValue ?? ""),
            .integer(query.isEarly ? 1 : 0),
        ]
        return try rows(.unmatched, parameters) { (row) throws(StoreError) in
            UnmatchedRow(
                number: row.int64(0), at: row.moment(1), event: try row.text(2),
                workflow: try row.text(3), key: try row.text(4),
                told: try row.decode(
                    5, at: .unmatched(query.isEarly, row.int64(0)),
                    of: "the unmatched event \(row.int64(0))"))
        }
    }

    package func lastSequence(of id: InstanceID) throws(StoreError) -> Int64 {
        try first(.lastSequence, [.integer(id.rawValue)]) { (row) throws(StoreError) in
            row.int64(0)
        } ?? 0
    }

    package func journal(
        after position: Int64, count: Int
    ) throws(StoreError) -> [JournalRow] {
        try rows(.journal, [.integer(position), .count(count)]) { (row) throws(StoreError) in
            try row.journalRow()
        }
    }

    package func lastJournalRow() throws(StoreError) -> JournalRow? {
        try first(.lastJournalRow) { (row) throws(StoreError) in try row.journalRow() }
    }

    package func history(
        _ id: InstanceID, after sequence: Int64, count: Int
    ) throws(StoreError) -> [HistoryEntry] {
        let commits = try rows(
            .history, [.integer(id.rawValue), .integer(sequence), .count(count)]
        ) { (row) throws(StoreError) in try row.history(of: id) }
        return Array(commits.joined().filter { $0.sequence > sequence }.prefix(max(count, 0)))
    }

    /// Completed ones are nearly all, so that a walk finds them; the others have an index.
    package func members(_ query: MemberQuery) throws(StoreError) -> [MemberRow] {
        let parameters: [Parameter] = [
            .integer(query.instance.rawValue), .integer(query.activation), .integer(query.after),
            .count(query.count),
        ]
        guard let status = query.status else { return try members(.members, parameters, query) }
        guard status == .completed else {
            return try members(.membersOfStatus, parameters + [.text(status.rawValue)], query)
        }
        return try members(.membersCompleted, parameters, query)
    }

    package func lastFanOut(of id: InstanceID) throws(StoreError) -> Int64? {
        try first(.lastFanOut, [.integer(id.rawValue)]) { $0.optionalInt64(0) } ?? nil
    }

    package func memberCounts(
        of id: InstanceID, activation: Int64
    ) throws(StoreError) -> [MemberRow.Status: Int64] {
        let parameters: [Parameter] = [.integer(id.rawValue), .integer(activation)]
        let counts = try first(.memberCounts, parameters) {
            [$0.int64(0), $0.int64(1), $0.int64(2)]
        }
        let statuses: [MemberRow.Status] = [.completed, .failed, .cancelled]
        var result: [MemberRow.Status: Int64] = [:]
        for (status, count) in zip(statuses, counts ?? []) where count > 0 {
            result[status] = count
        }
        return result
    }

    private func members(
        _ sql: SQL, _ parameters: [Parameter], _ query: MemberQuery
    ) throws(StoreError) -> [MemberRow] {
        try rows(sql, parameters) { (row) throws(StoreError) in
            let place = "member \(row.int64(0)) of instance \(query.instance)"
            guard let status = MemberRow.Status(rawValue: try row.text(1)) else {
                throw .corrupt("pawl.db: \(place) has no known status")
            }
            let outcome: MemberOutcome = try row.decode(
                2, at: .member(query.instance, query.activation, row.int64(0)), of: place)
            return MemberRow(
                query, number: row.int64(0), status: status, outcome: outcome)
        }
    }

    package func incidents(
        cause: String?, after cursor: Int, count: Int
    ) throws(StoreError) -> [IncidentRow] {
        let page: [Parameter] = [.count(count), .count(cursor)]
        func read(_ row: Statement) throws(StoreError) -> IncidentRow {
            let instance = InstanceID(row.int64(0))
            return IncidentRow(
                instance: instance,
                incident: try row.decode(
                    1, at: .incident(instance, row.int64(2)),
                    of: "an incident of instance \(instance)"))
        }
        guard let cause else { return try rows(.openIncidents, page, read) }
        let found = try likenesses(of: cause, at: .cause).map { (cause) throws(StoreError) in
            try rows(.openIncidentsOfCause, [cause] + page, read)
        }
        return found.count == 1 ? found[0] : found.flatMap(\.self)
    }

    package func incidentGroups(count: Int) throws(StoreError) -> [IncidentGroup] {
        let groups = try rows(.incidentGroups) { (row) throws(StoreError) in
            IncidentGroup(
                cause: try row.openedText(0, at: .cause), count: row.int(1), first: row.moment(2),
                last: row.moment(3))
        }
        return groups.merged.mostFrequent(count)
    }

    package func incidentWorkflows(cause: String) throws(StoreError) -> [ExactText] {
        var names: Set<ExactText> = []
        for cause in likenesses(of: cause, at: .cause) {
            names.formUnion(
                try rows(.incidentWorkflows, [cause, .count(InstanceTally.maximumIncidents)]) {
                    (row) throws(StoreError) in ExactText(try row.text(0))
                })
        }
        return names.sorted()
    }

    /// Each number at its own moment: nobody adds them up.
    package func tally(now: Timestamp) throws(StoreError) -> InstanceTally {
        var counts: [ExactText: InstanceTally.Count] = [:]
        let running = try rows(.tallyRunning) { (row) throws(StoreError) in
            (try row.text(0), row.int(1))
        }
        for (workflow, count) in running {
            counts[ExactText(workflow), default: .init()].running = count
        }
        let blocked = try rows(.tallyBlocked) { (row) throws(StoreError) in try row.text(0) }
        for workflow in blocked { counts[ExactText(workflow), default: .init()].blocked += 1 }
        let overdue = try rows(.tallyOverdue, [.integer(now.milliseconds)]) {
            (row) throws(StoreError) in try row.text(0)
        }
        for workflow in overdue { counts[ExactText(workflow), default: .init()].overdue += 1 }
        let incidents = try rows(.tallyIncidents, [.count(InstanceTally.maximumIncidents)]) {
            (row) throws(StoreError) in
            (workflow: try row.text(0), cause: try row.openedText(1, at: .cause), count: 1)
        }
        return InstanceTally(counts: counts, incidents: incidents)
    }

    package func pauseGroups(count: Int) throws(StoreError) -> [PauseGroup] {
        let groups = try rows(.pauseGroups) { (row) throws(StoreError) in
            PauseGroup(
                by: try row.text(0), reason: try row.openedText(1, at: .pauseReason),
                count: row.int(2), first: row.moment(3), last: row.moment(4))
        }
        return groups.merged.largest(count)
    }
}

extension SQLiteStore {
    func rows<T: Sendable>(
        _ sql: SQL, _ parameters: [Parameter] = [],
        _ make: (Statement) throws(StoreError) -> T
    ) throws(StoreError) -> [T] {
        try readers.read { (connection) throws(StoreError) in
            let statement = try connection.statement(sql)
            statement.bind(parameters)
            return try statement.rows(make)
        }
    }

    func first<T: Sendable>(
        _ sql: SQL, _ parameters: [Parameter] = [],
        _ make: (Statement) throws(StoreError) -> T
    ) throws(StoreError) -> T? {
        try readers.read { (connection) throws(StoreError) in
            let statement = try connection.statement(sql)
            statement.bind(parameters)
            return try statement.first(make)
        }
    }
}

extension CallID {
    /// Instances are numbered from 1.
    fileprivate static let beforeAll = CallID(instance: InstanceID(0), activation: 0, dispatch: 0)
}

extension MessageID {
    fileprivate static let beforeAll = MessageID(source: InstanceID(0), number: 0)
}
