import Marketplace
import Testing
import Values

@Suite("Clients' invoices [R-41], [R-45] to [R-47]")
struct InvoiceTests {
    private func open(_ cycle: String, _ more: [(String, Value)] = []) -> Value {
        .map(ValueMap([("account", "c-1"), ("cycle", .string(cycle))] + more))
    }

    private func about(_ cycle: String, _ more: [(String, Value)] = []) -> Value {
        .map(
            ValueMap(
                [
                    ("invoice", .string("c-1:\(cycle):client")), ("account", "c-1"),
                    ("cycle", .string(cycle)),
                ] + more))
    }

    @Test("A cycle's charges go on one invoice, in order of their dates")
    func collects() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-2", at: "2026-02-11T09:00:00Z")
        books.charge("c-1", 5_000, order: "o-1", at: "2026-02-10T09:00:00Z")
        books.charge("c-2", 7_000, order: "o-3")
        let invoice = books.output("billing.openInvoice", open("w7"))
        #expect(invoice["invoice"] == "c-1:w7:client")
        #expect(invoice["total"] == 15_000)
        #expect(invoice["discountPercent"] == 0)
        #expect(invoice["lines"]?.listValue?.map { $0["orderId"] } == ["o-1", "o-2"])
        #expect(books.unbilled == ["c-2"])
        #expect(books.body("ledger.account", "client:c-1")?["unbilled"]?["EUR"] == 0)
    }

    @Test("Asked twice, it is the same invoice, also when a charge came in between [R-45]")
    func unique() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        let first = books.output("billing.openInvoice", key: "a", open("w7"))
        books.charge("c-1", 10_000, order: "o-2")
        let second = books.output("billing.openInvoice", key: "b", open("w7"))
        #expect(first == second)
        #expect(books.all("billing.invoice").count == 1)
    }

    @Test("A charge after its cycle was invoiced is on the next, with its own date [R-46]")
    func latecomer() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        _ = books.output("billing.openInvoice", open("w7"))
        books.charge("c-1", 10_000, order: "o-2", at: "2026-02-12T09:00:00Z")
        let next = books.output("billing.openInvoice", open("w8"))
        #expect(next["lines"]?[0]?["at"] == "2026-02-12T09:00:00Z")
        #expect(next["total"] == 10_000)
    }

    @Test("A cycle is half-open: what is dated at its end belongs to the next [R-46]")
    func halfOpen() {
        var books = Books()
        books.charge("c-1", 1, order: "o-1", at: "2026-02-15T22:59:59.999Z")
        books.charge("c-1", 2, order: "o-2", at: "2026-02-15T23:00:00Z")
        let until: (String, Value) = ("until", "2026-02-16T00:00:00+01:00")
        #expect(books.output("billing.openInvoice", open("w7", [until]))["total"] == 1)
        #expect(books.output("billing.openInvoice", open("w8"))["total"] == 2)
    }

    @Test("Nothing unbilled makes no invoice")
    func nothing() {
        var books = Books()
        let output = books.output("billing.openInvoice", open("w7"))
        #expect(output["total"] == 0)
        #expect(output["invoice"]?.isNull == true)
        #expect(books.records.isEmpty)
    }

    @Test("More reversed than charged is carried forward, and lowers the next bill")
    func carriedForward() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        _ = books.output("billing.openInvoice", open("w7"))
        books.call("billing.reverse", ["key": "charge/o-1", "input": ["account": "c-1"]])
        #expect(books.output("billing.openInvoice", open("w8"))["total"] == 0)
        books.charge("c-1", 12_000, order: "o-2")
        #expect(books.output("billing.openInvoice", open("w9"))["total"] == 2_000)
    }

    @Test("A payment settles the account, once")
    func settle() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        _ = books.output("billing.openInvoice", open("w7"))
        let input = about("w7", [("bankCharge", "charge-1")])
        #expect(books.output("billing.settleInvoice", key: "a", input)["status"] == "paid")
        let before = books.records
        #expect(books.output("billing.settleInvoice", key: "b", input)["status"] == "paid")
        #expect(books.records == before)
        let summary = books.body("ledger.account", "client:c-1")
        #expect(summary?["balance"]?["EUR"] == 0)
        #expect(summary?["paid"]?["EUR"] == 10_000)
        #expect(
            LedgerCheck.balance(books.entries(Ledger.collection))
                == [LedgerCheck.Sum(currency: "EUR", amount: 0)])
    }

    @Test("Overdue can be paid still; written off cannot, and paid cannot be written off")
    func statuses() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        _ = books.output("billing.openInvoice", open("w7"))
        #expect(books.output("billing.markOverdue", about("w7"))["status"] == "overdue")
        let payment: (String, Value) = ("bankCharge", "charge-1")
        #expect(
            books.output("billing.settleInvoice", about("w7", [payment]))["status"] == "paid")
        #expect(books.output("billing.markOverdue", about("w7"))["status"] == "paid")
        #expect(books.failure("billing.writeOffInvoice", about("w7"))?.name == "already-paid")
        books.charge("c-1", 10_000, order: "o-2")
        _ = books.output("billing.openInvoice", open("w8"))
        #expect(books.output("billing.writeOffInvoice", about("w8"))["status"] == "writtenOff")
        #expect(
            books.failure("billing.settleInvoice", about("w8", [payment]))?.name == "written-off")
        #expect(books.body("ledger.account", "client:c-1")?["balance"]?["EUR"] == 0)
    }

    @Test("An invoice that does not exist is refused")
    func unknown() {
        var books = Books()
        #expect(books.failure("billing.markOverdue", about("w7"))?.name == "unknown-invoice")
    }

    @Test(
        "Loyalty: 5 % above 10,000 units, 1 % for every further 10,000, 12 % at most [R-41]",
        arguments: [
            (0, 0), (1_000_000, 0), (1_000_001, 5), (1_999_999, 5), (2_000_000, 6),
            (2_999_999, 6), (3_000_000, 7), (7_999_999, 11), (8_000_000, 12), (9_000_000, 12),
            (Int64.max, 12), (-5, 0),
        ] as [(Int64, Int64)])
    func loyalty(paid: Int64, percent: Int64) {
        #expect(Loyalty.percent(paid: paid) == percent)
    }

    @Test("Who paid much gets the discount on each line, posted so that the account settles")
    func discount() {
        var books = Books()
        books.charge("c-1", 2_000_000, order: "o-1")
        books.payCycle("c-1", "w6")
        books.charge("c-1", 10_000, order: "o-2")
        books.charge("c-1", 25, order: "o-3")
        let invoice = books.output("billing.openInvoice", open("w7"))
        #expect(invoice["discountPercent"] == 6)
        #expect(invoice["lines"]?.listValue?.map { $0["discount"] } == [600, 2])
        #expect(invoice["total"] == 9_423)
        books.payCycle("c-1", "w7")
        #expect(books.body("ledger.account", "client:c-1")?["balance"]?["EUR"] == 0)
        #expect(
            books.body("billing.invoice", "c-1:w7:client")?["rounding"] == "half-even on each line")
    }

    @Test("Only what was paid before the cycle counts for its discount [R-46]")
    func paidBeforeTheCycle() {
        var books = Books()
        books.charge("c-1", 2_000_000, order: "o-1")
        books.payCycle("c-1", "w6")
        books.charge("c-1", 10_000, order: "o-2")
        let before: (String, Value) = ("from", .string(books.now.rfc3339))
        #expect(books.output("billing.openInvoice", open("w7", [before]))["discountPercent"] == 0)
        books.charge("c-1", 10_000, order: "o-3")
        let until: (String, Value) = ("until", .string((books.now + .seconds(5)).rfc3339))
        books.charge("c-9", 2_000_000, order: "o-8")
        books.payCycle("c-9", "w6")
        books.charge("c-9", 10_000, order: "o-9")
        let within: Value = [
            "account": "c-9", "cycle": "w7", before.0: before.1, until.0: until.1,
        ]
        #expect(books.output("billing.openInvoice", within)["discountPercent"] == 0)
        let after: (String, Value) = ("from", .string((books.now + .seconds(1)).rfc3339))
        #expect(books.output("billing.openInvoice", open("w8", [after]))["discountPercent"] == 6)
    }

    @Test(
        "The first cycle has all before its end within it, however late it is billed [R-41], [R-46]"
    )
    func lateFirstCycle() {
        var books = Books()
        books.charge("c-1", 2_000_000, order: "o-1")
        books.payCycle("c-1", "w6")
        books.charge("c-1", 10_000, order: "o-2", at: "2026-01-07T09:00:00Z")
        let late = open("w2", [("from", nil), ("until", "2026-01-12T08:00:00Z")])
        #expect(books.output("billing.openInvoice", late)["discountPercent"] == 0)
    }

    @Test("A voided invoice gives its lines to the next bill, once, and the books stay right")
    func voided() {
        var books = Books()
        books.charge("c-1", 2_000_000, order: "o-1")
        books.payCycle("c-1", "w6")
        books.charge("c-1", 10_000, order: "o-2", at: "2026-02-11T09:00:00Z")
        let before = books.body("ledger.account", "client:c-1")
        #expect(books.output("billing.openInvoice", open("w7"))["total"] == 9_400)
        let undo: Value = ["key": "k-1", "input": ["account": "c-1", "cycle": "w7"]]
        #expect(books.output("billing.voidInvoice", undo)["voided"] == true)
        let after = books.body("ledger.account", "client:c-1")
        #expect(after?["balance"] == before?["balance"])
        #expect(after?["unbilled"] == before?["unbilled"])
        let records = books.records
        #expect(books.output("billing.voidInvoice", undo)["voided"] == false)
        #expect(books.records == records)
        // The voided bill is opened no more; the next one has the line with its own date.
        #expect(books.output("billing.openInvoice", open("w7"))["total"] == 0)
        let next = books.output("billing.openInvoice", open("w8"))
        #expect(next["lines"]?[0]?["at"] == "2026-02-11T09:00:00Z")
        #expect(next["total"] == 9_400)
        books.payCycle("c-1", "w8")
        #expect(books.body("ledger.account", "client:c-1")?["balance"]?["EUR"] == 0)
        #expect(books.failure("billing.writeOffInvoice", about("w7"))?.name == "voided")
        let payment: (String, Value) = ("bankCharge", "charge-1")
        #expect(books.failure("billing.settleInvoice", about("w7", [payment]))?.name == "voided")
        #expect(
            LedgerCheck.balance(books.entries(Ledger.collection))
                == [LedgerCheck.Sum(currency: "EUR", amount: 0)])
    }

    @Test("A paid or written-off invoice is not voided, and one that never was neither")
    func whatIsNotVoided() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        books.payCycle("c-1", "w7")
        books.charge("c-1", 10_000, order: "o-2")
        _ = books.output("billing.openInvoice", open("w8"))
        _ = books.output("billing.writeOffInvoice", about("w8"))
        let records = books.records
        for cycle in ["w7", "w8", "w9"] as [Value] {
            let undo: Value = ["key": "k-1", "input": ["account": "c-1", "cycle": cycle]]
            #expect(books.output("billing.voidInvoice", undo)["voided"] == false)
        }
        #expect(books.records == records)
    }

    @Test("What was only billed is not paid")
    func billedIsNotPaid() {
        var books = Books()
        books.charge("c-1", 2_000_000, order: "o-1")
        _ = books.output("billing.openInvoice", open("w6"))
        books.charge("c-1", 10_000, order: "o-2")
        #expect(books.output("billing.openInvoice", open("w7"))["discountPercent"] == 0)
    }

    @Test(
        "Halves are rounded to the even neighbour [R-45]",
        arguments: [
            (5, 10, 0), (5, 30, 2), (5, 50, 2), (5, 70, 4), (5, -10, 0), (5, -30, -2), (7, 100, 7),
            (6, 25, 2), (12, 99, 12), (5, 11, 1), (0, 99, 0), (5, 9, 0),
        ] as [(Int64, Int64, Int64)])
    func halfEven(percent: Int64, amount: Int64, rounded: Int64) {
        #expect(Rounding.percentage(percent, of: amount) == rounded)
    }

    @Test("Rounding is never off by more than half a minor unit", arguments: UInt64(1)...100)
    func roundingError(seed: UInt64) {
        var random = Seeded(seed: seed)
        let amount = Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &random)
        let percent = Int64.random(in: 0...12, using: &random)
        let error = Rounding.percentage(percent, of: amount) * 100 - amount * percent
        #expect(error.magnitude <= 50)
        #expect(
            Rounding.percentage(percent, of: -amount) == -Rounding.percentage(percent, of: amount))
    }

    @Test("Accounts to bill come page by page: those with something unbilled, each once [R-40]")
    func accounts() {
        var books = Books()
        for number in 0..<25 {
            books.charge("c-\(number)", 100, order: "o-\(number)")
        }
        _ = books.output("billing.openInvoice", ["account": "c-7", "cycle": "w7"])
        books.put(
            "ledger.account", "worker:w-1", group: "unbilled",
            ["unbilled": ["EUR": 5], "lines": ["EUR": 1]])
        var found: [String] = []
        var after = Value.null
        for _ in 0..<10 {
            let page = books.output("billing.accounts", ["after": after, "count": 10])
            found += page["items"]?.listValue?.compactMap { $0["account"]?.stringValue } ?? []
            after = page["next"] ?? .null
            if after.isNull { break }
        }
        #expect(found.count == 24)
        #expect(Set(found) == Set((0..<25).map { "c-\($0)" }).subtracting(["c-7"]))
    }

    @Test("Invoices of all clients have numbers without a gap; what is nothing takes none [R-45]")
    func numbers() {
        var books = Books()
        var found: [Value?] = []
        for (number, account) in ["c-1", "c-2", "c-3", "c-1"].enumerated() {
            if account != "c-2" { books.charge(account, 100, order: "o-\(number)") }
            let input: Value = ["account": .string(account), "cycle": .string("w\(number)")]
            found.append(books.output("billing.openInvoice", input)["number"])
        }
        #expect(found == ["C-2026-000001", nil, "C-2026-000002", "C-2026-000003"])
        // Void ones keep theirs.
        let undo: Value = ["key": "k-1", "input": ["account": "c-3", "cycle": "w2"]]
        #expect(books.output("billing.voidInvoice", undo)["voided"] == true)
        #expect(books.body("billing.invoice", "c-3:w2:client")?["number"] == "C-2026-000002")
        #expect(
            books.output("billing.openInvoice", ["account": "c-3", "cycle": "w9"])["number"]
                == "C-2026-000004")
    }

    @Test("More lines than a document takes make further ones in the same cycle, the oldest first")
    func parts() throws {
        var books = Books()
        // Ids run against the dates: taken by id, the wrong ones would be left for the next cycle.
        for number in 0..<2_500 {
            let at = "2026-02-\(10 + number / 500)T09:00:00Z"
            books.put(
                "billing.line", "t-\(9_999 - number)",
                [
                    "account": "c-1", "unbilledOf": "c-1", "orderId": "o", "amount": 1,
                    "currency": "EUR", "at": .string(at), "kind": "charge",
                ])
        }
        books.put(
            "ledger.account", "client:c-1", group: "unbilled",
            ["balance": ["EUR": 2_500], "unbilled": ["EUR": 2_500], "lines": ["EUR": 2_500]])
        let items = books.output("billing.accounts", [:])["items"]?.listValue ?? []
        #expect(items.map { $0["part"] } == [1, 2, 3])
        let until: (String, Value) = ("until", "2026-02-14T00:00:00Z")
        let totals = items.map { item in
            books.output("billing.openInvoice", open("w7", [("part", item["part"] ?? 1), until]))
        }
        #expect(totals.map { $0["total"] } == [1_000, 1_000, 0])
        #expect(totals[1]["invoice"] == "c-1:w7:client/2")
        #expect(totals[0]["lines"]?.listValue?.last?["at"] == "2026-02-11T09:00:00Z")
        #expect(books.unbilled.count == 500)
        #expect(books.output("billing.openInvoice", open("w8"))["total"] == 500)
    }

    @Test(
        "An order that is undone after its bill gives back what was billed, whatever the percent now"
    )
    func undoneAtItsNet() {
        var books = Books()
        books.charge("c-1", 2_000_000, order: "o-1")
        books.payCycle("c-1", "w6")
        books.charge("c-1", 10_000, order: "o-2")
        books.payCycle("c-1", "w7")
        // Billed 94.00 at 6 %; by now the client has 7 %.
        books.charge("c-1", 1_200_000, order: "o-3")
        books.payCycle("c-1", "w8")
        books.call(
            "billing.reverse", key: "undo", ["key": "charge/o-2", "input": ["account": "c-1"]])
        books.charge("c-1", 100_000, order: "o-4")
        let invoice = books.output("billing.openInvoice", open("w9"))
        #expect(invoice["lines"]?.listValue?.map { $0["net"] } == [93_000, -9_400])
        books.payCycle("c-1", "w9")
        #expect(books.body("ledger.account", "client:c-1")?["balance"]?["EUR"] == 0)
        let accounts = LedgerCheck.accounts(books.entries(Ledger.collection))
        #expect(accounts.first { $0.account == "client:c-1" }?.amount == 0)
        #expect(accounts.first { $0.account == "revenue:EUR" }?.amount == -3_300_000)
    }

    @Test("An order that is undone while its bill is open, and the bill void after, costs nothing")
    func undoneThenVoided() {
        var books = Books()
        books.charge("c-1", 2_000_000, order: "o-1")
        books.payCycle("c-1", "w6")
        books.charge("c-1", 10_000, order: "o-2")
        _ = books.output("billing.openInvoice", open("w7"))
        books.call(
            "billing.reverse", key: "undo", ["key": "charge/o-2", "input": ["account": "c-1"]])
        let undo: Value = ["key": "k-1", "input": ["account": "c-1", "cycle": "w7"]]
        #expect(books.output("billing.voidInvoice", undo)["voided"] == true)
        let summary = books.body("ledger.account", "client:c-1")
        #expect(summary?["unbilled"]?["EUR"] == 0)
        #expect(summary?["balance"]?["EUR"] == 0)
        // Both lines wait, and come to nothing.
        #expect(books.unbilled == ["c-1", "c-1"])
        #expect(books.output("billing.openInvoice", open("w8"))["total"] == 0)
        books.charge("c-1", 500, order: "o-3")
        #expect(books.output("billing.openInvoice", open("w9"))["total"] == 470)
    }

    @Test("Lines that sum to zero have their account looked at all the same")
    func zeroSum() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        _ = books.output("billing.openInvoice", open("w7"))
        books.call(
            "billing.reverse", key: "undo", ["key": "charge/o-1", "input": ["account": "c-1"]])
        books.charge("c-1", 10_000, order: "o-2")
        #expect(books.output("billing.accounts", [:])["items"]?.listValue?.count == 1)
    }

    @Test("What the bank took is what was asked for, or nothing is paid and both are told")
    func otherAmount() {
        var books = Books()
        books.charge("c-1", 10_000, order: "o-1")
        _ = books.output("billing.openInvoice", open("w7"))
        for payment in [
            ["key": "k", "amount": 9_900, "currency": "EUR"],
            ["key": "k", "amount": 10_000, "currency": "CHF"],
        ] as [Value] {
            let input = about("w7", [("bankCharge", "charge-1"), ("payment", payment)])
            let error = books.failure("billing.settleInvoice", input)
            #expect(error?.name == "amount-differs")
            #expect(error?.message.contains("10000 EUR") == true)
        }
        let right: Value = [
            "key": "k", "amount": 10_000, "currency": "EUR", "at": "2026-02-13T10:00:00Z",
        ]
        let input = about("w7", [("bankCharge", "charge-1"), ("payment", right)])
        #expect(books.output("billing.settleInvoice", input)["status"] == "paid")
        let payment = books.entries(Ledger.collection).compactMap(Posted.init)
            .first { $0.transaction.kind == .payment }
        #expect(payment?.id == "payment:k")
        #expect(payment?.transaction.at == Timestamp(rfc3339: "2026-02-13T10:00:00Z"))
        #expect(payment?.booked == books.now)
    }

    @Test("Each manifest operation exists, and an unknown one says so")
    func names() {
        var books = Books()
        // Asking for accounts needs no input; those that undo are given a key by the engine.
        let undoing = ["release", "unregister", "closeAccount", "reverse", "voidInvoice"]
        for name in MarketplaceOperations.all.names where name != "billing.accounts" {
            let isUndoing = undoing.contains { name.hasSuffix(".\($0)") }
            let error = books.failure(name, .null)
            #expect(error?.name == (isUndoing ? "broken" : "invalid-input"), "\(name)")
        }
        #expect(MarketplaceOperations.all.doubles.isEmpty)
        #expect(books.failure("matching.worst", .null)?.name == "broken")
    }
}
