import Access
import Engine
import Execution
import Hummingbird
import Logging
import NIOCore
import Sabotage
import Values

private typealias FieldName = HTTPFields.Element.Name

/// Between Hummingbird and the plain values of `Responder`.
struct FrontEnd: Sendable {
    let departures: Departures
    let room: UploadRoom
    let responder: Responder

    /// Keeps the connection.
    struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let channel: any Channel
        var peer: SocketAddress? { channel.remoteAddress }

        init(source: ApplicationRequestContextSource) {
            coreContext = CoreRequestContextStorage(source: source)
            channel = source.channel
        }
    }

    @Sendable
    func respond(to request: Request, _ context: Context) async -> Response {
        reach(.requestRead, request.uri.path)
        let peer = context.peer
        var raw = RawRequest(request, target: request.uri.string)
        raw.actor = request.onlyField("Pawl-Actor")
        raw.authorization = request.onlyField("Authorization")
        raw.cookie = request.onlyField("Cookie")
        let proxies = responder.api.configuration.proxies
        raw.peer = peer?.ipAddress
        // Whom a proxy on this machine asks for is somewhere else.
        raw.isLocal = (peer?.isLoopback ?? false) && !proxies.contains(raw.peer)
        raw.forwardedFor = request.field("X-Forwarded-For")
        raw.departure = departures[context.channel]
        raw.certificates = raw.departure?.certificates ?? []
        raw.isEncrypted =
            responder.api.tls != nil
            || proxies.isEncrypted(
                peer: raw.peer, forwardedProto: request.field("X-Forwarded-Proto"))
        let expectation = Expectation(request, context.channel)
        if isMutant(.bodyWantedFirst) { expectation.meet() }
        var response = await responder.respond(to: raw, from: request, room.share()) {
            expectation.meet()
        }
        if expectation.isUnmet { response.headers[.connection] = "close" }
        if raw.isEncrypted { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        reach(.responseMade, request.uri.path)
        return response
    }
}

/// The API as a part of another server.
package struct Mount: Sendable {
    private let responder: Responder
    private let room = UploadRoom(limit: ServerConfiguration().uploadRoom)

    package init(engine: Engine, logger: Logger) {
        responder = Responder(
            engine: engine, configuration: ServerConfiguration(door: .mounted), logger: logger)
    }

    /// - Parameters:
    ///   - depth: how many segments of the path lead here.
    ///   - principal: who asks.
    package func respond(
        to request: Request, below depth: Int, as principal: Actor
    ) async -> Response {
        let target = request.uri.string
        let path = target.prefix { $0 != "?" }
        var start = path.startIndex
        for _ in 0..<depth {
            guard start < path.endIndex else { break }
            start = path[path.index(after: start)...].firstIndex(of: "/") ?? path.endIndex
        }
        var raw = RawRequest(request, target: String(target[start...]))
        raw.mountedActor = principal
        var response = await responder.respond(to: raw, from: request, room.share())
        if let location = response.headers[.location] {
            response.headers[.location] = path[..<start] + location
        }
        return response
    }
}

extension Responder {
    /// With the body of a request of Hummingbird's.
    /// - Parameter isWanted: is called before its first byte is asked for.
    fileprivate func respond(
        to raw: RawRequest, from request: Request, _ share: UploadRoom.Share,
        isWanted: @escaping @Sendable () -> Void = {}
    ) async -> Response {
        var raw = raw
        raw.share = share
        let limit = api.configuration.bodyLimit
        let hasBody = request.announcesBody
        let answer = await respond(
            to: raw,
            pieces: {
                isWanted()
                try await request.give(to: $0)
            },
            body: { hasBody ? try await request.bytes(limit: limit, share, isWanted) : [] })
        // What is made of a body is larger than it: until here it has its share of the room.
        withExtendedLifetime(share) {}
        // Of a request that another server hands on, nobody knows whose its body is; and behind a body that was read to its
        // end there is none to listen to.
        let own = api.configuration.door == .mounted || hasBody ? nil : request.body
        let response = Response(answer, on: own)
        return request.method == .head ? response.createHeadResponse() : response
    }
}

