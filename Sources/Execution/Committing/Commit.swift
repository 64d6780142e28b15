import Definition
import Values

/// All that one decision changes: one plain value, written whole or not at all (G3). The same value feeds
/// the store, the simulator, the verifier and the preview of an operator's action.
package struct Commit: Sendable, Hashable {
    /// nil: an event was kept for an instance that does not exist yet.
    package var instance: InstanceWrite?
    package var history: [HistoryEntry] = []
    package var timersSet: [TimerRow] = []
    package var timersCleared: [TimerRow] = []
    package var callsSet: [CallRow] = []
    package var callsCleared: [CallID] = []
    package var tasksSet: [TaskRow] = []
    package var tasksCleared: [TaskRow] = []
    package var referencesSet: [ReferenceRow] = []
    package var referencesCleared: [ReferenceRow] = []
    /// Written over the row of the same hash.
    package var attachmentsSet: [AttachmentRow] = []
    package var attachmentsDropped: [ContentHash] = []
    package var messagesSent: [Message] = []
    /// The message that caused this decision.
    package var messageConsumed: MessageID?
    package var receipt: ReceiptRow?
    package var keptAdded: [KeptRow] = []
    /// The rows of this name are taken over by the run that starts.
    package var keptTaken: InstanceName?
    package var records: [RecordWrite] = []
    /// Members of fan-outs that are done.
    package var members: [MemberRow] = []
    package var incidentsOpened: [IncidentRow] = []
    package var incidentsClosed: [IncidentRow] = []
    /// Events that moved nothing.
    package var unmatched: [UnmatchedRow] = []
    /// Written over what stands in their places, and nothing but their content: where, when and in which order stays.
    package var rewritten: [InstanceRow] = []
    /// Behind this commit what was overwritten stands nowhere in the store's files any more, as far as they let it
    /// (`Store.hasRemains`).
    package var forgets = false
    /// They go with all that is kept for them; before anything else of this commit is written.
    package var removed: [EndedInstance] = []
    package var restored: [RestoredInstance] = []
    /// Who caused it, behind what others have done.
    package var audit: [AuditRow] = []
    /// Parts of rows of the audit that are gone from now on.
    package var auditErased: [AuditErasure] = []

    package init() {}
}

/// The instance's row. `body` is the run; the rest is what lists and filters need.
package struct InstanceWrite: Sendable, Hashable {
    package let id: InstanceID
    package let name: InstanceName
    package let version: Int
    package let status: Run.Status
    /// 1 inserts; n > 1 updates the row whose revision is n − 1, else the commit is refused.
    package let revision: Int64
    package let summary: InstanceSummary
    /// Set on a row that a store could not read whole: what is wrong with it. It is listed, and nothing else.
    package let damage: String?
    private var content: Content

    /// The run as JSON (`Run.encodedJSON`), decoded with the definition.
    ///
    /// A decided run is encoded when it is asked for: of a chain that is one commit only the last run is.
    package var body: [UInt8] { content.bytes }

    /// Encodes it once, for all who ask.
    package mutating func encode() { content = .bytes(content.bytes) }

    package init(
        id: InstanceID, name: InstanceName, version: Int, status: Run.Status, revision: Int64,
        summary: InstanceSummary, body: [UInt8], damage: String? = nil
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.status = status
        self.revision = revision
        self.summary = summary
        self.damage = damage
        content = .bytes(body)
    }

    init(_ run: Run, _ definition: WorkflowDefinition) {
        id = run.id
        name = run.name
        version = run.version
        status = run.status
        revision = run.revision
        summary = run.summary(definition)
        damage = nil
        content = .run(run, definition)
    }

    private enum Content: Sendable, Hashable {
        case bytes([UInt8])
        indirect case run(Run, WorkflowDefinition)

        var bytes: [UInt8] {
            switch self {
            case .bytes(let bytes): bytes
            case .run(let run, let definition): run.encodedJSON(definition.machine)
            }
        }

        static func == (left: Content, right: Content) -> Bool { left.bytes == right.bytes }

        func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
    }
}

