import Encryption
import Execution
import Values

/// An instance query as SQL.
///
/// Theory. A query is a union of branches that exclude each other, each a conjunction (`stuck` is
/// blocked, or overdue; `ok` is one of three endings). In a branch one condition leads: it finds
/// rows through an index, and the others test what it finds. The index is named in the statement:
/// without statistics SQLite takes the one with the most equalities, which for health is the
/// widest. A branch finds ids only; the rows of the page alone are read whole.
///
/// What many rows fit is not found through an index, since they would have to be sorted first: the
/// newest rows are tested one by one (`probe`), and a page that is full then is the page.
struct ListSQL {
    /// How the rows of a branch are found, the narrowest first.
    fileprivate enum Path: Int {
        /// By a search attribute's value.
        case attribute
        case name
        case paused
        case blocked
        /// Of one version, those that run.
        case runningVersion
        case running
        case states
        /// By a span of a search attribute's values, which may hold nearly all.
        case attributeSpan
        case status
        /// Like `status`, of those that ended well: most of all there are.
        case ended
        case version
        case workflow
        case all

        var clause: String {
            switch self {
            case .attribute, .attributeSpan:
                "search_attributes AS led CROSS JOIN instances ON instances.id = led.instance"
            case .name: "instances INDEXED BY instances_name"
            case .paused: "instances INDEXED BY instances_paused"
            case .blocked: "instances INDEXED BY instances_blocked"
            case .runningVersion: "instances INDEXED BY instances_running_version"
            case .running: "instances INDEXED BY instances_running"
            case .states: "instances INDEXED BY instances_states"
            case .status, .ended: "instances INDEXED BY instances_status"
            case .version: "instances INDEXED BY instances_version"
            case .workflow: "instances INDEXED BY instances_workflow"
            case .all: "instances"
            }
        }

        /// In the order of these a page needs no sorting.
        var id: String {
            switch self {
            case .attribute, .attributeSpan: "led.instance"
            default: "id"
            }
        }

        /// Its rows come in no order of ids, and may be most of all.
        var isWide: Bool {
            switch self {
            case .running, .states, .attributeSpan, .status: true
            case .attribute, .name, .paused, .blocked, .runningVersion, .ended, .version, .workflow,
                .all:
                false
            }
        }
    }

    fileprivate struct Condition {
        let path: Path
        /// Where it leads.
        let lead: Clause
        /// Where another one leads: of a row.
        let test: Clause

        init(path: Path, lead: Clause, test: Clause) {
            self.path = path
            self.lead = lead
            self.test = test
        }

        init(path: Path, sql: String, parameters: [Parameter] = []) {
            let clause = Clause(sql, parameters)
            self.init(path: path, lead: clause, test: clause)
        }
    }

    fileprivate struct Clause {
        let sql: String
        let parameters: [Parameter]

        init(_ sql: String, _ parameters: [Parameter] = []) {
            self.sql = sql
            self.parameters = parameters
        }
    }

    private struct Branch {
        let path: Path
        let clauses: [Clause]

        init(_ conditions: [Condition]) {
            let leading = conditions.indices.min {
                conditions[$0].path.rawValue < conditions[$1].path.rawValue
            }
            let paths = conditions.map(\.path)
            let isRunningVersion =
                leading.map { paths[$0] } == .status && paths.contains(.version)
            let path = isRunningVersion ? .runningVersion : leading.map { paths[$0] } ?? .all
            self.path = path
            clauses = conditions.indices.map {
                $0 == leading ? conditions[$0].lead : conditions[$0].test
            }
        }

        func rows(_ more: [Clause] = []) -> Clause {
            let all = clauses + more
            let filter = all.map(\.sql).joined(separator: " AND ")
            // Nothing else is asked of the instance itself.
            let isAlone = all.count == 1 && [.attribute, .attributeSpan].contains(path)
            return Clause(
                (isAlone ? "search_attributes AS led" : path.clause)
                    + (filter.isEmpty ? "" : " WHERE \(filter)"), all.flatMap(\.parameters))
        }
    }

    private let branches: [Branch]
    /// What a row must be, whichever way it was found.
    private let tests: [[Clause]]
    private let before: Int64?
    private let above: Int64?
    private let limit: Int
    private let countedUpTo: Int?
    private let namesWorkflow: Bool

