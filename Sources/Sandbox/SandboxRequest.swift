import Values

/// One HTTP request to the outside world, already read whole.
///
/// Header names are compared without case; the query is decoded and keeps its order.
package struct SandboxRequest: Sendable, Hashable {
    package var method: String
    package var path: String
    package var query: [Pair]
    package var headers: [Pair]
    package var body: [UInt8]

    /// A name with its value; a tuple would not be `Hashable`.
    package struct Pair: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(
        method: String, path: String, query: [(String, String)] = [],
        headers: [(String, String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query.map { Pair($0.0, $0.1) }
        self.headers = headers.map { Pair($0.0, $0.1) }
        self.body = body
    }

    /// The first header of this name, in any case.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }

    /// The first query parameter of this name.
    package func parameter(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}

/// What the outside world answers when it does answer.
package struct SandboxResponse: Sendable, Hashable {
    package var status: Int
    package var headers: [SandboxRequest.Pair]
    package var body: [UInt8]

    package init(status: Int, headers: [(String, String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers.map { SandboxRequest.Pair($0.0, $0.1) }
        self.body = body
    }

    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }

    static func json(_ status: Int, _ value: Value) -> SandboxResponse {
        SandboxResponse(
            status: status, headers: [("content-type", "application/json")],
            body: JSON.encode(value))
    }

    static func text(_ status: Int, _ type: String, _ text: String) -> SandboxResponse {
        SandboxResponse(
            status: status, headers: [("content-type", type)], body: Array(text.utf8))
    }

    /// A problem document of RFC 9457, with Pawl's members `code` and `errors`.
    static func problem(
        _ status: Int, code: String, detail: String, errors: [FieldError] = []
    ) -> SandboxResponse {
        var members: [(String, Value)] = [
            ("type", .string("about:blank")),
            ("title", .string(title(of: status))),
            ("status", .int(Int64(status))),
            ("code", .string(code)),
            ("detail", .string(detail)),
        ]
        if !errors.isEmpty {
            members.append(("errors", .list(errors.map(\.value))))
        }
        return SandboxResponse(
            status: status, headers: [("content-type", "application/problem+json")],
            body: JSON.encode(.map(ValueMap(members))))
    }

    private static func title(of status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        default: "Status \(status)"
        }
    }
}

/// One wrong member of a request body: a JSON pointer and a sentence.
struct FieldError: Error, Hashable {
    let pointer: String
    let detail: String

    var value: Value {
        .map(ValueMap([("pointer", .string(pointer)), ("detail", .string(detail))]))
    }
}

/// How the outside world reacts: it answers, or fails in one of the ways a network can.
package enum SandboxReply: Sendable, Hashable {
    /// The answer, `after` this much real time.
    case respond(SandboxResponse, after: Duration)
    /// The effect is done, the connection drops before the answer.
    case loseReply
    /// Nothing was done, and nothing is ever answered.
    case hang
    /// The service is down: the connection drops before any effect.
    case refuse
}
