import Foundation
import Testing
import Values

/// Actions on many instances, as a browser without a script does them.
@Suite struct OperationPageStories {
    private static let filter = "workflow%3Adoor"

    private func withDoors(_ body: @escaping @Sendable (Client) async throws -> Void) async throws {
        try await withServer { client in
            for number in 1...3 {
                _ = try await client.put(
                    "/v1/workflows/door/instances/d-\(number)", #"{"colour": "red"}"#)
            }
            try await body(client)
        }
    }

    @Test func theWayFromTheFormToWhatCameOfEach() async throws {
        try await withDoors { client in
            let form = try await client.page("/operations/new?action=pause&filter=\(Self.filter)")
            #expect(form.status == 200)
            #expect(form.html.contains("Pause: 3 instances?"))
            #expect(form.html.contains("name=\"canary\" value=\"1\""))
            #expect(form.html.contains("/instances/door/d-3"))
            #expect(form.html.contains("pawl pause -f"))
            let fields = "action=pause&filter=\(Self.filter)&canary=1&rate=100&stopAfter=3&reason="
            let none = try await client.post(form: fields, "/operations/new")
            #expect(none.status == 422)
            #expect(none.html.contains("the member `reason` is missing"))
            let begun = try await client.post(form: fields + "painters", "/operations/new")
            #expect(begun.status == 200, "after the redirect")
            for _ in 0..<10_000 {
                let status = try await client.get("/v1/operations/1")["status"]
                if status == "held" { break }
            }
            let held = try await client.page("/operations/1")
            #expect(held.html.contains("Held"))
            #expect(held.html.contains("value=\"continue\""))
            #expect(
                held.html.components(separatedBy: "<li><a class=").count == 4, "a cell for each")
            #expect(held.html.contains("door/d-3: verified"))
            #expect(held.html.contains("door/d-1: not tried yet"))
            _ = try await client.post(form: "do=continue", "/operations/1")
            for _ in 0..<10_000 {
                if try await client.get("/v1/operations/1")["status"] == "done" { break }
            }
            let done = try await client.page("/operations/1")
            #expect(!done.html.contains("value=\"continue\""))
            let list = try await client.page("/operations")
            #expect(list.html.contains("1: Pause"))
            let late = try await client.post(form: "do=hold", "/operations/1")
            #expect(late.status == 409)
            #expect(late.html.contains("operation 1 is done"))
        }
    }

    private func paused(_ client: Client, _ filter: String, _ reason: String) async throws {
        let begun = try await client.post(
            "/v1/operations",
            "{\"action\": \"pause\", \"filter\": \"\(filter)\", \"reason\": \"\(reason)\", \"rate\": 100}",
            ["Pawl-Actor": "operator/olga"])
        let id = begun["id"]?.intValue ?? 0
        for _ in 0..<10_000 {
            if try await client.get("/v1/operations/\(id)")["status"] == "done" { return }
        }
        Issue.record("operation \(id) is not done")
    }

