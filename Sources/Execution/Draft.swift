import CEL
import Definition
import Sabotage
import Statechart
import Values

/// A decision being made: the run as it changes, and what the commit will hold besides it.
struct Draft {
    /// What the run goes by; another one once it has migrated.
    private(set) var definition: WorkflowDefinition
    let catalog: Catalog
    let now: Timestamp
    /// `input params instance now`; the chart adds `context` and `event`.
    private(set) var environment: Bindings
    var run: Run
    private(set) var writing = Writing()
    var step: StepInProgress
    /// The run is not what it was before the input.
    private(set) var hasChanged = false
    /// What whoever gave the input learns.
    var reply = Decision.Reply.none
    /// The incident that is being tried again.
    var retried: Incident?
    /// Of the input that is being taken.
    var cause = Cause(.work)
    /// As it was before the decision.
    let contextBefore: ValueMap
    private let definitionBefore: WorkflowDefinition
    /// What the chart has left, for what is usual.
    var left: [LeftState] = []

    /// Macrosteps in one decision at most: each takes one engine or kept event.
    static let maximumMacrosteps = 1_000

    init(run: Run, definition: WorkflowDefinition, catalog: Catalog, now: Timestamp) {
        self.run = run
        self.definition = definition
        definitionBefore = definition
        self.catalog = catalog
        self.now = now
        contextBefore = run.snapshot.data
        step = StepInProgress(arrival: now)
        environment = definition.environment(of: run, now: now)
    }

    // MARK: Steps

    /// Why the step that is being taken comes to nothing.
    var failure: StepFailure? { step.failure }

    /// Does all of it or, where something of it fails, nothing.
    /// - Returns: why nothing.
    mutating func whole(_ body: (inout Draft) -> Void) -> StepFailure? {
        let before = (run, writing, step, hasChanged, reply, retried, left)
        let version = (definition, environment)
        body(&self)
        guard let failure = step.failure else { return nil }
        if isMutant(.stepHalfTaken) {
            step.forgive()
        } else {
            (run, writing, step, hasChanged, reply, retried, left) = before
            (definition, environment) = version
        }
        return failure
    }

    /// The step cannot be taken as a whole.
    mutating func fail(_ failure: StepFailure) { step.fail(failure) }

    /// The run goes by another version from here on.
    mutating func adopt(_ definition: WorkflowDefinition, _ run: Run) {
        self.definition = definition
        self.run = run
        environment = definition.environment(of: run, now: now)
        hasChanged = true
    }

    /// An engine event, which the chart takes next.
    mutating func raise(_ event: Event) { step.raise(event) }

    func isTaken(_ event: Event) -> Bool {
        machine.selection(run.snapshot, event, environment: environment) == .taken
    }

    // MARK: Writing

    mutating func markChanged() { hasChanged = true }

    mutating func record(_ kind: HistoryKind, _ data: Value = .map(ValueMap())) {
        run.lastSequence += isMutant(.historyGap) && kind == .timerFired ? 2 : 1
        hasChanged = true
        writing.write(
            HistoryEntry(
                instance: run.id, sequence: run.lastSequence, at: now, kind: kind.rawValue,
                data: data))
    }

    mutating func send(_ body: Message.Body) {
        run.lastMessage += 1
        writing.write(Message(id: MessageID(source: run.id, number: run.lastMessage), body: body))
    }

    mutating func write(_ records: [RecordWrite]) { writing.write(records) }

    mutating func write(_ member: MemberRow) { writing.write(member) }

    var machine: Machine { definition.machine }

    /// `environment` and the context.
    var bindings: Bindings {
        var result = environment
        result["context"] = .map(run.snapshot.data)
        return result
    }

    /// The result; nothing is committed when nothing happened.
    func decision(before: Run?) -> Decision {
        guard hasChanged else { return Decision(run: before, commit: nil, reply: reply) }
        var after = run
        after.revision += 1
        after.updatedAt = now
        var commit = Commit(
            before: before, by: definitionBefore, after: after, by: definition)
        writing.add(to: &commit)
        return Decision(run: after, commit: commit, reply: reply, left: left)
    }
}

extension WorkflowDefinition {
    /// What expressions see of an instance besides its context and the event: `input`, `params`, `instance` and `now`.
    package func environment(of run: Run, now: Timestamp) -> Bindings {
        var result: Bindings = [:]
        result["input"] = run.input
        result["params"] = typedParams(run.params)
        result["instance"] = [
            "id": .int(run.id.rawValue), "key": .string(run.name.key),
            "workflow": .string(run.name.workflow), "version": .int(Int64(run.version)),
            "startedAt": .timestamp(run.startedAt),
            "startedBy": run.startedBy.map {
                ["role": .string($0.role), "subject": .string($0.subject)]
            } ?? .null,
        ]
        result["now"] = .timestamp(now)
        return result
    }

    /// Params are stored as JSON; those of `format: duration` are durations in expressions.
    private func typedParams(_ params: Value) -> Value {
        guard case .map(var map) = params else { return params }
        for entry in map.entries {
            guard let name = entry.key.stringValue, let text = entry.value.stringValue,
                isDuration(param: name), let duration = Duration(parsing: text)
            else { continue }
            map[name] = .duration(duration)
        }
        return .map(map)
    }

    private func isDuration(param name: String) -> Bool {
        params.source["properties"]?[name]?["format"]?.stringValue == "duration"
    }
}
