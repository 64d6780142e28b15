import Definition
import Statechart
import Values

extension Work {
    /// An operation of an adapter, with the attempts that were made.
    ///
    /// An attempt ends in one of three ways: it took effect, it did not, or nobody knows; from then on the call may have
    /// taken effect until the remote or a person says otherwise.
    package struct Call: Sendable, Hashable {
        /// What the call is made for.
        package enum Purpose: Sendable, Hashable {
            case invocation(Use)
            /// Its state was left: the result is not the chart's any more, only the compensation log's.
            case abandoned(Use)
            /// Belongs to no state; goes on after the instance's end.
            case notification
            /// Undoes the effect of that activation.
            case compensation(of: Int64)
            /// Reads the next items of that fan-out.
            case page(of: Int64)
        }

        /// Where the call stands, and what happens to it next.
        package enum Phase: Sendable, Hashable {
            /// It is being looked at, and is sent or refused in the same step.
            case unsent
            /// A local operation that is performed next, before anything leaves the process.
            case local
            /// An attempt is on its way.
            case calling
            case backingOff(until: Timestamp)
            /// The outcome of an attempt is not known; the remote is being asked.
            case asking
            case askingLater(until: Timestamp)
            /// Somebody holds its money: the next attempt waits for that.
            case held(since: Timestamp)
            /// An incident needs a person.
            case incident(Int64)
        }

        package let adapter: String
        package let operation: String
        package private(set) var purpose: Purpose
        package private(set) var phase = Phase.unsent
        /// Attempts started, the first included. Starts again when an operator retries.
        package private(set) var attempts = 0
        /// Times that the remote was asked about the last attempt.
        package private(set) var asks = 0
        /// Attempts and askings sent, ever.
        package private(set) var dispatches: Int64 = 0
        package private(set) var firstSentAt: Timestamp?
        package private(set) var lastSentAt: Timestamp?
        package private(set) var lastError: CallError?
        /// What the remote said when it was last asked, where that settled nothing.
        package private(set) var lastAnswer: String?
        /// Some attempt may have taken effect, and nothing since has said otherwise.
        package private(set) var mayHaveApplied = false
        /// How long its money was held before: no limit of its retries counts that.
        package private(set) var heldFor = Duration.zero

        init(adapter: String, operation: String, for purpose: Purpose) {
            self.adapter = adapter
            self.operation = operation
            self.purpose = purpose
        }

        var isAbandoned: Bool {
            if case .abandoned = purpose { true } else { false }
        }
    }
}

extension Work.Call {
    // MARK: What is sent

    /// The next attempt.
    mutating func dispatch(at now: Timestamp, locally isLocal: Bool) {
        attempts += 1
        dispatches += 1
        firstSentAt = firstSentAt ?? now
        lastSentAt = now
        phase = isLocal ? .local : .calling
    }

    mutating func ask(at now: Timestamp) {
        asks += 1
        dispatches += 1
        lastSentAt = now
        phase = .asking
    }

    mutating func backOff(until next: Timestamp) { phase = .backingOff(until: next) }

    mutating func askLater(until next: Timestamp) { phase = .askingLater(until: next) }

    /// What waited for its turn has not left: it is as before it was dispatched, and leaves when it may.
    mutating func takeBack(at now: Timestamp) {
        guard phase == .calling else {
            asks -= 1
            phase = .askingLater(until: now)
            return
        }
        attempts -= 1
        if attempts == 0, !mayHaveApplied { firstSentAt = nil }
        phase = .backingOff(until: now)
    }

    /// The next attempt waits until its money is released.
    mutating func hold(at now: Timestamp) { phase = .held(since: now) }

    /// The attempt was not made: it took no effect, and the next one waits.
    mutating func holdUnsent(at now: Timestamp) {
        attempts = max(0, attempts - 1)
        if attempts == 0, !mayHaveApplied { firstSentAt = nil }
        phase = .held(since: now)
    }

    /// The time up to now is accounted for.
    mutating func holdAnew(at now: Timestamp) {
        guard case .held(let since) = phase else { return }
        heldFor += now - since
        phase = .held(since: now)
    }

    /// It is sent next; its deadline is as far away as it was.
    mutating func letGo(at now: Timestamp) {
        guard case .held(let since) = phase else { return }
        heldFor += now - since
        prolong(by: now - since)
        phase = .backingOff(until: now)
    }

    mutating func prolong(by span: Duration) {
        guard case .invocation(var use) = purpose else { return }
        use.prolong(by: span)
        purpose = .invocation(use)
    }

    /// A person has it tried again.
    mutating func forgetAttempts() { attempts = 0 }

    mutating func forgetAsks() { asks = 0 }

    // MARK: What is known

    mutating func note(_ error: CallError) { lastError = error }

    mutating func note(answer: String) { lastAnswer = answer }

    /// The outcome of an attempt is not known.
    mutating func mayHaveTakenEffect() { mayHaveApplied = true }

    /// The remote or a person says that no attempt took effect.
    mutating func tookNoEffect() { mayHaveApplied = false }

    mutating func stand(at incident: Int64, _ error: CallError) {
        lastError = error
        phase = .incident(incident)
    }

    // MARK: Its state

    mutating func abandon() {
        if case .invocation(let use) = purpose { purpose = .abandoned(use) }
    }

    mutating func passDeadline() {
        guard case .invocation(var use) = purpose else { return }
        use.passDeadline()
        purpose = .invocation(use)
    }

    mutating func goOn(as invocation: InvocationIndex) {
        switch purpose {
        case .invocation(let use): purpose = .invocation(use.continued(as: invocation))
        case .abandoned(let use): purpose = .abandoned(use.continued(as: invocation))
        case .notification, .compensation, .page: return
        }
    }
}

extension Work.Call {
    /// A call as it was written: `phase` and what goes with it were true together.
    init(
        adapter: String, operation: String, for purpose: Purpose, phase: Phase, attempts: Int,
        asks: Int, dispatches: Int64, firstSentAt: Timestamp?, lastSentAt: Timestamp?,
        lastError: CallError?, lastAnswer: String?, mayHaveApplied: Bool,
        heldFor: Duration = .zero
    ) {
        self.init(adapter: adapter, operation: operation, for: purpose)
        self.phase = phase
        self.attempts = attempts
        self.asks = asks
        self.dispatches = dispatches
        self.firstSentAt = firstSentAt
        self.lastSentAt = lastSentAt
        self.lastError = lastError
        self.lastAnswer = lastAnswer
        self.mayHaveApplied = mayHaveApplied
        self.heldFor = heldFor
    }
}
