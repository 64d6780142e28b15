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

    @Test func nobodyIsFoundAndThePageSaysSo() async throws {
        try await withDoors { client in
            let page = try await client.page("/operations/new?cause=nothing")
            #expect(page.html.contains("no instance matches"))
        }
    }
}
