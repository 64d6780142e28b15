import Testing
import Values

@Suite struct InstanceStories {
    @Test func withoutAKeyTheWorkflowMakesItOfTheInput() async throws {
        try await withServer { client in
            let path = "/v1/workflows/door/instances"
            let input = #"{"input": {"id": "d-5", "colour": "red"}}"#
            let first = try await client.post(path, input)
            #expect(first.status == 201)
            #expect(first["name"] == "door/d-5")
            #expect(try await client.post(path, input).status == 200)
            let other = try await client.post(
                path, #"{"key": "x", "input": {"id": "d-5", "colour": "red"}}"#)
            #expect(other.status == 422)
            // Nothing to make it of.
            #expect(try await client.post(path, #"{"input": {"colour": "red"}}"#).status == 201)
        }
    }

    @Test func anIntegerThatWouldBecomeAnotherNumberIsRefused() async throws {
        try await withServer { client in
            let answer = try await client.put(
                "/v1/workflows/door/instances/d-1",
                #"{"colour": "red", "width": 12345678901234567890}"#)
            #expect(answer.status == 400)
            #expect(answer["detail"]?.stringValue?.contains("send it as a text") == true)
        }
    }

    @Test func aKeyNamesOneInstanceHoweverOftenItIsStarted() async throws {
        try await withServer { client in
            let path = "/v1/workflows/door/instances/d-1"
            let first = try await client.put(path, #"{"colour": "red"}"#)
            #expect(first.status == 201)
            #expect(first.header("Location") == path)
            #expect(first["name"] == "door/d-1")
            #expect(first["states"] == ["closed"])
            #expect(first["input"]?["width"] == 80)
            let again = try await client.put(path, #"{"colour": "red"}"#)
            #expect(again.status == 200)
            #expect(again["id"] == first["id"])
            let other = try await client.put(path, #"{"colour": "green"}"#)
            #expect(other.status == 409)
            #expect(other["code"] == "key-conflict")
        }
    }

    @Test func anInstanceIsFoundByNameAndByNumber() async throws {
        try await withServer { client in
            _ = try await client.put("/v1/workflows/door/instances/a%2Fb", #"{"colour": "red"}"#)
            for path in [
                "/v1/workflows/door/instances/a%2Fb", "/v1/instances/door%2Fa%2Fb",
                "/v1/instances/1",
            ] {
                let answer = try await client.get(path)
                #expect(answer.status == 200)
                #expect(answer["name"] == "door/a/b")
                #expect(answer.header("ETag") == "\"1\"")
            }
            let missing = try await client.get("/v1/instances/door%2Fnone")
            #expect(missing.status == 404)
            #expect(missing["code"] == "unknown-instance")
            #expect(try await client.get("/v1/instances/nonsense").status == 404)
            #expect(try await client.get("/v1/instances/99").status == 404)
        }
    }

    @Test func inputThatDoesNotFitIsRefusedWithPointers() async throws {
        try await withServer { client in
            let answer = try await client.put(
                "/v1/workflows/door/instances/d-1", #"{"colour": "blue", "width": "x"}"#)
            #expect(answer.status == 422)
            let pointers = (answer["errors"]?.listValue ?? []).compactMap { $0["pointer"] }
            #expect(pointers == ["/colour", "/width"])
            let posted = try await client.post(
                "/v1/workflows/door/instances", #"{"key": "d-1", "input": {"colour": "blue"}}"#)
            #expect(posted["errors"]?[0]?["pointer"] == "/input/colour")
            let params = try await client.post(
                "/v1/workflows/door/instances",
                #"{"key": "d-1", "input": {"colour": "red"}, "params": {"limit": "x"}}"#)
            #expect(params["errors"]?[0]?["pointer"] == "/params/limit")
            #expect(try await client.get("/v1/instances")["total"] == 0)
        }
    }

    @Test func withoutAKeyTheServerMakesOne() async throws {
        try await withServer { client in
            let answer = try await client.post(
                "/v1/workflows/door/instances",
                #"{"input": {"colour": "red"}, "params": {"limit": 9}}"#)
            #expect(answer.status == 201)
            #expect(answer["key"]?.stringValue?.count == 36)
            #expect(answer["params"]?["limit"] == 9)
        }
    }

    @Test func aListIsPagedHonestly() async throws {
        try await withServer { client in
            for number in 1...5 {
                let colour = number == 3 ? "green" : "red"
                _ = try await client.put(
                    "/v1/workflows/door/instances/d-\(number)", "{\"colour\": \"\(colour)\"}")
            }
            let first = try await client.get("/v1/instances?count=2")
            #expect(first["total"] == 5)
            #expect(first["instances"]?.listValue?.compactMap { $0["key"] } == ["d-5", "d-4"])
            #expect(first["instances"]?[0]?["input"] == nil)
            let cursor = try #require(first["cursor"]?.stringValue)
            let second = try await client.get("/v1/instances?count=2&cursor=\(cursor)")
            #expect(second["instances"]?.listValue?.compactMap { $0["key"] } == ["d-3", "d-2"])
            let green = try await client.get("/v1/instances?filter=workflow:door+colour%3Dgreen")
            #expect(green["total"] == 1)
            #expect(green["cursor"] == nil)
            #expect(try await client.get("/v1/instances?cursor=x").status == 422)
            #expect(try await client.get("/v1/instances?count=0").status == 422)
            #expect(try await client.get("/v1/instances?filter=helth:stuck").status == 422)
        }
    }

    @Test func historyIsReadFromAnywhere() async throws {
        try await withServer { client in
            _ = try await client.put("/v1/workflows/door/instances/d-1", #"{"colour": "red"}"#)
            _ = try await client.post(
                "/v1/instances/1/events", #"{"event": "door.open", "data": {"by": "ana"}}"#)
            let all = try await client.get("/v1/instances/1/history")
            let entries = all["entries"]?.listValue ?? []
            #expect(
                entries.compactMap { $0["sequence"]?.intValue } == Array(1...Int64(entries.count)))
            #expect(all["hasMore"] == false)
            let second = try await client.get("/v1/instances/1/history?after=1&count=1")
            #expect(second["entries"]?.listValue == [entries[1]])
            #expect(second["hasMore"] == true)
        }
    }

    @Test func whyAndActionsSayWhatWouldMoveIt() async throws {
        try await withServer { client in
            _ = try await client.put("/v1/workflows/door/instances/d-1", #"{"colour": "red"}"#)
            let why = try await client.get("/v1/instances/1/why")
            #expect(why["health"] == "waiting")
            #expect(why["blockers"]?[0]?["kind"] == "waiting.event")
            let actions = try await client.get("/v1/instances/1/actions")
            let names = actions["actions"]?.listValue?.compactMap { $0["name"] } ?? []
            #expect(names.contains("send"))
            #expect(names.last == "cancel")
        }
    }

    @Test func aWaitEndsWhenTheStateIsReached() async throws {
        try await withServer { client in
            _ = try await client.put("/v1/workflows/door/instances/d-1", #"{"colour": "red"}"#)
            async let waiting = client.get("/v1/instances/1?wait=30s&until=state:opened")
            _ = try await client.post(
                "/v1/instances/1/events", #"{"event": "door.open", "data": {"by": "ana"}}"#)
            let answer = try await waiting
            #expect(answer["states"] == ["opened"])
            #expect(answer["wait"]?["met"] == true)
        }
    }

    @Test func aWaitThatIsOverOrHopelessSaysSo() async throws {
        try await withServer { client in
            let path = "/v1/workflows/door/instances/d-1"
            let over = try await client.put(path + "?wait=0s", #"{"colour": "red"}"#)
            #expect(over.status == 201)
            #expect(over["wait"]?["met"] == false)
            _ = try await client.post(path + "/events", #"{"event": "door.break"}"#)
            let hopeless = try await client.get(path + "?until=state:opened")
            #expect(hopeless["status"] == "completed")
            #expect(hopeless["wait"] == ["until": "state:opened", "met": false])
            let unknown = try await client.get(path + "?until=state:opend")
            #expect(unknown.status == 422)
            #expect(unknown["code"] == "unknown-state")
            #expect(unknown["fix"] == "did you mean opened?")
            #expect(try await client.get(path + "?wait=2m").status == 422)
            #expect(try await client.get(path + "?until=never").status == 422)
        }
    }
}
