import Testing
import Values

/// A person's data are erased, over HTTP.
@Suite struct ErasureStories {
    private static let loan = """
        workflow: loan
        version: 1
        search: {reader: input.reader}
        persons: [reader]
        input:
          type: object
          properties:
            reader: {type: string}
            name: {type: string, x-personal: true}
        events:
          returned: {early: reject, data: {type: object, properties: {note: {type: string}}}}
        initial: out
        states:
          out: {on: {returned: back}}
          back: {type: final}
        """

    private static let name = "Maria Musterfrau"

    private func withLoans(_ body: @escaping @Sendable (Client) async throws -> Void) async throws {
        try await withServer(workflow: Self.loan) { client in
            for number in 1...3 {
                _ = try await client.put(
                    "/v1/workflows/loan/instances/\(number)",
                    #"{"reader": "r-1", "name": "\#(Self.name)"}"#)
            }
            try await Self.end(client, 1)
            try await Self.end(client, 2)
            try await body(client)
        }
    }

    private static func end(_ client: Client, _ number: Int) async throws {
        let sent = try await client.post(
            "/v1/workflows/loan/instances/\(number)/events",
            #"{"event": "returned", "data": {"note": "by \#(name) herself"}}"#)
        #expect(sent.status == 200)
    }

    private func erasure(
        _ client: Client, until status: Value
    ) async throws -> Client.Answer {
        // Each look is a request, and the erasure goes on between them.
        for _ in 0..<10_000 {
            let answer = try await client.get("/v1/erasures/1")
            if answer["status"] == status { return answer }
        }
        Issue.record("the erasure did not come so far")
        return try await client.get("/v1/erasures/1")
    }

    private func text(_ client: Client, _ number: Int) async throws -> String {
        var text = ""
        for part in ["", "/history", "/data", "/why"] {
            let path = "/v1/workflows/loan/instances/\(number)\(part)"
            let answer = try await client.get(path)
            #expect(answer.status == 200)
            text += String(decoding: JSON.encode(answer.body), as: UTF8.self)
        }
        return text + (try await client.page("/instances/loan/\(number)").html)
    }

    @Test func whatHasEndedIsErasedAndWhatRunsIsNamedAndFollows() async throws {
        try await withLoans { client in
            #expect(try await text(client, 1).contains(Self.name))
            let begun = try await client.post(
                "/v1/erasures",
                #"{"person": "reader", "id": "r-1", "reason": "she asked for it"}"#,
                ["Pawl-Actor": "operator/olga"])
            #expect(begun.status == 201)
            #expect(begun.header("Location") == "/v1/erasures/1")
            #expect(begun["by"] == "operator/olga")
            let waiting = try await erasure(client, until: "waiting")
            #expect((waiting["erased"], waiting["waiting"]) == (2, 1))
            #expect(waiting["awaits"]?[0]?["name"] == "loan/3")
            #expect(waiting["awaits"]?[0]?["because"] == "it runs")
            for number in 1...2 {
                let text = try await text(client, number)
                #expect(!text.contains(Self.name))
                #expect(text.contains("[erased]"))
                #expect(text.contains("r-1"))
            }
            #expect(try await text(client, 3).contains(Self.name))
            try await Self.end(client, 3)
            let done = try await erasure(client, until: "done")
            #expect(done["erased"] == 3)
            #expect(try await !text(client, 3).contains(Self.name))
            let list = try await client.get("/v1/erasures")
            #expect(list["erasures"]?.listValue?.count == 1)
        }
    }

    @Test func aDryRunKeepsNothing() async throws {
        try await withLoans { client in
            let dry = try await client.post(
                "/v1/erasures", #"{"person": "reader", "id": "r-1", "dryRun": true}"#)
            #expect(dry.status == 200)
            #expect((dry["ended"], dry["running"]) == (2, 1))
            #expect(dry["awaits"] == ["loan/3"])
            #expect(try await client.get("/v1/erasures")["erasures"] == [])
        }
    }

    @Test func whatIsWrongWithARequestIsSaid() async throws {
        try await withLoans { client in
            let unknown = try await client.post(
                "/v1/erasures", #"{"person": "raeder", "id": "r-1", "reason": "x"}"#)
            #expect(unknown.status == 422 || unknown.status == 400)
            #expect(unknown["fix"]?.stringValue?.contains("reader") == true)
            let reasonless = try await client.post(
                "/v1/erasures", #"{"person": "reader", "id": "r-1"}"#)
            #expect((400..<500).contains(reasonless.status))
            #expect(try await client.get("/v1/erasures/7").status == 404)
            #expect(try await client.get("/v1/erasures/x").status == 404)
        }
    }
}
