import CEL
import Execution
import Synchronization

/// Passes everything on, and remembers the batches that were written.
final class RecordingStore: Store {
    private let base: any Store
    private let recorded = Mutex<[[Commit]]>([])

    init(_ base: any Store) { self.base = base }

    var batches: [[Commit]] { recorded.withLock { $0 } }

    func commit(_ commits: [Commit]) throws(StoreError) {
        try base.commit(commits)
        recorded.withLock { $0.append(commits) }
    }

    func instance(_ id: InstanceID) throws(StoreError) -> InstanceWrite? { try base.instance(id) }

    func instance(named name: InstanceName) throws(StoreError) -> InstanceWrite? {
        try base.instance(named: name)
    }

    func lastInstanceID() throws(StoreError) -> InstanceID { try base.lastInstanceID() }

    func timers(dueBy limit: Timestamp, count: Int) throws(StoreError) -> [TimerRow] {
        try base.timers(dueBy: limit, count: count)
    }

    func nextTimer(after moment: Timestamp?) throws(StoreError) -> Timestamp? {
        try base.nextTimer(after: moment)
    }

    func calls(after cursor: CallID?, count: Int) throws(StoreError) -> [CallRow] {
        try base.calls(after: cursor, count: count)
    }

    func messages(after cursor: MessageID?, count: Int) throws(StoreError) -> [Message] {
        try base.messages(after: cursor, count: count)
    }

    func receipt(_ name: InstanceName, eventID: String) throws(StoreError) -> ReceiptRow? {
        try base.receipt(name, eventID: eventID)
    }

    func kept(_ name: InstanceName) throws(StoreError) -> [KeptRow] { try base.kept(name) }

    func records(_ query: RecordQuery) throws(StoreError) -> RecordSet { try base.records(query) }

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
