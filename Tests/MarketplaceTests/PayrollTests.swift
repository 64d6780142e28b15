import Guest
import Marketplace
import Testing
import Values

@Suite("Workers' pay [R-42], [R-43], [R-46]")
struct PayrollTests {
    private static let january = "2026-01-31T23:00:00Z"
    private static let february = "2026-02-28T23:00:00Z"
    private static let march = "2026-03-31T22:00:00Z"

    private var books = Books()

    private mutating func earn(
        _ price: Int64, order: String, at: String = "2026-01-20T10:00:00Z", worker: String = "w-1",
        share: Int64 = 600, currency: String = "EUR", outcome: String = "completed"
    ) {
        _ = books.output(
            "payroll.earn", key: "pawl/order/\(order)/7",
            [
                "worker": .string(worker), "orderId": .string(order), "outcome": .string(outcome),
                "price": .int(price), "currency": .string(currency), "at": .string(at),
                "share": .int(share),
            ])
    }

    private mutating func fail(
        order: String, at: String = "2026-01-21T10:00:00Z", currency: String = "EUR"
    ) {
        earn(10_000, order: order, at: at, currency: currency, outcome: "failed")
    }

    /// The statement of a month, and its payout as the bank sees it.
    private mutating func close(
        _ until: String, worker: String = "w-1"
    ) -> (due: Int64, carry: Int64) {
        books.now = Timestamp(rfc3339: until).map { $0 + .seconds(60) } ?? books.now
        let statement = books.output(
            "payroll.openStatement",
            ["account": .string(worker), "cycle": .string(until), "until": .string(until)])
        let due = statement["due"]?.intValue ?? -1
        if due > 0 { pay(statement, worker) }
        return (due, statement["carry"]?.intValue ?? 1)
    }

    private mutating func pay(_ statement: Value, _ worker: String, attempt: Int = 1) {
        let key = "pawl/worker-payout/\(statement["statement"]?.stringValue ?? "")"
        let reserved = books.output(
            "payroll.reservePayout", key: "\(key)/\(attempt)", reserving(statement, worker))
        #expect(reserved["key"] == .string("\(key)/\(attempt + 1)"))
        _ = books.output("payroll.settlePayout", about(statement, worker, reserved["key"]))
    }

    private func reserving(
        _ statement: Value, _ worker: String, _ more: [(String, Value)] = []
    ) -> Value {
        let members: [(String, Value)] = [
            ("statement", statement["statement"] ?? .null), ("account", .string(worker)),
            ("payoutCap", 5_000), ("accountCap", 10_000), ("cycleCap", 1_000_000),
            ("fourEyesAbove", 2_000),
        ]
        return .map(ValueMap(members).merging(ValueMap(more)))
    }

    private func about(
        _ statement: Value, _ worker: String, _ key: Value?, _ more: [(String, Value)] = []
    ) -> Value {
        let members: [(String, Value)] = [
            ("statement", statement["statement"] ?? .null), ("account", .string(worker)),
            ("key", key ?? .null), ("bankPayout", "payout-1"),
        ]
        return .map(ValueMap(members).merging(ValueMap(more)))
    }

    private func amounts(_ cycle: String, worker: String = "w-1") -> [Int64] {
        let lines = books.body("payroll.statement", "\(worker):\(cycle):worker")?["lines"]
        return lines?.listValue?.compactMap { $0["amount"]?.intValue } ?? []
    }

    // MARK: Worked examples

    @Test("60 % of each price, rounded on the line")
    func rounding() {
        var month = self
        for (number, price) in [9_999, 3_333, 5].enumerated() {
            month.earn(Int64(price), order: "o-\(number)")
        }
        #expect(month.close(Self.january) == (8_002, 0))
        #expect(month.amounts(Self.january) == [5_999, 2_000, 3])
        for number in 3..<6 { month.earn(1, order: "o-\(number)", at: "2026-02-02T10:00:00Z") }
        #expect(month.close(Self.february) == (3, 0))
    }

