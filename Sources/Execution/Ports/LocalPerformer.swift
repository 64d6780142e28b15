import Values

/// The port for in-process operations (`transport: local`): functions of their input and of the records that
/// they read. Their writes are part of the calling transition's commit, so they happen exactly once
/// without any key.
///
/// The engine performs them, between two decisions: what comes of one is an input to `decide` like any other.
package protocol LocalPerformer: Sendable {
    /// What its records are found by; each of its writes says where its record then stands in them.
    var indexes: RecordIndexes { get }
    /// What people may read of its records.
    var statements: any StatementMaker { get }

    /// What is not as it must be among all records, one sentence each; `pawl doctor` asks.
    func audit(read: @escaping RecordReader) throws(StoreError) -> [String]

    /// Pure: the same call over the same records gives the same result.
    /// - Parameter read: the records as decided so far. It may be called until this function returns.
    /// - Throws: what `read` threw, whatever the operation made of it.
    func perform(
        adapter: String, operation: String, call: LocalCall, read: @escaping RecordReader
    ) throws(StoreError) -> LocalResult
}

extension LocalPerformer {
    package var indexes: RecordIndexes { RecordIndexes() }
    package var statements: any StatementMaker { NoStatements() }
    package func audit(read: @escaping RecordReader) throws(StoreError) -> [String] { [] }
}

package typealias RecordReader = (RecordQuery) throws(StoreError) -> RecordSet

package struct LocalCall: Sendable, Hashable {
    package let input: Value
    package let key: String
    package let instance: InstanceName
    package let now: Timestamp

    package init(input: Value, key: String, instance: InstanceName, now: Timestamp) {
        self.input = input
        self.key = key
        self.instance = instance
        self.now = now
    }

    /// What an activation of a run calls, at the time that its decision will have.
    package init(_ activation: Activation, of run: Run, now: Timestamp) {
        self.init(
            input: activation.input, key: activation.key, instance: run.name,
            now: now.ceilingToMilliseconds)
    }
}

package struct LocalResult: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case succeeded(Value)
        /// It refused by a name, which its manifest must declare.
        case failed(CallError)
        /// It is wrong itself: another answer is not to be had by trying again. What is, in one sentence.
        case broken(String)
    }

    package let outcome: Outcome
    package let writes: [RecordWrite]

    package init(_ outcome: Outcome, writes: [RecordWrite] = []) {
        self.outcome = outcome
        self.writes = writes
    }
}
