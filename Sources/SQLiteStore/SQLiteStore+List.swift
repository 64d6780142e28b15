import Encryption
import Execution
import Values

extension SQLiteStore {
    package func list(_ query: InstanceQuery) throws(StoreError) -> InstancePage {
        try list(query, probing: 1_000)
    }

    /// - Parameter span: how many of the newest rows are looked at before an index is asked.
    func list(
        _ query: InstanceQuery, probing span: Int
    ) throws(StoreError) -> InstancePage {
        let count = max(query.count, 0)
        let sql = ListSQL(
            query, limit: count.addingReportingOverflow(1).partialValue, keys: readers.keys)
        return try readers.read { (connection) throws(StoreError) in
            try connection.snapshot { (connection) throws(StoreError) in
                let instances = try connection.newest(sql, more: count, probing: span)
                let total = try connection.prepare(sql.total)
                    .first { (row) throws(StoreError) in row.int(0) }
                let page = instances.prefix(count)
                return InstancePage(
                    instances: query.above == nil ? Array(page) : page.reversed(),
                    counted: total ?? 0,
                    upTo: query.countedUpTo,
                    hasMore: instances.count > count)
            }
        }
    }

    package func tasks(_ query: TaskQuery) throws(StoreError) -> [TaskRow] {
        let list = TaskListSQL(query)
        return try readers.read { (connection) throws(StoreError) in
            try connection.prepare((list.sql, list.parameters)).rows {
                (row) throws(StoreError) in try row.task()
            }
        }
    }

    /// How SQLite would list tasks.
    package func plan(of query: TaskQuery) throws(StoreError) -> [String] {
        let list = TaskListSQL(query)
        return try readers.read { (connection) throws(StoreError) in
            try connection.plan(of: list.sql)
        }
    }

    /// How SQLite would answer a query, one line a step (`EXPLAIN QUERY PLAN`).
    package func plan(of query: InstanceQuery) throws(StoreError) -> [String] {
        let sql = ListSQL(query, limit: query.count, keys: readers.keys)
        return try readers.read { (connection) throws(StoreError) in
            try connection.plan(of: sql.page(of: ["w"]).sql)
                + connection.plan(of: sql.total.sql)
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

extension Statement {
    fileprivate func task() throws(StoreError) -> TaskRow {
        let status = try text(4)
        guard let status = TaskRow.Status(rawValue: status) else {
            throw .corrupt("pawl.db: a task of instance \(int64(0)) has the status \(status)")
        }
        let due = int64(9)
        return TaskRow(
            instance: InstanceID(int64(0)), activation: int64(1),
            name: InstanceName(workflow: try text(2), key: try text(3)), status: status,
            role: try text(5), assignee: try text(6), claimedBy: try text(7),
            priority: Int(100 - int64(8)),
            due: due == TaskPosition.noDue ? nil : Timestamp(milliseconds: due),
            state: try text(10), outcome: try text(11), decidedBy: try text(12),
            facts: try decode(
                13, at: .task(InstanceID(int64(0)), int64(1)), of: "a task of instance \(int64(0))")
        )
    }
}

extension Connection {
    /// - Parameter count: a page is full when there are more than these.
    fileprivate func newest(
        _ sql: ListSQL, more count: Int, probing span: Int
    ) throws(StoreError) -> [InstanceWrite] {
        if let probe = sql.probe(span) {
            let found = try prepare(probe).rows { (row) throws(StoreError) in row.instance() }
            if found.count > count { return found }
        }
        let workflows =
            sql.goesByWorkflow
            ? try prepare(ListSQL.workflows).rows { (row) throws(StoreError) in try row.text(0) }
            : []
        return try prepare(sql.page(of: workflows))
            .rows { (row) throws(StoreError) in row.instance() }
    }
}
