import Access
import Console
import Definition
import Values

/// What browsers ask for, and what a page of another site makes them ask.
extension Responder {
    /// A page, or what a form of one asks for.
    func page(
        _ console: Console, _ request: RawRequest, _ segments: [String],
        _ query: [(name: String, value: String)], _ body: Body, _ id: String
    ) async -> RawResponse {
        func asked(_ form: [UInt8]) -> ConsoleRequest {
            ConsoleRequest(
                method: request.method == "HEAD" ? "GET" : request.method, target: request.target,
                segments: segments, query: query, form: form, cookie: request.cookie,
                host: request.host)
        }
        let one: BrowserDoor.Recognised
        do {
            try checkSite(request, isPage: true)
            one = try await browser.recognise(request, asked([]), id)
        } catch {
            return await refuse(
                error, console, asked([]), request, BrowserDoor.Recognised(secret: ""), id)
        }
        do {
            if segments == ["live"] { return try live(request, one, id) }
            let form = request.method == "POST" ? try await formOf(request, body) : []
            let visit = PageVisit(
                console: console, raw: request, request: asked(form), one: one, id: id)
            return finished(await answer(visit), request, one, id)
        } catch {
            return await refuse(error, console, asked([]), request, one, id)
        }
    }

    /// A request for a page, after it is known who asks.
    private struct PageVisit {
        let console: Console
        let raw: RawRequest
        let request: ConsoleRequest
        let one: BrowserDoor.Recognised
        let id: String
    }

    private func answer(_ visit: PageVisit) async -> ConsoleResponse {
        let (console, raw, request, one) = (visit.console, visit.raw, visit.request, visit.one)
        let path = request.segments
        let door = ConsoleDoor(
            responder: self, request: raw, id: visit.id, visitor: one.visitor,
            principal: one.principal, formToken: browser.tokens.token(boundTo: one.secret))
        if path.first == "assets" { return await console.respond(to: request, api: door) }
        // Where a page of another site leads, a browser sends nothing along by which it is known.
        if WebRequest.isForeign(fetchSite: raw.fetchSite), !BrowserDoor.isWayBack(path) {
            return await console.onward(to: raw.target, of: request, api: door)
        }
        let isOurs =
            request.method != "POST"
            || browser.tokens.holds(request.formToken, boundTo: one.secret)
        guard let access = browser.access, let sessions = browser.sessions else {
            guard isOurs else { return await console.keep(request, isLoggedOut: false, api: door) }
            return await console.respond(to: request, api: door)
        }
        if BrowserDoor.owns(path) {
            // What is typed there is nothing to be shown again.
            guard isOurs else { return .redirect("/login") }
            let call = BrowserDoor.Call(
                console: console, raw: raw, request: request, api: door, one: one, id: visit.id)
            return await browser.answer(call, access, sessions)
        }
        guard one.principal != nil else {
            guard request.method == "POST" else {
                let next = Console.place(after: request.target)
                return .redirect(next == "/" ? "/login" : "/login?next=\(next.urlEncoded)")
            }
            return await console.keep(request, isLoggedOut: true, api: door)
        }
        guard isOurs else { return await console.keep(request, isLoggedOut: false, api: door) }
        return await console.respond(to: request, api: door)
    }

    /// A form as browsers send those of ours.
    private func formOf(_ request: RawRequest, _ body: Body) async throws -> [UInt8] {
        let type = request.contentType?.prefix { $0 != ";" }.trimmed.lowercased()
        guard type == nil || type == "application/x-www-form-urlencoded" else {
            throw Refusal(
                status: 415, code: "unsupported-media-type", "the body is no form of a page",
                fix: "programs ask the API, with `Content-Type: application/json`")
        }
        return try await body()
    }

    private func finished(
        _ answer: ConsoleResponse, _ request: RawRequest, _ one: BrowserDoor.Recognised,
        _ id: String
    ) -> RawResponse {
        var headers = answer.headers + [("X-Request-Id", id)] + SiteHeaders.ofAll
        // With a page that has forms: files and streams are of no browser in particular.
        let isPage = answer.headers.contains { $0.name == "Content-Security-Policy" }
        if one.isNewSecret, isPage, !WebRequest.isForeign(fetchSite: request.fetchSite) {
            let names = CookieNames(request)
            headers.append(names.header(names.form, one.secret))
        }
        if request.isEncrypted {
            headers = headers.map { name, value in
                let isBare = name == "Set-Cookie" && !value.contains("; Secure")
                return (name, isBare ? value + "; Secure" : value)
            }
        }
        return RawResponse(status: answer.status, headers: headers, body: answer.body)
    }

