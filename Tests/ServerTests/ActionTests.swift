import Testing
import Values

/// What people do to instances and schedules, over HTTP.
@Suite struct ActionStories {
    private static let base = "/v1/workflows/door/instances/d-1/actions"

    @Test func aDryRunSaysWhatTheActionWouldDoAndDoesNothing() async throws {
        try await withDoor { client in
            let dry = try await client.post(
                Self.base + "/terminate", #"{"reason": "broken", "dryRun": true}"#)
            #expect(dry.status == 200)
            #expect(dry["effect"]?["status"] == "terminated")
            let kinds = dry["effect"]?["history"]?.listValue?.map { $0["kind"] ?? .null }
            #expect(kinds == ["terminated", "ended"])
            #expect(try await client.get("/v1/instances/1")["status"] == "running")
            let done = try await client.post(Self.base + "/terminate", #"{"reason": "broken"}"#)
            #expect(done["instance"]?["status"] == "terminated")
            let list = try await client.get("/v1/instances?filter=status:terminated")
            #expect(list["total"] == 1)
        }
    }

    @Test(arguments: ["terminate", "complete", "fail", "assign", "move", "fire-timer", "pause"])
    func everyActionNeedsAReason(_ action: String) async throws {
        try await withDoor { client in
            let answer = try await client.post(Self.base + "/" + action, "{}")
            #expect(answer.status == 422)
            let details = answer["errors"]?.listValue?.compactMap { $0["detail"]?.stringValue }
            #expect(details?.contains("the member `reason` is missing") == true)
        }
    }

    @Test func aDryRunThatWouldBeRefusedIsRefused() async throws {
        try await withDoor { client in
            let answer = try await client.post(
                Self.base + "/complete", #"{"incident": 1, "reason": "r", "dryRun": true}"#)
            #expect(answer.status == 409)
            #expect(answer["code"] == "not-applicable")
        }
    }

    @Test func aWorkflowWithoutAScheduleSaysSo() async throws {
        try await withDoor { client in
            #expect(try await client.get("/v1/schedules")["schedules"] == [])
            let answer = try await client.get("/v1/schedules/door")
            #expect(answer.status == 404)
            #expect(answer["code"] == "not-found")
            let pause = try await client.post("/v1/schedules/door/pause", #"{"reason": "r"}"#)
            #expect(pause.status == 404)
        }
    }
}
