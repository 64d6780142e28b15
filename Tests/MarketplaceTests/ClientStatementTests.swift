import Execution
import Guest
import Marketplace
import Testing
import Values

extension Books {
    private static let statements = OperationTable(Marketplace()).statements

    /// What somebody gets who asks for a statement.
    func statement(
        _ kind: String, _ id: String, by reader: String = "accountant/ann", from: String? = nil,
        until: String? = nil, asOf: Int64? = nil, after: String? = nil, limit: Int = 200,
        form: StatementQuery.Form = .data, spans: [RunningSpan] = [Self.week],
        params: [ExactText: Value] = [:]
    ) throws -> StatementAnswer {
        let table = RecordTable(Array(records.values), indexes: Self.operations.indexes)
        let parts = reader.split(separator: "/").map(String.init)
        var query = StatementQuery(
            kind: kind, id: id, from: from.flatMap(Timestamp.init(rfc3339:)),
            until: until.flatMap(Timestamp.init(rfc3339:)), asOf: asOf, after: after, limit: limit,
            reader: Actor(role: parts[0], subject: parts[1]), form: form, now: now)
        query.spans = spans
        query.params = params
        let maker: any StatementMaker = Self.statements
        return try maker.make(query) { (query) throws(StoreError) in table.answer(query) }
    }

    func members(_ answer: StatementAnswer, _ at: SourceLocation = #_sourceLocation) -> Value {
        guard case .data(let members) = answer else {
            Issue.record("no statement: \(answer)", sourceLocation: at)
            return .null
        }
        return .map(members)
    }

    /// Bills what waits, if it comes to something, and has it paid.
    mutating func payWhatWaits(_ account: String, _ cycle: String) {
        let invoice = output(
            "billing.openInvoice", ["account": .string(account), "cycle": .string(cycle)])
        guard let id = invoice["invoice"], !id.isNull else { return }
        _ = output(
            "billing.settleInvoice",
            [
                "invoice": id, "account": .string(account), "cycle": .string(cycle),
                "bankCharge": .string("charge-\(cycle)"),
            ])
    }

    /// From the Monday of the books' own time to the next.
    static let week = RunningSpan(
        workflow: "client-billing-cycle",
        from: Timestamp(rfc3339: "2026-02-08T23:00:00Z"),
        until: Timestamp(rfc3339: "2026-02-15T23:00:00Z"), key: "2026-02-16T00:00")
}

extension Value {
    fileprivate func minors(_ list: String, _ member: String) -> [Int64] {
        (self[list]?.listValue ?? []).compactMap { $0[member]?["minor"]?.intValue }
    }
}

@Suite("Statements of clients, and their bills [R-10], [R-44]")
struct ClientStatementTests {
    /// A week that was billed and paid, one charge withdrawn since, and two charges of the running week.
    private static var books: Books {
        var books = Books()
        books.now = Timestamp(rfc3339: "2026-02-09T00:00:10Z") ?? books.now
        books.charge("c-4", 10_000, order: "o-1", at: "2026-02-03T09:00:00Z")
        books.charge("c-4", 5_000, order: "o-2", at: "2026-02-04T09:00:00Z")
        books.charge("c-9", 7_700, order: "o-9", at: "2026-02-04T09:00:00Z")
        books.payCycle("c-4", "2026-02-09")
        books.now = Timestamp(rfc3339: "2026-02-12T10:00:00Z") ?? books.now
        books.charge("c-4", 2_000, order: "o-3", at: "2026-02-10T09:00:00Z")
        books.charge("c-4", 1_000, order: "o-4", at: "2026-02-16T09:00:00Z")
        return books
    }

