import Guest
import Values

extension CookieContractor {
    /// The operation that faults name.
    public static func operation(of request: RemoteRequest) -> String? {
        switch (request.method, request.path) {
        case ("POST", "/cookies/v1/cookies"): "order"
        case ("POST", "/cookies/v1/cancellations"): "cancel"
        case ("GET", "/cookies/v1/cookies"), ("GET", "/cookies/v1/cancellations"): "ask"
        default: nil
        }
    }

    public mutating func answer(
        _ request: RemoteRequest, now: Timestamp, isDeclining: Bool
    ) -> RemoteResponse {
        switch (request.method, request.path) {
        case ("POST", "/cookies/v1/cookies"):
            return postOrder(request, now: now)
        case ("POST", "/cookies/v1/cancellations"):
            return postCancellation(request, now: now)
        case ("GET", "/cookies/v1/cookies"):
            return ask(.order, request, now: now)
        case ("GET", "/cookies/v1/cancellations"):
            return ask(.cancel, request, now: now)
        default:
            return .problem(
                404, code: "not-found",
                detail: "the cookie contractor has no \(request.method) here")
        }
    }

    private mutating func postOrder(
        _ request: RemoteRequest, now: Timestamp
    ) -> RemoteResponse {
        do {
            let key = try IdempotencyKey.read(from: request)
            let fields = try RemoteFields(body: request.body)
            let line = CookieLine(
                seq: 0, at: now, key: key, kind: .order, status: .baking,
                orderID: try fields.required("orderId"),
                clientID: try fields.required("clientId"), name: try fields.optional("name"))
            guard let (order, replayed) = order(line) else { return IdempotencyKey.reused }
            return IdempotencyKey.mark(
                CookieContractor.response(to: order, status: order.status), replayed: replayed)
        } catch {
            return IdempotencyKey.invalid(error)
        }
    }

    private mutating func postCancellation(
        _ request: RemoteRequest, now: Timestamp
    ) -> RemoteResponse {
        do {
            let key = try IdempotencyKey.read(from: request)
            let target = try RemoteFields(body: request.body).required("key")
            let line = CookieLine(
                seq: 0, at: now, key: key, kind: .cancel, status: .unknown, of: target)
            guard let (cancellation, replayed) = cancel(line, of: target) else {
                return IdempotencyKey.reused
            }
            return IdempotencyKey.mark(
                CookieContractor.response(to: cancellation, status: cancellation.status),
                replayed: replayed)
        } catch {
            return IdempotencyKey.invalid(error)
        }
    }

    private func ask(
        _ kind: CookieLine.Kind, _ request: RemoteRequest, now: Timestamp
    ) -> RemoteResponse {
        guard let key = request.parameter("key"), !key.isEmpty else {
            return .problem(400, code: "invalid", detail: "ask with ?key=")
        }
        guard let line = line(forKey: key), line.kind == kind, line.status != .fenced else {
            return .problem(
                404, code: "not-applied", detail: "no \(kind.rawValue) came under this key")
        }
        let status = kind == .order ? self.status(of: line, now: now) : line.status
        return .json(200, CookieContractor.body(of: line, status: status))
    }

    private static func response(
        to line: CookieLine, status: CookieLine.Status
    ) -> RemoteResponse {
        if line.status == .fenced {
            return .problem(
                409, code: "fenced",
                detail: "the key was cancelled before it came; it can never be applied")
        }
        return .json(line.kind == .order ? 201 : 200, body(of: line, status: status))
    }

    private static func body(of line: CookieLine, status: CookieLine.Status) -> Value {
        let noun = line.kind == .order ? "cookie" : "cancellation"
        var members: [(String, Value)] = [
            ("id", .string("\(noun)-\(line.seq)")), ("key", .string(line.key)),
            ("status", .string(status.rawValue)),
        ]
        if let orderID = line.orderID { members.append(("orderId", .string(orderID))) }
        if let readyAt = line.readyAt { members.append(("readyAt", .string(readyAt.rfc3339))) }
        if let of = line.of { members.append(("of", .string(of))) }
        return .map(ValueMap(members))
    }
}
