import CEL
import Definition
import Sabotage
import Statechart
import Values

/// A decision being made: the run as it changes, and what the commit will hold besides it.
struct Draft {
    var run: Run
    let definition: WorkflowDefinition
    let catalog: Catalog
    let now: Timestamp
    /// `input params instance now`; the chart adds `context` and `event`.
    let environment: Bindings
    var history: [HistoryEntry] = []
    var messages: [Message] = []
    var records: [RecordWrite] = []
    var members: [MemberRow] = []
    var reply = Decision.Reply.none
    /// Set by the chart's `reject` while an event is being taken.
    var rejection: Receipt?
    /// Engine events that the chart has yet to take.
    var pending: [Event] = []
    var hasChanged = false
    /// Where the mail that is being started is declared.
    var mailLocation = SourceLocation(line: 1, column: 1)
    /// Why the step that is being taken comes to nothing.
    var failure: StepFailure?
    /// The incident that is being tried again.
    var retried: Incident?
    /// When the input that is being taken came.
    var arrival: Timestamp

    /// Macrosteps in one decision at most: each takes one engine or kept event.
    static let maximumMacrosteps = 1_000

    init(run: Run, definition: WorkflowDefinition, catalog: Catalog, now: Timestamp) {
        self.run = run
        self.definition = definition
        self.catalog = catalog
        self.now = now
        self.arrival = now
        self.environment = definition.environment(of: run, now: now)
    }

    var machine: Machine { definition.machine }

    /// `environment` and the context.
    var bindings: Bindings {
        var result = environment
        result["context"] = .map(run.snapshot.data)
        return result
    }

    mutating func record(_ kind: String, _ data: Value = .map(ValueMap())) {
        run.lastSequence += isMutant(.historyGap) && kind == "timer.fired" ? 2 : 1
        hasChanged = true
        history.append(
            HistoryEntry(
                instance: run.id, sequence: run.lastSequence, at: now, kind: kind, data: data))
    }

    mutating func send(_ body: Message.Body) {
        run.lastMessage += 1
        messages.append(
            Message(id: MessageID(source: run.id, number: run.lastMessage), body: body))
    }

    /// The result; nothing is committed when nothing happened.
    func decision(before: Run?) -> Decision {
        guard hasChanged else { return Decision(run: before, commit: nil, reply: reply) }
        var after = run
        after.revision += 1
        after.updatedAt = now
        var commit = Commit(before: before, after: after, definition: definition)
        commit.history = history
        commit.messagesSent = messages
        commit.records = records
        commit.members = members
        return Decision(run: after, commit: commit, reply: reply)
    }
}

extension WorkflowDefinition {
    package func environment(of run: Run, now: Timestamp) -> Bindings {
        var result: Bindings = [:]
        result["input"] = run.input
        result["params"] = typedParams(run.params)
        result["instance"] = [
            "id": .int(run.id.rawValue), "key": .string(run.name.key),
            "workflow": .string(run.name.workflow), "version": .int(Int64(run.version)),
            "startedAt": .timestamp(run.startedAt),
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
