import Definition
import Foundation
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Values

/// What is no HTTP at all never becomes a request: the HTTP library answers it with a bare 400 and closes. This
/// puts the problem document in, so that a program that speaks to Pawl finds one shape of error everywhere.
///
/// Every answer of `Responder` carries `X-Request-Id`; what lacks it is the library's own.
final class UnreadableRequests: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let document = Refusal(
        Problem(
            .malformed, "this is no HTTP/1.1 request",
            fix: "send one, like `GET /v1/instances HTTP/1.1`, with whole headers"))

    private let note: @Sendable (Overrun) -> Void
    private var isTooLarge = false

    init(note: @escaping @Sendable (Overrun) -> Void = { _ in }) { self.note = note }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error as? HTTPParserError == .headerOverflow { isTooLarge = true }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(let head) = unwrapOutboundIn(data), head.status.code == 400,
            let name = HTTPFields.Element.Name("X-Request-Id"), head.headerFields[name] == nil
        else { return context.write(data, promise: promise) }
        let id = UUID().uuidString.lowercased()
        let refusal = isTooLarge ? Overrun.headers.refusal() : Self.document
        let pace = try? context.pipeline.syncOperations.handler(type: ConnectionPace.self)
        if isTooLarge, pace?.isRefused != true { note(.headers) }
        let body = ByteBuffer(bytes: JSON.encode(refusal.document(requestID: id)) + [10])
        var fields = head.headerFields
        fields[name] = id
        fields[.contentType] = "application/problem+json"
        fields[.contentLength] = "\(body.readableBytes)"
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        context.write(
            wrapOutboundOut(
                .head(HTTPResponse(status: .init(code: refusal.status), headerFields: fields))),
            promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: promise)
    }
}
