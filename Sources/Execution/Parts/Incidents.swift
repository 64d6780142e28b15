import Values

/// Something that needs a person, in place: the instance stays where it is.
package struct Incident: Sendable, Hashable {
    /// What happened; the raw value is what people see.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case callExhausted = "call.exhausted"
        case outcomeUnknown = "call.unknown"
        case compensationFailed = "compensation.failed"
        case expressionError = "expression.error"
        case suspended
    }

    package let number: Int64
    package let kind: Kind
    package let activation: Int64?
    /// What was called: `adapter.operation`, a child's workflow; nil: nothing was.
    package let task: String?
    package let error: CallError
    package let openedAt: Timestamp

    /// The whole instance waits for it, not one call.
    package var stops: Bool {
        activation == nil && (kind == .expressionError || kind == .suspended)
    }

    /// A step failed, and what led there is in the run. Of an instance that was parked an answer may wait elsewhere,
    /// so that its calls must not be submitted again.
    var isOfStep: Bool { stops && (kind == .expressionError || sameUTF8(error.name, "endless")) }

    package init(
        number: Int64, kind: Kind, activation: Int64?, task: String? = nil, error: CallError,
        openedAt: Timestamp
    ) {
        self.number = number
        self.kind = kind
        self.activation = activation
        self.task = task
        self.error = error
        self.openedAt = openedAt
    }
}

/// The open incidents, in the order in which they were opened. A number is never used again.
package struct Incidents: Part {
    package typealias Element = Incident

    package private(set) var list: [Incident] = []
    /// Of all that were ever opened.
    package private(set) var lastNumber: Int64 = 0

    init() {}

    init(_ list: [Incident], lastNumber: Int64) {
        self.list = list
        self.lastNumber = lastNumber
    }

    /// The one for which the whole instance waits.
    var stopping: Incident? { list.first(where: \.stops) }

    mutating func open(
        _ kind: Incident.Kind, activation: Int64?, task: String?, _ error: CallError,
        at now: Timestamp
    ) -> Incident {
        lastNumber += 1
        let incident = Incident(
            number: lastNumber, kind: kind, activation: activation, task: task, error: error,
            openedAt: now)
        list.append(incident)
        return incident
    }

    mutating func close(_ number: Int64) { list.removeAll { $0.number == number } }

    mutating func closeAll() { list = [] }

    /// What was being tried again came to the same: it stands as it stood, before all others.
    mutating func reopen(_ incident: Incident) { list.insert(incident, at: 0) }
}
