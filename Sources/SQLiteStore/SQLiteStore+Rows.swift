import Encryption
import Execution
import Values

// All rows of one instance as what they hold, and writing over them.

extension SQLiteStore {
    package func rows(
        of id: InstanceID, _ name: InstanceName
    ) throws(StoreError) -> [InstanceRow] {
        try readers.read { (connection) throws(StoreError) in
            try connection.snapshot { (connection) throws(StoreError) in
                try connection.rows(of: id, name)
            }
        }
    }
}

extension Connection {
    fileprivate func rows(
        of id: InstanceID, _ name: InstanceName
    ) throws(StoreError) -> [InstanceRow] {
        let instance: [Parameter] = [.integer(id.rawValue)]
        func read(
            _ sql: SQL, _ parameters: [Parameter], data column: Int32,
            _ place: (Statement) throws(StoreError) -> InstanceRow.Place
        ) throws(StoreError) -> [InstanceRow] {
            let statement = try statement(sql)
            statement.bind(parameters)
            return try statement.rows { (row) throws(StoreError) in
                let place = try place(row)
                return InstanceRow(
                    instance: id, name: name, place: place,
                    data: try row.value(
                        column, at: .row(id, name, place), of: "a row of instance \(id)"))
            }
        }
        var rows = try read(.historyRows, instance, data: 1) { .history(last: $0.int64(0)) }
        rows += try read(.receiptRows, name.parameters, data: 1) { (row) throws(StoreError) in
            .receipt(eventID: ExactText(try row.text(0)))
        }
        rows += try read(.taskRows, instance, data: 1) { .task(activation: $0.int64(0)) }
        rows += try read(.memberRows, instance, data: 2) {
            .member(activation: $0.int64(0), number: $0.int64(1))
        }
        rows += try read(.incidentRows, instance, data: 1) { .incident(number: $0.int64(0)) }
        rows += try read(.keptRows, name.parameters, data: 1) { .kept(arrival: $0.int64(0)) }
        for isEarly in [false, true] {
            let parameters = [.integer(isEarly ? 1 : 0)] + name.parameters
            rows += try read(.unmatchedRows, parameters, data: 1) {
                .unmatched(isEarly: isEarly, number: $0.int64(0))
            }
        }
        return rows
    }

    // MARK: Writing

    func rewrite(_ rows: [InstanceRow]) throws(StoreError) {
        for row in rows {
            let isThere = try rewrite(row)
            // Lists of what came last lose their oldest rows by themselves; a history loses none.
            if case .history(let last) = row.place, !isThere {
                throw .conflict("the history of instance \(row.instance) has no row \(last)")
            }
        }
    }

    private func rewrite(_ row: InstanceRow) throws(StoreError) -> Bool {
        let data = JSON.encode(row.data)
        let statement: Statement
        let parameters: [Parameter]
        switch row.place {
        case .history(let last):
            statement = try self.statement(.rewriteHistory)
            parameters = [.integer(row.instance.rawValue), .integer(last)]
        case .receipt(let eventID):
            statement = try self.statement(.rewriteReceipt)
            parameters = row.name.parameters + [.text(eventID.text)]
        case .task(let activation):
            statement = try self.statement(.rewriteTask)
            parameters = [.integer(row.instance.rawValue), .integer(activation)]
        case .member(let activation, let number):
            statement = try self.statement(.rewriteMember)
            parameters = [
                .integer(row.instance.rawValue), .integer(activation), .integer(number),
            ]
        case .incident(let number): return try rewriteIncident(number, row)
        case .kept(let arrival):
            statement = try self.statement(.rewriteKept)
            parameters = [.integer(arrival)] + row.name.parameters
        case .unmatched(let isEarly, let number):
            statement = try self.statement(.rewriteUnmatched)
            parameters = [.integer(isEarly ? 1 : 0), .integer(number)] + row.name.parameters
        }
        statement.bind(sealing: data, at: .row(row.instance, row.name, row.place))
        statement.bind(parameters)
        return try statement.run() == 1
    }

    private func rewriteIncident(_ number: Int64, _ row: InstanceRow) throws(StoreError) -> Bool {
        let incident: Incident
        do throws(DecodingFailure) {
            incident = try Incident(decoding: row.data)
        } catch {
            throw .corrupt("incident \(number) of instance \(row.instance): \(error)")
        }
        let statement = try statement(.rewriteIncident)
        statement.bind(
            sealing: Array(incident.error.message.utf8), at: .message(row.instance, number))
        statement.bind(alike: incident.cause, at: .cause)
        statement.bind(sealing: JSON.encode(row.data), at: .incident(row.instance, number))
        statement.bind(row.instance.rawValue)
        statement.bind(number)
        return try statement.run() == 1
    }
}
