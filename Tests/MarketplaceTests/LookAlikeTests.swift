import Marketplace
import Testing
import Values

@Suite("Two whose names look alike are two: é as one scalar, and as e with an accent")
struct LookAlikeTests {
    private let twins = ["caf\u{E9}", "cafe\u{301}"]

    @Test("Each pays what is its own, on its own invoice")
    func accounts() {
        var books = Books()
        for (number, account) in twins.enumerated() {
            for order in 0...number {
                books.charge(account, 10_000, order: "\(account)-\(order)")
            }
        }
        for (number, account) in twins.enumerated() {
            let invoice = books.output(
                "billing.openInvoice", ["account": .string(account), "cycle": "w7"])
            #expect(invoice["total"] == .int(Int64(number + 1) * 10_000))
            #expect(invoice["lines"]?.listValue?.count == number + 1)
        }
        #expect(books.all("billing.invoice").count == 2)
    }

    @Test("A cycle bills both, page by page, also one whose name begins with an accent")
    func cycle() {
        var books = Books()
        let accounts = twins + ["\u{301}accent"]
        for account in accounts { books.charge(account, 10_000, order: account) }
        var found: [Value] = []
        var after: Value = .null
        for _ in 0...accounts.count {
            let page = books.output("billing.accounts", ["after": after, "count": 1])
            found += page["items"]?.listValue ?? []
            after = page["next"] ?? .null
            if after.isNull { break }
        }
        let wanted = Set(accounts.map { ["account": .string($0), "part": 1] as Value })
        #expect(Set(found) == wanted)
        #expect(found.count == accounts.count)
    }

    @Test("Excluding one worker leaves the other")
    func workers() {
        var books = Books()
        for worker in twins { books.hire(worker) }
        let chosen = twins.map { excluded in
            books.output(
                "matching.best", key: "best/\(excluded)",
                [
                    "order": [
                        "orderId": .string(excluded), "clientId": "c-1", "service": "standard",
                        "visitAt": "2026-03-01T10:00:00Z",
                    ], "except": [.string(excluded)],
                ])["worker"]
        }
        #expect(chosen == [.string(twins[1]), .string(twins[0])])
    }
}
