import Server
import Testing
import Values

/// What strangers can do, which is one thing.
@Suite struct PublicEntryStories {
    private static let application = """
        workflow: application
        version: 1
        start:
          on: application.submitted
          public: {perAddress: {rate: 1/h, burst: 2}, total: {rate: 1/h, burst: 4}}
        input:
          type: object
          required: [name]
          additionalProperties: false
          properties: {name: {type: string}}
        initial: waiting
        states: {waiting: {tags: [quiet]}}
        """

    private func withEntry(
        proxies: Set<ExactText> = [], _ body: @escaping @Sendable (Client) async throws -> Void
    ) async throws {
        try await withServer(
            workflow: Self.application, door: .publicEntry(proxies: proxies), body)
    }

    private static let ada = #"{"name": "Ada"}"#
    private static func from(_ address: String) -> [String: String] {
        ["X-Forwarded-For": "203.0.113.99, \(address)"]
    }

    @Test func aStrangerStartsAnInstanceUnderAReferenceThatTheServerMakes() async throws {
        try await withEntry { client in
            let first = try await client.post("/public/application", Self.ada)
            #expect(first.status == 201)
            #expect(first["reference"]?.stringValue?.count == 32)
            #expect(first.body.mapValue?.count == 1)
            let second = try await client.post("/public/application", Self.ada)
            #expect(second["reference"] != first["reference"])
        }
    }

    @Test func theSameFormSentTwiceIsOneApplication() async throws {
        try await withEntry { client in
            let key = ["Idempotency-Key": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"]
            let first = try await client.post("/public/application", Self.ada, key)
            let again = try await client.post("/public/application", Self.ada, key)
            #expect(first.status == 201)
            #expect(again.status == 200)
            #expect(again["reference"] == first["reference"])
        }
        try await withEntry { client in
            let short = try await client.post(
                "/public/application", Self.ada, ["Idempotency-Key": "1"])
            #expect(short.status == 400)
        }
    }

    @Test func whoFloodsIsTurnedAwayUnreadAndTheOthersAreNot() async throws {
        try await withEntry { client in
            let flooder = Self.from("192.0.2.1")
            for _ in 0..<2 {
                #expect(
                    try await client.post("/public/application", Self.ada, flooder).status == 201)
            }
            // Not even the body's form is looked at.
            let third = try await client.post("/public/application", "no JSON", flooder)
            #expect(third.status == 429)
            #expect(third["code"] == "too-many-requests")
            #expect(third.header("Retry-After").flatMap { Int($0) } ?? 0 > 3000)
            #expect(third.header("RateLimit-Policy") == "\"address\";q=2;w=7200")
            #expect(third.header("RateLimit")?.hasPrefix("\"address\";r=0;t=7") == true)
            let other = try await client.post(
                "/public/application", Self.ada, Self.from("198.51.100.2"))
            #expect(other.status == 201)
            let last = try await client.post(
                "/public/application", Self.ada, Self.from("203.0.113.3"))
            #expect(last.status == 201)
            let tooMany = try await client.post(
                "/public/application", Self.ada, Self.from("198.18.0.4"))
            #expect(tooMany.status == 429)
            #expect(tooMany["detail"] == "too many requests come at the moment")
        }
    }

