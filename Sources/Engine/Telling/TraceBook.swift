import DequeModule
import Execution
import Values

/// What is being decided belongs to a trace: that of the request which is decided, or of the one that an instance owes its last
/// change to. It is noted beside the calls that leave, and in memory for what follows later: retries, messages.
///
/// Nothing is decided by it. Of instances it holds so many, for so long; a call that a timer causes after weeks is no part of the
/// request that set the timer, and begins a trace of its own.
struct TraceBook: Sendable {
    static let instances = 10_000
    /// In seconds.
    static let age: Int64 = 3_600

    private struct Note: Sendable {
        let context: TraceContext
        let at: Timestamp
    }

    private var requests: [RequestID: TraceContext] = [:]
    private var notes: [InstanceID: Note] = [:]
    private var order: Deque<InstanceID> = []
    /// Of what is being decided.
    private(set) var current: TraceContext?
    private var now = Timestamp.distantPast

    mutating func note(_ id: RequestID, _ context: TraceContext) { requests[id] = context }

    /// The work of a request may be decided more than once before it is answered.
    mutating func forget(_ work: [Work]) {
        guard !requests.isEmpty else { return }
        for case .request(let id, _) in work { requests[id] = nil }
    }

    mutating func begin(_ work: Work, now: Timestamp) {
        self.now = now
        guard !requests.isEmpty || !notes.isEmpty else {
            current = nil
            return
        }
        current =
            switch work {
            case .request(let id, _): requests[id]
            case .message(let message): context(of: message.id.source, now)
            case .timer(let row): context(of: row.instance, now)
            case .answer(let id, _): context(of: id.instance, now)
            case .schedule, .operation, .erasure, .pause, .money, .recall, .park: nil
            }
    }

    private func context(of instance: InstanceID, _ now: Timestamp) -> TraceContext? {
        guard let note = notes[instance], note.at.seconds + Self.age > now.seconds else {
            return nil
        }
        return note.context
    }

    /// What is written belongs to the trace, and so do the calls in it.
    mutating func mark(_ commit: inout Commit) {
        guard let current else { return }
        for index in commit.callsSet.indices { commit.callsSet[index].trace.value = current }
        guard let id = commit.instance?.id else { return }
        if notes.updateValue(Note(context: current, at: now), forKey: id) == nil {
            order.append(id)
            while order.count > Self.instances, let oldest = order.popFirst() {
                notes[oldest] = nil
            }
        }
    }
}
