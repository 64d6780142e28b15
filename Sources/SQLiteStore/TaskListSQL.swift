import Execution
import Values

/// A list of tasks as SQL: one walk along an index in the order of the list; of what somebody can do, one for each
/// capacity, merged.
struct TaskListSQL {
    private enum Path: Int {
        case claimed
        case assignee
        case role
        case order

        var index: String {
            switch self {
            case .claimed: "tasks_claimed"
            case .assignee: "tasks_assignee"
            case .role: "tasks_role"
            case .order: "tasks_order"
            }
        }
    }

    private struct Condition {
        let path: Path
        let sql: String
        var parameters: [Parameter] = []

        init(_ path: Path, _ sql: String, _ parameters: Parameter...) {
            self.path = path
            self.sql = sql
            self.parameters = parameters
        }
    }

    static let columns = """
        instance, activation, workflow, key, status, role, assignee, claimed, urgency, due, state, \
        outcome, decider, data
        """
    private static let order = "urgency, due, instance, activation"

    let sql: String
    let parameters: [Parameter]

    init(_ query: TaskQuery) {
        var shared = [Condition(.order, "status = '\(query.status.rawValue)'")]
        if let after = query.after {
            shared.append(
                Condition(
                    .order, "(\(Self.order)) > (?, ?, ?, ?)", .integer(after.urgencyOrder),
                    .integer(after.dueOrder), .integer(after.instance.rawValue),
                    .integer(after.activation)))
        }
        var branches: [[Condition]] = [[]]
        for term in query.terms {
            let alternatives = Self.alternatives(term)
            branches = branches.flatMap { branch in alternatives.map { branch + $0 } }
        }
        var parameters: [Parameter] = []
        let selects = branches.map { branch in
            let conditions = shared + branch
            let path = conditions.map(\.path).min { $0.rawValue < $1.rawValue } ?? .order
            parameters += conditions.flatMap(\.parameters) + [.count(query.count)]
            let filter = conditions.map(\.sql).joined(separator: " AND ")
            return """
                SELECT * FROM (SELECT \(Self.columns) FROM tasks INDEXED BY \(path.index)
                WHERE \(filter) ORDER BY \(Self.order) LIMIT ?)
                """
        }
        // What two capacities find is one task.
        sql =
            selects.count == 1
            ? selects[0]
            : selects.joined(separator: " UNION ") + " ORDER BY \(Self.order) LIMIT ?"
        self.parameters = parameters + (selects.count == 1 ? [] : [.count(query.count)])
    }

    /// One or more conjunctions.
    private static func alternatives(_ term: TaskQuery.Term) -> [[Condition]] {
        switch term {
        case .role(let role): [[Condition(.role, "role = ?", .text(role))]]
        case .assignee(let subject): [[Condition(.assignee, "assignee = ?", .text(subject))]]
        case .claimed(let subject): [[Condition(.claimed, "claimed = ?", .text(subject))]]
        case .can(let capacities):
            capacities.isEmpty
                ? [[Condition(.order, "0")]] : capacities.flatMap { alternatives($0) }
        case .workflow(let name): [[Condition(.order, "workflow = ?", .text(name))]]
        case .key(let key): [[Condition(.order, "key = ?", .text(key))]]
        case .keyPrefix(let prefix):
            // No byte of UTF-8 is 0xFF.
            [
                [
                    Condition(
                        .order, "key >= ? AND key < ?", .text(prefix),
                        .bytes(Array(prefix.utf8) + [0xFF]))
                ]
            ]
        case .state(let id):
            [
                [
                    Condition(
                        .order, "(state = ? OR substr(state, 1, ?) = ?)", .text(id),
                        .integer(Int64(id.unicodeScalars.count + 1)), .text("\(id)."))
                ]
            ]
        case .outcome(let name): [[Condition(.order, "outcome = ?", .text(name))]]
        case .decidedBy(let subject): [[Condition(.order, "decider = ?", .text(subject))]]
        case .due(let comparison, let moment):
            [
                [
                    Condition(
                        .order, "due \(comparison.rawValue) ? AND due < \(TaskPosition.noDue)",
                        .integer(moment.milliseconds))
                ]
            ]
        case .priority(let comparison, let number):
            [
                [
                    Condition(
                        .order, "100 - urgency \(comparison.rawValue) ?", .integer(Int64(number)))
                ]
            ]
        }
    }

    private static func alternatives(_ capacity: TaskQuery.Capacity) -> [[Condition]] {
        guard !capacity.subject.isEmpty else {
            return [
                [
                    Condition(.role, "role = ?", .text(capacity.role)),
                    Condition(
                        .order, "assignee = '' AND claimed IN ('', ?)", .text(capacity.holder)),
                ]
            ]
        }
        return [
            [
                Condition(.role, "role = ?", .text(capacity.role)),
                Condition(.order, "assignee IN ('', ?)", .text(capacity.subject)),
                Condition(
                    .order, "claimed IN ('', ?, ?)", .text(capacity.subject),
                    .text(capacity.holder)),
            ],
            [
                Condition(.assignee, "assignee = ?", .text(capacity.subject)),
                Condition(.order, "role = ''"),
                Condition(
                    .order, "claimed IN ('', ?, ?)", .text(capacity.subject),
                    .text(capacity.holder)),
            ],
        ]
    }
}