    @Test("It closes with the ledger's balance, and each entry says what the balance was")
    func extract() throws {
        let books = Self.books
        let statement = books.members(try books.statement("client", "c-4"))
        #expect(
            statement["openingBalance"] == ["minor": 0, "currency": "EUR", "text": "0.00"])
        #expect(statement["closingBalance"]?["minor"] == 3_000)
        #expect(books.body("ledger.account", "client:c-4")?["balance"]?["EUR"] == 3_000)
        #expect(
            statement.minors("entries", "amount") == [10_000, 5_000, -15_000, 2_000, 1_000])
        #expect(statement.minors("entries", "balance") == [10_000, 15_000, 0, 2_000, 3_000])
        #expect(statement["total"] == 5 && statement["next"] == .null)
        let first = try #require(statement["entries"]?[0])
        #expect(first["date"] == "2026-02-03T09:00:00Z")
        #expect(first["booked"] == "2026-02-09T00:00:10Z")
        #expect(first["orderId"] == "o-1" && first["kind"] == "charge")
    }

    @Test("What came before a span is its opening balance; the span is of booking dates")
    func span() throws {
        let books = Self.books
        let statement = books.members(
            try books.statement("client", "c-4", from: "2026-02-10T00:00:00Z"))
        #expect(statement["openingBalance"]?["minor"] == 0)
        #expect(statement.minors("entries", "amount") == [2_000, 1_000])
        let before = books.members(
            try books.statement("client", "c-4", until: "2026-02-10T00:00:00Z"))
        #expect(before["closingBalance"]?["minor"] == 0 && before["total"] == 3)
    }

    @Test("The running week is what the bill will be [R-44]")
    func runningWeek() throws {
        var books = Self.books
        let week = try #require(
            books.members(try books.statement("client", "c-4"))["runningWeek"])
        #expect(week["cutOff"] == "2026-02-15T23:00:00Z" && week["sum"]?["minor"] == 2_000)
        let bill = books.output(
            "billing.openInvoice",
            [
                "account": "c-4", "cycle": "2026-02-16", "from": "2026-02-08T23:00:00Z",
                "until": "2026-02-15T23:00:00Z",
            ])
        #expect(bill["total"] == week["sum"]?["minor"])
        #expect(
            bill["lines"]?.listValue?.map { $0["net"]?.intValue }
                == week["lines"]?.listValue?.map { $0["net"]?["minor"]?.intValue })
        #expect(bill["discountPercent"] == week["discountPercent"])
    }

    @Test("Invoices are listed with their status, the latest first")
    func invoices() throws {
        var books = Self.books
        _ = books.output(
            "billing.openInvoice", ["account": "c-4", "cycle": "2026-02-16"])
        let statement = books.members(try books.statement("client", "c-4"))
        let rows = statement["invoices"]?.listValue ?? []
        #expect(rows.map { $0["cycle"] } == ["2026-02-16", "2026-02-09"])
        #expect(rows.map { $0["status"] } == ["open", "paid"])
        #expect(statement["askedFor"]?["minor"] == 3_000)
    }

    @Test("A client sees their own, those who keep the books all, and nobody else any")
    func readers() throws {
        let books = Self.books
        for reader in ["client/c-4", "accountant/ann", "administrator/bo", "operator/olga"] {
            #expect(try books.statement("client", "c-4", by: reader) != .unknown, "\(reader)")
        }
        for reader in ["client/c-9", "manager/mia", "worker/c-4", "clerk/c-4", "client/c-4 "] {
            #expect(try books.statement("client", "c-4", by: reader) == .unknown, "\(reader)")
            for kind in ["invoice", "billing-run"] {
                let id = kind == "invoice" ? "c-4:2026-02-09:client" : "next"
                #expect(try books.statement(kind, id, by: reader) == .unknown, "\(kind) \(reader)")
                #expect(
                    try books.statement(kind, id, by: reader, form: .document) == .unknown)
            }
        }
        #expect(try books.statement("billing-run", "next", by: "client/c-4") == .unknown)
        // Who has ordered nothing yet sees that; of who is not there an accountant learns so.
        let empty = books.members(try books.statement("client", "c-1", by: "client/c-1"))
        #expect(empty["closingBalance"]?["minor"] == 0 && empty["total"] == 0)
        #expect(try books.statement("client", "c-1") == .unknown)
    }

    @Test("Pages join, and each counts all")
    func pages() throws {
        let books = Self.books
        var amounts: [Int64] = []
        var place: String?
        repeat {
            let page = books.members(
                try books.statement("client", "c-4", after: place, limit: 2))
            #expect(page["total"] == 5 && page["closingBalance"]?["minor"] == 3_000)
            amounts += page.minors("entries", "amount")
            place = page["next"]?.stringValue
        } while place != nil
        #expect(amounts == [10_000, 5_000, -15_000, 2_000, 1_000])
        guard case .refused = try books.statement("client", "c-4", after: "x") else {
            Issue.record("a place that is none was taken")
            return
        }
    }

    @Test("A statement of a sequence number never changes, whatever comes", arguments: 0..<20)
    func asOf(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        var books = Books()
        var made: [(asOf: Int64, text: String)] = []
        var ordered: [(order: String, account: String)] = []
        for step in 0..<20 {
            books.now = books.now + .seconds(Int64.random(in: 0...90_000, using: &random))
            let account = ["c-1", "c-2"].randomElement(using: &random) ?? "c-1"
            switch Int.random(in: 0..<4, using: &random) {
            case 0: books.payWhatWaits(account, "2026-w\(step + 10)")
            case 1:
                guard let charged = ordered.randomElement(using: &random) else { continue }
                _ = books.output(
                    "billing.reverse",
                    [
                        "key": .string("charge/\(charged.order)"),
                        "input": ["account": .string(charged.account)],
                    ])
            default:
                ordered.append(("o-\(step)", account))
                books.charge(
                    account, Int64.random(in: 1...2_000_000, using: &random), order: "o-\(step)",
                    at: books.now.rfc3339)
            }
            let now = books.members(try books.statement("client", "c-1", by: "client/c-1"))
            let number = now["asOf"]?.intValue ?? 0
            let again = try books.statement("client", "c-1", asOf: number)
            if number > 0 { made.append((number, JSON.string(books.members(again)))) }
            for (asOf, text) in made.suffix(4) + made.prefix(2) {
                let answer = try books.statement("client", "c-1", asOf: asOf)
                #expect(JSON.string(books.members(answer)) == text, "as of \(asOf), step \(step)")
            }
            // Closing balance = the ledger's.
            let balance = books.body("ledger.account", "client:c-1")?["balance"]?["EUR"]?.intValue
            #expect(now["closingBalance"]?["minor"]?.intValue ?? 0 == balance ?? 0)
        }
    }

    @Test("A document is kept as it was issued, and no text in it is markup")
    func document() throws {
        var books = Books()
        let evil = "<script>alert('1')</script>"
        books.charge("c-4", 10_000, order: evil, at: "2026-02-10T09:00:00Z")
        let bill = books.output("billing.openInvoice", ["account": "c-4", "cycle": "2026-02-16"])
        let number = try #require(bill["number"]?.stringValue)
        let issued = try books.statement("invoice", number, by: "client/c-4", form: .document)
        guard case .document(let html) = issued else {
            Issue.record("no document: \(issued)")
            return
        }
        #expect(html.contains("<h1>Invoice \(number)</h1>") && html.contains("100.00"))
        #expect(html.contains("half-even on each line") && html.contains("Loyalty discount 0 %"))
        #expect(!html.contains("<script>") && html.contains("&lt;script&gt;alert(&#39;1&#39;)"))
        let data = books.members(try books.statement("invoice", number))
        #expect(data["status"] == "open" && data["sum"]?["text"] == "100.00")
        let before = JSON.string(books.members(try books.statement("invoice", number, asOf: 1)))
        _ = books.output(
            "billing.settleInvoice",
            [
                "invoice": bill["invoice"] ?? .null, "account": "c-4", "cycle": "2026-02-16",
                "bankCharge": "b-1",
            ])
        #expect(books.members(try books.statement("invoice", number))["status"] == "paid")
        #expect(try books.statement("invoice", number, by: "client/c-4", form: .document) == issued)
        #expect(
            JSON.string(books.members(try books.statement("invoice", number, asOf: 1))) == before)
        #expect(
            try books.statement("invoice", "c-4:2026-02-16:client", form: .document) == issued)
    }
}

