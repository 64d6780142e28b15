import Execution
import Values

extension SQLiteStore {
    package func keptCount(of workflow: String, upTo limit: Int) throws(StoreError) -> Int {
        try first(.keptCount, [.text(workflow), .count(limit)]) { $0.int(0) } ?? 0
    }

    package func expireKept(by moment: Timestamp, limit: Int) throws(StoreError) -> Int {
        var count = 0
        try write { (connection) throws(StoreError) in
            count = try connection.expireKept(by: moment, limit: limit)
        }
        return count
    }
}

extension Connection {
    fileprivate func expireKept(by moment: Timestamp, limit: Int) throws(StoreError) -> Int {
        let expired = try statement(.expiredKept)
        expired.bind(moment.milliseconds)
        expired.bind(Int64(limit))
        let rows = try expired.rows { (row) throws(StoreError) in
            (row.int64(0), InstanceName(workflow: try row.text(1), key: try row.text(2)))
        }
        for (arrival, name) in rows {
            let statement = try statement(.deleteKeptRow)
            statement.bind(arrival)
            try statement.run()
            guard try !has(.kept, name), try !has(.instanceByName, name) else { continue }
            let references = try self.statement(.removeReferences)
            references.bind(name)
            try references.run()
        }
        return rows.count
    }

    private func has(_ sql: SQL, _ name: InstanceName) throws(StoreError) -> Bool {
        let statement = try statement(sql)
        statement.bind(name)
        return try statement.first { _ in true } ?? false
    }
}
