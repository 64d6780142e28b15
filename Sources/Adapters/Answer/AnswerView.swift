import Definition
import Values

/// An answer as the manifest's expressions see it: `response` with `status`, `headers` in lower case, `body`.
struct AnswerView {
    /// What a status says by itself, when the manifest says nothing about it. Of HTTP it names the error; whether
    /// an effect took place it never says, for who answered and when is not known: a gateway gives up on a request that
    /// went on, a redirect may come after the deed.
    enum Meaning {
        case accepted
        /// The remote judged the request and said no.
        case refused
        /// It judged the caller or the address (401, 403, 3xx).
        case notConsidered
        /// It did not begin, it says (429, 408; SMTP's 4yz).
        case unavailable
        /// It began, perhaps (5xx).
        case broken
    }

    /// Bytes of the body that an error carries along for people.
    private static let detailBytes = 2_048

    let status: Int
    let body: Value
    let isMail: Bool
    private let headers: ValueMap
    private let start: String

    init(_ answer: Answer, limit: AdapterLimits) {
        switch answer {
        case .http(let response):
            isMail = false
            status = response.status
            headers = Self.headers(response.headers)
            body = Self.body(response.body, headers, limit)
            start = String(decoding: response.body.prefix(Self.detailBytes), as: UTF8.self)
        case .mail(let reply):
            isMail = true
            status = reply.code
            headers = ValueMap()
            body = .string(reply.text)
            start = String(reply.text.prefix(Self.detailBytes))
        }
    }

    var response: Value {
        ["status": .int(Int64(status)), "headers": .map(headers), "body": body]
    }

    /// For people, bounded; and what the remote says of when to come again, in seconds.
    var detail: Value {
        let isWhole = !isMail && JSON.encode(body).count <= Self.detailBytes
        var detail: ValueMap = [
            "status": .int(Int64(status)), "body": isWhole ? body : .string(start),
        ]
        if let seconds = headers["retry-after"]?.stringValue.flatMap({ Int64($0) }), seconds >= 0 {
            detail["retryAfter"] = .int(seconds)
        }
        return .map(detail)
    }

    var meaning: Meaning {
        switch (isMail, status) {
        case (_, 200..<300): .accepted
        case (true, 400..<500): .unavailable
        // RFC 4954: who we are was not accepted; nothing was said about the mail.
        case (true, 530), (true, 534), (true, 535), (true, 538): .notConsidered
        case (true, 500..<600): .refused
        case (false, 300..<400), (false, 401), (false, 403), (false, 407): .notConsidered
        case (false, 408), (false, 425), (false, 429): .unavailable
        case (false, 400..<500): .refused
        default: .broken
        }
    }

    /// A name that came more than once has its values joined by commas (RFC 9110, section 5.3).
    /// A reply of SMTP settles the matter by the protocol: a server that refuses, at whichever command and after the
    /// message too, has not taken the mail (RFC 5321, section 4.2.5).
    var isDefinite: Bool { isMail && (400..<600).contains(status) }

    private static func headers(_ list: [HTTPHeader]) -> ValueMap {
        var map = ValueMap()
        for header in list {
            let name = header.name.lowercased()
            let before = map[name]?.stringValue.map { $0 + ", " } ?? ""
            map[name] = .string(before + header.value)
        }
        return map
    }

    /// JSON where it is declared to be or nothing is declared; what is no JSON is a string, nothing is null.
    private static func body(
        _ bytes: [UInt8], _ headers: ValueMap, _ limit: AdapterLimits
    ) -> Value {
        guard !bytes.isEmpty else { return .null }
        let type = headers["content-type"]?.stringValue?.lowercased()
        let limits = JSONLimits(maxBytes: max(limit.maximumResponseBytes, 0))
        if type?.contains("json") ?? true, let value = try? JSON.parse(bytes, limits: limits) {
            return value
        }
        return .string(String(decoding: bytes, as: UTF8.self))
    }
}