    /// - Parameter limit: instances at most; one more than the page tells whether there is another.
    init(_ query: InstanceQuery, limit: Int, keys: KeyRing) {
        var conditions: [[Condition]] = [[]]
        for term in query.distinctTerms {
            let alternatives = Self.alternatives(term, now: query.now.milliseconds, keys)
            conditions = conditions.flatMap { branch in alternatives.map { branch + [$0] } }
        }
        tests = conditions.map { $0.map(\.test) }
        if !query.namesWorkflow, let path = query.pathBelowWorkflow {
            conditions = conditions.map { [Condition(path: path, sql: Self.anyWorkflow)] + $0 }
        }
        branches = conditions.map { Branch($0) }
        before = query.above == nil ? query.before?.rawValue : nil
        above = query.above?.rawValue
        self.limit = limit
        countedUpTo = query.countedUpTo
        namesWorkflow = query.namesWorkflow
    }

    /// From where on, in the order in which rows are read.
    private func bound(_ id: String) -> Clause? {
        above.map { Clause("\(id) > ?", [.integer($0)]) }
            ?? before.map { Clause("\(id) < ?", [.integer($0)]) }
    }

    private var order: String { above == nil ? "DESC" : "ASC" }

    /// Whether a page needs no sorting once it is asked for of each workflow by itself.
    var goesByWorkflow: Bool { !namesWorkflow && branches.contains { $0.path == .ended } }

    /// Instances of the page, newest first; above an id the other way round, from the nearest on.
    /// - Parameter workflows: those that there are, where it goes by workflow.
    func page(of workflows: [String]) -> (sql: String, parameters: [Parameter]) {
        var parameters: [Parameter] = []
        let parts = branches.flatMap { branch -> [(Branch, Clause?)] in
            guard branch.path == .ended, !namesWorkflow else { return [(branch, nil)] }
            return workflows.map { (branch, Clause("workflow = ?", [.text($0)])) }
        }
        let selects = parts.map { branch, workflow in
            let id = branch.path.id
            let rows = branch.rows([workflow, bound(id)].compactMap(\.self))
            parameters += rows.parameters + [.integer(Int64(limit))]
            return
                "SELECT id FROM (SELECT \(id) AS id FROM \(rows.sql) ORDER BY \(id) \(order) LIMIT ?)"
        }
        return whole(
            selects.isEmpty ? "NULL" : selects.joined(separator: " UNION ALL "), parameters)
    }

    /// Those of the newest rows that fit, if it is worth a look; the page itself when it is full.
    /// - Parameter span: how many rows are looked at.
    func probe(_ span: Int) -> (sql: String, parameters: [Parameter])? {
        guard branches.contains(where: \.path.isWide) else { return nil }
        let fitting = tests.map { clauses in
            "(" + clauses.map(\.sql).joined(separator: " AND ") + ")"
        }
        let bound = bound("id")
        let newest = """
            SELECT id, workflow, key, version, status, states, overdue_at, incidents, is_retrying,
                paused_by, pause_reason, paused_at
            FROM instances \(bound.map { "WHERE \($0.sql)" } ?? "") ORDER BY id \(order) LIMIT ?
            """
        return whole(
            "SELECT id FROM (\(newest)) AS newest WHERE \(fitting.joined(separator: " OR "))",
            (bound?.parameters ?? []) + [.integer(Int64(span))]
                + tests.flatMap { $0.flatMap(\.parameters) })
    }

    private func whole(
        _ ids: String, _ parameters: [Parameter]
    ) -> (sql: String, parameters: [Parameter]) {
        let sql = """
            SELECT \(SQL.instanceColumns) FROM instances WHERE id IN (\(ids))
            ORDER BY id \(order) LIMIT ?
            """
        return (sql, parameters + [.integer(Int64(limit))])
    }

    /// How many match at all, or as many of each branch as are asked for and one more.
    var total: (sql: String, parameters: [Parameter]) {
        var parameters: [Parameter] = []
        let counts = branches.map { branch in
            let rows = branch.rows()
            parameters += rows.parameters
            guard let countedUpTo else { return "(SELECT count(*) FROM \(rows.sql))" }
            let enough = countedUpTo.addingReportingOverflow(1).partialValue
            parameters.append(.integer(Int64(enough)))
            return "(SELECT count(*) FROM (SELECT 1 FROM \(rows.sql) LIMIT ?))"
        }
        return ("SELECT " + counts.joined(separator: " + "), parameters)
    }
}

// MARK: - Terms

extension ListSQL {
    /// Statuses are written out: an index with a condition serves only a query that shows the same
    /// words.
    private static let running = "status = 'running' AND incidents = 0"

