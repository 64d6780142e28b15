import CEL
import Execution
import Synchronization

/// Any store, with reads that fail by plan.
final class GateStore: Store {
    enum Read: Hashable {
        case nextTimer
        case messages
        case records
        case receipt
    }

    private let base: any Store
    /// How many reads of each kind pass before one fails.
    private let passes = Mutex<[Read: Int]>([:])

    init(_ base: any Store) { self.base = base }

    func fail(_ read: Read, after passing: Int = 0) {
        passes.withLock { $0[read] = passing }
    }

    private func check(_ read: Read) throws(StoreError) {
        let fails = passes.withLock { passes in
            guard let left = passes[read] else { return false }
            passes[read] = left > 0 ? left - 1 : nil
            return left == 0
        }
        if fails { throw .unavailable("planned") }
    }

    func nextTimer(after moment: Timestamp?) throws(StoreError) -> Timestamp? {
        try check(.nextTimer)
        return try base.nextTimer(after: moment)
    }

    func messages(after cursor: MessageID?, count: Int) throws(StoreError) -> [Message] {
        try check(.messages)
        return try base.messages(after: cursor, count: count)
    }

    func records(_ query: RecordQuery) throws(StoreError) -> RecordSet {
        try check(.records)
        return try base.records(query)
    }

    func receipt(_ name: InstanceName, eventID: String) throws(StoreError) -> ReceiptRow? {
        try check(.receipt)
        return try base.receipt(name, eventID: eventID)
    }
}

// MARK: - What passes

extension GateStore {
    func commit(_ commits: [Commit]) throws(StoreError) { try base.commit(commits) }

    func instance(_ id: InstanceID) throws(StoreError) -> InstanceWrite? { try base.instance(id) }

    func instance(named name: InstanceName) throws(StoreError) -> InstanceWrite? {
        try base.instance(named: name)
    }

    func lastMoment() throws(StoreError) -> Timestamp? { try base.lastMoment() }

    func lastInstanceID() throws(StoreError) -> InstanceID { try base.lastInstanceID() }

    func timers(dueBy limit: Timestamp, count: Int) throws(StoreError) -> [TimerRow] {
        try base.timers(dueBy: limit, count: count)
    }

    func calls(after cursor: CallID?, count: Int) throws(StoreError) -> [CallRow] {
        try base.calls(after: cursor, count: count)
    }

    func kept(_ name: InstanceName) throws(StoreError) -> [KeptRow] { try base.kept(name) }

    func history(
        _ id: InstanceID, after sequence: Int64, count: Int
    ) throws(StoreError) -> [HistoryEntry] {
        try base.history(id, after: sequence, count: count)
    }

    func list(_ query: InstanceQuery) throws(StoreError) -> InstancePage { try base.list(query) }

    func incidents(after cursor: Int, count: Int) throws(StoreError) -> [IncidentRow] {
        try base.incidents(after: cursor, count: count)
    }

    func setting(_ name: String) throws(StoreError) -> Value? { try base.setting(name) }

    func set(_ name: String, to value: Value) throws(StoreError) { try base.set(name, to: value) }

    func definitions() throws(StoreError) -> [StoredDefinition] { try base.definitions() }

    func publish(_ definition: StoredDefinition) throws(StoreError) { try base.publish(definition) }
}
