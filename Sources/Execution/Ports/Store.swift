import Values

/// The port for durability: whole atomic units in, rows out. A store knows nothing of workflows.
///
/// Every backend passes the suite in `Testbed/StoreSuite`. Calls block; the engine's driver gives the writer
/// a thread of its own. Reads see everything committed before they began.
package protocol Store: Sendable {
    /// Writes the commits in order, all or none, and returns after they are flushed (G1). Throws
    /// `.conflict` (and writes nothing) when an instance's or record's revision is not the expected one or
    /// a (workflow, key) exists already.
    func commit(_ commits: [Commit]) throws(StoreError)

    func instance(_ id: InstanceID) throws(StoreError) -> InstanceWrite?
    func instance(named name: InstanceName) throws(StoreError) -> InstanceWrite?
    /// The largest id given out so far; 0 in an empty store.
    func lastInstanceID() throws(StoreError) -> InstanceID

    /// The latest time that the history knows, which the store's time must never fall behind; nil: it is empty.
    func lastMoment() throws(StoreError) -> Timestamp?

    /// In order of due time, then instance, then timer.
    func timers(dueBy limit: Timestamp, count: Int) throws(StoreError) -> [TimerRow]
    /// The first due time later than `moment`; nil moment: the first of all.
    func nextTimer(after moment: Timestamp?) throws(StoreError) -> Timestamp?
    /// The outbox in order of its ids, after `cursor`.
    func calls(after cursor: CallID?, count: Int) throws(StoreError) -> [CallRow]
    /// Messages that no commit has taken, in order of their ids, after `cursor`.
    func messages(after cursor: MessageID?, count: Int) throws(StoreError) -> [Message]
    func receipt(_ name: InstanceName, eventID: String) throws(StoreError) -> ReceiptRow?
    /// In order of arrival.
    func kept(_ name: InstanceName) throws(StoreError) -> [KeptRow]
    /// How many events a workflow keeps for instances that have not started; counted up to `limit`.
    func keptCount(of workflow: String, upTo limit: Int) throws(StoreError) -> Int
    /// Removes what is kept whose time was over then, the longest over first, and the references to attachments of names for which
    /// nothing is left and nothing has started. Whoever reads what is kept does not count it any more.
    /// - Returns: how many were removed, `limit` at most.
    func expireKept(by moment: Timestamp, limit: Int) throws(StoreError) -> Int
    /// Events that moved nothing, the newest first; only the newest `UnmatchedRow.maximum` are there.
    func unmatched(_ query: UnmatchedQuery) throws(StoreError) -> [UnmatchedRow]
    func records(_ query: RecordQuery) throws(StoreError) -> RecordSet
    /// Several reads of records at one moment: none of them sees what is committed after the first.
    func reading<T: Sendable>(
        _ body: (@escaping RecordReader) throws(StoreError) -> T
    ) throws(StoreError) -> T

    /// Those that are built, in order.
    func indexes() throws(StoreError) -> [IndexName]
    /// From now on what is written is indexed by these and no others. What goes takes its entries with it.
    /// - Parameter areBuilt: every record that is there is indexed by them already.
    func declare(_ indexes: [IndexName], areBuilt: Bool) throws(StoreError)
    /// Collections that are held to the rules of a ledger, in order.
    func ledgers() throws(StoreError) -> [String]
    /// From now on, and for ever, these are, too.
    func declare(ledgers: [String]) throws(StoreError)
    /// Replaces the entries of records; one that is not at that revision any more is left alone.
    func reindex(_ records: [IndexedRecord]) throws(StoreError)
    /// In order of id, with what is there of declared indexes.
    func indexed(
        _ collection: String, after id: String?, count: Int
    ) throws(StoreError) -> [IndexedRecord]

    /// All that there is of an instance beside its own row, its timers, calls and messages, table by table.
    func rows(of id: InstanceID, _ name: InstanceName) throws(StoreError) -> [InstanceRow]
    /// Something that was overwritten to be forgotten may still stand in the files.
    func hasRemains() throws(StoreError) -> Bool
    /// Called in a quiet moment, again and again: what was held up is tried again. It waits for nothing, and may write.
    func tidy()
    /// In order of sequence.
    func history(
        _ id: InstanceID, after sequence: Int64, count: Int
    ) throws(StoreError) -> [HistoryEntry]
    /// The largest number in the history; 0: it has none.
    func lastSequence(of id: InstanceID) throws(StoreError) -> Int64
    /// What was added to all histories, in the order in which it became durable. Of a copy or a backup the positions may be
    /// others.
    func journal(after position: Int64, count: Int) throws(StoreError) -> [JournalRow]
    func lastJournalRow() throws(StoreError) -> JournalRow?
    /// Open tasks in order of their `TaskPosition`.
    func tasks(_ query: TaskQuery) throws(StoreError) -> [TaskRow]
    func attachment(_ hash: ContentHash) throws(StoreError) -> AttachmentRow?
    /// In order of their hashes.
    func attachments(after hash: ContentHash?, count: Int) throws(StoreError) -> [AttachmentRow]
    /// Who speaks of some content, in order of their names.
    func references(to hash: ContentHash, count: Int) throws(StoreError) -> [ReferenceRow]
    /// What an instance, or what is kept for one, speaks of, in order of the hashes.
    func references(of name: InstanceName) throws(StoreError) -> [ReferenceRow]
    func members(_ query: MemberQuery) throws(StoreError) -> [MemberRow]
    /// The activation of the latest fan-out of which a member is done.
    func lastFanOut(of id: InstanceID) throws(StoreError) -> Int64?
    /// How many members of a fan-out are done, by how they ended.
    func memberCounts(
        of id: InstanceID, activation: Int64
    ) throws(StoreError) -> [MemberRow.Status: Int64]
    func list(_ query: InstanceQuery) throws(StoreError) -> InstancePage
    /// Open ones, oldest first.
    /// - Parameter cause: nil: of any.
    func incidents(
        cause: String?, after cursor: Int, count: Int
    ) throws(StoreError) -> [IncidentRow]
    /// Open ones by their cause, the most frequent first, then by cause.
    func incidentGroups(count: Int) throws(StoreError) -> [IncidentGroup]
    /// The workflows whose instances have an open one of that cause, each once, in order; of the first
    /// `InstanceTally.maximumIncidents`.
    func incidentWorkflows(cause: String) throws(StoreError) -> [ExactText]
    /// Paused instances by who paused them and why, the largest group first, then by who and why.
    func pauseGroups(count: Int) throws(StoreError) -> [PauseGroup]

    /// How many instances of each workflow run, are blocked and are overdue, and the open incidents of each by cause.
    func tally(now: Timestamp) throws(StoreError) -> InstanceTally

    /// In order of their ends, then of their ids.
    func ended(_ query: EndedQuery) throws(StoreError) -> [EndedInstance]
    /// All that is kept of one that has ended; nil: there is none, or it goes on.
    func document(of id: InstanceID) throws(StoreError) -> InstanceDocument?
    /// The largest position of the journal whose row went with its instance; 0: none ever did.
    func lastRemovedJournalRow() throws(StoreError) -> Int64

    /// Rows of the audit, in order of their places.
    func audit(after sequence: Int64, count: Int) throws(StoreError) -> [AuditRow]
    /// The newest first.
    /// - Parameter sequence: those before it; nil: from the newest.
    func audit(before sequence: Int64?, count: Int) throws(StoreError) -> [AuditRow]

    /// Bytes that it takes on the disk; nil: it is on none.
    var size: Int64? { get }
    /// Of the write-ahead log beside it.
    var logSize: Int64? { get }
    /// Bytes that are left where it is.
    var room: Int64? { get }

    /// A value of the store's own (`clock.anchor`, `replay.now`): small, rarely written, flushed.
    func setting(_ name: String) throws(StoreError) -> Value?
    func set(_ name: String, to value: Value) throws(StoreError)
    /// The source of a published workflow, so that a database explains itself.
    func definitions() throws(StoreError) -> [StoredDefinition]
    /// All or none. Throws `.conflict` when the same name and version exist with another hash; whether another hash
    /// is another content, whoever publishes knows.
    func publish(_ definitions: [StoredDefinition]) throws(StoreError)
}

