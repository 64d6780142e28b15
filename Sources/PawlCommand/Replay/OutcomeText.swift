import Access
import Rehearsal

/// How instances stand, as people read it.
enum OutcomeText {
    /// An attribute may have as many values as there are instances.
    private static let maximumRows = 60

    static func table(_ table: OutcomeTable) -> String {
        var text = TextTable(
            header: ["WORKFLOW", "STATUS", "STATE"] + table.attributes.map { $0.uppercased() }
                + ["INSTANCES"])
        text.right = [text.header.count - 1]
        // Of a parallel state there are as many names as regions.
        text.elastic = 2
        text.rows = table.rows.prefix(maximumRows).map { row, count in
            ([row.workflow, row.status, row.state] + row.values.map(\.text)).map(\.printable)
                + [String(count)]
        }
        let rest = table.rows.dropFirst(maximumRows)
        let more = rest.reduce(0) { $0 + $1.count }
        return text.text(width: Terminal.width, style: .standard)
            + (rest.isEmpty ? "" : "and \(rest.count) more rows, of \(more) instances\n")
    }
}
