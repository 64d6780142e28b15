import Synchronization
import Values

/// A wall clock that a test sets.
package final class SetClock: Sendable {
    private let time: Mutex<Timestamp>
    private let elapsed = Mutex(Duration.zero)

    package init(_ start: Timestamp) { time = Mutex(start) }

    /// What a clock says that nobody sets.
    package var steady: Duration { elapsed.withLock { $0 } }

    /// Time passes for both clocks.
    package func pass(_ duration: Duration) {
        elapsed.withLock { $0 += duration }
        time.withLock { $0 = $0 + duration }
    }

    package var now: Timestamp { time.withLock { $0 } }

    package func step(_ milliseconds: Int64) {
        time.withLock { $0 = Timestamp(milliseconds: $0.milliseconds + milliseconds) }
    }
}