extension Store {
    package var size: Int64? { nil }
    package var logSize: Int64? { nil }
    package var room: Int64? { nil }

    package func tidy() {}
}

package struct StoredDefinition: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case workflow
        case adapter
        case calendar
    }

    package let kind: Kind
    package let name: String
    /// 0 for adapters and calendars, which are replaced rather than versioned.
    package let version: Int
    package let hash: String
    package let source: String

    package init(kind: Kind, name: String, version: Int, hash: String, source: String) {
        self.kind = kind
        self.name = name
        self.version = version
        self.hash = hash
        self.source = source
    }
}

package enum StoreError: Error, Hashable {
    /// Another revision than expected, or a key that exists: decide again.
    case conflict(String)
    /// Nothing was written and writing may work later (disk full, locked).
    case unavailable(String)
    /// The commit may or may not be durable: the process must stop (`fsync` failed).
    case outcomeUnknown(String)
    /// A page or row that cannot be right; never repaired on the way.
    case corrupt(String)
    case unknownSchema(String)
    /// A key is not given, or is not the one that something was sealed with. Names it.
    case keyMissing(String)

    package var reason: String {
        switch self {
        case .conflict(let reason), .unavailable(let reason), .outcomeUnknown(let reason),
            .corrupt(let reason), .unknownSchema(let reason), .keyMissing(let reason):
            reason
        }
    }
}

