package import Execution
import Sabotage
import Values

/// A business's statements as the engine's port.
package struct StatementTable: StatementMaker {
    private let statements: [any Statement]
    private let indexes: RecordIndexes

    package init(_ statements: [any Statement], indexes: RecordIndexes) {
        self.statements = statements
        self.indexes = indexes
    }

    package var kinds: [StatementKind] {
        statements.map { StatementKind(name: $0.kind, abstract: $0.abstract) }
    }

    package func make(
        _ query: StatementQuery, read: @escaping RecordReader
    ) throws(StoreError) -> StatementAnswer {
        guard let statement = statements.first(where: { sameUTF8($0.kind, query.kind) }) else {
            return .unknown
        }
        let session = RecordSession(read, indexes: indexes)
        var records = Records(session)
        let answer: StatementAnswer
        do throws(Refusal) {
            answer = try Self.make(statement, query, &records)
        } catch {
            answer = .refused(error.message)
        }
        let name = "statement \(query.kind)"
        // Before what it says, which was said without what it wanted to read.
        switch session.failure {
        case .store(let error): throw error
        case .broken(let reason): return .broken("\(name): \(reason)")
        case nil: break
        }
        guard records.session === session, session.changes.isEmpty else {
            return .broken("\(name): it writes records, and a statement only reads")
        }
        return answer
    }

    private static func make(
        _ statement: any Statement, _ query: StatementQuery, _ records: inout Records
    ) throws(Refusal) -> StatementAnswer {
        let request = StatementRequest(query)
        let isAllowed = try statement.mayBeRead(query.id, by: request.reader, &records)
        guard isAllowed || isMutant(.statementShownToAll) else { return .unknown }
        switch query.form {
        case .document:
            return try statement.document(request, &records).map { .document($0.text) } ?? .unknown
        case .data:
            guard let page = try statement.make(request, &records) else { return .unknown }
            if let name = page.members.keys.compactMap(\.stringValue).first(where: {
                taken.contains(ExactText($0))
            }) {
                return .broken(
                    "statement \(query.kind): it has a member `\(name)`, and that is ours")
            }
            return .data(members(of: page, request))
        }
    }

    /// What the house says of a statement.
    private static let taken: Set<ExactText> = [
        "kind", "subject", "asOf", "from", "until", "list", "total", "next",
    ]

    private static func members(of page: StatementPage, _ request: StatementRequest) -> ValueMap {
        var members = ValueMap()
        members.set("asOf", page.asOf.map(Value.int))
        members.set("from", request.from.map { .string($0.rfc3339) })
        members.set("until", request.until.map { .string($0.rfc3339) })
        members = members.merging(page.members)
        guard let list = page.list else { return members }
        members["list"] = .string(list)
        members.set("total", page.total.map(Value.int))
        members["next"] = page.next.map(Value.string) ?? .null
        return members
    }
}

extension StatementRequest {
    fileprivate init(_ query: StatementQuery) {
        self.init(
            id: query.id, from: query.from, until: query.until, asOf: query.asOf,
            after: query.after, limit: query.limit,
            reader: Reader(role: query.reader.role, subject: query.reader.subject),
            now: query.now,
            spans: Dictionary(
                query.spans.map { span in
                    (
                        ExactText(span.workflow),
                        Span(from: span.from, until: span.until, key: span.key)
                    )
                }, uniquingKeysWith: { first, _ in first }), params: query.params)
    }
}
