import Definition
import Sabotage
import Values

/// One look at an operation on many: what is judged, what is acted on, and all that is written of it together.
package struct BulkTurn: Sendable {
    package private(set) var operation: BulkOperation
    private let revision: Int64
    private let before: BulkOperation
    private var items: [RecordWrite] = []
    private let now: Timestamp

    package init(_ operation: BulkOperation, at revision: Int64, now: Timestamp) {
        self.operation = operation
        before = operation
        self.revision = revision
        self.now = now.ceilingToMilliseconds
    }

    package var isDue: Bool { operation.dueAt.map { $0 <= now } ?? false }

    /// - Parameter run: nil: nothing can be said of it any more, for that reason.
    package mutating func judge(
        _ item: BulkItem, at revision: Int64, _ run: Run?, else reason: String
    )
        -> BulkItem
    {
        var item = item
        let state = item.state
        if let run {
            item.judge(run, at: now)
        } else {
            item.set(.failedAgain, reason, at: now)
        }
        guard item.state != state else { return item }
        items.append(item.write(at: revision))
        operation.noteJudged(item, from: state, at: now)
        return item
    }

    /// The next one was decided.
    package mutating func note(
        _ item: BulkItem, at revision: Int64, _ run: Run, _ decision: Decision
    )
        -> BulkItem
    {
        var item = item
        item.note(decision, of: run, at: now)
        note(item, at: revision)
        return item
    }

    /// The next one is not as it was when the operation was asked for.
    package mutating func leave(_ item: BulkItem, at revision: Int64, _ reason: String) {
        var item = item
        item.set(.movedOn, reason, at: now)
        note(item, at: revision)
    }

    /// The next one is as it was to be.
    package mutating func pass(_ item: BulkItem, at revision: Int64, _ reason: String) {
        var item = item
        item.set(.skipped, reason, at: now)
        note(item, at: revision)
    }

    /// The next one cannot be decided about.
    package mutating func refuse(_ item: BulkItem, at revision: Int64, _ reason: String) {
        var item = item
        item.set(.refused, reason, at: now)
        note(item, at: revision)
    }

    private mutating func note(_ item: BulkItem, at revision: Int64) {
        items.append(item.write(at: revision))
        operation.noteActed(on: item, at: now)
    }

    /// Its record is lost: it is passed over, rather than waited for.
    package mutating func skip() {
        operation.noteLost(at: now)
    }

    /// What is written, in one commit with what was done.
    package var writes: [RecordWrite] {
        operation == before && items.isEmpty
            ? [] : [operation.write(at: revision)] + items
    }
}
