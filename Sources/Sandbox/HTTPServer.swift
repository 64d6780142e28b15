import Access
import Foundation
import Guest
import Hummingbird
import Logging
import NIOCore

/// The world's HTTP side: reads a request whole, asks the world, and fails as the world says.
struct HTTPServer: Sendable {
    let store: SandboxStore
    let configuration: SandboxConfiguration
    let logger: Logger
    private static let bodyLimit = 1 << 20

    /// Keeps the channel, which a fault closes before there is an answer.
    struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let channel: any Channel

        init(source: ApplicationRequestContextSource) {
            coreContext = CoreRequestContextStorage(source: source)
            channel = source.channel
        }
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter onReady: is told the bound port.
    func run(onReady: @escaping @Sendable (Int) async -> Void) async throws {
        let (host, port) = (configuration.httpHost, configuration.httpPort)
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: CallbackResponder { request, context in
                await respond(to: request, context)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "pawl-sandbox"),
            onServerRunning: { channel in
                await onReady(channel.localAddress?.port ?? port)
            },
            logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw SandboxError.portInUse(service: "HTTP", host: host, port: port)
        }
    }

    @Sendable
    private func respond(to request: Request, _ context: Context) async -> Response {
        do {
            try checkSite(request)
            let asked = try await HTTPServer.read(request)
            let reply = try await store.perform { world, now in world.handle(asked, now: now) }
            switch reply {
            case .respond(let response, let delay):
                if delay > .zero { try await Task.sleep(for: delay) }
                return HTTPServer.response(response, to: request)
            case .hang:
                try? await Task.sleep(for: SandboxServer.hangLimit)
            case .loseReply, .refuse:
                break
            }
            return await drop(context)
        } catch let error as RemoteResponse.Refused {
            return HTTPServer.response(error.response, to: request)
        } catch {
            // Whether the effect is on disk is not known, so nothing may be said about it.
            if !Task.isCancelled {
                logger.error("a request has no answer", metadata: ["reason": "\(error)"])
            }
            return await drop(context)
        }
    }

    /// Pages of other sites set no faults and read no mails.
    private func checkSite(_ request: Request) throws {
        let host = request.head.authority
        if let name = WebRequest.foreignName(host: host, at: configuration.httpHost) {
            throw RemoteResponse.Refused.forbidden(
                "the sandbox does not answer to the name \(name); address it as 127.0.0.1")
        }
        func field(_ name: String) -> String? {
            HTTPFields.Element.Name(name).flatMap { request.headers[$0] }
        }
        let isForeign = WebRequest.isForeign(
            method: request.method.rawValue, host: host, origin: field("Origin"),
            fetchSite: field("Sec-Fetch-Site"))
        guard isForeign else { return }
        throw RemoteResponse.Refused.forbidden(
            "a page of another site may change nothing in the sandbox")
    }

    /// Closes the connection without a byte; what is returned has nowhere to go.
    private func drop(_ context: Context) async -> Response {
        try? await context.channel.close()
        return Response(status: .internalServerError)
    }

    private static func read(_ request: Request) async throws -> RemoteRequest {
        let (path, query) = RequestTarget.parse(request.uri.string)
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= bodyLimit else { throw RemoteResponse.Refused.tooLarge }
        var body: [UInt8] = []
        for try await part in request.body {
            guard body.count + part.readableBytes <= bodyLimit else {
                throw RemoteResponse.Refused.tooLarge
            }
            body += part.readableBytesView
        }
        let method = request.method == .head ? "GET" : request.method.rawValue
        return RemoteRequest(
            method: method, path: path, query: query,
            headers: request.headers.map { ($0.name.rawName, $0.value) }, body: body)
    }

    private static func response(_ answer: RemoteResponse, to request: Request) -> Response {
        var headers = HTTPFields()
        for header in answer.headers {
            if let name = HTTPFields.Element.Name(header.name) { headers[name] = header.value }
        }
        headers[.xContentTypeOptions] = "nosniff"
        let response = Response(
            status: HTTPResponse.Status(code: answer.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
        return request.method == .head ? response.createHeadResponse() : response
    }
}

extension RemoteResponse {
    /// A request that is refused before it reaches the world.
    fileprivate struct Refused: Error {
        let response: RemoteResponse

        static let tooLarge = Refused(
            response: .problem(413, code: "too-large", detail: "a body has 1 MiB at most"))

        static func forbidden(_ detail: String) -> Refused {
            Refused(response: .problem(403, code: "forbidden", detail: detail))
        }
    }
}

/// The path and the query of a request target, decoded.
enum RequestTarget {
    static func parse(_ target: String) -> (path: String, query: [(String, String)]) {
        let pieces = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = pieces.first.map { decode($0) } ?? "/"
        guard pieces.count == 2 else { return (path, []) }
        let query = pieces[1].split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = sides.first.map { decodeForm($0) } ?? ""
            return (name, sides.count == 2 ? decodeForm(sides[1]) : "")
        }
        return (path, query)
    }

    private static func decodeForm(_ text: Substring) -> String {
        decode(text.split(separator: "+", omittingEmptySubsequences: false).joined(separator: " "))
    }

    /// Percent-decoded; a text that is badly encoded stays as it is.
    private static func decode(_ text: some StringProtocol) -> String {
        text.removingPercentEncoding ?? String(text)
    }
}
