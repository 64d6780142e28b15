import Definition
import Values

/// A limit that somebody has exceeded, and what they are told.
enum Overrun: String, Sendable, CaseIterable {
    /// Of a request's line.
    case target
    /// Of its fields.
    case headers
    /// Its head took too long.
    case head
    /// Its body came too slowly.
    case body
    /// The TLS handshake took too long, or failed.
    case handshake
    /// One peer has too many connections.
    case connections
    /// It comes past the proxies that end TLS.
    case direct
    /// Too many requests in a minute.
    case requests
    /// Too many streams of one principal.
    case streams
    /// Too many failed attempts to prove something.
    case attempts

    /// - Parameter wait: until it is worth to try again.
    func refusal(after wait: Duration = .seconds(1)) -> Refusal {
        var refusal = plain(wait.shownUp)
        if [429, 503].contains(refusal.status) {
            refusal.headers.append(("Retry-After", String(wait.secondsUp)))
        }
        if isOfConnection { refusal.headers.append(("Connection", "close")) }
        return refusal
    }

    private var isOfConnection: Bool {
        switch self {
        case .requests, .streams, .attempts: false
        default: true
        }
    }

    private func plain(_ wait: String) -> Refusal {
        func refusal(_ status: Int, _ code: String, _ detail: String, _ fix: String) -> Refusal {
            Refusal(status: status, code: code, detail, fix: fix)
        }
        return switch self {
        case .target:
            refusal(
                414, "target-too-long", "the path and query are longer than this server takes",
                "send what is long in a body; `server.limits.targetBytes` is the limit")
        case .headers:
            refusal(
                431, "headers-too-large", "the headers are larger or more than this server takes",
                "send fewer; `server.limits.headerBytes` and `headerCount` are the limits")
        case .head, .handshake:
            refusal(
                408, "too-slow", "the request's head did not arrive in time",
                "send it again, at once; `server.limits.head` is the time for it")
        case .body:
            refusal(
                408, "too-slow", "the body came too slowly",
                "send it again over a faster connection; `server.limits.bodyRate` is the least")
        case .connections:
            refusal(
                503, "too-many-connections", "your address has as many connections as it may",
                "use one connection for many requests, or close others")
        case .direct:
            Refusal(
                Problem(
                    .forbidden, "this server is spoken to through its proxy only",
                    fix: "address the proxy; `--behind-proxy` names it"))
        case .requests:
            refusal(
                429, "too-many-requests", "more requests came from you than are taken in a minute",
                "try again in \(wait); `server.limits` has the limits")
        case .streams:
            refusal(
                429, "too-many-streams", "you have as many streams open as you may",
                "close one; `server.limits.streamsByPrincipal` is the limit")
        case .attempts:
            refusal(
                429, "too-many-attempts", "too many attempts to prove who asks have failed",
                "try again in \(wait), with what is right")
        }
    }
}

extension Refusal {
    /// The whole answer, for a connection over which no HTTP library answers any more.
    func bytes(requestID: String) -> [UInt8] {
        let body = JSON.encode(document(requestID: requestID)) + [10]
        let lines =
            [
                "HTTP/1.1 \(status) Refused", "Content-Type: application/problem+json",
                "Content-Length: \(body.count)", "Cache-Control: no-store", "Server: pawl",
                "X-Content-Type-Options: nosniff",
                "X-Request-Id: \(requestID)",
            ] + headers.map { "\($0.name): \($0.value)" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }
}

extension Duration {
    /// Whole seconds, not fewer than it has.
    var secondsUp: Int64 {
        components.seconds + (components.attoseconds > 0 ? 1 : 0)
    }

    fileprivate var shownUp: String { "\(secondsUp) s" }
}
