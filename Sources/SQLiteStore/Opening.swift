import Execution
import Sabotage

/// What is set and verified on a fresh connection.
enum Opening {
    /// Files up to this many pages (16 MiB) are looked through whole; of larger ones only the edges
    /// of every table, so that a server starts at once.
    private static let pagesChecked = 4096

    static func prepareWriter(_ connection: Connection) throws(StoreError) {
        try common(connection, cacheKiB: 32 << 10)
        try connection.execute("PRAGMA page_size = 4096")
        try require(connection, "journal_mode = WAL", is: "wal")
        try connection.execute("PRAGMA synchronous = FULL")
        try require(connection, "synchronous", is: "2")
        try require(connection, "wal_autocheckpoint = 8000", is: "8000")
        if isMutant(.synchronousOff) { try connection.execute("PRAGMA synchronous = OFF") }
        try Schema.migrate(connection)
        reach(.schemaMade)
        try check(connection)
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
            let answer = try connection.pragma("quick_check(1)")
            guard answer == "ok" else { throw .corrupt("pawl.db: \(answer)") }
        } else {
            try checkEdges(connection)
        }
    }

    /// Walks from the root of every table to its first and its last row.
    private static func checkEdges(_ connection: Connection) throws(StoreError) {
        let tables = try connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .rows { (row) throws(StoreError) in try row.text(0) }
        for table in tables {
            do throws(StoreError) {
                for order in ["ASC", "DESC"] {
                    try connection.prepare(
                        "SELECT * FROM \"\(table)\" ORDER BY rowid \(order) LIMIT 1"
                    ).run()
                }
            } catch .corrupt(let message) {
                throw .corrupt("\(message) in table \(table)")
            }
        }
    }
}
