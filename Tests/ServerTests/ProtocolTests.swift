import Foundation
import Testing
import Values

@testable import Server

@Suite struct ProtocolStories {
    private let start = "/v1/workflows/door/instances/d-1"

    @Test func everyProblemHasTheSameShape() async throws {
        try await withServer { client in
            let answer = try await client.get("/v1/workflows/dor", ["X-Request-Id": "r-17"])
            #expect(answer.status == 404)
            #expect(answer.header("Content-Type") == "application/problem+json")
            #expect(answer.header("X-Request-Id") == "r-17")
            #expect(
                answer.body == [
                    "type": "urn:pawl:problem:unknown-workflow", "title": "Unknown workflow",
                    "status": 404, "code": "unknown-workflow", "detail": "there is no workflow dor",
                    "fix": "did you mean door?", "requestId": "r-17",
                ])
            let own = try await client.get("/livez")
            #expect(own.header("X-Request-Id")?.count == 36)
        }
    }

    @Test func brokenJSONIsRefusedWithItsPlace() async throws {
        try await withServer { client in
            for (body, place) in [
                ("{\"colour\":\n  nope}", "line 2, column 3"),
                (#"{"a": 1, "a": 2}"#, "line 1"),
                (String(repeating: "[", count: 70), "line 1, column 65"),
                ("", "line 1, column 1"),
            ] {
                let answer = try await client.put(start, body)
                #expect(answer.status == 400)
                #expect(answer["code"] == "malformed")
                #expect(answer["detail"]?.stringValue?.contains(place) == true, "\(answer.body)")
            }
        }
    }

    @Test func otherMediaTypesAreRefused() async throws {
        try await withServer { client in
            let body = #"{"colour": "red"}"#
            for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
                let answer = try await client.put(start, body, ["Content-Type": type])
                #expect(answer.status == 415)
            }
            for type in ["application/json; charset=utf-8", "application/cloudevents+json"] {
                let answer = try await client.put(start, body, ["Content-Type": type])
                #expect(answer.status < 300)
            }
        }
    }

    @Test func tooLargeABodyIsRefused() async throws {
        try await withServer(bodyLimit: 1000) { client in
            let answer = try await client.put(
                start, "{\"colour\": \"\(String(repeating: "x", count: 1000))\"}")
            #expect(answer.status == 413)
            #expect(answer["code"] == "too-large")
        }
    }

    @Test func aStoreThatTakesNoWritesIsSaidSoAndNothingIsLost() async throws {
        try await withServer(faults: .script([.unavailable])) { client in
            let refused = try await client.put(start, #"{"colour": "red"}"#)
            #expect(refused.status == 503)
            #expect(refused.header("Retry-After") == "1")
            #expect(try await client.get("/v1/instances")["total"] == 0)
            #expect(try await client.put(start, #"{"colour": "red"}"#).status == 201)
        }
    }

    @Test func unknownMembersAndParametersAreRefusedWithTheNearestName() async throws {
        try await withServer { client in
            let body = try await client.post(
                "/v1/events", #"{"event": "door.open", "idd": "x", "kye": "d-1"}"#)
            #expect(body.status == 422)
            let details = (body["errors"]?.listValue ?? []).compactMap { $0["detail"]?.stringValue }
            #expect(
                details == [
                    "unknown member; did you mean `id`?", "unknown member; did you mean `key`?",
                ])
            let query = try await client.get("/v1/instances?fliter=health:stuck")
            #expect(query.status == 422)
            #expect(query["fix"] == "did you mean filter?")
            #expect(try await client.post("/v1/events", "[]").status == 422)
        }
    }

    @Test func otherMethodsAreToldWhichThereAre() async throws {
        try await withServer { client in
            let answer = try await client.ask("DELETE", start, nil)
            #expect(answer.status == 405)
            #expect(answer.header("Allow") == "PUT, GET, HEAD")
            let head = try await client.ask("HEAD", "/livez", nil)
            #expect(head.status == 200)
        }
    }

    @Test func unknownPathsHint() async throws {
        try await withServer { client in
            let answer = try await client.get("/v1/workflow")
            #expect(answer.status == 404)
            #expect(answer["fix"] == "did you mean /v1/workflows?")
            let split = try await client.get("/v1/instances/order/1009/why/x")
            #expect(split["fix"]?.stringValue?.contains("order%2F1009") == true)
            #expect(try await client.get("/v1/instances/%ff").status == 400)
        }
    }

    @Test func foreignHostNamesAreNotAnswered() async throws {
        try await withServer { client in
            let answer = try await client.get("/livez", ["Host": "evil.example"])
            #expect(answer.status == 421)
            #expect(answer["code"] == "misdirected")
        }
    }

    @Test func theSystemAndTheCatalogDescribeThemselves() async throws {
        try await withServer { client in
            #expect(try await client.get("/readyz")["status"] == "ok")
            #expect(try await client.get("/version")["name"] == "pawl")
            #expect(try await client.get("/v1/adapters").body == ["adapters": []])
            let list = try await client.get("/v1/workflows")
            #expect(list["workflows"]?[0]?["startedBy"] == "door.built")
            #expect(list["workflows"]?[0]?["removed"] == false)
            let versions: Value = [
                ["version": 1, "starts": true, "running": 0, "runningIsLeast": false]
            ]
            #expect(list["workflows"]?[0]?["versions"] == versions)
            let one = try await client.get("/v1/workflows/door")
            #expect(one["versions"] == versions)
            let states = one["states"]?.listValue?.compactMap { $0["id"] }
            #expect(states == ["closed", "locked", "opened", "gone"])
            #expect(one["input"]?["required"] == ["colour"])
        }
    }

    @Test func theDescriptionIsThereForPrograms() async throws {
        try await withServer { client in
            let answer = try await client.get("/openapi.json")
            #expect(answer["openapi"] == "3.1.0")
            let retry = answer["paths"]?["/v1/instances/{id}/actions/retry"]?["post"]
            #expect(retry?["operationId"] == "retryInstance")
            #expect(retry?["x-permission"] == "operate")
        }
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("localhost", true), ("::1", true), ("127.evil.example", false),
        ("10.0.0.1", false), ("0.0.0.0", false),
    ])
    func loopbackIsRecognised(host: String, isLoopback: Bool) {
        #expect(host.isLoopbackHost == isLoopback)
    }

    @Test(arguments: ["order/1009", "a b", "ключ", "100%"])
    func namesSurviveThePath(text: String) {
        #expect(RequestTarget.segments("/x/\(text.percentEncoded)?y") == ["x", text])
    }
}
