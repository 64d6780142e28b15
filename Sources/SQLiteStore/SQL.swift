/// The statements that are prepared once a connection. Tests ask SQLite for the plan of each.
package enum SQL: Int, CaseIterable, Sendable {
    case begin, beginRead, commit
    case insertInstance, updateSteady, updateInstance, updateSearch
    case deleteSearch, insertSearch
    case insertHistory, setTimer, clearTimer, setCall, clearCall
    case insertMessage, deleteMessage, insertReceipt, insertKept, deleteKept, deleteKeptRow
    case insertRecord, updateRecord, deleteRecord, recordExists
    case declareIndex, deleteIndex, deleteIndexEntries, insertEntry, deleteEntry, updateEntries
    case ledgers, declareLedger, isLedger
    case indexesBuilt, indexNumbers, entriesOfRecord, entryExists, recordsWithEntries
    case indexForwards, indexForwardsAfter, indexBackwards, indexBackwardsAfter
    case setTask, clearTask
    case setAttachment, dropAttachment, attachmentByHash, attachmentsAfter
    case setReference, clearReference, referencesTo, referencesOf
    case insertMember, openIncident, closeIncident, setSetting, insertDefinition, replaceDefinition
    case instanceByID, instanceByName, lastInstance, lastMoment
    case timersDue, nextTimer, callsAfter, messagesAfter
    case lastUnmatched, receipt, kept, keptCount, expiredKept, unmatched, insertUnmatched,
        trimUnmatched,
        recordByID, recordsByGroup,
        recordsAll
    case members, lastFanOut, memberCounts, membersCompleted, membersOfStatus, history
    case lastSequence, journal, lastJournalRow
    case openIncidents, openIncidentsOfCause, incidentGroups, incidentWorkflows, pauseGroups
    case tallyRunning, tallyBlocked, tallyOverdue, tallyIncidents
    case setting, definitions, definitionHash
    case setMark
    case insertAudit, auditAfter, auditBefore
    case eraseAuditSubject, eraseAuditPrincipal, eraseAuditReason, eraseAuditKey
    case historyRows, receiptRows, taskRows, memberRows, incidentRows, keptRows, unmatchedRows
    case rewriteHistory, rewriteReceipt, rewriteTask, rewriteMember, rewriteIncident, rewriteKept,
        rewriteUnmatched
    case ended, receiptsOf, membersOf
    case removeInstance, removeHistory, removeReceipts, removeMembers, removeTasks
    case removeIncidents, removeReferences, lastHistoryRow, restoreHistory

    package var text: String { Self.texts[self] ?? "" }

    private static let texts: [SQL: String] = [
        instances, writes, recordTable, indexTables, attachmentTables, settings, reads,
        rowsOfInstance,
        removals, audit,
    ]
    .reduce(into: [.begin: "BEGIN IMMEDIATE", .beginRead: "BEGIN", .commit: "COMMIT"]) {
        $0.merge($1) { first, _ in first }
    }

    /// In the order in which `Statement.instance()` reads them.
    static let instanceColumns = """
        id, workflow, key, version, status, revision, states, started_at, updated_at, ended_at, \
        overdue_at, incidents, is_retrying, search, body, paused_by, pause_reason, paused_at
        """
}

extension SQL {
    private static let instances: [SQL: String] = [
        .insertInstance:
            """
        INSERT INTO instances (\(instanceColumns))
        VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
        """,
        // What most transitions are: nothing that the lists' indexes hold has changed but the
        // states. Naming an indexed column in SET costs its index an update even when the value
        // stays.
        .updateSteady:
            """
        UPDATE instances SET revision = ?, states = ?, updated_at = ?, body = ?
        WHERE id = ? AND revision = ? AND version = ? AND status = ? AND ended_at IS ?
            AND overdue_at IS ? AND incidents = ? AND is_retrying = ? AND search = ?
            AND paused_by IS ? AND pause_reason IS ? AND paused_at IS ?
        """,
        .updateInstance:
            """
        UPDATE instances SET version = ?, status = ?, revision = ?, states = ?, updated_at = ?,
            ended_at = ?, overdue_at = ?, incidents = ?, is_retrying = ?, body = ?,
            paused_by = ?, pause_reason = ?, paused_at = ?
        WHERE id = ? AND revision = ?
        """,
        .updateSearch: "UPDATE instances SET search = ?1 WHERE id = ?2 AND search <> ?1",
        .deleteSearch: "DELETE FROM search_attributes WHERE instance = ?",
        .insertSearch: "INSERT INTO search_attributes (instance, name, value) VALUES (?,?,?)",
        .instanceByID: "SELECT \(instanceColumns) FROM instances WHERE id = ?",
        .instanceByName:
            "SELECT \(instanceColumns) FROM instances WHERE workflow = ? AND key = ?",
        .lastInstance: "SELECT max(id) FROM instances",
    ]

