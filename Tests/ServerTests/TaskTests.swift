import Foundation
import Testing
import Values

/// What people have to do, over HTTP.
@Suite struct TaskStories {
    private static let desk = """
        workflow: desk
        version: 1
        description: A paper on a desk.
        start: {on: paper.laid}
        input: {type: object}
        context: {said: {type: [string, 'null'], default: null}}
        output: {said: '${context.said}'}
        initial: reading
        states:
          reading:
            invoke:
              person:
                role: clerk
                title: Read it
                due: 2d
                outcomes: [sign, shred]
                form: {pages: {type: integer, minimum: 1}, remark: {type: string}}
              onDone: {target: read, actions: {assign: {said: '${event.data.outcome}'}}}
          read: {type: final}
        """

    private static let tasks = "/v1/workflows/desk/instances/d-1/tasks"
    private static func clerk(_ name: String) -> [String: String] {
        ["Pawl-Actor": "clerk/\(name)", "If-Match": "*"]
    }

    private func withDesk(_ body: @escaping @Sendable (Client) async throws -> Void) async throws {
        try await withServer(workflow: Self.desk) { client in
            for key in ["d-1", "d-2", "d-3"] {
                _ = try await client.put("/v1/workflows/desk/instances/\(key)", "{}")
            }
            try await body(client)
        }
    }

    private static func names(_ answer: Client.Answer) -> [String] {
        (answer["tasks"]?.listValue ?? []).compactMap { $0["name"]?.stringValue }
    }

    @Test func aTaskIsFoundClaimedAndDecided() async throws {
        try await withDesk { client in
            let open = try await client.get(Self.tasks)
            let task = open["tasks"]?.listValue?.first
            #expect(task?["title"] == "Read it")
            #expect(task?["outcomes"]?.listValue?.map { $0["outcome"] } == ["sign", "shred"])
            let claimed = try await client.post(Self.tasks + "/only/claim", "", Self.clerk("ana"))
            #expect(claimed.status == 200)
            let mine = try await client.get("/v1/tasks?filter=claimed:ana")
            #expect(Self.names(mine) == ["desk/d-1"])
            let decided = try await client.post(
                Self.tasks + "/only/decide", #"{"outcome": "sign", "form": {"pages": 3}}"#,
                Self.clerk("ana"))
            #expect(decided.status == 200)
            let after = try await client.get("/v1/workflows/desk/instances/d-1")
            #expect(after["status"] == "completed")
            #expect(after["output"] == ["said": "sign"])
            #expect(try await client.get("/v1/tasks")["tasks"]?.listValue?.count == 2)
        }
    }

    @Test func tasksComeInPagesByRoleAndByWhoHasThem() async throws {
        try await withDesk { client in
            _ = try await client.post(
                "/v1/workflows/desk/instances/d-2/tasks/only/assign", #"{"to": "ana"}"#,
                ["Pawl-Actor": "operator/olga"])
            #expect(Self.names(try await client.get("/v1/tasks?filter=role:clerk")).count == 3)
            #expect(Self.names(try await client.get("/v1/tasks?filter=role:cook")).isEmpty)
            let free = Self.names(try await client.get("/v1/tasks?filter=assignee:none"))
            #expect(free == ["desk/d-1", "desk/d-3"])
            var found: [String] = []
            var path: String? = "/v1/tasks?count=1"
            while let next = path {
                let page = try await client.get(next)
                found += Self.names(page)
                path = page["cursor"]?.stringValue.map { "/v1/tasks?count=1&cursor=\($0)" }
            }
            #expect(found.sorted() == ["desk/d-1", "desk/d-2", "desk/d-3"])
        }
    }