@Suite("Dry runs [R-46]")
struct BillingRunTests {
    @Test("A dry run says what the run then does, account by account", arguments: 0..<8)
    func dryRunIsTheRun(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        var books = Books()
        let accounts = (1...7).map { "c-\($0)" }
        for number in 0..<40 {
            let account = accounts.randomElement(using: &random) ?? "c-1"
            let day = Int.random(in: 10...18, using: &random)
            books.charge(
                account, Int64.random(in: 1...1_500_000, using: &random), order: "o-\(number)",
                at: "2026-02-\(day)T09:00:00Z")
            if number == 20 {
                for account in accounts { books.payWhatWaits(account, "2026-02-02") }
            }
        }
        var rows: [Value] = []
        var place: String?
        var sums: Value?
        repeat {
            let page = books.members(
                try books.statement("billing-run", "next", after: place, limit: 3))
            #expect(page["cutOff"] == "2026-02-15T23:00:00Z")
            if let sums { #expect(page["sums"] == sums, "of all accounts, on every page") }
            sums = page["sums"]
            rows += page["accounts"]?.listValue ?? []
            place = page["next"]?.stringValue
        } while place != nil
        let before = books.records
        var sum: Int64 = 0
        for account in accounts {
            let bill = books.output(
                "billing.openInvoice",
                [
                    "account": .string(account), "cycle": "2026-02-16",
                    "from": "2026-02-08T23:00:00Z", "until": "2026-02-15T23:00:00Z",
                ])
            let row = rows.first { $0["account"] == .string(account) }
            #expect(row?["total"]?["minor"]?.intValue ?? 0 == bill["total"]?.intValue ?? 0)
            #expect(
                row?["lines"]?.intValue ?? 0 == Int64(bill["lines"]?.listValue?.count ?? 0))
            if let row {
                #expect(row["discountPercent"] == bill["discountPercent"])
                let number = bill["number"]?.stringValue ?? ""
                let issued = books.members(try books.statement("invoice", number))
                #expect(row["hash"] == issued["hash"], "the same stands on the bill")
            }
            sum += bill["total"]?.intValue ?? 0
        }
        #expect(sums?[0]?["sum"]?["minor"] == .int(sum))
        #expect(books.records != before)
    }

    @Test("What a cycle covers is refused, and what is no moment is not there")
    func cutOffs() throws {
        var books = Books()
        books.charge("c-1", 100, order: "o-1")
        guard case .refused(let reason) = try books.statement("billing-run", "2026-02-01T00:00:00Z")
        else {
            Issue.record("a cycle that is over was tried")
            return
        }
        #expect(reason.contains("already"))
        #expect(try books.statement("billing-run", "soon") == .unknown)
        #expect(try books.statement("billing-run", "next", spans: []) == .unknown)
    }
}
