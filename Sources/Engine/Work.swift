import Definition
import Execution
import Values

/// Names a caller's request until its reply. An id, never a continuation: the machine stays a value.
package struct RequestID: Sendable, Hashable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// One thing to decide.
package enum Work: Sendable, Hashable {
    case request(RequestID, Request)
    case message(Message)
    case timer(TimerRow)
    case answer(CallID, CallOutcome)
    /// A workflow's schedule is to be looked at.
    case schedule(String)
    /// An operation on many instances is to be looked at.
    case operation(Int64)
    /// An erasure of a person's data is to be looked at.
    case erasure(Int64)
    /// Behind the pause of a workflow, or its end, some of its instances are to be told.
    case pause(workflow: String)
    /// Behind the release of a hold, calls that waited for it go on.
    case money
    /// A call that was under way when the process began, of a workflow that is held: it is taken back.
    case recall(CallRow)
    /// The instance took the process down that often: it is told so, and left alone.
    case park(InstanceID, deaths: Int)

    /// Tells this work from other work of the same instance, in this process and in the next.
    var fingerprint: UInt64 {
        switch self {
        case .request(_, .start(let command)): StableHash(command.name.description).value
        case .request(_, .event(let command)): StableHash(command.event.id).value
        case .request(_, .operate): 1
        case .request(_, .record): 9
        case .request(_, .update): 2
        case .request(_, .adapter(let name, _, _)), .request(_, .workflow(let name, _, _)),
            .pause(let name):
            StableHash(name).value
        case .request(_, .attachment(let change)): StableHash(change.hash.text).value
        case .request(_, .remove(let ended, _)):
            UInt64(bitPattern: ended.first?.id.rawValue ?? 0) &+ 6
        case .request(_, .restore(let document, _, _)):
            UInt64(bitPattern: document.id.rawValue) &+ 7
        case .request(_, .schedule(let workflow, _, _, _)), .schedule(let workflow):
            StableHash(workflow).value
        case .message(let message):
            UInt64(bitPattern: message.id.source.rawValue &* 31 &+ message.id.number) &+ 3
        case .timer(let row): UInt64(bitPattern: row.due.milliseconds)
        case .answer(let id, _): UInt64(bitPattern: id.activation &* 1_000 &+ id.dispatch)
        case .recall(let call):
            UInt64(bitPattern: call.id.activation &* 1_000 &+ call.id.dispatch)
        case .park: 4
        case .money, .request(_, .money): 8
        case .operation(let number): UInt64(bitPattern: number) &* 31 &+ 5
        case .erasure(let number): UInt64(bitPattern: number) &* 31 &+ 6
        }
    }
}

/// What callers ask for.
package enum Request: Sendable, Hashable {
    case start(StartCommand)
    case event(EventCommand)
    /// - dry: only say what would come of it.
    case schedule(workflow: String, ScheduleAction, actor: Actor, isDry: Bool = false)
    /// - dry: only say what would come of it.
    /// - seen: the revision that whoever asks has looked at; at any other nothing is done.
    case operate(InstanceName, Input, isDry: Bool, seen: Int64? = nil)
    /// What a person does to an adapter.
    case adapter(String, PauseAction, actor: Actor)
    /// What a person does to a workflow, with all its instances.
    case workflow(String, PauseAction, actor: Actor)
    /// What a person does to money that moves.
    case money(MoneyAction, actor: Actor)
    /// Records change, from outside any instance.
    case update(RecordUpdate)
    /// Content was put, or is to go.
    case attachment(AttachmentChange)
    /// What ended long ago goes; the archive has it, where there is one. One that has changed since is left.
    case remove([EndedInstance], archived: ArchiveMark? = nil)
    /// What is in the archive is put back, and stays until then at least.
    case restore(InstanceDocument, until: Timestamp, actor: Actor)
    /// Nothing changes: that somebody did something is in the audit.
    case record(AuditEntry)
}

