import Engine
import Values

/// Somebody who uses the API and keeps a log of what was acknowledged: one of the two judges (the bank is the
/// other). What is not acknowledged is repeated under the same key until it is.
struct SimulatedClient {
    struct Plan {
        var at: Timestamp
        let request: Request
        /// Asked again although it was answered.
        var repeats: Int
    }

    /// What the server said, and so what must be true for ever.
    struct Acknowledged {
        let request: Request
        let reply: Reply
        let at: Timestamp
    }

    /// In order of time.
    private(set) var plans: [Plan]
    private(set) var log: [Acknowledged] = []

    init(plans: [Plan]) { self.plans = plans.sorted { $0.at < $1.at } }

    var nextMoment: Timestamp? { plans.first?.at }

    /// Requests that are due.
    mutating func take(now: Timestamp) -> [Plan] {
        let due = plans.prefix { $0.at <= now }
        plans.removeFirst(due.count)
        return Array(due)
    }

    mutating func acknowledged(_ plan: Plan, _ reply: Reply, now: Timestamp) {
        if case .refused(let problem) = reply,
            problem.code.httpStatus >= 500 || problem.code == .overloaded
        {
            return again(plan, at: now + .seconds(2))
        }
        log.append(Acknowledged(request: plan.request, reply: reply, at: now))
        if plan.repeats > 0 {
            again(
                Plan(at: now, request: plan.request, repeats: plan.repeats - 1),
                at: now + .seconds(60))
        }
    }

    /// No answer came: it may or may not have happened.
    mutating func unanswered(_ plan: Plan, now: Timestamp) { again(plan, at: now + .seconds(3)) }

    private mutating func again(_ plan: Plan, at moment: Timestamp) {
        var plan = plan
        plan.at = moment
        let index = plans.firstIndex { $0.at > moment } ?? plans.endIndex
        plans.insert(plan, at: index)
    }
}
