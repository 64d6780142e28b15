import Access
import Engine
import Foundation
import Synchronization
import Testing
import Values

@testable import Server

/// How a browser comes in where everybody has to say who they are, and how it leaves.
@Suite struct LoginStories {
    /// Tokens that can be taken back, in place of the real ones.
    final class FakeTokens: Authenticator, Sendable {
        let good: Mutex<[ExactText: Principal]>

        init() {
            good = Mutex([
                "pawl_ana_1": Principal(
                    subject: "ana", roles: ["admin", "manager"], proof: .token("ana")),
                "pawl_bo_1": Principal(subject: "bo", roles: ["admin"], proof: .token("bo")),
            ])
        }

        func principal(for credentials: Credentials) async throws(Unproven) -> Principal? {
            guard let token = credentials.bearer else { return nil }
            guard let principal = good.withLock({ $0[ExactText(token)] }) else {
                throw Unproven("there is no such token")
            }
            return principal
        }
    }

    struct FakeIssuer: LoginProvider {
        let name = "acme & sons"

        func begin(redirect: String) async throws(Unproven) -> LoginBegun {
            LoginBegun(
                url: "https://issuer.example/authorize?client=pawl&state=S1", redirect: redirect,
                state: "S1", nonce: "N1", verifier: "V1")
        }

        func finish(
            _ query: [(name: String, value: String)], _ begun: LoginBegun
        ) async throws(Unproven) -> Principal {
            guard query.contains(where: { $0 == ("code", "C1") }), begun.verifier == "V1",
                begun.nonce == "N1", begun.redirect.hasSuffix("/login/acme%20%26%20sons/callback")
            else { throw Unproven("the code is not the issuer's") }
            return Principal(subject: "cara", roles: ["admin"], proof: .issuer("acme & sons"))
        }
    }