    private static let writes: [SQL: String] = [
        .insertHistory:
            """
        INSERT INTO history (instance, last, entries) SELECT ?1, ?2, ?3
        WHERE NOT EXISTS (SELECT 1 FROM history WHERE instance = ?1 AND last >= ?4)
        """,
        .setTimer:
            """
        INSERT INTO timers (instance, kind, number, due) VALUES (?,?,?,?)
        ON CONFLICT (instance, kind, number) DO UPDATE SET due = excluded.due
        """,
        .clearTimer: "DELETE FROM timers WHERE instance = ? AND kind = ? AND number = ?",
        .setCall:
            """
        INSERT INTO calls (instance, activation, dispatch, data) VALUES (?,?,?,?)
        ON CONFLICT (instance, activation, dispatch) DO UPDATE SET data = excluded.data
        """,
        .clearCall:
            "DELETE FROM calls WHERE instance = ? AND activation = ? AND dispatch = ?",
        .insertMessage: "INSERT INTO messages (source, number, data) VALUES (?,?,?)",
        .deleteMessage: "DELETE FROM messages WHERE source = ? AND number = ?",
        .insertReceipt:
            """
        INSERT INTO receipts (workflow, key, event_id, at, fingerprint, data)
        VALUES (?,?,?,?,?,?)
        """,
        .insertKept:
            """
        INSERT INTO kept (workflow, key, arrived_at, expires_at, data) VALUES (?,?,?,?,?)
        """,
        .insertUnmatched:
            """
        INSERT INTO unmatched (early, number, at, event, workflow, key, outcome, data)
        VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM unmatched WHERE early = ?1),
            ?,?,?,?,?,?)
        """,
        .trimUnmatched: """
        DELETE FROM unmatched WHERE early = ?1
            AND number <= (SELECT max(number) FROM unmatched WHERE early = ?1) - ?2
        """,
        .deleteKept: "DELETE FROM kept WHERE workflow = ? AND key = ?",
        .deleteKeptRow: "DELETE FROM kept WHERE arrival = ?",
        .setTask:
            """
        INSERT OR REPLACE INTO tasks (\(TaskListSQL.columns))
        VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)
        """,
        .clearTask: "DELETE FROM tasks WHERE instance = ? AND activation = ?",
        .insertMember:
            """
        INSERT INTO members (instance, activation, number, status, data) VALUES (?,?,?,?,?)
        ON CONFLICT DO UPDATE SET status = excluded.status, data = excluded.data
        WHERE status = 'failed'
        """,
        .openIncident:
            """
        INSERT INTO incidents (instance, number, kind, message, cause, opened_at, data)
        VALUES (?,?,?,?,?,?,?)
        """,
        .closeIncident:
            """
        UPDATE incidents SET closed_at = ?
        WHERE instance = ? AND number = ? AND closed_at IS NULL
        """,
    ]

    private static let recordColumns = "collection, id, grp, revision, body"

    private static let recordTable: [SQL: String] = [
        .insertRecord: "INSERT INTO records (\(recordColumns), entries) VALUES (?,?,?,1,?,?)",
        .updateRecord:
            """
        UPDATE records SET grp = ?, revision = revision + 1, body = ?, entries = ?
        WHERE collection = ? AND id = ? AND revision = ?
        """,
        .deleteRecord: "DELETE FROM records WHERE collection = ? AND id = ? AND revision = ?",
        .recordExists: "SELECT 1 FROM records WHERE collection = ? AND id = ?",
        .recordByID:
            """
        SELECT \(recordColumns) FROM records WHERE collection = ? AND id = ?
        ORDER BY id LIMIT ?
        """,
        .recordsByGroup:
            """
        SELECT \(recordColumns) FROM records WHERE collection = ? AND grp = ? AND id > ?
        ORDER BY id LIMIT ?
        """,
        .recordsAll:
            "SELECT \(recordColumns) FROM records WHERE collection = ? AND id > ? ORDER BY id LIMIT ?",
    ]

