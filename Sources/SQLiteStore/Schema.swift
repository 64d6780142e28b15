import Execution

/// The tables, as the list of steps that make them. A step is never changed once it was released;
/// what differs later is a further step.
///
/// Moments are milliseconds since 1970; JSON is text, so that the `sqlite3` shell shows it. Tables that grow
/// have rowids (half the work of WITHOUT ROWID there); those whose rows come and go are their own index, which spares
/// a page of the log in each commit. All are STRICT, so that a wrong kind is refused on the way in.
enum Schema {
    /// "Pawl" in ASCII.
    static let applicationID: Int64 = 0x5061_776C

    static let migrations: [String] = [
        first, historyByCommit, incidentsByCause, clustered, fanOuts, tasks, versions,
        recordIndexes, attachments, taskLists, runningVersions, unmatched,
        pauses, ended, ledgers, keptExpiry, mark, audit, sealing,
    ]

    /// Whether it is one of ours that has a table of its mark.
    static func hasMark(_ connection: Connection) throws(StoreError) -> Bool {
        guard let step = migrations.firstIndex(of: mark) else { return false }
        return try check(connection) > step
    }

    /// Brings an empty or older database up to this version.
    static func migrate(_ connection: Connection) throws(StoreError) {
        let version = try check(connection)
        guard version < migrations.count else { return }
        try connection.transaction { (connection) throws(StoreError) in
            for migration in migrations[version...] { try connection.execute(migration) }
            try connection.execute("PRAGMA application_id = \(applicationID)")
            try connection.execute("PRAGMA user_version = \(migrations.count)")
        }
    }

    /// Refuses to read what is not known to the last step.
    static func requireCurrent(_ connection: Connection) throws(StoreError) {
        let version = try check(connection)
        guard version == migrations.count else {
            throw .unknownSchema(
                "pawl.db has schema \(version), not \(migrations.count) yet: start the server once")
        }
    }

    /// - Returns: the steps that were taken already; 0 for an empty database.
    private static func check(_ connection: Connection) throws(StoreError) -> Int {
        let application = Int64(try connection.pragma("application_id")) ?? 0
        let version = Int(try connection.pragma("user_version")) ?? 0
        let tables = try connection.prepare("SELECT count(*) FROM sqlite_schema")
            .first { (row) throws(StoreError) in row.int(0) }
        if application == 0, version == 0, tables == 0 { return 0 }
        guard application == applicationID else {
            throw .unknownSchema("pawl.db is not a Pawl database (application_id \(application))")
        }
        guard (1...migrations.count).contains(version) else {
            throw .unknownSchema(
                "pawl.db has schema \(version), this program knows \(migrations.count) at most")
        }
        return version
    }

