import Testing
import Values

/// What an instance's page has room for, however much there is of it.
@Suite struct InstancePageStories {
    /// A tree whose leaves are trees of their own, some of which wither.
    private static let tree = """
        workflow: tree
        version: 1
        input:
          type: object
          properties:
            leaves: {type: array, default: [], items: {type: string}}
            fate: {type: string, default: ''}
        events: {tree.cut: {}}
        initial: sprouting
        states:
          sprouting:
            always:
              - {guard: size(input.leaves) > 0, target: growing}
              - {guard: "input.fate.startsWith('bad')", target: withered}
              - {guard: "input.fate.startsWith('good')", target: grown}
              - standing
          growing:
            invoke:
              workflow: tree
              key: 'instance.key + ":" + string(index)'
              input: {fate: '${item}'}
              forEach: {in: '${input.leaves}', concurrency: 100, tolerate: 1000}
              onDone: grown
          standing: {on: {tree.cut: grown}}
          grown: {type: final}
          withered: {type: final, status: failed}
        """

    private static func leaves(_ good: Int, _ bad: Int, _ standing: Int = 0) -> String {
        let fates =
            Array(repeating: "bad", count: bad) + Array(repeating: "good", count: good)
            + Array(repeating: "stands", count: standing)
        return #"{"leaves": ["# + fates.map { "\"\($0)\"" }.joined(separator: ",") + "]}"
    }

    private static let oak = "/v1/workflows/tree/instances/oak"

    private func withTree(
        _ input: String, until holds: @escaping @Sendable (Value) -> Bool = { _ in true },
        _ body: @escaping @Sendable (Client) async throws -> Void
    ) async throws {
        try await withServer(workflow: Self.tree) { client in
            _ = try await client.put(Self.oak, input)
            for _ in 0..<10_000 {
                let page = try await client.get(Self.oak + "/members")
                if holds(page.body) { break }
            }
            try await body(client)
        }
    }

    /// A state that waits for fifty events, each of which could be sent.
    @Test func whatCouldBeDoneIsShownAsFarAsThereIsRoom() async throws {
        let letters = "abcdefghijklmnopqrstuvwxyz"
        let names = letters.map { "call.\($0)" } + letters.map { "mail.\($0)" }
        let workflow = """
            workflow: desk
            version: 1
            events: {\(names.map { "\($0): {}" }.joined(separator: ", "))}
            initial: open
            states:
              open:
                on: {\(names.map { "\($0): done" }.joined(separator: ", "))}
              done: {type: final}
            """
        try await withServer(workflow: workflow) { client in
            _ = try await client.put("/v1/workflows/desk/instances/1", "{}")
            let offered = try await client.get("/v1/workflows/desk/instances/1/actions")["actions"]
            let count = (offered?.listValue ?? []).filter { $0["name"] == "send" }.count
            let page = try await client.page("/instances/desk/1")
            let lines = page.html.components(separatedBy: "/do/send?").count - 1
            #expect(count > 12)
            #expect(lines == 12)
            #expect(page.html.contains("<code>pawl why desk/1</code> has them all"))
        }
    }

