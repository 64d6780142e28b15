import Execution

/// Every row of a `MemoryStore`.
struct MemoryState: Sendable {
    struct HistoryRow: Sendable {
        let at: Int64
        let kind: String
        let data: [UInt8]
    }

    struct JournalData: Sendable {
        let instance: Int64
        let sequences: ClosedRange<Int64>
    }

    struct ReceiptData: Sendable {
        let at: Int64
        let fingerprint: String
        let receipt: [UInt8]
    }

    struct KeptData: Sendable {
        let arrivedAt: Int64
        let expiresAt: Int64
        let event: [UInt8]
    }

    struct MemberData: Sendable {
        let activation: Int64
        let number: Int64
        let status: MemberRow.Status
        let outcome: [UInt8]
    }

    struct RecordData: Sendable {
        let id: String
        let group: String
        let revision: Int64
        let body: [UInt8]
        let entries: [IndexEntry]
    }

    /// By id.
    var instances = OrderedTable<InstanceWrite>()
    /// By workflow and key; holds ids.
    var names = OrderedTable<Int64>()
    var history = OrderedTable<HistoryRow>()
    /// By position; the instance, and the numbers of what one commit added to its history.
    var journal = OrderedTable<JournalData>()
    /// By instance, kind and number; holds due times.
    var timers = OrderedTable<Int64>()
    /// By due time first.
    var timersByDue = OrderedTable<TimerID>()
    var calls = OrderedTable<[UInt8]>()
    var messages = OrderedTable<[UInt8]>()
    var receipts = OrderedTable<ReceiptData>()
    var kept = OrderedTable<KeptData>()
    /// By list and number.
    var unmatched = OrderedTable<UnmatchedRow>()
    var records = OrderedTable<RecordData>()
    /// Not taken back with a commit: declared between commits.
    var ledgers = LedgerRules()
    /// By ledger and sequence number; the moment of booking.
    var booked = OrderedTable<Int64>()
    /// By collection, declaration, key and id of record.
    var entries = OrderedTable<Bool>()
    /// By collection and declaration; whether it is built.
    var indexes = OrderedTable<Bool>()
    /// By instance and activation.
    var tasks = OrderedTable<TaskRow>()
    /// By hash.
    var attachments = OrderedTable<AttachmentRow>()
    /// By hash, workflow and key.
    var references = OrderedTable<ReferenceRow>()
    /// By instance, activation and number.
    var members = OrderedTable<MemberData>()
    /// By instance and number; whether it is open still.
    var incidents = OrderedTable<Bool>()
    /// By time of opening, instance and number.
    var openIncidents = OrderedTable<[UInt8]>()
    var settings = OrderedTable<[UInt8]>()
    /// By place.
    var audit = OrderedTable<AuditRow>()
    var definitions = OrderedTable<StoredDefinition>()
    /// The largest position whose row went with its instance; it is no row, and what is taken back leaves it as it is.
    var lastRemoved: Int64 = 0
    private var arrivals: Int64 = 0

    mutating func nextArrival() -> Int64 {
        arrivals += 1
        return arrivals
    }

    mutating func keep() {
        instances.keep()
        names.keep()
        history.keep()
        journal.keep()
        timers.keep()
        timersByDue.keep()
        calls.keep()
        messages.keep()
        receipts.keep()
        kept.keep()
        unmatched.keep()
        records.keep()
        booked.keep()
        entries.keep()
        indexes.keep()
        tasks.keep()
        attachments.keep()
        references.keep()
        members.keep()
        incidents.keep()
        openIncidents.keep()
        settings.keep()
        audit.keep()
        definitions.keep()
    }

    mutating func takeBack() {
        instances.takeBack()
        names.takeBack()
        history.takeBack()
        journal.takeBack()
        timers.takeBack()
        timersByDue.takeBack()
        calls.takeBack()
        messages.takeBack()
        receipts.takeBack()
        kept.takeBack()
        unmatched.takeBack()
        records.takeBack()
        booked.takeBack()
        entries.takeBack()
        indexes.takeBack()
        tasks.takeBack()
        attachments.takeBack()
        references.takeBack()
        members.takeBack()
        incidents.takeBack()
        openIncidents.takeBack()
        settings.takeBack()
        audit.takeBack()
        definitions.takeBack()
    }
}
