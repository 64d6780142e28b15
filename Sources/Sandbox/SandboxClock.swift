import Foundation
import Synchronization
import Values

/// Store time: the wall's time since an anchor, times a scale.
///
/// The anchor is kept in the data directory, so that a restart goes on where it would have been
/// instead of jumping back to the wall's time. A changed scale starts a new anchor at the moment
/// that the old one had reached.
final class SandboxClock: Sendable {
    private let anchor: Anchor
    private let wall: @Sendable () -> Int64
    private let latest = Mutex(Int64.min)

    struct Anchor: Hashable {
        /// Milliseconds since 1970 on the wall.
        var wall: Int64
        /// Milliseconds since 1970 in the store at that moment.
        var store: Int64
        var scale: Double

        func store(at wall: Int64) -> Int64 {
            let passed = (Double(wall) - Double(self.wall)) * scale
            return Int64(exactly: (Double(store) + passed).rounded()) ?? store
        }
    }

    init(
        scale: Double, saved: Anchor? = nil,
        wall: @escaping @Sendable () -> Int64 = SandboxClock.wallMilliseconds
    ) {
        let now = wall()
        if let saved, saved.scale == scale {
            anchor = saved
        } else {
            anchor = Anchor(wall: now, store: saved?.store(at: now) ?? now, scale: scale)
        }
        self.wall = wall
    }

    /// Never goes back, even when the wall's clock is set back.
    var now: Timestamp {
        let now = anchor.store(at: wall())
        return latest.withLock { latest in
            latest = max(latest, now)
            return Timestamp(milliseconds: latest)
        }
    }

    /// How long one must really wait for a span of store time.
    func real(_ span: Duration) -> Duration { span / anchor.scale }

    /// How much store time passes in a span of real time.
    func scaled(_ span: Duration) -> Duration { span * anchor.scale }

    static func wallMilliseconds() -> Int64 {
        Int64(exactly: (Date().timeIntervalSince1970 * 1000).rounded()) ?? 0
    }

    // MARK: File

    var encoded: [UInt8] {
        JSON.encode(
            .map(
                ValueMap([
                    ("wall", .int(anchor.wall)), ("store", .int(anchor.store)),
                    ("scale", .double(anchor.scale)),
                ])))
    }

    static func anchor(from bytes: [UInt8]) -> Anchor? {
        guard let value = try? JSON.parse(bytes), let wall = value["wall"]?.intValue,
            let store = value["store"]?.intValue, let scale = value["scale"]?.doubleValue,
            scale > 0, scale.isFinite
        else { return nil }
        return Anchor(wall: wall, store: store, scale: scale)
    }
}