    /// Collections whose records are balanced transactions. What a program got wrong, and who writes around it, is refused
    /// here: an unbalanced one, a reference twice (`REPLACE` included, which passes the trigger of a deletion), a gap, a booking
    /// before the one before, a change, a deletion. Entries of indexes may be built anew. JSON is read by `json_each` and
    /// `json_tree`: SQLite's other functions over it are not allowed in a schema that is not trusted.
    private static let ledgers = """
        CREATE TABLE ledgers (collection TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        CREATE TRIGGER ledgers_kept BEFORE DELETE ON ledgers BEGIN
            SELECT RAISE(ABORT, 'ledger: a collection that is one stays one');
        END;
        CREATE TRIGGER ledgers_same BEFORE UPDATE ON ledgers BEGIN
            SELECT RAISE(ABORT, 'ledger: a collection that is one stays one');
        END;
        CREATE TRIGGER ledger_posted BEFORE INSERT ON records
            WHEN EXISTS (SELECT 1 FROM ledgers WHERE collection = NEW.collection)
        BEGIN
            SELECT RAISE(ABORT, 'ledger: a reference is posted once') WHERE EXISTS
                (SELECT 1 FROM records WHERE collection = NEW.collection AND id = NEW.id);
            SELECT RAISE(ABORT, 'ledger: its lines are two or more, none zero, and sum to zero')
                WHERE 1 IS NOT (
                    SELECT sum(key = 'amount') >= 2 AND sum(key = 'amount') = sum(key = 'account')
                        AND sum(key = 'amount') = sum(type = 'object')
                        AND sum(iif(key = 'amount', atom, 0)) = 0
                        AND min(CASE key
                            WHEN 'amount' THEN type = 'integer' AND abs(atom) BETWEEN 1 AND 1000000000000
                            WHEN 'account' THEN type = 'text' AND atom <> '' ELSE 1 END)
                    FROM json_tree(NEW.body, '$.lines'));
            SELECT RAISE(ABORT, 'ledger: the sequence has no gap, and the group is its 16 digits')
                WHERE NEW.grp IS NOT printf('%016d', 1 + coalesce(
                        (SELECT CAST(max(grp) AS INTEGER) FROM records WHERE collection = NEW.collection), 0))
                    OR CAST(NEW.grp AS INTEGER) IS NOT
                        (SELECT atom FROM json_each(NEW.body, '$.sequence'));
            SELECT RAISE(ABORT, 'ledger: a posting says currency, dates, instance, activation and actor')
                WHERE 6 IS NOT (
                    SELECT sum(CASE WHEN key IN ('at', 'booked') THEN julianday(atom) IS NOT NULL
                        ELSE type = 'text' AND atom <> '' END)
                    FROM json_each(NEW.body)
                    WHERE key IN ('currency', 'at', 'booked', 'instance', 'activation', 'actor'));
            SELECT RAISE(ABORT, 'ledger: a posting is never booked before the one before') WHERE EXISTS
                (SELECT 1 FROM records AS r WHERE r.collection = NEW.collection
                    AND r.grp = printf('%016d', CAST(NEW.grp AS INTEGER) - 1)
                    AND (SELECT julianday(atom) FROM json_each(r.body, '$.booked'))
                        > (SELECT julianday(atom) FROM json_each(NEW.body, '$.booked')));
        END;
        CREATE TRIGGER ledger_changed BEFORE UPDATE OF collection, id, grp, revision, body ON records
            WHEN EXISTS (SELECT 1 FROM ledgers WHERE collection IN (OLD.collection, NEW.collection))
        BEGIN
            SELECT RAISE(ABORT, 'ledger: what is posted is never changed');
        END;
        CREATE TRIGGER ledger_removed BEFORE DELETE ON records
            WHEN EXISTS (SELECT 1 FROM ledgers WHERE collection = OLD.collection)
        BEGIN
            SELECT RAISE(ABORT, 'ledger: what is posted is never removed');
        END;
        """

    /// Who did what, each row behind the one before. What speaks of persons may go, and nothing else: a text is null then, and
    /// its seal, which was a salt, the commitment that the hash covers.
    private static let audit = """
        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            body TEXT NOT NULL,
            subject TEXT,
            principal TEXT,
            reason TEXT,
            target_key TEXT,
            subject_seal BLOB,
            principal_seal BLOB,
            reason_seal BLOB,
            key_seal BLOB,
            previous BLOB NOT NULL,
            hash BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER audit_next BEFORE INSERT ON audit BEGIN
            SELECT RAISE(ABORT, 'audit: a row follows the last one')
                WHERE NEW.sequence IS NOT 1 + coalesce((SELECT max(sequence) FROM audit), 0)
                    OR NEW.previous IS NOT coalesce(
                        (SELECT hash FROM audit WHERE sequence = NEW.sequence - 1), x'0000000000000000000000000000000000000000000000000000000000000000');
        END;
        CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN
            SELECT RAISE(ABORT, 'audit: a row is never removed');
        END;
        CREATE TRIGGER audit_same
            BEFORE UPDATE OF sequence, at, body, previous, hash ON audit
        BEGIN
            SELECT RAISE(ABORT, 'audit: a row is never changed');
        END;
        CREATE TRIGGER audit_erased BEFORE UPDATE ON audit
            WHEN (NEW.subject IS NOT OLD.subject AND NEW.subject IS NOT NULL)
                OR (NEW.principal IS NOT OLD.principal AND NEW.principal IS NOT NULL)
                OR (NEW.reason IS NOT OLD.reason AND NEW.reason IS NOT NULL)
                OR (NEW.target_key IS NOT OLD.target_key AND NEW.target_key IS NOT NULL)
                OR (NEW.subject_seal IS NOT OLD.subject_seal AND NEW.subject IS NOT NULL)
                OR (NEW.principal_seal IS NOT OLD.principal_seal AND NEW.principal IS NOT NULL)
                OR (NEW.reason_seal IS NOT OLD.reason_seal AND NEW.reason IS NOT NULL)
                OR (NEW.key_seal IS NOT OLD.key_seal AND NEW.target_key IS NOT NULL)
        BEGIN
            SELECT RAISE(ABORT, 'audit: of a row only what speaks of a person can go');
        END;
        INSERT INTO settings (name, value)
            VALUES ('audit.secret', '"' || lower(hex(randomblob(32))) || '"');
        """

