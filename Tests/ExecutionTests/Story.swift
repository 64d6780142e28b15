import Testing
import Values
import WorkflowLanguage

@testable import Definition
@testable import Execution

/// One instance under `decide`, its inputs given by hand. Each decision is also made from the run as a store
/// would give it back, and must be the same.
struct Story {
    /// Holds of money are put into it.
    var catalog: Catalog
    private(set) var run: Run
    private(set) var now: Timestamp
    private(set) var reply = Decision.Reply.none
    private(set) var history: [HistoryEntry] = []
    private(set) var messages: [Message] = []
    private(set) var writes: [RecordWrite] = []
    private(set) var members: [MemberRow] = []
    private var timers: [TimerRow] = []
    /// As a store would hold them.
    private var taskRows: [TaskRow] = []
    private var row: InstanceWrite?
    private var lastEvent = 0

    static let morning = Timestamp(seconds: 1_767_600_000)

    /// - Parameters:
    ///   - chart: everything of a workflow after its name and version.
    ///   - newer: other versions of it, which no instance starts on.
    init(
        _ chart: String, input: Value = .map(ValueMap()), key: String = "1",
        parent: ParentLink? = nil, kept: [KeptRow] = [], now: Timestamp = Story.morning,
        others: [String] = [], newer: [String] = [], calendars: Calendars = Calendars()
    ) throws {
        catalog = try Story.catalog(
            [Story.workflow(chart)] + others, kept: newer, calendars)
        self.now = now
        let name = InstanceName(workflow: "w", key: key)
        let request = StartRequest(
            id: InstanceID(1), name: name, input: input, params: .map(ValueMap()), parent: parent,
            actor: .system, kept: kept)
        let decision = decide(start: request, catalog: catalog, now: now)
        run = try #require(decision.run, "\(decision.reply)")
        try absorb(decision)
        try performLocals()
    }

    private var lastHold: Int64 = 0

    /// - Returns: its number.
    @discardableResult
    mutating func holdMoney(_ scope: MoneyScope = .all) -> Int64 {
        lastHold += 1
        let ana = Actor(role: "operator", subject: "ana")
        catalog.holds.place(
            MoneyHold(lastHold, scope, StandingPause(reason: "audit", by: ana, at: now)))
        return lastHold
    }

    mutating func releaseMoney(_ number: Int64) throws {
        catalog.holds.release(number)
        try take(.releaseMoney)
    }

    static func workflow(_ chart: String, name: String = "w", version: Int = 1) -> String {
        "workflow: \(name)\nversion: \(version)\n" + chart
    }

    static func catalog(
        _ workflows: [String], kept: [String] = [], _ calendars: Calendars = Calendars()
    ) throws -> Catalog {
        func definition(_ text: String) throws -> WorkflowDefinition {
            let parsed = WorkflowLanguage.parseWorkflow(text, file: "w.yaml")
            let problems = parsed.errors.map(\.headline)
            return try #require(parsed.value, "\(problems)")
        }
        return Catalog(
            workflows: try workflows.map(definition), kept: try kept.map(definition),
            adapters: try Adapters.all.map { text in
                let parsed = WorkflowLanguage.parseAdapter(text, file: "a.yaml")
                let problems = parsed.errors.map(\.headline)
                return try #require(parsed.value, "\(problems)")
            }, local: Shop(), calendars: calendars)
    }

