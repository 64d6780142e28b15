import Testing
import Values

/// Events that moved nothing, as an admin sees them.
@Suite struct EventPageStories {
    private func send(
        _ client: Client, _ name: String, _ id: String, to key: String = "d-1",
        as actor: String = "operator/olga"
    ) async throws -> Client.Answer {
        try await client.post(
            "/v1/workflows/door/instances/\(key)/events",
            #"{"event": "\#(name)", "id": "\#(id)", "data": {"by": "ana"}}"#,
            ["Pawl-Actor": actor])
    }

    @Test func whatASenderAloneWasToldIsOnThePage() async throws {
        try await withDoor { client in
            #expect(
                try await client.page("/events").html.contains("Every event that came was taken."))
            _ = try await send(client, "door.open", "e-1", to: "d-2")
            _ = try await send(client, "door.lock", "e-2", as: "guest/g")
            _ = try await send(client, "door.open", "e-3")
            _ = try await send(client, "door.open", "e-4")
            let list = try await client.get("/v1/events")
            #expect(list["events"]?.listValue?.compactMap { $0["id"] } == ["e-4", "e-2", "e-1"])
            let page = try await client.page("/events")
            #expect(
                page.html.contains("<code>door/d-1</code> waits for it now") == false,
                "not any more")
            #expect(
                page.html.contains("too late: <code>door/d-1</code> had left <code>closed</code>"))
            #expect(page.html.contains("guest/g"))
            #expect(page.html.contains("href=\"/events\" aria-current=\"page\""))
        }
    }

    @Test func aFilterAndPagesLeadThroughThem() async throws {
        try await withDoor { client in
            for number in 1...60 {
                _ = try await send(client, "door.open", "e-\(number)", to: "none-\(number)")
            }
            _ = try await send(client, "door.break", "b-1", to: "none")
            let all = try await client.page("/events")
            #expect(all.html.contains("rel=\"next\""))
            #expect(all.html.utf8.count < 60_000, "\(all.html.utf8.count) bytes")
            let some = try await client.page("/events?event=door.break")
            #expect(some.html.components(separatedBy: "<tr data-row>").count == 2)
            #expect(some.html.contains("pawl events --event door.break"))
            #expect(
                try await client.page("/events?outcome=kept").html.contains("None is like that."))
            #expect(try await client.page("/events?outcome=lost").status == 422)
            var query = "?count=25"
            var seen: [Value] = []
            for _ in 0..<5 {
                let page = try await client.get("/v1/events" + query)
                seen += page["events"]?.listValue?.compactMap { $0["number"] } ?? []
                guard let cursor = page["cursor"]?.stringValue else { break }
                query = "?count=25&cursor=\(cursor)"
            }
            #expect(seen.count == 61 && Set(seen).count == 61)
        }
    }

    @Test func anInstancesPageHasItsOwn() async throws {
        try await withDoor { client in
            _ = try await send(client, "door.open", "e-1")
            _ = try await send(client, "door.open", "e-2")
            _ = try await send(client, "door.lock", "e-3", as: "guest/g")
            let page = try await client.page("/instances/door/d-1")
            let events = try #require(page.html.firstRange(of: "id=\"events-h\"")).upperBound
            let part = page.html[events...].prefix(4000)
            for text in ["Taken", "Rejected", "Refused", "too late", "may be sent by a owner"] {
                #expect(part.contains(text), "\(text)")
            }
            #expect(part.contains("/events?workflow=door&amp;key=d-1"))
        }
    }

    @Test func whatStrangersSendIsText() async throws {
        try await withDoor { client in
            let name = "<script>alert(1)</script>"
            _ = try await send(client, name, "<b>1</b>", to: "\"onload=x")
            let page = try await client.page("/events")
            #expect(page.html.contains("&lt;script&gt;alert(1)"))
            #expect(!page.html.contains("<script>alert"))
        }
    }
}