    @Test func theMembersOfAFanOutAreCountedAndTheFirstFailuresNamed() async throws {
        let input = Self.leaves(4, 7, 2)
        let isThere: @Sendable (Value) -> Bool = {
            $0["counts"]?["failed"] == 7 && $0["counts"]?["completed"] == 4
        }
        try await withTree(input, until: isThere) { client in
            let list = try await client.get(Self.oak + "/members?status=failed&count=1")
            #expect(list["members"]?.listValue?.first?["instance"] == "tree/oak:0")
            #expect(list["counts"]?["running"] == 2)
            let page = try await client.page("/instances/tree/oak")
            #expect(
                page.html.contains("aria-label=\"7 failed, 4 completed, 2 under way\""))
            #expect(page.html.components(separatedBy: "<tr data-row>").count == 6, "five failed")
            #expect(page.html.contains("href=\"/instances/tree/oak%3A0\""))
            let failed = try await client.page("/instances/tree/oak/members?status=failed")
            #expect(failed.html.components(separatedBy: "<tr data-row>").count == 8)
            let wrong = try await client.page("/instances/tree/oak/members?status=dead")
            #expect(wrong.status == 422)
            let none = try await client.page("/instances/tree/oak%3A0/members")
            #expect(none.status == 404)
            #expect(none.html.contains("has no members"))
        }
    }

    @Test func membersAreThereInPagesAndCountedAfterTheEnd() async throws {
        let input = Self.leaves(118, 2)
        try await withTree(input) { client in
            for _ in 0..<10_000 {
                if try await client.get(Self.oak)["status"] == "completed" { break }
            }
            let counts = try await client.get(Self.oak + "/members?count=1")["counts"]
            #expect(
                counts == [
                    "running": 0, "waiting": 0, "completed": 118, "failed": 2, "cancelled": 0,
                    "started": 120,
                ])
            var path: String? = "/instances/tree/oak/members"
            var seen = 0
            while let here = path {
                let page = try await client.page(here)
                seen += page.html.components(separatedBy: "<tr data-row>").count - 1
                path = page.html.firstMatch(of: #/rel="next" href="([^"]*)"/#).map {
                    String($0.1).replacing("&amp;", with: "&")
                }
            }
            #expect(seen == 120)
        }
    }

    /// Sixty regions wait each for its own event.
    @Test func ofManyReasonsAFewAreCardsAndTheOthersALineEach() async throws {
        let regions = (1...60).map {
            "    r\($0): {initial: a, states: {a: {on: {e\($0): b}}, b: {}}}"
        }
        let workflow = """
            workflow: hall
            version: 1
            events: {\((1...60).map { "e\($0): {}" }.joined(separator: ", "))}
            initial: open
            states:
              open:
                type: parallel
                states:
            \(regions.map { "    " + $0 }.joined(separator: "\n"))
            """
        try await withServer(workflow: workflow) { client in
            _ = try await client.put("/v1/workflows/hall/instances/h", "{}")
            let why = try await client.get("/v1/workflows/hall/instances/h/why")
            let count = try #require(why["blockers"]?.listValue?.count)
            #expect(count == 60)
            let page = try await client.page("/instances/hall/h")
            let cards = { (html: String) in html.components(separatedBy: "<article").count - 1 }
            #expect(cards(page.html) == 5)
            #expect(page.html.contains("1 to 5 of 60 reasons are above; the others"))
            #expect(page.html.utf8.count < 60_000, "\(page.html.utf8.count) bytes")
            #expect(!page.html.contains("<svg class=\"chart-"))
            let path = try await client.page("/instances/hall/h/path")
            #expect(path.html.contains("r60"), "its diagram has a page of its own")
            let next = try await client.page("/instances/hall/h?reason=46")
            #expect(cards(next.html) == 5)
            #expect(next.html.contains("46 to 50 of 60 reasons are above"))
            for odd in ["0", "-3", "9999999999999999999", "61", "x"] {
                let page = try await client.page("/instances/hall/h?reason=\(odd)")
                #expect(page.status == 200)
                #expect(cards(page.html) > 0, "\(odd)")
            }
        }
    }

    @Test func aPageTellsWhereItWasAndWhoChangedItsData() async throws {
        try await withDoor { client in
            _ = try await client.post(
                "/v1/instances/1/events",
                #"{"event": "door.open", "id": "e-1", "data": {"by": "ana"}}"#,
                ["Pawl-Actor": "worker/bo"])
            let page = try await client.page("/instances/door/d-1")
            let lanes = page.html.matches(
                of:
                    #/<td>(?:<code>)?([^<]*)(?:</code>)?</td><td class="when"><svg[^>]*>(.*?)</svg>/#
            )
            #expect(lanes.map { String($0.1) } == ["closed", "opened", "Events"])
            #expect(lanes.first?.2.contains("class=\"was\"") == true)
            #expect(lanes.dropFirst().first?.2.contains("class=\"now\"") == true)
            #expect(page.html.contains("On <code>door.open</code> by worker/bo"))
            let data = try await client.get("/v1/instances/1/data")
            let opener = try #require(data["members"]?.listValue?.first)
            #expect(opener["value"] == "ana")
            #expect(opener["changed"]?["by"] == "worker/bo")
            #expect(opener["changed"]?["kind"] == "transition")
        }
    }

    /// Hundreds of events, each with a text that the data take over.
    @Test func aLongLifeHasRoomOnItsPage() async throws {
        let workflow = """
            workflow: lamp
            version: 1
            events: {flip: {data: {type: object}}}
            context: {note: {type: string, default: ''}, all: {type: array, default: []}}
            initial: dark
            states:
              dark: {on: {flip: {target: lit, actions: {assign: {note: '${event.data.note}'}}}}}
              lit: {on: {flip: {target: dark, actions: {assign: {all: '${context.all + [event.id]}'}}}}}
            """
        try await withServer(workflow: workflow) { client in
            _ = try await client.put("/v1/workflows/lamp/instances/l", "{}")
            let note = String(repeating: "<so bright> ", count: 400)
            for number in 1...400 {
                _ = try await client.post(
                    "/v1/instances/1/events",
                    #"{"event": "flip", "id": "f-\#(number)", "data": {"note": "\#(note)"}}"#)
            }
            let page = try await client.page("/instances/lamp/l")
            #expect(page.html.utf8.count < 60_000, "\(page.html.utf8.count) bytes")
            #expect(page.html.contains("what was before is in the history"))
            #expect(page.html.contains("and 188 more"))
        }
    }
}