    /// A deployment has paused a workflow's instances; whoever comes later sees one cause, not each of them.
    @Test func whatWasPausedTogetherIsOneCauseAndIsResumedTogether() async throws {
        try await withDoors { client in
            try await paused(client, "workflow:door key:d-3", "a new lock")
            try await paused(client, "workflow:door", "painters")
            let groups = try await client.get("/v1/pause-groups")["groups"]?.listValue ?? []
            #expect(groups.map { $0["count"] } == [2, 1])
            #expect(groups.first?["reason"] == "painters (operation 2)")
            let home = try await client.page("/")
            #expect(
                home.html.contains("Paused by <code>operator/olga</code>: painters (operation 2)"))
            #expect(home.html.contains("Resume 2…"))
            #expect(home.html.contains("/instances/door/d-3"), "one of a kind")
            #expect(!home.html.contains("/instances/door/d-2"))
            let page = try await client.page("/paused")
            #expect(page.html.contains("<h1>3 instances are paused.</h1>"))
            let filter = try #require(groups.first?["filter"]?.stringValue)
            let query = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let list = try await client.page("/instances?filter=\(query)")
            #expect(list.html.contains("Act on these 2…"))
            #expect(list.html.contains("</svg>Paused</span>"))
            #expect(list.html.contains("Paused by operator/olga"))
            #expect(list.html.contains("/operations/new?action=resume&amp;filter="))
        }
    }

    @Test func theFormSaysHowManyAreSoAlreadyAndWhoIsAtThem() async throws {
        try await withDoors { client in
            try await paused(client, "key:d-3", "a new lock")
            let form = try await client.page("/operations/new?action=resume&filter=\(Self.filter)")
            #expect(form.html.contains("Resume: 1 instance?"))
            #expect(form.html.contains("2 of them are so already and are passed over"))
            #expect(!form.html.contains("Another one is at work"))
            #expect(form.html.contains("href=\"/operations/new?action=cancel&amp;filter="))
            let fields = "action=pause&filter=\(Self.filter)&canary=1&rate=100&stopAfter=3&reason=x"
            _ = try await client.post(form: fields, "/operations/new")
            for _ in 0..<10_000 {
                if try await client.get("/v1/operations/2")["status"] == "held" { break }
            }
            let second = try await client.page("/operations/new?action=pause&filter=\(Self.filter)")
            #expect(second.html.contains("Another one is at work on the same instances"))
            #expect(second.html.contains("href=\"/operations/2\">Operation 2: Pause, held, 1 not"))
        }
    }

    /// Somebody looks at each of a list, one after the other.
    @Test func theInstanceBeforeAndAfterInTheListIsAClickAway() async throws {
        try await withDoors { client in
            _ = try await client.put("/v1/workflows/door/instances/other", #"{"colour": "blue"}"#)
            let list = try await client.page("/instances?filter=key:d-*")
            #expect(list.html.contains("href=\"/instances/door/d-2?in=key%3Ad-%2A\""))
            let middle = try await client.page("/instances/door/d-2?in=key:d-*")
            #expect(
                middle.html.contains("rel=\"prev\" href=\"/instances/door/d-3?in=key%3Ad-%2A\""))
            #expect(
                middle.html.contains("rel=\"next\" href=\"/instances/door/d-1?in=key%3Ad-%2A\""))
            let first = try await client.page("/instances/door/d-3?in=key:d-*")
            #expect(!first.html.contains("rel=\"prev\""))
            let last = try await client.page("/instances/door/d-1?in=key:d-*")
            #expect(!last.html.contains("rel=\"next\""))
            let alone = try await client.page("/instances/door/d-2")
            #expect(!alone.html.contains("crumbs place"))
            let wrong = try await client.page("/instances/door/d-2?in=nonsense")
            #expect(wrong.status == 200)
            #expect(!wrong.html.contains("crumbs place"))
        }
    }

    @Test func theLastHourIsDrawnAndWrittenInNumbers() async throws {
        try await withDoors { client in
            let answer = try await client.get("/v1/system")
            let samples = answer["samples"]?.listValue ?? []
            let commits = samples.compactMap { $0["commits"]?.intValue }.reduce(0, +)
            #expect(commits >= 3)
            let page = try await client.page("/system")
            #expect(
                page.html.components(separatedBy: "<svg viewBox=\"0 0 228 56\" role=\"img\"").count
                    == 6)
            #expect(page.html.contains("<th scope=\"col\" class=\"n\">Slowest flush</th>"))
            #expect(page.html.contains("<th scope=\"row\">now</th>"))
        }
    }

    @Test func aFilterThatFindsNobodySaysWhatMayHaveBeenMeant() async throws {
        try await withDoors { client in
            let page = try await client.page("/instances?filter=workflow%3Adoors")
            #expect(page.html.contains("</code> is loaded: did you mean workflow:door?"))
            #expect(!page.html.contains("Act on"))
            let words = try await client.page("/instances?filter=two%20words")
            #expect(words.html.contains("key:&quot;two words&quot;"))
            let flag = try await client.page("/instances?filter=paused")
            #expect(flag.html.contains("No instance fits this filter"))
            #expect(flag.html.contains("value=\"paused\""))
        }
    }

    @Test func nobodyIsFoundAndThePageSaysSo() async throws {
        try await withDoors { client in
            let page = try await client.page("/operations/new?cause=nothing")
            #expect(page.html.contains("no instance matches"))
        }
    }
}
