import CSQLite
import Encryption
import Execution
import Sabotage
import Values

// What is sealed with another key than the current one, or should not be sealed, is written anew while everything else
// goes on: some rows at a time, found by a reader and written in one small transaction between two commits of the
// engine. How far it has come is nowhere but in the rows themselves, so that a crash costs a look at what is done.

/// Where a walk through all that is sealed has come.
package struct ResealingCursor: Sendable {
    fileprivate var column = 0
    fileprivate var after: [Parameter] = []
    /// Values written anew.
    package fileprivate(set) var done = 0
    /// Something was plain before.
    fileprivate var hasSealedPlain = false

    package init() {}

    package var isAtEnd: Bool { column >= SealedColumn.all.count }
}

extension SQLiteStore {
    package var keys: KeyRing { readers.keys }

    /// A walk through all rows.
    package func sealedCounts() throws(StoreError) -> SealedCounts {
        try readers.read { (connection) throws(StoreError) in
            var names = keys.keys.map(\.name)
            for noted in try connection.notedKeys()
            where !names.contains(where: { sameUTF8($0, noted.name) }) { names.append(noted.name) }
            var result = SealedCounts(current: keys.current?.name, names: names)
            for column in SealedColumn.all {
                try connection.count(column, names, into: &result)
            }
            return result
        }
    }

    /// Writes the next values anew.
    /// - Parameter limit: rows at most, in one transaction.
    package func reseal(_ cursor: inout ResealingCursor, limit: Int = 100) throws(StoreError) {
        guard cursor.column < SealedColumn.all.count else { return }
        let column = SealedColumn.all[cursor.column]
        let after = cursor.after
        let found = try readers.read { (connection) throws(StoreError) in
            try connection.stale(column, after: after, limit: limit)
        }
        let isLast = found.count < limit
        let rows = isLast && isMutant(.rotationSkipsRow) ? found.dropLast() : found[...]
        if !rows.isEmpty {
            let hasPlain = cursor.hasSealedPlain
            var (done, sealsPlain) = (0, false)
            try write { (connection) throws(StoreError) in
                let guarded =
                    sameUTF8(column.table, "records")
                    ? try connection.hasPosting(rows) : false
                if guarded { try connection.execute(Schema.withoutChangeGuard) }
                for row in rows {
                    if let wasPlain = try connection.reseal(column, row) {
                        done += 1
                        sealsPlain = sealsPlain || wasPlain
                    }
                }
                if guarded { try connection.execute(Schema.changeGuard) }
                // What was plain stands in the gaps of pages until they are written anew.
                if sealsPlain, keys.current != nil, !hasPlain { try connection.noteRemains(true) }
            }
            cursor.done += done
            cursor.hasSealedPlain = hasPlain || sealsPlain
        }
        cursor.after = found.last ?? cursor.after
        guard isLast else { return }
        cursor.column += 1
        cursor.after = []
        if cursor.isAtEnd, cursor.hasSealedPlain, keys.current != nil { clean() }
    }
}

extension SealedColumn {
    fileprivate var format: SealedHeader.Format { isAlike ? .alike : .random }

    /// Of what is as it should be.
    fileprivate func isRight(_ keys: KeyRing) -> (sql: String, Parameter) {
        let bytes = keys.current.map { SealedHeader.beginning(format, $0.name) }
        return (
            "substr(CAST(\(column) AS BLOB), 1, \(bytes?.count ?? 1)) \(bytes == nil ? "<>" : "=") ?",
            .blob(bytes ?? [SealedHeader.magic])
        )
    }

    func place(_ row: [Parameter]) -> SealedPlace {
        var place = SealedPlace(name)
        if isAlike { return place }
        for parameter in row {
            switch parameter {
            case .integer(let number): place.add(number)
            case .text(let text): place.add(text)
            case .bytes, .value, .blob: break
            }
        }
        return place
    }

    fileprivate var rowCondition: String {
        key.map { "\($0) = ?" }.joined(separator: " AND ")
    }
}

