import Execution
import Testing

@testable import SQLiteStore

@Suite struct QueryPlanTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
    }

    /// Walks of a whole table. A walk through an index in its order, cut off by LIMIT, is none.
    private func scans(_ plan: [String]) -> [String] {
        plan.filter { line in
            line.hasPrefix("SCAN") && !line.contains("USING")
                && !["(subquery", "used", "CONSTANT ROW"].contains { line.contains($0) }
        }
    }

    @Test(arguments: SQL.allCases)
    func everyStatementIsWrittenOut(_ sql: SQL) {
        #expect(!sql.text.isEmpty)
    }

    @Test(
        arguments: SQL.allCases.filter { ![.begin, .beginRead, .commit].contains($0) })
    func noStatementScansOrSorts(_ sql: SQL) throws {
        let plan = try store.plan(of: sql)
        #expect(scans(plan) == [])
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    }

    @Test(arguments: [
        (SQL.timersDue, "SEARCH timers USING COVERING INDEX timers_due (due<?)"),
        (.nextTimer, "SEARCH timers USING COVERING INDEX timers_due (due>?)"),
        (
            .instanceByName,
            "SEARCH instances USING INDEX instances_name (workflow=? AND key=?)"
        ),
        (
            .callsAfter,
            "SEARCH calls USING PRIMARY KEY "
                + "((instance,activation,dispatch)>(?,?,?))"
        ),
        (
            .messagesAfter,
            "SEARCH messages USING PRIMARY KEY ((source,number)>(?,?))"
        ),
        (
            .recordsByGroup,
            "SEARCH records USING INDEX records_group (collection=? AND grp=? AND id>?)"
        ),
        (
            .recordsAll,
            "SEARCH records USING INDEX sqlite_autoindex_records_1 (collection=? AND id>?)"
        ),
        (
            .members,
            "SEARCH members USING PRIMARY KEY (instance=? AND activation=? AND number>?)"
        ),
        (.lastFanOut, "SEARCH members USING PRIMARY KEY (instance=?)"),
        (
            .recordByID,
            "SEARCH records USING INDEX sqlite_autoindex_records_1 (collection=? AND id=?)"
        ),
        (.kept, "SEARCH kept USING INDEX kept_name (workflow=? AND key=?)"),
        (.expiredKept, "SEARCH kept USING INDEX kept_expiry (expires_at<?)"),
        (.updateSteady, "SEARCH instances USING INTEGER PRIMARY KEY (rowid=?)"),
    ])
    func hotStatementsUseTheirIndex(_ sql: SQL, _ step: String) throws {
        #expect(try store.plan(of: sql) == [step])
    }

    @Test(arguments: [
        [InstanceQuery.Term.health(.stuck)], [.health(.stuck), .workflow("order")],
        [.health(.blocked)], [.health(.overdue)], [.health(.failing)], [.health(.waiting)],
        [.health(.ok)], [.status(.running)], [.status(.failed), .workflow("order")],
        [.workflow("order")], [.version(2)], [.workflow("order"), .version(2)],
        [.workflow("order"), .key("1")], [.key("1")], [.keyPrefix("1")],
        [.state("open")], [.state("open"), .workflow("order")],
        [.search(name: "city", comparison: .equal, value: "Bern")],
        [.search(name: "total", comparison: .greater, value: 5)],
        [.paused], [.pausedBy("ana"), .pauseReason("audit")], [.paused, .workflow("order")],
    ])
    func listsFindTheirRowsThroughAnIndex(_ terms: [InstanceQuery.Term]) throws {
        for query in [
            InstanceQuery(
                terms: terms, now: .init(seconds: 1_700_000_000), before: InstanceID(5), count: 50),
            InstanceQuery(
                terms: terms, now: .init(seconds: 1_700_000_000), before: nil,
                above: InstanceID(5), count: 1),
        ] { try expectNoScan(query) }
    }

    private func expectNoScan(_ query: InstanceQuery) throws {
        let plan = try store.plan(of: query)
        let walks = plan.filter { $0.hasPrefix("SCAN instances") }
        #expect(
            walks.allSatisfy {
                $0.contains("instances_blocked") || $0.contains("instances_paused")
            }, "\(plan)")
        #expect(scans(plan) == [], "\(plan)")
    }

    /// Newest first: the walk ends where the page does, and looks at no row of an instance that is not paused.
    @Test(arguments: [
        [InstanceQuery.Term.paused], [.pausedBy("ana")], [.paused, .workflow("order")],
    ])
    func thePausedAreReadAlongTheirOwnIndex(_ terms: [InstanceQuery.Term]) throws {
        let query = InstanceQuery(terms: terms, now: .init(seconds: 1), before: nil, count: 50)
        let plan = try store.plan(of: query)
        let walks = plan.filter { $0.contains("COVERING INDEX instances_paused") }
        #expect(walks.count == 2, "\(plan)")
    }

    /// An index that a statement names and that cannot serve it is an error of SQLite's.
    @Test func anyTwoTermsMakeAStatement() throws {
        let terms: [InstanceQuery.Term] =
            [
                .workflow("order"), .version(2), .key("1"), .keyPrefix("1"), .state("open"),
                .search(name: "city", comparison: .less, value: "Bern"),
                .search(name: "city", comparison: .less, value: nil), .paused, .pausedBy("ana"),
                .pauseReason("audit"),
            ] + Health.allCases.map { .health($0) } + Run.Status.allCases.map { .status($0) }
        for first in terms {
            for second in terms {
                let query = InstanceQuery(
                    terms: [first, second], now: .init(seconds: 1), before: InstanceID(3), count: 2)
                #expect(throws: Never.self, "\([first, second])") { try store.list(query) }
            }
        }
    }

    @Test func aTermMayBeRepeated() throws {
        let query = InstanceQuery(
            terms: Array(repeating: .health(.stuck), count: 100), now: .init(seconds: 1),
            before: nil, count: 2)
        #expect(try store.list(query).total == 0)
    }

    @Test func stuckInstancesAreReadFromTwoSmallIndexes() throws {
        let query = InstanceQuery(
            terms: [.health(.stuck)], now: .init(seconds: 1_700_000_000), before: nil, count: 50)
        let plan = try store.plan(of: query)
        #expect(plan.contains { $0.contains("instances_blocked") }, "\(plan)")
        #expect(plan.contains { $0.contains("INDEX instances_running (overdue_at<?)") }, "\(plan)")
    }

    @Test func whatRunsOnAVersionIsCountedWithoutWhatHasEnded() throws {
        let query = InstanceQuery(
            terms: [.workflow("order"), .version(2), .status(.running)], now: .init(seconds: 1),
            before: nil, count: 50)
        let step =
            "SEARCH instances USING COVERING INDEX instances_running_version "
            + "(workflow=? AND version=? AND status=?)"
        #expect(try store.plan(of: query).filter { $0 == step }.count == 2)
    }

    /// And no other entry of its attribute is looked at.
    @Test func anEqualAttributeIsFoundByItsValue() throws {
        let query = InstanceQuery(
            terms: [.search(name: "client", comparison: .equal, value: "c-1")],
            now: .init(seconds: 1), before: nil, count: 50)
        let steps = try store.plan(of: query).filter { $0.contains("search_attributes_value") }
        #expect(steps.count == 2)
        #expect(steps.allSatisfy { $0.hasSuffix("(name=? AND value=?)") }, "\(steps)")
    }

    /// A page of tasks is a walk along one index, of what somebody can do along one for each capacity: nothing is sorted
    /// but what the walks found.
    @Test(
        arguments: [
            ([], "tasks_order"), ([.role("manager")], "tasks_role (status=? AND role=?)"),
            ([.claimed("ana"), .role("manager")], "tasks_claimed (status=? AND claimed=?)"),
            ([.assignee("")], "tasks_assignee (status=? AND assignee=?)"),
        ] as [([TaskQuery.Term], String)])
    func tasksAreReadAlongAnIndex(terms: [TaskQuery.Term], index: String) throws {
        let plan = try store.plan(of: TaskQuery(terms, count: 50))
        #expect(plan.contains { $0.contains("USING INDEX \(index)") }, "\(plan)")
        #expect(!plan.contains { $0.contains("B-TREE") }, "\(plan)")
    }
}
