import Testing
import Values

@testable import Guest
@testable import Marketplace
@testable import Sandbox

@Suite("The bank")
struct BankTests {
    var world = SandboxWorld(bank: Bank())

    @Test("answers a repeated charge as the first time and moves the money once")
    mutating func repeatedCharge() throws {
        let first = try world.charge("k1")
        let second = try world.charge("k1")
        #expect(first.status == 201)
        #expect(!first.isReplay)
        #expect(second.isReplay)
        #expect(second.body == first.body)
        #expect(world.bank.balances(of: "client:1").map(\.amount) == [-10_000])
        #expect(world.bank.lines.count == 1)
    }

    @Test("refuses a key that comes with another body or for another kind")
    mutating func reusedKey() throws {
        _ = try world.charge("k1")
        let otherAmount = try world.charge("k1", "client:1", 5)
        let otherKind = try world.refund("k1", key: "k1")
        #expect(otherAmount.status == 422)
        #expect(otherAmount.code == "key-reused")
        #expect(otherKind.code == "key-reused")
        #expect(world.bank.lines.count == 1)
    }

    @Test("gives a charge back once, under whichever keys the refund comes")
    mutating func refundOnce() throws {
        _ = try world.charge("k1")
        let first = try world.refund("k1", key: "r1")
        let again = try world.refund("k1", key: "r1")
        let other = try world.refund("k1", key: "r2")
        #expect(first.status == 201)
        #expect(first.json["status"] == "refunded")
        #expect(again.body == first.body)
        #expect(other.status == 200)
        #expect(other.json["status"] == "nothing-to-refund")
        #expect(world.bank.balances(of: "client:1").map(\.amount) == [0])
    }

    @Test("fences a charge that was refunded before it came")
    mutating func fence() throws {
        let refund = try world.refund("k1", key: "r1")
        let late = try world.charge("k1")
        let later = try world.charge("k1")
        #expect(refund.status == 200)
        #expect(refund.json["status"] == "nothing-to-refund")
        #expect(late.status == 409)
        #expect(late.code == "fenced")
        #expect(later.body == late.body)
        #expect(world.bank.lines.map(\.kind) == [.fence, .refund, .charge])
        #expect(world.bank.accounts.isEmpty)
    }

    @Test("declines for good under the same key, and lets a new key try again")
    mutating func declines() throws {
        let account = "client-declines-2-7"
        let first = try world.charge("k1", account)
        let repeated = try world.charge("k1", account)
        let second = try world.charge("k2", account)
        let third = try world.charge("k3", account)
        #expect(first.status == 402)
        #expect(first.code == "declined")
        #expect(repeated.status == 402)
        #expect(repeated.isReplay)
        #expect(second.status == 402)
        #expect(third.status == 201)
    }

    @Test("always declines an account that is named so")
    mutating func alwaysDeclines() throws {
        for key in 0..<5 {
            #expect(try world.charge("k\(key)", "client:declines").status == 402)
        }
        let payout = try world.post(
            "/bank/v1/payouts", key: "p1", [("account", "worker:declines"), ("amount", 5)])
        #expect(payout.status == 402)
    }

    @Test("tells what was applied under a key, and 404 for what was not")
    mutating func ask() throws {
        _ = try world.charge("k1")
        _ = try world.charge("k2", "client:declines")
        let applied = try world.get("/bank/v1/charges", [("key", "k1")])
        #expect(applied.status == 200)
        #expect(applied.json["status"] == "posted")
        #expect(applied.json["refunded"] == false)
        #expect(try world.get("/bank/v1/charges", [("key", "k2")]).status == 404)
        #expect(try world.get("/bank/v1/charges", [("key", "k3")]).code == "not-applied")
        #expect(try world.get("/bank/v1/payouts", [("key", "k1")]).status == 404)
        _ = try world.refund("k1", key: "r1")
        #expect(try world.get("/bank/v1/refunds", [("key", "r1")]).json["status"] == "refunded")
        #expect(try world.get("/bank/v1/charges", [("key", "k1")]).json["refunded"] == true)
    }

