import Definition
import Values

/// An event that moved nothing when it came: kept, held, ignored, rejected, or refused before an instance saw it.
///
/// For people, who would not hear of it otherwise: what a sender is told stays with the sender. Nothing reads it back to
/// decide. A store keeps the newest `maximum` of those that wait, and of the others.
package struct UnmatchedRow: Sendable, Hashable {
    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        case kept, held, ignored, rejected
        /// No instance was asked: nobody declares it, its data do not fit, its sender may not, there is no instance.
        case refused

        /// It waits for its time. Those are a list of their own, so that what is kept by the thousand hides nothing that
        /// was rejected.
        package var isEarly: Bool { self == .kept || self == .held }
    }

    package static let maximum: Int64 = 10_000
    /// Data of more bytes are left out.
    package static let maximumData = 2_000

    /// In the order in which they came, of either list; 0 until it is stored.
    package let number: Int64
    package let at: Timestamp
    @ExactText package private(set) var event: String
    /// Whom it was for, as far as that is known; empty: it is not.
    @ExactText package private(set) var workflow: String
    @ExactText package private(set) var key: String
    package let told: Told

    /// What is kept besides the columns by which it is found.
    package struct Told: Sendable, Hashable {
        package let id: String
        package let by: String
        package let outcome: Outcome
        package let code: String?
        package let message: String?
        /// Null: there were none, or too much.
        package let data: Value

        package init(
            id: String, by: String, outcome: Outcome, code: String?, message: String?, data: Value
        ) {
            self.id = id
            self.by = by
            self.outcome = outcome
            self.code = code
            self.message = message
            self.data = data
        }
    }

    package init(
        number: Int64 = 0, at: Timestamp, event: String, workflow: String, key: String, told: Told
    ) {
        self.number = number
        self.at = at
        self.event = event
        self.workflow = workflow
        self.key = key
        self.told = told
    }

    /// nil: it was taken, now or before.
    package init?(
        _ event: InboundEvent, for name: InstanceName, _ receipt: Receipt, at now: Timestamp
    ) {
        let outcome: Outcome
        switch receipt.outcome {
        case .applied, .duplicate: return nil
        case .kept: outcome = .kept
        case .held: outcome = .held
        case .ignored: outcome = .ignored
        case .rejected: outcome = .rejected
        }
        self.init(
            event, workflow: name.workflow, key: name.key, outcome, code: receipt.code,
            message: receipt.message, at: now)
    }

    package init(
        _ event: InboundEvent, workflow: String?, key: String?, _ problem: Problem,
        at now: Timestamp
    ) {
        let details = problem.errors.map { "\($0.pointer) \($0.detail)" }
        self.init(
            event, workflow: workflow, key: key, .refused, code: problem.code.rawValue,
            message: ([problem.message] + details).joined(separator: "; "), at: now)
    }

    /// Of an instance that was erased nothing comes back with what is sent to it late.
    package var withoutData: UnmatchedRow {
        UnmatchedRow(
            number: number, at: at, event: event, workflow: workflow, key: key,
            told: Told(
                id: told.id, by: told.by, outcome: told.outcome, code: told.code,
                message: told.message, data: .null))
    }

    /// As the history tells it; nil: the entry tells of no event that moved nothing.
    package init?(_ entry: HistoryEntry, of name: InstanceName) {
        let outcome: Outcome
        switch HistoryKind(rawValue: entry.kind) {
        case .eventKept: outcome = .kept
        case .eventHeld: outcome = .held
        case .eventIgnored: outcome = .ignored
        case .eventRejected, .eventDiscarded: outcome = .rejected
        default: return nil
        }
        guard let event = entry.data["event"]?.stringValue, let id = entry.data["id"]?.stringValue,
            let sender = entry.data["by"]?.stringValue
        else { return nil }
        self.init(
            event, id: id, by: sender, entry.data["data"] ?? .null, workflow: name.workflow,
            key: name.key, outcome, code: entry.data["code"]?.stringValue,
            message: entry.data["message"]?.stringValue, at: entry.at)
    }

    private init(
        _ event: InboundEvent, workflow: String?, key: String?, _ outcome: Outcome, code: String?,
        message: String?, at now: Timestamp
    ) {
        self.init(
            event.name, id: event.id, by: event.sender.description, event.data,
            workflow: workflow, key: key, outcome, code: code, message: message, at: now)
    }

    private init(
        _ event: String, id: String, by sender: String, _ data: Value, workflow: String?,
        key: String?, _ outcome: Outcome, code: String?, message: String?, at now: Timestamp
    ) {
        let data = data.plain
        let isShort = data.weight(upTo: Self.maximumData) < Self.maximumData
        self.init(
            at: now.ceilingToMilliseconds, event: event, workflow: workflow ?? "", key: key ?? "",
            told: Told(
                id: id, by: sender, outcome: outcome, code: code,
                message: message?.shortened(to: 500), data: isShort ? data : .null))
    }
}

/// A page of one of the lists, the newest first.
package struct UnmatchedQuery: Sendable, Hashable {
    @ExactText package private(set) var event: String
    @ExactText package private(set) var workflow: String
    @ExactText package private(set) var key: String
    /// nil: any of those that do not wait.
    package let outcome: UnmatchedRow.Outcome?
    /// Only those with a smaller number; nil: from the newest.
    package let before: Int64?
    package let count: Int

    /// - Parameters: an empty text asks for any.
    package init(
        event: String = "", workflow: String = "", key: String = "",
        outcome: UnmatchedRow.Outcome? = nil, before: Int64? = nil, count: Int
    ) {
        self.event = event
        self.workflow = workflow
        self.key = key
        self.outcome = outcome
        self.before = before
        self.count = count
    }

    package var isEarly: Bool { outcome?.isEarly ?? false }

    package func matches(_ row: UnmatchedRow) -> Bool {
        func holds(_ asked: String, _ text: String) -> Bool {
            asked.isEmpty || sameUTF8(asked, text)
        }
        return row.number < before ?? .max && holds(event, row.event)
            && holds(workflow, row.workflow) && holds(key, row.key)
            && (outcome.map { $0 == row.told.outcome } ?? !row.told.outcome.isEarly)
    }
}

extension UnmatchedRow.Told: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "id": .string(id), "by": .string(by), "outcome": .string(outcome.rawValue),
        ]
        map.set("code", code.map { .string($0) })
        map.set("message", message.map { .string($0) })
        if !data.isNull { map["data"] = data }
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        let word = try fields.string("outcome")
        guard let outcome = UnmatchedRow.Outcome(rawValue: word) else {
            throw DecodingFailure(message: "\(word) is no outcome of an event")
        }
        self.init(
            id: try fields.string("id"), by: try fields.string("by"), outcome: outcome,
            code: fields.optional("code")?.stringValue,
            message: fields.optional("message")?.stringValue, data: fields.optional("data") ?? .null
        )
    }
}
