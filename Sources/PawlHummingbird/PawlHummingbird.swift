import Definition
public import Hummingbird
public import Pawl
import Server
import Values

// PawlHummingbird: the API of a `Pawl` as a part of another server, and its problems as answers.
//
// Theory of operation. The host's router finds the path, and the host says who asks; from there on it is the same
// responder as that of `pawl serve`, without its listener, its checks of names that point to this machine, and its
// belief in `Pawl-Actor`.

extension RouterMethods {
    /// Serves the API below a path: `GET path/v1/instances`, `POST path/v1/events` and all the others.
    ///
    /// - Parameters:
    ///   - pawl: asked for as long as the router lives; requests that come before its `run` wait for it.
    ///   - path: `/workflows`. It may hold captures.
    ///   - principal: who asks; it throws for whom it does not let in. There is no default, so that nobody mounts an open
    ///     door, and `Principal.host` is refused, since the program itself does not come over a network.
    /// - Returns: the router, for more routes.
    @discardableResult
    public func addPawl(
        _ pawl: Pawl, at path: RouterPath,
        principal: @escaping @Sendable (Request, Context) async throws -> Principal
    ) -> Self {
        let below = path.appendingPath("**")
        let depth = path.components.count { $0 != .null }
        for method in [HTTPRequest.Method.get, .head, .put, .post, .delete, .patch] {
            on(below, method: method) { request, context in
                try await pawl.answer(request, below: depth, as: principal(request, context))
            }
        }
        return self
    }
}

extension Pawl {
    fileprivate func answer(
        _ request: Request, below depth: Int, as principal: Principal
    ) async throws(Problem) -> Response {
        try check()
        guard principal != .host else {
            throw Problem(
                .forbidden, "the program itself does not ask over a network",
                fix: "let addPawl's closure say who does: Principal(role: …, subject: …)")
        }
        guard let engine else {
            throw Problem(.unavailable, "a Pawl on virtual time has no API")
        }
        return await Mount(engine: engine, logger: logger)
            .respond(to: request, below: depth, as: try principal.actor())
    }
}

/// What a handler throws is answered as the API answers it: a problem document (RFC 9457) with its code, its errors and
/// what to do.
extension Problem: HTTPResponseError {
    /// As the API's: 422 for `invalid`, 409 for `key-conflict`.
    public var status: HTTPResponse.Status { HTTPResponse.Status(code: httpStatus) }

    /// `application/problem+json`.
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        let (status, headers, body) = document()
        var fields: HTTPFields = [
            .contentType: "application/problem+json", .cacheControl: "no-store",
        ]
        for (name, value) in headers {
            if let name = HTTPFields.Element.Name(name) { fields[name] = value }
        }
        return Response(
            status: HTTPResponse.Status(code: status), headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSON.encode(body) + [10])))
    }
}
