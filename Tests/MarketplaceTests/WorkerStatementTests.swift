import Execution
import Guest
import Marketplace
import Testing
import Values

@Suite("Statements of workers, and their payslips [R-42] to [R-44]")
struct WorkerStatementTests {
    private static let until = "2026-01-31T23:00:00Z"

    private static func earn(
        _ books: inout Books, _ price: Int64, order: String, worker: String = "w-1",
        outcome: String = "completed"
    ) {
        _ = books.output(
            "payroll.earn", key: "pawl/order/\(order)/7",
            [
                "worker": .string(worker), "orderId": .string(order), "outcome": .string(outcome),
                "price": .int(price), "at": "2026-01-20T10:00:00Z",
            ])
    }

    /// Two orders completed, one failed, an award; the month is closed and nothing has left yet.
    private static var books: (Books, Value) {
        var books = Books()
        books.now = Timestamp(rfc3339: "2026-01-22T10:00:00Z") ?? books.now
        earn(&books, 10_000, order: "o-1")
        earn(&books, 5_000, order: "o-2")
        earn(&books, 0, order: "o-3", outcome: "failed")
        _ = books.output(
            "payroll.award",
            ["worker": "w-1", "amount": 2_550, "why": "a <b>bold</b> rescue", "by": "mia"])
        books.now = Timestamp(rfc3339: "2026-01-31T23:01:00Z") ?? books.now
        let slip = books.output(
            "payroll.openStatement",
            ["account": "w-1", "cycle": "2026-02-01", "until": .string(until)])
        return (books, slip)
    }

