import Foundation
import Testing
import Values

@testable import Server

/// What whoever asks says of what they have asked before, or have seen: `Idempotency-Key`, `If-Match`, `If-None-Match`.
@Suite struct StartKeyStories {
    private static let path = "/v1/workflows/door/instances"
    private static let body = #"{"input": {"colour": "red"}}"#

    @Test func theSameKeyWithTheSameBodyIsAnsweredTheSame() async throws {
        try await withServer { client in
            func post(_ body: String = Self.body, key: String = "k-1") async throws -> Client.Answer
            {
                try await client.post(Self.path, body, ["Idempotency-Key": key])
            }
            let first = try await post()
            #expect(first.status == 201)
            // Blanks and the order of members are no other body.
            let again = try await post(#"{ "input" : {"colour":"red"} }"#)
            #expect(again.status == 201)
            #expect(again.header("Location") == first.header("Location"))
            for member in ["id", "name", "revision", "states", "input"] {
                #expect(again[member] == first[member])
            }
            #expect(
                try await post(key: "\"k-1\"")["name"] == first["name"], "as the draft writes it")
            let other = try await post(#"{"input": {"colour": "green"}}"#)
            #expect(other.status == 422)
            #expect(other["code"] == "idempotency-key-reused")
            #expect(
                other["detail"]?.stringValue?.contains(first["name"]?.stringValue ?? "-") == true)
            #expect(try await post(key: "k-2")["name"] != first["name"])
            #expect(try await client.get("/v1/instances")["total"] == 2)
        }
    }