    private static let paused = "paused_at IS NOT NULL"

    private static func alternatives(
        _ term: InstanceQuery.Term, now: Int64, _ keys: KeyRing
    ) -> [Condition] {
        switch term {
        case .workflow(let name):
            [Condition(path: .workflow, sql: "workflow = ?", parameters: [.text(name)])]
        case .version(let number):
            [Condition(path: .version, sql: "version = ?", parameters: [.integer(Int64(number))])]
        case .key(let key):
            [Condition(path: .name, sql: "key = ?", parameters: [.text(key)])]
        case .keyPrefix(let prefix):
            [keyPrefix(prefix)]
        case .status(let status) where status.isTerminal:
            [
                ended(status),
                Condition(path: .blocked, sql: "incidents > 0 AND status = '\(status.rawValue)'"),
            ]
        case .status(let status):
            [Condition(path: .status, sql: "status = '\(status.rawValue)'")]
        case .state(let id):
            [state(id)]
        case .health(let health):
            alternatives(health, now: now)
        case .paused:
            [Condition(path: .paused, sql: paused)]
        case .pausedBy(let name):
            // Few are paused: each is looked at, in the index.
            [
                Condition(
                    path: .paused,
                    sql: "\(paused) AND (paused_by = ? "
                        + "OR substr(paused_by, instr(paused_by, '/') + 1) = ?)",
                    parameters: [.text(name), .text(name)])
            ]
        case .pauseReason(let reason):
            [pauseReason(reason, keys)]
        case .search(let name, let comparison, let value):
            [search(name, comparison, value)]
        }
    }

    private static func pauseReason(_ reason: String, _ keys: KeyRing) -> Condition {
        let likenesses = keys.likenesses(of: reason, at: .pauseReason)
        let places = likenesses.map { _ in "?" }.joined(separator: ", ")
        let sql = likenesses.count == 1 ? "= ?" : "IN (\(places))"
        return Condition(
            path: .paused, sql: "\(paused) AND pause_reason \(sql)", parameters: likenesses)
    }

    /// Of one workflow these lie in the index in the order of their ids.
    private static func ended(_ status: Run.Status) -> Condition {
        Condition(path: .ended, sql: "status = '\(status.rawValue)' AND incidents = 0")
    }

    private static func alternatives(_ health: Health, now: Int64) -> [Condition] {
        switch health {
        case .ok:
            Run.Status.allCases.filter(\.isTerminal).map(ended)
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
        let names = [Parameter.text(" \(id) "), .text(" \(id).")]
        return Condition(
            path: .states, lead: Clause(sql, names),
            test: Clause(
                "(instr(' ' || states || ' ', ?) > 0 OR instr(' ' || states, ?) > 0)", names))
    }

    /// Those that there are: a step through the index for each.
    static let workflows = """
        WITH RECURSIVE used (workflow) AS (
            SELECT min(workflow) FROM instances
            UNION ALL
            SELECT (SELECT min(i.workflow) FROM instances i WHERE i.workflow > used.workflow)
            FROM used WHERE used.workflow IS NOT NULL)
        SELECT workflow FROM used WHERE workflow IS NOT NULL
        """

    /// A key or a version alone is looked up under each workflow that there is.
    private static let anyWorkflow = "workflow IN (\(workflows))"

    private static func search(
        _ name: String, _ comparison: InstanceQuery.Comparison, _ value: Value
    ) -> Condition {
        guard let attribute = SearchValue(value) else {
            return Condition(path: .attribute, lead: Clause("0"), test: Clause("0"))
        }
        func holds(_ table: String) -> String {
            let value = "\(table).value"
            let compared = "\(table).name = ? AND \(value) \(comparison.rawValue) ?"
            // What is equal is of one kind; and of an equality beside a span SQLite would walk the span.
            return comparison == .equal
                ? compared : compared + " AND " + attribute.sameKind(as: value)
        }
        let parameters = [Parameter.text(name), .value(attribute)]
        return Condition(
            path: comparison == .equal ? .attribute : .attributeSpan,
            lead: Clause(holds("led"), parameters),
            test: Clause(
                "EXISTS (SELECT 1 FROM search_attributes AS one "
                    + "INDEXED BY search_attributes_instance WHERE one.instance = id AND "
                    + holds("one") + ")", parameters))
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
            case .workflow, .status, .state, .health, .paused, .pausedBy, .pauseReason, .search:
                break
            }
        }
        return path
    }
}
