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
    package let workflows: [String]

    package init(_ inspector: Inspector, store: any Store, catalog: Catalog) {
        self.inspector = inspector
        self.store = store
        workflows = catalog.workflowNames
    }

    package func instances(
        of workflow: String, _ body: (RehearsedInstance) throws -> Void
    ) throws {
        var before: InstanceID?
        while true {
            let page = try inspector.views(
                InstanceFilter(terms: [.workflow(workflow)]), before: before, count: Self.page)
            for view in page.views { try body(Self.instance(view)) }
            guard page.hasMore, let last = page.views.last else { return }
            before = last.run.id
        }
    }

    private static func instance(_ view: InstanceView) -> RehearsedInstance {
        RehearsedInstance(
            workflow: view.run.name.workflow, key: view.run.name.key,
            status: view.run.status == .running ? "inProgress" : view.run.status.rawValue,
            context: .map(view.run.snapshot.data), startedAt: view.run.startedAt,
            endedAt: view.run.endedAt, number: view.run.id.rawValue)
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
