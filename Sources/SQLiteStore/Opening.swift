import Execution
import Sabotage

/// What is set and verified on a fresh connection.
enum Opening {
    /// Files up to this many pages (16 MiB) are looked through whole; of larger ones only the edges
    /// of every table, so that a server starts at once.
    private static let pagesChecked = 4096
    /// Bytes that the file of a log keeps at most when it is written over: somewhat more than it has when it is emptied.
    private static let restingLog = 34 << 20

    static func prepareWriter(
        _ connection: Connection, _ durability: Durability = .server, isWatched: Bool = false
    ) throws(StoreError) {
        let level = durability.flushing.rawValue
        // One that is watched is emptied by who watches it.
        let frames = isWatched ? 0 : durability.checkpointFrames
        try common(connection, cacheKiB: 32 << 10)
        try connection.execute("PRAGMA page_size = 4096")
        try require(connection, "journal_mode = WAL", is: "wal")
        try connection.execute("PRAGMA synchronous = \(level)")
        try require(connection, "synchronous", is: "\(level)")
        try require(connection, "wal_autocheckpoint = \(frames)", is: "\(frames)")
        try require(connection, "secure_delete = ON", is: "1")
        try require(connection, "journal_size_limit = \(restingLog)", is: "\(restingLog)")
        if isMutant(.synchronousOff) { try connection.execute("PRAGMA synchronous = OFF") }
        try Schema.migrate(connection)
        reach(.schemaMade)
        try check(connection)
    }

    /// Moves what the log holds into the database, durably. A process that was killed between the write and the
    /// flush of a commit leaves that commit in the page cache: this one takes it as done, answers and sends calls
    /// by it, and must not lose it with the power afterwards. The log was flushed before; copying it as well
    /// covers pages of which a failed flush has made the kernel forget that they are dirty. A reader from
    /// outside or a full disk may hold the copying up, not the start.
    static func settle(_ connection: Connection) throws(StoreError) {
        try connection.moveLog(patience: 100)
    }

    /// The same of one that is watched, with its mark.
    static func settle(
        _ connection: Connection, after mark: Mark?, _ doubt: Doubt?, _ note: any DiskNote,
        _ durability: Durability
    ) throws(StoreError) {
        try connection.beginMark(
            after: mark, doubt, note, limit: durability.checkpointFrames)
    }

    static func prepareReader(_ connection: Connection) throws(StoreError) {
        try common(connection, cacheKiB: 8 << 10)
        try connection.execute("PRAGMA query_only = ON")
    }

    private static func common(_ connection: Connection, cacheKiB: Int) throws(StoreError) {
        try connection.execute(
            """
            PRAGMA trusted_schema = OFF;
            PRAGMA cache_size = -\(cacheKiB);
            PRAGMA temp_store = MEMORY;
            """)
        try require(connection, "trusted_schema", is: "0")
    }

    /// A pragma that SQLite does not know or cannot follow is silent: only its answer tells.
    private static func require(
        _ connection: Connection, _ pragma: String, is expected: String
    ) throws(StoreError) {
        let answer = try connection.pragma(pragma)
        guard answer == expected else {
            throw .unavailable(
                "pawl.db: PRAGMA \(pragma) answers \"\(answer)\", \"\(expected)\" is needed")
        }
    }

    private static func check(_ connection: Connection) throws(StoreError) {
        let pages = Int(try connection.pragma("page_count")) ?? 0
        if pages <= pagesChecked {
            try checkWhole(connection)
        } else {
            try checkEdges(connection)
        }
    }

    /// Indexes included: a key that its index has lost could be given out twice (G2).
    private static func checkWhole(_ connection: Connection) throws(StoreError) {
        let answer = try connection.pragma("integrity_check(1)")
        guard answer != "ok" else { return }
        let words = answer.replacing("*** in database main ***\n", with: "")
        for table in try tables(connection) {
            guard try connection.pragma("integrity_check('\(table)')") != "ok" else { continue }
            throw .corrupt("pawl.db: \(words) in table \(table)")
        }
        throw .corrupt("pawl.db: \(words)")
    }

    private static func tables(_ connection: Connection) throws(StoreError) -> [String] {
        try connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .rows { (row) throws(StoreError) in try row.text(0) }
    }

    private static func primaryKey(
        of table: String, _ connection: Connection
    ) throws(StoreError) -> [String] {
        let sql = "SELECT name FROM pragma_table_info('\(table)') WHERE pk > 0 ORDER BY pk"
        let columns = try connection.prepare(sql)
            .rows { (row) throws(StoreError) in try row.text(0) }
        return columns.isEmpty ? ["rowid"] : columns
    }

    /// Walks from the root of every table to its first and its last row.
    private static func checkEdges(_ connection: Connection) throws(StoreError) {
        for table in try tables(connection) {
            do throws(StoreError) {
                let key = try primaryKey(of: table, connection)
                for order in ["ASC", "DESC"] {
                    let terms = key.map { "\($0) \(order)" }.joined(separator: ", ")
                    try connection.prepare("SELECT * FROM \"\(table)\" ORDER BY \(terms) LIMIT 1")
                        .run()
                }
            } catch .corrupt(let message) {
                throw .corrupt("\(message) in table \(table)")
            }
        }
    }
}
