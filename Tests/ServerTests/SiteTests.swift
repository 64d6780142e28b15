import Execution
import Foundation
import Testing

@testable import Server

/// A page that somebody looks at on the server's machine, and what it can make the browser send.
@Suite struct SiteStories {
    private static let cancel = "/v1/workflows/door/instances/d-1/actions/cancel"
    private static let reason = #"{"reason": "x"}"#

    @Test(arguments: [
        ["Origin": "http://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"],
        ["Sec-Fetch-Site": "same-site"], ["Origin": "http://127.0.0.1:3000"],
    ])
    func aPageOfAnotherSiteChangesNothing(headers: [String: String]) async throws {
        try await withDoor { client in
            let changes = [
                try await client.post(Self.cancel, Self.reason, headers),
                // The simplest request that a page can make: no body, no media type.
                try await client.ask(
                    "POST", Self.cancel.replacing("cancel", with: "retry"), nil, headers),
                try await client.put(
                    "/v1/workflows/door/instances/d-2", #"{"colour": "red"}"#, headers),
                try await client.post("/v1/events", #"{"event": "door.break"}"#, headers),
            ]
            for answer in changes {
                #expect(answer.status == 403)
                #expect(answer["code"] == "forbidden")
                #expect(answer.header("Content-Type") == "application/problem+json")
            }
            #expect(try await client.get("/v1/instances")["total"] == 1)
            #expect(try await client.get("/v1/instances/1")["status"] == "running")
        }
    }

    @Test func aPageOfTheServersOwnAndAProgramMayChange() async throws {
        try await withDoor { client in
            for headers in [
                ["Origin": "http://127.0.0.1:\(client.port)"], ["Sec-Fetch-Site": "same-origin"],
                ["Sec-Fetch-Site": "none"], [:],
            ] {
                let path = "/v1/workflows/door/instances/\(headers.count)\(headers.keys)"
                let answer = try await client.put(
                    path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? "",
                    #"{"colour": "red"}"#, headers)
                #expect(answer.status < 300, "\(headers) \(answer.body)")
            }
        }
    }

    @Test func noPageStartsAnythingAtThePublicEntryOfAnotherSite() async throws {
        try await withServer(door: .publicEntry(proxies: [])) { client in
            let answer = try await client.post(
                "/public/door", #"{"colour": "red"}"#, ["Sec-Fetch-Site": "cross-site"])
            #expect(answer.status == 403)
        }
    }

    /// As a picture, a script, a frame or a window of its own; the API is no page that a link may lead to.
    @Test(arguments: [
        ("cross-site", "no-cors", "image"), ("cross-site", "no-cors", "script"),
        ("same-site", "cors", "empty"), ("cross-site", "navigate", "iframe"),
        ("cross-site", "navigate", "document"), ("cross-site", "websocket", "websocket"),
        ("nonsense", "", ""),
    ])
    func aPageOfAnotherSiteReadsNothing(site: String, mode: String, destination: String)
        async throws
    {
        let said = [
            ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", destination),
        ]
        try await withDoor { client in
            let browser = BrowserClient(port: client.port)
            for path in [
                "/v1/instances", "/v1/instances/1", "/metrics", "/openapi.json", "/livez",
                "/v1/events/stream", "/live", "/v1/nothing",
            ] {
                let answer = try await browser.get(path, said)
                let isPage = path == "/live" && mode == "navigate" && destination == "document"
                #expect(answer.status == (isPage ? 200 : 403), "\(path)")
                if isPage { continue }
                #expect(!answer.text.contains("door/d-1"))
            }
        }
    }

    /// What a link of another site leads to goes on by itself: as a page of this server's own it gets what the browser has.
    @Test func aLinkOfAnotherSiteLeadsToAPageWithoutAnythingOnIt() async throws {
        let said = [
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"),
        ]
        try await withDoor { client in
            let browser = BrowserClient(port: client.port)
            for path in ["/", "/instances/door/d-1", "/instances?filter=key:d-1&x=%22%3E"] {
                let answer = try await browser.get(path, said)
                #expect(answer.status == 200)
                #expect(answer.onward == path)
                #expect(!answer.text.contains("health"))
                #expect(answer.all("Set-Cookie").isEmpty)
            }
            var framed = said
            framed[2].1 = "iframe"
            #expect(try await browser.get("/", framed).status == 403)
        }
    }

    /// One that a page of another site made an old browser send, which says nothing of it.
    @Test func theAPITakesNothingThatABrowserIsKnownBy() async throws {
        try await withDoor { client in
            for cookie in ["pawl-form=x", "a=b; pawl-session=x", "__Host-pawl=x"] {
                let answer = try await client.post(Self.cancel, Self.reason, ["Cookie": cookie])
                #expect(answer.status == 403)
            }
            let other = try await client.post(Self.cancel, Self.reason, ["Cookie": "theme=dark"])
            #expect(other.status == 200)
        }
    }

    @Test func everyAnswerForbidsWhatBrowsersWouldDoWithIt() async throws {
        try await withDoor { client in
            let browser = BrowserClient(port: client.port)
            for path in [
                "/", "/instances/door/d-1", "/instances/door/none", "/v1/instances", "/v1/nothing",
                "/assets/none.css", "/metrics", "/livez",
            ] {
                let answer = try await browser.get(path)
                #expect(answer.header("X-Content-Type-Options") == "nosniff", "\(path)")
                #expect(answer.header("Cross-Origin-Resource-Policy") == "same-origin")
                #expect(answer.header("Cross-Origin-Opener-Policy") == "same-origin")
                #expect(answer.header("X-Frame-Options") == "DENY")
                #expect(answer.header("Permissions-Policy")?.contains("camera=()") == true)
                #expect(!answer.headers.contains { $0.name.hasPrefix("access-control") })
                for name in ["X-Content-Type-Options", "X-Frame-Options", "Content-Type"] {
                    #expect(answer.all(name).count == 1, "\(name) of \(path)")
                }
                guard !path.hasPrefix("/assets") else { continue }
                #expect(answer.header("Cache-Control") == "no-store")
                let policy = answer.header("Content-Security-Policy") ?? ""
                #expect(policy.contains("default-src 'none'"))
                #expect(policy.contains("frame-ancestors 'none'"))
                #expect(!policy.contains("unsafe"))
            }
        }
    }

    // MARK: Names

    @Test(arguments: [
        (["evil.example"], 421), (["127.0.0.1.evil.example:80"], 421), ([], 400), ([""], 400),
        (["127.0.0.1", "evil.example"], 400), (["evil.example", "127.0.0.1"], 400),
        (["127.0.0.1@evil.example"], 400), (["127.0.0.1:8087:80"], 400), (["localhost."], 400),
        (["localhost"], 200), (["[::1]:8087"], 200),
    ])
    func onlyItsOwnNamesAreAnsweredTo(hosts: [String], status: Int) async throws {
        try await withDoor { client in
            let browser = BrowserClient(port: client.port)
            for path in ["/", "/v1/instances", "/metrics", "/livez", "/assets/none.css"] {
                let answer = try await browser.ask("GET", path, [], host: hosts)
                let isAnswered = ![400, 421].contains(answer.status)
                #expect(status == 200 ? isAnswered : answer.status == status, "\(path)")
                #expect(!answer.text.contains("door/d-1") || status == 200)
            }
            for path in ["/live", "/v1/events/stream"] where status != 200 {
                let answer = try await browser.ask("GET", path, [], host: hosts)
                #expect(answer.status == status)
            }
        }
    }

    @Test func aTargetThatNamesAnotherServerIsNotForThisOne() async throws {
        try await withDoor { client in
            let browser = BrowserClient(port: client.port)
            for (target, host, status) in [
                ("http://evil.example/v1/instances", "127.0.0.1", 400),
                ("http://127.0.0.1/v1/instances", "evil.example", 400),
                ("http://evil.example/v1/instances", "evil.example", 421),
                ("http://127.0.0.1/v1/instances", "127.0.0.1", 200),
                ("HTTP://LOCALHOST/v1/instances", "localhost", 200),
            ] {
                let answer = try await browser.ask("GET", target, [], host: [host])
                #expect(answer.status == status, "\(target) \(host)")
            }
        }
    }

    @Test func aListNamesWhatElseIsAnsweredTo() async throws {
        try await withServer(hosts: ["pawl.example.com", "*.in.example.com"]) { client in
            let browser = BrowserClient(port: client.port)
            for (host, status) in [
                ("pawl.example.com", 200), ("a.in.example.com:443", 200), ("127.0.0.1", 200),
                ("in.example.com", 421), ("pawl.example.com.evil.example", 421),
            ] {
                let answer = try await browser.ask("GET", "/v1/instances", [], host: [host])
                #expect(answer.status == status, "\(host)")
            }
        }
        try await withServer(
            door: .publicEntry(proxies: []), hosts: ["jobs.example.com"]
        ) { client in
            let browser = BrowserClient(port: client.port)
            let headers = [("Content-Type", "application/json"), ("Content-Length", "17")]
            for (host, status) in [("jobs.example.com", 404), ("other.example.com", 421)] {
                let answer = try await browser.ask(
                    "POST", "/public/door", headers, #"{"colour": "red"}"#, host: [host])
                #expect(answer.status == status, "\(answer.text)")
            }
        }
    }

    // MARK: Forms

    private static let pause = "/instances/door/d-1/do/pause"
    private static let fields = [("reason", "a look"), ("revision", "1")]

    @Test func everyFormThatChangesSomethingProvesItself() async throws {
        try await withDoor { client in
            let browser = BrowserClient(port: client.port)
            let token = try await browser.get("/").token
            #expect(token.count == 43)
            for path in [
                "/", "/instances/door/d-1", "/instances/door/d-1/do/send", "/workflows/door",
                "/operations/new?action=pause&filter=workflow:door", "/money", "/who", "/alerts",
            ] {
                let html = try await browser.get(path).text
                let forms = html.components(separatedBy: "<form").dropFirst()
                    .filter { $0.prefix { $0 != ">" }.contains("method=\"post\"") }
                #expect(!forms.isEmpty)
                for form in forms {
                    #expect(form.contains("name=\"form-token\" value=\"\(token)\""), "\(path)")
                }
            }
        }
    }

    @Test func aFormWithoutItsProofIsNotCarriedOutAndNotLost() async throws {
        try await withDoor { client in
            let browser = BrowserClient(port: client.port)
            let stranger = BrowserClient(port: client.port)
            _ = try await browser.get("/")
            let foreign = try await stranger.get("/").token
            let said = "<script>alert(1)</script> & \"so\" on\nand on"
            for token in [nil, "", "x", foreign] {
                let fields =
                    [("reason", said), ("revision", "1")]
                    + (token.map { [("form-token", $0)] } ?? [])
                let kept = try await browser.post(Self.pause, fields)
                #expect(kept.status == 403)
                #expect(try await client.get("/v1/instances/1")["status"] == "running")
                #expect(kept.text.contains("action=\"\(Self.pause)\""))
                #expect(
                    kept.text.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;so&quot;")
                )
                #expect(kept.text.contains("name=\"revision\" value=\"1\""))
                #expect(!kept.text.contains("<script>alert"))
                #expect(!kept.text.contains("value=\"\(foreign)\""))
                #expect(!kept.token.isEmpty)
            }
            let kept = try await browser.post(Self.pause, Self.fields)
            let sent = try await browser.post(
                Self.pause, Self.fields + [("form-token", kept.token)])
            #expect(sent.status == 303)
            let history = try await client.get("/v1/instances/1/history")
            #expect(history["entries"]?.listValue?.last?["data"]?["reason"] == "a look")
        }
    }

    /// An old browser that says nothing of whose page it is, with all that it has of ours.
    @Test func whoeverSaysNothingNeedsTheProofAsWell() async throws {
        try await withDoor { client in
            let browser = BrowserClient(port: client.port)
            _ = try await browser.get("/")
            for headers in [[], [("Sec-Fetch-Site", "none")]] {
                #expect(try await browser.post(Self.pause, Self.fields, headers).status == 403)
            }
            let plain = try await browser.ask(
                "POST", Self.pause, [("Content-Type", "text/plain"), ("Content-Length", "0")])
            #expect(plain.status == 415)
            #expect(try await client.get("/v1/instances/1")["status"] == "running")
        }
    }

    @Test func aPreviewLeavesNoProofInAnAddress() async throws {
        try await withDoor { client in
            let browser = BrowserClient(port: client.port)
            let page = "/instances/door/d-1/do/move"
            let shown = try await browser.post(
                page, from: page,
                [("state", "opened"), ("reason", "a & b"), ("revision", "1"), ("preview", "1")])
            #expect(shown.status == 303)
            #expect(shown.location == page + "?state=opened&reason=a%20%26%20b")
            let preview = try await browser.get(shown.location ?? "")
            #expect(preview.text.contains("would be added"))
            #expect(try await client.get("/v1/instances/1")["states"] == ["closed"])
        }
    }

    @Test(arguments: [
        "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
        "/\u{9}/evil.example", "evil.example", "http:evil.example", " /tasks", "\\\\evil.example",
    ])
    func aFormLeadsBackToOurOwnPagesOnly(place: String) async throws {
        try await withDoor { client in
            let browser = BrowserClient(port: client.port)
            let theme = try await browser.post(
                "/theme", from: "/", [("theme", "dark"), ("back", place)])
            #expect(theme.location == "/")
            let who = try await browser.post(
                "/who", from: "/who", [("actor", "operator/olga"), ("back", place)])
            #expect(who.location == "/")
        }
    }

    /// `system` passes every sender's rule.
    @Test(arguments: ["system/x", "system", "System/pawl", "SYSTEM/"])
    func nobodyIsTheSystem(actor: String) async throws {
        try await withDoor { client in
            for path in ["/v1/instances/1/events", "/v1/events"] {
                let answer = try await client.post(
                    path, #"{"event": "door.lock", "key": "d-1"}"#, ["Pawl-Actor": actor])
                #expect(answer.status == 403)
                #expect(answer["detail"]?.stringValue?.contains("engine itself") == true)
            }
            let start = try await client.put(
                "/v1/workflows/door/instances/d-9", #"{"colour": "red"}"#, ["Pawl-Actor": actor])
            #expect(start.status == 403)
            #expect(try await client.get("/v1/instances/1")["states"] == ["closed"])
        }
    }
}
