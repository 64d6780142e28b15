import Values

/// One HTTP request to the outside world, already read whole.
///
/// Header names are compared without case; the query is decoded and keeps its order.
public struct RemoteRequest: Sendable, Hashable {
    public var method: String
    public var path: String
    public var query: [Pair]
    public var headers: [Pair]
    public var body: [UInt8]

    /// A name with its value; a tuple would not be `Hashable`.
    public struct Pair: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
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
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }

    /// The first query parameter of this name.
    public func parameter(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}

/// What the outside world answers when it does answer.
public struct RemoteResponse: Sendable, Hashable {
    public var status: Int
    public var headers: [RemoteRequest.Pair]
    public var body: [UInt8]

    public init(status: Int, headers: [(String, String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers.map { RemoteRequest.Pair($0.0, $0.1) }
        self.body = body
    }

    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }

    public static func json(_ status: Int, _ value: Value) -> RemoteResponse {
        RemoteResponse(
            status: status, headers: [("content-type", "application/json")],
            body: JSON.encode(value))
    }

    public static func text(_ status: Int, _ type: String, _ text: String) -> RemoteResponse {
        RemoteResponse(
            status: status, headers: [("content-type", type)], body: Array(text.utf8))
    }

    /// A problem document of RFC 9457, with Pawl's members `code` and `errors`.
    public static func problem(
        _ status: Int, code: String, detail: String, errors: [FieldError] = []
    ) -> RemoteResponse {
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
        return RemoteResponse(
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
public struct FieldError: Error, Hashable {
    public let pointer: String
    public let detail: String

    public init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }

    public var value: Value {
        .map(ValueMap([("pointer", .string(pointer)), ("detail", .string(detail))]))
    }
}
