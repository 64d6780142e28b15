import Schedule
import Values

/// One occurrence that starts an instance, now or later.
package struct PlannedOccurrence: Sendable, Hashable {
    /// The key of its instance: the same for the same occurrence on any node, so that it makes at most one (G6).
    package let key: String
    /// The local time that the rule names.
    package let nominal: String
    package let instant: Timestamp
    /// Of one that a backfill asks for: the moment of the occurrence before it.
    package let previous: Timestamp?

    package init(key: String, nominal: String, instant: Timestamp, previous: Timestamp? = nil) {
        self.key = key
        self.nominal = nominal
        self.instant = instant
        self.previous = previous
    }

    package init(_ occurrence: Occurrence, previous: Timestamp? = nil) {
        self.init(
            key: occurrence.identity, nominal: occurrence.nominal.description,
            instant: occurrence.instant, previous: previous)
    }

    private static let handPrefix = "run-"

    /// One that a person wants now. A moment is kept in milliseconds, so that it is the same before and after.
    /// - Parameter isTaken: whether another one has that key.
    static func byHand(at now: Timestamp, isTaken: (String) -> Bool) -> PlannedOccurrence {
        let instant = Timestamp(milliseconds: now.milliseconds)
        var key = handPrefix + instant.rfc3339
        // Of one millisecond; as many as may wait.
        for number in 2...1_002 where isTaken(key) {
            key = "\(handPrefix)\(instant.rfc3339)-\(number)"
        }
        return PlannedOccurrence(key: key, nominal: instant.rfc3339, instant: instant)
    }

    /// No pause holds it.
    package var isByHand: Bool { key.hasPrefix(Self.handPrefix) }
}

/// What is kept of a schedule between two looks at it.
package struct ScheduleRecord: Sendable, Hashable {
    /// Occurrences up to here are done with. A new schedule begins when it is first seen.
    package var processedUpTo: Timestamp
    /// Of the rule and its zone, as they were when it was last looked at.
    package var rule = ""
    package var pause: StandingPause?
    /// Keys of its instances that have not ended, as far as was looked.
    package var running: [String] = []
    /// Occurrences that wait, in order.
    package var buffered: [PlannedOccurrence] = []
    /// The latest that started.
    package var last: PlannedOccurrence?
    /// The number of the latest row of its log.
    package var lastRow: Int64 = 0

    package init(processedUpTo: Timestamp) { self.processedUpTo = processedUpTo }

    /// Of the records that hold schedules, by workflow.
    package static let collection = "pawl.schedules"
}

/// A line in a schedule's log: what became of an occurrence, or what a person did.
package struct ScheduleLogRow: Sendable, Hashable {
    package enum Outcome: String, Sendable, Hashable {
        case started
        /// A person wants it now; the next row of it says what came of that.
        case asked
        /// It waits for the running instance to end.
        case buffered
        case skipped
        /// The workflow did not take its input.
        case refused
        /// An instance of that key was there already.
        case existed
        /// The workflow's latest version has another rule, which holds from now on.
        case changed
        /// Nothing can be decided about an instance of it, so that it counts as over.
        case unreachable
        case paused
        case resumed
        case backfilled
    }

    package var number: Int64 = 0
    package let outcome: Outcome
    package let at: Timestamp
    /// The occurrence, or the first of a row of them.
    package var occurrence: PlannedOccurrence?
    /// The last of a row of them, and how many they are.
    package var last: String?
    package var count = 1
    /// Of a backfill, also where nothing was due in it.
    package var span: Range<Timestamp>?
    /// Why it did not run; what a person gave as the reason.
    package var reason: String?
    package var by: Actor?

    package init(_ outcome: Outcome, at: Timestamp) {
        self.outcome = outcome
        self.at = at
    }

    package static let collection = "pawl.schedule-log"

    /// It was due and started nothing, and nobody has said that it need not: no pause held it, and no policy of the
    /// schedule leaves it out. What log, metric and alert call missed.
    package var isMissed: Bool {
        switch outcome {
        case .refused: true
        // A reason that nobody knows is no reason to say nothing.
        case .skipped: reason.flatMap(SkipReason.init(rawValue:))?.isWanted != true
        case .started, .asked, .buffered, .existed, .changed, .unreachable, .paused, .resumed,
            .backfilled:
            false
        }
    }

    /// Rows of one schedule sort by their number.
    package static func id(_ workflow: String, _ number: Int64) -> String {
        "\(workflow)/\(number.padded(to: 12))"
    }
}

// MARK: - As values

extension PlannedOccurrence: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "key": .string(key), "nominal": .string(nominal), "instant": instant.encoded,
        ]
        map.set("previous", previous?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            key: try fields.string("key"), nominal: try fields.string("nominal"),
            instant: try fields.timestamp("instant"),
            previous: fields.optional("previous") == nil ? nil : try fields.timestamp("previous"))
    }
}

extension ScheduleRecord: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "processedUpTo": processedUpTo.encoded, "rule": .string(rule),
            "running": .list(running.map(Value.string)),
            "buffered": .list(buffered.map(\.encoded)), "lastRow": .int(lastRow),
        ]
        map.set("pause", pause?.encoded)
        map.set("last", last?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        processedUpTo = try fields.timestamp("processedUpTo")
        rule = try fields.string("rule")
        pause = try fields.decodeOptional("pause")
        running = try fields.list("running").compactMap(\.stringValue)
        buffered = try fields.decodeList("buffered")
        last = try fields.decodeOptional("last")
        lastRow = try fields.int64("lastRow")
    }
}

extension ScheduleLogRow: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "number": .int(number), "outcome": .string(outcome.rawValue), "at": at.encoded,
        ]
        map.set("occurrence", occurrence?.encoded)
        map.set("last", last.map(Value.string))
        if count != 1 { map["count"] = .int(Int64(count)) }
        map.set("reason", reason.map(Value.string))
        map.set("by", by?.encoded)
        map.set("from", span?.lowerBound.encoded)
        map.set("to", span?.upperBound.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        if fields.optional("from") != nil, fields.optional("to") != nil {
            let (from, to) = (try fields.timestamp("from"), try fields.timestamp("to"))
            span = from..<max(from, to)
        }
        number = try fields.int64("number")
        outcome = try fields.choice("outcome")
        at = try fields.timestamp("at")
        occurrence = try fields.decodeOptional("occurrence")
        last = try fields.optionalString("last")
        count = fields.optional("count") == nil ? 1 : try fields.int("count")
        reason = try fields.optionalString("reason")
        by = try fields.decodeOptional("by")
    }
}
