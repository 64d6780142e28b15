import Execution
import Values

/// One sentence of the store contract and the story that checks it.
package struct StoreCase: Sendable, CustomStringConvertible {
    package let name: String
    /// Throws what is wrong. Each store that it makes is empty.
    package let body: @Sendable (_ makeStore: () throws -> any Store) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (any Store) throws -> Void) {
        self.name = name
        self.body = { makeStore in try body(try makeStore()) }
    }

    package var description: String { name }
}

/// The contract of `Store`: every backend passes every case.
package enum StoreSuite {
    package static let cases: [StoreCase] =
        instanceCases + rowCases + recordCases + indexCases + listCases + catalogCases
        + identityCases + attachmentCases + instanceRowCases + removalCases + ledgerCases
        + auditCases

    /// What a store did other than its contract says.
    package struct Violation: Error, CustomStringConvertible {
        package let description: String
    }

    static func expect(_ condition: Bool, _ claim: @autoclosure () -> String) throws {
        guard condition else { throw Violation(description: claim()) }
    }

    static func expectEqual<T: Equatable>(
        _ found: T, _ expected: T, _ what: @autoclosure () -> String
    ) throws {
        guard found == expected else {
            throw Violation(description: "\(what()): \(found), expected \(expected)")
        }
    }

    /// The commits must be refused as a conflict.
    static func expectConflict(_ store: any Store, _ commits: [Commit], _ why: String) throws {
        do throws(StoreError) {
            try store.commit(commits)
        } catch {
            if case .conflict = error { return }
            throw Violation(description: "\(why): \(error), expected a conflict")
        }
        throw Violation(description: "\(why): committed, expected a conflict")
    }
}

// MARK: - Rows to write

extension StoreSuite {
    static func instant(_ seconds: Int64) -> Timestamp {
        Timestamp(seconds: 1_700_000_000 + seconds)
    }

    static func instance(
        _ id: Int64, _ key: String? = nil, workflow: String = "order", version: Int = 1,
        revision: Int64 = 1,
        status: Run.Status = .running, states: [String] = ["open"], overdueAt: Timestamp? = nil,
        incidents: Int = 0, isRetrying: Bool = false, pause: PauseSummary? = nil,
        search: [(name: String, value: Value)] = [], body: [UInt8] = Array("{}".utf8)
    ) -> InstanceWrite {
        let summary = InstanceSummary(
            states: states, startedAt: instant(id), updatedAt: instant(id + revision),
            endedAt: status.isTerminal ? instant(id + revision) : nil, overdueAt: overdueAt,
            incidents: incidents, isRetrying: isRetrying, pause: pause, search: search)
        return InstanceWrite(
            id: InstanceID(id), name: InstanceName(workflow: workflow, key: key ?? "k\(id)"),
            version: version, status: status, revision: revision, summary: summary, body: body)
    }

    static func commit(_ instance: InstanceWrite?, _ fill: (inout Commit) -> Void = { _ in })
        -> Commit
    {
        var commit = Commit()
        commit.instance = instance
        fill(&commit)
        return commit
    }

    static func entry(_ instance: Int64, _ sequence: Int64, _ data: Value = [:]) -> HistoryEntry {
        HistoryEntry(
            instance: InstanceID(instance), sequence: sequence, at: instant(sequence),
            kind: "transition", data: data)
    }

    static func timer(_ instance: Int64, _ id: TimerID, _ due: Int64) -> TimerRow {
        TimerRow(instance: InstanceID(instance), id: id, due: instant(due))
    }

    static func event(_ id: String, data: Value = ["n": 1]) -> InboundEvent {
        InboundEvent(
            id: id, name: "order.paid", data: data,
            sender: Actor(role: "customer", subject: "c1"))
    }

    static let callError = CallError(
        name: "declined", message: "the bank said no", isRetryable: false,
        detail: ["status": 402, "body": ["reason": "funds"]])
}