    /// What is kept for instances that never start goes when its time is over.
    private static let keptExpiry = "CREATE INDEX kept_expiry ON kept (expires_at);"

    /// One row, on a page of its own: it is read also where the rest of the file is in the midst of being written.
    private static let mark = """
        CREATE TABLE mark (id INTEGER PRIMARY KEY CHECK (id = 1), text TEXT NOT NULL) STRICT;
        """

    /// What has ended, in the order in which it may go: one entry from an instance's end on.
    private static let ended = """
        CREATE INDEX instances_ended ON instances (workflow, ended_at) WHERE ended_at IS NOT NULL;
        """

    /// Who holds an instance, why and since when: the first index is a list of those in its order, the second counts them
    /// by who and why. Nobody else has an entry in either. Those that are held already need a person, and are few.
    private static let pauses = """
        ALTER TABLE instances ADD COLUMN paused_by TEXT;
        ALTER TABLE instances ADD COLUMN pause_reason TEXT;
        ALTER TABLE instances ADD COLUMN paused_at INTEGER;
        UPDATE instances SET
            paused_by = json_extract(CAST(body AS TEXT), '$.pause.by.role')
                || '/' || json_extract(CAST(body AS TEXT), '$.pause.by.subject'),
            pause_reason = json_extract(CAST(body AS TEXT), '$.pause.reason'),
            paused_at = json_extract(CAST(body AS TEXT), '$.pause.since')
            WHERE incidents > 0 AND json_extract(CAST(body AS TEXT), '$.pause.since') IS NOT NULL;
        CREATE INDEX instances_paused
            ON instances (id, paused_at, paused_by, pause_reason, workflow, status)
            WHERE paused_at IS NOT NULL;
        CREATE INDEX instances_pauses
            ON instances (paused_by, pause_reason, paused_at) WHERE paused_at IS NOT NULL;
        """

    /// Content beside the database, and who speaks of it. Nobody's name is looked for in `put_by`: it is JSON.
    private static let attachments = """
        CREATE TABLE attachments (
            sha256 TEXT NOT NULL PRIMARY KEY,
            size INTEGER NOT NULL,
            type TEXT NOT NULL,
            put_by TEXT NOT NULL,
            put_at INTEGER NOT NULL,
            condemned_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE attachment_references (
            sha256 TEXT NOT NULL,
            workflow TEXT NOT NULL,
            key TEXT NOT NULL,
            PRIMARY KEY (sha256, workflow, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX attachment_references_instance
            ON attachment_references (workflow, key, sha256);
        """

    /// What records are found by; a record's row remembers its entries. Numbers are never given out twice.
    private static let recordIndexes = """
        CREATE TABLE record_indexes (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            collection TEXT NOT NULL,
            declaration TEXT NOT NULL,
            is_built INTEGER NOT NULL,
            UNIQUE (collection, declaration)
        ) STRICT;
        CREATE TABLE record_entries (
            number INTEGER NOT NULL,
            key BLOB NOT NULL,
            id TEXT NOT NULL,
            PRIMARY KEY (number, key, id)
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE records ADD COLUMN entries BLOB NOT NULL DEFAULT x'';
        """

    /// Neither changes while an instance lives, so that it costs a start one entry and nothing after that.
    private static let versions =
        "CREATE INDEX instances_version ON instances (workflow, version);"

    /// What still runs on a version among the many that have ended on it: one entry from an instance's start to its end.
    private static let runningVersions = """
        CREATE INDEX instances_running_version
            ON instances (workflow, version, status) WHERE status = 'running';
        """

    /// Open tasks for people. An empty assignee is nobody; one without a due time is due last.
    private static let tasks = """
        CREATE TABLE tasks (
            instance INTEGER NOT NULL,
            activation INTEGER NOT NULL,
            role TEXT NOT NULL,
            assignee TEXT NOT NULL,
            due INTEGER NOT NULL,
            PRIMARY KEY (instance, activation)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX tasks_due ON tasks (due, instance, activation);
        CREATE INDEX tasks_role ON tasks (role, due, instance, activation);
        CREATE INDEX tasks_assignee ON tasks (assignee, due, instance, activation);
        """

