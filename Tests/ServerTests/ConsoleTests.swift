import Foundation
import Testing
import Values

/// The pages, as a browser without a script gets them.
@Suite struct ConsoleStories {
    private static let pages = [
        "/", "/instances", "/instances?filter=health:stuck", "/instances/door/d-1",
        "/instances/door/d-1/do/move", "/instances/door/d-1/do/cancel", "/incidents",
        "/incidents?cause=x", "/tasks", "/workflows", "/workflows/door",
        "/workflows/door/difference?from=1", "/schedules",
        "/adapters", "/events", "/operations",
        "/operations/new?action=pause&filter=workflow:door", "/paused", "/system", "/keys", "/who",
    ]

    @Test(arguments: pages)
    func everyPageIsWholeAndHasNothingInline(_ path: String) async throws {
        try await withDoor { client in
            let page = try await client.page(path)
            #expect(page.status == 200, "\(page.html)")
            #expect(page.html.contains("</html>"))
            #expect(page.html.components(separatedBy: "<h1").count == 2, "one h1 on \(path)")
            #expect(!page.html.contains("{{"))
            for inline in [" style=", "<style", "onclick", "javascript:"] {
                #expect(!page.html.contains(inline), "\(path) has \(inline)")
            }
            #expect(page.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
            #expect(page.html.utf8.count < 60_000)
        }
    }

    @Test func theWayFromTriageToAnActionAndWhatCameOfIt() async throws {
        try await withDoor { client in
            let instance = try await client.page("/instances/door/d-1")
            #expect(instance.html.contains("for <code>door.open</code>"))
            let form = try await client.page(
                "/instances/door/d-1/do/move?state=opened&reason=because")
            #expect(form.html.contains("would be added"))
            #expect(form.html.contains(">opened</code>"))
            #expect(form.html.contains("pawl move door/d-1 --to opened --reason because"))
            let none = try await client.post(form: "state=opened&reason=&revision=1", form.path)
            #expect(none.status == 422)
            #expect(none.html.contains("the member `reason` is missing"))
            let done = try await client.post(
                form: "state=opened&reason=because&revision=1", "/instances/door/d-1/do/move")
            #expect(done.status == 200, "after the redirect")
            #expect(done.html.contains("<b>Accepted:</b>"))
            #expect(done.html.contains("<b>Effective:</b> revision 1 became 2."))
            #expect(done.html.contains("<b>Verified:</b>"))
            #expect(try await client.get("/v1/instances/1")["states"] == ["opened"])
        }
    }

    @Test func aWorkflowsPageSaysHowLongItsInstancesStay() async throws {
        try await withDoor { client in
            let before = try await client.page("/workflows/door")
            #expect(!before.html.contains("of the last"))
            for number in 2...6 {
                let path = "/v1/workflows/door/instances/d-\(number)"
                _ = try await client.put(path, #"{"colour": "red"}"#)
                _ = try await client.post(
                    path + "/events", #"{"event": "door.open", "data": {"by": "ana"}}"#)
            }
            let states = try await client.get("/v1/workflows/door")["states"]?.listValue ?? []
            #expect(states.compactMap { $0["usual"]?["visits"] } == [5])
            let page = try await client.page("/workflows/door")
            #expect(page.html.contains("of the last 5 visits that ended"))
            let why = try await client.get("/v1/workflows/door/instances/d-1/why")
            #expect(why["why"]?.stringValue?.contains("(usually ") == true)
        }
    }

    @Test func versionsAreComparedAsTheAPIComparesThem() async throws {
        try await withDoor { client in
            let path = "/v1/workflows/door/difference"
            let same = try await client.get(path + "?from=1")
            #expect(
                same.body == [
                    "workflow": "door", "from": 1, "to": 1, "states": [], "stranded": [],
                ])
            #expect(
                try await client.page("/workflows/door/difference?from=1").html
                    .contains("They declare the same."))
            #expect(try await client.get(path).status == 422)
            #expect(try await client.get(path + "?from=one").status == 422)
            #expect(try await client.get(path + "?from=7").status == 404)
            #expect(try await client.page("/workflows/door/difference?from=7").status == 404)
        }
    }