    /// What was refused before anybody read it; who listens is no reader.
    private func refuse(
        _ error: any Error, _ console: Console, _ asked: ConsoleRequest, _ request: RawRequest,
        _ one: BrowserDoor.Recognised, _ id: String
    ) async -> RawResponse {
        let refusal = error as? Refusal ?? (error as? Problem).map { Refusal($0) } ?? .unreadable
        let response = problem(refusal, id)
        if asked.segments == ["live"] {
            return self.response(
                response.status, "application/problem+json", response.headers, response.body, id)
        }
        let door = ConsoleDoor(
            responder: self, request: request, id: id, visitor: one.visitor,
            principal: one.principal,
            formToken: one.secret.isEmpty ? "" : browser.tokens.token(boundTo: one.secret))
        let answer = await console.refuse(
            APIAnswer(status: response.status, body: response.body), of: asked, api: door)
        return finished(answer, request, one, id)
    }

    /// Tells a page that something has changed, for as long as who listens may.
    private func live(
        _ request: RawRequest, _ one: BrowserDoor.Recognised, _ id: String
    ) throws -> RawResponse {
        if browser.access != nil, one.principal == nil { throw Refusal.unauthenticated(error: nil) }
        let client = admission.client(of: request, one.principal)
        guard let place = try streams.take(for: client) else {
            throw Problem(
                .overloaded, "\(LiveStreams.limit) pages are kept up to date already",
                fix: "reload the page by hand, or close others")
        }
        let (sessions, session) = (browser.sessions, one.session)
        let stays: @Sendable () async -> Bool = {
            guard let sessions, let session else { return true }
            return await sessions.find(session, isUse: false) != nil
        }
        return stream(
            LiveStream(feed: api.engine.feed(), place: place, server: process, stays: stays), id)
    }

    // MARK: Whose page is behind it

    /// A page of another site must not be able to change or to read anything, nor, having had its name point to this machine,
    /// to speak to the API at all.
    func checkSite(_ request: RawRequest, isPage: Bool) throws {
        let door = api.configuration.door
        if door == .api || door != .mounted && !api.configuration.hosts.isEmpty {
            try checkName(request)
        }
        let isForeign = WebRequest.isForeign(
            method: request.method, host: request.host, origin: request.origin,
            fetchSite: request.fetchSite)
        guard !isForeign else {
            throw Problem(
                .forbidden, "a page of another site may change nothing here",
                fix:
                    "send it from a page of this server's own, or from a program that is no browser; "
                    + "a proxy in between passes Host on")
        }
        guard door == .api else { return }
        try checkReading(request, isPage: isPage)
        try checkUnsaid(request, isPage: isPage)
    }

    private func checkName(_ request: RawRequest) throws(Refusal) {
        switch hosts.verdict(on: request.host) {
        case .admitted: return
        case .missing:
            throw Refusal(
                status: 400, code: "malformed", "the request does not say which server it asks",
                fix: "send `Host`")
        case .malformed:
            throw Refusal(
                status: 400, code: "malformed", "`Host` is there twice, or is no name of a server",
                fix: "send one, like `Host: pawl.example.com`")
        case .foreign(let name):
            throw Refusal(
                status: 421, code: "misdirected",
                "this server does not answer to the name \(name.quotable)",
                fix:
                    "address it by a name of `server.hosts` in pawl.yaml, or as 127.0.0.1 or localhost "
                    + "on its own machine")
        }
    }

    private func checkReading(_ request: RawRequest, isPage: Bool) throws(Problem) {
        let isForeign = WebRequest.isForeignReading(
            host: request.host, origin: request.origin, fetchSite: request.fetchSite,
            mode: request.fetchMode, destination: request.fetchDestination, isPage: isPage)
        guard isForeign else { return }
        throw Problem(
            .forbidden, "a page of another site may read nothing here",
            fix: "open the page in a window of its own, or ask from a program that is no browser")
    }

    /// A browser that says nothing of whose page is behind a change, and sends along what it has of ours, may be an old one
    /// that a page of another site made do it. Forms of pages prove themselves.
    private func checkUnsaid(_ request: RawRequest, isPage: Bool) throws(Problem) {
        guard !isPage, !["GET", "HEAD", "OPTIONS"].contains(request.method),
            request.origin == nil, request.fetchSite == nil || request.fetchSite == "none",
            CookieNames(request).isCarried(by: request.cookie)
        else { return }
        throw Problem(
            .forbidden, "the API takes nothing of what a browser is known by",
            fix: "send the request without `Cookie`")
    }
}
