import Definition
import Sabotage
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
    /// Why the body is not what it says it is; it is then a text, or bytes, and nothing of it was changed.
    let flaw: String?
    let isMail: Bool
    private let headers: ValueMap
    private let start: String
    private let retryAfter: RetryAfter?

    init(_ answer: Answer) {
        switch answer {
        case .http(let response):
            isMail = false
            status = response.status
            headers = Self.headers(response.headers)
            (body, flaw) = Self.body(response.body, headers["content-type"]?.stringValue)
            start = String(decoding: response.body.prefix(Self.detailBytes), as: UTF8.self)
            retryAfter = RetryAfter(response.headers)
        case .mail(let reply):
            isMail = true
            status = reply.code
            headers = ValueMap()
            (body, flaw) = (.string(reply.text), nil)
            start = String(reply.text.prefix(Self.detailBytes))
            retryAfter = nil
        }
    }

    var response: Value {
        ["status": .int(Int64(status)), "headers": .map(headers), "body": body]
    }

    /// For people, bounded; and what the remote says of when to come again.
    var detail: Value {
        let isWhole = !isMail && flaw == nil && JSON.encode(body).count <= Self.detailBytes
        var detail: ValueMap = [
            "status": .int(Int64(status)), "body": isWhole ? body : .string(start),
        ]
        switch retryAfter {
        case .seconds(let seconds): detail["retryAfter"] = .int(seconds)
        case .at(let moment): detail["retryAt"] = .string(moment.rfc3339)
        case nil: break
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

    /// JSON where it is declared to be or nothing is declared; what is no JSON is a text, what is no text is bytes, nothing
    /// is null. What is declared as JSON and cannot be taken as it stands, as a number that no integer holds, is flawed.
    private static func body(
        _ bytes: [UInt8], _ contentType: String?
    ) -> (Value, flaw: String?) {
        let text: String
        do throws(AnswerText.Flaw) {
            text = try AnswerText.decode(bytes, contentType: contentType)
        } catch {
            return (.bytes(bytes), error.reason)
        }
        guard !text.isEmpty else { return (.null, nil) }
        let isDeclared = contentType.map { $0.lowercased().contains("json") }
        guard isDeclared ?? true else { return (.string(text), nil) }
        let limits = JSONLimits(
            maxBytes: text.utf8.count, isExact: !isMutant(.answeredNumberRounded))
        do throws(JSONError) {
            return (try JSON.parse(text, limits: limits), nil)
        } catch {
            return (
                .string(text),
                isDeclared == true ? "it is no JSON that can be taken: \(error)" : nil
            )
        }
    }
}
