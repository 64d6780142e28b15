import Access
import Testing
import Values

@testable import Server

/// A server that wants to know who asks.
@Suite struct AccessStories {
    static let loan = """
        workflow: loan
        version: 1
        search: {reader: input.reader, holder: input.iban}
        input:
          type: object
          properties:
            reader: {type: string}
            iban: {type: string, x-sensitive: true}
        events:
          returned: {from: {role: reader, subject: input.reader}}
          called: {}
        initial: lent
        states:
          lent:
            on: {returned: back, called: checked}
          checked:
            invoke: {person: {title: Check it, role: clerk, outcomes: {good: back}}}
          back: {type: final}
        """

    private func withLoans(
        _ body: @escaping @Sendable (Client) async throws -> Void
    ) async throws {
        try await withServer(workflow: Self.loan, access: AccessControl.library) { client in
            for (key, reader) in [("1", "r-1"), ("2", "r-2"), ("3", "r-1")] {
                let started = try await client.put(
                    Self.path(key), #"{"reader": "\#(reader)", "iban": "CH93-0076"}"#,
                    .by("ana", "admin"))
                #expect(started.status == 201)
            }
            try await body(client)
        }
    }

    private static func path(_ key: String) -> String { "/v1/workflows/loan/instances/\(key)" }

    // MARK: Who asks

    @Test func whoBringsNothingIsToldWhatIsWanted() async throws {
        try await withLoans { client in
            let answer = try await client.get("/v1/instances")
            #expect(answer.status == 401)
            #expect(answer["code"] == "unauthenticated")
            #expect(answer.header("WWW-Authenticate") == #"Bearer realm="pawl""#)
            // Probes and programs that look for the description come without.
            for path in ["/livez", "/readyz", "/version", "/openapi.json"] {
                #expect(try await client.get(path).status == 200)
            }
        }
    }

    @Test(arguments: [
        "Bearer nonsense", "Bearer ", "Basic YTpi", "ana:admin", "Bearer ana:admin extra:x",
        "Bearer pawl_abc", "Bearer ana", "Bearer ana:admin\nBearer ana:admin",
    ])
    func whatProvesNothingIsRefused(_ header: String) async throws {
        try await withLoans { client in
            let answer = try await client.get("/v1/instances", ["Authorization": header])
            #expect(answer.status == 401 || answer.status == 403, "\(header)")
        }
    }

