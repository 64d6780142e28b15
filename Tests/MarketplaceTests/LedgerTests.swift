import Guest
import Marketplace
import Testing
import Values

@Suite("The ledger [R-45]")
struct LedgerTests {
    private let at = Timestamp(seconds: 1_770_000_000)

    private func transaction(
        _ lines: [Ledger.Line], in currency: String = "EUR"
    ) -> Result<Ledger.Transaction, Ledger.Imbalance> {
        do throws(Ledger.Imbalance) {
            return .success(
                try Ledger.Transaction(
                    id: "t", kind: .charge, at: at, currency: currency, lines: lines))
        } catch {
            return .failure(error)
        }
    }

    private func randomLines(_ random: inout Seeded) -> [Ledger.Line] {
        var rest: Int64 = 0
        var lines: [Ledger.Line] = []
        for number in 1...Int.random(in: 1...6, using: &random) {
            let amount =
                Int64.random(in: 1...1_000_000_000, using: &random)
                * (Bool.random(using: &random) ? 1 : -1)
            rest += amount
            lines.append(Ledger.Line(account: "a\(number)", amount: amount))
        }
        if rest != 0 { lines.append(Ledger.Line(account: "rest", amount: -rest)) }
        return lines
    }

    @Test("Balanced lines make a transaction of one record", arguments: UInt64(1)...200)
    func balanced(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        var lines = randomLines(&random)
        if lines.count == 1 {
            lines = [lines[0], .init(account: "rest", amount: -lines[0].amount)]
        }
        let made = try transaction(lines).get()
        var books = Books()
        books.post(made)
        #expect(books.all(Ledger.collection).count == 1)
        #expect(LedgerCheck.balance(books.entries(Ledger.collection)).allSatisfy { $0.amount == 0 })
        var records = Records.holding(
            untyped: books.all(Ledger.collection).map {
                RecordChange(collection: $0.collection, id: $0.id, group: $0.group, body: $0.body)
            }, indexesOf: [Posted.self])
        let found = try Ledger.find("t", &records)
        let first = try Ledger.page(of: lines[0].account, limit: 5, &records)
        let rest = try Ledger.page(of: lines[0].account, after: 1, limit: 5, &records)
        #expect(found?.transaction == made)
        #expect(first.map(\.sequence) == [1])
        #expect(rest.isEmpty)
    }

    @Test("One unit more or less anywhere is refused", arguments: UInt64(1)...200)
    func unbalanced(seed: UInt64) {
        var random = Seeded(seed: seed)
        var lines = randomLines(&random)
        let index = Int.random(in: 0..<lines.count, using: &random)
        let wrong = lines[index]
        let shift: Int64 =
            wrong.amount == 1 ? 1 : wrong.amount == -1 ? -1 : Bool.random(using: &random) ? 1 : -1
        lines[index] = Ledger.Line(account: wrong.account, amount: wrong.amount + shift)
        #expect(transaction(lines) == .failure(.unbalanced(sum: shift)))
    }

    @Test("A transaction has one currency, which ISO 4217 knows")
    func currencies() {
        let lines = [Ledger.Line(account: "a", amount: 5), Ledger.Line(account: "b", amount: -5)]
        #expect(transaction(lines, in: "XYZ") == .failure(.unknownCurrency("XYZ")))
        #expect(transaction(lines, in: "eur") == .failure(.unknownCurrency("eur")))
        #expect(throws: Never.self) { try transaction(lines, in: "JPY").get() }
    }