    /// Of the page and of the API: the same sentence, the same actions.
    @Test func aPageSaysWhatTheAPISays() async throws {
        try await withDoor { client in
            _ = try await client.post(
                "/v1/workflows/door/instances/d-1/actions/pause", #"{"reason": "painters"}"#)
            let why = try await client.get("/v1/workflows/door/instances/d-1/why")
            let page = try await client.page("/instances/door/d-1")
            for action in why["blockers"]?.listValue?.first?["actions"]?.listValue ?? [] {
                let sentence = try #require(action["sentence"]?.stringValue)
                let shown = sentence.replacing("`", with: "")
                let text = page.html.replacing(#/<\/?code>/#, with: "")
                #expect(text.contains(shown), "\(shown)")
            }
            #expect(page.html.contains("painters"))
            #expect(page.html.contains("/instances/door/d-1/do/resume"))
            #expect(try await client.page("/").html.contains("1 of 1 needs a person."))
        }
    }

    /// A quote with a combining mark is one character and no quote, and would end an attribute all the same.
    @Test(arguments: [
        "<script>alert(1)</script>", "\" onmouseover=\"alert(1)", "\"\u{301} autofocus onfocus=x",
        "<\u{301}img src=x onerror=alert(1)>", "'\u{20DD}><b>", "{{frame}}", "</textarea><script>",
    ])
    func whatSomebodyStoredIsTextOnEveryPage(_ payload: String) async throws {
        try await withDoor { client in
            let body = String(
                decoding: JSON.encode(["colour": "red", "id": .string(payload)]), as: UTF8.self)
            let key = payload.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let made = try await client.put("/v1/workflows/door/instances/\(key)", body)
            #expect(made.status == 201)
            let bare = [
                "<script>alert", "<b>", "{{frame}}", "<\u{301}img", "\"\u{301} autofocus",
                "\" onmouseover",
            ]
            for path in [
                "/instances", "/instances/door/\(key)",
                "/instances/door/\(key)/do/cancel?reason=\(key)", "/instances?filter=\(key)",
            ] {
                let page = try await client.page(path)
                for text in bare where payload.contains(text) && text != "{{frame}}" {
                    #expect(!Self.holds(page.html, text), "\(path) holds \(text)")
                }
                #expect(!page.html.contains("Frame("), "a template was made of what was stored")
            }
        }
    }

    private static func holds(_ html: String, _ text: String) -> Bool {
        let (all, part) = (Array(html.unicodeScalars), Array(text.unicodeScalars))
        return all.indices.dropLast(part.count).contains { start in
            all[start..<(start + part.count)].elementsEqual(part)
        }
    }

    /// What has to be filled in is not taken as it stands, from a page, a program, or a line that was pasted.
    @Test func aSuggestionThatNobodyFilledInIsRefused() async throws {
        try await withDoor { client in
            let why = try await client.get("/v1/workflows/door/instances/d-1/why")
            let actions = why["blockers"]?.listValue?.flatMap { $0["actions"]?.listValue ?? [] }
            let open = try #require(actions?.first { $0["arguments"]?["event"] == "door.open" })
            #expect(open["arguments"]?["data"] == ["by": "<by>"])
            let path = "/instances/door/d-1/do/send"
            let form = try await client.page(
                path + "?event=door.open&data=%7B%22by%22%3A%22%3Cby%3E%22%7D")
            #expect(form.html.contains("{&quot;by&quot;:&quot;&lt;by&gt;&quot;}"))
            let sent = try await client.post(
                form: "event=door.open&data=%7B%22by%22%3A%22%3Cby%3E%22%7D", path)
            #expect(sent.status == 422)
            #expect(sent.html.contains("still to be filled in"))
            let api = try await client.post(
                "/v1/workflows/door/instances/d-1/events",
                #"{"event": "door.open", "data": {"by": "<by>"}}"#)
            #expect(api.status == 422)
            #expect(api["errors"]?[0]?["pointer"] == "/data/by")
            #expect(try await client.get("/v1/instances/1")["states"] == ["closed"])
        }
    }

    @Test func aPageOfAnotherSiteCanPressNoButton() async throws {
        try await withDoor { client in
            let answer = try await client.post(
                form: "reason=x&revision=1", "/instances/door/d-1/do/terminate",
                ["Sec-Fetch-Site": "cross-site"])
            #expect(answer.status == 403)
            #expect(try await client.get("/v1/instances/1")["status"] == "running")
        }
    }

    @Test func whoVisitsIsKeptInTheHistoryAndAWrongNameIsNobodys() async throws {
        try await withDoor { client in
            let path = "/instances/door/d-1/do/pause"
            _ = try await client.post(
                form: "reason=night&revision=1", path, ["Cookie": "pawl-actor=operator%2Folga"])
            let history = try await client.get("/v1/instances/1/history")
            #expect(
                history["entries"]?.listValue?.last?["data"]?["by"] == "operator/olga")
            let page = try await client.page("/", ["Cookie": "pawl-actor=system%2Fpawl"])
            #expect(page.status == 403 || page.html.contains("operator/anonymous"))
        }
    }

    @Test func whatIsNotThereSaysWhatToDo() async throws {
        try await withDoor { client in
            for path in [
                "/instances/door/none", "/instances/none/d-1", "/workflows/none", "/keys/x",
            ] {
                let page = try await client.page(path)
                #expect(page.status == 404, "\(path)")
                #expect(page.html.contains("</html>"))
            }
            let wrong = try await client.page("/instances?filter=helth:stuck")
            #expect(wrong.html.contains("did you mean health:?"))
            let asset = try await client.page("/assets/none.css")
            #expect(asset.status == 404)
        }
    }

    @Test func theEndOfAHistoryIsReadFromBehind() async throws {
        try await withDoor { client in
            for number in 1...5 {
                _ = try await client.post(
                    "/v1/instances/1/events",
                    #"{"event": "door.lock", "id": "e-\#(number)", "data": {}}"#,
                    ["Pawl-Actor": "owner/o"])
            }
            let all = try await client.get("/v1/instances/1/history")
            let total = try #require(all["total"]?.intValue)
            let last = try await client.get("/v1/instances/1/history?last=2")
            #expect(
                last["entries"]?.listValue?.compactMap { $0["sequence"]?.intValue } == [
                    total - 1, total,
                ])
            let before = try await client.get("/v1/instances/1/history?last=2&before=\(total - 1)")
            #expect(
                before["entries"]?.listValue?.compactMap { $0["sequence"]?.intValue } == [
                    total - 3, total - 2,
                ])
            for before in ["0", "2"] {
                let lost = try await client.get("/v1/instances/1/history?before=\(before)")
                #expect(lost.status == 422, "it would have been passed over in silence")
            }
            let first = try await client.get("/v1/instances/1/history?last=500&before=2")
            #expect(first["entries"]?.listValue?.count == 1)
        }
    }
}

