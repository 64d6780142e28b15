import Access
import Console
import Definition
import Execution
import Values

/// How somebody comes in, and leaves.
extension BrowserDoor {
    /// One request of a page of the login.
    struct Call: Sendable {
        let console: Console
        let raw: RawRequest
        let request: ConsoleRequest
        let api: ConsoleDoor
        let one: Recognised
        let id: String

        var names: CookieNames { CookieNames(raw) }
    }

    /// Whether it is a page that is there before anybody has logged in.
    static func owns(_ segments: [String]) -> Bool {
        segments.first == "login" || segments.first == "logout"
    }

    /// Whether another site's page leads here by right: the issuer's, on the way back.
    static func isWayBack(_ segments: [String]) -> Bool {
        segments.count == 3 && segments[0] == "login" && segments[2] == "callback"
    }

    func answer(_ call: Call, _ access: AccessControl, _ sessions: Sessions) async
        -> ConsoleResponse
    {
        let path = call.request.segments
        switch (call.request.method, path.first, path.count) {
        case ("GET", "login", 1): return await ask(call, access)
        case ("POST", "login", 1): return await takeToken(call, access, sessions)
        case ("POST", "login", 2): return await begin(path[1], call, access)
        case ("GET", "login", 3) where Self.isWayBack(path):
            return await comeBack(path[1], call, access, sessions)
        case ("POST", "logout", 1): return await leave(call, sessions)
        default: return .redirect("/login")
        }
    }

    private func ask(_ call: Call, _ access: AccessControl) async -> ConsoleResponse {
        let next = Console.place(after: call.request.option("next"))
        if call.one.principal != nil { return .redirect(next) }
        return await page(call, access, next: next, status: 200)
    }

