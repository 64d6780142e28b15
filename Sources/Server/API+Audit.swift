import Engine
import Execution
import Resources
import Values

/// Who did what.
extension API {
    func audit(_ request: APIRequest) throws -> APIResponse {
        let count = Int(try request.number("count", in: 1...1_000, default: 50))
        if request.option("after") != nil {
            let after = try request.number("after", in: 0...(.max), default: 0)
            let rows = try inspector.audit(after: after, count: count)
            return APIResponse([
                "rows": .list(rows.map { $0.document(isProven: true) }),
                "last": .int(try inspector.audit(AuditFilter(), before: nil, count: 1).last),
            ])
        }
        let filter = try AuditFilter(parsing: request.option("filter") ?? "", now: inspector.now)
        let page = try inspector.audit(filter, before: try request.cursor(), count: count)
        var body: ValueMap = [
            "rows": .list(page.rows.map { $0.document(isProven: false) }), "last": .int(page.last),
        ]
        if let next = page.next { body["cursor"] = .string(Cursor.text(next)) }
        return APIResponse(.map(body))
    }
}
