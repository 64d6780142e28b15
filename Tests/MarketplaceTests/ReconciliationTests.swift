import Execution
import Marketplace
import Testing
import Values

@Suite("The bank's statement and the books [R-48]")
struct ReconciliationTests {
    private var desk = Desk()

    private func hours(_ count: Int64) -> Timestamp { Desk.start + .seconds(count * 3_600) }

    /// Two clients have paid, a worker was.
    private static let lines = [
        BankEntry(id: "c-1", key: "pawl/client-invoice/a:w7/2", amount: 10_000, party: "a"),
        BankEntry(id: "c-2", key: "pawl/client-invoice/b:w7/2", amount: 9_900, party: "b"),
        BankEntry(
            id: "p-3", kind: "payout", key: "pawl/worker-payout/w:jan/3", amount: -6_000, party: "w"
        ),
    ]

    init() {
        for line in Self.lines { desk.book(line.key ?? "", line.amount, line.party ?? "") }
        desk.now = Desk.start + .seconds(3_600)
    }

    private mutating func settle(
        _ difference: String, _ location: SourceLocation = #_sourceLocation
    ) -> CallError? {
        desk.refusal("reconciliation.settle", ["difference": .string(difference)], location)
    }

    private mutating func accept(
        _ difference: String, to end: String?, _ location: SourceLocation = #_sourceLocation
    ) {
        let input: Value = [
            "difference": .string(difference), "to": end.map { .string($0) } ?? .null,
            "reason": "looked at", "by": "accountant/eva",
        ]
        #expect(desk.output("reconciliation.accept", input, location)["outcome"] == "accept")
        _ = desk.output("reconciliation.settle", ["difference": .string(difference)], location)
    }