    /// One whose start is durable is no longer under way, however long it is still waited for.
    @Test func aStartThatIsNotDurableYetIsSaidToBeUnderWay() async throws {
        let underWay = StartsUnderWay()
        let refusal = try await underWay.during("k") {
            await #expect(throws: Refusal.self) { try await underWay.during("k") {} }
        }
        #expect(refusal?.status == 409)
        #expect(refusal?.code == "request-in-progress")
        #expect(refusal?.headers.contains { $0.name == "Retry-After" } == true)
        #expect(try await underWay.during("k") { true }, "it is over")
        let others = try await underWay.during("k") {
            try await underWay.during(nil) { try await underWay.during("l") { true } }
        }
        #expect(others)
        await #expect(throws: CancellationError.self) {
            try await underWay.during("m") { throw CancellationError() }
        }
        #expect(try await underWay.during("m") { true }, "also when it failed")
    }

    /// What was refused has started nothing, so there is nothing that the key stands for.
    @Test func aStartThatIsRefusedUsesUpNoKey() async throws {
        try await withServer { client in
            let headers = ["Idempotency-Key": "k-1"]
            let wrong = try await client.post(
                Self.path, #"{"input": {"colour": "blue"}}"#, headers)
            #expect(wrong.status == 422)
            #expect(wrong["code"] == "invalid")
            #expect(try await client.post(Self.path, Self.body, headers).status == 201)
        }
    }

    @Test func theKeyStandsForWhatItFoundToo() async throws {
        try await withServer { client in
            let body = #"{"key": "d-1", "input": {"colour": "red"}}"#
            _ = try await client.post(Self.path, body)
            let headers = ["Idempotency-Key": "k-1"]
            for _ in 1...2 {
                #expect(try await client.post(Self.path, body, headers).status == 200)
            }
            let other = try await client.post(
                Self.path, #"{"key": "d-2", "input": {"colour": "red"}}"#, headers)
            #expect(other.status == 422)
        }
    }

    @Test(arguments: ["", "\u{FC}", String(repeating: "k", count: 256)])
    func aKeyThatIsNoneIsRefused(key: String) async throws {
        try await withServer { client in
            let answer = try await client.post(
                Self.path, Self.body, ["Idempotency-Key": key])
            #expect(answer.status == 400)
        }
    }

    @Test func aStartMayAskThatNothingIsThere() async throws {
        try await withServer { client in
            let path = Self.path + "/d-1"
            let none = ["If-None-Match": "*"]
            let red = #"{"colour": "red"}"#
            #expect(try await client.put(path, red, ["If-Match": "*"]).status == 412)
            #expect(try await client.get("/v1/instances")["total"] == 0)
            #expect(try await client.put(path, red, none).status == 201)
            for body in [red, #"{"colour": "green"}"#] {
                let answer = try await client.put(path, body, none)
                #expect(answer.status == 412)
                #expect(answer["detail"] == "door/d-1 is there already")
            }
            #expect(try await client.put(path, red, ["If-Match": "\"1\""]).status == 200)
            #expect(try await client.put(path, red, ["If-Match": "\"2\""]).status == 412)
            #expect(try await client.put(path, red, ["If-Match": "1"]).status == 400)
        }
    }

    @Test func whoHasTheRevisionIsToldSo() async throws {
        try await withDoor { client in
            let path = Self.path + "/d-1"
            let tag = try #require(try await client.get(path).header("ETag"))
            for known in [tag, "W/" + tag, "\"7\", " + tag, "*"] {
                let answer = try await client.get(path, ["If-None-Match": known])
                #expect(answer.status == 304)
                #expect(answer.header("ETag") == tag)
            }
            #expect(try await client.get(path, ["If-None-Match": "\"7\""]).status == 200)
        }
    }

    @Test func anEventIsTakenAtTheRevisionThatItsSenderHasSeen() async throws {
        try await withDoor { client in
            func send(_ match: String, id: String) async throws -> Client.Answer {
                try await client.post(
                    Self.path + "/d-1/events",
                    "{\"event\": \"door.open\", \"id\": \"\(id)\", \"data\": {\"by\": \"ana\"}}",
                    ["If-Match": match])
            }
            #expect(try await send("\"7\"", id: "e-1").status == 412)
            #expect(try await send("\"7\", \"1\"", id: "e-2").status == 200)
            // It came at revision 1, and comes again since its answer was lost.
            let again = try await send("\"1\"", id: "e-2")
            #expect(again["receipts"]?[0]?["outcome"] == "duplicate")
            #expect(try await send("\"1\"", id: "e-3").status == 412)
        }
    }

    @Test func aStateThatIsWaitedForIsLookedAtBeforeAnythingIsDone() async throws {
        try await withServer { client in
            let start = try await client.put(
                Self.path + "/d-1?until=state:opend", #"{"colour": "red"}"#)
            #expect(start.status == 422)
            #expect(start["fix"] == "did you mean opened?")
            #expect(try await client.get("/v1/instances")["total"] == 0)
            _ = try await client.put(Self.path + "/d-1", #"{"colour": "red"}"#)
            for path in [Self.path + "/d-1/events", "/v1/events"] {
                let sent = try await client.post(
                    path + "?until=state:opend",
                    path.hasPrefix("/v1/events")
                        ? #"{"event": "door.break", "key": "d-1"}"# : #"{"event": "door.break"}"#)
                #expect(sent["code"] == "unknown-state")
            }
            #expect(try await client.get(Self.path + "/d-1")["states"] == ["closed"])
        }
    }

    @Test(arguments: [
        ("priority!=3", "known: =, <"), ("due==1d", "did you mean =?"),
        ("roles:x", "did you mean role?"),
    ])
    func aFilterOfTasksIsHeldToTheSame(filter: String, fix: String) async throws {
        try await withServer { client in
            let query = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let answer = try await client.get("/v1/tasks?filter=" + query)
            #expect(answer.status == 422)
            #expect(answer["fix"]?.stringValue?.contains(fix) == true, "\(answer.body)")
        }
    }

    @Test(arguments: [
        ("colou=red", "did you mean colour?"), ("workflow:door color=red", "did you mean colour?"),
        ("state=closed", "with a colon: state:"), ("colour==red", "did you mean =?"),
        ("width=>3", "did you mean >=?"), ("colour!=red", "known: =, <"),
        ("colour~red", "known: =, <"), ("zzzzzzzz=1", "known: colour, width"),
        ("width>12345678901234567890", "in quotes"),
    ])
    func aFilterThatNothingCouldPassIsRefused(filter: String, fix: String) async throws {
        try await withDoor { client in
            let query = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            for path in ["/v1/instances?filter=", Self.path + "/d-1/neighbours?filter="] {
                let answer = try await client.get(path + query)
                #expect(answer.status == 422)
                #expect(answer["fix"]?.stringValue?.contains(fix) == true, "\(answer.body)")
            }
            let fine = try await client.get("/v1/instances?filter=colour%3Dred+width%3E3")
            #expect(fine["total"] == 1)
        }
    }
}
