import Foundation
import Values

/// What the wall clock should have shown at a reading of the clock that nobody sets: kept while a jump is not followed, so that a
/// process that comes meanwhile does not take it for the time that it was away.
package struct ClockNote: Sendable, Hashable {
    static let setting = "clock.jump"

    /// Since the machine was started.
    let steady: Duration
    let wall: Timestamp

    init(steady: Duration, wall: Timestamp) {
        self.steady = steady
        self.wall = wall
    }

    var value: Value {
        let (seconds, attoseconds) = steady.components
        return [
            "boot": .string(Self.boot), "seconds": .int(seconds),
            "nanoseconds": .int(attoseconds / 1_000_000_000), "wall": .string(wall.rfc3339),
        ]
    }

    /// nil: there is none, or it is of another life of the machine, whose clock began anew.
    init?(_ value: Value) {
        guard let boot = value["boot"]?.stringValue, sameUTF8(boot, Self.boot), !boot.isEmpty,
            let seconds = value["seconds"]?.intValue,
            let nanoseconds = value["nanoseconds"]?.intValue,
            let wall = value["wall"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
        else { return nil }
        self.init(steady: .seconds(seconds) + .nanoseconds(nanoseconds), wall: wall)
    }

    /// Of this life of the machine; empty where nobody says.
    private static let boot: String = {
        let file = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id")
        return String(decoding: file ?? Data(), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }()
}