    private func page(
        _ call: Call, _ access: AccessControl, next: String, status: Int, problem: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async -> ConsoleResponse {
        await call.console.login(
            LoginOffer(next: next, providers: access.logins.map(\.name), problem: problem),
            status: status, headers: headers, of: call.request, api: call.api)
    }

    // MARK: By a token

    private static let longestToken = 16_384

    private func takeToken(
        _ call: Call, _ access: AccessControl, _ sessions: Sessions
    ) async -> ConsoleResponse {
        let token = (call.request.field("token") ?? "").filter { !$0.isWhitespace }
        let next = Console.place(after: call.request.field("next"))
        let one = attempt(call.raw, token: token)
        if let wait = wait(one) { return await slowDown(wait, call, access, next) }
        let credentials = Credentials(authorization: "Bearer \(token)")
        do throws(Unproven) {
            guard token.utf8.count <= Self.longestToken,
                let principal = try await access.proven(by: credentials)
            else { throw Unproven("it is of no kind that is known") }
            succeeded(one)
            return await letIn(principal, credentials, next, call, sessions)
        } catch {
            return await turnAway(error, one, call, access, next)
        }
    }

    private func slowDown(
        _ wait: Duration, _ call: Call, _ access: AccessControl, _ next: String
    ) async -> ConsoleResponse {
        let seconds = wait.components.seconds + 1
        return await page(
            call, access, next: next, status: 429,
            problem: "Too many tries. Try again in \(seconds) s",
            headers: [("Retry-After", "\(seconds)")])
    }

    /// The browser is told no more than that it was not enough; the log says why.
    private func turnAway(
        _ unproven: Unproven, _ one: Try?, _ call: Call, _ access: AccessControl,
        _ next: String
    ) async -> ConsoleResponse {
        // An issuer that is down is nobody's wrong try.
        if let one, !unproven.isUnavailable {
            failed(one)
            await record(
                AuditEntry(.loginFailed, by: .stranger, reason: unproven.reason), nil, call)
        }
        logger.notice(
            "login failed",
            metadata: [
                "reason": "\(unproven.reason)", "peer": "\(admission.peer(of: call.raw))",
                "request": "\(call.id)",
            ])
        return await page(
            call, access, next: next, status: 403,
            problem: "That does not prove who you are. Nothing was changed",
            headers: [call.names.removal(of: call.names.login, isLax: true)])
    }

    private func letIn(
        _ principal: Principal, _ credentials: Credentials?, _ next: String, _ call: Call,
        _ sessions: Sessions
    ) async -> ConsoleResponse {
        .redirect(next, [await session(for: principal, credentials, call, sessions)])
    }

    /// A new one, whatever the browser brought.
    private func session(
        for principal: Principal, _ credentials: Credentials?, _ call: Call, _ sessions: Sessions
    ) async -> (name: String, value: String) {
        let names = call.names
        await record(
            AuditEntry(.login, by: Actor(role: "user", subject: principal.subject)), principal, call
        )
        let id = sessions.begin(
            principal, credentials, replacing: call.request.cookie(names.session))
        logger.info(
            "logged in",
            metadata: [
                "subject": "\(principal.subject)", "proof": "\(principal.proof)",
                "peer": "\(admission.peer(of: call.raw))",
                "request": "\(call.id)",
            ])
        return names.header(names.session, id)
    }

    // MARK: By an issuer

    private func begin(
        _ name: String, _ call: Call, _ access: AccessControl
    ) async -> ConsoleResponse {
        let next = Console.place(after: call.request.field("next"))
        let one = attempt(call.raw)
        if let wait = wait(one) { return await slowDown(wait, call, access, next) }
        guard let provider = access.logins.first(where: { sameUTF8($0.name, name) }),
            let host = call.raw.host
        else { return .redirect("/login") }
        let scheme = call.raw.isEncrypted ? "https" : "http"
        let redirect = "\(scheme)://\(host)/login/\(name.urlEncoded)/callback"
        do throws(Unproven) {
            let begun = try await provider.begin(redirect: redirect)
            let pending = PendingLogin(provider: name, begun: begun, next: next)
            let names = call.names
            // Lax: the issuer's page leads back here, and it has to come along.
            let cookie = names.header(
                names.login, pending.text(at: now, key), isLax: true,
                age: PendingLogin.life.components.seconds)
            // Not by a redirect: browsers hold those of a form to the form's own site.
            return await call.console.onward(
                to: begun.url, headers: [cookie], of: call.request, api: call.api)
        } catch {
            return await turnAway(error, nil, call, access, next)
        }
    }

    private func comeBack(
        _ name: String, _ call: Call, _ access: AccessControl, _ sessions: Sessions
    ) async -> ConsoleResponse {
        let names = call.names
        let one = attempt(call.raw)
        if let wait = wait(one) { return await slowDown(wait, call, access, "/") }
        let pending = call.request.cookie(names.login).flatMap { PendingLogin($0, at: now, key) }
        do throws(Unproven) {
            guard let pending, sameUTF8(pending.provider, name),
                let provider = access.logins.first(where: { sameUTF8($0.name, name) })
            else { throw Unproven("no login of this browser is under way") }
            let states = call.request.query.filter { $0.name == "state" }.map(\.value)
            guard states.count == 1, sameUTF8(states[0], pending.begun.state) else {
                throw Unproven("the state is not that of this browser's login")
            }
            let principal = try await provider.finish(call.request.query, pending.begun)
            // By a page of our own: behind one of the issuer's, a browser would not send along what it gets here.
            return await call.console.onward(
                to: Console.place(after: pending.next),
                headers: [
                    await session(for: principal, nil, call, sessions),
                    names.removal(of: names.login, isLax: true),
                ], of: call.request, api: call.api)
        } catch {
            // Any page can lead here without a login that is under way: that is no try.
            return await turnAway(error, pending == nil ? nil : one, call, access, "/")
        }
    }

    /// A record that cannot be written now lets nobody in twice and keeps nobody out: the log says that it is missing.
    private func record(
        _ entry: AuditEntry, _ principal: Principal?, _ call: Call
    ) async {
        var entry = entry
        entry.principal = principal?.subject
        entry.proof = principal?.proof.description
        entry.request = call.id
        do throws(Problem) {
            try await recording(entry)
        } catch {
            logger.error(
                "not on record", metadata: ["reason": "\(error.message)", "request": "\(call.id)"])
        }
    }

    // MARK: Out

    private func leave(_ call: Call, _ sessions: Sessions) async -> ConsoleResponse {
        if let principal = call.one.principal {
            await record(
                AuditEntry(.logout, by: Actor(role: "user", subject: principal.subject)), principal,
                call)
        }
        if let session = call.one.session { sessions.end(session) }
        if call.request.field("everywhere") != nil, let principal = call.one.principal {
            sessions.endAll(of: principal.subject)
        }
        let names = call.names
        return .redirect(
            "/login",
            [
                names.removal(of: names.session),
                ("Clear-Site-Data", "\"cache\", \"storage\""),
            ])
    }
}

extension ConsoleResponse {
    static func redirect(
        _ path: String, _ headers: [(name: String, value: String)] = []
    ) -> ConsoleResponse { seeOther(path, headers) }
}