    private static let indexTables: [SQL: String] = [
        .declareIndex:
            """
        INSERT INTO record_indexes (collection, declaration, is_built) VALUES (?,?,?)
        ON CONFLICT (collection, declaration)
            DO UPDATE SET is_built = max(is_built, excluded.is_built)
        """,
        .deleteIndex: "DELETE FROM record_indexes WHERE number = ?",
        .deleteIndexEntries: "DELETE FROM record_entries WHERE number = ?",
        .insertEntry: "INSERT OR IGNORE INTO record_entries (number, key, id) VALUES (?,?,?)",
        .deleteEntry: "DELETE FROM record_entries WHERE number = ? AND key = ? AND id = ?",
        .updateEntries:
            """
        UPDATE records SET entries = ? WHERE collection = ? AND id = ? AND revision = ?
        """,
        .indexesBuilt:
            """
        SELECT collection, declaration FROM record_indexes WHERE is_built = 1
        ORDER BY collection, declaration
        """,
        .indexNumbers:
            """
        SELECT number, collection, declaration FROM record_indexes
        ORDER BY collection, declaration
        """,
        .ledgers: "SELECT collection FROM ledgers WHERE collection > '' ORDER BY collection",
        .isLedger: "SELECT 1 FROM ledgers WHERE collection = ?",
        .declareLedger: "INSERT INTO ledgers VALUES (?) ON CONFLICT DO NOTHING",
        .entriesOfRecord: "SELECT entries FROM records WHERE collection = ? AND id = ?",
        .entryExists:
            "SELECT 1 FROM record_entries WHERE number = ? AND key = ? AND id = ?",
        .recordsWithEntries:
            """
        SELECT \(recordColumns), entries FROM records WHERE collection = ? AND id > ?
        ORDER BY id LIMIT ?
        """,
        .indexForwards: scan("", "ASC"),
        .indexForwardsAfter: scan("AND (e.key, e.id) > (?6, ?7)", "ASC"),
        .indexBackwards: scan("", "DESC"),
        .indexBackwardsAfter: scan("AND (e.key, e.id) < (?6, ?7)", "DESC"),
    ]

    /// The entries lead: one seek, then one look at each record.
    private static func scan(_ after: String, _ order: String) -> String {
        """
        SELECT r.collection, r.id, r.grp, r.revision, r.body, e.key
        FROM record_entries AS e CROSS JOIN records AS r
            ON r.collection = ?1 AND r.id = e.id
        WHERE e.number =
                (SELECT number FROM record_indexes WHERE collection = ?1 AND declaration = ?2)
            AND e.key >= ?3 AND e.key < ?4 \(after)
        ORDER BY e.key \(order), e.id \(order) LIMIT ?5
        """
    }

    private static let definitionColumns = "kind, name, version, hash, source"

    private static let settings: [SQL: String] = [
        .setSetting:
            """
        INSERT INTO settings (name, value) VALUES (?,?)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """,
        .setting: "SELECT value FROM settings WHERE name = ?",
        .setMark:
            """
        INSERT INTO mark (id, text) VALUES (1, ?)
        ON CONFLICT (id) DO UPDATE SET text = excluded.text
        """,
        .insertDefinition:
            """
        INSERT INTO definitions (\(definitionColumns)) VALUES (?,?,?,?,?)
        ON CONFLICT (kind, name, version) DO NOTHING
        """,
        .replaceDefinition:
            """
        INSERT INTO definitions (\(definitionColumns)) VALUES (?,?,?,?,?)
        ON CONFLICT (kind, name, version)
        DO UPDATE SET hash = excluded.hash, source = excluded.source
        """,
        .definitions: "SELECT \(definitionColumns) FROM definitions ORDER BY kind, name, version",
        .definitionHash:
            "SELECT hash FROM definitions WHERE kind = ? AND name = ? AND version = ?",
    ]

