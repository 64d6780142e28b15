import Dispatch
import Synchronization
import Values

/// Wakes the engine at the earliest moment that was set since it last rang; waking early does no harm.
final class Alarm: Sendable {
    /// When it rings next, in nanoseconds of the monotonic clock.
    private let armed = Mutex<UInt64?>(nil)

    func set(after delay: Duration, _ wake: @escaping @Sendable () -> Void) {
        // A day at most at once: what comes later is set again then.
        let milliseconds = Int(min(delay.milliseconds, 86_400_000))
        let deadline = DispatchTime.now() + .milliseconds(milliseconds)
        let isEarlier = armed.withLock { armed in
            if let armed, armed <= deadline.uptimeNanoseconds { return false }
            armed = deadline.uptimeNanoseconds
            return true
        }
        guard isEarlier else { return }
        DispatchQueue.global().asyncAfter(deadline: deadline) { [self] in
            let isCurrent = armed.withLock { armed in
                guard armed == deadline.uptimeNanoseconds else { return false }
                armed = nil
                return true
            }
            if isCurrent { wake() }
        }
    }

    /// Nothing rings any more.
    func cancel() { armed.withLock { $0 = 0 } }
}