    @Test func nobodyCanClaimToBeSomebodyElse() async throws {
        try await withLoans { client in
            for claim in ["admin/ana", "reader/r-2", "operator/anonymous", "system/pawl"] {
                var headers: [String: String] = .by("r-1", "reader")
                headers["Pawl-Actor"] = claim
                let answer = try await client.get(Self.path("1"), headers)
                #expect(answer.status == 403, "\(claim)")
            }
            // One's own role may be said, and a shop speaks for readers.
            var headers: [String: String] = .by("r-1", "reader")
            headers["Pawl-Actor"] = "reader/r-1"
            #expect(try await client.get(Self.path("1"), headers).status == 200)
            headers = .by("web", "shop")
            headers["Pawl-Actor"] = "reader/r-1"
            let sent = try await client.post(
                Self.path("1") + "/events", #"{"event": "returned"}"#, headers)
            #expect(sent.status == 200)
        }
    }

    @Test func whoAsksIsToldWhatTheyMay() async throws {
        try await withLoans { client in
            let answer = try await client.get("/v1/whoami", .by("d-1", "desk"))
            #expect(answer["subject"] == "d-1")
            #expect(answer["permissions"]?["operate"] == ["loan"])
            #expect(answer["permissions"]?["override"] == nil)
            let admin = try await client.get("/v1/whoami", .by("ana", "admin"))
            #expect(admin["permissions"]?["administer"] == ["*"])
            #expect(try await client.get("/v1/whoami").status == 401)
        }
    }

    // MARK: What they may

    @Test func theWorkflowSaysWhoSendsWhat() async throws {
        try await withLoans { client in
            let event = #"{"event": "returned"}"#
            let others = try await client.post(
                Self.path("2") + "/events", event, .by("r-1", "reader"))
            #expect(others.status == 404, "it is another's")
            let desk = try await client.post(Self.path("1") + "/events", event, .by("d", "desk"))
            #expect(desk.status == 403, "the desk may send, and the workflow says who sends this")
            // The role of several that may.
            let own = try await client.post(
                Self.path("1") + "/events", event, .by("r-1", "reader,viewer"))
            #expect(own.status == 200)
            #expect(own["receipts"]?[0]?["outcome"] == "applied")
        }
    }

    @Test func anEventGoesToNobodyThatOneMayNotSendTo() async throws {
        try await withLoans { client in
            let body = #"{"event": "called", "key": "2"}"#
            for (name, role, status) in [
                ("r-1", "reader", 403), ("v", "viewer", 403), ("d", "desk", 200),
            ] {
                let answer = try await client.post("/v1/events", body, .by(name, role))
                #expect(answer.status == status, "\(role)")
            }
        }
    }

    @Test func oneStartsOnlyWhatIsOnesOwn() async throws {
        try await withLoans { client in
            let headers: [String: String] = .by("r-1", "reader")
            let own = try await client.put(Self.path("7"), #"{"reader": "r-1"}"#, headers)
            #expect(own.status == 201)
            let others = try await client.put(Self.path("8"), #"{"reader": "r-2"}"#, headers)
            #expect(others.status == 403)
            let post = try await client.post(
                "/v1/workflows/loan/instances", #"{"key": "9", "input": {"reader": "r-2"}}"#,
                headers)
            #expect(post.status == 403)
        }
    }

    @Test func listsShowWhatOneMayLookAt() async throws {
        try await withLoans { client in
            let own = try await client.get("/v1/instances", .by("r-1", "reader"))
            let names = own["instances"]?.listValue?.compactMap { $0["name"]?.stringValue }
            #expect(names == ["loan/3", "loan/1"])
            #expect(own["total"] == 2)
            #expect(try await client.get("/v1/instances", .by("v", "viewer"))["total"] == 3)
            let first = try await client.get("/v1/instances?count=1", .by("r-1", "reader"))
            let cursor = try #require(first["cursor"]?.stringValue)
            let next = try await client.get(
                "/v1/instances?count=1&cursor=\(cursor)", .by("r-1", "reader"))
            #expect(next["instances"]?[0]?["name"] == "loan/1")
            #expect(try await client.get("/v1/instances", .by("c", "clerk")).status == 403)
            #expect(
                try await client.get("/v1/workflows", .by("c", "clerk")).status == 403)
        }
    }

    @Test func whoDoesTasksSeesThoseOfTheirs() async throws {
        try await withLoans { client in
            let called = try await client.post(
                Self.path("1") + "/events", #"{"event": "called"}"#, .by("d", "desk"))
            #expect(called.status == 200)
            let list = try await client.get("/v1/tasks", .by("c-1", "clerk"))
            #expect(list["tasks"]?.listValue?.count == 1)
            let tasks = Self.path("1") + "/tasks"
            #expect(
                try await client.get(tasks, .by("c-1", "clerk"))["tasks"]?.listValue?.count == 1)
            let task = try await client.get(tasks + "/only", .by("c-1", "clerk"))
            #expect(task["title"] == "Check it")
            // Who may decide, but not this one, finds none.
            #expect(
                try await client.get(tasks, .by("r-2", "reader"))["tasks"]?.listValue?.isEmpty
                    == true)
            var headers: [String: String] = .by("c-1", "clerk")
            headers["If-Match"] = "*"
            let decided = try await client.post(
                tasks + "/only/decide", #"{"outcome": "good"}"#, headers)
            #expect(decided.status == 200)
            let history = try await client.get(Self.path("1") + "/history", .by("v", "viewer"))
            #expect("\(history.body)".contains("clerk/c-1"))
        }
    }

    @Test func whatIsOfferedIsWhatOneMayDo() async throws {
        try await withLoans { client in
            func names(_ role: String) async throws -> [String] {
                let answer = try await client.get(Self.path("1") + "/actions", .by("x", role))
                return answer["actions"]?.listValue?.compactMap { $0["name"]?.stringValue } ?? []
            }
            #expect(try await names("operator").contains("cancel"))
            let ofViewer = try await names("viewer")
            #expect(!ofViewer.contains("cancel"))
            let why = try await client.get(Self.path("1") + "/why", .by("x", "viewer"))
            #expect(why["blockers"]?[0]?["actions"]?.listValue?.isEmpty == true)
        }
    }

    @Test func manyAtOnceAreEachLookedAt() async throws {
        try await withLoans { client in
            func begin(_ role: String, _ action: String) async throws -> Int {
                try await client.post(
                    "/v1/operations",
                    #"{"action": "\#(action)", "filter": "workflow:loan", "reason": "x"}"#,
                    .by("d", role)
                ).status
            }
            for (role, action, status) in [
                ("desk", "pause", 201), ("operator", "terminate", 403), ("viewer", "pause", 403),
                ("reader", "pause", 403), ("author", "migrate", 403), ("desk", "terminate", 403),
            ] {
                let begun = try await begin(role, action)
                #expect(begun == status, "\(role) \(action)")
            }
        }
    }

    // MARK: What is sensitive

    @Test func revealingIsAPermission() async throws {
        try await withLoans { client in
            for role in ["viewer", "operator", "auditor", "desk"] {
                let masked = try await client.get(Self.path("1"), .by("x", role))
                #expect(masked["input"]?["iban"] == "•••", "\(role)")
                for path in ["", "/history", "/data"] {
                    let answer = try await client.get(
                        Self.path("1") + path + "?reveal=true", .by("x", role))
                    #expect(answer.status == 403, "\(role)")
                }
            }
            let shown = try await client.get(Self.path("1") + "?reveal=true", .by("x", "admin"))
            #expect(shown["input"]?["iban"] == "CH93-0076")
        }
    }

    /// Who finds an instance by a value knows the value.
    @Test func filtersRevealNothing() async throws {
        try await withLoans { client in
            let filter = "/v1/instances?filter=holder%3DCH93-0076"
            let path = Self.path("1") + "/neighbours?filter=holder%3ECH"
            for asked in [filter, path] {
                let answer = try await client.get(asked, .by("x", "viewer"))
                #expect(answer.status == 403)
            }
            let found = try await client.get(filter, .by("x", "admin"))
            #expect(found["total"] == 3)
        }
    }

    // MARK: On record

    /// Who looks for a way in is seen, and who was shown what is hidden.
    @Test func refusalsAndRevelationsAreOnRecord() async throws {
        try await withLoans { client in
            let pause = Self.path("1") + "/actions/pause"
            let refused = try await client.post(
                pause, #"{"reason": "x"}"#, .by("eve", "viewer"))
            #expect(refused.status == 403)
            var headers: [String: String] = .by("mallory", "viewer")
            headers["Pawl-Actor"] = "admin/ana"
            #expect(try await client.get(Self.path("1"), headers).status == 403)
            _ = try await client.get(Self.path("1") + "?reveal=true", .by("ana", "admin"))
            _ = try await client.post(pause, #"{"reason": "y"}"#, .by("ana", "admin"))
            let rows = try await client.get("/v1/audit", .by("o", "auditor"))["rows"]?.listValue
            func has(_ deed: String, _ subject: String) -> Bool {
                rows?.contains {
                    $0["deed"]?.stringValue == deed && "\($0)".contains(subject)
                } ?? false
            }
            #expect(has("denied", "eve"))
            #expect(has("reveal", "ana"))
            #expect(has("pause", "ana"))
            #expect(has("start", "ana"))
        }
    }

    // MARK: Tokens

    @Test func aTokenIsMadeUsedAndRevoked() async throws {
        try await withLoans { client in
            let made = try await client.post(
                "/v1/tokens",
                #"{"subject": "shop", "roles": ["operator"], "permissions": ["read"], "expires": "1h"}"#,
                .by("ana", "admin"))
            #expect(made.status == 201)
            let token = try #require(made["token"]?.stringValue)
            let headers = ["Authorization": "Bearer \(token)"]
            #expect(try await client.get(Self.path("1"), headers).status == 200)
            let pause = Self.path("1") + "/actions/pause"
            #expect(
                try await client.post(pause, #"{"reason": "x"}"#, headers).status == 403,
                "it is for reading")
            let list = try await client.get("/v1/tokens", .by("ana", "admin"))
            #expect(list["tokens"]?[0]?["status"] == "active")
            #expect(!"\(list.body)".contains(token.suffix(40)), "nobody reads it back")
            let id = try #require(made["id"]?.stringValue)
            let revoked = try await client.post(
                "/v1/tokens/\(id)/revoke", "{}", .by("ana", "admin"))
            #expect(revoked["status"] == "revoked")
            let after = try await client.get(Self.path("1"), headers)
            #expect(after.status == 401)
            #expect(after.header("WWW-Authenticate")?.contains("invalid_token") == true)
        }
    }

    /// A stream goes on for hours; whoever reads it is asked of again.
    @Test func whatIsRevokedProvesNothingAnyMore() async throws {
        let tokens = LoginStories.FakeTokens()
        let access = AccessControl(policy: Policy(), authenticators: [tokens])
        let credentials = Credentials(authorization: "Bearer pawl_ana_1")
        let principal = try #require(try await access.proven(by: credentials))
        let authority = Authority(
            principal: principal, access: access, credentials: credentials)
        #expect(await authority.stays())
        tokens.good.withLock { $0 = [:] }
        let stays = await authority.stays()
        #expect(!stays)
    }

    @Test func nobodyMakesATokenThatMayMore() async throws {
        try await withLoans { client in
            func make(_ members: String) async throws -> Int {
                try await client.post(
                    "/v1/tokens", #"{"subject": "s", \#(members)}"#, .by("g", "giver")
                ).status
            }
            for (members, status) in [
                (#""roles": ["admin"]"#, 403), (#""roles": ["viewer"]"#, 403),
                (#""roles": ["viewer"], "workflows": ["loan"]"#, 201),
                (#""roles": ["admin"], "permissions": ["read"], "workflows": ["loan"]"#, 201),
                (#""roles": ["desk"], "permissions": ["send"]"#, 403),
                (#""roles": ["shop"], "permissions": ["read"]"#, 403),
                (#""roles": ["giver"]"#, 201),
            ] {
                let answered = try await make(members)
                #expect(answered == status, "\(members)")
            }
        }
    }

    @Test func aTokenOfThisShapeWithAnotherSecretIsNone() async throws {
        try await withLoans { client in
            let made = try await client.post(
                "/v1/tokens", #"{"subject": "s", "roles": ["viewer"]}"#, .by("ana", "admin"))
            let id = try #require(made["id"]?.stringValue)
            // The right id and checksum over another secret.
            let stem = "pawl_\(id)_" + String(repeating: "A", count: 43)
            let forged = stem + String(SHA256.hex(of: stem).prefix(6))
            #expect(AccessToken.Text(parsing: forged) != nil)
            let answer = try await client.get(
                "/v1/instances", ["Authorization": "Bearer \(forged)"])
            #expect(answer.status == 401)
        }
    }

    @Test(arguments: [
        (#"{"roles": ["viewer"]}"#, "subject"), (#"{"subject": "s"}"#, "roles"),
        (#"{"subject": "s", "roles": []}"#, "one role"),
        (#"{"subject": "s", "roles": ["vewer"]}"#, "did you mean `viewer`"),
        (#"{"subject": "s", "roles": ["viewer"], "permissions": ["all"]}"#, "no permission `all`"),
        (#"{"subject": "s", "roles": ["viewer"], "workflows": ["laon"]}"#, "no workflow `laon`"),
        (#"{"subject": "s", "roles": ["viewer"], "expires": "10y"}"#, "a year at most"),
        (#"{"subject": "s", "roles": ["viewer"], "expires": "500d"}"#, "a year at most"),
        (#"{"subject": "s", "roles": ["viewer"], "expires": "2001-01-01T00:00:00Z"}"#, "to come"),
        (#"{"subject": "s\u0000", "roles": ["viewer"]}"#, "printable"),
    ])
    func aSlipInATokenIsSaid(_ body: String, _ text: String) async throws {
        try await withLoans { client in
            let answer = try await client.post("/v1/tokens", body, .by("ana", "admin"))
            #expect(answer.status == 422)
            #expect("\(answer.body)".contains(text), "\(answer.body)")
        }
    }

    // MARK: Without access control

    @Test func withoutAccessControlNothingIsAsked() async throws {
        try await withServer(workflow: Self.loan) { client in
            #expect(try await client.get("/v1/instances").status == 200)
            #expect(try await client.get("/v1/whoami")["isControlled"] == false)
            let made = try await client.post(
                "/v1/tokens", #"{"subject": "s", "roles": ["admin"]}"#)
            #expect(made.status == 409, "it would be a way in for later")
        }
    }
}
