import Definition
import Engine
import Execution
import ServiceLifecycle
import Values

/// `?wait=30s&until=terminal`: answer later, when something has come true, or when the time is over.
struct WaitWish: Sendable, Hashable {
    enum Condition: Sendable, Hashable, CustomStringConvertible {
        case terminal
        /// The state, or one below it, is active.
        case state(String)

        var description: String {
            switch self {
            case .terminal: "terminal"
            case .state(let id): "state:\(id)"
            }
        }
    }

    /// On the wall; store time may run faster.
    let limit: Duration
    let until: Condition

    init(limit: Duration, until: Condition) {
        self.limit = limit
        self.until = until
    }

    /// Nil when the request does not ask to wait. `until` alone waits for 30 seconds.
    init?(_ request: APIRequest, limit maximum: Duration) throws(Refusal) {
        let (span, until) = (request.option("wait"), request.option("until"))
        if span == nil, until == nil { return nil }
        limit = try Self.limit(span ?? "30s", maximum)
        self.until = try Self.condition(until ?? "terminal")
    }

    private static func limit(_ text: String, _ maximum: Duration) throws(Refusal) -> Duration {
        let span = Int64(text).map { Duration.seconds($0) } ?? Duration(parsing: text)
        guard let span, span >= .zero, span <= maximum else {
            throw .query("wait", "a span from 0s to \(maximum.shortText) is expected, like 30s")
        }
        return span
    }

    private static func condition(_ text: String) throws(Refusal) -> Condition {
        if text == "terminal" { return .terminal }
        let state = text.dropFirst("state:".count)
        guard text.hasPrefix("state:"), !state.isEmpty else {
            throw .query("until", "write `terminal` or `state:<id>`")
        }
        return .state(String(state))
    }

    /// A state that the workflow does not have is never reached.
    func check(_ definition: WorkflowDefinition, _ workflow: String) throws {
        guard case .state(let id) = until, definition.machine.state(named: id) == nil else {
            return
        }
        let names = definition.machine.states.map(\.id).filter { !$0.isEmpty }
        throw Problem(
            .unknownState, "workflow \(workflow) has no state \(id)",
            fix: nearestName(to: id, among: names).map { "did you mean \($0)?" }
                ?? "known: \(names.joined(separator: ", "))")
    }

    /// Whether the change decides the wish, so that the instance need not be read at every one.
    func isDecided(by change: InstanceChange) -> Bool {
        switch until {
        case .terminal: change.status.isTerminal
        case .state(let id): change.status.isTerminal || Self.isActive(id, among: change.states)
        }
    }

    private static func isActive(_ id: String, among states: [String]) -> Bool {
        states.contains { $0 == id || $0.hasPrefix(id + ".") }
    }

    /// - Returns: nil while it may still come true.
    func verdict(_ view: InstanceView) -> Bool? {
        let hasEnded = view.run.status.isTerminal
        switch until {
        case .terminal: return hasEnded ? true : nil
        case .state(let id):
            let isActive = Self.isActive(id, among: view.row.summary.states)
            return isActive ? true : (hasEnded ? false : nil)
        }
    }
}

extension API {
    /// The instance once the wish came true, can no longer come true, or the time is over.
    func waited(
        for name: InstanceName, _ wish: WaitWish?
    ) async throws -> (view: InstanceView, isMet: Bool) {
        guard let wish else { return (try inspector.view(name), true) }
        // Watched before the first look, so that nothing can happen in between.
        let changes = engine.changes(of: name) { wish.isDecided(by: $0) }
        let first = try inspector.view(name)
        try wish.check(first.definition, name.workflow)
        if let verdict = wish.verdict(first) { return (first, verdict) }
        let met = try await within(wish.limit) {
            for await _ in changes {
                let view = try inspector.view(name)
                if let verdict = wish.verdict(view) { return (view, verdict) }
            }
            return (try inspector.view(name), false)
        }
        return try met ?? (try inspector.view(name), false)
    }

    /// Nil when the time was over first. A server that shuts down waits for nobody.
    private func within<T: Sendable>(
        _ limit: Duration, _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T? {
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: T?.self) { group in
                group.addTask { try await body() }
                group.addTask {
                    try? await Task.sleep(for: limit)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        }
    }
}
