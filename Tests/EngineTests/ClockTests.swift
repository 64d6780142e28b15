import Engine
import Execution
import MemoryStore
import Synchronization
import Testbed
import Testing
import Values

@Suite struct ClockTests {
    private static let start = Timestamp(milliseconds: 1_767_600_000_000)
    private static let tenYears: Int64 = 3_652 * 86_400_000
    private static let steps: [Int64] = [1, 1_000, 1_800_000, 86_400_000, tenYears]

    private func clock(
        _ store: MemoryStore, _ wall: SetClock, scale: Double = 1,
        tell: @escaping @Sendable (ClockTurn) -> Void = { _ in }
    ) throws -> WallClock {
        try WallClock.resumed(
            scale: scale, store: store, wall: { wall.now }, steady: { wall.steady }, tell: tell)
    }

    /// What a clock told.
    private final class Turns: Sendable {
        private let list = Mutex<[ClockTurn]>([])
        var all: [ClockTurn] { list.withLock { $0 } }
        func add(_ turn: ClockTurn) { list.withLock { $0.append(turn) } }
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
        #expect(clock.now().milliseconds == before.milliseconds + 5 + (step > 3_600_000 ? 0 : step))
        #expect((clock.standing?.jump != nil) == (step > 3_600_000))
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

    // MARK: Jumps

    private static let jumps = [tenYears, -tenYears, 86_400_000, -86_400_000]

    /// A flat battery, a virtual machine before NTP: years off for a moment, then right again.
    @Test(arguments: jumps) func aJumpForAMomentIsNotFollowed(_ step: Int64) throws {
        let (wall, turns) = (SetClock(Self.start), Turns())
        let store = MemoryStore()
        let clock = try clock(store, wall, tell: turns.add)
        #expect(clock.now() == Self.start)
        wall.pass(.seconds(60))
        wall.step(step)
        #expect(clock.now() == Self.start + .seconds(60))
        wall.pass(.seconds(2))
        #expect(clock.now() == Self.start + .seconds(62))
        let jump = try #require(clock.standing?.jump)
        #expect(jump.by == .milliseconds(step))
        #expect(jump.since == Self.start + .seconds(60))
        #expect(jump.followedIn == .seconds(598))
        wall.step(-step)
        wall.pass(.seconds(1))
        #expect(clock.now() == Self.start + .seconds(63))
        #expect(clock.standing?.isApart == false)
        #expect(
            turns.all == [
                .jumped(
                    by: .milliseconds(step), to: Self.start + .seconds(60) + .milliseconds(step),
                    followedAfter: .seconds(600)), .returned,
            ])
        // Nothing of it has come into the store.
        try record(clock.now(), in: store)
        #expect(try self.clock(store, wall).now() == wall.now)
    }

    @Test func aJumpThatHoldsIsFollowed() throws {
        let (wall, turns) = (SetClock(Self.start), Turns())
        let clock = try clock(MemoryStore(), wall, tell: turns.add)
        _ = clock.now()
        wall.step(86_400_000)
        for second in 0..<600 {
            #expect(clock.now() == Self.start + .seconds(second))
            wall.pass(.seconds(1))
        }
        #expect(clock.now() == wall.now)
        #expect(turns.all.last == .followed(by: .seconds(86_400), isAsked: false))
        wall.pass(.seconds(1))
        #expect(clock.now() == wall.now)
    }

    /// While it is elsewhere, too, it may be corrected by hand, and wrongly again: each counts anew.
    @Test func anotherJumpCountsAnew() throws {
        let wall = SetClock(Self.start)
        let clock = try clock(MemoryStore(), wall)
        _ = clock.now()
        wall.step(Self.tenYears)
        _ = clock.now()
        wall.pass(.seconds(599))
        _ = clock.now()
        wall.step(Self.tenYears)
        _ = clock.now()
        wall.pass(.seconds(599))
        #expect(clock.now() == Self.start + .seconds(1_198))
        wall.pass(.seconds(1))
        #expect(clock.now() == wall.now)
    }

    /// What programs correct a clock by while it is off is no other jump.
    @Test func aJumpHoldsThoughTheClockIsCorrectedALittle() throws {
        let wall = SetClock(Self.start)
        let clock = try clock(MemoryStore(), wall)
        _ = clock.now()
        wall.step(Self.tenYears)
        for _ in 0..<600 {
            #expect(clock.now() < Self.start + .seconds(700))
            wall.pass(.seconds(1))
            wall.step(3)
        }
        #expect(clock.now() == wall.now)
    }

