import Engine
import Synchronization
import Testing
import Values

/// What is known of the last hour.
@Suite struct VitalsTests {
    private let start = ContinuousClock.now

    private func after(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func whatIsNotedInOneIntervalIsOneSample() {
        let vitals = Vitals()
        vitals.noteFlush(of: 3, taking: .milliseconds(4), at: after(61))
        vitals.noteFlush(of: 2, taking: .milliseconds(9), at: after(61))
        vitals.noteWork(waiting: 7, late: .seconds(1), at: after(61))
        vitals.noteWork(waiting: 2, late: .zero, at: after(61))
        let samples = vitals.samples(at: after(61))
        #expect(samples.count == 13)
        var expected = Vitals.Sample()
        expected.commits = 5
        expected.flushes = 2
        expected.flush = .milliseconds(9)
        expected.late = .seconds(1)
        expected.waiting = 7
        #expect(samples.last == expected)
        #expect(samples.dropLast().allSatisfy { $0 == Vitals.Sample() })
    }

    @Test func anHourIsKeptHoweverLongItRuns() {
        let vitals = Vitals()
        for hour in 0..<30 {
            vitals.noteFlush(of: 1, taking: .zero, at: after(hour * 3_600 + 1))
        }
        let samples = vitals.samples(at: after(29 * 3_600 + 1))
        #expect(samples.count == Vitals.kept)
        // The hour before is over, to the second.
        #expect(samples.map(\.commits).reduce(0, +) == 1)
        #expect(samples.last?.commits == 1)
    }

    /// It is asked for once in an interval, however many flushes there are.
    @Test func theDatabaseIsLookedAtNowAndThen() {
        let looks = Mutex<Int64>(0)
        let vitals = Vitals(size: {
            looks.withLock { looks in
                looks += 1
                return looks * 100
            }
        })
        for second in [1, 1, 1, 11] {
            vitals.noteFlush(of: 1, taking: .zero, at: after(second))
        }
        #expect(looks.withLock { $0 } == 2)
        let samples = vitals.samples(at: after(21))
        // In between it is as it was; now it is looked at.
        #expect(samples.map(\.bytes) == [100, 100, 200, 200, 300])
    }
}