    @Test("A share that ends in halves is rounded to the even neighbour")
    func halves() {
        var month = self
        for (number, price) in [4, 12, 20].enumerated() {
            month.earn(Int64(price), order: "o-\(number)", share: 625)
        }
        #expect(month.close(Self.january) == (22, 0))
        #expect(month.amounts(Self.january) == [2, 8, 12])
    }

    @Test("A penalty for a failed order, and a negative month is carried on until it is worked off")
    func carried() {
        var months = self
        months.fail(order: "o-1")
        months.fail(order: "o-2")
        #expect(months.close(Self.january) == (0, -8_000))
        months.earn(10_000, order: "o-3", at: "2026-02-10T10:00:00Z")
        #expect(months.close(Self.february) == (0, -2_000))
        #expect(months.amounts(Self.february) == [-8_000, 6_000])
        for number in 4...6 {
            months.earn(10_000, order: "o-\(number)", at: "2026-03-10T10:00:00Z")
        }
        #expect(months.close(Self.march) == (16_000, 0))
        #expect(months.amounts(Self.march) == [-2_000, 6_000, 6_000, 6_000])
        months.expectAgreement()
    }

    @Test("Nothing of the month, and a carry: the statement shows it again")
    func carriedThroughAnEmptyMonth() {
        var months = self
        months.fail(order: "o-1")
        #expect(months.close(Self.january) == (0, -4_000))
        #expect(months.close(Self.february) == (0, -4_000))
        #expect(months.amounts(Self.february) == [-4_000])
    }

    @Test("What is booked after its month was closed is on the next statement, with its own date")
    func late() {
        var months = self
        months.earn(10_000, order: "o-1")
        #expect(months.close(Self.january) == (6_000, 0))
        let before = months.books.body("payroll.statement", "w-1:\(Self.january):worker")
        months.earn(10_000, order: "o-2", at: "2026-01-31T22:59:59.999Z")
        months.earn(10_000, order: "o-3", at: "2026-01-31T23:00:00Z")
        months.earn(10_000, order: "o-4", at: "2026-02-28T23:00:00Z")
        #expect(months.close(Self.february) == (12_000, 0))
        let lines = months.books.body("payroll.statement", "w-1:\(Self.february):worker")?["lines"]
        #expect(lines?[0]?["at"] == "2026-01-31T22:59:59.999Z")
        #expect(months.books.body("payroll.statement", "w-1:\(Self.january):worker") == before)
        #expect(months.close(Self.march) == (6_000, 0))
    }

    @Test(
        "Yen have no minor unit and dinars have three; another currency is refused when it is posted"
    )
    func currencies() {
        var month = self
        month.earn(100, order: "o-1", currency: "JPY")
        month.earn(333, order: "o-2", currency: "JPY")
        month.fail(order: "o-3", currency: "JPY")
        #expect(month.close(Self.january) == (220, 0))
        let other: Value = [
            "worker": "w-1", "orderId": "o-4", "outcome": "completed", "price": 100,
            "currency": "EUR", "at": "2026-02-20T10:00:00Z",
        ]
        #expect(month.books.failure("payroll.earn", other)?.name == "currency-differs")
        var dinars = self
        dinars.earn(100_000, order: "o-1", currency: "KWD")
        dinars.fail(order: "o-2", currency: "KWD")
        #expect(dinars.close(Self.january) == (20_000, 0))
    }

    @Test("A line of zero is printed and not posted")
    func zero() {
        var month = self
        month.earn(0, order: "o-1")
        #expect(month.books.all(Ledger.collection).isEmpty)
        let page = month.books.output("payroll.accounts", ["until": .string(Self.january)])
        #expect(page["items"]?.listValue == [["account": "w-1"]])
        #expect(month.close(Self.january) == (0, 0))
        #expect(month.amounts(Self.january) == [0])
    }

