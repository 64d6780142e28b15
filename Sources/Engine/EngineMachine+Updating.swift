import Definition
import Execution
import Values

/// A change of the business's records from outside any instance: a function of the records as decided so far, which
/// is performed between two decisions, as an in-process operation is. Two are the same only if they are one.
package final class RecordUpdate: Sendable, Hashable {
    package enum Outcome: Sendable {
        case changed([RecordWrite])
        case refused(Problem)
    }

    let audited: Audited
    /// May be performed again when the store refuses what came of it. Its writes say where their records stand in the
    /// indexes.
    let perform: @Sendable (@escaping RecordReader, RecordIndexes) throws(StoreError) -> Outcome

    /// - Parameter audited: what it is in the audit.
    package init(
        _ audited: Audited = .unnamed,
        _ perform:
            @escaping @Sendable (@escaping RecordReader, RecordIndexes) throws(StoreError) ->
            Outcome
    ) {
        self.audited = audited
        self.perform = perform
    }

    package static func == (left: RecordUpdate, right: RecordUpdate) -> Bool { left === right }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension EngineMachine {
    /// One commit, or nothing.
    mutating func update(_ update: RecordUpdate) throws(StoreError) -> Reply {
        // No instance is to blame should this be what takes the process down.
        claims.release()
        let reads = RecordReads(&records, store)
        let outcome: RecordUpdate.Outcome
        do throws(StoreError) {
            outcome = try update.perform(
                { (query) throws(StoreError) in try reads.records(query) }, catalog.local.indexes)
        } catch {
            records = reads.end()
            throw error
        }
        records = reads.end()
        switch outcome {
        case .refused(let problem): return .refused(problem)
        case .changed(let writes):
            if let record = try conflict(in: writes) {
                return .refused(
                    Problem(
                        .keyConflict, "the record \(record) is there already",
                        fix: "put replaces it; add is for one that must be new"))
            }
            guard !writes.isEmpty else { return .receipts([]) }
            var commit = Commit()
            commit.records = writes
            records.decided(writes)
            append(commit, run: nil)
            return .receipts([])
        }
    }
}
