import Execution
import Glibc
import Sabotage
import Synchronization
import Values

/// The store's time: what decisions and timers run on. Never steps back.
package protocol StoreClock: Sendable {
    func now() -> Timestamp
    /// How long to sleep until then.
    func delay(until moment: Timestamp) -> Duration
}

/// The wall clock, or one that runs faster from an anchor on (`--time-scale`). The anchor is kept in the
/// store, so that a restart does not jump.
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
    }

    private let anchor: Anchor
    private let wall: @Sendable () -> Timestamp
    private let steady: @Sendable () -> Duration
    private let last: Mutex<Reading>

    private struct Reading {
        var time: Timestamp
        var steady: Duration
    }

    /// - Parameters:
    ///   - floor: what the store has recorded. While the wall clock is behind that, because it was set back, time
    ///     goes on from there at half speed: no timer waits for years, and the wall clock catches up.
    ///   - steady: a clock that nobody sets, from any origin.
    package init(
        anchor: Anchor, notBefore floor: Timestamp? = nil,
        wall: @escaping @Sendable () -> Timestamp = wallTime,
        steady: @escaping @Sendable () -> Duration = steadyTime
    ) {
        self.anchor = anchor
        self.wall = wall
        self.steady = steady
        last = Mutex(Reading(time: max(anchor.store, floor ?? anchor.store), steady: steady()))
    }

    package static func steadyTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    package static func wallTime() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    package func now() -> Timestamp {
        last.withLock { last in
            let steady = steady()
            let passed = isMutant(.timerDroppedOnStepBack) ? .zero : steady - last.steady
            let atLeast = last.time + passed * anchor.scale / 2
            last = Reading(time: max(atLeast, anchor.storeTime(at: wall())), steady: steady)
            return last.time
        }
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
        scale: Double, store: any Store, wall: @escaping @Sendable () -> Timestamp = wallTime,
        steady: @escaping @Sendable () -> Duration = steadyTime
    ) throws(StoreError) -> WallClock {
        let wallNow = wall()
        let floor = try store.lastMoment()
        let known = try store.setting("clock.anchor").flatMap(Anchor.init)
        if let known, known.scale == scale {
            return WallClock(anchor: known, notBefore: floor, wall: wall, steady: steady)
        }
        let start = known.map { max($0.storeTime(at: wallNow), wallNow) } ?? wallNow
        let anchor = Anchor(
            wall: wallNow, store: scale == 1 && known == nil ? wallNow : start, scale: scale)
        try store.set("clock.anchor", to: anchor.value)
        return WallClock(anchor: anchor, notBefore: floor, wall: wall, steady: steady)
    }
}
