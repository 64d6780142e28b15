import Definition
import Values

/// What a person does to an adapter or to a workflow.
package enum PauseAction: Sendable, Hashable {
    case pause(reason: String)
    case resume(reason: String)
}

/// Whether a person holds an adapter or a workflow, and who held it before.
///
/// A record of the engine's own, by the name of what is held, written before anybody is told that it is so. A process
/// that begins reads all of them before it sends or decides anything.
package struct PauseRecord: Sendable, Hashable {
    /// No call of the adapter leaves, whatever it is for.
    package static let ofAdapters = "pawl.adapter-pause"
    /// Nothing of the workflow's instances moves, and what starts waits.
    package static let ofWorkflows = "pawl.workflow-pause"
    /// Changes that are remembered.
    package static let remembered = 20

    package struct Change: Sendable, Hashable {
        package let isPaused: Bool
        package let standing: StandingPause
    }

    /// nil: nobody holds it.
    package private(set) var pause: StandingPause?
    /// The latest first.
    package private(set) var log: [Change] = []

    package init() {}

    /// - Returns: false when it is so already.
    package mutating func take(
        _ action: PauseAction, by actor: Actor, at now: Timestamp
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

extension PauseRecord: ValueCodable {
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

extension PauseRecord.Change: ValueCodable {
    package var encoded: Value { ["paused": .bool(isPaused), "standing": standing.encoded] }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        isPaused = try fields.bool("paused")
        standing = try fields.decode("standing")
    }
}