    @Test(
        "A statement that says what the books say differs in nothing, read twice, shuffled, its pages overlapping"
    )
    mutating func agrees() {
        #expect(desk.reconcile("1", BankEntry.pages(Self.lines)) == [])
        #expect(
            desk.matches == [
                "payment:pawl/client-invoice/a:w7/2 is house/c-1",
                "payment:pawl/client-invoice/b:w7/2 is house/c-2",
                "payout:pawl/worker-payout/w:jan/3/applied is house/p-3",
            ])
        let before = desk.postings
        let twice = Array(Self.lines.reversed()) + [Self.lines[1], Self.lines[0]]
        let pages = BankEntry.pages(twice, size: 2, counting: Self.lines)
        #expect(desk.reconcile("2", pages) == [])
        #expect(desk.postings == before)
        #expect(desk.violations == [])
    }

    @Test("A line that is late is matched with the next statement, and nobody hears of it")
    mutating func late() {
        let early = Array(Self.lines.dropLast())
        #expect(
            desk.reconcile("1", BankEntry.pages(early)) == [
                "not-at-bank payout:pawl/worker-payout/w:jan/3/applied"
            ])
        desk.now = hours(72)
        #expect(desk.reconcile("2", BankEntry.pages(Self.lines)) == [])
        #expect(
            desk.output(
                "reconciliation.settle",
                ["difference": "ours:payout:pawl/worker-payout/w:jan/3/applied"])["outcome"]
                == "rule 1")
        #expect(desk.violations == [])
    }

    @Test("Of a statement that does not tell all, nothing is called missing")
    mutating func incomplete() {
        let cut = BankEntry.pages(Array(Self.lines.dropLast()), counting: Self.lines)
        #expect(desk.reconcile("1", cut) == ["statement-incomplete incomplete:house/the beginning"])
        #expect(settle("incomplete:house/the beginning")?.name == "statement-incomplete")
        #expect(desk.reconcile("2", cut).count == 1)
        desk.now = hours(30)
        _ = desk.reconcile("3", BankEntry.pages(Self.lines))
        _ = desk.output(
            "reconciliation.settle", ["difference": "incomplete:house/the beginning"])
        #expect(desk.differences == [])
    }

    @Test("A key decides before an amount: two payments of one amount are not mixed up")
    mutating func keyFirst() {
        let (one, other) = ("pawl/client-invoice/a:w8/2", "pawl/client-invoice/a:w9/2")
        for key in [one, other] { desk.book(key, 500, "a") }
        let lines =
            Self.lines + [
                BankEntry(id: "c-9", key: other, amount: 500, party: "a"),
                BankEntry(id: "d-1", key: one, amount: 500, party: "a"),
            ]
        #expect(desk.reconcile("1", BankEntry.pages(lines)) == [])
        #expect(desk.matches.contains("payment:\(other) is house/c-9"))
        #expect(desk.matches.contains("payment:\(one) is house/d-1"))
    }

    @Test("Without a key: party, amount, currency, kind, and dates within three banking days")
    mutating func withoutKey() {
        var lines = Self.lines
        // Wednesday; Monday is three banking days later.
        (lines[0].key, lines[0].booked) = (nil, hours(24 * 5))
        desk.now = hours(24 * 6)
        #expect(desk.reconcile("1", BankEntry.pages(lines)) == [])
        #expect(desk.violations == [])
    }

    @Test("A day later, or of somebody else, it is for a person, who is told what was near")
    mutating func tooFar() throws {
        var lines = Self.lines
        (lines[0].key, lines[0].booked) = (nil, hours(24 * 6))
        desk.now = hours(24 * 7)
        #expect(
            desk.reconcile("1", BankEntry.pages(lines)) == [
                "at-bank-only house/c-1",
                "not-at-bank payment:pawl/client-invoice/a:w7/2",
            ])
        #expect(desk.balance(.suspense) == -10_000)
        let error = try #require(settle("house/c-1"))
        #expect(error.name == "at-bank-only")
        #expect(
            error.detail["near"]?.stringValue?.contains("payment:pawl/client-invoice/a:w7/2")
                == true)
        #expect(error.detail["amount"]?.stringValue?.hasSuffix("| 100.00 EUR") == true)
        _ = desk.output(
            "reconciliation.assign",
            [
                "difference": "house/c-1", "reference": "payment:pawl/client-invoice/a:w7/2",
                "reason": "the client says so", "by": "accountant/eva",
            ])
        #expect(desk.differences == [])
        #expect(desk.balance(.suspense) == 0)
        #expect(desk.violations == [])
    }

    @Test("Two that may be meant are for a person, and no guess")
    mutating func ambiguous() {
        for key in ["x", "y"] { desk.book("pawl/worker-payout/w:\(key)/3", -700, "w") }
        let lines =
            Self.lines + [
                BankEntry(id: "p-8", kind: "payout", amount: -700, party: "w"),
                BankEntry(id: "p-9", kind: "payout", amount: -700, party: "w"),
            ]
        #expect(
            desk.reconcile("1", BankEntry.pages(lines)) == [
                "ambiguous house/p-8", "ambiguous house/p-9",
            ])
        #expect(desk.balance(.suspense) == 0)
        for (line, key) in [("p-8", "y"), ("p-9", "x")] {
            _ = desk.output(
                "reconciliation.assign",
                [
                    "difference": .string("house/\(line)"),
                    "reference": .string("payout:pawl/worker-payout/w:\(key)/3/applied"),
                    "reason": "by their dates", "by": "accountant/eva",
                ])
        }
        #expect(desk.differences == [])
        #expect(desk.violations == [])
    }

    @Test("The bank took less: its amount is booked, the rest is open, and both are shown")
    mutating func amountDiffers() throws {
        var lines = Self.lines
        lines[0].amount = 9_900
        #expect(desk.reconcile("1", BankEntry.pages(lines)) == ["amount-differs house/c-1"])
        #expect(desk.balance(.bank) == 9_900 + 9_900 - 6_000)
        #expect(desk.balance(.suspense) == 100)
        let error = try #require(settle("house/c-1"))
        #expect(error.detail["amount"]?.stringValue?.contains("100.00 EUR") == true)
        #expect(error.detail["amount"]?.stringValue?.hasSuffix("| 99.00 EUR") == true)
        #expect(error.detail["instance"]?.stringValue?.contains("test/1") == true)
        #expect(desk.violations == [])
        accept("house/c-1", to: "losses")
        #expect(desk.balance(.losses) == 100)
        #expect(desk.balance(.suspense) == 0)
        #expect(desk.violations == [])
    }

    @Test("In another currency all of it is in suspense of that one")
    mutating func currencyDiffers() {
        var lines = Self.lines
        lines[0].currency = "JPY"
        #expect(desk.reconcile("1", BankEntry.pages(lines)) == ["currency-differs house/c-1"])
        #expect(desk.balance(.suspense, "JPY") == -10_000)
        #expect(desk.violations == [])
    }

    @Test("A second line under one key is not ours, whichever came first")
    mutating func twice() {
        var second = Self.lines[0]
        (second.id, second.booked) = ("c-7", hours(-1))
        #expect(
            desk.reconcile("1", BankEntry.pages([second] + Self.lines)) == ["twice house/c-1"])
        #expect(desk.balance(.suspense) == -10_000)
        #expect(desk.violations == [])
    }

    @Test("What nobody asked for is in suspense; a key that is nearly ours is a proposal")
    mutating func unknown() throws {
        var lines = Self.lines
        lines[1].key = "PAWL/client-invoice/B:w7/2 "
        lines.append(BankEntry(id: "o-9", kind: "other", amount: 5, party: "somebody"))
        #expect(
            desk.reconcile("1", BankEntry.pages(lines)) == [
                "at-bank-only house/c-2", "at-bank-only house/o-9",
            ])
        #expect(desk.balance(.suspense) == -9_905)
        let error = try #require(settle("house/c-2"))
        #expect(
            error.detail["what"]?.stringValue?.contains("payment:pawl/client-invoice/b:w7/2")
                == true)
        #expect(error.detail["rule"]?.stringValue?.contains("blanks, case or encoding") == true)
        #expect(desk.violations == [])
    }

    @Test("A payout that comes back is owed again, a charge that is taken back is owed again")
    mutating func reversed() {
        let lines =
            Self.lines + [
                BankEntry(
                    id: "r-4", kind: "return", of: "pawl/worker-payout/w:jan/3", amount: 6_000),
                BankEntry(
                    id: "b-5", kind: "chargeback", of: "pawl/client-invoice/a:w7/2", amount: -10_000
                ),
            ]
        #expect(
            desk.reconcile("1", BankEntry.pages(lines)) == [
                "charged-back house/b-5", "payout-returned house/r-4",
            ])
        #expect(
            desk.postings.contains(
                "payout:pawl/worker-payout/w:jan/3/returned: bank:EUR 6000, worker:w -6000"))
        #expect(desk.postings.contains("statement:house/b-5: client:a 10000, bank:EUR -10000"))
        #expect(desk.balance(.bank) == 9_900)
        accept("house/r-4", to: nil)
        accept("house/b-5", to: nil)
        #expect(desk.differences == [])
        #expect(desk.violations == [])
    }

    @Test("Fees and interest are booked; a large one is looked at")
    mutating func fees() {
        let lines =
            Self.lines + [
                BankEntry(id: "f-4", kind: "fee", amount: -30),
                BankEntry(id: "i-5", kind: "interest", amount: 12),
                BankEntry(id: "f-6", kind: "fee", amount: -5_001),
            ]
        #expect(desk.reconcile("1", BankEntry.pages(lines)) == ["fee-above-limit house/f-6"])
        #expect(desk.balance(.fees) == 5_019)
        accept("house/f-6", to: nil)
        #expect(desk.violations == [])
    }

    @Test(
        "A line that came otherwise before stays as it was; one that cannot be read stops no other")
    mutating func alteredAndUnreadable() throws {
        var other = Self.lines[0]
        other.party = "z"
        _ = desk.reconcile("1", BankEntry.pages(Self.lines))
        #expect(
            desk.reconcile("2", BankEntry.pages([other] + Self.lines.dropFirst())) == [
                "line-altered house/c-1"
            ])
        var garbled = BankEntry(id: "x-1", amount: 1_200)
        garbled.isGarbled = true
        let lines = Self.lines + [garbled]
        #expect(
            desk.reconcile("3", BankEntry.pages(lines)) == [
                "line-altered house/c-1", "unreadable-line house/x-1",
            ])
        let error = try #require(settle("unreadable:house/x-1"))
        #expect(error.detail["as it came"]?.stringValue?.contains("12,00") == true)
        garbled.isGarbled = false
        _ = desk.reconcile("4", BankEntry.pages(Self.lines + [garbled]))
        _ = desk.output("reconciliation.settle", ["difference": "unreadable:house/x-1"])
        #expect(desk.differences == ["at-bank-only house/x-1", "line-altered house/c-1"])
        #expect(desk.violations == [])
    }

    @Test("All lines match, and the balance does not: the account is a difference, once")
    mutating func balance() {
        _ = desk.reconcile("1", BankEntry.pages(Self.lines))
        let off = BankEntry.pages(Self.lines, opening: [("EUR", 55)])
        #expect(desk.reconcile("2", off) == ["balance-differs balance:house/EUR/55"])
        #expect(desk.reconcile("3", off).count == 1)
        #expect(settle("balance:house/EUR/55")?.name == "balance-differs")
        accept("balance:house/EUR/55", to: "fees")
        #expect(desk.reconcile("4", off) == [])
        #expect(desk.violations == [])
    }

    @Test(
        "What the bank has done and we still ask for waits; what was given up here is for a person")
    mutating func claims() {
        desk.post(
            "payout:pawl/worker-payout/v:jan/3", .payment, 300, "EUR", Ledger.worker("v"),
            Ledger.house(.transit, "EUR"), Desk.start)
        desk.put(
            "billing.invoice", "d:w7:client", group: "d",
            ["account": "d", "cycle": "w7", "status": "voided", "total": 400, "currency": "EUR"])
        let lines =
            Self.lines + [
                BankEntry(
                    id: "p-4", kind: "payout", key: "pawl/worker-payout/v:jan/3", amount: -300,
                    party: "v"),
                BankEntry(id: "c-5", key: "pawl/client-invoice/d:w7/2", amount: 400, party: "d"),
            ]
        #expect(
            desk.reconcile("1", BankEntry.pages(lines)) == [
                "closed-here house/c-5", "still-asked house/p-4",
            ])
        #expect(desk.balance(.suspense) == -400)
        #expect(desk.violations == [])
        // The answer comes after all.
        desk.post(
            "payout:pawl/worker-payout/v:jan/3/applied", .payment, 300, "EUR",
            Ledger.house(.transit, "EUR"), Ledger.house(.bank, "EUR"), Desk.start)
        #expect(desk.reconcile("2", BankEntry.pages(lines)) == ["closed-here house/c-5"])
        #expect(desk.violations == [])
    }

    @Test("A charge that was given back before we knew of it comes to nothing")
    mutating func undone() {
        let key = "pawl/client-invoice/e:w7/2"
        let charge = BankEntry(id: "c-4", key: key, amount: 800, party: "e")
        let refund = BankEntry(
            id: "r-5", kind: "refund", key: "pawl/invoice-release/e:w7/1", of: key, amount: -800,
            party: "e")
        #expect(
            desk.reconcile("1", BankEntry.pages(Self.lines + [charge])) == [
                "at-bank-only house/c-4"
            ])
        #expect(desk.reconcile("2", BankEntry.pages(Self.lines + [charge, refund])) == [])
        #expect(desk.balance(.suspense) == 0)
        #expect(desk.violations == [])
    }

    @Test("What was booked and never came is given up by a person, once")
    mutating func neverCame() {
        let lines = Array(Self.lines.dropFirst())
        _ = desk.reconcile("1", BankEntry.pages(lines))
        let difference = "ours:payment:pawl/client-invoice/a:w7/2"
        #expect(settle(difference)?.name == "not-at-bank")
        accept(difference, to: "losses")
        #expect(desk.balance(.losses) == 10_000)
        #expect(desk.balance(.bank) == 9_900 - 6_000)
        #expect(desk.reconcile("2", BankEntry.pages(lines)) == [])
        #expect(desk.violations == [])
    }

    @Test("What does not agree in amount is no match, whoever says so")
    mutating func cannotMatch() {
        let lines = Self.lines + [BankEntry(id: "o-9", amount: 5, party: "a")]
        _ = desk.reconcile("1", BankEntry.pages(lines.filter { $0.id != "c-1" }))
        let error = desk.refusal(
            "reconciliation.assign",
            [
                "difference": "house/o-9", "reference": "payment:pawl/client-invoice/a:w7/2",
                "reason": "a guess", "by": "accountant/eva",
            ])
        #expect(error?.name == "cannot-match")
    }
}
