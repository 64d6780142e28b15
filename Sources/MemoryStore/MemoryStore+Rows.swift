import Execution
import Values

// All rows of one instance as what they hold, and writing over them. A row of history is one entry here.

extension MemoryStore {
    package func rows(
        of id: InstanceID, _ name: InstanceName
    ) throws(StoreError) -> [InstanceRow] {
        try read { (state) throws(StoreError) in
            try state.contents(of: id, name).map { (place, data) throws(StoreError) in
                InstanceRow(instance: id, name: name, place: place, data: data)
            }
        }
    }

    /// What is overwritten here is gone.
    package func hasRemains() throws(StoreError) -> Bool { false }
}

extension MemoryState {
    fileprivate func contents(
        of id: InstanceID, _ name: InstanceName
    ) throws(StoreError) -> [(InstanceRow.Place, Value)] {
        let instance = RowKey(.number(id.rawValue))
        var found: [(InstanceRow.Place, Value)] = []
        for (key, row) in history.rows(prefix: instance) {
            let entry: Value = [
                .int(key.number(1)), .int(row.at), .string(row.kind), try Self.parse(row.data),
            ]
            found.append((.history(last: key.number(1)), [entry]))
        }
        for (key, row) in receipts.rows(prefix: RowKey(name)) {
            guard case .text(let id) = key.parts[2] else { continue }
            let text = String(decoding: id, as: UTF8.self)
            found.append((.receipt(eventID: ExactText(text)), try Self.parse(row.receipt)))
        }
        for (_, row) in tasks.rows(prefix: instance) {
            found.append((.task(activation: row.activation), row.facts.encoded))
        }
        for (_, row) in members.rows(prefix: instance) {
            found.append(
                (
                    .member(activation: row.activation, number: row.number),
                    try Self.parse(row.outcome)
                ))
        }
        for (key, row) in openIncidents.rows(prefix: RowKey()) where key.number(1) == id.rawValue {
            found.append((.incident(number: key.number(2)), try Self.parse(row)))
        }
        for (key, row) in kept.rows(prefix: RowKey(name)) {
            found.append((.kept(arrival: key.number(2)), try Self.parse(row.event)))
        }
        for (key, row) in unmatched.rows(prefix: RowKey())
        where sameUTF8(row.workflow, name.workflow) && sameUTF8(row.key, name.key) {
            found.append(
                (
                    .unmatched(isEarly: key.number(0) == 1, number: key.number(1)),
                    row.told.encoded
                ))
        }
        return found
    }

    mutating func rewrite(_ rows: [InstanceRow]) throws(StoreError) {
        for row in rows { try rewrite(row) }
    }

    private mutating func rewrite(_ row: InstanceRow) throws(StoreError) {
        let instance = RowKey.Part.number(row.instance.rawValue)
        switch row.place {
        case .history: try rewriteHistory(row)
        case .receipt(let eventID):
            let key = RowKey(.text(row.name.workflow), .text(row.name.key), .text(eventID.text))
            receipts[key] = receipts[key].map {
                ReceiptData(
                    at: $0.at, fingerprint: $0.fingerprint, receipt: JSON.encode(row.data))
            }
        case .task(let activation):
            let key = RowKey(instance, .number(activation))
            tasks[key] = try tasks[key]?.with(Self.decode(JSON.encode(row.data)))
        case .member(let activation, let number):
            let key = RowKey(instance, .number(activation), .number(number))
            members[key] = members[key].map {
                MemberData(
                    activation: $0.activation, number: $0.number, status: $0.status,
                    outcome: JSON.encode(row.data))
            }
        case .incident(let number):
            let found = openIncidents.rows(prefix: RowKey()).first {
                $0.key.number(1) == row.instance.rawValue && $0.key.number(2) == number
            }
            if let found { openIncidents[found.key] = JSON.encode(row.data) }
        case .kept(let arrival):
            let key = RowKey(
                .text(row.name.workflow), .text(row.name.key), .number(arrival))
            kept[key] = kept[key].map {
                KeptData(
                    arrivedAt: $0.arrivedAt, expiresAt: $0.expiresAt, event: JSON.encode(row.data))
            }
        case .unmatched(let isEarly, let number):
            let key = RowKey(.number(isEarly ? 1 : 0), .number(number))
            guard let old = unmatched[key] else { return }
            unmatched[key] = UnmatchedRow(
                number: old.number, at: old.at, event: old.event, workflow: old.workflow,
                key: old.key, told: try Self.decode(JSON.encode(row.data)))
        }
    }

    private mutating func rewriteHistory(_ row: InstanceRow) throws(StoreError) {
        for entry in row.data.listValue ?? [] {
            guard let sequence = entry[0]?.intValue, let at = entry[1]?.intValue,
                let kind = entry[2]?.stringValue, let data = entry[3]
            else { throw .corrupt("a history entry of instance \(row.instance) is damaged") }
            let key = RowKey(.number(row.instance.rawValue), .number(sequence))
            guard history[key] != nil else {
                throw .conflict("the history of instance \(row.instance) has no row \(sequence)")
            }
            history[key] = HistoryRow(at: at, kind: kind, data: JSON.encode(data))
        }
    }
}

extension RowKey {
    fileprivate func number(_ index: Int) -> Int64 {
        if parts.indices.contains(index), case .number(let number) = parts[index] {
            number
        } else {
            0
        }
    }
}

extension TaskRow {
    fileprivate func with(_ facts: Facts) -> TaskRow {
        TaskRow(
            instance: instance, activation: activation, name: name, status: status, role: role,
            assignee: assignee, claimedBy: claimedBy, priority: priority, due: due, state: state,
            outcome: outcome, decidedBy: decidedBy, facts: facts)
    }
}
