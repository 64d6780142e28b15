import Definition
import Values

/// Who holds something since when, and why.
package struct StandingPause: Sendable, Hashable {
    package let reason: String
    package let by: Actor
    package let at: Timestamp

    package init(reason: String, by: Actor, at: Timestamp) {
        self.reason = reason
        self.by = by
        self.at = at
    }
}

extension StandingPause: ValueCodable {
    package var encoded: Value {
        ["reason": .string(reason), "by": by.encoded, "at": at.encoded]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            reason: try fields.string("reason"), by: try fields.decode("by"),
            at: try fields.timestamp("at"))
    }
}

/// What a person does to an adapter: no call of it leaves, or they do again.
package enum AdapterAction: Sendable, Hashable {
    case pause(reason: String)
    case resume(reason: String)
}

/// Whether a person holds an adapter, and who held it before: no call of it leaves meanwhile, whatever it is for.
///
/// A record of the engine's own, written before anybody is told that it is so. A process that begins reads all of them
/// before it sends anything.
package struct AdapterPause: Sendable, Hashable {
    package static let collection = "pawl.adapter-pause"
    /// Changes that are remembered.
    package static let remembered = 20

    package struct Change: Sendable, Hashable {
        package let isPaused: Bool
        package let standing: StandingPause
    }

    /// nil: its calls leave.
    package private(set) var pause: StandingPause?
    /// The latest first.
    package private(set) var log: [Change] = []

    package init() {}

    /// - Returns: false when it is so already.
    package mutating func take(
        _ action: AdapterAction, by actor: Actor, at now: Timestamp
    ) -> Bool {
        let isPaused: Bool
        let reason: String
        switch action {
        case .pause(let text): (isPaused, reason) = (true, text)
        case .resume(let text): (isPaused, reason) = (false, text)
        }
        guard (pause != nil) != isPaused else { return false }
        let standing = StandingPause(reason: reason, by: actor, at: now)
        pause = isPaused ? standing : nil
        log.insert(Change(isPaused: isPaused, standing: standing), at: 0)
        log.removeLast(max(0, log.count - Self.remembered))
        return true
    }
}

extension AdapterPause: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "log": .list(
                log.map(\.encoded))
        ]
        map.set("pause", pause?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        pause = try fields.decodeOptional("pause")
        log = try fields.decodeList("log")
    }
}

extension AdapterPause.Change: ValueCodable {
    package var encoded: Value { ["paused": .bool(isPaused), "standing": standing.encoded] }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        isPaused = try fields.bool("paused")
        standing = try fields.decode("standing")
    }
}
