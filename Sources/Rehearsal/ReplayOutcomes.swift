import Definition
import Engine
import Execution
import Values

/// What became of each order of a replay: read from the store, as anybody could.
package struct ReplayOutcomes {
    package struct Row {
        package let key: String
        package let outcome: String
        package let worker: String
        package let price: Int64
        package let activeAt: String
        package let endedAt: String
    }

    /// In order of key.
    package let rows: [Row]

    package init(_ inspector: Inspector, workflow: String = "order") throws(Problem) {
        var rows: [Row] = []
        var before: InstanceID?
        while true {
            let page = try inspector.views(
                InstanceFilter(terms: [.workflow(workflow)]), before: before, count: 500)
            for view in page.views { rows.append(try Self.row(view, inspector)) }
            guard page.hasMore, let last = page.views.last else { break }
            before = last.run.id
        }
        self.rows = rows.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    private static func row(_ view: InstanceView, _ inspector: Inspector) throws(Problem) -> Row {
        let context = view.run.snapshot.data
        return Row(
            key: view.run.name.key,
            outcome: view.run.status == .running ? "inProgress" : view.run.status.rawValue,
            worker: context["worker"]?.stringValue ?? "", price: context["price"]?.intValue ?? 0,
            activeAt: try activation(of: view, inspector)?.rfc3339 ?? "",
            endedAt: view.run.endedAt?.rfc3339 ?? "")
    }

    /// An order is active from the moment its worker is assigned.
    private static func activation(
        of view: InstanceView, _ inspector: Inspector
    ) throws(Problem) -> Timestamp? {
        try inspector.history(view.run.id, after: 0, count: 1_000).first { entry in
            entry.kind == "event.sent" && entry.data["event"]?.stringValue == "order.activated"
        }?.at
    }

    package var csv: String {
        let lines = rows.map {
            [$0.key, $0.outcome, $0.worker, String($0.price), $0.activeAt, $0.endedAt]
                .map(Self.field).joined(separator: ",")
        }
        return (["key,outcome,worker,price,activeAt,endedAt"] + lines).joined(separator: "\n")
            + "\n"
    }

    /// RFC 4180.
    private static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    package func count(_ outcome: String) -> Int { rows.filter { $0.outcome == outcome }.count }

    package var active: Int { rows.filter { !$0.activeAt.isEmpty }.count }
}
