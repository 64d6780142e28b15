import Execution
import Foundation
import Testing
import Values

/// What a stranger's program, or an attacker's, may send. Whatever it is: a 4xx, a problem document that says what
/// to do, and nothing half-done.
@Suite struct BadRequestStories {
    struct Case: Sendable, CustomTestStringConvertible {
        let request: String
        let status: Int
        let code: String
        /// Part of `detail`, or of the first of `errors`.
        let says: String

        var testDescription: String { String(request.prefix(60)) }

        init(_ request: String, _ status: Int, _ code: String, _ says: String) {
            self.request = request
            self.status = status
            self.code = code
            self.says = says
        }
    }

    private static func get(_ target: String, _ headers: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n"
    }

    private static func send(
        _ method: String, _ target: String, _ body: String,
        type: String = "application/json"
    ) -> String {
        "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static let start = "/v1/workflows/door/instances/d-1"
    private static let long = String(repeating: "x", count: 20_000)

    static let protocolCases = [
        Case("NONSENSE\r\n\r\n", 400, "malformed", "no HTTP/1.1 request"),
        Case(
            get("/v1/workflows", "Pawl-Actor: manager/m\r\nPawl-Actor: operator/k\r\n"), 400,
            "malformed", "Pawl-Actor is no `role/subject`"),
        Case("GET / HTTP/9.9\r\n\r\n", 400, "malformed", "no HTTP/1.1 request"),
        Case("GET /livez HTTP/1.1\r\nHost localhost\r\n\r\n", 400, "malformed", "no HTTP/1.1"),
        Case("\u{16}\u{3}\u{1}\u{2}\r\n\r\n", 400, "malformed", "no HTTP/1.1 request"),
        Case(
            "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "y", count: 90_000))\r\n\r\n",
            431, "headers-too-large", "larger or more"),
        Case(
            "PUT \(start) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}   ", 400, "malformed", ""),
        Case(
            "PUT \(start) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400, "malformed",
            "did not arrive whole"),
        Case(
            "PUT \(start) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 2000000\r\n\r\n{}", 413, "too-large", "larger than 1048576 bytes"
        ),
        Case(
            "PUT \(start) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
                + String(
                    repeating: "10000\r\n\(String(repeating: " ", count: 65_536))\r\n", count: 17)
                + "0\r\n\r\n", 413, "too-large", "larger than 1048576 bytes"),
    ]

    static let targetCases = [
        Case(get("/v1/instances/%"), 400, "malformed", "broken escape"),
        Case(get("/v1/instances/%zz"), 400, "malformed", "broken escape"),
        Case(get("/v1/instances/%c3%28"), 400, "malformed", "broken escape"),
        Case(get("/v1/instances?filter=%e2%82"), 400, "malformed", "broken escape"),
        Case(get("/v1/instances/nothing"), 404, "not-found", "names no instance"),
        Case(get("/v1/instances/99999999999999999999"), 404, "not-found", "names no instance"),
        Case(get("/v1/instances/-1"), 404, "unknown-instance", "there is no instance"),
        Case(get("/v1/instances/door%2Fd-9/why"), 404, "unknown-instance", "door/d-9"),
        Case(get("/v1"), 404, "not-found", "there is nothing at /v1"),
        Case(get("/v1/\(long)"), 404, "not-found", "there is nothing at /v1/xxx"),
        Case(get("/v1/../etc/passwd"), 404, "not-found", "there is nothing at"),
        Case(get("/v1/instances?colour=red"), 422, "invalid", "`colour` is unknown here"),
        Case(get("/v1/instances?\(long)=1"), 422, "invalid", "is unknown here"),
        Case(get("/v1/instances?count=1&count=2"), 422, "invalid", "there twice"),
        Case(get("/v1/instances?count=0"), 422, "invalid", "no whole number from 1 to 500"),
        Case(get("/v1/instances?count=1e3"), 422, "invalid", "`1e3` is no whole number"),
        Case(get("/v1/instances?count=\(long)"), 422, "invalid", "is no whole number"),
        Case(get("/v1/instances?cursor=17"), 422, "invalid", "did not come from this API"),
        Case(get("/v1/instances?cursor=c\(long)"), 422, "invalid", "did not come from this API"),
        Case(get("/v1/instances?wait=1s"), 422, "invalid", "`wait` is unknown here"),
        Case(get("/v1/workflows/door/instances/d-1?wait=1h"), 404, "unknown-instance", "door/d-1"),
        Case(
            "DELETE /v1/workflows HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "method-not-allowed",
            "DELETE is not possible here"),
        Case("BREW /v1/instances HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "malformed", ""),
        Case(
            "TRACE /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "method-not-allowed", "TRACE"),
    ]

    static let filterCases = [
        Case(get("/v1/instances?filter=stuck"), 422, "invalid", "`stuck` is no term"),
        Case(get("/v1/instances?total=all"), 422, "invalid", "`all` is none of enough, exact"),
        Case(get("/v1/instances?filter=health:stukc"), 422, "invalid", "`stukc` is no health"),
        Case(get("/v1/instances?filter=helth:stuck"), 422, "invalid", "there is no filter `helth`"),
        Case(get("/v1/instances?filter=:x"), 422, "invalid", "`:x` is no term"),
        Case(get("/v1/instances?filter=x:"), 422, "invalid", "`x:` is no term"),
        Case(get("/v1/instances?filter=%3E5"), 422, "invalid", "`>5` is no term"),
        Case(
            get(
                "/v1/instances?filter="
                    + Array(repeating: "a=1", count: 5000).joined(separator: "+")),
            422, "invalid", "more than 32 terms"),
        Case(get("/v1/instances?filter=\(long)"), 422, "invalid", "is no term"),
    ]

    static let bodyCases = [
        Case(send("PUT", start, ""), 400, "malformed", "the body is no JSON"),
        Case(send("PUT", start, "{"), 400, "malformed", "line 1, column 2"),
        Case(send("PUT", start, "\u{feff}{}"), 400, "malformed", "line 1, column 1"),
        Case(send("PUT", start, #"{"colour": "\ud800"}"#), 400, "malformed", "lone surrogate"),
        Case(send("PUT", start, #"{"colour": 1e999}"#), 400, "malformed", "line 1, column 12"),
        Case(
            send("PUT", start, #"{"colour": "red", "colour": "red"}"#), 400, "malformed",
            "duplicate key"),
        Case(
            send("PUT", start, String(repeating: #"{"a":"#, count: 200)), 400, "malformed",
            "nested deeper than 64 levels"),
        Case(
            send("PUT", start, #"{"colour": "red"}"#, type: "text/plain"), 415,
            "unsupported-media-type", "text/plain"),
        Case(
            "PUT \(start) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}", 415,
            "unsupported-media-type", "no Content-Type"),
        Case(send("PUT", start, "null"), 422, "invalid", "must be object"),
        Case(send("PUT", start, #"{"colour": "blue"}"#), 422, "invalid", "must be one of"),
        Case(send("PUT", start, #"{"color": "red"}"#), 422, "invalid", "is required"),
        Case(
            send("PUT", start, #"{"colour": "red", "width": 99999999999999999999}"#), 400,
            "malformed", "beyond 64 bits; send it as a text"),
        Case(send("PUT", "/v1/workflows/dor/instances/1", "{}"), 404, "unknown-workflow", "dor"),
        Case(
            send("PUT", "/v1/workflows/door/instances/a%00b", #"{"colour": "red"}"#), 422,
            "invalid", "printable characters"),
        Case(
            send("PUT", "/v1/workflows/door/instances/a%0D%0Ab", #"{"colour": "red"}"#), 422,
            "invalid", "printable characters"),
        Case(
            send("PUT", "/v1/workflows/door/instances/\(long)", #"{"colour": "red"}"#), 422,
            "invalid", "1 to 200"),
        Case(
            send("POST", "/v1/workflows/door/instances", #"{"key": ""}"#), 422, "invalid",
            "1 to 200 characters"),
        Case(
            send("POST", "/v1/workflows/door/instances", #"{"params": 3}"#), 422, "invalid",
            "an object is expected"),
        Case(send("POST", "/v1/events", "[]"), 422, "invalid", "an object is expected"),
        Case(send("POST", "/v1/events", "{}"), 422, "invalid", "`event` is missing"),
        Case(send("POST", "/v1/events", #"{"event": 7}"#), 422, "invalid", "a string of 1 to 200"),
        Case(
            send("POST", "/v1/events", #"{"event": "door.opne", "key": "d"}"#), 404,
            "unknown-event", "door.opne"),
        Case(send("POST", "/v1/events", #"{"event": "door.open"}"#), 422, "invalid", "needs a key"),
        Case(
            send("POST", "/v1/events", #"{"event": "door.open", "key": "d", "data": {"by": 1}}"#),
            404, "unknown-instance", "door/d"),
        Case(send("POST", start + "/actions/cancel", "{}"), 422, "invalid", "`reason` is missing"),
    ]

    static let actorCases = ["nobody", "/x", "client/", "cli ent/x", "client/a\u{1}", ""].map {
        Case(get("/livez", "Pawl-Actor: \($0)\r\n"), 400, "malformed", "")
    }

    static let all = protocolCases + targetCases + filterCases + bodyCases + actorCases

    /// One server for all, so that none of them harms the next.
    @Test func whateverIsSentIsAnsweredWithWhatToDo() async throws {
        try await withServer { client in
            for example in Self.all {
                let answer = try await RawConnection.ask(example.request, port: client.port)
                let label = "\(example.request.prefix(120)) → \(answer.status) \(answer.body)"
                #expect(answer.status == example.status, "\(label)")
                #expect(answer["code"]?.stringValue == example.code, "\(label)")
                #expect(answer["fix"]?.stringValue?.isEmpty == false, "\(label)")
                #expect(answer.headers["content-type"] == "application/problem+json", "\(label)")
                #expect(answer.headers["x-request-id"]?.isEmpty == false, "\(label)")
                let said = [answer["detail"], answer["errors"]?[0]?["detail"]]
                    .compactMap { $0?.stringValue }.joined(separator: " · ")
                #expect(said.contains(example.says) || example.says.isEmpty, "\(label)")
                #expect(said.count < 1100, "what is said is not what was sent")
            }
            let list = try await client.get("/v1/instances")
            #expect(list["total"] == 0, "nothing was half-done")
        }
    }

    @Test func oneBodyWithAHundredThousandMistakesIsToldAHundred() async throws {
        try await withServer { client in
            let members = (0..<80_000).map { "\"m\($0)\":1" }.joined(separator: ",")
            for path in ["/v1/events", "/v1/workflows/door/instances"] {
                let answer = try await client.post(path, "{\(members)}")
                #expect(answer.status == 422)
                #expect((1...100).contains(answer["errors"]?.listValue?.count ?? 0))
            }
            let input = try await client.put(Self.start, "{\(members)}")
            #expect(input.status == 422)
            #expect(input["errors"]?.listValue?.count == 100)
        }
    }

    @Test func aKeyIsUsedForOneInputOnly() async throws {
        try await withServer { client in
            #expect(try await client.put(Self.start, #"{"colour": "red"}"#).status == 201)
            let other = try await client.put(Self.start, #"{"colour": "green"}"#)
            #expect(other.status == 409)
            #expect(other["code"] == "key-conflict")
            #expect(other["fix"]?.stringValue?.contains("another key") == true)
            let same = try await client.put(Self.start, #"{"colour": "red", "width": 80.0}"#)
            #expect(same.status == 200, "a default that is written out is the same input")
        }
    }

    /// Unknown: 404. Not yet started: kept where that is declared, else 404. Ended: 409.
    @Test func anEventForNobodyIsToldWhy() async throws {
        try await withServer { client in
            let early = try await client.post(
                "/v1/events", #"{"event": "door.open", "key": "d-1"}"#)
            #expect(early.status == 404)
            let owner = ["Pawl-Actor": "owner/o-1"]
            let kept = try await client.post(
                "/v1/events", #"{"event": "door.lock", "key": "d-1", "id": "e1"}"#, owner)
            #expect(kept["receipts"]?[0]?["outcome"] == "kept")
            _ = try await client.put(Self.start, #"{"colour": "red"}"#)
            #expect(try await client.get(Self.start)["states"] == ["locked"])

            let reason = #"{"reason": "test"}"#
            #expect(try await client.post(Self.start + "/actions/cancel", reason).status == 200)
            let late = try await client.post(
                Self.start + "/events", #"{"event": "door.open", "data": {"by": "me"}}"#)
            #expect(late.status == 409)
            #expect(late["receipts"]?[0]?["code"] == "ended")
            let bad = try await client.post(
                "/v1/events", #"{"event": "door.lock", "key": "a\nb"}"#, owner)
            #expect(bad.status == 422, "what no instance can be called is not kept for one")
        }
    }

    @Test func requestsBehindEachOtherInOneConnectionAreAnsweredInTheirOrder() async throws {
        try await withServer { client in
            let bytes = Array((Self.get("/livez") + Self.get("/v1/x") + "junk\r\n\r\n").utf8)
            let answers = String(
                decoding: try await RawConnection.exchange(bytes, port: client.port), as: UTF8.self)
            let statuses = answers.components(separatedBy: "HTTP/1.1 ")
                .map { String($0.prefix(3)) }.filter { Int($0) != nil }
            #expect(statuses == ["200", "404", "400"])
        }
    }
}