    private static let reads: [SQL: String] = [
        .timersDue:
            """
        SELECT instance, kind, number, due FROM timers WHERE due <= ?
        ORDER BY due, instance, kind, number LIMIT ?
        """,
        .nextTimer: "SELECT min(due) FROM timers WHERE due > ?",
        .callsAfter:
            """
        SELECT data, instance, activation, dispatch FROM calls WHERE (instance, activation, dispatch) > (?,?,?)
        ORDER BY instance, activation, dispatch LIMIT ?
        """,
        .messagesAfter:
            """
        SELECT data, source, number FROM messages WHERE (source, number) > (?,?)
        ORDER BY source, number LIMIT ?
        """,
        .receipt:
            """
        SELECT at, fingerprint, data FROM receipts
        WHERE workflow = ? AND key = ? AND event_id = ?
        """,
        .unmatched:
            """
        SELECT number, at, event, workflow, key, data FROM unmatched
        WHERE early = ?7 AND number < ?1 AND (?2 = '' OR event = ?2) AND (?3 = '' OR workflow = ?3)
            AND (?4 = '' OR key = ?4) AND (?6 = '' OR outcome = ?6)
        ORDER BY number DESC LIMIT ?5
        """,
        .kept:
            """
        SELECT arrived_at, expires_at, data, arrival FROM kept
        WHERE workflow = ? AND key = ? ORDER BY arrival
        """,
        .lastUnmatched: "SELECT max(number) FROM unmatched WHERE early = ?",
        .keptCount: "SELECT count(*) FROM (SELECT 1 FROM kept WHERE workflow = ? LIMIT ?)",
        .expiredKept:
            """
        SELECT arrival, workflow, key FROM kept WHERE expires_at <= ? ORDER BY expires_at LIMIT ?
        """,
        // Entries are appended, and time never runs backward.
        .lastMoment:
            """
        SELECT entries, last, instance FROM history
        WHERE rowid = (SELECT max(rowid) FROM history)
        """,
        .history:
            """
        SELECT entries, last FROM history WHERE instance = ? AND last > ? ORDER BY last LIMIT ?
        """,
        .lastSequence: "SELECT max(last) FROM history WHERE instance = ?",
        // Rowids grow as commits do: nothing is ever inserted below the largest one.
        .journal:
            """
        SELECT h.entries, h.rowid, h.instance, i.workflow, i.key, h.last
        FROM history AS h LEFT JOIN instances AS i ON i.id = h.instance
        WHERE h.rowid > ? ORDER BY h.rowid LIMIT ?
        """,
        .lastJournalRow:
            """
        SELECT h.entries, h.rowid, h.instance, i.workflow, i.key, h.last
        FROM history AS h LEFT JOIN instances AS i ON i.id = h.instance
        WHERE h.rowid = (SELECT max(rowid) FROM history)
        """,
        .members:
            """
        SELECT number, status, data FROM members
        WHERE instance = ? AND activation = ? AND number > ? ORDER BY number LIMIT ?
        """,
        .lastFanOut: "SELECT max(activation) FROM members WHERE instance = ?",
        .memberCounts:
            """
        SELECT count(CASE status WHEN 'completed' THEN 1 END),
            count(CASE status WHEN 'failed' THEN 1 END),
            count(CASE status WHEN 'cancelled' THEN 1 END)
        FROM members WHERE instance = ? AND activation = ?
        """,
        .membersCompleted:
            """
        SELECT number, status, data FROM members
        WHERE instance = ? AND activation = ? AND number > ? AND status = 'completed'
        ORDER BY number LIMIT ?
        """,
        .membersOfStatus:
            """
        SELECT number, status, data FROM members
        WHERE instance = ?1 AND activation = ?2 AND number > ?3 AND status = ?5
            AND status <> 'completed'
        ORDER BY number LIMIT ?4
        """,
        .openIncidents:
            """
        SELECT instance, data, number FROM incidents WHERE closed_at IS NULL
        ORDER BY opened_at, instance, number LIMIT ? OFFSET ?
        """,
        .openIncidentsOfCause:
            """
        SELECT instance, data, number FROM incidents WHERE closed_at IS NULL AND cause = ?
        ORDER BY opened_at, instance, number LIMIT ? OFFSET ?
        """,
        .incidentGroups:
            """
        SELECT cause, count(*), min(opened_at), max(opened_at)
        FROM incidents WHERE closed_at IS NULL GROUP BY cause ORDER BY cause
        """,
        .incidentWorkflows:
            """
        SELECT n.workflow FROM incidents i INDEXED BY incidents_cause
        CROSS JOIN instances n ON n.id = i.instance
        WHERE i.closed_at IS NULL AND i.cause = ? LIMIT ?
        """,
        .tallyRunning:
            """
        SELECT workflow, count(*) FROM instances INDEXED BY instances_status
        WHERE status = 'running' GROUP BY workflow
        """,
        .tallyBlocked:
            "SELECT workflow FROM instances INDEXED BY instances_blocked WHERE incidents > 0",
        .tallyOverdue:
            """
        SELECT workflow FROM instances INDEXED BY instances_running
        WHERE status = 'running' AND overdue_at <= ? AND incidents = 0
        """,
        .tallyIncidents:
            """
        SELECT n.workflow, i.cause FROM incidents i INDEXED BY incidents_cause
        CROSS JOIN instances n ON n.id = i.instance
        WHERE i.closed_at IS NULL LIMIT ?
        """,
        .pauseGroups:
            """
        SELECT paused_by, pause_reason, count(*), min(paused_at), max(paused_at)
        FROM instances INDEXED BY instances_pauses WHERE paused_at IS NOT NULL
        GROUP BY paused_by, pause_reason ORDER BY paused_by, pause_reason
        """,
    ]
}

