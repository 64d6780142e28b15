import Execution
import Values

/// One condition from the moment somebody could be told of it until it is over.
package struct Alert: Sendable, Hashable {
    /// Who has seen it.
    package struct Acknowledgement: Sendable, Hashable {
        package let by: Actor
        package let at: Timestamp
        package let note: String

        package init(by: Actor, at: Timestamp, note: String) {
            self.by = by
            self.at = at
            self.note = note
        }
    }

    /// What a receiver was sent of it.
    package struct Notice: Sendable, Hashable {
        package let receiver: ExactText
        /// When the last message was made, which is not yet that it was taken.
        package var at: Timestamp
        /// When the receiver last took one while the alert was open.
        package var toldAt: Timestamp?

        package init(receiver: ExactText, at: Timestamp, toldAt: Timestamp? = nil) {
            self.receiver = receiver
            self.at = at
            self.toldAt = toldAt
        }
    }

    /// Derived from what it is about and since when, so that the same is the same after any restart.
    @ExactText package private(set) var id: String
    package var condition: Condition
    /// When what is kept of the condition was last written.
    package var updatedAt: Timestamp
    /// The condition is gone, and may come back in a moment.
    package var goneSince: Timestamp?
    package var resolvedAt: Timestamp?
    package var acknowledgement: Acknowledgement?
    package var notices: [Notice] = []
    /// Messages that were made of it.
    package var messages = 0

    package init(_ condition: Condition, at now: Timestamp) {
        self.condition = condition
        updatedAt = now
        let text =
            "\(condition.kind.rawValue)\n\(condition.subject)\n\(condition.since.milliseconds)"
        id = "a-" + String(SHA256.hex(of: text).prefix(16))
    }

    /// Of the records that hold alerts, in the groups `open` and `resolved`.
    package static let collection = "pawl.alert"
    package static let open = "open"
    package static let resolved = "resolved"
    /// Of those that are resolved, the newest that are kept.
    package static let kept = 200

    package var group: String { resolvedAt == nil ? Self.open : Self.resolved }

    package func matches(_ matcher: Matcher) -> Bool {
        matcher.matches(
            kind: condition.kind, workflows: condition.workflows, adapter: condition.adapter,
            cause: condition.cause)
    }
}

/// Nobody is told of some alerts until a moment.
package struct Silence: Sendable, Hashable {
    @ExactText package private(set) var id: String
    package let matcher: Matcher
    package let from: Timestamp
    package let until: Timestamp
    package let by: Actor
    package let reason: String

    package init(
        _ matcher: Matcher, from: Timestamp, until: Timestamp, by: Actor, reason: String
    ) {
        self.matcher = matcher
        self.from = from
        self.until = until
        self.by = by
        self.reason = reason
        let text = JSON.string([
            matcher.encoded, from.encoded, until.encoded, by.encoded, .string(reason),
        ])
        id = "s-" + String(SHA256.hex(of: text).prefix(12))
    }

    package static let collection = "pawl.alert-silence"
    /// After its end.
    package static let shown = Duration.seconds(86_400)
    /// How long at most.
    package static let maximumLength = Duration.seconds(366 * 86_400)
    /// That there may be at once.
    package static let maximumCount = 200

    package func holds(at moment: Timestamp) -> Bool { from <= moment && moment < until }
}

// MARK: - As values

extension Matcher: ValueCodable {
    package var encoded: Value {
        var map = ValueMap()
        if !kinds.isEmpty {
            map["kinds"] = .list(
                Condition.Kind.allCases.filter(kinds.contains).map { .string($0.rawValue) })
        }
        map.set("workflow", workflow.map(Value.string))
        map.set("adapter", adapter.map(Value.string))
        map.set("cause", cause.map(Value.string))
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init()
        if fields.optional("kinds") != nil {
            for text in try fields.list("kinds") {
                guard let kind = text.stringValue.flatMap(Condition.Kind.init(rawValue:)) else {
                    throw DecodingFailure(message: "a kind of alert is expected", path: "kinds")
                }
                kinds.insert(kind)
            }
        }
        workflow = try fields.optionalString("workflow")
        adapter = try fields.optionalString("adapter")
        cause = try fields.optionalString("cause")
    }
}

extension Condition: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "kind": .string(kind.rawValue), "subject": .string(subject), "since": since.encoded,
            "count": .int(Int64(count)),
            "workflows": .list(workflows.map { .string($0.text) }),
            "examples": .list(examples.map(Value.string)), "sentence": .string(sentence),
            "commands": .list(commands.map(Value.string)),
        ]
        map.set("cause", cause.map(Value.string))
        map.set("adapter", adapter.map(Value.string))
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            try fields.choice("kind"), try fields.string("subject"),
            since: try fields.timestamp("since"), sentence: try fields.string("sentence"))
        count = try fields.int("count")
        workflows = try fields.list("workflows").compactMap(\.stringValue).map { ExactText($0) }
        examples = try fields.list("examples").compactMap(\.stringValue)
        commands = try fields.list("commands").compactMap(\.stringValue)
        cause = try fields.optionalString("cause")
        adapter = try fields.optionalString("adapter")
    }
}

extension Alert: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "condition": condition.encoded, "updatedAt": updatedAt.encoded,
            "messages": .int(Int64(messages)),
            "notices": .list(
                notices.map { notice in
                    var map: ValueMap = [
                        "receiver": .string(notice.receiver.text), "at": notice.at.encoded,
                    ]
                    map.set("toldAt", notice.toldAt?.encoded)
                    return .map(map)
                }),
        ]
        map.set("goneSince", goneSince?.encoded)
        map.set("resolvedAt", resolvedAt?.encoded)
        map.set(
            "acknowledgement",
            acknowledgement.map {
                ["by": $0.by.encoded, "at": $0.at.encoded, "note": .string($0.note)]
            })
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(try fields.decode("condition"), at: try fields.timestamp("updatedAt"))
        messages = try fields.int("messages")
        goneSince = try fields.optionalTimestamp("goneSince")
        resolvedAt = try fields.optionalTimestamp("resolvedAt")
        for value in try fields.list("notices") {
            let notice = try FieldReader(value)
            notices.append(
                Notice(
                    receiver: ExactText(try notice.string("receiver")),
                    at: try notice.timestamp("at"),
                    toldAt: try notice.optionalTimestamp("toldAt")))
        }
        if let value = fields.optional("acknowledgement") {
            let own = try FieldReader(value)
            acknowledgement = Acknowledgement(
                by: try own.decode("by"), at: try own.timestamp("at"), note: try own.string("note"))
        }
    }
}

extension Silence: ValueCodable {
    package var encoded: Value {
        [
            "matcher": matcher.encoded, "from": from.encoded, "until": until.encoded,
            "by": by.encoded, "reason": .string(reason),
        ]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            try fields.decode("matcher"), from: try fields.timestamp("from"),
            until: try fields.timestamp("until"), by: try fields.decode("by"),
            reason: try fields.string("reason"))
    }
}
