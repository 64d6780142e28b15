import Values

/// One request to a server and its answer. Made by `Wiring`.
struct HTTPCall: Sendable, Hashable {
    var method: String
    var url: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]?
    var timeout: Duration

    static func == (left: Self, right: Self) -> Bool {
        left.method == right.method && left.url == right.url && left.body == right.body
            && left.headers.elementsEqual(right.headers) { $0 == $1 }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(method)
        hasher.combine(url)
    }
}

struct HTTPReply: Sendable, Hashable {
    var status: Int
    var body: [UInt8]
}

enum HTTPFault: Error, Hashable {
    case unreachable(String)
    /// TLS came to nothing.
    case untrusted(reason: String, fix: String)
    case timedOut
}

typealias HTTPExchange = @Sendable (HTTPCall) async throws(HTTPFault) -> HTTPReply
