import CEL
import Execution
import Foundation
import Hummingbird
import Logging
import NIOCore
import Sabotage

private typealias FieldName = HTTPFields.Element.Name

/// Between Hummingbird and the API's plain values.
struct FrontEnd: Sendable {
    let api: API
    let logger: Logger
    private let table = RouteTable(Route.all)

    init(api: API, logger: Logger) {
        self.api = api
        self.logger = logger
    }

    /// Keeps the peer's address.
    struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let peer: SocketAddress?

        init(source: ApplicationRequestContextSource) {
            coreContext = CoreRequestContextStorage(source: source)
            peer = source.channel.remoteAddress
        }
    }

    @Sendable
    func respond(to request: Request, _ context: Context) async -> Response {
        let id = requestID(request)
        reach(.requestRead, request.uri.path)
        let response = await answer(request, context, id)
        reach(.responseMade, request.uri.path)
        logger.debug(
            "request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path)",
                "status": "\(response.status.code)", "request": "\(id)",
            ])
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ request: Request, _ context: Context, _ id: String) async -> Response {
        do {
            let response = try await handle(request, context, id)
            return self.response(
                response.status, "application/json", response.headers, response.body, id)
        } catch let refusal as Refusal {
            return problem(refusal, id)
        } catch let problem as Problem {
            return self.problem(Refusal(problem), id)
        } catch is CancellationError {
            return problem(
                Refusal(
                    Problem(.unavailable, "the server is stopping", fix: "try again in a moment")),
                id)
        } catch {
            logger.error("a request failed", metadata: ["reason": "\(error)", "request": "\(id)"])
            return problem(
                Refusal(
                    Problem(
                        .internalError, "something went wrong in the server",
                        fix: "the server's log says more under request \(id)")), id)
        }
    }

    private func handle(
        _ request: Request, _ context: Context, _ id: String
    ) async throws -> APIResponse {
        try checkHost(request)
        guard let segments = RequestTarget.segments(request.uri.string),
            let query = RequestTarget.query(request.uri.string)
        else {
            throw Problem(
                .malformed, "the path or query holds a broken escape",
                fix: "encode it as UTF-8 with %XX")
        }
        let (route, parameters) = try table.find(
            method: request.method.rawValue, segments: segments)
        try check(query, route)
        let actor = try actor(request, context)
        return try await route.handle(
            api,
            APIRequest(
                parameters: parameters, query: query, body: try await body(request),
                contentType: request.headers[.contentType], actor: actor, id: id))
    }

    private func check(_ query: [(name: String, value: String)], _ route: Route) throws(Refusal) {
        for (name, _) in query where !route.query.contains(name) {
            let known = route.query.isEmpty ? "there are none" : route.query.joined(separator: ", ")
            throw Refusal(
                Problem(
                    .invalid, "the query parameter `\(name)` is unknown here",
                    fix: nearestName(to: name, among: route.query).map { "did you mean \($0)?" }
                        ?? "known: \(known)"))
        }
    }

    private func body(_ request: Request) async throws(Refusal) -> [UInt8] {
        let limit = api.configuration.bodyLimit
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= limit else { throw .tooLarge }
        var body: [UInt8] = []
        do {
            for try await part in request.body {
                guard body.count + part.readableBytes <= limit else { throw Refusal.tooLarge }
                body += part.readableBytesView
            }
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw .unreadable
        }
        return body
    }

    // MARK: Who asks

    private func actor(_ request: Request, _ context: Context) throws -> Actor {
        guard let name = FieldName("Pawl-Actor"), let text = request.headers[name] else {
            return .anonymous
        }
        guard context.peer?.isLoopback ?? false else {
            throw Problem(
                .forbidden, "Pawl-Actor is believed only when it comes from this machine",
                fix: "send the request from the server's own machine")
        }
        return try Actor(header: text)
    }

    /// A web page that had its name point to this machine must not be able to speak to the server.
    private func checkHost(_ request: Request) throws {
        guard api.configuration.host.isLoopbackHost, let authority = request.head.authority,
            !authority.hostPart.isLoopbackHost
        else { return }
        throw Problem(
            .forbidden, "this server does not answer to the name \(authority.hostPart)",
            fix: "address it as 127.0.0.1 or localhost")
    }

    private func requestID(_ request: Request) -> String {
        guard let name = FieldName("X-Request-Id"), let text = request.headers[name],
            (1...128).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return UUID().uuidString.lowercased() }
        return text
    }

    // MARK: Answers

    private func problem(_ refusal: Refusal, _ id: String) -> Response {
        response(
            refusal.status, "application/problem+json", refusal.headers,
            refusal.document(requestID: id), id)
    }

    private func response(
        _ status: Int, _ type: String, _ headers: [(name: String, value: String)], _ body: Value,
        _ id: String
    ) -> Response {
        var fields = HTTPFields()
        for (name, value) in headers + [("X-Request-Id", id)] {
            if let name = FieldName(name) { fields[name] = value }
        }
        fields[.contentType] = type
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        return Response(
            status: HTTPResponse.Status(code: status), headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSON.encode(body) + [10])))
    }
}

extension SocketAddress {
    var isLoopback: Bool {
        guard let address = ipAddress else { return true }
        return address.isLoopbackHost || address.hasPrefix("::ffff:127.")
    }
}

extension String {
    /// A name or address of this machine itself.
    package var isLoopbackHost: Bool {
        self == "localhost" || self == "::1"
            || (hasPrefix("127.") && allSatisfy { "0123456789.".contains($0) })
    }

    /// Of `host:port` or `[::1]:port`.
    fileprivate var hostPart: String {
        if hasPrefix("[") { return String(dropFirst().prefix { $0 != "]" }) }
        return String(prefix { $0 != ":" }).lowercased()
    }
}
