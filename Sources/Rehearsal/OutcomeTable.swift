import Execution
import Guest
import Values

/// How the instances of each workflow stand at the end of a replay, by what they are found by: how many have which status,
/// state and values of the chosen search attributes.
package struct OutcomeTable {
    package struct Row: Hashable {
        @ExactText package private(set) var workflow: String
        @ExactText package private(set) var status: String
        @ExactText package private(set) var state: String
        /// In the order in which the attributes were chosen; empty: the instance has none of that name.
        package let values: [ExactText]
    }

    package let attributes: [String]
    /// In order of workflow, the most frequent first.
    package let rows: [(row: Row, count: Int)]

    /// - Parameter attributes: names of search attributes; a workflow that has none of them is left out, unless there are
    ///   no attributes.
    package init(_ past: any RehearsedPast, by attributes: [String]) throws {
        var counts: [Row: Int] = [:]
        for workflow in past.workflows {
            try past.instances(of: workflow) { instance in
                let values = attributes.map { instance.attribute($0) }
                guard attributes.isEmpty || values.contains(where: { $0 != nil }) else { return }
                let row = Row(
                    workflow: workflow, status: instance.status,
                    state: instance.states.joined(separator: ", "),
                    values: values.map { ExactText($0 ?? "") })
                counts[row, default: 0] += 1
            }
        }
        self.attributes = attributes
        rows = counts.map { (row: $0.key, count: $0.value) }.sorted { Self.precedes($0, $1) }
    }

    private static func precedes(_ left: (row: Row, count: Int), _ right: (row: Row, count: Int))
        -> Bool
    {
        func texts(_ row: Row) -> [ExactText] {
            [ExactText(row.status), ExactText(row.state)] + row.values
        }
        let order = compareUTF8(left.row.workflow, right.row.workflow)
        if order != 0 { return order < 0 }
        guard left.count == right.count else { return left.count > right.count }
        return texts(left.row).lexicographicallyPrecedes(texts(right.row))
    }
}