    private static let policy = Policy(roles: [
        "admin": Policy.Role(grants: [Policy.Grant(Set(Permission.allCases))]),
        "manager": Policy.Role(grants: [Policy.Grant([.read])]),
    ])
    private static let foreign = [
        ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "document"),
    ]

    func withGuard(
        proxies: TrustedProxies = TrustedProxies(),
        _ body: @escaping @Sendable (BrowserClient, FakeTokens) async throws -> Void
    ) async throws {
        let tokens = FakeTokens()
        let access = AccessControl(
            policy: Self.policy, authenticators: [tokens], logins: [FakeIssuer()])
        let given: (Engine) -> AccessControl = { _ in access }
        try await withServer(proxies: proxies, access: given) { client in
            let made = try await client.put(
                "/v1/workflows/door/instances/d-1", #"{"colour": "red"}"#,
                ["Authorization": "Bearer pawl_ana_1"])
            #expect(made.status == 201, "\(made.body)")
            try await body(BrowserClient(port: client.port), tokens)
        }
    }

    private func logIn(_ browser: BrowserClient, as token: String = "pawl_ana_1") async throws {
        let answer = try await browser.post("/login", from: "/login", [("token", token)])
        #expect(answer.status == 303, "\(answer.text)")
    }

    @Test func withoutALoginThereIsNothingToSee() async throws {
        try await withGuard { browser, _ in
            for (path, place) in [
                ("/", "/login"), ("/instances/door/d-1", "/login?next=%2Finstances%2Fdoor%2Fd-1"),
                ("/system", "/login?next=%2Fsystem"), ("/who", "/login?next=%2Fwho"),
                ("/tasks?filter=a%20b", "/login?next=%2Ftasks%3Ffilter%3Da%2520b"),
            ] {
                let answer = try await browser.get(path)
                #expect(answer.status == 303)
                #expect(answer.location == place)
            }
            #expect(try await browser.get("/live").status == 401)
            #expect(try await browser.get("/v1/instances").status == 401)
            let login = try await browser.get("/login")
            #expect(login.status == 200)
            for word in ["door/d-1", "/instances", "Triage", "anonymous"] {
                #expect(!login.text.contains(word), "\(word)")
            }
            #expect(login.text.contains("Log in with acme &amp; sons"))
        }
    }

    @Test func aTokenLetsABrowserInAndThePagesSayWhoItIs() async throws {
        try await withGuard { browser, _ in
            let login = try await browser.get("/login?next=%2Finstances%2Fdoor%2Fd-1")
            let answer = try await browser.post(
                "/login",
                [
                    ("token", " pawl_ana_1\n"), ("next", "/instances/door/d-1"),
                    ("form-token", login.token),
                ])
            #expect(answer.location == "/instances/door/d-1")
            let set = try #require(answer.all("Set-Cookie").first { $0.hasPrefix("pawl-session=") })
            #expect(set.hasSuffix("; Path=/; HttpOnly; SameSite=Strict"))
            let page = try await browser.get("/instances/door/d-1")
            #expect(page.status == 200)
            #expect(page.text.contains("ana · admin, manager"))
            #expect(page.text.contains("title=\"the token ana\""))
            let who = try await browser.get("/who")
            #expect(who.text.contains("Log out everywhere"))
            #expect(who.text.contains("the token ana"))
            #expect(try await browser.get("/login?next=/tasks").location == "/tasks")
            // What is done is done by whom the token is of.
            let paused = try await browser.post(
                "/instances/door/d-1/do/pause", from: "/", [("reason", "r"), ("revision", "1")])
            #expect(paused.status == 303)
            #expect(try await browser.get("/instances/door/d-1").text.contains("manager/ana"))
        }
    }

    /// A browser's session opens pages and nothing else: so no page of another site finds anything to press.
    @Test func theAPIDoesNotTakeASession() async throws {
        try await withGuard { browser, _ in
            try await logIn(browser)
            for path in ["/v1/instances", "/v1/system", "/metrics", "/v1/events/stream"] {
                #expect(try await browser.get(path).status == 401)
            }
            let change = try await browser.ask(
                "POST", "/v1/instances/1/actions/cancel",
                [
                    ("Content-Type", "application/json"), ("Content-Length", "15"),
                    ("Sec-Fetch-Site", "same-origin"),
                ], #"{"reason": "x"}"#)
            #expect(change.status == 401)
        }
    }

    /// Whoever had a browser take a session before its owner logged in does not share it.
    @Test func aLoginIsANewSession() async throws {
        try await withGuard { browser, _ in
            let thief = BrowserClient(port: browser.port)
            try await logIn(thief, as: "pawl_bo_1")
            let planted = try #require(thief.cookie("pawl-session"))
            for id in [planted, String(repeating: "A", count: 43), "x"] {
                browser.jar = [("pawl-session", id)]
                if id == planted {
                    // As bo, until ana says who she is.
                    _ = try await browser.post("/login", from: "/who", [("token", "pawl_ana_1")])
                } else {
                    try await logIn(browser)
                }
                let own = try #require(browser.cookie("pawl-session"))
                #expect(own != id && own.count == 43)
                let old = BrowserClient(port: browser.port)
                old.jar = [("pawl-session", id)]
                #expect(try await old.get("/").status == 303)
                #expect(try await browser.get("/").text.contains("ana · "))
            }
        }
    }

    @Test func whoLogsOutIsOutWhateverTheBrowserKeeps() async throws {
        try await withGuard { browser, _ in
            try await logIn(browser)
            let (kept, second) = (
                BrowserClient(port: browser.port), BrowserClient(port: browser.port)
            )
            kept.jar = browser.jar
            try await logIn(second)
            let out = try await browser.post("/logout", from: "/who", [])
            #expect(out.location == "/login")
            #expect(browser.cookie("pawl-session") == nil)
            #expect(try await kept.get("/").status == 303)
            #expect(try await second.get("/").status == 200)
            let third = BrowserClient(port: browser.port)
            try await logIn(third)
            _ = try await third.post("/logout", from: "/who", [("everywhere", "1")])
            #expect(try await second.get("/").status == 303)
        }
    }

    @Test func aLinkCannotLogAnybodyOutOrIn() async throws {
        try await withGuard { browser, _ in
            try await logIn(browser)
            for path in ["/logout", "/login/acme%20%26%20sons", "/login?token=pawl_bo_1"] {
                _ = try await browser.get(path)
            }
            let bare = try await browser.post("/logout", [])
            #expect(bare.location == "/login")
            #expect(try await browser.get("/").text.contains("ana · "))
            let other = BrowserClient(port: browser.port)
            let forced = try await other.post("/login", [("token", "pawl_bo_1")])
            #expect(forced.location == "/login")
            #expect(other.cookie("pawl-session") == nil)
        }
    }

    @Test func whatIsWrongIsNotSaidAndMoreTriesTakeLonger() async throws {
        try await withGuard { browser, _ in
            var texts: Set<ExactText> = []
            for token in ["pawl_ana_2", "nonsense", "pawl_zed_1", "é", "pawl_ana_3", "x y z"] {
                let page = try await browser.get("/login")
                let answer = try await browser.post(
                    "/login", [("token", token), ("form-token", page.token)])
                #expect(answer.status == 403)
                texts.insert(
                    answer.text.replacing(page.token, with: "").replacing(
                        #/<time.*?<\/time>/#, with: ""))
                #expect(!answer.text.contains(token))
            }
            #expect(texts.count == 1)
            // Each further one doubles the wait: sooner or later a try comes too soon.
            var tries = 0
            while try await browser.post("/login", from: "/login", [("token", "no")]).status != 429,
                tries < 100
            {
                tries += 1
            }
            let slow = try await browser.post("/login", from: "/login", [("token", "pawl_ana_1")])
            #expect(slow.status == 429)
            #expect(Int(slow.header("Retry-After") ?? "") ?? 0 >= 1)
            #expect(browser.cookie("pawl-session") == nil)
        }
    }

    @Test(arguments: [
        "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
        "/\u{9}/evil.example", "/login", "/logout", "/v1/instances", "/live", "data:text/html,x",
    ])
    func aLoginLeadsToOurOwnPagesOnly(place: String) async throws {
        try await withGuard { browser, _ in
            let page = try await browser.get("/login?next=\(browser.escaped(place))")
            #expect(page.text.contains("name=\"next\" value=\"/\""))
            let answer = try await browser.post(
                "/login",
                [("token", "pawl_ana_1"), ("next", place), ("form-token", page.token)])
            #expect(answer.location == "/")
        }
    }

    @Test func aFormThatComesAfterTheEndIsKept() async throws {
        try await withGuard { browser, _ in
            try await logIn(browser)
            let path = "/instances/door/d-1/do/pause"
            let fields = [("reason", "half a page of it"), ("revision", "1")]
            let token = try await browser.get(path).token
            browser.jar.removeAll { $0.name == "pawl-session" }
            let kept = try await browser.post(path, fields + [("form-token", token)])
            #expect(kept.status == 401)
            #expect(kept.text.contains("half a page of it"))
            #expect(!kept.text.contains("d-1</"))
            try await logIn(browser)
            // Its proof is of before the login: it is shown once more, and sent.
            let again = try await browser.post(path, fields + [("form-token", kept.token)])
            #expect(again.status == 403 && again.text.contains("half a page of it"))
            let done = try await browser.post(path, fields + [("form-token", again.token)])
            #expect(done.status == 303)
        }
    }

    // MARK: By an issuer

    private func begin(_ browser: BrowserClient, next: String = "/tasks") async throws -> String {
        let answer = try await browser.post(
            "/login/acme%20%26%20sons", from: "/login", [("next", next)])
        #expect(answer.status == 200)
        let set = try #require(answer.all("Set-Cookie").first { $0.hasPrefix("pawl-login=") })
        #expect(set.contains("; HttpOnly; SameSite=Lax"))
        return try #require(answer.onward)
    }

    private static let back = "/login/acme%20%26%20sons/callback"

    @Test func theWayToAnIssuerAndBack() async throws {
        try await withGuard { browser, _ in
            #expect(
                try await begin(browser) == "https://issuer.example/authorize?client=pawl&state=S1")
            let back = try await browser.get(Self.back + "?code=C1&state=S1", Self.foreign)
            #expect(back.status == 200)
            #expect(back.onward == "/tasks")
            let set = back.all("Set-Cookie").first { $0.hasPrefix("pawl-session=") } ?? ""
            #expect(set.hasSuffix("SameSite=Strict"))
            #expect(browser.cookie("pawl-login") == nil)
            #expect(try await browser.get("/tasks").text.contains("cara · admin"))
            #expect(try await browser.get("/who").text.contains("the issuer acme &amp; sons"))
            // Nobody comes back twice.
            browser.jar.removeAll { $0.name == "pawl-session" }
            #expect(
                try await browser.get(Self.back + "?code=C1&state=S1", Self.foreign).status == 403)
        }
    }

    /// Somebody's own code, sent to another by a link, would log the other in as them.
    @Test(arguments: [
        "?code=C1&state=S1", "?code=C1", "?code=C1&state=", "?code=C1&state=S2",
        "?code=C1&state=S1&state=S1", "?code=C2&state=S1", "?error=access_denied&state=S1", "",
    ])
    func whatDidNotBeginInThisBrowserEndsNowhere(query: String) async throws {
        try await withGuard { browser, _ in
            let hasBegun = query != "?code=C1&state=S1"
            if hasBegun { _ = try await begin(browser) }
            let back = try await browser.get(Self.back + query, Self.foreign)
            #expect(back.status == 403)
            #expect(browser.cookie("pawl-session") == nil)
            #expect(back.text.contains("That does not prove who you are"))
        }
    }

    // MARK: By somebody else

    @Test func anAdminSeesWhoIsLoggedInAndLogsThemOut() async throws {
        try await withGuard { browser, _ in
            try await logIn(browser)
            let client = Client(port: browser.port)
            let headers = ["Authorization": "Bearer pawl_bo_1"]
            let list = try await client.get("/v1/sessions", headers)
            #expect(list["sessions"]?.listValue?.map { $0["subject"] } == ["ana"])
            let ended = try await client.post(
                "/v1/sessions/end", #"{"subject": "ana"}"#, headers)
            #expect(ended["ended"] == 1)
            #expect(try await browser.get("/").status == 303)
            let audit = try await client.get("/v1/audit", headers)
            let deeds = audit["rows"]?.listValue?.compactMap { $0["deed"]?.stringValue } ?? []
            #expect(deeds.contains("login") && deeds.contains("logout"), "\(audit.body)")
        }
    }

    /// Nobody can be asked what has become of them at their issuer.
    @Test func whoCameByAnIssuerComesBackSooner() throws {
        var book = SessionBook()
        let ana = Principal(subject: "ana", roles: ["viewer"], proof: .issuer("acme"))
        book.begin("one", ana, nil, now: .zero)
        book.begin("two", ana, Credentials(authorization: "Bearer x"), now: .zero)
        var now = Duration.zero
        while now < .seconds(4 * 3_600) {
            now += .seconds(60)
            _ = book.find("one", now: now)
            _ = book.find("two", now: now)
        }
        #expect(book.find("one", now: now) == nil)
        #expect(book.find("two", now: now) != nil)
    }

    // MARK: Over https

    /// A proxy of this machine says so.
    @Test func overHttpsTheNameIsTakenFromThisHostAlone() async throws {
        let proxy = try #require(AddressRange("127.0.0.1"))
        try await withGuard(proxies: TrustedProxies([proxy])) { browser, _ in
            let secure = [("X-Forwarded-Proto", "https"), ("Sec-Fetch-Site", "same-origin")]
            let page = try await browser.get("/login", secure)
            let form = try #require(page.header("Set-Cookie"))
            #expect(form.hasPrefix("__Host-pawl-form=") && form.contains("; Secure"))
            let answer = try await browser.post(
                "/login", [("token", "pawl_ana_1"), ("form-token", page.token)], secure)
            let set = try #require(answer.all("Set-Cookie").first { $0.hasPrefix("__Host-pawl=") })
            #expect(set.hasSuffix("; Path=/; HttpOnly; SameSite=Strict; Secure"))
            let home = try await browser.get("/", secure)
            #expect(home.status == 200)
            let theme = try await browser.post(
                "/theme", [("theme", "dark"), ("form-token", home.token)], secure)
            #expect(theme.all("Set-Cookie").allSatisfy { $0.hasSuffix("; Secure") })
            #expect(try await browser.get("/").status == 303)
        }
    }

    // MARK: What was taken back

    @Test func aSessionEndsWithItsToken() async throws {
        let tokens = FakeTokens()
        let access = AccessControl(policy: Self.policy, authenticators: [tokens])
        let now = Mutex(Duration.zero)
        let sessions = Sessions(access) { now.withLock { $0 } }
        let ana = try #require(
            try await access.proven(by: Credentials(authorization: "Bearer pawl_ana_1")))
        let credentials = Credentials(authorization: "Bearer pawl_ana_1")
        let (one, two) = (
            sessions.begin(ana, credentials, replacing: nil),
            sessions.begin(ana, nil, replacing: nil)
        )
        tokens.good.withLock { $0["pawl_ana_1"] = nil }
        #expect(await sessions.find(one) != nil)
        now.withLock { $0 = .seconds(60) }
        #expect(await sessions.find(one) == nil)
        #expect(await sessions.find(one) == nil)
        // Of an issuer's nothing can be asked again.
        #expect(await sessions.find(two) != nil)
        tokens.good.withLock {
            $0["pawl_ana_1"] = Principal(subject: "ana", roles: ["viewer"], proof: .token("ana"))
        }
        let three = sessions.begin(ana, credentials, replacing: nil)
        now.withLock { $0 = .seconds(121) }
        #expect(await sessions.find(three) == nil, "the roles are others now")
    }
}