    @Test("Asked twice, it is the same statement under the same number")
    func unique() {
        var month = self
        month.earn(10_000, order: "o-1")
        let input: Value = [
            "account": "w-1", "cycle": "m-1", "until": .string(Self.january),
        ]
        let first = month.books.output("payroll.openStatement", key: "a", input)
        month.earn(10_000, order: "o-2")
        let records = month.books.records
        #expect(month.books.output("payroll.openStatement", key: "b", input) == first)
        #expect(month.books.records == records)
        #expect(first["number"] == "W-2026-000001")
    }

    @Test("More lines than fit on one document make another one, which brings the sum along")
    func overflow() {
        var month = self
        for number in 0..<1_001 {
            let line: Value = [
                "worker": "w-1", "kind": number == 0 ? "penalty" : "work",
                "at": "2026-01-20T10:00:00Z", "moment": 1_768_903_200_000,
                "amount": number == 0 ? -4_000 : 600, "currency": "EUR", "facts": .map(ValueMap()),
            ]
            month.books.put("payroll.line", "line-\(10_000 + number)", group: "w-1", line)
        }
        month.books.put(
            "payroll.account", "w-1", group: "open",
            ["currency": "EUR", "lines": 1_001, "carry": 0])
        let statement = month.books.output(
            "payroll.openStatement",
            ["account": "w-1", "cycle": "m-1", "until": .string(Self.january)])
        #expect(statement["statement"] == "w-1:m-1:worker/2")
        #expect(statement["due"] == 596_000)
        #expect(statement["documents"] == 2)
        let first = month.books.body("payroll.statement", "w-1:m-1:worker")
        #expect(first?["due"] == 0)
        #expect(first?["status"] == "continued")
        #expect(first?["sum"] == 595_400)
        #expect(month.books.all("payroll.line").isEmpty)
        #expect(month.books.body("payroll.account", "w-1")?["lines"] == 0)
    }

    // MARK: Paying

    private mutating func due(_ price: Int64 = 10_000) -> Value {
        earn(price, order: "o-1")
        return books.output(
            "payroll.openStatement",
            ["account": "w-1", "cycle": "m-1", "until": .string(Self.january)])
    }

