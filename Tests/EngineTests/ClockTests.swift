import Engine
import Execution
import MemoryStore
import Synchronization
import Testing
import Values

/// A wall clock that a test sets.
private final class SetClock: Sendable {
    private let time: Mutex<Timestamp>
    private let elapsed = Mutex(Duration.zero)

    init(_ start: Timestamp) { time = Mutex(start) }

    /// What a clock says that nobody sets.
    var steady: Duration { elapsed.withLock { $0 } }

    /// Time passes for both clocks.
    func pass(_ duration: Duration) {
        elapsed.withLock { $0 += duration }
        time.withLock { $0 = $0 + duration }
    }

    var now: Timestamp { time.withLock { $0 } }

    func step(_ milliseconds: Int64) {
        time.withLock { $0 = Timestamp(milliseconds: $0.milliseconds + milliseconds) }
    }
}

@Suite struct ClockTests {
    private static let start = Timestamp(milliseconds: 1_767_600_000_000)
    private static let tenYears: Int64 = 3_652 * 86_400_000
    private static let steps: [Int64] = [1, 1_000, 3_600_000, 86_400_000, tenYears]

    private func clock(_ store: MemoryStore, _ wall: SetClock) throws -> WallClock {
        try WallClock.resumed(scale: 1, store: store, wall: { wall.now }, steady: { wall.steady })
    }

    private func record(_ moment: Timestamp, in store: MemoryStore) throws {
        var commit = Commit()
        commit.history = [
            HistoryEntry(
                instance: InstanceID(1), sequence: 1, at: moment, kind: "log", data: .null)
        ]
        try store.commit([commit])
    }

    @Test(arguments: steps)
    func timeNeverRunsBackward(_ step: Int64) throws {
        let wall = SetClock(Self.start)
        let clock = try clock(MemoryStore(), wall)
        let before = clock.now()
        wall.step(-step)
        #expect(clock.now() == before)
        wall.step(step + 5)
        #expect(clock.now().milliseconds == before.milliseconds + 5)
        wall.step(step)
        #expect(clock.now().milliseconds == before.milliseconds + 5 + step)
    }

    @Test(arguments: steps)
    func aRestartAfterAStepBackStartsAtWhatIsRecorded(_ step: Int64) throws {
        let store = MemoryStore()
        let wall = SetClock(Self.start)
        _ = try clock(store, wall)
        wall.step(86_400_000)
        let recorded = wall.now
        try record(recorded, in: store)
        wall.step(-step)
        let next = try clock(store, wall)
        #expect(next.now() == recorded)
        wall.step(step + 7)
        #expect(next.now().milliseconds == recorded.milliseconds + 7)
    }

    /// However far the wall clock was set back, what was to happen in an hour happens within two.
    @Test(arguments: steps)
    func timersGoOnAfterAStepBack(_ step: Int64) throws {
        let wall = SetClock(Self.start)
        let clock = try clock(MemoryStore(), wall)
        let due = clock.now() + .seconds(3_600)
        wall.step(-step)
        wall.pass(.seconds(3_599))
        #expect(clock.now() < due)
        wall.pass(.seconds(3_602))
        #expect(clock.now() >= due)
    }

    /// A sleeper that trusted the clock for ten years would miss its correction.
    @Test func nobodySleepsThroughAStep() throws {
        let wall = SetClock(Self.start)
        let clock = try clock(MemoryStore(), wall)
        let due = Timestamp(milliseconds: Self.start.milliseconds + 5_000)
        wall.step(-Self.tenYears)
        #expect(clock.delay(until: due) <= .seconds(1))
        wall.step(Self.tenYears + 4_999)
        #expect(clock.delay(until: due) == .milliseconds(1))
        wall.step(1)
        #expect(clock.delay(until: due) == .zero)
    }
}
