import Execution
import Values

/// An instance query as SQL.
///
/// Theory. A query is a union of branches that exclude each other, each a conjunction that one
/// index serves (`stuck` is blocked, or overdue; `ok` is one of three endings). A branch finds ids
/// only, from an index that covers it where there is one; the rows of the page alone are read
/// whole. The index is named in the statement: without statistics SQLite takes the one with the
/// most equalities, which for health is the widest.
struct ListSQL {
    /// How the rows of a branch are found, the narrowest first.
    fileprivate enum Path: Int {
        /// By ids that another table has found.
        case ids
        case name
        case blocked
        case running
        case states
        case status
        case version
        case workflow
        case all

        var clause: String {
            switch self {
            case .ids: "NOT INDEXED"
            case .name: "INDEXED BY instances_name"
            case .blocked: "INDEXED BY instances_blocked"
            case .running: "INDEXED BY instances_running"
            case .states: "INDEXED BY instances_states"
            case .status: "INDEXED BY instances_status"
            case .version: "INDEXED BY instances_version"
            case .workflow: "INDEXED BY instances_workflow"
            case .all: ""
            }
        }
    }

    private struct Condition {
        let path: Path
        let sql: String
        var parameters: [Parameter] = []
    }

    private let branches: [[Condition]]
    private let before: Int64?
    private let limit: Int
    private let countedUpTo: Int?

    /// - Parameter limit: instances at most; one more than the page tells whether there is another.
    init(_ query: InstanceQuery, limit: Int) {
        var branches: [[Condition]] = [[]]
        for term in query.distinctTerms {
            let alternatives = Self.alternatives(term, now: query.now.milliseconds)
            branches = branches.flatMap { branch in alternatives.map { branch + [$0] } }
        }
        if !query.namesWorkflow, let path = query.pathBelowWorkflow {
            branches = branches.map { [Condition(path: path, sql: Self.anyWorkflow)] + $0 }
        }
        self.branches = branches
        before = query.before?.rawValue
        self.limit = limit
        countedUpTo = query.countedUpTo
    }

    /// Instances of the page, newest first.
    var page: (sql: String, parameters: [Parameter]) {
        var parameters: [Parameter] = []
        let selects = branches.map { branch in
            var conditions = branch
            if let before {
                conditions.append(
                    Condition(path: .all, sql: "id < ?", parameters: [.integer(before)]))
            }
            parameters += conditions.flatMap(\.parameters) + [.integer(Int64(limit))]
            let rows = Self.rows(conditions)
            return "SELECT id FROM (SELECT id FROM \(rows) ORDER BY id DESC LIMIT ?)"
        }
        let ids = selects.joined(separator: " UNION ALL ")
        let sql = """
            SELECT \(SQL.instanceColumns) FROM instances WHERE id IN (\(ids))
            ORDER BY id DESC LIMIT ?
            """
        return (sql, parameters + [.integer(Int64(limit))])
    }

    /// How many match at all, or as many of each branch as are asked for and one more.
    var total: (sql: String, parameters: [Parameter]) {
        guard let countedUpTo else {
            let counts = branches.map { "(SELECT count(*) FROM \(Self.rows($0)))" }
            return (
                "SELECT " + counts.joined(separator: " + "),
                branches.flatMap { $0.flatMap(\.parameters) }
            )
        }
        let enough = Parameter.integer(
            Int64(clamping: countedUpTo.addingReportingOverflow(1).partialValue))
        let counts = branches.map {
            "(SELECT count(*) FROM (SELECT 1 FROM \(Self.rows($0)) LIMIT ?))"
        }
        return (
            "SELECT " + counts.joined(separator: " + "),
            branches.flatMap { $0.flatMap(\.parameters) + [enough] }
        )
    }

    private static func rows(_ conditions: [Condition]) -> String {
        let path = conditions.map(\.path).min { $0.rawValue < $1.rawValue } ?? .all
        let filter = conditions.map(\.sql).joined(separator: " AND ")
        return "instances \(path.clause)" + (filter.isEmpty ? "" : " WHERE \(filter)")
    }
}

// MARK: - Terms

extension ListSQL {
    /// Statuses are written out: an index with a condition serves only a query that shows the same
    /// words.
    private static let running = "status = 'running' AND incidents = 0"