    /// Every index is a list in its order: the most urgent first, then the one due first. Tasks that were open before
    /// are carried over without their state; lists of what ended begin here.
    private static let taskLists = """
        ALTER TABLE tasks RENAME TO tasks_by_due;
        DROP INDEX tasks_due;
        DROP INDEX tasks_role;
        DROP INDEX tasks_assignee;
        CREATE TABLE tasks (
            instance INTEGER NOT NULL,
            activation INTEGER NOT NULL,
            workflow TEXT NOT NULL,
            key TEXT NOT NULL,
            status TEXT NOT NULL,
            role TEXT NOT NULL,
            assignee TEXT NOT NULL,
            claimed TEXT NOT NULL,
            urgency INTEGER NOT NULL,
            due INTEGER NOT NULL,
            state TEXT NOT NULL,
            outcome TEXT NOT NULL,
            decider TEXT NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (instance, activation)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX tasks_order ON tasks (status, urgency, due, instance, activation);
        CREATE INDEX tasks_role ON tasks (status, role, urgency, due, instance, activation);
        CREATE INDEX tasks_assignee ON tasks (status, assignee, urgency, due, instance, activation);
        CREATE INDEX tasks_claimed ON tasks (status, claimed, urgency, due, instance, activation);
        INSERT INTO tasks
            SELECT t.instance, t.activation, i.workflow, i.key, 'open', t.role, t.assignee, '', 50,
                t.due, '', '', '', json_object(
                    'title', coalesce(json_extract(a.value, '$.task.title'), ''),
                    'openedAt', json_extract(a.value, '$.startedAt'))
            FROM tasks_by_due t JOIN instances i ON i.id = t.instance,
                json_each(CAST(i.body AS TEXT), '$.activations') a
            WHERE json_extract(a.value, '$.number') = t.activation;
        DROP TABLE tasks_by_due;
        """

    /// Events that moved nothing: two lists, of those that wait and of the others. Read from the newest on: the oldest
    /// ones go as new ones come.
    private static let unmatched = """
        CREATE TABLE unmatched (
            early INTEGER NOT NULL,
            number INTEGER NOT NULL,
            at INTEGER NOT NULL,
            event TEXT NOT NULL,
            workflow TEXT NOT NULL,
            key TEXT NOT NULL,
            outcome TEXT NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (early, number)
        ) STRICT, WITHOUT ROWID;
        """

    /// What becomes of each member of a fan-out; written when one starts and when it ends.
    private static let fanOuts = """
        CREATE TABLE members (
            instance INTEGER NOT NULL,
            activation INTEGER NOT NULL,
            number INTEGER NOT NULL,
            status TEXT NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (instance, activation, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX members_failed
            ON members (instance, activation, status, number) WHERE status <> 'completed';
        """

    /// Those whose rows come and go: found by their key without a second index.
    private static let clustered = """
        ALTER TABLE timers RENAME TO timers_by_rowid;
        DROP INDEX timers_due;
        CREATE TABLE timers (
            instance INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            number INTEGER NOT NULL,
            due INTEGER NOT NULL,
            PRIMARY KEY (instance, kind, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX timers_due ON timers (due, instance, kind, number);
        INSERT INTO timers SELECT instance, kind, number, due FROM timers_by_rowid;
        DROP TABLE timers_by_rowid;

        ALTER TABLE calls RENAME TO calls_by_rowid;
        CREATE TABLE calls (
            instance INTEGER NOT NULL,
            activation INTEGER NOT NULL,
            dispatch INTEGER NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (instance, activation, dispatch)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO calls SELECT instance, activation, dispatch, data FROM calls_by_rowid;
        DROP TABLE calls_by_rowid;

        ALTER TABLE messages RENAME TO messages_by_rowid;
        CREATE TABLE messages (
            source INTEGER NOT NULL,
            number INTEGER NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (source, number)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO messages SELECT source, number, data FROM messages_by_rowid;
        DROP TABLE messages_by_rowid;
        """

    /// Incidents that are open already keep their message as the cause.
    private static let incidentsByCause = """
        ALTER TABLE incidents ADD COLUMN cause TEXT NOT NULL DEFAULT '';
        UPDATE incidents SET cause = message WHERE closed_at IS NULL;
        CREATE INDEX incidents_cause
            ON incidents (cause, opened_at, instance, number) WHERE closed_at IS NULL;
        """

