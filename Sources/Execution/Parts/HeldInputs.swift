import Values

/// An input that waits because its instance is paused, or because a step failed: the one that led there, and those
/// that came behind it. Timers and local operations are not among them; they are in the run, and are found again.
package struct HeldInput: Sendable, Hashable {
    /// Those inputs that can wait.
    package enum Kind: Sendable, Hashable {
        case event(InboundEvent)
        case answer(CallID, CallOutcome)
        case childEnded(activation: Int64, status: Run.Status, output: Value)
        case childRefused(activation: Int64, error: CallError)
        case decision(TaskRequest)
        case cancel(reason: String, actor: Actor)
    }

    package let kind: Kind
    package let arrivedAt: Timestamp
    /// Its step failed; the others wait behind it.
    package let hasFailed: Bool

    package init(_ kind: Kind, arrivedAt: Timestamp, hasFailed: Bool = false) {
        self.kind = kind
        self.arrivedAt = arrivedAt
        self.hasFailed = hasFailed
    }

    /// nil: whoever gave it is told at once that it came to nothing, or it is found again in the run.
    init?(_ input: Input, arrivedAt: Timestamp, hasFailed: Bool = false) {
        switch input {
        case .event(let event): kind = .event(event)
        case .answer(let id, let outcome): kind = .answer(id, outcome)
        case .childEnded(let activation, let status, let output):
            kind = .childEnded(activation: activation, status: status, output: output)
        case .childRefused(let activation, let error):
            kind = .childRefused(activation: activation, error: error)
        case .task(let request):
            guard case .decide = request.action, request.number != nil else { return nil }
            kind = .decision(request)
        case .cancel(let reason, let actor): kind = .cancel(reason: reason, actor: actor)
        case .proceed, .eventRefused, .timer, .local, .localConflict, .operate, .holdWithWorkflow,
            .releaseWithWorkflow, .releaseMoney, .park:
            return nil
        }
        self.arrivedAt = arrivedAt
        self.hasFailed = hasFailed
    }

    var input: Input {
        switch kind {
        case .event(let event): .event(event)
        case .answer(let id, let outcome): .answer(id, outcome)
        case .childEnded(let activation, let status, let output):
            .childEnded(activation: activation, status: status, output: output)
        case .childRefused(let activation, let error):
            .childRefused(activation: activation, error: error)
        case .decision(let request): .task(request)
        case .cancel(let reason, let actor): .cancel(reason: reason, actor: actor)
        }
    }

    var inboundEvent: InboundEvent? {
        if case .event(let event) = kind { event } else { nil }
    }

    func isAnswer(to id: CallID) -> Bool {
        if case .answer(id, _) = kind { true } else { false }
    }

    fileprivate var isCancel: Bool {
        if case .cancel = kind { true } else { false }
    }

    /// Tells the compensation log or another instance what became of something, whatever the chart does.
    var isResult: Bool {
        switch kind {
        case .answer, .childEnded, .childRefused: true
        case .event, .decision, .cancel: false
        }
    }
}

/// What waits, in the order in which it is taken: the input whose step failed first, then what came behind it.
package struct HeldInputs: Part {
    package typealias Element = HeldInput

    package private(set) var list: [HeldInput] = []

    init(_ list: [HeldInput] = []) { self.list = list }

    var events: [InboundEvent] { list.compactMap(\.inboundEvent) }

    mutating func append(_ input: HeldInput) { list.append(input) }

    /// Its step failed; everything else waits behind it.
    mutating func putFirst(_ input: HeldInput) { list.insert(input, at: 0) }

    mutating func takeFirst() -> HeldInput? { list.isEmpty ? nil : list.removeFirst() }

    var hasCancel: Bool { list.contains(where: \.isCancel) }

    mutating func takeCancel() -> HeldInput? {
        list.firstIndex(where: \.isCancel).map { list.remove(at: $0) }
    }

    /// - Returns: what waited.
    mutating func takeAll() -> [HeldInput] {
        defer { list = [] }
        return list
    }

    /// What a call or a child gave may have to be undone; nothing else is taken any more.
    mutating func keepResults() { list.removeAll { !$0.isResult } }
}
