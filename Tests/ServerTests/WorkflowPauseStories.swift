import Testing
import Values

/// Holding a workflow, over HTTP.
@Suite struct WorkflowPauseStories {
    @Test func aWorkflowIsHeldAndLetGoOnAndEveryAnswerSaysSo() async throws {
        try await withDoor { client in
            let path = "/v1/workflows/door"
            #expect(try await client.post(path + "/pause", "{}").status == 422)
            let held = try await client.post(
                path + "/pause", #"{"reason": "audit"}"#, ["Pawl-Actor": "admin/ana"])
            #expect(held.status == 200)
            #expect(held["pause"]?["by"] == "admin/ana")
            #expect(held["log"]?[0]?["paused"] == true)
            let listed = try await client.get("/v1/workflows")["workflows"]?.listValue ?? []
            #expect(listed.first { $0["name"] == "door" }?["pause"] == held["pause"])
            #expect(try await client.post(path + "/pause", #"{"reason": "x"}"#).status == 409)
            let late = try await client.put(
                path + "/instances/d-2", #"{"colour": "red"}"#)
            #expect(late.status == 201)
            for key in ["d-1", "d-2"] {
                let why = try await client.get(path + "/instances/\(key)/why")
                let blocker = why["blockers"]?[0]
                #expect(blocker?["kind"] == "workflow.paused")
                #expect(blocker?["needsPerson"] == false)
                #expect(blocker?["actions"]?[0]?["workflow"] == "door")
                #expect(blocker?["actions"]?[0]?["arguments"] == ["reason": "<why>"])
                #expect(
                    blocker?["actions"]?[0]?["command"] == "pawl workflow resume door --reason why")
            }
            #expect(try await client.get(path)["held"] == 1)
            let free = try await client.post(path + "/resume", #"{"reason": "seen"}"#)
            #expect(free["pause"] == nil)
            #expect(free["log"]?.listValue?.map { $0["paused"] } == [false, true])
            #expect(
                try await client.post("/v1/workflows/dor/pause", #"{"reason": "r"}"#).status == 404)
        }
    }
}
