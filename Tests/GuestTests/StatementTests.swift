import Execution
import Guest
import Testing
import Values

/// What people may read of a business's records, whatever the business does.
@Suite struct StatementTests {
    /// What a reader owes, entry by entry.
    struct Fees: Statement {
        let kind = "reader"
        let abstract = "What a reader owes."

        func mayBeRead(_ id: String, by reader: Reader, _ records: inout Records) -> Bool {
            reader == Reader(role: "reader", subject: id) || reader.runsTheEngine
        }

        func make(
            _ request: StatementRequest, _ records: inout Records
        ) throws(Refusal) -> StatementPage? {
            if request.after == "nowhere" { throw .invalid("after", "a place in the list") }
            let all = try records.page(of: "library.fee", group: request.id, limit: 10_000)
            let rows = all.filter { $0.id > request.after ?? "" }
            guard !all.isEmpty else { return nil }
            let page = rows.prefix(request.limit)
            return StatementPage(
                asOf: Int64(all.count), ["fees": .list(page.map(\.body))], list: "fees",
                total: Int64(all.count), next: rows.count > page.count ? page.last?.id : nil)
        }

        func document(
            _ request: StatementRequest, _ records: inout Records
        ) throws(Refusal) -> Markup? {
            try records.find("library.letter", id: request.id)?.body["html"]?.stringValue
                .map(Markup.init(kept:))
        }
    }

    /// Goes wrong in the way that its id names.
    struct Wrong: Statement {
        let kind = "wrong"
        let abstract = "What must not be."

        func mayBeRead(_ id: String, by reader: Reader, _ records: inout Records) -> Bool { true }

        func make(
            _ request: StatementRequest, _ records: inout Records
        ) throws(Refusal) -> StatementPage? {
            switch request.id {
            case "writing": records.put("library.fee", id: "x", [:])
            case "swapping": records = Records.holding()
            case "careless": _ = try? records.find("library.fee", id: "x")
            case "posing": return StatementPage(["total": 5])
            default: break
            }
            return StatementPage(["fine": true])
        }
    }

    private static let table: any LocalPerformer = OperationTable(
        [:], statements: [Fees(), Wrong()])
    private static let now = Timestamp(seconds: 1_800_000_000)

    private static let rows: [RecordRow] =
        (1...5).map {
            RecordRow(
                collection: "library.fee", id: "f-\($0)", group: "r-1", revision: 1,
                body: ["amount": .int(Int64($0))])
        } + [
            RecordRow(
                collection: "library.letter", id: "r-1", group: "", revision: 1,
                body: ["html": "<p>Dear reader</p>"])
        ]

    private static func read(_ query: RecordQuery) throws(StoreError) -> RecordSet {
        query.answer(from: rows)
    }

    private static func locked(_ query: RecordQuery) throws(StoreError) -> RecordSet {
        throw .unavailable("locked")
    }

    private static func answer(
        _ kind: String, _ id: String, by reader: Actor = Actor(role: "operator", subject: "olga"),
        after: String? = nil, limit: Int = 200, form: StatementQuery.Form = .data,
        isLocked: Bool = false
    ) throws -> StatementAnswer {
        let query = StatementQuery(
            kind: kind, id: id, after: after, limit: limit, reader: reader, form: form, now: now)
        let maker: any StatementMaker = table.statements
        if isLocked { return try maker.make(query, read: locked) }
        return try maker.make(query, read: read)
    }

    @Test func theKindsAreListed() {
        #expect(
            Self.table.statements.kinds == [
                StatementKind(name: "reader", abstract: "What a reader owes."),
                StatementKind(name: "wrong", abstract: "What must not be."),
            ])
    }

    @Test func pagesJoinAndCountHonestly() throws {
        var place: String?
        var amounts: [Int64] = []
        var pages = 0
        repeat {
            let answer = try Self.answer("reader", "r-1", after: place, limit: 2)
            guard case .data(let members) = answer else {
                Issue.record("\(answer)")
                return
            }
            #expect(members["total"] == 5 && members["list"] == "fees" && members["asOf"] == 5)
            amounts += (members["fees"]?.listValue ?? []).compactMap { $0["amount"]?.intValue }
            place = members["next"]?.stringValue
            pages += 1
        } while place != nil
        #expect(amounts == [1, 2, 3, 4, 5] && pages == 3)
    }

    @Test func whoMayNotSeeItLearnsNothingOfIt() throws {
        let other = Actor(role: "reader", subject: "r-2")
        #expect(try Self.answer("reader", "r-1", by: other) == .unknown)
        #expect(try Self.answer("reader", "r-1", by: other, form: .document) == .unknown)
        #expect(try Self.answer("reader", "r-2", by: other) == .unknown, "there is none")
        let own = Actor(role: "reader", subject: "r-1")
        #expect(try Self.answer("reader", "r-1", by: own) != .unknown)
    }

    @Test func aDocumentIsGivenAsItIs() throws {
        #expect(
            try Self.answer("reader", "r-1", form: .document) == .document("<p>Dear reader</p>"))
        #expect(try Self.answer("wrong", "fine", form: .document) == .unknown, "it has none")
    }

    @Test func whatDoesNotFitIsRefused() throws {
        #expect(
            try Self.answer("reader", "r-1", after: "nowhere")
                == .refused("`after` must be a place in the list"))
        #expect(try Self.answer("readers", "r-1") == .unknown)
    }

    @Test(arguments: [
        ("writing", "statement wrong: it writes records, and a statement only reads"),
        ("swapping", "statement wrong: it writes records, and a statement only reads"),
        ("posing", "statement wrong: it has a member `total`, and that is ours"),
    ])
    func aStatementOnlyReads(_ id: String, _ reason: String) throws {
        #expect(try Self.answer("wrong", id) == .broken(reason))
    }

    /// A dry run does what the real one does, and nothing is left of it.
    @Test func whatIsTriedIsTakenBack() throws {
        var records = Records.holding(untyped: [
            RecordChange(collection: "library.fee", id: "f-1", body: ["amount": 1])
        ])
        records.put("library.fee", id: "f-2", ["amount": 2])
        let tried = try records.trying { (records) throws(Refusal) in
            records.delete("library.fee", id: "f-1")
            records.put("library.fee", id: "f-2", ["amount": 20])
            records.put("library.fee", id: "f-3", ["amount": 30])
            return try records.page(of: "library.fee", limit: 10).map(\.body)
        }
        #expect(tried == [["amount": 20], ["amount": 30]])
        let left = try records.page(of: "library.fee", limit: 10).map(\.body)
        #expect(left == [["amount": 1], ["amount": 2]])
        #expect(records.writes.map(\.id) == ["f-2"])
        #expect(throws: Refusal("no", "not so")) {
            try records.trying { (records) throws(Refusal) in
                records.put("library.fee", id: "f-4", [:])
                throw Refusal("no", "not so")
            }
        }
        #expect(records.writes.map(\.id) == ["f-2"])
    }

    @Test func noTextAddsMarkup() {
        let name = "</p><script>alert('1')</script> & \"co\""
        let rows = ["<b>", "c"].map { "<li>\($0)</li>" as Markup }.joined()
        let page: Markup = "<p title=\"\(name)\">\(7)</p><ul>\(rows)</ul>"
        #expect(
            page.text
                == "<p title=\"&lt;/p&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; "
                + "&quot;co&quot;\">7</p><ul><li>&lt;b&gt;</li><li>c</li></ul>")
    }

    @Test func aReadThatFailsCountsForAllOfIt() {
        #expect(throws: StoreError.unavailable("locked")) {
            try Self.answer("wrong", "careless", isLocked: true)
        }
    }
}