/// What lists show and filters ask for, computed by the core so that no store knows a rule.
package struct InstanceSummary: Sendable, Hashable {
    /// Ids of the active states that contain no other active state, in document order.
    package let states: [String]
    package let startedAt: Timestamp
    package let updatedAt: Timestamp
    package let endedAt: Timestamp?
    /// The earliest moment at which some active state or open task is overdue.
    package let overdueAt: Timestamp?
    /// Open incidents, and a pause: the instance is blocked, a person has to act.
    package let incidents: Int
    /// A call failed and is being tried again.
    package let isRetrying: Bool
    /// A person holds it.
    package let pause: PauseSummary?
    /// Search attributes, in document order; values are plain.
    package let search: [(name: String, value: Value)]

    package init(
        states: [String], startedAt: Timestamp, updatedAt: Timestamp, endedAt: Timestamp?,
        overdueAt: Timestamp?, incidents: Int, isRetrying: Bool, pause: PauseSummary? = nil,
        search: [(name: String, value: Value)]
    ) {
        self.states = states
        self.startedAt = startedAt
        self.updatedAt = updatedAt
        self.endedAt = endedAt
        self.overdueAt = overdueAt
        self.incidents = incidents
        self.isRetrying = isRetrying
        self.pause = pause
        self.search = search
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.states == right.states && left.startedAt == right.startedAt
            && left.updatedAt == right.updatedAt && left.endedAt == right.endedAt
            && left.overdueAt == right.overdueAt && left.incidents == right.incidents
            && left.isRetrying == right.isRetrying && left.pause == right.pause
            && left.search.elementsEqual(right.search) {
                sameUTF8($0.name, $1.name) && $0.value == $1.value
            }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(states)
        hasher.combine(updatedAt)
    }
}

/// One line of what an instance did. Nothing reads it back to decide: it is for people.
package struct HistoryEntry: Sendable, Hashable {
    package let instance: InstanceID
    /// 1…n without a gap (G3).
    package let sequence: Int64
    package let at: Timestamp
    /// `started`, `event.applied`, `transition`, `call.started`, …: docs/reference/history.md.
    package let kind: String
    package let data: Value

    package init(
        instance: InstanceID, sequence: Int64, at: Timestamp, kind: String, data: Value
    ) {
        self.instance = instance
        self.sequence = sequence
        self.at = at
        self.kind = kind
        self.data = data
    }
}

/// What becomes due at a moment, and for which instance. Derived from the run.
package struct TimerRow: Sendable, Hashable {
    package let instance: InstanceID
    package let id: TimerID
    package let due: Timestamp

    package init(instance: InstanceID, id: TimerID, due: Timestamp) {
        self.instance = instance
        self.id = id
        self.due = due
    }
}

/// The outbox: a call to make after the flush, or one whose answer is awaited.
package struct CallRow: Sendable, Hashable {
    package enum Purpose: String, Sendable, Hashable {
        case perform
        case ask
    }

    package let id: CallID
    package let purpose: Purpose
    package let adapter: String
    package let operation: String
    package let input: Value
    @ExactText package private(set) var key: String
    package let attempt: Int
    /// Of this attempt; nil: the adapter's.
    package let timeout: Duration?
    /// When the key was first sent, for its retention.
    package let firstSentAt: Timestamp
    /// Its instance was paused, or the state that calls was left: it must not leave, if it has not yet. The number
    /// tells one recall from the next.
    package let recall: Int64?
    /// Somebody holds its money: it is not with the adapters, and waits here until it is released.
    package let isHeld: Bool
    /// What it belongs to, for those who follow requests through systems.
    package var trace = Accompanying<TraceContext>()
    /// An earlier attempt under its key may have taken effect: an attempt before it, or this one by an earlier process.
    package var mayHaveLeft = Accompanying<Bool>()

    package init(
        id: CallID, purpose: Purpose, adapter: String, operation: String, input: Value,
        key: String, attempt: Int, timeout: Duration?, firstSentAt: Timestamp,
        recall: Int64? = nil, isHeld: Bool = false
    ) {
        self.recall = recall
        self.isHeld = isHeld
        self.id = id
        self.purpose = purpose
        self.adapter = adapter
        self.operation = operation
        self.input = input
        self.key = key
        self.attempt = attempt
        self.timeout = timeout
        self.firstSentAt = firstSentAt
    }
}

