import Definition
import Execution
import Values

/// What somebody waits for in an instance.
package enum Goal: Sendable, Hashable, CustomStringConvertible {
    case terminal
    /// The state, or one below it, is active.
    case state(String)

    package var description: String {
        switch self {
        case .terminal: "terminal"
        case .state(let id): "state:\(id)"
        }
    }

    /// A state that the workflow does not have is never reached.
    package func check(
        _ definition: WorkflowDefinition, _ workflow: String
    ) throws(Problem) {
        guard case .state(let id) = self, definition.machine.state(named: id) == nil else {
            return
        }
        let names = definition.machine.states.map(\.id).filter { !$0.isEmpty }
        throw Problem(
            .unknownState, "workflow \(workflow) has no state \(id)",
            fix: nearestName(to: id, among: names).map { "did you mean \($0)?" }
                ?? "known: \(names.joined(separator: ", "))")
    }

    /// Whether the change decides it, so that the instance need not be read at every one.
    func isDecided(by change: InstanceChange) -> Bool {
        switch self {
        case .terminal: change.status.isTerminal
        case .state(let id): change.status.isTerminal || Self.isActive(id, among: change.states)
        }
    }

    private static func isActive(_ id: String, among states: [String]) -> Bool {
        states.contains { $0 == id || $0.hasPrefix(id + ".") }
    }

    /// - Returns: nil while it may still come true.
    package func verdict(_ view: InstanceView) -> Bool? {
        let hasEnded = view.run.status.isTerminal
        switch self {
        case .terminal: return hasEnded ? true : nil
        case .state(let id):
            let isActive = Self.isActive(id, among: view.row.summary.states)
            return isActive ? true : (hasEnded ? false : nil)
        }
    }
}

extension Engine {
    /// The instance once the goal came true, can no longer come true, or the time is over; also when the task
    /// is cancelled or the engine ends.
    /// - Parameter limit: on the wall; store time may run faster.
    package func wait(
        for name: InstanceName, until goal: Goal, atMost limit: Duration
    ) async throws(Problem) -> (view: InstanceView, isMet: Bool) {
        // Watched before the first look, so that nothing can happen in between.
        let changes = changes(of: name) { goal.isDecided(by: $0) }
        let first = try inspector.view(name)
        try goal.check(first.definition, name.workflow)
        if let verdict = goal.verdict(first) { return (first, verdict) }
        let met = await within(limit) { () async -> Result<(InstanceView, Bool)?, Problem> in
            do throws(Problem) {
                for await _ in changes {
                    // It may have gone on since, and come back later.
                    let view = try self.inspector.view(name)
                    if let verdict = goal.verdict(view) { return .success((view, verdict)) }
                }
                return .success(nil)
            } catch {
                return .failure(error)
            }
        }
        if let found = try met?.get() { return found }
        let last = try inspector.view(name)
        return (last, goal.verdict(last) ?? false)
    }

    /// - Returns: nil when the time was over first.
    private func within<T: Sendable>(
        _ limit: Duration, _ body: @escaping @Sendable () async -> T
    ) async -> T? {
        await withTaskGroup(of: T?.self) { group in
            group.addTask { await body() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
