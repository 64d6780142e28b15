import Execution
import Guest
import MemoryStore
import Testing
import Values

/// What the business lets people read, over HTTP.
@Suite struct StatementStories {
    /// What a reader has paid, in the order of the books.
    private struct Fees: Statement {
        let kind = "reader"
        let abstract = "What a reader has paid."

        func mayBeRead(_ id: String, by reader: Reader, _ records: inout Records) -> Bool {
            reader == Reader(role: "reader", subject: id) || reader.runsTheEngine
        }

        func make(
            _ request: StatementRequest, _ records: inout Records
        ) throws(Refusal) -> StatementPage? {
            let all = try records.page(of: "library.fee", group: request.id, limit: 10_000)
                .filter { entry in
                    let number = entry.body["number"]?.intValue ?? 0
                    return request.asOf.map { number <= $0 } ?? true
                }
            guard let last = all.last else { return nil }
            let rows = all.filter { $0.id > request.after ?? "" }
            let page = rows.prefix(request.limit)
            let sum = all.reduce(0) { $0 + ($1.body["amount"]?.intValue ?? 0) }
            return StatementPage(
                asOf: last.body["number"]?.intValue,
                ["balance": .int(sum), "fees": .list(page.map(\.body))], list: "fees",
                total: Int64(all.count), next: rows.count > page.count ? page.last?.id : nil)
        }

        func document(
            _ request: StatementRequest, _ records: inout Records
        ) -> Markup? {
            request.id == "r-1" ? "<p>Dear \("<script>")</p>" : nil
        }
    }

    private static func add(_ number: Int, to store: any Store) throws {
        var commit = Commit()
        commit.records = [
            RecordWrite(
                collection: "library.fee", id: "f-\(number)", group: "r-1", expectedRevision: 0,
                body: ["number": .int(Int64(number)), "amount": 250])
        ]
        try store.commit([commit])
    }

    private func withLibrary(
        _ body: @escaping @Sendable (Client, any Store) async throws -> Void
    ) async throws {
        let store = MemoryStore()
        for number in 1...5 { try Self.add(number, to: store) }
        try await withServer(
            local: OperationTable([:], statements: [Fees()]), over: store
        ) { client in try await body(client, store) }
    }

    private static func reader(_ id: String) -> [String: String] {
        ["Pawl-Actor": "reader/\(id)"]
    }

    private let path = "/v1/statements/reader/r-1"

    @Test func everybodySeesTheirOwnAndOthersLearnNothing() async throws {
        try await withLibrary { client, _ in
            let own = try await client.get(path, Self.reader("r-1"))
            #expect(own.status == 200)
            #expect(own["kind"] == "reader" && own["subject"] == "r-1" && own["asOf"] == 5)
            #expect(own["balance"] == 1250 && own["total"] == 5 && own["next"] == .null)
            #expect(try await client.get(path).status == 200, "whoever runs the engine")
            let other = try await client.get(path, Self.reader("r-2"))
            let none = try await client.get("/v1/statements/reader/r-9", Self.reader("r-2"))
            #expect(other.status == 404 && none.status == 404)
            #expect(other["detail"] == "there is no statement reader/r-1 for reader/r-2")
            #expect(none["detail"] == "there is no statement reader/r-9 for reader/r-2")
            let document = try await client.get(path + "/document", Self.reader("r-2"))
            #expect(document.status == 404)
            let kind = try await client.get("/v1/statements/raeder/r-1")
            #expect(kind.status == 404 && kind["fix"] == "did you mean reader?")
            let kinds = try await client.get("/v1/statements")
            #expect(kinds["statements"]?[0]?["abstract"] == "What a reader has paid.")
        }
    }

    @Test func whatWasNamedIsTheSameToTheByteWhateverComes() async throws {
        try await withLibrary { client, store in
            let (before, head) = try await client.bytes(path + "?asOf=5")
            let tag = try #require(head.header("ETag"))
            try Self.add(6, to: store)
            let (after, again) = try await client.bytes(path + "?asOf=5")
            #expect(before == after && again.header("ETag") == tag)
            let known = try await client.bytes(path + "?asOf=5", ["If-None-Match": tag])
            #expect(known.0.isEmpty && known.1.status == 304 && known.1.header("ETag") == tag)
            let now = try await client.get(path, ["If-None-Match": tag])
            #expect(now.status == 200 && now["balance"] == 1500 && now["asOf"] == 6)
            #expect(now.header("ETag") != tag)
        }
    }

