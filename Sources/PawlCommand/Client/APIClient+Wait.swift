import Execution
import Values

extension APIClient {
    /// The server holds a request for a minute at most, so that waiting is asking again and again.
    private static let longestRequest = Duration.seconds(30)

    /// Prints the instance once the goal is reached; fails when it ended otherwise (1) or time is over (7).
    func wait(
        for name: InstanceName, _ goal: Goal, _ timeout: Duration, _ output: OutputOptions
    ) async throws {
        let deadline = ContinuousClock.now + timeout
        while true {
            let rest = max(.zero, deadline - ContinuousClock.now)
            let span = min(rest, Self.longestRequest)
            let instance = try await get(
                name.path, [("wait", span.celString), ("until", goal.text)], waiting: span)
            let status = instance["status"]?.stringValue ?? ""
            let isOver = instance["wait"]?["met"] == true || status != "running"
            guard isOver || rest <= Self.longestRequest else { continue }
            var document = instance.mapValue ?? ValueMap()
            document.removeValue(forKey: "wait")
            output.print(.map(document)) { InstanceText.started($0) }
            return try judge(instance, name, goal, status, timeout)
        }
    }

    private func judge(
        _ instance: Value, _ name: InstanceName, _ goal: Goal, _ status: String, _ timeout: Duration
    ) throws(Failure) {
        let isMet = instance["wait"]?["met"] == true
        if goal != .terminal, isMet { return }
        switch status {
        case "running":
            throw Failure(
                status: 7, "\(name) has not reached \(goal.text) within \(timeout.shortText)",
                fix: suggestions.completing(
                    prose: "`pawl why \(name.pasted)` says what it waits for"))
        case "completed" where isMet: return
        default: throw Failure(status: 1, "\(name) ended as \(status)")
        }
    }
}