extension SQL {
    private static let attachmentTables: [SQL: String] = [
        .setAttachment:
            """
        INSERT OR REPLACE INTO attachments (sha256, size, type, put_by, put_at, condemned_at)
        VALUES (?,?,?,?,?,?)
        """,
        .dropAttachment: "DELETE FROM attachments WHERE sha256 = ?",
        .attachmentByHash:
            """
        SELECT sha256, size, type, put_by, put_at, condemned_at FROM attachments WHERE sha256 = ?
        """,
        .attachmentsAfter:
            """
        SELECT sha256, size, type, put_by, put_at, condemned_at FROM attachments
        WHERE sha256 > ? ORDER BY sha256 LIMIT ?
        """,
        .setReference:
            "INSERT OR IGNORE INTO attachment_references (sha256, workflow, key) VALUES (?,?,?)",
        .clearReference:
            "DELETE FROM attachment_references WHERE sha256 = ? AND workflow = ? AND key = ?",
        .referencesTo:
            """
        SELECT sha256, workflow, key FROM attachment_references
        WHERE sha256 = ? ORDER BY workflow, key LIMIT ?
        """,
        .referencesOf:
            """
        SELECT sha256, workflow, key FROM attachment_references
        WHERE workflow = ? AND key = ? ORDER BY sha256
        """,
    ]
}

extension SQL {
    /// All that is of one instance, read and written back place by place.
    private static let rowsOfInstance: [SQL: String] = [
        .historyRows: "SELECT last, entries FROM history WHERE instance = ? ORDER BY last",
        .receiptRows:
            "SELECT event_id, data FROM receipts WHERE workflow = ? AND key = ? ORDER BY event_id",
        .taskRows: "SELECT activation, data FROM tasks WHERE instance = ? ORDER BY activation",
        .memberRows:
            """
        SELECT activation, number, data FROM members WHERE instance = ? ORDER BY activation, number
        """,
        .incidentRows:
            "SELECT number, data FROM incidents WHERE instance = ? ORDER BY number",
        .keptRows:
            "SELECT arrival, data FROM kept WHERE workflow = ? AND key = ? ORDER BY arrival",
        // A walk through one of the two lists, whose length has an end.
        .unmatchedRows:
            """
        SELECT number, data FROM unmatched WHERE early = ? AND workflow = ? AND key = ?
        ORDER BY number
        """,
        .rewriteHistory: "UPDATE history SET entries = ? WHERE instance = ? AND last = ?",
        .rewriteReceipt:
            "UPDATE receipts SET data = ? WHERE workflow = ? AND key = ? AND event_id = ?",
        .rewriteTask: "UPDATE tasks SET data = ? WHERE instance = ? AND activation = ?",
        .rewriteMember:
            "UPDATE members SET data = ? WHERE instance = ? AND activation = ? AND number = ?",
        .rewriteIncident:
            """
        UPDATE incidents SET message = ?, cause = ?, data = ? WHERE instance = ? AND number = ?
        """,
        .rewriteKept: "UPDATE kept SET data = ? WHERE arrival = ? AND workflow = ? AND key = ?",
        .rewriteUnmatched:
            """
        UPDATE unmatched SET data = ? WHERE early = ? AND number = ? AND workflow = ? AND key = ?
        """,
    ]
}

