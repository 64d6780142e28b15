import Definition
import Execution
import Values

/// A look at every instance of a store, as `pawl doctor` takes it: what does not fit together, and where.
///
/// What the rows say is derived from the runs, so it can be derived again: each timer and each call of the tables must
/// be one that a run waits for, and the other way round.
package struct Examination: Sendable {
    /// How many instances were looked at.
    package private(set) var instances = 0
    package private(set) var running = 0
    package private(set) var incidents = 0
    /// One sentence each.
    package private(set) var findings: [String] = []
    /// What somebody should see to although nothing is wrong.
    package private(set) var remarks: [String] = []

    private var timers: Set<TimerRow> = []
    private var calls: Set<CallRow> = []
    /// Of a version that is not known here, so that its calls' timeouts cannot be derived.
    private var unknown: Set<InstanceID> = []

    package init(_ inspector: Inspector) throws(Problem) {
        remarks = inspector.catalog.calendars.all.compactMap { $0.doubt(at: inspector.now) }
        remarks += try inspector.moneyHolds().list.map(\.remark)
        var before: InstanceID?
        while true {
            let page = try inspector.views(InstanceFilter(), before: before, count: 500)
            for view in page.views { try examine(view, inspector) }
            guard page.hasMore, let last = page.views.last else { break }
            before = last.row.id
        }
        do throws(StoreError) {
            try examineErasures(inspector)
            try compareTables(inspector.store)
            findings += try IndexBuilding.differences(
                inspector.store, inspector.catalog.local.indexes)
            findings += try LedgerExamination.findings(inspector.store)
            if let fault = try AuditVerifier.walk(inspector.store).verdict() {
                findings.append("the audit: \(fault.message)")
            }
            findings += try inspector.catalog.local.audit { (query) throws(StoreError) in
                try inspector.store.records(query)
            }
        } catch {
            throw .store(error)
        }
    }

    private mutating func examine(
        _ view: InstanceView, _ inspector: Inspector
    ) throws(Problem) {
        instances += 1
        guard !view.isDamaged else {
            findings.append("\(view.row.name): \(view.why)")
            return
        }
        if !view.run.status.isTerminal { running += 1 }
        incidents += view.run.incidents.count
        timers.formUnion(view.run.timerRows)
        if view.blockers.contains(where: { $0.kind == .definitionMissing }) {
            unknown.insert(view.row.id)
        } else {
            calls.formUnion(view.run.callRows(view.definition))
        }
        try examineHistory(of: view, inspector)
        try examineReferences(of: view, inspector)
    }

    /// What its rows say of attachments, and that each of them is known.
    private mutating func examineReferences(
        of view: InstanceView, _ inspector: Inspector
    ) throws(Problem) {
        let derived = Set<ReferenceRow>(view.run.referenceRows)
        do throws(StoreError) {
            let stored = Set<ReferenceRow>(
                try inspector.store.references(of: view.row.name))
            compare(stored, derived, "reference") { "to \($0.sha256) of \($0.instance)" }
            for row in view.run.referenceRows
            where try inspector.store.attachment(row.sha256) == nil {
                findings.append("\(row.instance) refers to \(row.sha256), which has no row")
            }
        } catch {
            throw .store(error)
        }
    }

    /// 1…n without a gap, as many as the run counted.
    private mutating func examineHistory(
        of view: InstanceView, _ inspector: Inspector
    ) throws(Problem) {
        var expected: Int64 = 1
        while true {
            let page = try inspector.history(view.row.id, after: expected - 1, count: 1_000)
            for entry in page {
                guard entry.sequence == expected else {
                    findings.append("\(view.row.name): entry \(expected) of its history is missing")
                    return
                }
                expected += 1
            }
            if page.count < 1_000 { break }
        }
        if expected - 1 != view.run.lastSequence {
            findings.append(
                "\(view.row.name): its history ends at \(expected - 1), it counted "
                    + "\(view.run.lastSequence)")
        }
    }

    /// What an erasure has come by after it was through: an instance that had the person's id only later.
    private mutating func examineErasures(_ inspector: Inspector) throws(StoreError) {
        for erasure in try ErasureAgreement.records(inspector.store)
        where erasure.status == .done {
            let asked = erasure.order
            var left: [InstanceName] = []
            try inspector.forEachInstance(of: asked) { row in
                if row.status.isTerminal { left.append(row.name) }
            }
            guard let first = left.first else { continue }
            remarks.append(
                "\(first)\(left.count > 1 ? " and \(left.count - 1) more" : "") ended with data of "
                    + "\(asked.person)=\(asked.id), who was erased on \(asked.at.rfc3339): the id came "
                    + "later; erase them again")
        }
    }

    private mutating func compareTables(_ store: any Store) throws(StoreError) {
        let storedTimers = Set<TimerRow>(try store.timers(dueBy: .distantFuture, count: .max))
        var storedCalls: Set<CallRow> = []
        var cursor: CallID?
        while true {
            let page = try store.calls(after: cursor, count: 1_000)
            storedCalls.formUnion(page.filter { !unknown.contains($0.id.instance) })
            guard page.count == 1_000, let last = page.last else { break }
            cursor = last.id
        }
        compare(storedTimers, timers, "timer") { "\($0.id) of instance \($0.instance)" }
        compare(storedCalls, calls, "call") { "\($0.adapter).\($0.operation) under \($0.key)" }
    }

    private mutating func compare<Row: Hashable>(
        _ stored: Set<Row>, _ derived: Set<Row>, _ what: String, _ name: (Row) -> String
    ) {
        for row in stored.subtracting(derived) {
            findings.append("the \(what) \(name(row)) belongs to nothing that waits")
        }
        for row in derived.subtracting(stored) {
            findings.append("the \(what) \(name(row)) is missing")
        }
    }
}

extension MoneyHold {
    fileprivate var remark: String {
        "\(scope.words) is held by \(placed.by) since \(placed.at.rfc3339) (hold \(number)): \(placed.reason)"
    }
}
