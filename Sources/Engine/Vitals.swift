import CoreMetrics
import Execution
import Synchronization
import Values

/// How the engine has done lately: a sample for each few seconds of the last hour, in memory alone.
///
/// Theory. The driver notes what it does anyway: how long a flush took, how many commits it had, how late a timer was, how
/// much waited. Notes of one interval are one sample; the ring of samples has a fixed length, so that a server that runs
/// for a year has no more of them than one that runs for an hour. No task samples by the clock: an interval in which
/// nothing was noted has nothing to tell, and whoever reads fills it in.
package final class Vitals: Sendable {
    /// Of one sample.
    package static let interval = Duration.seconds(5)
    /// Samples that are kept: an hour.
    package static let kept = 720

    package struct Sample: Sendable, Hashable {
        package var commits = 0
        package var flushes = 0
        /// Of the slowest.
        package var flush = Duration.zero
        /// Of the timer that was the latest.
        package var late = Duration.zero
        /// At most.
        package var waiting = 0
        /// Of the database, where it was looked at.
        package var bytes: Int64?

        package init() {}
    }

    private struct State {
        /// By number of interval, modulo their count.
        var ring = [(number: Int64, sample: Sample)](
            repeating: (-1, Sample()), count: Vitals.kept)
        var bytes: Int64?

        mutating func change(_ number: Int64, _ change: (inout Sample) -> Void) {
            let place = Int(number % Int64(Vitals.kept))
            if ring[place].number != number { ring[place] = (number, Sample()) }
            change(&ring[place].sample)
        }
    }

    private let state = Mutex(State())
    private let begun = ContinuousClock.now
    /// How much room the database takes now; nil: nobody knows.
    private let size: @Sendable () -> Int64?
    private let metrics: EngineMetrics

    package init(
        size: @escaping @Sendable () -> Int64? = { nil },
        metrics: EngineMetrics = EngineMetrics(NOOPMetricsHandler.instance)
    ) {
        self.size = size
        self.metrics = metrics
    }

    /// Of the interval that a moment is in.
    private func number(_ moment: ContinuousClock.Instant) -> Int64 {
        (moment - begun).components.seconds / Self.interval.components.seconds
    }

    package func noteFlush(
        of commits: Int, taking time: Duration, at moment: ContinuousClock.Instant = .now
    ) {
        metrics.noteFlush(of: commits, taking: time)
        let number = number(moment)
        let isNew = state.withLock { state in
            var isNew = false
            state.change(number) { sample in
                isNew = sample.flushes == 0
                sample.commits += commits
                sample.flushes += 1
                sample.flush = max(sample.flush, time)
            }
            return isNew
        }
        // Once in an interval; it asks the file system.
        guard isNew, let bytes = size() else { return }
        state.withLock { $0.change(number) { $0.bytes = bytes } }
    }

    /// - Parameter late: of the timer that was the latest; zero: there was none.
    package func noteWork(
        waiting: Int, late: Duration, at moment: ContinuousClock.Instant = .now
    ) {
        metrics.noteTimers(late: late)
        let number = number(moment)
        state.withLock { state in
            state.change(number) { sample in
                sample.waiting = max(sample.waiting, waiting)
                sample.late = max(sample.late, late)
            }
        }
    }

    /// The oldest first, up to the interval that is not over yet; none from before it began.
    package func samples(at moment: ContinuousClock.Instant = .now) -> [Sample] {
        let last = number(moment)
        let first = max(0, last - Int64(Self.kept) + 1)
        let ring = state.withLock { $0.ring }
        var bytes: Int64?
        var samples = (first...max(first, last)).map { number in
            let entry = ring[Int(number % Int64(Self.kept))]
            var sample = entry.number == number ? entry.sample : Sample()
            bytes = sample.bytes ?? bytes
            sample.bytes = bytes
            return sample
        }
        if let now = size(), !samples.isEmpty { samples[samples.count - 1].bytes = now }
        return samples
    }

    /// How long the process has run.
    package var age: Duration { .now - begun }
}
