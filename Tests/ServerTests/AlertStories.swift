import Foundation
import Testing
import Values

/// What people say to alerts, over HTTP.
@Suite struct AlertStories {
    @Test func aSilenceHoldsUntilItsEndOrUntilSomebodyEndsIt() async throws {
        try await withDoor { client in
            let none = try await client.get("/v1/alerts")
            #expect(none["alerts"] == [] && none["receivers"] == [] && none["total"] == 0)
            let made = try await client.post(
                "/v1/silences",
                #"{"workflow": "door", "kinds": ["incident"], "until": "2999-01-01T00:00:00Z", "reason": "x"}"#
            )
            #expect(made.status == 422, "a year at most")
            let body =
                #"{"workflow": "door", "until": "\#(Timestamp.soon)", "reason": "new hinges"}"#
            let silence = try await client.post(
                "/v1/silences", body, ["Pawl-Actor": "operator/olga"])
            #expect(silence.status == 201)
            #expect(silence["holds"] == true && silence["by"] == "operator/olga")
            let id = try #require(silence["id"]?.stringValue)
            let listed = try await client.get("/v1/silences")
            #expect(listed["silences"]?[0]?["id"] == .string(id))
            #expect(try await client.post("/v1/silences/\(id)/end", "{}").status == 200)
            #expect(try await client.get("/v1/silences")["silences"] == [])
            #expect(try await client.post("/v1/silences/\(id)/end", "{}").status == 404)
        }
    }

    @Test(arguments: [
        (#"{"until": "2030-01-01T00:00:00Z", "reason": "x"}"#, "say what is silenced"),
        (#"{"workflow": "door", "reason": "x"}"#, "`until` is missing"),
        (
            #"{"workflow": "door", "until": "2020-01-01T00:00:00Z", "reason": "x"}"#,
            "later than now"
        ),
        (#"{"workflow": "door", "until": "\#(Timestamp.soon)"}"#, "`reason` is missing"),
        (
            #"{"workflow": "dor", "until": "\#(Timestamp.soon)", "reason": "x"}"#,
            "there is no workflow `dor`; did you mean `door`?"
        ),
        (
            #"{"adapter": "nope", "until": "\#(Timestamp.soon)", "reason": "x"}"#,
            "there is no adapter `nope`; "
        ),
        (
            #"{"kinds": ["fire"], "until": "\#(Timestamp.soon)", "reason": "x"}"#,
            "there is no kind `fire`; known: incident, overdue"
        ),
    ]) func whatIsNoSilenceSaysWhy(body: String, detail: String) async throws {
        try await withDoor { client in
            let answer = try await client.post("/v1/silences", body)
            #expect(answer.status == 422)
            let details = (answer["errors"]?.listValue ?? []).compactMap {
                $0["detail"]?.stringValue
            }
            #expect(details.contains { $0.contains(detail) }, "\(details)")
        }
    }

    @Test func theMenuOfEveryPageLeadsToAlerts() async throws {
        try await withDoor { client in
            for path in ["/", "/instances"] {
                #expect(try await client.page(path).html.contains(#"<a href="/alerts">"#))
            }
            let page = try await client.page("/alerts")
            #expect(page.html.contains(#"<a href="/alerts" aria-current="page">"#))
        }
    }

    @Test func whatIsNotThereIsSaidSo() async throws {
        try await withDoor { client in
            #expect(try await client.get("/v1/alerts/a-1").status == 404)
            #expect(try await client.post("/v1/alerts/a-1/acknowledge", "{}").status == 404)
            #expect(try await client.post("/v1/deliveries/msg_1/redeliver", "{}").status == 404)
            #expect(try await client.get("/v1/deliveries?status=dead")["deliveries"] == [])
            #expect(try await client.get("/v1/deliveries?status=lost").status == 422)
            let test = try await client.post("/v1/alerts/test", "{}")
            #expect(test.status == 404)
            #expect(test["fix"]?.stringValue?.contains("pawl.yaml") == true)
        }
    }
}

extension Timestamp {
    /// Within a year from any run of these tests.
    fileprivate static var soon: String {
        (Timestamp(seconds: Int64(Date().timeIntervalSince1970)) + .seconds(3_600)).rfc3339
    }
}
