import Values

/// Why an instance does not move, and what would move it: computed, never guessed. API, CLI, logs and pages
/// show the same value. Kinds and sentences: docs/reference/blockers.md.
package struct Blocker: Sendable, Hashable {
    /// What kind of thing holds it up; the raw value is what API and command line show.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case waitingEvent = "waiting.event"
        case waitingTimer = "waiting.timer"
        case waitingChild = "waiting.child"
        case waitingMembers = "waiting.members"
        case waitingPerson = "waiting.person"
        case callRunning = "call.running"
        case callRetrying = "call.retrying"
        case callExhausted = "call.exhausted"
        case callUnknown = "call.unknown"
        case adapterOpen = "adapter.open"
        case adapterLimit = "adapter.limit"
        /// An operator holds the adapter. It is the adapter that needs a person, not each of those that wait for it.
        case adapterPaused = "adapter.paused"
        /// The adapter lacks a setting, or may not reach its address. It is the adapter that needs a person.
        case adapterUnready = "adapter.unready"
        /// Somebody holds money. It is the hold that needs a person, not each call that waits for it.
        case moneyHeld = "money.held"
        /// An operator holds the whole workflow. It is the workflow that needs a person, not each of its instances.
        case workflowPaused = "workflow.paused"
        case guardFalse = "guard.false"
        case expressionError = "expression.error"
        case definitionMissing = "definition.missing"
        /// The instance's row in the database cannot be read.
        case rowDamaged = "row.damaged"
        case suspended
        /// An operator holds it.
        case paused
        case compensationRunning = "compensation.running"
        case compensationFailed = "compensation.failed"
        /// Nothing moves it: a state without a way out.
        case nothing

        /// Needs a person.
        package var isBlocked: Bool {
            switch self {
            case .callExhausted, .expressionError, .definitionMissing, .rowDamaged,
                .suspended, .paused, .compensationFailed, .nothing:
                true
            case .waitingEvent, .waitingTimer, .waitingChild, .waitingMembers, .waitingPerson,
                .callRunning, .callRetrying, .callUnknown, .adapterOpen, .adapterLimit,
                .adapterPaused, .adapterUnready, .moneyHeld, .workflowPaused, .guardFalse,
                .compensationRunning:
                false
            }
        }
    }

    package let kind: Kind
    /// Ids of the states concerned; empty for what belongs to no state.
    package let state: String
    /// One sentence for a person who is paged at night.
    package let sentence: String
    package let since: Timestamp
    /// From when on this takes longer than declared.
    package let overdueAt: Timestamp?
    package let evidence: ValueMap
    /// What happens by itself; nil: nothing.
    package let next: NextStep?
    /// What would move it, safest first.
    package let actions: [LegalAction]
    package let needsPerson: Bool
    /// How long instances stay in its state; nil: nobody knows.
    package var usual: UsualTime?

    /// What happens by itself, and when.
    package struct NextStep: Sendable, Hashable {
        package let at: Timestamp?
        package let sentence: String

        package init(at: Timestamp?, sentence: String) {
            self.at = at
            self.sentence = sentence
        }
    }

    package init(
        kind: Kind, state: String, sentence: String, since: Timestamp, overdueAt: Timestamp? = nil,
        evidence: ValueMap = ValueMap(), next: NextStep? = nil, actions: [LegalAction] = [],
        needsPerson: Bool? = nil
    ) {
        self.kind = kind
        self.state = state
        self.sentence = sentence
        self.since = since
        self.overdueAt = overdueAt
        self.evidence = evidence
        self.next = next
        self.actions = actions
        self.needsPerson = needsPerson ?? kind.isBlocked
    }

    /// The same for an instance that takes none of them now.
    var withoutActions: Blocker {
        Blocker(
            kind: kind, state: state, sentence: sentence, since: since, overdueAt: overdueAt,
            evidence: evidence, needsPerson: needsPerson)
    }

    /// The same beside something that needs a person.
    var withoutWait: Blocker {
        Blocker(
            kind: kind, state: state, sentence: sentence, since: since, overdueAt: overdueAt,
            evidence: evidence, next: next, actions: actions.filter { $0.verb != .wait },
            needsPerson: needsPerson)
    }

    /// As the API gives it.
    package var value: Value {
        var map: ValueMap = [
            "kind": .string(kind.rawValue), "state": .string(state), "sentence": .string(sentence),
            "since": .string(since.ceilingToMilliseconds.rfc3339),
            "needsPerson": .bool(needsPerson),
        ]
        map.set("overdueAt", overdueAt.map { .string($0.rfc3339) })
        map.set("usual", usual?.value)
        map["evidence"] = .map(evidence)
        if let next {
            var step: ValueMap = ["sentence": .string(next.sentence)]
            step.set("at", next.at.map { .string($0.ceilingToMilliseconds.rfc3339) })
            map["next"] = .map(step)
        }
        map["actions"] = .list(actions.map { .map($0.document) })
        return .map(map)
    }
}

/// What the live process knows of an adapter, for calls that wait for it. Absent when a file is read
/// without a server.
package struct AdapterCondition: Sendable, Hashable {
    package let adapter: String
    /// Since when the breaker is open, and when it lets a probe through.
    package let openSince: Timestamp?
    package let nextProbe: Timestamp?
    package let failures: Int
    package let calls: Int
    package let running: Int
    package let concurrency: Int
    /// Calls that wait for a place.
    package let queued: Int
    /// How many calls are served before each that was asked about and waits.
    package let ahead: [CallID: Int]
    /// A person holds it.
    package let isPaused: Bool
    /// The next call is the breaker's probe, or is on its way as it.
    package let isHalfOpen: Bool
    /// Of the calls that were asked about: those that are on their way.
    package var underWay: Set<CallID> = []
    /// Who and why, once somebody has looked it up.
    package var pause: StandingPause?
    /// What keeps every call of it from leaving: a setting that is missing, an address that may not be reached.
    package var lack: Lack?

    package struct Lack: Sendable, Hashable {
        package let reason: String
        package let since: Timestamp

        package init(reason: String, since: Timestamp) {
            self.reason = reason
            self.since = since
        }
    }

    package init(
        adapter: String, openSince: Timestamp?, nextProbe: Timestamp?, failures: Int, calls: Int,
        running: Int, concurrency: Int, queued: Int, ahead: [CallID: Int],
        isPaused: Bool = false, isHalfOpen: Bool = false
    ) {
        self.adapter = adapter
        self.openSince = openSince
        self.nextProbe = nextProbe
        self.failures = failures
        self.calls = calls
        self.running = running
        self.concurrency = concurrency
        self.queued = queued
        self.ahead = ahead
        self.isPaused = isPaused
        self.isHalfOpen = isHalfOpen
    }
}
