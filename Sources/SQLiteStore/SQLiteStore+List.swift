import Execution

extension SQLiteStore {
    package func list(_ query: InstanceQuery) throws(StoreError) -> InstancePage {
        let count = max(query.count, 0)
        let sql = ListSQL(query, limit: count.addingReportingOverflow(1).partialValue)
        return try readers.read { (connection) throws(StoreError) in
            try connection.snapshot { (connection) throws(StoreError) in
                let instances = try connection.prepare(sql.page)
                    .rows { (row) throws(StoreError) in row.instance() }
                let total = try connection.prepare(sql.total)
                    .first { (row) throws(StoreError) in row.int(0) }
                return InstancePage(
                    instances: Array(instances.prefix(count)), total: total ?? 0,
                    hasMore: instances.count > count)
            }
        }
    }

    /// How SQLite would answer a query, one line a step (`EXPLAIN QUERY PLAN`).
    package func plan(of query: InstanceQuery) throws(StoreError) -> [String] {
        let sql = ListSQL(query, limit: query.count)
        return try readers.read { (connection) throws(StoreError) in
            try connection.plan(of: sql.page.sql) + connection.plan(of: sql.total.sql)
        }
    }

    package func plan(of sql: SQL) throws(StoreError) -> [String] {
        try readers.read { (connection) throws(StoreError) in try connection.plan(of: sql.text) }
    }
}

extension Connection {
    fileprivate func prepare(
        _ query: (sql: String, parameters: [Parameter])
    ) throws(StoreError) -> Statement {
        let statement = try prepare(query.sql)
        statement.bind(query.parameters)
        return statement
    }

    fileprivate func plan(of sql: String) throws(StoreError) -> [String] {
        try prepare("EXPLAIN QUERY PLAN \(sql)").rows { (row) throws(StoreError) in try row.text(3)
        }
    }
}