    @Test("pays workers from the house and refuses to take a payout back")
    mutating func payout() throws {
        let paid = try world.post(
            "/bank/v1/payouts", key: "p1", [("account", "worker:1"), ("amount", 6000)])
        #expect(paid.status == 201)
        #expect(world.bank.balances(of: Bank.house).map(\.amount) == [-6000])
        #expect(try world.refund("p1", key: "r1").code == "not-a-charge")
    }

    @Test(
        "names the wrong member of a body",
        arguments: [
            ([("amount", 5)], "/account"),
            ([("account", "a"), ("amount", 0)], "/amount"),
            ([("account", "a"), ("amount", 1.5)], "/amount"),
            ([("account", "a"), ("amount", "5")], "/amount"),
            ([("account", "a"), ("amount", 5), ("currency", "euro")], "/currency"),
            ([("account", "house"), ("amount", 5)], "/account"),
        ] as [([(String, Value)], String)])
    mutating func wrongBody(pairs: [(String, Value)], pointer: String) throws {
        let response = try world.post("/bank/v1/charges", key: "k", pairs)
        #expect(response.status == 400)
        #expect(response.header("content-type") == "application/problem+json")
        #expect(response.json["errors"]?[0]?["pointer"]?.stringValue == pointer)
        #expect(world.bank.lines.isEmpty)
    }

    @Test("wants a key for every effect")
    mutating func missingKey() throws {
        let response = try world.post(
            "/bank/v1/charges", [("account", "a"), ("amount", 5)])
        #expect(response.status == 400)
    }

    @Test("wants its token when it has one")
    mutating func token() throws {
        world.bank = Bank(token: "s3cret")
        let request = RemoteRequest(
            method: "GET", path: "/bank/v1/ledger",
            headers: [("Authorization", "Bearer s3cret")])
        #expect(try world.get("/bank/v1/ledger").status == 401)
        #expect(world.handle(request, now: dawn).response?.status == 200)
    }

    @Test("states an account's movements within the asked time, and continues after a page")
    mutating func statement() throws {
        for index in 0..<1001 {
            _ = try world.post(
                "/bank/v1/charges", key: "k\(index)", at: dawn + .seconds(index),
                [("account", "client:1"), ("amount", 1)])
        }
        let account = ("account", "client:1")
        let end = ("to", (dawn + .seconds(2000)).rfc3339)
        let first = try world.get("/bank/v1/statement", [account, end])
        #expect(first.json["entries"]?.listValue?.count == 1000)
        #expect(first.json["closing"] == ["EUR": -1001])
        let next = try #require(first.json["next"]?.stringValue)
        let rest = try world.get("/bank/v1/statement", [account, end, ("after", next)])
        #expect(rest.json["entries"]?[0]?["key"] == "k1000")
        #expect(rest.json["next"] == .null)
        #expect(rest.json["statement"] == first.json["statement"])
        let window = try world.get(
            "/bank/v1/statement",
            [account, ("from", (dawn + .seconds(5)).rfc3339), ("to", (dawn + .seconds(7)).rfc3339)])
        #expect(window.json["entries"]?.listValue?.map { $0["key"] } == ["k5", "k6"])
        #expect(window.json["opening"] == ["EUR": -5])
        #expect(window.json["closing"] == ["EUR": -7])
        #expect(try world.get("/bank/v1/statement", [account, ("from", "soon")]).status == 400)
    }

    /// The house's statement, read to the end in pages of two; ids of its entries as they came.
    private mutating func entries(
        at now: Timestamp = dawn + .seconds(60)
    ) throws -> [Value] {
        var entries: [Value] = []
        var after = ""
        for _ in 0..<20 {
            let page = try world.get(
                "/bank/v1/statement",
                [
                    ("account", "house"), ("to", now.rfc3339), ("count", "2"), ("after", after),
                ], at: now)
            entries += page.json["entries"]?.listValue ?? []
            guard let next = page.json["next"]?.stringValue else { break }
            after = next
        }
        return entries
    }

