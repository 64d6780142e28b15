import Sabotage
import Values

/// What is known of time between two looks at the clocks: a value, which each look changes.
///
/// Two clocks are looked at: the wall clock, which people and programs set, and a steady one, which nobody sets and which
/// runs while the machine sleeps. The steady one says what the wall clock should show by now. Is it something near,
/// it is believed; is it something else, it was set, and a jump beyond the limits is not believed before it has held.
struct ClockReading {
    /// The store's time at the last look.
    private(set) var time: Timestamp
    /// At the last look.
    private(set) var steady: Duration
    /// What the wall clock showed at the last look, or should have shown.
    private(set) var believed: Timestamp
    /// Whether the wall clock was believed since the start: before that, the engine was away for nobody knows how long.
    private var isSettled: Bool
    private var jump: Jump?

    private struct Jump {
        let by: Duration
        let sinceSteady: Duration
        /// In the store's time.
        var since: Timestamp
    }

    /// - Parameters:
    ///   - believed: what the wall clock showed when the store last heard of it.
    ///   - isSettled: that was at the reading of `steady`, in this life of the machine.
    init(time: Timestamp, steady: Duration, believed: Timestamp, isSettled: Bool = false) {
        self.time = time
        self.steady = steady
        self.believed = believed
        self.isSettled = isSettled
    }

    /// - Returns: what has become of a jump, where something has.
    mutating func look(
        wall: Timestamp, steady now: Duration, _ anchor: WallClock.Anchor, _ limits: ClockLimits
    ) -> ClockTurn? {
        let passed = now - steady
        steady = now
        let turn = believe(wall, expected: believed + passed, limits)
        let slowly = isMutant(.timerDroppedOnStepBack) ? .zero : passed * anchor.scale / 2
        time = max(time + slowly, anchor.storeTime(at: believed))
        if case .jumped = turn { jump?.since = time }
        return turn
    }

    private mutating func believe(
        _ wall: Timestamp, expected: Timestamp, _ limits: ClockLimits
    ) -> ClockTurn? {
        let off = wall - expected
        let ahead = isSettled ? limits.step : max(limits.step, limits.absence)
        if isMutant(.clockJumpFollowedAtOnce) || (.zero - limits.step...ahead).contains(off) {
            let turn: ClockTurn? = jump == nil ? nil : .returned
            jump = nil
            take(wall)
            return turn
        }
        guard let held = jump, (.zero - limits.step...limits.step).contains(off - held.by) else {
            jump = Jump(by: off, sinceSteady: steady, since: time)
            believed = expected
            return .jumped(by: off, to: wall, followedAfter: limits.stepout)
        }
        guard steady - held.sinceSteady >= limits.stepout, !isMutant(.clockJumpNeverFollowed) else {
            believed = expected
            return nil
        }
        return follow(wall, isAsked: false)
    }

    /// - Returns: nil where nothing was left to follow.
    mutating func follow(_ wall: Timestamp, isAsked: Bool) -> ClockTurn? {
        guard let held = jump else { return nil }
        jump = nil
        take(wall)
        return .followed(by: held.by, isAsked: isAsked)
    }

    private mutating func take(_ wall: Timestamp) {
        believed = wall
        isSettled = true
    }

    /// As of the last look, at which the wall clock showed this.
    func standing(
        wall: Timestamp, _ anchor: WallClock.Anchor, _ limits: ClockLimits
    ) -> ClockStanding {
        ClockStanding(
            store: time, wall: wall,
            jump: jump.map {
                .init(
                    by: $0.by, since: $0.since,
                    followedIn: limits.stepout - (steady - $0.sinceSteady))
            },
            ahead: max(time - anchor.storeTime(at: believed), .zero))
    }
}