    private static func alternatives(_ term: InstanceQuery.Term, now: Int64) -> [Condition] {
        switch term {
        case .workflow(let name):
            [Condition(path: .workflow, sql: "workflow = ?", parameters: [.text(name)])]
        case .version(let number):
            [Condition(path: .version, sql: "version = ?", parameters: [.integer(Int64(number))])]
        case .key(let key):
            [Condition(path: .name, sql: "key = ?", parameters: [.text(key)])]
        case .keyPrefix(let prefix):
            [keyPrefix(prefix)]
        case .status(let status):
            [Condition(path: .status, sql: "status = '\(status.rawValue)'")]
        case .state(let id):
            [state(id)]
        case .health(let health):
            alternatives(health, now: now)
        case .search(let name, let comparison, let value):
            [search(name, comparison, value)]
        }
    }

    private static func alternatives(_ health: Health, now: Int64) -> [Condition] {
        switch health {
        case .ok:
            Run.Status.allCases.filter(\.isTerminal).map {
                Condition(path: .status, sql: "status = '\($0.rawValue)' AND incidents = 0")
            }
        case .blocked:
            [Condition(path: .blocked, sql: "incidents > 0")]
        case .overdue:
            [
                Condition(
                    path: .running, sql: "\(running) AND overdue_at <= ?",
                    parameters: [.integer(now)])
            ]
        case .stuck:
            alternatives(.blocked, now: now) + alternatives(.overdue, now: now)
        case .failing:
            inTime(now: now, isRetrying: true)
        case .waiting:
            inTime(now: now, isRetrying: false)
        }
    }

    private static func inTime(now: Int64, isRetrying: Bool) -> [Condition] {
        let rest = "\(running) AND is_retrying = \(isRetrying ? 1 : 0)"
        return [
            Condition(path: .running, sql: "\(rest) AND overdue_at IS NULL"),
            Condition(
                path: .running, sql: "\(rest) AND overdue_at > ?", parameters: [.integer(now)]),
        ]
    }

    /// No byte of UTF-8 is 0xFF, so that this is above every text that begins with the prefix.
    private static func keyPrefix(_ prefix: String) -> Condition {
        Condition(
            path: .name, sql: "key >= ? AND key < ?",
            parameters: [.text(prefix), .bytes(Array(prefix.utf8) + [0xFF])])
    }

    /// Few sets of states are in use at a time: they are walked through the index one by one, and
    /// the rows of those that match are found by equality.
    private static func state(_ id: String) -> Condition {
        let sql = """
            states IN (
                WITH RECURSIVE used (states) AS (
                    SELECT min(states) FROM instances
                    UNION ALL
                    SELECT (SELECT min(i.states) FROM instances i WHERE i.states > used.states)
                    FROM used WHERE used.states IS NOT NULL)
                SELECT states FROM used
                WHERE instr(' ' || states || ' ', ?) > 0 OR instr(' ' || states, ?) > 0)
            """
        return Condition(
            path: .states, sql: sql,
            parameters: [.text(" \(id) "), .text(" \(id).")])
    }

    /// A key or a version alone is looked up under each workflow that there is.
    private static let anyWorkflow = """
        workflow IN (
            WITH RECURSIVE used (workflow) AS (
                SELECT min(workflow) FROM instances
                UNION ALL
                SELECT (SELECT min(i.workflow) FROM instances i WHERE i.workflow > used.workflow)
                FROM used WHERE used.workflow IS NOT NULL)
            SELECT workflow FROM used WHERE workflow IS NOT NULL)
        """

    private static func search(
        _ name: String, _ comparison: InstanceQuery.Comparison, _ value: Value
    ) -> Condition {
        guard let attribute = SearchValue(value) else { return Condition(path: .ids, sql: "0") }
        let sql = """
            id IN (
                SELECT instance FROM search_attributes
                WHERE name = ? AND value \(comparison.rawValue) ? AND \(attribute.sameKind))
            """
        return Condition(
            path: .ids, sql: sql, parameters: [.text(name), .value(attribute)])
    }
}

extension InstanceQuery {
    /// A health named twice means what it means once, and would double the branches.
    fileprivate var distinctTerms: [Term] {
        var seen: [Health] = []
        return terms.filter { term in
            guard case .health(let health) = term else { return true }
            defer { seen.append(health) }
            return !seen.contains(health)
        }
    }

    fileprivate var namesWorkflow: Bool {
        terms.contains { if case .workflow = $0 { true } else { false } }
    }

    /// The index whose rows are in order of workflows and then of what a term asks for.
    fileprivate var pathBelowWorkflow: ListSQL.Path? {
        var path: ListSQL.Path?
        for term in terms {
            switch term {
            case .key, .keyPrefix: return .name
            case .version: path = .version
            case .workflow, .status, .state, .health, .search: break
            }
        }
        return path
    }
}
