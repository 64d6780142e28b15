import Execution
import Values

/// What every store refuses in a collection that is a ledger, whoever writes.
extension StoreSuite {
    private static let ledger = "books"

    private static func posting(
        _ id: String, _ sequence: Int64, _ amounts: [Value] = [5, -5], booked: Int64 = 0,
        expecting revision: Int64 = 0, group: String? = nil, without member: String = ""
    ) -> RecordWrite {
        var body: Value = [
            "lines": .list(amounts.map { ["account": "a", "amount": $0] }), "currency": "EUR",
            "sequence": .int(sequence), "at": "2026-02-14T10:00:00Z",
            "booked": .string(instant(booked).rfc3339), "instance": "order/1",
            "activation": "pawl/order/1/1", "actor": "workflow/order",
        ]
        if !member.isEmpty { body[member] = .null }
        return RecordWrite(
            collection: ledger, id: id, group: group ?? LedgerRules.group(sequence),
            expectedRevision: revision, body: body)
    }

    private static func records(_ writes: RecordWrite...) -> [Commit] {
        [commit(nil) { $0.records = writes }]
    }

    static let ledgerCases: [StoreCase] = [
        StoreCase("A ledger takes what balances, in order, and is one for ever") { store in
            try store.declare(ledgers: [ledger])
            try store.declare(ledgers: [])
            try expectEqual(try store.ledgers(), [ledger], "ledgers")
            try store.commit(records(posting("t-1", 1), posting("t-2", 2, [7, -3, -4], booked: 1)))
            try store.commit(records(posting("t-3", 3, booked: 1)))
            let all = try store.records(
                RecordQuery(collection: ledger, selection: .all, limit: 10))
            try expectEqual(all.records.map(\.id), ["t-1", "t-2", "t-3"], "what is posted")
        },
        StoreCase("A collection that is no ledger takes what it likes") { store in
            try store.declare(ledgers: ["others"])
            try store.commit(records(posting("t-1", 4, [1])))
        },
        StoreCase("A ledger refuses what does not balance, a gap, a repeat, a change, a deletion") {
            store in
            try store.declare(ledgers: [ledger])
            try store.commit(records(posting("t-1", 1, booked: 10)))
            let wrong: [(String, RecordWrite)] = [
                ("lines that do not sum to zero", posting("t-2", 2, [5, -4], booked: 10)),
                ("one line", posting("t-2", 2, [5], booked: 10)),
                ("no line", posting("t-2", 2, [], booked: 10)),
                ("a line of zero", posting("t-2", 2, [5, -5, 0], booked: 10)),
                ("half a unit", posting("t-2", 2, [.double(0.5), .double(-0.5)], booked: 10)),
                (
                    "an absurd amount",
                    posting("t-2", 2, [1_000_000_000_001, -1_000_000_000_001], booked: 10)
                ),
                ("a gap", posting("t-2", 3, booked: 10)),
                ("a number twice", posting("t-2", 1, booked: 10)),
                ("a reference twice", posting("t-1", 2, booked: 10)),
                ("another group", posting("t-2", 2, booked: 10, group: "2")),
                ("a booking before the one before", posting("t-2", 2, booked: 9)),
                ("a posting without an actor", posting("t-2", 2, booked: 10, without: "actor")),
                ("a posting without a date", posting("t-2", 2, booked: 10, without: "at")),
                ("a change", posting("t-1", 1, [6, -6], booked: 10, expecting: 1)),
                (
                    "a deletion",
                    RecordWrite(
                        collection: ledger, id: "t-1", group: "", expectedRevision: 1, body: nil)
                ),
            ]
            for (what, write) in wrong { try expectConflict(store, records(write), what) }
            try expectConflict(
                store, records(posting("t-2", 2, booked: 10), posting("t-3", 3, [1], booked: 10)),
                "the second of two")
            try store.commit(records(posting("t-2", 2, booked: 10)))
        },
    ]
}