    @Test func pagesJoinAndCountHonestly() async throws {
        try await withLibrary { client, _ in
            var numbers: [Int64] = []
            var place: String?
            repeat {
                let after = place.map { "&after=\($0)" } ?? ""
                let page = try await client.get(path + "?count=2" + after)
                #expect(page["total"] == 5)
                numbers += (page["fees"]?.listValue ?? []).compactMap { $0["number"]?.intValue }
                place = page["next"]?.stringValue
            } while place != nil
            #expect(numbers == [1, 2, 3, 4, 5])
        }
    }

    @Test func aDocumentIsHTMLThatNoBrowserObeys() async throws {
        try await withLibrary { client, _ in
            let (bytes, answer) = try await client.bytes(path + "/document", Self.reader("r-1"))
            #expect(String(decoding: bytes, as: UTF8.self) == "<p>Dear &lt;script&gt;</p>")
            #expect(answer.header("Content-Type") == "text/html; charset=utf-8")
            #expect(answer.header("X-Content-Type-Options") == "nosniff")
            let policy = answer.header("Content-Security-Policy") ?? ""
            #expect(policy.hasPrefix("sandbox; default-src 'none'"))
            let tag = try #require(answer.header("ETag"))
            let known = try await client.bytes(path + "/document", ["If-None-Match": tag])
            #expect(known.1.status == 304)
        }
    }

    @Test func whatDoesNotFitIsRefused() async throws {
        try await withLibrary { client, _ in
            for (query, said) in [
                ("from=yesterday", "`from`"), ("asOf=-1", "`asOf`"), ("count=0", "`count`"),
                ("from=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z", "`until`"),
            ] {
                let answer = try await client.get(path + "?" + query)
                #expect(answer.status == 422, "\(query)")
                #expect(answer["detail"]?.stringValue?.contains(said) == true, "\(answer.body)")
            }
        }
    }

    /// What the next occurrence of a schedule covers.
    private struct Spans: Statement {
        let kind = "span"
        let abstract = "What the next run covers."

        func mayBeRead(_ id: String, by reader: Reader, _ records: inout Records) -> Bool { true }

        func make(_ request: StatementRequest, _ records: inout Records) -> StatementPage? {
            guard let span = request.spans[ExactText(request.id)] else { return nil }
            return StatementPage([
                "begins": span.from.map { .timestamp($0) } ?? .null,
                "ends": span.until.map { .timestamp($0) } ?? .null,
                "key": span.key.map(Value.string) ?? .null,
                "params": request.params[ExactText(request.id)] ?? .null,
            ])
        }
    }

    @Test func aStatementKnowsWhatTheNextRunCovers() async throws {
        let weekly = """
            workflow: weekly
            version: 1
            start: {schedule: {cron: '0 0 * * 1'}}
            params: {limit: {type: integer, default: 3}}
            initial: done
            states: {done: {type: final}}
            """
        try await withServer(
            workflow: weekly, local: OperationTable([:], statements: [Spans()])
        ) { client in
            let span = try await client.get("/v1/statements/span/weekly")
            let begins = span["begins"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
            let ends = span["ends"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
            let from = try #require(begins)
            #expect(ends == from + .seconds(7 * 86_400))
            #expect(span["key"]?.stringValue?.hasSuffix("T00:00") == true)
            #expect(span["params"] == ["limit": 3])
            let other = try await client.get("/v1/statements/span/daily")
            #expect(other.status == 404)
        }
    }

    @Test func aBusinessWithoutStatementsSaysSo() async throws {
        try await withServer { client in
            let kinds = try await client.get("/v1/statements")
            #expect(kinds["statements"] == [])
            let none = try await client.get(path)
            #expect(none.status == 404)
        }
    }
}
