import Definition
import Engine
import Execution
import Guest
import Values

/// What a replay left behind: read from the store, as anybody could.
package struct InspectedPast: RehearsedPast {
    private static let page = 500
    private let inspector: Inspector
    private let store: any Store
    private let late: [InstanceName: Int]
    package let workflows: [String]

    /// - Parameter rejections: of the stream; those for instances that had ended are told with them.
    package init(_ inspector: Inspector, rejections: [Rejection]) {
        self.inspector = inspector
        store = inspector.store
        late = Dictionary(
            rejections.filter(\.isAfterEnd).compactMap(\.instance).map { ($0, 1) },
            uniquingKeysWith: +)
        workflows = inspector.catalog.workflowNames
    }

    package func instances(
        of workflow: String, _ body: (RehearsedInstance) throws -> Void
    ) throws {
        var before: InstanceID?
        while true {
            let page = try inspector.views(
                InstanceFilter(terms: [.workflow(workflow)]), before: before, count: Self.page)
            for view in page.views { try body(instance(view)) }
            guard page.hasMore, let last = page.views.last else { return }
            before = last.run.id
        }
    }

    private func instance(_ view: InstanceView) -> RehearsedInstance {
        RehearsedInstance(
            workflow: view.run.name.workflow, key: view.run.name.key,
            status: view.run.status == .running ? "inProgress" : view.run.status.rawValue,
            context: .map(view.run.snapshot.data), startedAt: view.run.startedAt,
            endedAt: view.run.endedAt, states: view.row.summary.states,
            search: view.row.summary.search, eventsAfterEnd: late[view.run.name] ?? 0,
            number: view.run.id.rawValue)
    }

    package func records(of collection: String, _ body: (RecordEntry) throws -> Void) throws {
        var last: String?
        while true {
            let rows = try store.records(
                RecordQuery(
                    collection: collection, selection: .all, after: last, limit: Self.page)
            ).records
            for row in rows {
                try body(RecordEntry(id: row.id, group: row.group, body: row.body))
            }
            guard rows.count == Self.page, let id = rows.last?.id else { return }
            last = id
        }
    }

    package func history(of instance: RehearsedInstance) throws -> [RehearsedEntry] {
        try inspector.history(InstanceID(instance.number), after: 0, count: 1_000).map {
            RehearsedEntry(at: $0.at, kind: $0.kind, data: $0.data)
        }
    }
}
