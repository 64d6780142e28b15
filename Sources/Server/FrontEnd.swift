import Access
import Hummingbird
import NIOCore
import Sabotage

private typealias FieldName = HTTPFields.Element.Name

/// Between Hummingbird and the plain values of `Responder`.
struct FrontEnd: Sendable {
    let responder: Responder

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
        reach(.requestRead, request.uri.path)
        let raw = RawRequest(
            method: request.method.rawValue, target: request.uri.string,
            host: request.head.authority, contentType: request.headers[.contentType],
            actor: field("Pawl-Actor", of: request), requestID: field("X-Request-Id", of: request),
            isLocal: context.peer?.isLoopback ?? false, peer: context.peer?.ipAddress,
            forwardedFor: field("X-Forwarded-For", of: request),
            idempotencyKey: field("Idempotency-Key", of: request),
            origin: field("Origin", of: request), fetchSite: field("Sec-Fetch-Site", of: request))
        let limit = responder.api.configuration.bodyLimit
        let answer = await responder.respond(to: raw) { try await body(of: request, limit: limit) }
        reach(.responseMade, request.uri.path)
        let response = response(answer)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func field(_ name: String, of request: Request) -> String? {
        FieldName(name).flatMap { request.headers[$0] }
    }

    private func body(of request: Request, limit: Int) async throws(Refusal) -> [UInt8] {
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= limit else { throw .tooLarge(limit: limit) }
        var body: [UInt8] = []
        do {
            for try await part in request.body {
                guard body.count + part.readableBytes <= limit else {
                    throw Refusal.tooLarge(limit: limit)
                }
                body += part.readableBytesView
            }
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw .unreadable
        }
        return body
    }

    private func response(_ answer: RawResponse) -> Response {
        var fields = HTTPFields()
        for (name, value) in answer.headers {
            if let name = FieldName(name) { fields[name] = value }
        }
        return Response(
            status: HTTPResponse.Status(code: answer.status), headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}

extension SocketAddress {
    fileprivate var isLoopback: Bool {
        guard let address = ipAddress else { return true }
        return address.isLoopbackHost || address.hasPrefix("::ffff:127.")
    }
}