    @Test func aPersonHasAJumpFollowed() throws {
        let (wall, turns) = (SetClock(Self.start), Turns())
        let clock = try clock(MemoryStore(), wall, tell: turns.add)
        clock.follow()
        #expect(turns.all.isEmpty)
        wall.step(86_400_000 * 3)
        #expect(clock.now() == Self.start)
        clock.follow()
        #expect(clock.now() == wall.now)
        #expect(turns.all.last == .followed(by: .seconds(3 * 86_400), isAsked: true))
    }

    /// Set back for good, time goes on evenly until that is sure, and then at half speed.
    @Test func aStepBackThatHoldsSlowsTime() throws {
        let wall = SetClock(Self.start)
        let clock = try clock(MemoryStore(), wall)
        _ = clock.now()
        wall.step(-Self.tenYears)
        for second in 0..<600 {
            #expect(clock.now() == Self.start + .seconds(second))
            wall.pass(.seconds(1))
        }
        wall.pass(.seconds(599))
        #expect(clock.now() == Self.start + .seconds(599 + 300))
        let standing = try #require(clock.standing)
        #expect(standing.jump == nil)
        #expect(standing.isApart)
        #expect(standing.ahead == .milliseconds(Self.tenYears) - .seconds(300))
    }

    /// Whoever was switched off for months goes on at once; years are a clock's mistake until they have held.
    @Test func anAbsenceIsFollowedUnlessItIsYears() throws {
        let (wall, store) = (SetClock(Self.start), MemoryStore())
        _ = try clock(store, wall)
        try record(wall.now, in: store)
        wall.pass(.seconds(365 * 86_400))
        #expect(try clock(store, wall).now() == wall.now)
        wall.step(Self.tenYears)
        let next = try clock(store, wall)
        #expect(next.now() == Self.start)
        wall.step(-Self.tenYears)
        #expect(next.now() == wall.now)
    }

    /// A machine starts with a clock of long ago, and is set right in a moment.
    @Test func aClockThatStartsInThePastIsFollowedOnceItIsSet() throws {
        let (wall, store) = (SetClock(Self.start), MemoryStore())
        _ = try clock(store, wall)
        try record(wall.now, in: store)
        wall.step(-Self.tenYears)
        let next = try clock(store, wall)
        #expect(next.now() == Self.start)
        wall.pass(.seconds(30))
        #expect(next.now() == Self.start + .seconds(30))
        wall.step(Self.tenYears + 86_400_000)
        #expect(next.now() == wall.now)
    }

    /// Nor is it followed by a process that comes meanwhile, which could take it for the time that it was away.
    @Test func aJumpIsRememberedOverARestart() throws {
        let (wall, store) = (SetClock(Self.start), MemoryStore())
        let first = try clock(store, wall)
        _ = first.now()
        wall.pass(.seconds(60))
        wall.step(86_400_000 * 30)
        #expect(first.now() == Self.start + .seconds(60))
        try record(first.now(), in: store)
        wall.pass(.seconds(5))
        let turns = Turns()
        let next = try clock(store, wall, tell: turns.add)
        #expect(next.now() == Self.start + .seconds(65))
        #expect(turns.all.count == 1)
        wall.step(-86_400_000 * 30)
        #expect(next.now() == Self.start + .seconds(65))
        #expect(next.standing?.isApart == false)
        // Nothing of it is left for another one.
        wall.pass(.seconds(86_400))
        #expect(try clock(store, wall).now() == wall.now)
    }

    /// A demonstration runs a day a minute: the jump is judged by the wall, not by what it would come to.
    @Test func aFastClockJudgesTheWall() throws {
        let wall = SetClock(Self.start)
        let clock = try clock(MemoryStore(), wall, scale: 1_440)
        let begin = clock.now()
        wall.pass(.seconds(30))
        #expect(clock.now() == begin + .seconds(43_200))
        wall.step(Self.tenYears)
        wall.pass(.seconds(30))
        #expect(clock.now() == begin + .seconds(86_400))
    }

    /// Whatever people do to a wall clock: time never goes back, is never before what has passed and what a clock has shown
    /// that held, and never stands still.
    @Test(arguments: 0..<200) func timeIsWithinWhatHasPassed(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let wall = SetClock(Self.start)
        let clock = try clock(MemoryStore(), wall)
        var last = clock.now()
        for _ in 0..<300 {
            if Int.random(in: 0..<20, using: &random) == 0 {
                wall.step(Self.jumps.randomElement(using: &random)!)
                wall.step(Int64.random(in: -5_000...5_000, using: &random))
            }
            let passed = Duration.milliseconds(Int64.random(in: 1...30_000, using: &random))
            wall.pass(passed)
            let before = last
            let held = clock.standing?.jump
            last = clock.now()
            #expect(last - before >= passed / 2)
            guard let held, let still = clock.standing?.jump, held.since == still.since else {
                continue
            }
            #expect(last - before <= passed)
        }
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
