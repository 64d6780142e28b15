import Definition
import Engine
import Execution
import Guest
import Values

/// A handle: the name of one instance, and the engine that has it. Cheap to make, and nothing is read before it is
/// asked.
public struct Instance<Input: ValueConvertible, Output: ValueConvertible>: Sendable {
    /// The name of its workflow.
    public let workflow: String
    /// The business's own name for it.
    public let key: String
    /// Whether `start` made it; false when it was there, and where nobody started it just now.
    public let isNew: Bool
    private let pawl: Pawl

    init(_ pawl: Pawl, _ workflow: String, _ key: String, isNew: Bool) {
        self.pawl = pawl
        self.workflow = workflow
        self.key = key
        self.isNew = isNew
    }

    private var name: InstanceName { InstanceName(workflow: workflow, key: key) }

    // MARK: Moving it

    /// Sends it an event. On the disk when it returns.
    ///
    /// - Parameters:
    ///   - id: the sender's own name for this event, 1 to 256 bytes. The instance applies it once; a repeat is answered
    ///     as `duplicate`. It has no default: a made-up id would make each repeat a second event.
    ///   - principal: compared with the event's `from`.
    /// - Returns: what became of it. A rejection is an answer, not an error.
    /// - Throws: `.invalid` when the data does not fit the event's schema, `.unknownEvent`, `.unknownInstance`,
    ///   `.forbidden`, `.eventConflict` (that id was another event), `.unavailable`, `.overloaded`, `.cancelled`.
    @discardableResult
    public func send<Data>(
        _ event: Event<Data>, data: Data, id: String, as principal: Principal = .host
    ) async throws(Problem) -> Receipt {
        let deliveries = try await pawl.deliver(
            event.name, data, id: id, to: .instance(name), principal)
        guard let first = deliveries.first else { throw .unknownInstance(name) }
        return Receipt(first.receipt)
    }

    /// Does what a person does to an instance: tries again, cancels, repairs. On the disk when it returns.
    ///
    /// - Parameters:
    ///   - reason: 1 to 1000 characters, which its history keeps.
    ///   - principal: whose deed its history says it is.
    /// - Returns: `applied`, or `held` when the step that it led to fails.
    /// - Throws: `.notApplicable` when it cannot be done now, with what can; `.unknownInstance`, `.unknownState`,
    ///   `.invalid`, `.unavailable`, `.overloaded`, `.cancelled`.
    @discardableResult
    public func perform(
        _ action: Action, reason: String, as principal: Principal
    ) async throws(Problem) -> Receipt {
        let input = action.input(reason: try checked(reason), try principal.actor())
        let (front, name) = (pawl.front, name)
        let deliveries = try await pawl.asking { () async throws(Problem) in
            try await front.operate(name, input)
        }
        guard let receipt = deliveries.first?.receipt else {
            throw Problem(.internalError, "\(name) gave no answer")
        }
        guard receipt.outcome != .rejected else {
            throw Problem(
                .notApplicable, receipt.message ?? "\(name) does not take that now",
                fix: "`pawl why \(name.pasted)` says what it waits for")
        }
        return Receipt(receipt)
    }

    /// What ``perform(_:reason:as:)`` would come to now. Nothing changes.
    /// - Throws: what it would throw.
    public func preview(
        _ action: Action, reason: String, as principal: Principal
    ) async throws(Problem) -> Preview {
        let input = action.input(reason: try checked(reason), try principal.actor())
        let (front, name) = (pawl.front, name)
        let preview = try await pawl.asking { () async throws(Problem) in
            try await front.preview(name, input)
        }
        guard let preview else {
            throw Problem(.internalError, "\(name) gave no preview")
        }
        return Preview(preview)
    }

    private func checked(_ reason: String) throws(Problem) -> String {
        guard (1...1000).contains(reason.count) else {
            throw Problem(
                .invalid, "a reason of 1 to 1000 characters is needed",
                fix: "say why, for who reads the history")
        }
        return reason
    }

    // MARK: Looking at it