    @Test("What is due leaves the worker's account before the bank hears of it")
    func reserved() {
        var month = self
        let statement = month.due()
        let key = month.books.output(
            "payroll.reservePayout", key: "pawl/worker-payout/w-1:m-1/3",
            reserving(statement, "w-1"))["key"]
        #expect(key == "pawl/worker-payout/w-1:m-1/4")
        #expect(month.books.body("ledger.account", "worker:w-1")?["balance"]?["EUR"] == 0)
        let posted = month.books.body(Ledger.collection, "payout:pawl/worker-payout/w-1:m-1/4")
        #expect(
            posted?["lines"] == [
                ["account": "worker:w-1", "amount": 6_000],
                ["account": "transit:out:EUR", "amount": -6_000],
            ])
        #expect(posted?["at"] == .string(Self.january))
        let again = month.books.failure(
            "payroll.reservePayout", key: "pawl/worker-payout/other/3",
            reserving(statement, "w-1"))
        #expect(again?.name == "wrong-status")
    }

    @Test("Declined, it is owed again; another try has another key and another pair of postings")
    func declined() {
        var month = self
        let statement = month.due()
        let name = "pawl/worker-payout/w-1:m-1"
        let first = month.books.output(
            "payroll.reservePayout", key: "\(name)/3", reserving(statement, "w-1"))["key"]
        let declined = about(statement, "w-1", first, [("why", "no such account")])
        #expect(month.books.output("payroll.declinePayout", declined)["status"] == "declined")
        #expect(month.books.body("ledger.account", "worker:w-1")?["balance"]?["EUR"] == -6_000)
        let second = month.books.output(
            "payroll.reservePayout", key: "\(name)/6", reserving(statement, "w-1"))["key"]
        #expect(second == .string("\(name)/7"))
        #expect(
            month.books.failure("payroll.settlePayout", about(statement, "w-1", first))?.name
                == "wrong-status")
        _ = month.books.output("payroll.settlePayout", about(statement, "w-1", second))
        let references = month.books.all(Ledger.collection).map(\.id).filter {
            $0.hasPrefix("payout:")
        }
        #expect(
            references == [
                "payout:\(name)/4", "payout:\(name)/4/back", "payout:\(name)/7",
                "payout:\(name)/7/applied",
            ])
        month.expectAgreement()
    }

    @Test("A declined due is not swept into the next month")
    func notSwept() {
        var month = self
        let statement = month.due()
        let key = month.books.output(
            "payroll.reservePayout", key: "k/3", reserving(statement, "w-1"))["key"]
        _ = month.books.output("payroll.declinePayout", about(statement, "w-1", key))
        month.earn(10_000, order: "o-2", at: "2026-02-10T10:00:00Z")
        #expect(month.close(Self.february) == (6_000, 0))
        #expect(month.books.body("ledger.account", "worker:w-1")?["balance"]?["EUR"] == -6_000)
    }

    @Test("A payout that came back is owed again, and is posted once by whoever saw it first")
    func returned() {
        var month = self
        let statement = month.due()
        let key = month.books.output(
            "payroll.reservePayout", key: "k/3", reserving(statement, "w-1"))["key"]
        _ = month.books.output("payroll.settlePayout", about(statement, "w-1", key))
        let back = about(
            statement, "w-1", key, [("line", "b-9"), ("at", "2026-02-06T10:00:00Z")])
        #expect(month.books.output("payroll.returnPayout", back)["status"] == "returned")
        let records = month.books.records
        #expect(
            month.books.output("payroll.returnPayout", key: "again", back)["status"] == "returned")
        #expect(month.books.records == records)
        _ = month.books.output(
            "payroll.reservePayout", key: "k/8", reserving(statement, "w-1"))
        _ = month.books.output(
            "payroll.settlePayout", about(statement, "w-1", .string("k/9")))
        month.expectAgreement()
    }

    @Test("The bank speaks of another key, or of another amount: nothing is posted")
    func bankDiffers() {
        var month = self
        let statement = month.due()
        let key = month.books.output(
            "payroll.reservePayout", key: "k/3", reserving(statement, "w-1"))["key"]
        let other = about(statement, "w-1", key, [("bankKey", "k/5")])
        #expect(month.books.failure("payroll.settlePayout", other)?.name == "key-differs")
        let less = about(statement, "w-1", key, [("amount", 5_900)])
        #expect(month.books.failure("payroll.settlePayout", less)?.name == "amount-differs")
    }

    // MARK: Control

    @Test("Above a cap it is held whole, and both figures are said; what is in transit counts")
    func caps() {
        var month = self
        let statement = month.due(10_000)
        let low = reserving(statement, "w-1", [("payoutCap", 59)])
        let refusal = month.books.failure("payroll.reservePayout", key: "k/3", low)
        #expect(refusal?.name == "above-cap")
        #expect(
            refusal?.message
                == "60.00 EUR would leave, and one payout may have 59.00 EUR at most")
        let released = reserving(statement, "w-1", [("payoutCap", 59), ("released", "eva")])
        _ = month.books.output("payroll.reservePayout", key: "k/3", released)
        month.earn(10_000, order: "o-2", at: "2026-02-10T10:00:00Z")
        let next = month.books.output(
            "payroll.openStatement",
            ["account": "w-1", "cycle": "m-2", "until": .string(Self.february)])
        let both = reserving(next, "w-1", [("accountCap", 119)])
        #expect(
            month.books.failure("payroll.reservePayout", key: "n/3", both)?.message
                == "120.00 EUR would leave, and one account and cycle may have 119.00 EUR at most")
    }

    @Test("A cycle has a cap of its own")
    func cycleCap() {
        var month = self
        month.books.now = Timestamp(rfc3339: "2026-02-01T08:00:00Z") ?? month.books.now
        _ = month.books.output(
            "payroll.openCycle",
            ["cycle": "m-1", "from": "2025-12-31T23:00:00Z", "until": .string(Self.january)])
        for worker in ["w-1", "w-2"] {
            month.earn(10_000, order: "o-\(worker)", worker: worker)
            let statement = month.books.output(
                "payroll.openStatement",
                ["account": .string(worker), "cycle": "m-1", "until": .string(Self.january)])
            let input = reserving(statement, worker, [("cycleCap", 100)])
            if worker == "w-1" {
                _ = month.books.output("payroll.reservePayout", key: "k/3", input)
            } else {
                #expect(
                    month.books.failure("payroll.reservePayout", key: "n/3", input)?.message
                        == "120.00 EUR would leave, and one cycle may have 100.00 EUR at most")
            }
        }
    }

    @Test("More than so many per cent of the mean of the last three cycles is for a person")
    func cycleGrowth() {
        var months = self
        for month in 1...4 {
            let until = "2026-0\(month)-28T23:00:00Z"
            months.books.now =
                Timestamp(rfc3339: until).map { $0 + .seconds(60) } ?? months.books.now
            _ = months.books.output(
                "payroll.openCycle",
                [
                    "cycle": .string(until), "from": "2025-12-31T23:00:00Z",
                    "until": .string(until),
                ])
            months.earn(10_000, order: "o-\(month)", at: "2026-0\(month)-10T10:00:00Z")
            if month < 4 { #expect(months.close(until) == (6_000, 0)) }
        }
        months.earn(2_500, order: "o-5", at: "2026-04-11T10:00:00Z")
        let statement = months.books.output(
            "payroll.openStatement",
            [
                "account": "w-1", "cycle": "2026-04-28T23:00:00Z",
                "until": "2026-04-28T23:00:00Z",
            ])
        #expect(statement["due"] == 7_500)
        let input = reserving(statement, "w-1", [("cycleGrowth", 120)])
        #expect(
            months.books.failure("payroll.reservePayout", key: "k/3", input)?.message
                == "75.00 EUR would leave, and 120 % of the mean of the last three cycles is "
                + "72.00 EUR at most")
        let enough = reserving(statement, "w-1", [("cycleGrowth", 125)])
        _ = months.books.output("payroll.reservePayout", key: "k/3", enough)
    }

    @Test("Above a limit a second person approves this payee, amount and content, and nothing else")
    func fourEyes() {
        var month = self
        month.books.hire("w-1")
        month.books.now = Timestamp(rfc3339: "2026-01-15T08:00:00Z") ?? month.books.now
        _ = month.books.output(
            "payroll.award",
            ["worker": "w-1", "amount": 1, "why": "so", "by": "ann", "fourEyesAbove": 500])
        let statement = month.due(400_000)
        #expect(statement["proposers"] == ["ann"])
        func approval(by: String, amount: Int64 = 240_001, hash: String? = nil) -> Value {
            reserving(
                statement, "w-1",
                [
                    (
                        "approval",
                        [
                            "by": .string(by), "payee": "w-1", "amount": .int(amount),
                            "hash": hash.map { .string($0) } ?? statement["hash"] ?? .null,
                        ]
                    )
                ])
        }
        let task = "payroll.reservePayout"
        month.books.now = Timestamp(rfc3339: "2026-02-01T08:00:00Z") ?? month.books.now
        #expect(
            month.books.failure(task, key: "k/3", reserving(statement, "w-1"))?.name
                == "needs-approval")
        for by in ["w-1", "ann"] {
            #expect(
                month.books.failure(task, key: "k/3", approval(by: by))?.name == "needs-approval")
        }
        #expect(
            month.books.failure(task, key: "k/3", approval(by: "eva", amount: 240_000))?.name
                == "approval-void")
        #expect(
            month.books.failure(task, key: "k/3", approval(by: "eva", hash: "0"))?.name
                == "approval-void")
        _ = month.books.output(task, key: "k/3", approval(by: "eva"))
    }

    // MARK: Cycles

    @Test("Cycles join: one begins where the last covered one ended, and none covers another")
    func cycles() {
        var months = self
        months.books.now = Timestamp(rfc3339: "2026-04-01T08:00:00Z") ?? months.books.now
        func open(_ cycle: String, _ until: String, from: Value = nil) -> Value {
            ["cycle": .string(cycle), "from": from, "until": .string(until)]
        }
        let task = "payroll.openCycle"
        #expect(months.books.failure(task, open("m-1", Self.january))?.name == "invalid-input")
        let first = open("m-1", Self.january, from: "2025-12-31T23:00:00Z")
        #expect(months.books.output(task, first)["from"] == "2025-12-31T23:00:00Z")
        let records = months.books.records
        #expect(months.books.output(task, first)["from"] == "2025-12-31T23:00:00Z")
        #expect(months.books.records == records)
        // February was skipped: March begins where January ended.
        let march = open("m-3", Self.march, from: .string(Self.february))
        #expect(months.books.output(task, march)["from"] == .string(Self.january))
        #expect(months.books.failure(task, open("m-2", Self.february))?.name == "covered-by")
        #expect(
            months.books.failure(task, open("m-4", "2026-04-30T22:00:00Z"))?.name == "not-over")
    }

    // MARK: Any story

    @Test(
        "Whatever happens in whatever order: what was paid and what is carried are the lines",
        arguments: UInt64(1)...40)
    func stories(seed: UInt64) {
        var random = Seeded(seed: seed)
        var months = self
        var owed: [Int64] = [0, 0, 0]
        for month in 1...8 {
            for number in 0..<Int.random(in: 0...9, using: &random) {
                let worker = Int.random(in: 0...2, using: &random)
                let isLate = month > 1 && Int.random(in: 0...3, using: &random) == 0
                let at = "2026-0\(isLate ? month - 1 : month)-1\(number)T10:00:00Z"
                let order = "o-\(month)-\(number)"
                if Int.random(in: 0...2, using: &random) == 0 {
                    months.earn(
                        0, order: order, at: at, worker: "w-\(worker)", outcome: "failed")
                    owed[worker] -= 4_000
                } else {
                    let price = Int64.random(in: 0...20_000, using: &random)
                    months.earn(price, order: order, at: at, worker: "w-\(worker)")
                    owed[worker] += (price * 6 + 5) / 10
                }
            }
            for worker in 0...2 {
                let (due, carry) = months.close(
                    "2026-0\(month)-28T23:00:00Z", worker: "w-\(worker)")
                owed[worker] -= due
                #expect(owed[worker] == carry && due >= 0 && carry <= 0)
                let sums = LedgerCheck.balance(months.books.entries(Ledger.collection))
                #expect(sums.allSatisfy { $0.amount == 0 })
            }
        }
        months.expectAgreement()
    }

    /// All balances are the sums of their postings, nothing is in transit, and the books are right.
    private func expectAgreement(_ location: SourceLocation = #_sourceLocation) {
        let postings = books.entries(Ledger.collection)
        #expect(
            LedgerCheck.balance(postings).allSatisfy { $0.amount == 0 }, sourceLocation: location)
        for account in LedgerCheck.accounts(postings) {
            if let worker = Ledger.worker(of: account.account) {
                let balance = books.body("ledger.account", account.account)?["balance"]?["EUR"]
                #expect(balance == .int(account.amount), sourceLocation: location)
                let carry = books.body("payroll.account", worker)?["carry"]
                #expect(carry == .int(-account.amount), sourceLocation: location)
            }
            if account.account == "transit:out:EUR" {
                #expect(account.amount == 0, sourceLocation: location)
            }
        }
    }
}