    @Test(arguments: [
        (#"{"outcome": "burn"}"#, 422, "one of: sign, shred"),
        (#"{"outcome": "sign", "form": {"pages": 0}}"#, 422, "/form/pages"),
        (#"{"outcome": "sign", "form": {"colour": "red"}}"#, 422, "/form/colour"),
        (#"{"form": {}}"#, 422, "`outcome` is missing"),
    ])
    func whatDoesNotFitTheFormIsRefusedWithItsPlace(
        body: String, status: Int, pointer: String
    ) async throws {
        try await withDesk { client in
            let answer = try await client.post(
                Self.tasks + "/only/decide", body, Self.clerk("ana"))
            #expect(answer.status == status)
            let text = String(decoding: JSON.encode(answer.body), as: UTF8.self)
            #expect(text.contains(pointer), "\(text)")
            #expect(
                try await client.get("/v1/workflows/desk/instances/d-1")["status"] == "running")
        }
    }

    @Test func whoMayNotIsToldWhoMay() async throws {
        try await withDesk { client in
            let stranger = try await client.post(
                Self.tasks + "/only/decide", #"{"outcome": "sign"}"#,
                ["Pawl-Actor": "cook/carl", "If-Match": "*"])
            #expect(stranger.status == 403)
            _ = try await client.post(Self.tasks + "/only/claim", "", Self.clerk("ana"))
            let late = try await client.post(Self.tasks + "/only/claim", "", Self.clerk("ben"))
            #expect(late.status == 409 || late.status == 403)
            #expect(String(decoding: JSON.encode(late.body), as: UTF8.self).contains("ana"))
        }
    }

    @Test func aTaskThatIsNotOpenIsNotFoundAndADryRunDecidesNothing() async throws {
        try await withDesk { client in
            let missing = try await client.post(
                Self.tasks + "/77/decide", #"{"outcome": "sign"}"#, Self.clerk("ana"))
            #expect(missing.status == 404 || missing.status == 409)
            let bad = try await client.post(
                Self.tasks + "/first/claim", "", Self.clerk("ana"))
            #expect(bad.status == 404)
            let dry = try await client.post(
                Self.tasks + "/only/decide", #"{"outcome": "sign", "dryRun": true}"#,
                Self.clerk("ana"))
            #expect(dry["effect"]?["status"] == "completed")
            #expect(
                try await client.get("/v1/workflows/desk/instances/d-1")["status"] == "running")
        }
    }

    // MARK: Two at once

    @Test func whoChangesATaskSaysWhatTheySaw() async throws {
        try await withDesk { client in
            let blind = try await client.post(
                Self.tasks + "/only/claim", "", ["Pawl-Actor": "clerk/ana"])
            #expect(blind.status == 428)
            #expect(blind["fix"]?.stringValue?.contains("`*`") == true)
            let bad = try await client.post(
                Self.tasks + "/only/claim", "",
                ["Pawl-Actor": "clerk/ana", "If-Match": "yes"])
            #expect(bad.status == 400)
            let task = try await client.get(Self.tasks + "/only")
            #expect(task.header("ETag") == "\"1-1\"")
            #expect(task["revision"] == 1)
            let seen = ["Pawl-Actor": "clerk/ana", "If-Match": "\"1-1\""]
            #expect(try await client.post(Self.tasks + "/only/claim", "", seen).status == 200)
            let stale = try await client.post(
                Self.tasks + "/only/decide", #"{"outcome": "sign"}"#, seen)
            #expect(stale.status == 412)
            #expect(stale["code"] == "task-changed")
            let late = try await client.post(
                Self.tasks + "/only/claim", "",
                ["Pawl-Actor": "clerk/ben", "If-Match": "\"1-1\""])
            #expect(late.status == 412)
            #expect(late["code"] == "task-claimed", "the more final reason")
            let knowing = try await client.post(
                Self.tasks + "/only/claim", "",
                ["Pawl-Actor": "clerk/ben", "If-Match": "\"1-2\""])
            #expect(knowing.status == 409 && knowing["code"] == "task-claimed")
        }
    }

    @Test func aDecisionSentTwiceIsOne() async throws {
        try await withDesk { client in
            let once = Self.clerk("ana").merging(["Idempotency-Key": "d-1"]) { $1 }
            let sign = #"{"outcome": "sign"}"#
            let first = try await client.post(Self.tasks + "/only/decide", sign, once)
            #expect(first["receipts"]?.listValue?.first?["outcome"] == "applied")
            let again = try await client.post(Self.tasks + "/only/decide", sign, once)
            #expect(again["receipts"]?.listValue?.first?["outcome"] == "duplicate")
            let other = try await client.post(
                Self.tasks + "/only/decide", #"{"outcome": "shred"}"#, once)
            #expect(other.status == 409 && other["code"] == "event-conflict")
            let late = try await client.post(
                Self.tasks + "/only/decide", sign, Self.clerk("ben"))
            #expect(late.status == 412 && late["code"] == "task-decided")
            #expect(late["detail"]?.stringValue?.contains("by clerk/ana: sign") == true)
        }
    }

    @Test func whatIsSaidOfATaskIsReadWithIt() async throws {
        try await withDesk { client in
            let said = try await client.post(
                Self.tasks + "/only/comment", #"{"text": "page 3 is missing"}"#,
                ["Pawl-Actor": "operator/olga"])
            #expect(said.status == 200)
            let task = try await client.get(Self.tasks + "/only")
            #expect(task["comments"]?.listValue?.first?["text"] == "page 3 is missing")
            #expect(task.header("ETag") == "\"1-1\"", "it changes nothing of what is decided")
            let empty = try await client.post(
                Self.tasks + "/only/comment", #"{"text": " "}"#, Self.clerk("ana"))
            #expect(empty.status == 422)
        }
    }

    // MARK: Standing in

    @Test func whoStandsInFindsAndDecidesWhatIsTheirs() async throws {
        try await withDesk { client in
            let dan = ["Pawl-Actor": "cook/dan", "If-Match": "*"]
            let mine = "/v1/tasks?filter=can:me"
            #expect(Self.names(try await client.get(mine, dan)).isEmpty)
            let away = #"{"for": "clerk/ana", "by": "cook/dan", "until": "2999-01-01T00:00:00Z"}"#
            let long = try await client.post("/v1/substitutions", away, Self.clerk("ana"))
            #expect(long.status == 422)
            #expect(
                String(decoding: JSON.encode(long.body), as: UTF8.self).contains("a year at most"))
            let until = Timestamp(seconds: Int64(Date().timeIntervalSince1970) + 3600).rfc3339
            let soon = #"{"for": "clerk/ana", "by": "cook/dan", "until": "\#(until)"}"#
            let stranger = try await client.post("/v1/substitutions", soon, dan)
            #expect(stranger.status == 403, "nobody appoints themselves")
            #expect(
                try await client.post("/v1/substitutions", soon, Self.clerk("ana")).status == 200)
            #expect(Self.names(try await client.get(mine, dan)).count == 3)
            let third = "/v1/workflows/desk/instances/d-3/tasks/only/"
            #expect(try await client.post(third + "claim", "", dan).status == 200)
            #expect(
                Self.names(try await client.get(mine, dan)).count == 3,
                "theirs while they are at it")
            let decided = try await client.post(
                Self.tasks + "/only/decide", #"{"outcome": "sign"}"#, dan)
            #expect(decided.status == 200)
            let done = try await client.get("/v1/tasks?filter=status:decided%20by:dan")
            let task = done["tasks"]?.listValue?.first
            #expect(task?["decidedBy"] == "cook/dan for clerk/ana")
            for workflows in [#""meal""#, "[1]"] {
                let wrong = soon.dropLast() + #", "workflows": \#(workflows)}"#
                let answer = try await client.post(
                    "/v1/substitutions", String(wrong), Self.clerk("ana"))
                #expect(answer["errors"]?[0]?["pointer"] == "/workflows", "it would hold for all")
            }
            let listed = try await client.get("/v1/substitutions")
            #expect(listed["substitutions"]?.listValue?.first?["by"] == "cook/dan")
            let end = #"{"for": "clerk/ana", "by": "cook/dan"}"#
            #expect(
                try await client.post("/v1/substitutions/end", end, Self.clerk("ana")).status == 200
            )
            #expect(Self.names(try await client.get(mine, dan)).isEmpty)
            let instance = "/v1/workflows/desk/instances/d-3"
            let claimed = try await client.get("/v1/tasks?filter=key:d-3")
            #expect(claimed["tasks"]?.listValue?.first?["claimedBy"] == nil, "it is over")
            #expect(try await client.get(instance + "/tasks/only")["claimedBy"] == nil)
            let why = try await client.get(instance + "/why")
            #expect(why["why"]?.stringValue?.contains("taken by") == false)
            #expect(
                why["blockers"]?.listValue?.first?["actions"]?.listValue?
                    .contains { $0["name"] == "claim" } == true)
            let claim = try await client.post(third + "claim", "", Self.clerk("ben"))
            #expect(claim.status == 200, "it ended with the standing in")
            let late = try await client.post(
                "/v1/workflows/desk/instances/d-2/tasks/only/decide", #"{"outcome": "sign"}"#, dan)
            #expect(late.status == 403)
        }
    }

    // MARK: Held

    private static let scale = """
        workflow: scale
        version: 1
        context: {rates: {default: {}}, rate: {default: 0}}
        initial: a
        states:
          a:
            invoke:
              person: {role: clerk, title: Rate it, form: {grade: {type: string}}}
              onDone: {target: b, actions: {assign: {rate: '${context.rates[event.data.form.grade]}'}}}
          b: {type: final}
        """

    @Test func whatHoldsATaskIsSaidEverywhere() async throws {
        try await withServer(workflow: Self.scale) { client in
            let instance = "/v1/workflows/scale/instances/s-1"
            _ = try await client.put(instance, "{}")
            let decided = try await client.post(
                instance + "/tasks/only/decide", #"{"outcome": "done", "form": {"grade": "B"}}"#,
                Self.clerk("cy"))
            #expect(decided["receipts"]?.listValue?.first?["outcome"] == "held")
            #expect(Self.names(try await client.get("/v1/tasks")).isEmpty, "nobody can do it")
            #expect(
                Self.names(try await client.get("/v1/tasks?filter=can:me", Self.clerk("bo")))
                    .isEmpty)
            let why = "decided by clerk/cy (done), which waits with incident 1"
            let listed = try await client.get("/v1/tasks?filter=status:held")
            #expect(listed["tasks"]?.listValue?.first?["held"] == .string(why))
            let task = try await client.get(instance + "/tasks/only")
            #expect(task["status"] == "held" && task["held"] == .string(why))
            let told = try await client.get(instance + "/why")
            #expect(
                told["why"]?.stringValue?.contains(
                    "\"Rate it\" was decided by clerk/cy (done), which waits with it") == true)
            let again = try await client.post(
                instance + "/actions/assign",
                #"{"context": {"rates": {"B": 3}}, "reason": "as agreed"}"#,
                ["Pawl-Actor": "operator/olga"])
            #expect(again.status == 200)
            _ = try await client.post(
                instance + "/actions/retry", "{}", ["Pawl-Actor": "operator/olga"])
            #expect(try await client.get(instance)["status"] == "completed")
            #expect(Self.names(try await client.get("/v1/tasks?filter=status:held")).isEmpty)
        }
    }

    @Test func aTaskOfAPausedInstanceIsHeldUntilItGoesOn() async throws {
        try await withDesk { client in
            let olga = ["Pawl-Actor": "operator/olga"]
            let instance = "/v1/workflows/desk/instances/d-2"
            _ = try await client.post(instance + "/actions/pause", #"{"reason": "audit"}"#, olga)
            let held = try await client.get("/v1/tasks?filter=status:held")
            #expect(Self.names(held) == ["desk/d-2"])
            #expect(held["tasks"]?.listValue?.first?["held"] == "paused by operator/olga")
            #expect(Self.names(try await client.get("/v1/tasks")).count == 2)
            _ = try await client.post(instance + "/actions/resume", #"{"reason": "done"}"#, olga)
            #expect(Self.names(try await client.get("/v1/tasks")).count == 3)
        }
    }
}