extension Connection {
    fileprivate func count(
        _ column: SealedColumn, _ names: [String], into result: inout SealedCounts
    ) throws(StoreError) {
        var parameters: [Parameter] = [.blob([SealedHeader.magic])]
        var cases = "WHEN substr(bytes, 1, 1) <> ? THEN 0"
        for (index, name) in names.enumerated() {
            let beginning = SealedHeader.beginning(column.format, name)
            cases += " WHEN substr(bytes, 1, \(beginning.count)) = ? THEN \(index + 1)"
            parameters.append(.blob(beginning))
        }
        let statement = try prepare(
            """
            SELECT CASE WHEN length(bytes) = 0 THEN 0 \(cases) END AS which, count(*)
            FROM (SELECT CAST(\(column.column) AS BLOB) AS bytes FROM \(column.table)
                WHERE \(column.column) IS NOT NULL)
            GROUP BY which
            """)
        statement.bind(parameters)
        let counts = try statement.rows { ($0.optionalInt64(0), $0.int64(1)) }
        for (which, count) in counts {
            guard let which else {
                throw .corrupt("pawl.db: \(column.name) has a value that no known key has sealed")
            }
            result.add(count, of: which == 0 ? nil : names[Int(which) - 1])
        }
    }

    /// The keys of rows that are not as the current key wants them, in order.
    fileprivate func stale(
        _ column: SealedColumn, after: [Parameter], limit: Int
    ) throws(StoreError) -> [[Parameter]] {
        let (isRight, parameter) = column.isRight(keys)
        let key = column.key.joined(separator: ", ")
        let bound =
            after.isEmpty
            ? "" : "AND (\(key)) > (\(column.key.map { _ in "?" }.joined(separator: ", ")))"
        let statement = try prepare(
            """
            SELECT \(key) FROM \(column.table)
            WHERE \(column.column) IS NOT NULL AND NOT (\(isRight)) \(bound)
            ORDER BY \(key) LIMIT ?
            """)
        statement.bind([parameter] + after + [.count(limit)])
        return try statement.rows { (row) throws(StoreError) in
            var result: [Parameter] = []
            for index in column.key.indices { result.append(try row.parameter(Int32(index))) }
            return result
        }
    }

    /// - Returns: whether it was plain; nil: it is as it should be, or gone.
    fileprivate func reseal(
        _ column: SealedColumn, _ row: [Parameter]
    ) throws(StoreError) -> Bool? {
        let place = column.place(row)
        let (isRight, parameter) = column.isRight(keys)
        let condition = "\(column.rowCondition) AND \(column.column) IS NOT NULL"
        let select = try prepare(
            "SELECT \(column.column) FROM \(column.table) WHERE \(condition) AND NOT (\(isRight))")
        select.bind(row + [parameter])
        let found = try select.first { (statement) throws(StoreError) in
            let bytes = try statement.opened(0, at: place, of: "\(column.name) of a row")
            return (bytes: bytes, wasPlain: statement.bytes(0).first != SealedHeader.magic)
        }
        guard let found else { return nil }
        let update = try prepare(
            "UPDATE \(column.table) SET \(column.column) = ? WHERE \(column.rowCondition)")
        if keys.current == nil {
            if column.isBlob {
                update.bind(blob: found.bytes)
            } else {
                update.bind(text: found.bytes)
            }
        } else {
            update.bind(
                blob: column.isAlike
                    ? keys.sealAlike(found.bytes, at: place) : keys.seal(found.bytes, at: place))
        }
        update.bind(row)
        try update.run()
        return found.wasPlain
    }

    fileprivate func hasPosting(_ rows: ArraySlice<[Parameter]>) throws(StoreError) -> Bool {
        for row in rows {
            guard case .text(let collection)? = row.first else { continue }
            let statement = try statement(.isLedger)
            statement.bind(collection)
            if try statement.first({ _ in true }) == true { return true }
        }
        return false
    }
}
