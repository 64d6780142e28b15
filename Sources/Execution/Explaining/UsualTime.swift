import Values

/// A state that an instance has left by its own logic, and how long it had been there.
package struct LeftState: Sendable, Hashable {
    package let workflow: String
    package let state: String
    package let time: Duration

    package init(workflow: String, state: String, time: Duration) {
        self.workflow = workflow
        self.state = state
        self.time = time
    }
}

/// How long instances stay in a state: of the last visits that have ended.
package struct UsualTime: Sendable, Hashable {
    package let median: Duration
    /// Nineteen of twenty took no longer.
    package let p95: Duration
    /// How many visits say so.
    package let visits: Int

    /// Fewer say nothing of what is usual.
    package static let enough = 5

    /// nil: too few.
    package init?(of times: [Duration]) {
        guard times.count >= Self.enough else { return nil }
        let sorted = times.sorted()
        median = sorted[sorted.count / 2]
        p95 = sorted[sorted.count * 95 / 100]
        visits = sorted.count
    }

    /// As the API gives it.
    package var value: Value {
        [
            "medianSeconds": .double(median.seconds), "p95Seconds": .double(p95.seconds),
            "visits": .int(Int64(visits)),
        ]
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(milliseconds) / 1000 }
}
