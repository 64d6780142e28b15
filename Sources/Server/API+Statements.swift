import Definition
import Engine
import Execution
import Values

/// What the business lets people read of its records.
extension API {
    func statements() -> APIResponse {
        APIResponse([
            "statements": .list(
                inspector.statementKinds.map {
                    ["kind": .string($0.name), "abstract": .string($0.abstract)]
                })
        ])
    }

    func statement(_ request: APIRequest) throws -> APIResponse {
        var query = try query(request)
        query.from = try request.moment("from")
        query.until = try request.moment("until")
        if let from = query.from, let until = query.until, until < from {
            throw Refusal.query("until", "it is before `from`")
        }
        query.after = request.option("after")
        query.limit = Int(try request.number("count", in: 1...1000, default: 200))
        guard case .data(let members) = try inspector.statement(query) else { return .nothing }
        let head: ValueMap = ["kind": .string(query.kind), "subject": .string(query.id)]
        let body = Value.map(head.merging(members))
        return tagged(JSON.encode(body), request) { APIResponse(headers: $0, body) }
    }

    func statementDocument(_ request: APIRequest) throws -> APIResponse {
        var query = try query(request)
        query.form = .document
        guard case .document(let text) = try inspector.statement(query) else { return .nothing }
        let bytes = Array(text.utf8)
        return tagged(bytes, request) { headers in
            APIResponse(
                status: 200,
                headers: headers + [
                    ("Cache-Control", "private, no-cache"),
                    // Text that people gave stands in it, escaped; whatever slips through is not obeyed.
                    (
                        "Content-Security-Policy",
                        "sandbox; default-src 'none'; style-src 'unsafe-inline'"
                    ),
                ],
                ResponseContent(type: "text/html; charset=utf-8", length: Int64(bytes.count)) {
                    (offset, count) in
                    Array(bytes.dropFirst(Int(offset)).prefix(count))
                })
        }
    }

    private func query(_ request: APIRequest) throws(Refusal) -> StatementQuery {
        let asOf = try request.option("asOf").map { (_) throws(Refusal) in
            try request.number("asOf", in: 0...Int64.max, default: 0)
        }
        return StatementQuery(
            kind: request.parameter("kind"), id: request.parameter("subject"), asOf: asOf,
            reader: request.actor, now: inspector.now)
    }

    /// By a hash of the bytes: the same tag is the same content.
    private func tagged(
        _ bytes: [UInt8], _ request: APIRequest,
        _ response: ([(name: String, value: String)]) -> APIResponse
    ) -> APIResponse {
        let tag = "\"\(SHA256.hex(of: bytes).prefix(32))\""
        let headers = [(name: "ETag", value: tag)]
        guard !ETag.list(request.content.ifNoneMatch, holds: tag) else {
            return APIResponse(status: 304, headers: headers, .null)
        }
        return response(headers)
    }
}

extension APIRequest {
    /// A moment of the query.
    fileprivate func moment(_ name: String) throws(Refusal) -> Timestamp? {
        guard let text = option(name) else { return nil }
        guard let moment = Timestamp(rfc3339: text) else {
            throw .query(
                name, "`\(text.quotable)` is no RFC 3339 time, like 2026-01-31T00:00:00Z")
        }
        return moment
    }
}

extension APIResponse {
    /// Never: the question says which form it wants.
    fileprivate static let nothing = APIResponse(.null)
}