    @Test(
        "An account has the currency of its first posting; another one is refused as it is posted")
    func foreignCharge() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        let input: Value = [
            "account": "c-1", "amount": 500, "orderId": "o-2", "at": "2026-02-10T09:00:00Z",
            "currency": "JPY",
        ]
        #expect(books.failure("billing.charge", key: "k-2", input)?.name == "currency-differs")
    }

    @Test("The same reference posts once; with other content it is refused")
    func reference() throws {
        let lines = [Ledger.Line(account: "a", amount: 5), Ledger.Line(account: "b", amount: -5)]
        var records = Records.holding(indexesOf: [Posted.self])
        let booking = Books.booking(at)
        let first = try transaction(lines).get().post(booking, to: &records)
        let second = try transaction(lines).get().post(booking, to: &records)
        #expect([first, second] == [true, false])
        let other = [Ledger.Line(account: "a", amount: 6), Ledger.Line(account: "b", amount: -6)]
        let changed = try transaction(other).get()
        do throws(Refusal) {
            try changed.post(booking, to: &records)
            Issue.record("another content was posted")
        } catch { #expect(error.name == "reference-reused") }
    }

    @Test("Numbers have no gap, and a clock that goes back books at the moment before")
    func sequence() throws {
        var records = Records.holding(indexesOf: [Posted.self])
        for (number, seconds) in [0, 10, 5].enumerated() {
            let transaction = try Ledger.Transaction(
                id: "t-\(number)", kind: .charge, at: at, currency: "EUR",
                lines: [.init(account: "a", amount: 1), .init(account: "b", amount: -1)])
            try transaction.post(Books.booking(Timestamp(seconds: Int64(seconds))), to: &records)
        }
        let posted = try Ledger.page(of: "a", limit: 10, &records)
        #expect(posted.map(\.sequence) == [1, 2, 3])
        #expect(posted.map(\.booked) == [0, 10, 10].map { Timestamp(seconds: $0) })
    }

    @Test("Nothing, one line, a zero line and absurd amounts make no transaction")
    func degenerate() {
        #expect(transaction([]) == .failure(.tooFewLines))
        let zero = Ledger.Line(account: "a", amount: 0)
        #expect(transaction([zero]) == .failure(.tooFewLines))
        #expect(transaction([zero, zero]) == .failure(.lineOutOfRange(zero)))
        let least = Ledger.Line(account: "a", amount: .min)
        #expect(transaction([least, least]) == .failure(.lineOutOfRange(least)))
    }

    @Test("A charge debits the client, credits revenue and waits to be billed [R-40]")
    func charge() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        let postings = books.all(Ledger.collection)
        let posted = books.entries(Ledger.collection).compactMap(Posted.init)
        #expect(postings.count == 1)
        #expect(
            posted.map(\.transaction.lines) == [
                [
                    .init(account: "client:c-1", amount: 10_000),
                    .init(account: "revenue:EUR", amount: -10_000),
                ]
            ])
        #expect(posted.first?.transaction.memo["orderId"] == "o-1")
        #expect(posted.first?.actor == "workflow/order")
        #expect(posted.first?.instance == "order/o-1")
        #expect(books.unbilled == ["c-1"])
        let summary = books.body("ledger.account", "client:c-1")
        #expect(
            summary == [
                "balance": ["EUR": 10_000], "unbilled": ["EUR": 10_000], "lines": ["EUR": 1],
            ])
    }

    @Test("The same call posts once")
    func chargeTwice() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        let before = books.records
        books.charge("c-1", 10_000, order: "o-1")
        #expect(books.records == before)
    }

    @Test(
        "A wrong charge is refused and writes nothing",
        arguments: [
            ["account": "c", "amount": 0, "orderId": "o", "at": "2026-01-01T00:00:00Z"],
            ["account": "c", "amount": -1, "orderId": "o", "at": "2026-01-01T00:00:00Z"],
            ["account": "c", "amount": 1.5, "orderId": "o", "at": "2026-01-01T00:00:00Z"],
            ["account": "c", "amount": 1, "orderId": "o", "at": "yesterday"],
            ["account": "", "amount": 1, "orderId": "o", "at": "2026-01-01T00:00:00Z"],
            [
                "account": "c", "amount": 1, "orderId": "o", "at": "2026-01-01T00:00:00Z",
                "currency": "euro",
            ],
            [
                "account": "ann@mail.example", "amount": 1, "orderId": "o",
                "at": "2026-01-01T00:00:00Z",
            ], .null,
        ] as [Value])
    func wrongCharge(input: Value) {
        var books = Books()
        #expect(books.failure("billing.charge", input)?.name == "invalid-input")
    }

    @Test("A sum that would leave 64 bits is refused, not wrapped")
    func overflow() {
        var books = Books()
        books.put("ledger.account", "client:c-1", ["balance": ["EUR": .int(.max)]])
        let input: Value = [
            "account": "c-1", "amount": 1, "orderId": "o", "at": "2026-01-01T00:00:00Z",
        ]
        #expect(books.failure("billing.charge", input)?.name == "out-of-range")
    }

    @Test("Reversing an unbilled charge leaves nothing to bill and the books at zero")
    func reverseUnbilled() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        let undo: Value = ["key": "charge/o-1", "input": ["account": "c-1"]]
        #expect(books.output("billing.reverse", key: "undo", undo)["reversed"] == true)
        #expect(books.unbilled.isEmpty)
        #expect(books.body("ledger.account", "client:c-1")?["balance"]?["EUR"] == 0)
        #expect(books.body("ledger.account", "client:c-1")?["unbilled"]?["EUR"] == 0)
        #expect(books.output("billing.reverse", key: "undo", undo)["reversed"] == false)
        #expect(books.all(Ledger.collection).count == 2)
    }

    @Test("Reversing what was never posted does nothing")
    func reverseNothing() {
        var books = Books()
        let undo: Value = ["key": "charge/o-1", "input": ["account": "c-1"]]
        #expect(books.output("billing.reverse", undo) == ["reversed": false])
        #expect(books.records.isEmpty)
    }

    @Test("The check finds a transaction that cannot be read")
    func check() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        let postings = books.entries(Ledger.collection)
        #expect(LedgerCheck.balance(postings) == [LedgerCheck.Sum(currency: "EUR", amount: 0)])
        let broken = postings.map { posting -> RecordEntry in
            var body = posting.body
            body["lines"] = .list([["account": "client:c-1", "amount": 10_000]])
            return RecordEntry(id: posting.id, group: posting.group, body: body)
        }
        #expect(
            LedgerCheck.balance(broken) == [LedgerCheck.Sum(currency: "unreadable", amount: 1)])
    }

    @Test(
        "Any story of charges, bills, payments and reversals sums to zero",
        arguments: UInt64(1)...30)
    func stories(seed: UInt64) {
        var random = Seeded(seed: seed)
        var books = Books()
        for step in 1...60 {
            let account = "c-\(Int.random(in: 1...3, using: &random))"
            switch Int.random(in: 0...5, using: &random) {
            case 0:
                let invoice = books.output(
                    "billing.openInvoice",
                    ["account": .string(account), "cycle": .string("w-\(step)")])
                guard invoice["invoice"]?.isNull == false else { break }
                let input: Value = [
                    "invoice": invoice["invoice"] ?? .null, "account": .string(account),
                    "cycle": .string("w-\(step)"), "bankCharge": "b",
                ]
                let tasks = [
                    "billing.settleInvoice", "billing.writeOffInvoice", "billing.markOverdue",
                ]
                books.call(tasks.randomElement(using: &random) ?? "", input)
            case 1:
                let order = Int.random(in: 1...step, using: &random)
                let owner = books.body("billing.owner", "\(order)")?.stringValue ?? "nobody"
                books.call(
                    "billing.reverse",
                    ["key": .string("charge/\(order)"), "input": ["account": .string(owner)]])
            default:
                books.put("billing.owner", "\(step)", .string(account))
                books.charge(
                    account, Int64.random(in: 1...3_000_000, using: &random), order: "\(step)")
            }
        }
        let postings = books.entries(Ledger.collection)
        #expect(LedgerCheck.balance(postings) == [LedgerCheck.Sum(currency: "EUR", amount: 0)])
        for number in 1...3 {
            let sum =
                LedgerCheck.accounts(postings)
                .first { $0.account == "client:c-\(number)" }?.amount ?? 0
            let summary = books.body("ledger.account", "client:c-\(number)")
            #expect(summary?["balance"]?["EUR"]?.intValue ?? 0 == sum)
            let waiting = books.all("billing.line").filter {
                $0.body["unbilledOf"] == .string("c-\(number)")
            }
            .reduce(Int64(0)) { $0 + ($1.body["amount"]?.intValue ?? 0) }
            #expect(summary?["unbilled"]?["EUR"]?.intValue ?? 0 == waiting)
        }
    }
}