    @Test("tells of what it did by itself, signed as the house sees it")
    mutating func ownLines() throws {
        _ = try world.charge("k1")
        _ = try world.post(
            "/bank/v1/payouts", key: "p1", [("account", "w-1"), ("amount", 6000)])
        for (kind, amount, of) in [("return", 6000, "p1"), ("chargeback", 500, "k1")] {
            let body: [(String, Value)] = [
                ("kind", .string(kind)), ("amount", .int(Int64(amount))), ("of", .string(of)),
            ]
            #expect(try world.post("/bank/v1/lines", body).status == 201)
        }
        _ = try world.post("/bank/v1/lines", [("kind", "fee"), ("amount", 30)])
        _ = try world.post("/bank/v1/lines", [("kind", "interest"), ("amount", -7)])
        _ = try world.post("/bank/v1/lines", [("kind", "other"), ("amount", 12)])
        #expect(try world.post("/bank/v1/lines", [("kind", "fence"), ("amount", 1)]).status == 400)
        let entries = try entries()
        #expect(
            entries.map { $0["id"]?.stringValue } == [
                "charge-1", "payout-2", "return-3", "chargeback-4", "fee-5", "interest-6",
                "other-7",
            ])
        #expect(
            entries.map { $0["amount"]?.intValue } == [10_000, -6000, 6000, -500, -30, -7, 12])
        #expect(world.bank.balances(of: Bank.house).map(\.amount) == [9475])
    }

    @Test("makes trouble on demand, and none when that is over")
    mutating func troubles() throws {
        for key in 1...5 { _ = try world.charge("k\(key)") }
        let right = try entries()
        let ask: (inout Self, [(String, Value)]) throws -> [Value] = { suite, body in
            #expect(try suite.world.post("/bank/v1/troubles", body).status == 201)
            let entries = try suite.entries()
            _ = try suite.world.post("/bank/v1/troubles", [("what", "mended")])
            return entries
        }
        #expect(Set(try ask(&self, [("what", "repeat")])) == Set(right))
        #expect(try ask(&self, [("what", "repeat")]).count > 5)
        #expect(try ask(&self, [("what", "reorder")]) != right)
        #expect(try ask(&self, [("what", "strip")]).allSatisfy { $0["key"] == nil })
        let late: [(String, Value)] = [
            ("what", "late"), ("line", "charge-2"), ("amount", 3600),
        ]
        #expect(try ask(&self, late).count == 4)
        let altered: [(String, Value)] = [
            ("what", "alter"), ("line", "charge-2"), ("amount", 9900),
        ]
        #expect(try ask(&self, altered)[1]["amount"] == 9900)
        #expect(try ask(&self, [("what", "cut")]).count == 4)
        #expect(try entries() == right)
    }

    @Test("keeps a ledger that sums to zero whatever comes", arguments: 0..<20 as Range<UInt64>)
    mutating func sumsToZero(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        var posted: [String: Int] = [:]
        for _ in 0..<200 {
            let key = "k\(Int.random(in: 0..<40, using: &random))"
            let account =
                ["client:1", "client:2", "worker:1", "x-declines-1-y"]
                .randomElement(using: &random) ?? ""
            let amount = Int64.random(in: 1...3, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: _ = try world.charge(key, account, amount)
            case 1: _ = try world.refund(key, key: "r\(key)")
            default:
                _ = try world.post(
                    "/bank/v1/payouts", key: "p\(key)",
                    [("account", .string(account)), ("amount", .int(amount))])
            }
        }
        for line in world.bank.lines {
            #expect(line.postings.reduce(0) { $0 + $1.amount } == 0, "seed \(seed)")
            if line.status == .posted {
                posted["\(line.kind) \(line.of ?? line.key)", default: 0] += 1
            }
        }
        let total = world.bank.accounts.flatMap { world.bank.balances(of: $0) }
            .reduce(0) { $0 + $1.amount }
        #expect(total == 0, "seed \(seed)")
        #expect(posted.values.allSatisfy { $0 == 1 }, "seed \(seed): a key moved money twice")
        #expect(world.bank.lines.map(\.seq) == Array(1...Int64(world.bank.lines.count)))
    }
}