    /// A commit's entries are one row under the number of the last: `[[sequence, at, kind, data], …]`.
    private static let historyByCommit = """
        ALTER TABLE history RENAME TO history_by_entry;
        CREATE TABLE history (
            instance INTEGER NOT NULL,
            last INTEGER NOT NULL,
            entries TEXT NOT NULL,
            UNIQUE (instance, last)
        ) STRICT;
        INSERT INTO history (instance, last, entries)
            SELECT instance, sequence, json_array(json_array(sequence, at, kind, json(data)))
            FROM history_by_entry ORDER BY rowid;
        DROP TABLE history_by_entry;
        """

    private static let first = """
        CREATE TABLE instances (
            id INTEGER PRIMARY KEY,
            workflow TEXT NOT NULL,
            key TEXT NOT NULL,
            version INTEGER NOT NULL,
            status TEXT NOT NULL,
            revision INTEGER NOT NULL,
            states TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            ended_at INTEGER,
            overdue_at INTEGER,
            incidents INTEGER NOT NULL,
            is_retrying INTEGER NOT NULL,
            search TEXT NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX instances_name ON instances (workflow, key);
        CREATE INDEX instances_workflow ON instances (workflow);
        CREATE INDEX instances_status ON instances (status, workflow, incidents);
        CREATE INDEX instances_states ON instances (states, status, workflow);
        CREATE INDEX instances_running
            ON instances (overdue_at, incidents, is_retrying, workflow, status)
            WHERE status = 'running';
        CREATE INDEX instances_blocked
            ON instances (id, incidents, workflow, status) WHERE incidents > 0;

        CREATE TABLE search_attributes (
            instance INTEGER NOT NULL,
            name TEXT NOT NULL,
            value ANY NOT NULL
        ) STRICT;
        CREATE INDEX search_attributes_instance ON search_attributes (instance);
        CREATE INDEX search_attributes_value ON search_attributes (name, value, instance);

        CREATE TABLE history (
            instance INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            data TEXT NOT NULL,
            UNIQUE (instance, sequence)
        ) STRICT;

        CREATE TABLE timers (
            instance INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            number INTEGER NOT NULL,
            due INTEGER NOT NULL,
            UNIQUE (instance, kind, number)
        ) STRICT;
        CREATE INDEX timers_due ON timers (due, instance, kind, number);

        CREATE TABLE calls (
            instance INTEGER NOT NULL,
            activation INTEGER NOT NULL,
            dispatch INTEGER NOT NULL,
            data TEXT NOT NULL,
            UNIQUE (instance, activation, dispatch)
        ) STRICT;

        CREATE TABLE messages (
            source INTEGER NOT NULL,
            number INTEGER NOT NULL,
            data TEXT NOT NULL,
            UNIQUE (source, number)
        ) STRICT;

        CREATE TABLE receipts (
            workflow TEXT NOT NULL,
            key TEXT NOT NULL,
            event_id TEXT NOT NULL,
            at INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            data TEXT NOT NULL,
            UNIQUE (workflow, key, event_id)
        ) STRICT;

        CREATE TABLE kept (
            arrival INTEGER PRIMARY KEY AUTOINCREMENT,
            workflow TEXT NOT NULL,
            key TEXT NOT NULL,
            arrived_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            data TEXT NOT NULL
        ) STRICT;
        CREATE INDEX kept_name ON kept (workflow, key);

        CREATE TABLE records (
            collection TEXT NOT NULL,
            id TEXT NOT NULL,
            grp TEXT NOT NULL,
            revision INTEGER NOT NULL,
            body TEXT NOT NULL,
            UNIQUE (collection, id)
        ) STRICT;
        CREATE INDEX records_group ON records (collection, grp, id);

        CREATE TABLE incidents (
            instance INTEGER NOT NULL,
            number INTEGER NOT NULL,
            kind TEXT NOT NULL,
            message TEXT NOT NULL,
            opened_at INTEGER NOT NULL,
            closed_at INTEGER,
            data TEXT NOT NULL,
            UNIQUE (instance, number)
        ) STRICT;
        CREATE INDEX incidents_open
            ON incidents (opened_at, instance, number) WHERE closed_at IS NULL;

        CREATE TABLE settings (
            name TEXT NOT NULL UNIQUE,
            value TEXT NOT NULL
        ) STRICT;

        CREATE TABLE definitions (
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            version INTEGER NOT NULL,
            hash TEXT NOT NULL,
            source TEXT NOT NULL,
            UNIQUE (kind, name, version)
        ) STRICT;
        """
}