    @Test("Earned, penalties, awards, and the documents with what became of them")
    func worker() throws {
        let (books, slip) = Self.books
        let statement = books.members(try books.statement("worker", "w-1", by: "worker/w-1"))
        #expect(statement["earned"]?["text"] == "90.00")
        #expect(statement["penalties"]?["text"] == "-40.00")
        #expect(statement["awards"]?["text"] == "25.50")
        #expect(statement["closingBalance"]?["text"] == "75.50")
        #expect(statement["carried"]?["text"] == "0.00")
        let entries = statement["entries"]?.listValue ?? []
        #expect(
            entries.compactMap { $0["balance"]?["minor"]?.intValue } == [
                6_000, 9_000, 5_000, 7_550,
            ])
        #expect(entries.last?["by"] == "mia" && entries.last?["why"] == "a <b>bold</b> rescue")
        let documents = statement["statements"]?.listValue ?? []
        #expect(documents.map { $0["number"] } == [slip["number"]])
        #expect(documents.first?["status"] == "due")
        #expect(documents.first?["due"]?["minor"] == 7_550)
    }

    @Test(
        "A worker's is the worker's, the managers' and the accountants'; it tells nothing of clients"
    )
    func readers() throws {
        let (books, slip) = Self.books
        let number = try #require(slip["number"]?.stringValue)
        for reader in ["worker/w-1", "manager/mia", "accountant/ann", "operator/olga"] {
            #expect(try books.statement("worker", "w-1", by: reader) != .unknown, "\(reader)")
            #expect(try books.statement("payslip", number, by: reader) != .unknown, "\(reader)")
        }
        for reader in ["worker/w-2", "client/w-1", "clerk/w-1"] {
            #expect(try books.statement("worker", "w-1", by: reader) == .unknown, "\(reader)")
            for form in [StatementQuery.Form.data, .document] {
                #expect(try books.statement("payslip", number, by: reader, form: form) == .unknown)
            }
        }
        for reader in ["worker/w-1", "manager/mia"] {
            #expect(try books.statement("payout-run", "next", by: reader) == .unknown)
        }
        for kind in ["worker", "payslip"] {
            let id = kind == "worker" ? "w-1" : number
            let text = JSON.string(books.members(try books.statement(kind, id)))
            for word in ["discount", "address", "client"] {
                #expect(!text.contains(word), "\(kind) tells of \(word)")
            }
        }
    }

    @Test("A payslip is kept as it was issued, and no text in it is markup")
    func payslip() throws {
        var (books, slip) = Self.books
        let number = try #require(slip["number"]?.stringValue)
        let issued = try books.statement("payslip", number, by: "worker/w-1", form: .document)
        guard case .document(let html) = issued else {
            Issue.record("no document: \(issued)")
            return
        }
        #expect(html.contains("work: 60 % of 100.00") && html.contains("75.50"))
        #expect(html.contains("a &lt;b&gt;bold&lt;/b&gt; rescue, by mia"))
        let reserved = books.output(
            "payroll.reservePayout", key: "pawl/worker-payout/w-1/1",
            [
                "statement": slip["statement"] ?? .null, "account": "w-1", "payoutCap": 5_000,
                "accountCap": 10_000, "cycleCap": 1_000_000, "fourEyesAbove": 2_000,
            ])
        _ = books.output(
            "payroll.settlePayout",
            [
                "statement": slip["statement"] ?? .null, "account": "w-1",
                "key": reserved["key"] ?? .null, "bankPayout": "b-1",
            ])
        let after = books.members(try books.statement("payslip", number))
        #expect(after["status"] == "paid" && after["due"]?["text"] == "75.50")
        #expect(try books.statement("payslip", number, by: "worker/w-1", form: .document) == issued)
        let worker = books.members(try books.statement("worker", "w-1"))
        #expect(worker["closingBalance"]?["minor"] == 0)
    }

    private static let month = RunningSpan(
        workflow: "worker-payout-cycle", from: Timestamp(rfc3339: "2025-12-31T23:00:00Z"),
        until: Timestamp(rfc3339: until), key: "2026-02-01T00:00")

    private static let caps: ValueMap = [
        "payoutCap": 120, "accountCap": 10_000, "cycleCap": 300, "fourEyesAbove": 90,
    ]

    @Test(
        "A dry run of the payouts is the run: dues, carries, what is held and why",
        arguments: 0..<10)
    func dryRunIsTheRun(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        var books = Books()
        books.now = Timestamp(rfc3339: "2026-01-22T10:00:00Z") ?? books.now
        for number in 0..<40 {
            Self.earn(
                &books, Int64.random(in: 1...12_000, using: &random), order: "o-\(number)",
                worker: "w-\(Int.random(in: 1...7, using: &random))",
                outcome: Bool.random(using: &random) ? "completed" : "failed")
        }
        var rows: [Value] = []
        var place: String?
        repeat {
            let page = books.members(
                try books.statement(
                    "payout-run", "next", after: place, limit: 3, spans: [Self.month],
                    params: ["worker-payout": .map(Self.caps)]))
            #expect(page["cycle"] == "2026-02-01")
            rows += page["accounts"]?.listValue ?? []
            place = page["next"]?.stringValue
        } while place != nil
        #expect(!books.records.values.contains { $0.collection == "payroll.statement" })
        books.now = Timestamp(rfc3339: "2026-01-31T23:01:00Z") ?? books.now
        _ = books.output(
            "payroll.openCycle",
            [
                "cycle": "2026-02-01", "from": "2025-12-31T23:00:00Z",
                "until": .string(Self.until),
            ])
        let accounts = books.output("payroll.accounts", ["until": .string(Self.until)])
        let names = accounts["items"]?.listValue?.compactMap { $0["account"] } ?? []
        #expect(rows.compactMap { $0["account"] } == names)
        for (row, name) in zip(rows, names) {
            let slip = books.output(
                "payroll.openStatement",
                ["account": name, "cycle": "2026-02-01", "until": .string(Self.until)])
            #expect(row["due"]?["minor"] == slip["due"] && row["carry"]?["minor"] == slip["carry"])
            #expect(slip["hash"]?.stringValue?.hasPrefix(row["hash"]?.stringValue ?? "-") == true)
            guard slip["due"] != 0 else {
                #expect(row["held"] == "")
                continue
            }
            let reservation = Value.map(
                Self.caps.merging(["statement": slip["statement"] ?? .null, "account": name]))
            switch books.call(
                "payroll.reservePayout", key: "pawl/worker-payout/\(name.stringValue ?? "")/1",
                reservation
            ).outcome {
            case .succeeded: #expect(row["held"] == "")
            case .failed(let error):
                #expect(row["held"] == .string("\(error.name): \(error.message)"))
            case .broken(let reason): Issue.record("\(reason)")
            }
        }
    }
}
