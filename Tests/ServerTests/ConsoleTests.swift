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
        "/operations/new?action=pause&filter=workflow:door", "/paused", "/money", "/alerts",
        "/system",
        "/keys", "/who",
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
            #expect(
                done.html.contains(
                    "<b>Accepted:</b> row 3 of its history, by operator/anonymous: because"))
            #expect(done.html.contains("<b>Effective:</b> it is at revision 2 now."))
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

    /// What became of an action is told of what is recorded, not of the address.
    @Test func aLinkThatSomebodyMadeUpTellsOfNoAction() async throws {
        try await withDoor { client in
            for query in [
                "done=pause&seen=0", "done=1", "done=2", "done=-1", "done=99999999999999999999",
            ] {
                let page = try await client.page("/instances/door/d-1?\(query)")
                #expect(page.status == 200)
                #expect(!page.html.contains("Accepted"), "\(query)")
            }
            let path = "/v1/workflows/door/instances/d-1/actions/pause"
            _ = try await client.post(
                path, #"{"reason": "painters"}"#, ["Pawl-Actor": "operator/olga"])
            let page = try await client.page("/instances/door/d-1?done=3")
            #expect(
                page.html.contains(
                    "<b>Accepted:</b> row 3 of its history, by operator/olga: painters"))
            _ = try await client.post(
                "/v1/workflows/door/instances/d-1/actions/resume", #"{"reason": "dry"}"#)
            let later = try await client.page("/instances/door/d-1?done=3")
            #expect(later.html.contains("it was resumed since"), "\(later.html)")
        }
    }

    /// A line that a page shows goes to the page's own server, as the page's visitor.
    @Test func whatAPageShowsToBePastedIsAimedAtItsServer() async throws {
        try await withDoor { client in
            let base = "http://127.0.0.1:\(client.port)"
            let olga = ["Cookie": "pawl-actor=operator%2Folga"]
            let form = try await client.page("/instances/door/d-1/do/pause?reason=night", olga)
            #expect(
                form.html.contains(
                    "pawl pause door/d-1 --reason night --as operator/olga --url \(base)"))
            #expect(
                form.html.contains(
                    "curl -X POST \(base)/v1/workflows/door/instances/d-1/actions/pause"))
            #expect(form.html.contains("-H &#39;Pawl-Actor: operator/olga&#39;"))
            let nobody = try await client.page("/instances/door/d-1/do/pause?reason=night")
            #expect(nobody.html.contains("pawl pause door/d-1 --reason night --url \(base)"))
            #expect(!nobody.html.contains("Pawl-Actor"))
            for path in [
                "/instances", "/instances/door/d-1", "/incidents", "/tasks", "/events",
                "/operations/new?action=pause&filter=workflow:door",
            ] {
                let page = try await client.page(path)
                let lines = page.html.matches(of: #/class="command">([^<]*)</#).map(\.output.1)
                #expect(!lines.isEmpty, "\(path)")
                for line in lines { #expect(line.hasSuffix(" --url \(base)"), "\(path): \(line)") }
            }
            let usual = try await RawConnection.exchange(
                Array("GET /tasks HTTP/1.1\r\nHost: 127.0.0.1:8087\r\n\r\n".utf8), port: client.port
            )
            #expect(String(decoding: usual, as: UTF8.self).contains(">pawl tasks<"))
        }
    }

    @Test func aSuggestionForARoleIsPlayedByWhoeverVisits() async throws {
        try await withDoor { client in
            let path = "/instances/door/d-1/do/send"
            let olga = ["Cookie": "pawl-actor=operator%2Folga"]
            let form = try await client.page(path + "?event=door.lock&as=owner", olga)
            #expect(form.html.contains("value=\"owner/olga\""))
            let sent = try await client.post(form: "event=door.lock&as=owner", path, olga)
            #expect(sent.html.contains("by owner/olga"), "\(sent.html)")
            #expect(try await client.get("/v1/instances/1")["states"] == ["locked"])
        }
    }

    @Test(arguments: [
        "olga", "", "system/pawl", "System/x", "operator/", "op erator/olga", "operator/o%0Aa",
    ])
    func aWrongNameIsSaidToBeOne(_ name: String) async throws {
        try await withDoor { client in
            let page = try await client.post(
                form: "actor=\(name.replacing(" ", with: "+"))&back=%2Ftasks", "/who")
            #expect(page.status == 422)
            #expect(page.html.contains("actor-error"))
            #expect(page.header("Set-Cookie") == nil)
            #expect(page.html.contains("name=\"back\" value=\"/tasks\""))
        }
    }

    /// Nobody confirms what they have not seen, and who is refused sees it.
    @Test func aFormOfAnotherRevisionIsRefusedWithWhatWouldComeOfItNow() async throws {
        try await withDoor { client in
            let path = "/instances/door/d-1/do/move"
            for revision in ["&revision=zzz", "&revision=", ""] {
                let page = try await client.post(form: "state=opened&reason=r\(revision)", path)
                #expect(page.status == 422, "\(revision)")
                #expect(page.html.contains("which revision it was made for"))
            }
            let stale = try await client.post(form: "state=opened&reason=r&revision=7", path)
            #expect(stale.status == 412)
            #expect(stale.html.contains("is at revision 1 now, not 7"))
            #expect(stale.html.contains("would be added"))
            #expect(stale.html.contains("name=\"revision\" value=\"1\""))
            #expect(try await client.get("/v1/instances/1")["states"] == ["closed"])
            let blank = try await client.post(form: "state=opened&reason=+%0A&revision=1", path)
            #expect(blank.status == 422)
            #expect(blank.html.contains("a reason is expected, and this is empty"))
        }
    }

    /// Whoever looks at pages gets one.
    @Test func whatIsRefusedBeforeItIsReadIsAPageToo() async throws {
        try await withDoor { client in
            let reason = String(repeating: "r", count: 2 << 20)
            let large = try await client.post(
                form: "reason=\(reason)&revision=1", "/instances/door/d-1/do/pause")
            #expect(large.status == 413)
            #expect(large.header("Content-Type")?.hasPrefix("text/html") == true)
            #expect(large.html.contains("The body is larger than"))
            let foreign = try await client.post(
                form: "reason=x&revision=1", "/instances/door/d-1/do/terminate",
                ["Sec-Fetch-Site": "cross-site"])
            #expect(foreign.status == 403)
            #expect(foreign.html.contains("</html>"))
        }
    }

    /// Browsers, proxies and programs take these out of an address, however they are escaped.
    @Test(arguments: [".", ".."])
    func aKeyThatNoAddressHoldsIsRefused(_ key: String) async throws {
        try await withDoor { client in
            let made = try await client.post(
                "/v1/workflows/door/instances",
                #"{"key": "\#(key)", "input": {"colour": "red", "id": "\#(key)"}}"#)
            #expect(made.status == 422)
            #expect(made["detail"]?.stringValue?.contains("is no key") == true)
            let event = try await client.post(
                "/v1/events",
                #"{"event": "door.built", "data": {"colour": "red", "id": "\#(key)"}}"#)
            #expect(event.status == 422, "\(event.body)")
        }
    }

    /// Two keys that look the same are the same.
    @Test func whatNobodySeesInAKeyIsShown() async throws {
        try await withDoor { client in
            for key in ["\u{202E}gnp.exe", "d\u{200B}-1"] {
                let body = JSON.encode([
                    "key": .string(key), "input": ["colour": "red", "id": .string(key)],
                ])
                let made = try await client.post(
                    "/v1/workflows/door/instances", String(decoding: body, as: UTF8.self))
                #expect(made.status == 201)
                let path =
                    "/instances/door/"
                    + (key.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
                let shown = key.replacing("\u{202E}", with: "\\u202e").replacing(
                    "\u{200B}", with: "\\u200b")
                for page in ["/instances", path, path + "/do/cancel"] {
                    let html = try await client.page(page).html
                    #expect(html.contains(shown), "\(page)")
                    #expect(
                        !Self.holds(html, "\u{202E}") && !Self.holds(html, "\u{200B}"), "\(page)")
                }
                let form = try await client.page(path + "/do/cancel")
                #expect(form.html.contains("pawl cancel $&#39;door/\(shown)&#39;"))
                // What is typed is sent back as it was.
                let filter = try await client.page(
                    "/instances?filter="
                        + (key.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""))
                #expect(Self.holds(filter.html, "value=\"key:\(key)*\""))
            }
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

    /// As a browser does that has looked at a page before.
    func post(
        form: String, _ path: String, _ headers: [String: String] = [:]
    ) async throws -> WebPage {
        let seen = try await page("/keys")
        let token = seen.html.firstMatch(of: #/name="form-token" value="([^"]*)"/#)?.output.1 ?? ""
        let secret = (seen.header("Set-Cookie") ?? "").prefix { $0 != ";" }
        var headers = headers.merging(["Content-Type": "application/x-www-form-urlencoded"]) { $1 }
        headers["Cookie"] = headers["Cookie"].map { "\($0); \(secret)" } ?? String(secret)
        let (bytes, answer) = try await exchange(
            "POST", path, form + "&form-token=\(token)", headers)
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

    /// Whoever listens goes when they like, in the middle of a word as well; with a body or without one.
    @Test(arguments: [
        "GET /live HTTP/1.1\r\n", "GET /v1/events/stream?after=0 HTTP/1.1\r\n",
        "GET /v1/events/stream?after=0 HTTP/1.1\r\nContent-Length: 2\r\n",
    ])
    func whoListensGoesWithoutAWord(request: String) async throws {
        try await withDoor { client in
            for isRead in [true, true, false, true, false] {
                let body = request.contains("Content-Length") ? "{}" : ""
                let stream = try await RawConnection.stream(
                    request + "Host: 127.0.0.1\r\nPawl-Actor: admin/ana\r\n\r\n" + body,
                    port: client.port)
                if isRead {
                    _ = try await stream.read(
                        until: request.contains("live") ? "event: ready" : "id: ")
                }
                stream.end()
                #expect(try await client.get("/livez").status == 200)
            }
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

    /// A browser that opens page after page does not wait for those that it has closed.
    @Test func aListenerThatHasGoneKeepsNoPlace() async throws {
        try await withDoor { client in
            let ask = "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            // More than there are places, several times over.
            for _ in 0..<5 {
                var streams: [RawConnection.Stream] = []
                for _ in 0..<256 {
                    let stream = try await free(client, ask)
                    _ = try await stream.read(until: "event: ready")
                    streams.append(stream)
                }
                for stream in streams { stream.end() }
            }
        }
    }

    /// As soon as there is a place; that of the one before is given back in between two looks.
    private func free(_ client: Client, _ ask: String) async throws -> RawConnection.Stream {
        for _ in 0..<200 {
            let stream = try await RawConnection.stream(ask, port: client.port)
            let head = try await stream.read(until: "\r\n")
            if head.contains("200") { return stream }
            stream.end()
        }
        throw RefusedListener()
    }

    private struct RefusedListener: Error {}

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