/// From one instance to another; travels with the commit that sent it, is deleted by the commit that took it.
package struct Message: Sendable, Hashable {
    /// What one instance says to another.
    package enum Body: Sendable, Hashable {
        case event(InstanceName, InboundEvent, isStart: Bool)
        case startChild(InstanceName, input: Value, parent: ParentLink)
        case cancelChild(InstanceName, reason: String)
        case childEnded(ParentLink, status: Run.Status, output: Value)
        case childRefused(ParentLink, error: CallError)
    }

    package let id: MessageID
    package let body: Body

    package init(id: MessageID, body: Body) {
        self.id = id
        self.body = body
    }
}

/// The receipt of an event, kept so that a repeat learns the first one's.
package struct ReceiptRow: Sendable, Hashable {
    package let name: InstanceName
    @ExactText package private(set) var eventID: String
    package let receipt: Receipt
    package let at: Timestamp
    /// Tells a repeat from another event under the same id.
    @ExactText package private(set) var fingerprint: String

    package init(
        name: InstanceName, eventID: String, receipt: Receipt, at: Timestamp, fingerprint: String
    ) {
        self.name = name
        self.eventID = eventID
        self.receipt = receipt
        self.at = at
        self.fingerprint = fingerprint
    }
}

/// An event for an instance that has not started.
package struct KeptRow: Sendable, Hashable {
    package let name: InstanceName
    package let event: InboundEvent
    package let arrivedAt: Timestamp
    package let expiresAt: Timestamp

    package init(
        name: InstanceName, event: InboundEvent, arrivedAt: Timestamp, expiresAt: Timestamp
    ) {
        self.name = name
        self.event = event
        self.arrivedAt = arrivedAt
        self.expiresAt = expiresAt
    }
}

/// An open incident with the instance that it is of, so that all of them can be listed. Derived from the run.
package struct IncidentRow: Sendable, Hashable {
    package let instance: InstanceID
    package let incident: Incident

    package init(instance: InstanceID, incident: Incident) {
        self.instance = instance
        self.incident = incident
    }
}

/// A row of the business's own tables (members, postings, …), read and written by local operations
/// in the same commit as the transition that called them.
package struct RecordRow: Sendable, Hashable {
    @ExactText package private(set) var collection: String
    @ExactText package private(set) var id: String
    /// What the record is looked up by besides its id; empty: nothing.
    @ExactText package private(set) var group: String
    package let revision: Int64
    package let body: Value

    package init(collection: String, id: String, group: String, revision: Int64, body: Value) {
        self.collection = collection
        self.id = id
        self.group = group
        self.revision = revision
        self.body = body
    }
}

package struct RecordWrite: Sendable, Hashable {
    @ExactText package private(set) var collection: String
    @ExactText package private(set) var id: String
    @ExactText package private(set) var group: String
    /// What the writer saw; 0: the record must not exist. Another one makes the engine decide again.
    package let expectedRevision: Int64
    /// nil deletes.
    package let body: Value?
    /// Where the record then stands in the indexes of its collection: all of it, and nothing else.
    package let entries: [IndexEntry]

    package init(
        collection: String, id: String, group: String, expectedRevision: Int64, body: Value?,
        entries: [IndexEntry] = []
    ) {
        self.collection = collection
        self.id = id
        self.group = group
        self.expectedRevision = expectedRevision
        self.body = body
        self.entries = entries
    }
}

package struct RecordQuery: Sendable, Hashable {
    package enum Selection: Sendable, Hashable {
        case id(String)
        case group(String)
        case all
        case index(IndexScan)
    }

    @ExactText package private(set) var collection: String
    package let selection: Selection
    /// Rows at most, in order of id; of an index in its own.
    package let limit: Int
    /// Ids above this one; nil: from the first. An index is paged by its own positions.
    package let after: String?

    package init(
        collection: String, selection: Selection, after: String? = nil, limit: Int = 10_000
    ) {
        self.collection = collection
        self.selection = selection
        self.after = after
        self.limit = limit
    }
}

/// The answer to one query, in its order. A record stands in an index, and here, once for each of its keys.
package struct RecordSet: Sendable, Hashable {
    package let query: RecordQuery
    package let records: [RecordRow]
    /// Of an index: the key under which each was found.
    package let keys: [[UInt8]]

    package init(query: RecordQuery, records: [RecordRow], keys: [[UInt8]] = []) {
        self.query = query
        self.records = records
        self.keys = keys
    }
}
