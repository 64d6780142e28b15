import Values

/// A store around another one, which passes on whatever it does not say itself: for faults, recordings, counts.
package protocol StoreDecorator: Store {
    var base: any Store { get }
}

extension StoreDecorator {
    package func commit(_ commits: [Commit]) throws(StoreError) { try base.commit(commits) }

    package func instance(_ id: InstanceID) throws(StoreError) -> InstanceWrite? {
        try base.instance(id)
    }

    package func instance(named name: InstanceName) throws(StoreError) -> InstanceWrite? {
        try base.instance(named: name)
    }

    package func lastInstanceID() throws(StoreError) -> InstanceID { try base.lastInstanceID() }

    package func audit(after sequence: Int64, count: Int) throws(StoreError) -> [AuditRow] {
        try base.audit(after: sequence, count: count)
    }

    package func audit(before sequence: Int64?, count: Int) throws(StoreError) -> [AuditRow] {
        try base.audit(before: sequence, count: count)
    }

    package func lastMoment() throws(StoreError) -> Timestamp? { try base.lastMoment() }

    package func timers(dueBy limit: Timestamp, count: Int) throws(StoreError) -> [TimerRow] {
        try base.timers(dueBy: limit, count: count)
    }

    package func nextTimer(after moment: Timestamp?) throws(StoreError) -> Timestamp? {
        try base.nextTimer(after: moment)
    }

    package func calls(after cursor: CallID?, count: Int) throws(StoreError) -> [CallRow] {
        try base.calls(after: cursor, count: count)
    }

    package func messages(after cursor: MessageID?, count: Int) throws(StoreError) -> [Message] {
        try base.messages(after: cursor, count: count)
    }

    package func ended(_ query: EndedQuery) throws(StoreError) -> [EndedInstance] {
        try base.ended(query)
    }

    package func document(of id: InstanceID) throws(StoreError) -> InstanceDocument? {
        try base.document(of: id)
    }

    package func lastRemovedJournalRow() throws(StoreError) -> Int64 {
        try base.lastRemovedJournalRow()
    }

    package func receipt(
        _ name: InstanceName, eventID: String
    ) throws(StoreError) -> ReceiptRow? {
        try base.receipt(name, eventID: eventID)
    }

    package func kept(_ name: InstanceName) throws(StoreError) -> [KeptRow] { try base.kept(name) }

    package func keptCount(of workflow: String, upTo limit: Int) throws(StoreError) -> Int {
        try base.keptCount(of: workflow, upTo: limit)
    }

    package func expireKept(by moment: Timestamp, limit: Int) throws(StoreError) -> Int {
        try base.expireKept(by: moment, limit: limit)
    }

    package func records(_ query: RecordQuery) throws(StoreError) -> RecordSet {
        try base.records(query)
    }

    package func reading<T: Sendable>(
        _ body: (@escaping RecordReader) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        try base.reading(body)
    }

    package func indexes() throws(StoreError) -> [IndexName] { try base.indexes() }

    package func declare(_ indexes: [IndexName], areBuilt: Bool) throws(StoreError) {
        try base.declare(indexes, areBuilt: areBuilt)
    }

    package func ledgers() throws(StoreError) -> [String] { try base.ledgers() }

    package func declare(ledgers: [String]) throws(StoreError) {
        try base.declare(ledgers: ledgers)
    }

    package func reindex(_ records: [IndexedRecord]) throws(StoreError) {
        try base.reindex(records)
    }

    package func indexed(
        _ collection: String, after id: String?, count: Int
    ) throws(StoreError) -> [IndexedRecord] {
        try base.indexed(collection, after: id, count: count)
    }

    package func lastSequence(of id: InstanceID) throws(StoreError) -> Int64 {
        try base.lastSequence(of: id)
    }

    package func journal(
        after position: Int64, count: Int
    ) throws(StoreError) -> [JournalRow] {
        try base.journal(after: position, count: count)
    }

    package func lastJournalRow() throws(StoreError) -> JournalRow? {
        try base.lastJournalRow()
    }

    package func rows(
        of id: InstanceID, _ name: InstanceName
    ) throws(StoreError) -> [InstanceRow] {
        try base.rows(of: id, name)
    }

    package func hasRemains() throws(StoreError) -> Bool { try base.hasRemains() }

    package func tidy() { base.tidy() }

    package func history(
        _ id: InstanceID, after sequence: Int64, count: Int
    ) throws(StoreError) -> [HistoryEntry] {
        try base.history(id, after: sequence, count: count)
    }

    package func tasks(_ query: TaskQuery) throws(StoreError) -> [TaskRow] {
        try base.tasks(query)
    }

    package func attachment(_ hash: ContentHash) throws(StoreError) -> AttachmentRow? {
        try base.attachment(hash)
    }

    package func attachments(
        after hash: ContentHash?, count: Int
    ) throws(StoreError) -> [AttachmentRow] {
        try base.attachments(after: hash, count: count)
    }

    package func references(
        to hash: ContentHash, count: Int
    ) throws(StoreError) -> [ReferenceRow] {
        try base.references(to: hash, count: count)
    }

    package func references(of name: InstanceName) throws(StoreError) -> [ReferenceRow] {
        try base.references(of: name)
    }

    package func unmatched(_ query: UnmatchedQuery) throws(StoreError) -> [UnmatchedRow] {
        try base.unmatched(query)
    }

    package func members(_ query: MemberQuery) throws(StoreError) -> [MemberRow] {
        try base.members(query)
    }

    package func lastFanOut(of id: InstanceID) throws(StoreError) -> Int64? {
        try base.lastFanOut(of: id)
    }

    package func memberCounts(
        of id: InstanceID, activation: Int64
    ) throws(StoreError) -> [MemberRow.Status: Int64] {
        try base.memberCounts(of: id, activation: activation)
    }

    package func list(_ query: InstanceQuery) throws(StoreError) -> InstancePage {
        try base.list(query)
    }

    package func incidents(
        cause: String?, after cursor: Int, count: Int
    ) throws(StoreError) -> [IncidentRow] {
        try base.incidents(cause: cause, after: cursor, count: count)
    }

    package func incidentGroups(count: Int) throws(StoreError) -> [IncidentGroup] {
        try base.incidentGroups(count: count)
    }

    package func incidentWorkflows(cause: String) throws(StoreError) -> [ExactText] {
        try base.incidentWorkflows(cause: cause)
    }

    package func pauseGroups(count: Int) throws(StoreError) -> [PauseGroup] {
        try base.pauseGroups(count: count)
    }

    package func tally(now: Timestamp) throws(StoreError) -> InstanceTally {
        try base.tally(now: now)
    }

    package var size: Int64? { base.size }
    package var logSize: Int64? { base.logSize }
    package var room: Int64? { base.room }

    package func setting(_ name: String) throws(StoreError) -> Value? { try base.setting(name) }

    package func set(_ name: String, to value: Value) throws(StoreError) {
        try base.set(name, to: value)
    }

    package func definitions() throws(StoreError) -> [StoredDefinition] { try base.definitions() }

    package func publish(_ definitions: [StoredDefinition]) throws(StoreError) {
        try base.publish(definitions)
    }
}