    @Test func whatIsLeftOfALimitIsSaidWithEachAnswer() async throws {
        try await withEntry { client in
            let first = try await client.post("/public/application", Self.ada)
            #expect(first.header("RateLimit")?.hasPrefix("\"address\";r=1;t=3") == true)
            let wrong = try await client.post("/public/application", #"{"nme": "Ada"}"#)
            #expect(wrong.status == 422)
            #expect(wrong.header("RateLimit")?.hasPrefix("\"address\";r=0;t=7") == true)
        }
    }

    /// Of what is refused nothing is read, and nothing is taken from anybody's limit.
    @Test func aBodyOfNoLengthTooLongOrOfAnotherKindIsNotRead() async throws {
        try await withServer(
            workflow: Self.application, door: .publicEntry(proxies: [])
        ) { client in
            func ask(_ headers: [String]) async throws -> Int {
                let lines = ["POST /public/application HTTP/1.1", "Host: localhost"] + headers
                return try await RawConnection.ask(
                    lines.joined(separator: "\r\n") + "\r\n\r\n", port: client.port
                ).status
            }
            let json = "Content-Type: application/json"
            let cases = [
                ([json, "Transfer-Encoding: chunked"], 411),
                ([json, "Content-Length: 65537"], 413),
                (["Content-Type: text/plain", "Content-Length: 20"], 415),
                (["Content-Length: 20"], 415),
            ]
            for (headers, wanted) in cases + cases {
                let status = try await ask(headers)
                #expect(status == wanted, "\(headers)")
            }
            let answer = try await client.post("/public/application", Self.ada)
            #expect(answer.status == 201)
        }
    }

    @Test func whatDoesNotFitIsRefusedWithItsPlace() async throws {
        try await withEntry { client in
            let answer = try await client.post("/public/application", #"{"nme": "Ada"}"#)
            #expect(answer.status == 422)
            #expect(answer["errors"]?.listValue?.isEmpty == false)
        }
    }

    @Test(arguments: [
        "/v1/instances", "/v1/workflows", "/v1/tasks", "/livez", "/version", "/public/application",
        "/",
    ])
    func nothingElseIsThere(path: String) async throws {
        try await withEntry { client in
            let answer = try await client.get(path)
            #expect([404, 405].contains(answer.status))
            #expect(answer["fix"]?.stringValue?.contains("/v1") != true)
        }
    }

    @Test func aWorkflowThatIsNotPublicCannotBeStarted() async throws {
        try await withServer(door: .publicEntry(proxies: [])) { client in
            let answer = try await client.post("/public/door", #"{"colour": "red"}"#)
            #expect(answer.status == 404)
        }
        try await withServer(workflow: Self.application) { client in
            let answer = try await client.post("/public/application", Self.ada)
            #expect(answer.status == 404)
        }
    }

    @Test func aStrangerIsAStrangerWhateverTheySay() async throws {
        try await withEntry { client in
            var headers = Self.from("192.0.2.1")
            headers["Pawl-Actor"] = "operator/olga"
            headers["Host"] = "jobs.example"
            let answer = try await client.post("/public/application", Self.ada, headers)
            #expect(answer.status == 201)
            headers["Pawl-Actor"] = "system/olga"
            let system = try await client.post("/public/application", Self.ada, headers)
            #expect(system.status == 403)
        }
    }

    /// What runs behind it is nobody's business.
    @Test func whoIsRefusedLearnsTheCodeAndAPlainSentence() async throws {
        try await withEntry { client in
            let key = ["Idempotency-Key": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"]
            _ = try await client.post("/public/application", Self.ada, key)
            let other = try await client.post(
                "/public/application", #"{"name": "Bo"}"#, key)
            #expect(other.status == 409 && other["code"] == "key-conflict")
            let wrong = try await client.post(
                "/public/application", #"{"nme": "Ada"}"#, Self.from("192.0.2.6"))
            #expect(wrong.status == 422 && wrong["code"] == "invalid")
            let missing = try await client.post(
                "/public/secret", Self.ada, Self.from("192.0.2.7"))
            #expect(missing.status == 404)
            let system = try await client.post(
                "/public/application", Self.ada,
                Self.from("198.51.100.9").merging(["Pawl-Actor": "system/x"]) { $1 })
            #expect(system.status == 403)
            for answer in [other, wrong, missing, system] {
                let text = String(decoding: JSON.encode(answer.body), as: UTF8.self)
                for word in [
                    "application", "workflow", "waiting", "instance", "declare", "operator",
                    "engine",
                ] {
                    #expect(!text.contains(word), "\(text)")
                }
            }
        }
    }
}
