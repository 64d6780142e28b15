import Execution

/// Whether an adapter can call at all. One that lacks a setting, or whose address may not be reached, cannot, whatever it is
/// asked for: its calls wait in their order and cost no attempt. Every now and then one of them tries, since a file may
/// have come meanwhile, and a person may have one try at once.
struct Readiness: Sendable, Hashable {
    enum State: Sendable, Hashable {
        case ready
        case lacking(Lack, again: MonotonicTime, trying: CallID?)
    }

    private static let pause = Duration.seconds(30)

    private(set) var state = State.ready

    var lack: Lack? {
        if case .lacking(let lack, _, _) = state { lack } else { nil }
    }

    /// nil: it may call; else not before that, or not before what tries has come to something.
    func permission(now: MonotonicTime) -> CircuitBreaker.Permission {
        switch state {
        case .ready: .allowed
        case .lacking(_, let again, _) where now < again: .refused(until: again)
        case .lacking(_, _, nil): .allowed
        case .lacking: .refused(until: nil)
        }
    }

    mutating func started(_ id: CallID) {
        if case .lacking(let lack, let again, nil) = state {
            state = .lacking(lack, again: again, trying: id)
        }
    }

    /// It left, whatever came of it.
    mutating func finished(_ id: CallID) {
        if case .lacking(_, _, id) = state { state = .ready }
    }

    /// It could not leave.
    mutating func lacks(_ reason: String, now: MonotonicTime) {
        state = .lacking(
            Lack(reason: reason, since: lack?.since ?? now), again: now + Self.pause, trying: nil)
    }

    /// A person does not wait for the next try.
    mutating func tryNow() {
        if case .lacking(let lack, _, let trying) = state {
            state = .lacking(lack, again: lack.since, trying: trying)
        }
    }
}

/// What keeps all calls of an adapter from leaving.
package struct Lack: Sendable, Hashable {
    /// Names the setting, never its value.
    package let reason: String
    package let since: MonotonicTime
}
