import Values

/// The port for in-process operations (`transport: local`): functions of their input and of the records that
/// they read. Their writes are part of the calling transition's commit, so they happen exactly once
/// without any key.
package protocol LocalOperations: Sendable {
    /// What must be read before `perform`.
    func queries(adapter: String, operation: String, call: LocalCall) -> [RecordQuery]

    /// Pure: the same arguments give the same result.
    /// - Parameter records: the answers to `queries`, in their order.
    func perform(
        adapter: String, operation: String, call: LocalCall, records: [RecordSet]
    ) -> LocalResult
}

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
}

package struct LocalResult: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case succeeded(Value)
        case failed(CallError)
    }

    package let outcome: Outcome
    package let writes: [RecordWrite]

    package init(_ outcome: Outcome, writes: [RecordWrite] = []) {
        self.outcome = outcome
        self.writes = writes
    }
}
