import Definition
import Execution

/// How a call ended, as far as the health of the remote is concerned.
package enum CallEnd: String, Sendable, Hashable, CaseIterable {
    case success
    /// The remote works and said no: `declined`, a 4xx.
    case businessError
    /// Not reached, or a 5xx.
    case failure
    /// Sent and never answered in a way that can be read.
    case unknown
    /// We stopped it, or never sent it; says nothing about the remote.
    case cancelled
}

/// Stops calling a remote that fails, and tries it with one call after a pause. While it is open calls wait
/// in the queue: they cost no attempt of their instance.
struct CircuitBreaker: Sendable, Hashable {
    enum State: Sendable, Hashable {
        case closed(OutcomeWindow)
        case open(since: MonotonicTime, failures: Int, calls: Int)
        /// nil: the next call is the probe.
        case halfOpen(probe: CallID?)
    }

    enum Permission: Sendable, Hashable {
        case allowed
        /// Not before; nil: not before the probe has ended.
        case refused(until: MonotonicTime?)
    }

    private let policy: BreakerPolicy
    private(set) var state: State

    init(_ policy: BreakerPolicy) {
        self.policy = policy
        state = .closed(OutcomeWindow(length: policy.window))
    }

    /// Lets an open breaker's pause end.
    mutating func advance(to now: MonotonicTime) {
        switch state {
        case .closed, .halfOpen:
            break
        case .open(let since, _, _):
            if now >= since + policy.openFor { state = .halfOpen(probe: nil) }
        }
    }

    /// Lets an open breaker's pause end now.
    mutating func endPause() {
        if case .open = state { state = .halfOpen(probe: nil) }
    }

    var permission: Permission {
        switch state {
        case .closed: .allowed
        case .open(let since, _, _): .refused(until: since + policy.openFor)
        case .halfOpen(probe: nil): .allowed
        case .halfOpen: .refused(until: nil)
        }
    }

    /// 0: closed, 1: half open, 2: open.
    var level: Int {
        switch state {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }

    mutating func started(_ id: CallID) {
        switch state {
        case .closed, .open:
            break
        case .halfOpen(let probe):
            if probe == nil { state = .halfOpen(probe: id) }
        }
    }

    mutating func finished(_ id: CallID, _ end: CallEnd, now: MonotonicTime) {
        switch state {
        case .closed(var window):
            guard let failed = end.failed else { return }
            window.record(failed: failed, now: now)
            state = trips(window) ? opened(window, now) : .closed(window)
        case .open:
            // It started before the breaker opened, and says nothing new.
            break
        case .halfOpen(let probe):
            guard probe == id else { return }
            switch end.failed {
            case true?: state = .open(since: now, failures: 1, calls: 1)
            case false?: state = .closed(OutcomeWindow(length: policy.window))
            case nil: state = .halfOpen(probe: nil)
            }
        }
    }

    private func trips(_ window: OutcomeWindow) -> Bool {
        window.failures > 0 && window.calls >= policy.minimumCalls
            && Double(window.failures) >= policy.failureRate * Double(window.calls)
    }

    private func opened(_ window: OutcomeWindow, _ now: MonotonicTime) -> State {
        .open(since: now, failures: window.failures, calls: window.calls)
    }
}

extension CircuitBreaker {
    func status(now: MonotonicTime) -> BreakerStatus {
        switch state {
        case .closed(let window):
            let current = window.current(now)
            return .closed(failures: current.failures, calls: current.calls)
        case .open(let since, let failures, let calls):
            return .open(
                since: since, nextProbe: since + policy.openFor, failures: failures, calls: calls)
        case .halfOpen:
            return .halfOpen
        }
    }
}

extension CallEnd {
    /// nil: does not count.
    fileprivate var failed: Bool? {
        switch self {
        case .success, .businessError: false
        case .failure, .unknown: true
        case .cancelled: nil
        }
    }
}

/// Calls and failures of the last `length`, in slices that expire whole: bounded however many calls there are.
struct OutcomeWindow: Sendable, Hashable {
    private struct Slice: Sendable, Hashable {
        let startedAt: MonotonicTime
        var calls = 0
        var failures = 0
    }

    private static let sliceCount = 10

    private let length: Duration
    /// Oldest first.
    private var slices: [Slice] = []

    init(length: Duration) {
        self.length = max(length, .milliseconds(1))
    }

    var calls: Int { slices.reduce(0) { $0 + $1.calls } }
    var failures: Int { slices.reduce(0) { $0 + $1.failures } }

    mutating func record(failed: Bool, now: MonotonicTime) {
        slices.removeAll { $0.startedAt + length <= now }
        if slices.last.map({ $0.startedAt + length / Self.sliceCount <= now }) ?? true {
            slices.append(Slice(startedAt: now))
        }
        let last = slices.count - 1
        slices[last].calls += 1
        if failed { slices[last].failures += 1 }
    }

    func current(_ now: MonotonicTime) -> Self {
        var window = self
        window.slices.removeAll { $0.startedAt + length <= now }
        return window
    }
}
