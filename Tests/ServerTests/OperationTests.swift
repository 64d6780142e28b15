import Testing
import Values

/// One action on many instances, over HTTP.
@Suite struct OperationStories {
    private func withDoors(_ body: @escaping @Sendable (Client) async throws -> Void) async throws {
        try await withServer { client in
            for number in 1...3 {
                _ = try await client.put(
                    "/v1/workflows/door/instances/d-\(number)", #"{"colour": "red"}"#)
            }
            try await body(client)
        }
    }

    private func operation(
        _ client: Client, _ id: Int64, until isSo: (Value) -> Bool
    ) async throws -> Value {
        // Each look is a request, and the operation goes on between them.
        for _ in 0..<10_000 {
            let answer = try await client.get("/v1/operations/\(id)")
            if isSo(answer.body) { return answer.body }
        }
        Issue.record("operation \(id) did not come so far")
        return .null
    }

    @Test func aDryRunSaysWhomItWouldConcernAndKeepsNothing() async throws {
        try await withDoors { client in
            let dry = try await client.post(
                "/v1/operations",
                #"{"action": "pause", "filter": "workflow:door colour=red", "dryRun": true}"#)
            #expect(dry.status == 200)
            #expect(dry["matched"] == 3)
            let first = dry["previews"]?.listValue?.first
            #expect(first?["name"] == "door/d-3")
            #expect(first?["effect"]?["status"] == "running")
            #expect(try await client.get("/v1/operations")["operations"] == [])
            let moved = try await client.post(
                "/v1/operations",
                """
                {"action": "move", "arguments": {"state": "nowhere"}, "filter": "workflow:door",
                 "dryRun": true}
                """)
            let refusal = moved["previews"]?.listValue?.first?["refusal"]?.stringValue
            #expect(refusal?.contains("no state nowhere") == true)
        }
    }

    @Test func aDryRunOfAMigrationNamesAllThatCouldNotCome() async throws {
        let newer = door.replacing("version: 1", with: "version: 2")
            .replacing("closed", with: "shut")
        try await withServer(kept: newer) { client in
            for number in 1...5 {
                _ = try await client.put(
                    "/v1/workflows/door/instances/d-\(number)", #"{"colour": "red"}"#)
            }
            let dry = try await client.post(
                "/v1/operations",
                """
                {"action": "migrate", "arguments": {"to": 2}, "filter": "workflow:door",
                 "dryRun": true}
                """)
            #expect(dry["matched"] == 5)
            #expect(dry["refused"] == 5)
            #expect(dry["stranded"]?.listValue?.count == 5)
            let reasons = dry["stranded"]?.listValue?.first?["reasons"]
            #expect(reasons == ["states/closed: version 2 has no place for this state"])
            let one = try await client.post(
                "/v1/instances/door%2Fd-1/actions/migrate", #"{"to": 2, "dryRun": true}"#)
            #expect(one.status == 409)
            #expect(one["code"] == "cannot-migrate")
            let missing = try await client.post(
                "/v1/operations",
                """
                {"action": "migrate", "arguments": {"to": 7}, "filter": "workflow:door",
                 "dryRun": true}
                """)
            #expect(missing.status == 404)
        }
    }

    @Test func theCanaryIsHeldTheRestFollowsAndEachIsNamed() async throws {
        try await withDoors { client in
            let begun = try await client.post(
                "/v1/operations",
                """
                {"action": "pause", "filter": "workflow:door", "reason": "the locks are changed",
                 "canary": 1, "rate": 100}
                """, ["Pawl-Actor": "operator/olga"])
            #expect(begun.status == 201)
            #expect(begun.header("Location") == "/v1/operations/1")
            #expect(begun["by"] == "operator/olga")
            let held = try await operation(client, 1) { $0["status"] == "held" }
            #expect(held["counts"]?["accepted"] == 1)
            #expect(held["counts"]?["pending"] == 2)
            let paused = try await client.get("/v1/instances?filter=health:blocked")
            #expect(paused["total"] == 1)
            #expect(try await client.post("/v1/operations/1/continue", "").status == 200)
            let done = try await operation(client, 1) { $0["status"] == "done" }
            #expect(done["counts"]?["verified"] == 3)
            let items = try await client.get("/v1/operations/1/items?status=verified&count=2")
            let names = items["items"]?.listValue?.map { $0["name"] ?? .null }
            #expect(names == ["door/d-3", "door/d-2"])
            #expect(items["hasMore"] == true)
            let rest = try await client.get("/v1/operations/1/items?after=2")
            #expect(rest["items"]?.listValue?.count == 1)
            let again = try await client.post("/v1/operations/1/hold", "")
            #expect(again.status == 409)
            #expect(try await client.get("/v1/operations/9").status == 404)
            #expect(try await client.get("/v1/operations/x").status == 404)
        }
    }

    @Test(arguments: [
        (#"{"action": "pause", "filter": "workflow:door"}"#, "", "the member `reason` is missing"),
        (
            #"{"action": "paus", "filter": "a:b", "reason": "r"}"#, "/action",
            "did you mean `pause`?"
        ),
        (#"{"action": "pause", "reason": "r"}"#, "", "`filter` or `cause`"),
        (
            #"{"action": "move", "filter": "a:b", "reason": "r"}"#, "/arguments",
            "`state` is missing"
        ),
        (
            #"{"action": "pause", "filter": "a:b", "reason": "r", "rate": 0}"#, "/rate",
            "instances a second"
        ),
        (
            #"{"action": "retry", "arguments": {"incident": 1}, "filter": "a:b", "reason": "r"}"#,
            "/arguments/incident", "one instance's own"
        ),
    ])
    func whatIsWrongIsSaid(_ body: String, _ pointer: String, _ words: String) async throws {
        try await withDoors { client in
            let answer = try await client.post("/v1/operations", body)
            #expect(answer.status == 422)
            let found = answer["errors"]?.listValue?.contains { error in
                error["pointer"]?.stringValue == pointer
                    && error["detail"]?.stringValue?.contains(words) == true
            }
            #expect(found == true, "\(answer.body)")
        }
    }

    @Test func nobodyMeansEverythingByNothing() async throws {
        try await withDoors { client in
            let none = try await client.post(
                "/v1/operations", #"{"action": "pause", "filter": "key:x", "reason": "r"}"#)
            #expect(none.status == 404)
            let every = try await client.post(
                "/v1/operations", #"{"action": "pause", "filter": " ", "reason": "r"}"#)
            #expect(every.status == 422)
        }
    }
}
