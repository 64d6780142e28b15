import Values

/// A fault that the outside world shows a number of times.
package struct Fault: Sendable, Hashable {
    /// What goes wrong. Except `latency`, `lostReply` and `refusedRepeat`, a fault takes the place of the effect.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The effect is done and answered `latencyMs` late.
        case latency
        /// Answers `status` (503 by default) without any effect.
        case status
        /// The effect is done, the connection drops before the answer.
        case lostReply
        /// As `lostReply`; and the operation's next request is refused with `status` (429 by default), by something
        /// that stands before the service: what a client that sends again by itself would take for the answer.
        case refusedRepeat
        /// Nothing is done and nothing is answered.
        case hang
        /// 422 `key-refused`: the idempotency key is not accepted.
        case refuseKey
        /// The bank declines (402) and remembers it under the key.
        case decline
        /// The connection drops at once.
        case down
        /// A question about a key answers 202, as a bank does while it still decides.
        case undecided
    }

    package var adapter: String
    package var operation: String
    package var kind: Kind
    /// How often it still fires; −1 until cleared.
    package var count: Int64
    package var status: Int?
    package var latencyMs: Int64?
    /// How often it has fired.
    package private(set) var fired: Int64 = 0

    package init(
        adapter: String, operation: String = "*", kind: Kind, count: Int64 = 1,
        status: Int? = nil, latencyMs: Int64? = nil
    ) {
        self.adapter = adapter
        self.operation = operation
        self.kind = kind
        self.count = count
        self.status = status
        self.latencyMs = latencyMs
    }

    var latency: Duration { .milliseconds(latencyMs ?? 1000) }

    func matches(_ adapter: String, _ operation: String) -> Bool {
        count != 0 && self.adapter == adapter
            && (self.operation == "*" || self.operation == operation)
            && Faults.allows(kind, adapter: adapter, operation: operation)
    }

    mutating func fire() {
        fired += 1
        if count > 0 { count -= 1 }
    }

    var value: Value {
        var members: [(String, Value)] = [
            ("adapter", .string(adapter)), ("operation", .string(operation)),
            ("kind", .string(kind.rawValue)), ("count", .int(count)), ("fired", .int(fired)),
        ]
        if let status { members.append(("status", .int(Int64(status)))) }
        if let latencyMs { members.append(("latencyMs", .int(latencyMs))) }
        return .map(ValueMap(members))
    }
}

/// The faults that are set, in the order of setting: the first that fits a request fires.
///
/// Latency is counted apart, so that a slow *and* failing service can be had with two faults.
package struct Faults: Sendable, Hashable {
    package private(set) var all: [Fault] = []
    static let limit = 1000

    package init() {}

    /// Adapters with the operations that faults can name; `*` means every one of them.
    static let operations: [(adapter: String, operations: [String])] = [
        ("bank", ["charge", "refund", "payout", "ask", "statement"]),
        ("cookies", ["order", "cancel", "ask", "arrive"]),
        ("iam", ["create", "remove", "ask"]),
        ("smtp", ["send"]),
    ]

    /// Whether the kind means something for that operation.
    static func allows(_ kind: Fault.Kind, adapter: String, operation: String) -> Bool {
        if operation == "arrive" { return kind == .latency || kind == .lostReply }
        switch kind {
        case .latency, .status, .lostReply, .refusedRepeat, .hang, .down:
            return true
        case .refuseKey:
            return (adapter == "bank" || adapter == "cookies") && operation != "ask"
                && operation != "statement"
        case .decline:
            return adapter == "bank" && (operation == "charge" || operation == "payout")
        case .undecided:
            return adapter != "smtp" && operation == "ask"
        }
    }

    package mutating func add(_ fault: Fault) {
        guard all.count < Faults.limit else { return }
        all.append(fault)
    }

    /// The refusal of what comes next, whatever else is set.
    mutating func refuseNext(
        after fault: Fault, _ adapter: String, _ operation: String, status: Int
    ) {
        all.insert(
            Fault(
                adapter: adapter, operation: operation, kind: .status,
                status: fault.status ?? status),
            at: 0)
    }

    package mutating func clear() { all.removeAll() }

    /// Takes the first fault other than latency that fits.
    mutating func take(_ adapter: String, _ operation: String) -> Fault? {
        take { $0.kind != .latency && $0.matches(adapter, operation) }
    }

    /// Takes the first fault of one kind that fits.
    mutating func take(_ adapter: String, _ operation: String, _ kind: Fault.Kind) -> Fault? {
        take { $0.kind == kind && $0.matches(adapter, operation) }
    }

    /// The delay of the first latency fault that fits, else zero.
    mutating func takeLatency(_ adapter: String, _ operation: String) -> Duration {
        take(adapter, operation, .latency)?.latency ?? .zero
    }

    private mutating func take(where fits: (Fault) -> Bool) -> Fault? {
        guard let index = all.firstIndex(where: fits) else { return nil }
        all[index].fire()
        return all[index]
    }
}