package struct StartCommand: Sendable, Hashable {
    package let name: InstanceName
    package let input: Value
    /// Overrides of the workflow's params for this instance.
    package let params: Value
    package let actor: Actor
    /// Under which whoever asks knows this start, besides the instance's own name; nil: under none.
    package let key: StartKey?

    package init(
        name: InstanceName, input: Value, params: Value = .map(ValueMap()), actor: Actor = .system,
        key: StartKey? = nil
    ) {
        self.name = name
        self.input = input
        self.params = params
        self.actor = actor
        self.key = key
    }
}

package struct EventCommand: Sendable, Hashable {
    package enum Address: Sendable, Hashable {
        case instance(InstanceName)
        /// Whoever declares it, by key.
        case correlate(key: String?, workflow: String?)
    }

    package let address: Address
    package let event: InboundEvent
    /// The revision of the instance that whoever sends has looked at; at any other nothing is done. nil: whichever it is.
    package let seen: Int64?

    package init(address: Address, event: InboundEvent, seen: Int64? = nil) {
        self.address = address
        self.event = event
        self.seen = seen
    }
}

package enum Reply: Sendable, Hashable {
    case started(InstanceName, isNew: Bool)
    /// One for each instance that the event concerned, in order of workflow names.
    case receipts([Delivery])
    case schedule(ScheduleEffect)
    /// What a dry run would have done.
    case preview(Preview)
    /// Which of those that were to go are gone.
    case removed([InstanceID])
    case refused(Problem)
}

/// What a decision would change: the same decision that would be written.
package struct Preview: Sendable, Hashable {
    package let status: Run.Status
    /// Ids of the active leaf states.
    package let states: [String]
    package let history: [HistoryEntry]
    /// Calls that would leave.
    package let calls: [String]
}

package struct Delivery: Sendable, Hashable {
    package let name: InstanceName
    package let receipt: Receipt

    package init(name: InstanceName, receipt: Receipt) {
        self.name = name
        self.receipt = receipt
    }
}

/// What the driver does once a batch is flushed. Nothing leaves the process before.
package enum EngineEffect: Sendable, Hashable {
    case reply(RequestID, Reply)
    case call(CallRow)
    /// A call that may still wait for its turn must not leave any more.
    case withdraw(CallID, recall: Int64)
    /// No call of the adapter leaves any more, or they do again.
    case setPaused(Bool, adapter: String)
    /// No call that one of these covers leaves any more.
    case setHolds(MoneyHolds)
    /// Wakes those who wait for the instance to change.
    case changed(InstanceChange)
    /// Tells those who look at pages that something else than an instance has changed.
    case touched(ChangedThing)
    /// For what is usual.
    case left([LeftState])
    /// For the log and what is counted.
    case told([Happening])
    /// Nobody is to speak of this content any more: unless somebody does, it goes now.
    case unreferenced([ContentHash], at: Timestamp)
    /// For the log: something is wrong that no caller may be told.
    case alarm(String)
}

package struct InstanceChange: Sendable, Hashable {
    package let name: InstanceName
    package let status: Run.Status
    /// Ids of the active leaf states.
    package let states: [String]

    package init(name: InstanceName, status: Run.Status, states: [String]) {
        self.name = name
        self.status = status
        self.states = states
    }
}

/// Commits that are written in one flush, and what waits for it.
package struct Batch: Sendable {
    package let number: UInt64
    package var commits: [Commit] = []
    package var effects: [EngineEffect] = []
    /// States that were left.
    package var left: [LeftState] = []
    /// What there is to tell of it.
    package var happenings: [Happening] = []
    /// Some effect takes a call back.
    package var withdraws = false
    /// What was decided, to be decided again should nothing have been written.
    package var work: [Work] = []
    /// Who did what, by the commit that it goes with; they have no place in the chain yet.
    var audited: [(commit: Int, entry: AuditEntry)] = []
    /// Events that moved nothing, of its commits.
    var unmatched = 0
    /// It holds one piece of work, of a batch that was refused, and takes no other.
    var isAlone = false

    package init(number: UInt64) { self.number = number }

    package var isEmpty: Bool { commits.isEmpty && effects.isEmpty }
}

extension EngineEffect {
    func isWithdrawal(of id: CallID) -> Bool {
        if case .withdraw(id, _) = self { true } else { false }
    }
}