/// A page as a browser gets it, redirects followed.
struct WebPage: Sendable {
    let path: String
    let status: Int
    let headers: [String: String]
    let html: String

    func header(_ name: String) -> String? {
        headers.first { $0.key.lowercased() == name.lowercased() }?.value
    }
}

extension Client {
    func page(_ path: String, _ headers: [String: String] = [:]) async throws -> WebPage {
        let (bytes, answer) = try await bytes(path, headers)
        return WebPage(
            path: path, status: answer.status, headers: answer.headers,
            html: String(decoding: bytes, as: UTF8.self))
    }

    func post(
        form: String, _ path: String, _ headers: [String: String] = [:]
    ) async throws -> WebPage {
        let headers = headers.merging(["Content-Type": "application/x-www-form-urlencoded"]) { $1 }
        let (bytes, answer) = try await exchange("POST", path, form, headers)
        return WebPage(
            path: path, status: answer.status, headers: answer.headers,
            html: String(decoding: bytes, as: UTF8.self))
    }
}

/// What pages are told while they are open.
@Suite struct LiveStories {
    @Test func whoListensIsToldWhichInstancesChanged() async throws {
        try await withDoor { client in
            let stream = try await RawConnection.stream(
                "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", port: client.port)
            let head = try await stream.read(until: "event: ready")
            #expect(head.contains("text/event-stream"))
            _ = try await client.put("/v1/workflows/door/instances/d-2", #"{"colour": "red"}"#)
            let told = try await stream.read(until: "event: changed\ndata: ", then: "\n")
            let news = try JSON.parse(told)
            #expect(news["names"] == ["door/d-2"])
            #expect(news["more"] == false && news["others"] == [])
            // A stream that is open holds nobody up who stops the server: leaving this closure does.
        }
    }

    /// A page is of a process, and so is the stream: who hears of another one looks again at all of it.
    @Test func pagesAndTheStreamSayWhichProcessTheyAreOf() async throws {
        try await withDoor { client in
            let stream = try await RawConnection.stream(
                "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", port: client.port)
            let ready = try JSON.parse(
                try await stream.read(until: "event: ready\ndata: ", then: "\n"))
            let server = try #require(ready["server"]?.stringValue)
            #expect(try await client.page("/").html.contains("data-server=\"\(server)\""))
            let answer = try await client.post(
                form: "reason=&revision=1", "/instances/door/d-1/do/move")
            #expect(answer.html.contains("<main id=\"main\" tabindex=\"-1\" data-answer>"))
            stream.end()
        }
    }

    /// What pages show and no instance is.
    @Test func whoListensIsToldOfOperationsAndOfEventsThatMovedNothing() async throws {
        try await withDoor { client in
            let stream = try await RawConnection.stream(
                "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", port: client.port)
            _ = try await stream.read(until: "event: ready")
            _ = try await client.post(
                "/v1/events", #"{"event": "door.lock", "key": "none", "data": {}}"#)
            _ = try await stream.read(until: #""others":["event"]"#)
            _ = try await client.post(
                "/v1/operations", #"{"action": "pause", "filter": "workflow:door", "reason": "r"}"#)
            _ = try await stream.read(until: #""operation""#)
            stream.end()
        }
    }

    /// One tab of a browser listens for all; the server counts on nobody's manners.
    @Test func noMoreListenThanThereArePlaces() async throws {
        try await withDoor { client in
            var streams: [RawConnection.Stream] = []
            for _ in 0..<256 {
                let stream = try await RawConnection.stream(
                    "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", port: client.port)
                _ = try await stream.read(until: "event: ready")
                streams.append(stream)
            }
            let one = try await client.page("/live")
            #expect(one.status == 429)
            #expect(try await client.page("/").status == 200)
            for stream in streams { stream.end() }
        }
    }

    @Test func whatWasSeenMustStillBeSo() async throws {
        try await withDoor { client in
            let path = "/v1/workflows/door/instances/d-1/actions/pause"
            let body = #"{"reason": "r"}"#
            let stale = try await client.post(path, body, ["If-Match": "\"7\""])
            #expect(stale.status == 412)
            #expect(stale["detail"]?.stringValue?.contains("is at revision 1 now, not 7") == true)
            #expect(try await client.post(path, body, ["If-Match": "7"]).status == 400)
            #expect(try await client.post(path, body, ["If-Match": "\"1\""]).status == 200)
            let form = try await client.post(
                form: "reason=r&revision=1", "/instances/door/d-1/do/terminate")
            #expect(form.status == 412)
            #expect(form.html.contains("is at revision 2 now, not 1"))
        }
    }
}
