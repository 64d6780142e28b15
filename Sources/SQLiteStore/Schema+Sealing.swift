extension Schema {
    /// Columns that are sealed hold text or, sealed, a blob. Only the kind that a column is said to have changes: what is in
    /// the rows stays as it is, however many there are (SQLite's documentation of ALTER TABLE has this way). What the ledger's
    /// triggers cannot read of a posting that is sealed, whoever seals it looks at (`Connection.requirePosting`).
    static let sealing =
        """
        PRAGMA writable_schema = ON;
        \(columns.map(anyKind).joined(separator: "\n"))
        PRAGMA writable_schema = RESET;
        DROP TRIGGER ledger_posted;
        \(ledgerPosted)
        """

    private static let columns = [
        ("instances", "pause_reason"), ("history", "entries"), ("calls", "data"),
        ("messages", "data"), ("receipts", "fingerprint"), ("receipts", "data"), ("kept", "data"),
        ("unmatched", "data"), ("records", "body"), ("members", "data"), ("incidents", "message"),
        ("incidents", "cause"), ("incidents", "data"), ("tasks", "data"),
    ]

    private static func anyKind(_ table: String, _ column: String) -> String {
        """
        UPDATE sqlite_schema SET sql = replace(sql, ' \(column) TEXT', ' \(column) ANY')
            WHERE type = 'table' AND name = '\(table)';
        """
    }

    private static let ledgerPosted = """
        CREATE TRIGGER ledger_posted BEFORE INSERT ON records
            WHEN EXISTS (SELECT 1 FROM ledgers WHERE collection = NEW.collection)
        BEGIN
            SELECT RAISE(ABORT, 'ledger: a reference is posted once') WHERE EXISTS
                (SELECT 1 FROM records WHERE collection = NEW.collection AND id = NEW.id);
            SELECT RAISE(ABORT, 'ledger: the sequence has no gap, and the group is its 16 digits')
                WHERE NEW.grp IS NOT printf('%016d', 1 + coalesce(
                        (SELECT CAST(max(grp) AS INTEGER) FROM records WHERE collection = NEW.collection), 0));
            SELECT RAISE(ABORT, 'ledger: its lines are two or more, none zero, and sum to zero')
                WHERE typeof(NEW.body) = 'text' AND 1 IS NOT (
                    SELECT sum(key = 'amount') >= 2 AND sum(key = 'amount') = sum(key = 'account')
                        AND sum(key = 'amount') = sum(type = 'object')
                        AND sum(iif(key = 'amount', atom, 0)) = 0
                        AND min(CASE key
                            WHEN 'amount' THEN type = 'integer' AND abs(atom) BETWEEN 1 AND 1000000000000
                            WHEN 'account' THEN type = 'text' AND atom <> '' ELSE 1 END)
                    FROM json_tree(NEW.body, '$.lines'));
            SELECT RAISE(ABORT, 'ledger: the sequence has no gap, and the group is its 16 digits')
                WHERE typeof(NEW.body) = 'text' AND CAST(NEW.grp AS INTEGER) IS NOT
                    (SELECT atom FROM json_each(NEW.body, '$.sequence'));
            SELECT RAISE(ABORT, 'ledger: a posting says currency, dates, instance, activation and actor')
                WHERE typeof(NEW.body) = 'text' AND 6 IS NOT (
                    SELECT sum(CASE WHEN key IN ('at', 'booked') THEN julianday(atom) IS NOT NULL
                        ELSE type = 'text' AND atom <> '' END)
                    FROM json_each(NEW.body)
                    WHERE key IN ('currency', 'at', 'booked', 'instance', 'activation', 'actor'));
            SELECT RAISE(ABORT, 'ledger: a posting is never booked before the one before')
                WHERE typeof(NEW.body) = 'text' AND EXISTS
                (SELECT 1 FROM records AS r WHERE r.collection = NEW.collection
                    AND r.grp = printf('%016d', CAST(NEW.grp AS INTEGER) - 1)
                    AND typeof(r.body) = 'text'
                    AND (SELECT julianday(atom) FROM json_each(
                            CASE typeof(r.body) WHEN 'text' THEN r.body ELSE '{}' END, '$.booked'))
                        > (SELECT julianday(atom) FROM json_each(
                            CASE typeof(NEW.body) WHEN 'text' THEN NEW.body ELSE '{}' END, '$.booked')));
        END;
        """

    /// For the transaction of what changes the seal of postings, and nothing else of them.
    static let withoutChangeGuard = "DROP TRIGGER ledger_changed;"

    static let changeGuard = """
        CREATE TRIGGER ledger_changed BEFORE UPDATE OF collection, id, grp, revision, body ON records
            WHEN EXISTS (SELECT 1 FROM ledgers WHERE collection IN (OLD.collection, NEW.collection))
        BEGIN
            SELECT RAISE(ABORT, 'ledger: what is posted is never changed');
        END;
        """
}
