import Execution
import Glibc
import Sabotage
import Synchronization
import Values

/// The wall clock, or one that runs faster from an anchor on (`--time-scale`). The anchor is kept in the
/// store, so that a restart does not jump. A wall clock that jumps further than `ClockLimits` say is not followed before the
/// jump has held (`ClockReading`).
package final class WallClock: StoreClock {
    package struct Anchor: Sendable, Hashable {
        package let wall: Timestamp
        package let store: Timestamp
        package let scale: Double

        package init(wall: Timestamp, store: Timestamp, scale: Double) {
            self.wall = wall
            self.store = store
            self.scale = scale
        }

        package var value: Value {
            [
                "wall": .string(wall.rfc3339), "store": .string(store.rfc3339),
                "scale": .double(scale),
            ]
        }

        package init?(_ value: Value) {
            guard let wall = value["wall"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
                let store = value["store"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
                let scale = value["scale"]?.doubleValue, scale > 0
            else { return nil }
            self.init(wall: wall, store: store, scale: scale)
        }

        func storeTime(at wall: Timestamp) -> Timestamp {
            scale == 1 && self.wall == store ? wall : store + (wall - self.wall) * scale
        }

        /// What the wall clock shows when it is that time in the store.
        func wallTime(at store: Timestamp) -> Timestamp {
            scale == 1 && wall == self.store ? store : wall + (store - self.store) / scale
        }
    }

    private let anchor: Anchor
    private let limits: ClockLimits
    private let wall: @Sendable () -> Timestamp
    private let steady: @Sendable () -> Duration
    private let tell: @Sendable (ClockTurn) -> Void
    private let keep: @Sendable (ClockNote?) -> Void
    private let reading: Mutex<ClockReading>

    /// - Parameters:
    ///   - floor: what the store has recorded. While the wall clock is behind that, because it was set back, time
    ///     goes on from there at half speed: no timer waits for years, and the wall clock catches up.
    ///   - steady: a clock that nobody sets, from any origin.
    ///   - note: of a jump that an earlier process saw, in this life of the machine.
    ///   - keep: what the next process has to know; nil: nothing any more.
    ///   - tell: is told, once, of what becomes of a jump of the wall clock; on the thread that looked.
    package init(
        anchor: Anchor, notBefore floor: Timestamp? = nil, limits: ClockLimits = ClockLimits(),
        note: ClockNote? = nil, wall: @escaping @Sendable () -> Timestamp = wallTime,
        steady: @escaping @Sendable () -> Duration = steadyTime,
        keep: @escaping @Sendable (ClockNote?) -> Void = { _ in },
        tell: @escaping @Sendable (ClockTurn) -> Void = { _ in }
    ) {
        self.anchor = anchor
        self.limits = limits
        self.wall = wall
        self.steady = steady
        self.tell = tell
        self.keep = keep
        let time = max(anchor.store, floor ?? anchor.store)
        reading = Mutex(
            ClockReading(
                time: time, steady: note?.steady ?? steady(),
                believed: note?.wall ?? anchor.wallTime(at: time), isSettled: note != nil))
    }

    /// Since the machine was started, also while it slept: a machine that wakes has not had its clock set.
    package static func steadyTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    package static func wallTime() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    package func now() -> Timestamp { look().time }

    package var standing: ClockStanding? {
        let look = look()
        return look.reading.standing(wall: look.wall, anchor, limits)
    }

    package func follow() {
        _ = look()
        if let turn = reading.withLock({ $0.follow(wall(), isAsked: true) }) {
            keep(nil)
            tell(turn)
        }
    }

    private func look() -> (time: Timestamp, reading: ClockReading, wall: Timestamp) {
        let (look, turn) = reading.withLock { reading in
            let wall = wall()
            let turn = reading.look(wall: wall, steady: steady(), anchor, limits)
            return ((reading.time, reading, wall), turn)
        }
        if let turn {
            if case .jumped = turn {
                keep(ClockNote(steady: look.1.steady, wall: look.1.believed))
            } else {
                keep(nil)
            }
            tell(turn)
        }
        return look
    }

    /// The wall clock may be set while the engine sleeps, so it looks again.
    private static let longestSleep = Duration.seconds(1)

    package func delay(until moment: Timestamp) -> Duration {
        let rest = moment - now()
        return rest > .zero ? min(rest / anchor.scale, Self.longestSleep) : .zero
    }
}

extension WallClock {
    /// Goes on with the anchor of the store when the scale is the same, else anchors anew at the store's time.
    /// Time goes on from what the store has recorded, wherever the wall clock is.
    package static func resumed(
        scale: Double, store: any Store, limits: ClockLimits = ClockLimits(),
        wall: @escaping @Sendable () -> Timestamp = wallTime,
        steady: @escaping @Sendable () -> Duration = steadyTime,
        tell: @escaping @Sendable (ClockTurn) -> Void = { _ in }
    ) throws(StoreError) -> WallClock {
        let anchor = try anchor(scale: scale, store: store, wallNow: wall())
        return WallClock(
            anchor: anchor, notBefore: try store.lastMoment(), limits: limits,
            note: try store.setting(ClockNote.setting).flatMap(ClockNote.init), wall: wall,
            steady: steady,
            // Without it the next process takes the jump for its own absence: worse, and no reason to stop.
            keep: { try? store.set(ClockNote.setting, to: $0?.value ?? .null) }, tell: tell)
    }

    private static func anchor(
        scale: Double, store: any Store, wallNow: Timestamp
    ) throws(StoreError) -> Anchor {
        let known = try store.setting("clock.anchor").flatMap(Anchor.init)
        if let known, known.scale == scale { return known }
        let start = known.map { max($0.storeTime(at: wallNow), wallNow) } ?? wallNow
        let anchor = Anchor(
            wall: wallNow, store: scale == 1 && known == nil ? wallNow : start, scale: scale)
        try store.set("clock.anchor", to: anchor.value)
        return anchor
    }
}
