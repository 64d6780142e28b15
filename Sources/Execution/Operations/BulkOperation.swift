import Sabotage
import Values

/// One action on many instances: which, how fast, and how far it is.
///
/// Theory of operation. Whom it concerns is found when it is asked for, each instance at the revision that it had then,
/// and kept as items. The engine then acts on one after the other at the operation's rate. What is done to an instance,
/// the item that says so and the operation's own counts are one commit: no restart comes between them, so that nothing
/// is done twice and nothing is forgotten. An instance that has moved on since is left alone.
///
/// Everything here is a function of values; what is in memory beside it is in `EngineMachine+Operations`.
package struct BulkOperation: Sendable, Hashable {
    package static let collection = "pawl.operation"

    package enum Status: String, Sendable, Hashable, CaseIterable {
        case running
        /// It waits for a person: behind its canary, or because somebody said so.
        case held
        /// It goes on no more; what was done is done.
        case stopped
        case done
    }

    /// Which instances.
    package enum Target: Sendable, Hashable {
        case filter(String)
        /// Those with an open incident of that cause.
        case cause(String)
    }

    /// Items by how far they came; each stage has all that came further.
    package struct Counts: Sendable, Hashable {
        package internal(set) var asked: Int
        /// The action was taken, durably.
        package internal(set) var accepted = 0
        /// The instance has gone on with it.
        package internal(set) var effective = 0
        /// What it set off has come to its end, and nobody is needed.
        package internal(set) var verified = 0
        package internal(set) var failedAgain = 0
        package internal(set) var refused = 0
        package internal(set) var movedOn = 0
        /// There was nothing to do.
        package internal(set) var skipped = 0

        init(asked: Int) { self.asked = asked }

        /// Accepted, and what became of it is not known yet.
        package var unsettled: Int { accepted - verified - failedAgain }
        package var failures: Int { refused + failedAgain }
    }

    /// What is asked for.
    package struct Plan: Sendable, Hashable {
        package let verb: ActionVerb
        package let arguments: ValueMap
        package let reason: String
        package let actor: Actor
        package let target: Target
        /// It waits after so many; 0: it does not.
        package let canary: Int
        /// Instances a second of the store's time.
        package let rate: Double
        /// So many failures stop it.
        package let stopAfter: Int

        package static let usualRate = 10.0
        package static let rates = 0.001...100
        package static let usualStop = 10

        package init(
            _ verb: ActionVerb, _ arguments: ValueMap = ValueMap(), reason: String, actor: Actor,
            target: Target, canary: Int = 0, rate: Double = usualRate, stopAfter: Int = usualStop
        ) {
            self.verb = verb
            self.arguments = arguments
            self.reason = reason
            self.actor = actor
            self.target = target
            self.canary = canary
            self.rate = rate
            self.stopAfter = stopAfter
        }
    }

    /// How many instances at most.
    package static let maximumItems = 10_000

    /// What can be done to many at once: what says nothing of one instance alone.
    package static let verbs: [ActionVerb] = [
        .retry, .assign, .move, .fireTimer, .migrate, .pause, .resume, .cancel, .terminate,
    ]

    package let number: Int64
    package let plan: Plan
    package let createdAt: Timestamp
    package internal(set) var status = Status.running
    /// Why it is held or stopped.
    package internal(set) var note: String?
    /// The item that is next, from 0; all before it were acted on, or left alone.
    package internal(set) var next = 0
    package internal(set) var nextAt: Timestamp
    package internal(set) var isPastCanary = false
    package internal(set) var counts: Counts
    package internal(set) var endedAt: Timestamp?

    package init(_ number: Int64, _ plan: Plan, asked: Int, at now: Timestamp) {
        self.number = number
        self.plan = plan
        createdAt = now
        nextAt = now
        counts = Counts(asked: asked)
    }

    /// Something may still change in it.
    package var isOpen: Bool {
        status == .running || status == .held || counts.unsettled > 0
    }

    package var hasNext: Bool { next < counts.asked }

    /// When it acts next; nil: not by itself.
    package var dueAt: Timestamp? { status == .running && hasNext ? nextAt : nil }

    /// What is done to an item's instance; nil: nothing that is done to one.
    package func input(for item: BulkItem) -> Input? {
        var arguments = plan.arguments
        if plan.verb == .retry, let incident = item.incident {
            arguments["incident"] = .int(incident)
        }
        let origin = "operation \(number)"
        return Input(
            plan.verb, arguments,
            reason: plan.reason.isEmpty ? origin : "\(plan.reason) (\(origin))", actor: plan.actor)
    }
}

// MARK: How it goes on

extension BulkOperation {
    /// The next item was acted on, or left alone.
    mutating func noteActed(on item: BulkItem, at now: Timestamp) {
        next += 1
        // Where nothing was done nobody is spared by a pause.
        nextAt =
            item.state == .skipped
            ? now : (now + .seconds(1) / plan.rate).ceilingToMilliseconds
        switch item.state {
        case .pending: break
        case .refused: counts.refused += 1
        case .movedOn: counts.movedOn += 1
        case .skipped: counts.skipped += 1
        case .accepted, .effective, .verified, .failedAgain:
            counts.accepted += 1
            count(item.state, from: .accepted)
        }
        settle(at: now)
    }

    /// The next item cannot be read.
    mutating func noteLost(at now: Timestamp) {
        next += 1
        counts.refused += 1
        settle(at: now)
    }

    /// An item that was accepted came further.
    mutating func noteJudged(_ item: BulkItem, from before: BulkItem.State, at now: Timestamp) {
        count(item.state, from: before)
        settle(at: now)
    }

    private mutating func count(_ state: BulkItem.State, from before: BulkItem.State) {
        guard state != before else { return }
        if before == .accepted { counts.effective += 1 }
        if state == .verified { counts.verified += 1 }
        if state == .failedAgain { counts.failedAgain += 1 }
    }

    private mutating func settle(at now: Timestamp) {
        if status == .running, hasNext {
            if counts.failures >= plan.stopAfter {
                status = .stopped
                endedAt = now
                note = "\(counts.failures) failed or were refused, and \(plan.stopAfter) stop it"
            } else if plan.canary > 0, next - counts.skipped == plan.canary, !isPastCanary,
                !isMutant(.canaryIgnored)
            {
                status = .held
                note =
                    plan.canary == 1
                    ? "the first was tried: see what became of it, then continue"
                    : "the first \(plan.canary) were tried: see what became of them, then continue"
            }
        }
        if status == .running, !hasNext, counts.unsettled == 0 {
            status = .done
            endedAt = now
        }
    }
}

// MARK: What a person does to it

extension BulkOperation {
    package enum Steering: String, Sendable, Hashable, CaseIterable {
        case `continue`
        case hold
        case stop
    }

    /// - Returns: false when it is not as that takes.
    package mutating func steer(_ steering: Steering, by actor: Actor, at now: Timestamp) -> Bool {
        switch (steering, status) {
        case (.continue, .held):
            status = .running
            note = "continued by \(actor)"
            isPastCanary = true
            nextAt = max(nextAt, now)
        case (.hold, .running):
            status = .held
            note = "held by \(actor)"
        case (.stop, .running), (.stop, .held):
            status = .stopped
            endedAt = now
            note = "stopped by \(actor)"
        default: return false
        }
        settle(at: now)
        return true
    }
}