extension SQL {
    private static let removals: [SQL: String] = [
        // The last two conditions keep numbers from being given out twice.
        .ended:
            """
        SELECT id, workflow, key, revision, ended_at FROM instances INDEXED BY instances_ended
        WHERE workflow = ?1 AND (ended_at, id) > (?2, ?3) AND ended_at <= ?4
            AND ended_at IS NOT NULL AND incidents = 0
            AND NOT EXISTS (SELECT 1 FROM timers WHERE instance = instances.id)
            AND NOT EXISTS (SELECT 1 FROM calls WHERE instance = instances.id)
            AND NOT EXISTS (SELECT 1 FROM messages WHERE source = instances.id)
            AND id <> (SELECT max(id) FROM instances)
            AND id <> (SELECT instance FROM history WHERE rowid = (SELECT max(rowid) FROM history))
        ORDER BY ended_at, id LIMIT ?5
        """,
        .receiptsOf:
            """
        SELECT event_id, at, fingerprint, data FROM receipts
        WHERE workflow = ? AND key = ? ORDER BY event_id
        """,
        .membersOf:
            """
        SELECT activation, number, status, data FROM members
        WHERE instance = ? ORDER BY activation, number
        """,
        .removeInstance:
            "DELETE FROM instances WHERE id = ? AND revision = ? AND ended_at IS NOT NULL",
        .lastHistoryRow: "SELECT max(rowid) FROM history WHERE instance = ?",
        .removeHistory: "DELETE FROM history WHERE instance = ?",
        .removeReceipts: "DELETE FROM receipts WHERE workflow = ? AND key = ?",
        .removeMembers: "DELETE FROM members WHERE instance = ?",
        .removeTasks: "DELETE FROM tasks WHERE instance = ?",
        .removeIncidents: "DELETE FROM incidents WHERE instance = ?",
        .removeReferences: "DELETE FROM attachment_references WHERE workflow = ? AND key = ?",
        // Below everything that the journal is read from: it was there once.
        .restoreHistory:
            """
        INSERT INTO history (rowid, instance, last, entries)
        VALUES ((SELECT min(0, coalesce(min(rowid), 0)) - 1 FROM history), ?,?,?)
        """,
    ]
}

extension SQL {
    private static let auditColumns = """
        sequence, at, body, subject, principal, reason, target_key, \
        subject_seal, principal_seal, reason_seal, key_seal, previous, hash
        """

    private static func eraseAudit(_ column: String, _ seal: String) -> String {
        "UPDATE audit SET \(column) = NULL, \(seal) = ? WHERE sequence = ? AND \(column) IS NOT NULL"
    }

    private static let audit: [SQL: String] = [
        .insertAudit: "INSERT INTO audit (\(auditColumns)) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        .auditAfter:
            "SELECT \(auditColumns) FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?",
        .auditBefore:
            "SELECT \(auditColumns) FROM audit WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
        .eraseAuditSubject: eraseAudit("subject", "subject_seal"),
        .eraseAuditPrincipal: eraseAudit("principal", "principal_seal"),
        .eraseAuditReason: eraseAudit("reason", "reason_seal"),
        .eraseAuditKey: eraseAudit("target_key", "key_seal"),
    ]
}
