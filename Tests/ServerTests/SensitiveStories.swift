import Testing
import Values

/// What a workflow marks as sensitive is shown to whoever asks for it, and to nobody by the way.
@Suite struct SensitiveStories {
    private static let loan = """
        workflow: loan
        version: 1
        start: {on: asked, key: event.data.id}
        search: {city: input.city, holder: input.iban, cheap: input.amount < 10}
        input:
          type: object
          properties:
            id: {type: string}
            city: {type: string}
            amount: {type: integer, default: 5}
            iban: {type: string, x-sensitive: true}
            people:
              type: array
              items: {type: object, properties: {name: {type: string, x-sensitive: true}}}
        context:
          pin: {type: string, x-sensitive: true, default: ''}
          note: {type: string, default: ''}
        events:
          signed:
            data: {type: object, properties: {pin: {type: string}, note: {type: string}}}
        initial: open
        states:
          open:
            on:
              signed:
                target: signed
                actions: {assign: {pin: '${event.data.pin}', note: '${event.data.note}'}}
          signed: {on: {signed: signed}}
        """

    private static let path = "/v1/workflows/loan/instances/1"
    private static let secrets = ["CH93-0076", "Anna-Maria", "4711"]

    private func withLoan(_ body: @escaping @Sendable (Client) async throws -> Void) async throws {
        try await withServer(workflow: Self.loan) { client in
            let started = try await client.put(
                Self.path,
                """
                {"city": "Bern", "iban": "CH93-0076", "people": [{"name": "Anna-Maria"}]}
                """)
            #expect(started.status == 201)
            #expect(started["input"]?["iban"] == "•••")
            let sent = try await client.post(
                Self.path + "/events",
                #"{"event": "signed", "data": {"pin": "4711", "note": "in ink"}}"#)
            #expect(sent.status == 200)
            try await body(client)
        }
    }

    @Test func itIsMaskedWhereverItStands() async throws {
        try await withLoan { client in
            for path in [
                Self.path, Self.path + "/history", Self.path + "/data", Self.path + "/why",
                "/v1/instances", "/v1/events", "/v1/instances?filter=workflow:loan",
            ] {
                let text = String(
                    decoding: JSON.encode(try await client.get(path).body), as: UTF8.self)
                for secret in Self.secrets {
                    #expect(!text.contains(secret), "\(secret) at \(path)")
                }
            }
            let instance = try await client.get(Self.path)
            #expect(instance["input"]?["city"] == "Bern")
            #expect(instance["input"]?["people"] == [["name": "•••"]])
            #expect(instance["context"]?["pin"] == "•••")
            #expect(instance["context"]?["note"] == "in ink")
            // What an attribute is made of is as sensitive as that.
            #expect(instance["search"] == ["city": "Bern", "holder": "•••", "cheap": true])
            for page in ["/instances/loan/1", "/instances", "/events"] {
                let html = try await client.page(page).html
                for secret in Self.secrets {
                    #expect(!html.contains(secret), "\(secret) at \(page)")
                }
            }
        }
    }

    @Test func whoAsksForItIsShownIt() async throws {
        try await withLoan { client in
            let instance = try await client.get(Self.path + "?reveal=true")
            #expect(instance["input"]?["iban"] == "CH93-0076")
            #expect(instance["context"]?["pin"] == "4711")
            let history = try await client.get(Self.path + "/history?reveal=true")
            #expect(String(decoding: JSON.encode(history.body), as: UTF8.self).contains("4711"))
            let data = try await client.get(Self.path + "/data?reveal=true")
            #expect(String(decoding: JSON.encode(data.body), as: UTF8.self).contains("4711"))
            let unclear = try await client.get(Self.path + "?reveal=perhaps")
            #expect((400..<500).contains(unclear.status))
            let page = try await client.page("/instances/loan/1")
            #expect(page.html.contains("href=\"/instances/loan/1?reveal=true\""))
            let shown = try await client.page("/instances/loan/1?reveal=true")
            #expect(shown.html.contains("4711"))
            #expect(shown.html.contains("Hide what is sensitive"))
        }
    }

    /// Decisions are made on what is there.
    @Test func whatIsMaskedIsFoundAndDecidedUponAllTheSame() async throws {
        try await withLoan { client in
            let found = try await client.get("/v1/instances?filter=holder%3DCH93-0076")
            #expect(found["total"] == 1)
            let again = try await client.put(
                Self.path,
                """
                {"city": "Bern", "iban": "CH93-0076", "people": [{"name": "Anna-Maria"}]}
                """)
            #expect(again.status == 200)
        }
    }

    @Test func whereNothingIsMarkedNothingIsMasked() async throws {
        try await withDoor { client in
            #expect(try await client.get("/v1/instances/1")["input"]?["colour"] == "red")
            let page = try await client.page("/instances/door/d-1")
            #expect(!page.html.contains("sensitive"))
        }
    }

    /// What a guard came to says its values, and no sensitive one.
    @Test func explanationsOfExpressionsKeepIt() async throws {
        let raise = """
            workflow: raise
            version: 1
            input:
              type: object
              properties:
                salary: {type: integer, x-sensitive: true}
                limit: {type: integer, default: 5000}
            events: {asked: {}, halved: {}}
            initial: open
            states:
              open:
                on:
                  asked: {target: granted, guard: input.salary < input.limit}
                  halved: {target: granted, guard: 100 / (input.salary - input.salary) > 0}
              granted: {type: final}
            """
        try await withServer(workflow: raise) { client in
            let path = "/v1/workflows/raise/instances/1"
            _ = try await client.put(path, #"{"salary": 7391}"#)
            for event in ["asked", "halved"] {
                _ = try await client.post(path + "/events", #"{"event": "\#(event)"}"#)
                for place in ["", "/why", "/history", "/actions"] {
                    let answer = try await client.get(path + place)
                    #expect(!"\(answer.body)".contains("7391"), "\(event) \(place)")
                }
            }
            let history = try await client.get(path + "/history")
            #expect("\(history.body)".contains("input.limit = 5000"), "\(history.body)")
            #expect("\(history.body)".contains("input.salary = •••"), "\(history.body)")
        }
    }
}