/// What a list asks for: terms joined by *and* (docs/reference/filter.md).
package struct InstanceQuery: Sendable, Hashable {
    package enum Term: Sendable, Hashable {
        case workflow(String)
        case version(Int)
        case key(String)
        case keyPrefix(String)
        case status(Run.Status)
        /// Some active state has this id, or is below it.
        case state(String)
        case health(Health)
        /// A person holds it.
        case paused
        /// That person does: `role/subject`, or the subject alone.
        case pausedBy(String)
        /// For that reason.
        case pauseReason(String)
        case search(name: String, comparison: Comparison, value: Value)
    }

    package enum Comparison: String, Sendable, Hashable {
        case equal = "="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    package let terms: [Term]
    /// Health is a matter of time: overdue is `overdueAt <= now`.
    package let now: Timestamp
    /// Newest first from this id (exclusive) downwards; nil: from the newest.
    package let before: InstanceID?
    /// In its place: the `count` that come right above this id (exclusive), newest first as well.
    package let above: InstanceID?
    package let count: Int
    /// How far all that match are counted; nil: to the end, however long that takes.
    package let countedUpTo: Int?

    /// What a list on a screen needs to know of its length.
    package static let screenful = 10_000

    package init(
        terms: [Term], now: Timestamp, before: InstanceID?, above: InstanceID? = nil, count: Int,
        countedUpTo: Int? = nil
    ) {
        self.terms = terms
        self.now = now
        self.before = before
        self.above = above
        self.count = count
        self.countedUpTo = countedUpTo
    }
}

/// What an admin wants to know first. *Waiting normally is not stuck.*
package enum Health: String, Sendable, Hashable, CaseIterable {
    /// Ended.
    case ok
    /// Within its usual or declared time.
    case waiting
    case overdue
    /// Retries go on.
    case failing
    /// Needs a person.
    case blocked
    /// Only in queries: overdue or blocked.
    case stuck
}

package struct InstancePage: Sendable, Hashable {
    /// Newest first; bodies included.
    package let instances: [InstanceWrite]
    /// Of all that match, not only this page.
    package let total: Int
    /// There are more than `total`: counting stopped where the query said.
    package let isTotalLeast: Bool
    package let hasMore: Bool

    /// - Parameter counted: those that were counted; of a query that says how far, one more than that at most is
    ///   enough.
    package init(
        instances: [InstanceWrite], counted: Int, upTo limit: Int?, hasMore: Bool
    ) {
        self.instances = instances
        total = min(counted, limit ?? .max)
        isTotalLeast = counted > limit ?? .max
        self.hasMore = hasMore
    }
}