    /// How it stands now.
    /// - Throws: `.unknownInstance`, `.unavailable`, `.storeUntrusted`.
    public func snapshot() async throws(Problem) -> Snapshot { Snapshot(try view()) }

    /// Why it does not move, and what would move it.
    /// - Throws: `.unknownInstance`, `.unavailable`, `.storeUntrusted`.
    public func why() async throws(Problem) -> Why { Why(try view()) }

    /// What happened to it, in order.
    /// - Parameters:
    ///   - sequence: only what came after that entry; 0: from the first.
    ///   - limit: 1 to 1000 entries; fewer are the last ones there are.
    /// - Throws: `.unknownInstance`, `.unavailable`, `.storeUntrusted`.
    public func history(
        after sequence: Int64 = 0, limit: Int = 200
    ) async throws(Problem) -> [HistoryEntry] {
        let id = try view().row.id
        return try pawl.front.inspector.history(
            id, after: sequence, count: min(max(limit, 1), 1000)
        ).map { HistoryEntry($0) }
    }

    /// Waits until a condition holds.
    ///
    /// - Parameters:
    ///   - condition: that it has ended, or that a state is active.
    ///   - limit: on the wall.
    /// - Returns: how it stands then.
    /// - Throws: `.timedOut` when the time was over first: it goes on by itself. `.notApplicable` when it ended without
    ///   having come there. `.unknownState`, with the nearest name. `.unknownInstance`, `.cancelled`, `.unavailable`.
    @discardableResult
    public func wait(
        until condition: Condition = .ended, atMost limit: Duration
    ) async throws(Problem) -> Snapshot {
        try pawl.check()
        let (view, isMet) = try await pawl.front.wait(
            for: name, until: condition.goal, atMost: limit)
        if isMet { return Snapshot(view) }
        try pawl.check()
        if view.run.status.isTerminal {
            throw Problem(
                .notApplicable, "\(name) ended before \(condition): \(view.why)",
                fix: "`pawl history \(name.pasted)` says how it came there")
        }
        if Task.isCancelled {
            throw Problem(.cancelled, "whoever waited for \(name) was cancelled")
        }
        throw Problem(
            .timedOut,
            "\(name) did not come to \(condition) within \(limit.shortText): \(view.why)",
            fix: "it goes on by itself: wait longer, or look again later")
    }

    /// Waits for its end and what it gave.
    /// - Throws: as ``wait(until:atMost:)``; `.notApplicable` when it did not complete; `.invalid` when what it gave is
    ///   not what `Output` needs.
    public func output(atMost limit: Duration) async throws(Problem) -> Output {
        let snapshot = try await wait(atMost: limit)
        guard snapshot.status == .completed else {
            throw Problem(
                .notApplicable, "\(name) is \(snapshot.status.rawValue): \(snapshot.why)",
                fix: "`pawl history \(name.pasted)` says how it came there")
        }
        do throws(ValueMismatch) {
            return try Output(snapshot.output ?? .null)
        } catch {
            throw Problem(mismatch: error, "the output of \(name)")
        }
    }

    /// How it stands after each change from now on, the newest only: whoever is slow misses some. Ends with the engine.
    public var changes: some AsyncSequence<Snapshot, Never> & Sendable {
        let (front, name) = (pawl.front, name)
        return front.changes(of: name) { _ in true }.compactMap { _ in
            (try? front.inspector.view(name)).map { Snapshot($0) }
        }
    }

    private func view() throws(Problem) -> InstanceView {
        try pawl.check()
        return try pawl.front.inspector.view(name)
    }
}

/// What somebody waits for in an instance.
@nonexhaustive
public enum Condition: Sendable, Hashable, CustomStringConvertible {
    /// It has ended, in whatever way.
    case ended
    /// The state, or one below it, is active.
    case state(String)

    /// `its end`, or the state's id.
    public var description: String {
        switch self {
        case .ended: "its end"
        case .state(let id): "`\(id)`"
        }
    }

    var goal: Goal {
        switch self {
        case .ended: .terminal
        case .state(let id): .state(id)
        }
    }
}
