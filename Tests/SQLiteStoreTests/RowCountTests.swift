import Execution
import Testbed
import Testing
import Values

@testable import SQLiteStore

/// What a transition costs the database, counted instead of timed.
@Suite struct RowCountTests {
    private static func call(_ activation: Int64) -> CallRow {
        CallRow(
            id: CallID(instance: InstanceID(1), activation: activation, dispatch: 1),
            purpose: .perform, adapter: "bank", operation: "charge", input: ["amount": 1],
            key: "k/\(activation)", attempt: 1, timeout: nil,
            firstSentAt: Timestamp(seconds: 1_700_000_000))
    }

    /// An answer: the instance, the call that is over, the call that follows, and all entries of the history.
    @Test func aStepsAnswerIsFourRows() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        var first = step(1)
        first.callsSet = [Self.call(1)]
        try store.commit([first])
        let before = store.statistics
        var answer = step(1, revision: 2, states: ["next"])
        answer.history = ["call.completed", "transition", "call.started"].enumerated().map {
            HistoryEntry(
                instance: InstanceID(1), sequence: Int64(2 + $0), at: answer.history[0].at,
                kind: $1, data: [:])
        }
        answer.callsCleared = [Self.call(1).id]
        answer.callsSet = [Self.call(2)]
        try store.commit([answer])
        #expect(store.statistics.rowsWritten - before.rowsWritten == 4)
        #expect(store.statistics.flushes - before.flushes == 1)
    }

    @Test func commitsOfOneBatchAreFlushedOnce() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        let before = store.statistics.flushes
        try store.commit((1...100).map { step($0) })
        #expect(store.statistics.flushes - before == 1)
    }
}
