import Access
import Console
import Definition
import Engine
import Execution
import Foundation
import Logging
import Resources
import Sabotage
import Traces
import Values

/// A request as it came, before anything of it was understood.
package struct RawRequest: Sendable {
    package var method: String
    /// Path and query, undecoded.
    package var target: String
    /// `Host`, and nil where there is none.
    package var host: String?
    package var contentType: String?
    /// `Pawl-Actor`.
    package var actor: String?
    /// `X-Request-Id`.
    package var requestID: String?
    /// Whether it comes from this machine.
    package var isLocal: Bool
    /// Address of whoever holds the connection; nil for a Unix socket.
    package var peer: String?
    /// `X-Forwarded-For`.
    package var forwardedFor: String?
    /// Over TLS, here or up to a trusted proxy.
    package var isEncrypted = false
    /// `Idempotency-Key`.
    package var idempotencyKey: String?
    /// `If-Match`.
    package var ifMatch: String?
    /// `Origin`, which browsers send.
    package var origin: String?
    /// `Sec-Fetch-Site`, which browsers send and pages cannot set.
    package var fetchSite: String?
    /// `Sec-Fetch-Mode` and `Sec-Fetch-Dest`: how a browser asks, and what for.
    package var fetchMode: String?
    package var fetchDestination: String?
    /// `Cookie`, of a browser.
    package var cookie: String?
    /// `Authorization`.
    package var authorization: String?
    /// Of the client's certificate, its own first: DER, of an authority that the server trusts.
    package var certificates: [[UInt8]] = []
    /// `Accept`.
    package var accept: String?
    /// `traceparent` and `tracestate`.
    package var trace: TraceContext?
    package var content = ContentHeaders()
    /// `Last-Event-ID`, of who read server-sent events before.
    package var lastEventID: String?
    /// Of the room for bodies.
    var share: UploadRoom.Share?
    /// Tells when whoever asks has gone; nil: nobody can tell.
    var departure: Departure?
    /// Who asks, where the server that this one is a part of knows.
    package var mountedActor: Actor?
    /// Who asks, where that was found out before: by the session of a browser whose page asks.
    var principal: Principal?

    package init(
        method: String, target: String, host: String? = nil, contentType: String? = nil,
        actor: String? = nil, requestID: String? = nil, isLocal: Bool = true,
        peer: String? = nil, forwardedFor: String? = nil, idempotencyKey: String? = nil,
        ifMatch: String? = nil,
        origin: String? = nil, fetchSite: String? = nil
    ) {
        self.method = method
        self.target = target
        self.host = host
        self.contentType = contentType
        self.actor = actor
        self.requestID = requestID
        self.isLocal = isLocal
        self.peer = peer
        self.forwardedFor = forwardedFor
        self.idempotencyKey = idempotencyKey
        self.ifMatch = ifMatch
        self.origin = origin
        self.fetchSite = fetchSite
    }
}

package struct RawResponse: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// In place of the body.
    package var content: ResponseContent?
    /// In place of both: what is sent as it comes (server-sent events).
    package var live: (any ServerEvents)?

    init(
        status: Int, headers: [(name: String, value: String)], body: [UInt8],
        content: ResponseContent? = nil, live: (any ServerEvents)? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.content = content
        self.live = live
    }
}

