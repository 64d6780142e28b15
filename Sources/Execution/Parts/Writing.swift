import Statechart
import Values

/// What a decision writes besides the run itself, each in the order in which it came about.
struct Writing {
    private(set) var history: [HistoryEntry] = []
    private(set) var messages: [Message] = []
    private(set) var records: [RecordWrite] = []
    private(set) var members: [MemberRow] = []

    mutating func write(_ entry: HistoryEntry) { history.append(entry) }

    mutating func write(_ message: Message) { messages.append(message) }

    mutating func write(_ writes: [RecordWrite]) { records += writes }

    mutating func write(_ member: MemberRow) { members.append(member) }

    func add(to commit: inout Commit) {
        commit.history = history
        commit.messagesSent = messages
        commit.records = records
        commit.members = members
    }
}

/// The step that is being taken: all of it comes about or nothing.
struct StepInProgress {
    /// When the input came that it takes.
    var arrival: Timestamp
    /// Why it comes to nothing: what failed first.
    private(set) var failure: StepFailure?
    /// Engine events that the chart has yet to take.
    private var events: [Event] = []
    /// What the chart's `reject` says of the event that is being taken.
    private(set) var rejection: Receipt?

    init(arrival: Timestamp) { self.arrival = arrival }

    mutating func fail(_ failure: StepFailure) { self.failure = self.failure ?? failure }

    mutating func raise(_ event: Event) { events.append(event) }

    mutating func nextEvent() -> Event? { events.isEmpty ? nil : events.removeFirst() }

    mutating func dropEvents() { events = [] }

    mutating func forgive() { failure = nil }

    mutating func reject(_ receipt: Receipt) { rejection = receipt }

    mutating func takeRejection() -> Receipt? {
        defer { rejection = nil }
        return rejection
    }
}