    var definition: WorkflowDefinition {
        get throws { try #require(catalog.definition("w", version: run.version)) }
    }

    /// The rows of the open tasks.
    var tasks: [TaskRow] {
        get throws { try run.taskRows(definition).filter { $0.status == .open } }
    }

    // MARK: Inputs

    mutating func take(_ input: Input) throws {
        let decision = decide(run, input, catalog: catalog, now: now)
        if let row {
            let loaded = try Run(decoding: row, definition: definition)
            let again = decide(loaded, input, catalog: catalog, now: now)
            #expect(again.commit == decision.commit, "a run that was stored decides the same")
            #expect(again.reply == decision.reply)
        }
        reply = decision.reply
        try absorb(decision)
        try performLocals()
    }

    private mutating func absorb(_ decision: Decision) throws {
        guard let commit = decision.commit, let next = decision.run else { return }
        #expect(commit.instance?.revision == run.revision + (row == nil ? 0 : 1))
        run = next
        row = commit.instance
        for (offset, entry) in commit.history.enumerated() {
            #expect(entry.sequence == Int64(history.count + 1), "no gap at \(offset)")
            history.append(entry)
        }
        messages += commit.messagesSent
        writes += commit.records
        members += commit.members
        timers.removeAll { row in
            (commit.timersCleared + commit.timersSet).contains { $0.id == row.id }
        }
        timers += commit.timersSet
        taskRows.removeAll { row in
            (commit.tasksCleared + commit.tasksSet).contains { $0.activation == row.activation }
        }
        taskRows += commit.tasksSet
        #expect(Set(taskRows) == Set(try run.taskRows(definition)), "nor has a list others")
        #expect(Set(timers) == Set(run.timerRows), "a waiting state has exactly its timers")
    }

    private mutating func performLocals() throws {
        for _ in 0..<50 {
            guard let next = run.activations.nextLocal, let local = next.call else { return }
            let result = Shop().perform(
                adapter: local.adapter, operation: local.operation,
                call: LocalCall(next, of: run, now: now),
                read: { RecordSet(query: $0, records: []) })
            let decision = decide(
                run, .local(activation: next.number, result: result), catalog: catalog, now: now)
            try absorb(decision)
        }
    }

    @discardableResult
    mutating func send(
        _ name: String, _ data: Value = .map(ValueMap()), by sender: Actor = .system
    ) throws -> Receipt? {
        lastEvent += 1
        let event = InboundEvent(id: "e\(lastEvent)", name: name, data: data, sender: sender)
        try take(.event(event))
        return receipt
    }

    mutating func answer(_ task: String, _ outcome: CallOutcome) throws {
        let call = try #require(
            calls.first { "\($0.adapter).\($0.operation)" == task }, "\(task) is not being called")
        try take(.answer(call.id, outcome))
    }

    mutating func cancel() throws { try take(.cancel(reason: "test", actor: .system)) }

    mutating func retry() throws { try take(.retry) }

    /// Lets time pass, firing what comes due in order.
    mutating func advance(_ span: Duration) throws {
        let end = now + span
        for _ in 0..<1_000 {
            let due = timers.filter { $0.due <= end }.min { $0.due < $1.due }
            guard let due else { break }
            now = max(now, due.due)
            try take(.timer(due.id))
        }
        now = end
    }

    /// Time that passes while the engine is down.
    mutating func sleep(_ span: Duration) { now = now + span }

    // MARK: What is to be seen

    var receipt: Receipt? { if case .receipt(let receipt) = reply { receipt } else { nil } }
    var problem: Problem? { if case .problem(let problem) = reply { problem } else { nil } }
    var context: ValueMap { run.snapshot.data }
    var kinds: [String] { history.map(\.kind) }
    var incidents: [Incident.Kind] { run.incidents.map(\.kind) }
    var effects: [String] { run.effects.map { "\($0.task) \($0.status.rawValue)" } }

    var states: [String] {
        (try? definition).map { run.summary($0).states } ?? []
    }

    var calls: [CallRow] { (try? definition).map { run.callRows($0) } ?? [] }

    /// `bank.charge`, or `ask bank.charge`.
    var called: [String] {
        calls.map { ($0.purpose == .ask ? "ask " : "") + "\($0.adapter).\($0.operation)" }
    }

    func blockers(
        _ adapters: [AdapterCondition] = [], workflowPause: StandingPause? = nil
    ) throws -> [Blocker] {
        run.blockers(
            try definition, adapters: adapters, catalog: catalog, workflowPause: workflowPause,
            now: now)
    }

    var health: Health { get throws { run.health(try definition, now: now) } }
}

extension CallOutcome {
    static let done = CallOutcome.succeeded(.map(ValueMap()))
    static let down = CallOutcome.failed(
        CallError(name: "unavailable", message: "HTTP 503", isRetryable: true))
    static let declined = CallOutcome.failed(
        CallError(name: "declined", message: "HTTP 402", isRetryable: false))
    static let lost = CallOutcome.unknown(
        CallError(name: "timeout", message: "no answer", isRetryable: true))
}