/// From a request as it came to an answer as it goes: every request gets one, and every refusal is a problem
/// document. Knows no HTTP library, so that it can be tried with any bytes.
package struct Responder: Sendable {
    /// Reads the body once the request is known to want one.
    package typealias Body = @Sendable () async throws -> [UInt8]

    let api: API
    let logger: Logger
    private let table: RouteTable
    /// nil: this is the API.
    private let gate: PublicGate?
    /// nil: nobody looks at pages here.
    private let console: Console?
    let streams: LiveStreams
    let admission: Admission
    /// What only browsers need.
    let browser: BrowserDoor
    let hosts: HostList
    /// Tells this process from the one before.
    let process = UUID().uuidString.lowercased()

    package init(
        engine: Engine, configuration: ServerConfiguration, logger: Logger,
        telemetry: Telemetry? = nil, access: AccessControl? = nil, tls: TLSKeeper? = nil
    ) {
        var api = API(
            engine: engine, configuration: configuration, logger: logger, telemetry: telemetry,
            access: configuration.door == .api ? access : nil, tls: tls)
        admission = Admission(configuration, telemetry)
        self.logger = logger
        streams = LiveStreams(byOwner: configuration.limits.streamsByPrincipal)
        browser = BrowserDoor(api.access, logger: logger, admission: admission) {
            (entry) async throws(Problem) in try await engine.record(entry)
        }
        api.sessions = browser.sessions
        self.api = api
        hosts = HostList(configuration.hosts, at: configuration.host)
        switch configuration.door {
        case .api:
            table = RouteTable(RouteDeclaration.all)
            gate = nil
            console = Console(
                environment: configuration.environment, version: configuration.version,
                process: process)
            return
        case .mounted:
            table = RouteTable(RouteDeclaration.mounted)
            gate = nil
        case .publicEntry(let proxies):
            table = RouteTable(RouteDeclaration.publicEntry, hint: "POST to /public/{workflow}")
            gate = PublicGate(catalog: engine.catalog, proxies: proxies)
        }
        console = nil
    }

    /// - Parameter pieces: for routes that take it piece by piece.
    package func respond(
        to request: RawRequest, pieces: @escaping Pieces = { _ in }, body: Body
    ) async -> RawResponse {
        let id = requestID(request)
        let begun = ContinuousClock.now
        let span = span(of: request)
        let (response, route) = await Engine.$trace.withValue(span?.context ?? request.trace) {
            await answer(request, pieces, body, id)
        }
        span?.end(of: request, route: route, status: response.status, id: id)
        api.telemetry?.noteRequest(
            method: request.method, route: route, status: response.status, taking: .now - begun)
        logger.debug(
            "request",
            metadata: [
                "method": "\(request.method)",
                "path": "\(request.target.prefix { $0 != "?" }.prefix(500))",
                "status": "\(response.status)", "request": "\(id)",
            ])
        return response
    }

    /// Reading is asked for all the time, by pages and by probes: who wants it in a trace begins one.
    private func span(of request: RawRequest) -> OpenSpan? {
        guard request.trace != nil || !["GET", "HEAD"].contains(request.method) else { return nil }
        return api.telemetry?.tracer.begin(request.method, .server, in: request.trace)
    }

    private func answer(
        _ request: RawRequest, _ pieces: @escaping Pieces, _ body: Body, _ id: String
    ) async -> (RawResponse, route: String) {
        if let console, let segments = RequestTarget.segments(request.target),
            Console.owns(segments), let query = RequestTarget.query(request.target)
        {
            return (await page(console, request, segments, query, body, id), "page")
        }
        let outcome = await outcome(of: request, pieces, body, id)
        let response = outcome.response
        if let events = response.events { return (stream(events, id), outcome.route) }
        if response.content != nil || response.status == 304 {
            return (content(response, id), outcome.route)
        }
        let type = outcome.isProblem ? "application/problem+json" : "application/json"
        return (
            self.response(response.status, type, response.headers, response.body, id),
            outcome.route
        )
    }

    /// The answer as a value; a refusal is one, too.
    struct Outcome {
        let response: APIResponse
        var isProblem = false
        /// Its path with names in braces; empty: there is no such thing.
        var route = ""
    }

    func outcome(
        of request: RawRequest, _ pieces: @escaping Pieces, _ body: Body, _ id: String
    ) async -> Outcome {
        var route = ""
        do {
            let found = try find(request)
            route = found.route.path
            return Outcome(
                response: try await handle(request, found, pieces, body, id), route: route)
        } catch {
            return Outcome(
                response: problem(refusal(for: error, id), id), isProblem: true, route: route)
        }
    }

    private func refusal(for error: any Error, _ id: String) -> Refusal {
        switch error {
        case let refusal as Refusal: return refusal
        case let problem as Problem: return Refusal(problem)
        case is CancellationError:
            return Refusal(
                Problem(.unavailable, "the server is stopping", fix: "try again in a moment"))
        default:
            logger.error("a request failed", metadata: ["reason": "\(error)", "request": "\(id)"])
            let failed = Problem(
                .internalError, "something went wrong in the server",
                fix: "the server's log says more under request \(id)")
            return Refusal(failed)
        }
    }

    private struct Found {
        let route: RouteDeclaration
        let parameters: [String: String]
        let query: [(name: String, value: String)]
    }

    private func find(_ request: RawRequest) throws -> Found {
        try checkSite(request, isPage: false)
        guard let segments = RequestTarget.segments(request.target),
            let query = RequestTarget.query(request.target)
        else {
            throw Problem(
                .malformed, "the path or query holds a broken escape",
                fix: "encode it as UTF-8 with %XX")
        }
        let (route, parameters) = try table.find(method: request.method, segments: segments)
        return Found(route: route, parameters: parameters, query: query)
    }

    private func handle(
        _ request: RawRequest, _ found: Found, _ pieces: @escaping Pieces, _ body: Body,
        _ id: String
    ) async throws -> APIResponse {
        let (route, parameters, query) = (found.route, found.parameters, found.query)
        try check(query, route)
        var limits: [(name: String, value: String)] = []
        var bytes: [UInt8] =
            isMutant(.strangersReadFirst) && !route.takesPieces ? try await body() : []
        if let gate {
            try gate.check(request)
            limits = try gate.admit(request, to: parameters["workflow"] ?? "")
        }
        let authority = try await authority(of: request, for: route, id)
        let actor: Actor
        do {
            actor = try self.actor(request, authority)
        } catch let problem as Problem where problem.code == .forbidden {
            // They say that they are somebody else.
            let own = Actor(role: "user", subject: authority?.principal.subject ?? "")
            try await api.recordRefusal(route, by: own, authority, id, problem)
            throw problem
        }
        if !isMutant(.strangersReadFirst) { bytes = route.takesPieces ? [] : try await body() }
        do {
            let principal = authority?.principal
            let asked = APIRequest(
                parameters: parameters, query: query, body: bytes,
                contentType: request.contentType, accept: request.accept,
                content: request.content, pieces: pieces,
                actor: actor, authority: authority, speaksAs: request.actor,
                idempotencyKey: request.idempotencyKey, ifMatch: request.ifMatch,
                lastEventID: request.lastEventID, id: id,
                streams: streams, client: admission.client(of: request, principal),
                departure: request.departure, share: request.share)
            let source = AuditSource(
                actor, principal: principal?.subject,
                proof: principal?.proof.description ?? hostProof, request: id)
            var response = try await Engine.$source.withValue(source) {
                try await api.answer(route, asked)
            }
            response.headers += limits
            return response
        } catch var refusal as Refusal {
            refusal.headers += limits
            throw refusal
        }
    }

    private func check(_ query: [(name: String, value: String)], _ route: RouteDeclaration)
        throws(Refusal)
    {
        let known = route.query.map(\.name)
        var seen: [String] = []
        for (name, _) in query {
            guard known.contains(name) else { throw .unknownParameter(name, known) }
            guard !seen.contains(name) else {
                throw .query(name, "it is there twice, and only one can count")
            }
            seen.append(name)
        }
    }

    func stream(_ events: any ServerEvents, _ id: String) -> RawResponse {
        RawResponse(
            status: 200,
            headers: [
                ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"),
                ("X-Request-Id", id),
            ] + SiteHeaders.ofDocuments, body: [], live: events)
    }

    // MARK: Who asks

    /// nil: whoever may speak to the server may do everything, or nobody needs to say who they are.
    private func authority(
        of request: RawRequest, for route: RouteDeclaration, _ id: String
    ) async throws -> Authority? {
        let isAsked = route.permission != .none || route.endpoint == .whoami
        let principal = try await admission.admit(request) {
            isAsked ? try await api.access?.principal(of: request, id, logger) : nil
        }
        guard let access = api.access, let principal else { return nil }
        return Authority(
            principal: principal, access: access,
            credentials: Credentials(
                authorization: request.authorization, certificates: request.certificates))
    }

    /// The server that this one is a part of has found out who asks.
    private var hostProof: String? { api.configuration.door == .mounted ? "host" : nil }

    private func actor(_ request: RawRequest, _ authority: Authority?) throws -> Actor {
        if api.configuration.door == .mounted {
            guard let actor = request.mountedActor else {
                throw Problem(.forbidden, "nobody said who asks")
            }
            return actor
        }
        if let text = request.actor, Actor.isClaimedToBeSystem(header: text) {
            guard gate == nil else {
                throw Problem(
                    .forbidden, "the header Pawl-Actor says nothing here", fix: "leave it out")
            }
            throw Problem(
                .forbidden, "nobody can be `system`: that is the engine itself",
                fix: "say who you are, like `operator/olga`, or leave Pawl-Actor out")
        }
        guard gate == nil else { return .stranger }
        if let authority {
            return try authority.access.actor(
                of: authority.principal, speakingAs: request.actor)
        }
        if api.access != nil { return .stranger }
        guard let text = request.actor else { return .anonymous }
        guard request.isLocal else {
            throw Problem(
                .forbidden, "Pawl-Actor is believed only when it comes from this machine",
                fix: "send the request from the server's own machine")
        }
        return try Actor(header: text)
    }

    private func requestID(_ request: RawRequest) -> String {
        guard let text = request.requestID, (1...128).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return UUID().uuidString.lowercased() }
        return text
    }

    // MARK: Answers

    func problem(_ refusal: Refusal, _ id: String) -> APIResponse {
        APIResponse(
            status: refusal.status, headers: refusal.headers, refusal.document(requestID: id))
    }

    /// What somebody put: nothing that a browser may take for a page of this server.
    private func content(_ response: APIResponse, _ id: String) -> RawResponse {
        var headers = response.headers
        headers.append(("X-Request-Id", id))
        if let content = response.content { headers.append(("Content-Type", content.type)) }
        return RawResponse(
            status: response.status, headers: SiteHeaders.beside(headers, SiteHeaders.ofDocuments),
            body: [], content: response.content)
    }

    func response(
        _ status: Int, _ type: String, _ headers: [(name: String, value: String)], _ body: Value,
        _ id: String
    ) -> RawResponse {
        RawResponse(
            status: status,
            headers: SiteHeaders.beside(
                headers + [
                    ("X-Request-Id", id), ("Content-Type", type), ("Cache-Control", "no-store"),
                ], SiteHeaders.ofDocuments),
            body: JSON.encode(body) + [10])
    }
}

extension Refusal {
    fileprivate static func unknownParameter(_ name: String, _ known: [String]) -> Refusal {
        let list = known.isEmpty ? "there are none" : known.joined(separator: ", ")
        return Refusal(
            Problem(
                .invalid, "the query parameter `\(name.quotable)` is unknown here",
                fix: nearestName(to: name, among: known).map { "did you mean \($0)?" }
                    ?? "known: \(list)"))
    }
}

extension OpenSpan {
    /// By the names of OpenTelemetry's conventions for HTTP servers.
    fileprivate func end(of request: RawRequest, route: String, status: Int, id: String) {
        end(
            name: route.isEmpty ? request.method : "\(request.method) \(route)",
            [
                ("http.request.method", .text(request.method)), ("http.route", .text(route)),
                ("http.response.status_code", .number(Int64(status))),
                ("pawl.request", .text(id)),
            ], failure: status >= 500 ? "HTTP \(status)" : nil)
    }
}