extension RawRequest {
    /// Without what is said of who asks.
    fileprivate init(_ request: Request, target: String) {
        self.init(
            method: request.method.rawValue, target: target, host: request.host,
            contentType: request.headers[.contentType], requestID: request.field("X-Request-Id"),
            idempotencyKey: request.field("Idempotency-Key"), ifMatch: request.field("If-Match"),
            origin: request.field("Origin"),
            fetchSite: request.field("Sec-Fetch-Site"))
        accept = request.headers[.accept]
        fetchMode = request.field("Sec-Fetch-Mode")
        fetchDestination = request.field("Sec-Fetch-Dest")
        trace = request.onlyField("traceparent").flatMap {
            TraceContext(traceparent: $0, tracestate: request.field("tracestate"))
        }
        content.length = request.headers[.contentLength]
        content.encoding = request.headers[.contentEncoding]
        content.digest = request.field("Repr-Digest") ?? request.field("Content-Digest")
        content.range = request.headers[.range]
        content.ifRange = request.headers[.ifRange]
        content.ifNoneMatch = request.headers[.ifNoneMatch]
        lastEventID = request.field("Last-Event-ID")
    }
}

extension Request {
    /// The library takes the first of several: here they all stand, and are none.
    fileprivate var host: String? {
        let others = onlyField("Host")
        return head.authority.map { [$0, others].compactMap(\.self).joined(separator: "\n") }
    }

    /// Two of them are no name: nobody may choose which one counts.
    fileprivate func onlyField(_ name: String) -> String? {
        guard let name = FieldName(name) else { return nil }
        let values = headers[values: name]
        return values.isEmpty ? nil : values.joined(separator: "\n")
    }

    fileprivate func field(_ name: String) -> String? { FieldName(name).flatMap { headers[$0] } }

    /// One that does not is at its end with its head.
    fileprivate var announcesBody: Bool {
        headers[.transferEncoding] != nil || headers[.contentLength].map { $0 != "0" } ?? false
    }

    /// - Throws: `Refusal.unreadable` when it is cut off.
    fileprivate func give(
        to receive: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        var parts = body.makeAsyncIterator()
        while true {
            let part: ByteBuffer?
            do {
                part = try await parts.next()
            } catch {
                throw Refusal.unreadable
            }
            guard let part else { return }
            try await receive(Array(part.readableBytesView))
        }
    }

    fileprivate func bytes(
        limit: Int, _ share: UploadRoom.Share, _ isWanted: () -> Void
    ) async throws(Refusal) -> [UInt8] {
        let length = headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= limit else { throw .tooLarge(limit: limit) }
        isWanted()
        var bytes: [UInt8] = []
        do {
            for try await part in body {
                guard bytes.count + part.readableBytes <= limit else {
                    throw Refusal.tooLarge(limit: limit)
                }
                try share.take(part.readableBytes)
                bytes += part.readableBytesView
            }
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw .unreadable
        }
        return bytes
    }
}

extension Response {
    /// - Parameter connection: the body of the request, behind which its connection is listened to.
    fileprivate init(_ answer: RawResponse, on connection: RequestBody?) {
        var fields = HTTPFields()
        for (name, value) in answer.headers {
            guard let name = FieldName(name) else { continue }
            if name == .setCookie {
                fields.append(HTTPFields.Element(name: name, value: value))
            } else {
                fields[name] = value
            }
        }
        self.init(
            status: HTTPResponse.Status(code: answer.status), headers: fields,
            body: answer.live.map { ResponseBody($0, on: connection) } ?? answer.content.map(
                ResponseBody.init)
                ?? ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}

extension ResponseBody {
    /// Until the browser goes, the engine ends or the server stops.
    /// That the browser has gone is heard at once where its connection is listened to, else with what is written next.
    fileprivate init(_ live: any ServerEvents, on connection: RequestBody?) {
        self.init { writer in
            if let connection {
                try await connection.consumeWithInboundCloseHandler { rest in
                    // The end of the request has to be heard before anything here may fail: Hummingbird stops the process
                    // where it ends without that.
                    for try await _ in rest {}
                    try await live.run { try await writer.write(ByteBuffer(bytes: $0)) }
                } onInboundClosed: {
                    live.leave()
                }
            } else {
                try await live.run { try await writer.write(ByteBuffer(bytes: $0)) }
            }
            try await writer.finish(nil)
        }
    }
}

extension ResponseBody {
    private static let piece = 64 << 10

    fileprivate init(_ content: ResponseContent) {
        self.init(contentLength: Int(clamping: content.length)) { writer in
            var offset: Int64 = 0
            while offset < content.length {
                let bytes = try await content.read(offset, Self.piece)
                // The head is out: what is missing can only be said by ending the connection.
                guard !bytes.isEmpty else { throw Refusal.unreadable }
                try await writer.write(ByteBuffer(bytes: bytes))
                offset += Int64(bytes.count)
            }
            try await writer.finish(nil)
        }
    }
}

extension SocketAddress {
    fileprivate var isLoopback: Bool {
        guard let address = ipAddress else { return true }
        return address.isLoopbackHost || address.hasPrefix("::ffff:127.")
    }
}
