import Definition
import Values

/// What somebody did, by the word that the audit has for it.
package enum AuditDeed: String, Sendable, Hashable, CaseIterable {
    case start, send
    // To an instance.
    case retry, complete, fail, assign, move, migrate, pause, resume, cancel, terminate
    case fireTimer = "fire-timer"
    // To a task.
    case taskClaim = "task.claim"
    case taskRelease = "task.release"
    case taskAssign = "task.assign"
    case taskComment = "task.comment"
    case taskDecide = "task.decide"
    case taskRemind = "task.remind"
    // To a schedule, an adapter, a workflow, money.
    case schedulePause = "schedule.pause"
    case scheduleResume = "schedule.resume"
    case scheduleRun = "schedule.run"
    case scheduleBackfill = "schedule.backfill"
    case adapterPause = "adapter.pause"
    case adapterResume = "adapter.resume"
    case adapterProbe = "adapter.probe"
    case workflowPause = "workflow.pause"
    case workflowResume = "workflow.resume"
    case moneyHold = "money.hold"
    case moneyRelease = "money.release"
    // To many instances.
    case operationBegin = "operation.begin"
    case operationHold = "operation.hold"
    case operationContinue = "operation.continue"
    case operationStop = "operation.stop"
    // To what is kept.
    case attachmentPut = "attachment.put"
    case archiveRestore = "archive.restore"
    case personErase = "person.erase"
    case substituteSet = "substitute.set"
    case substituteEnd = "substitute.end"
    case alertAcknowledge = "alert.acknowledge"
    case alertSilence = "alert.silence"
    case alertUnsilence = "alert.unsilence"
    case alertRedeliver = "alert.redeliver"
    case alertTest = "alert.test"
    /// Records that no word above is for.
    case records
    // Who comes in, and who does not.
    case login
    case loginFailed = "login.failed"
    case logout
    case denied
    case reveal
    case tokenCreate = "token.create"
    case tokenRevoke = "token.revoke"
    case keyRotate = "key.rotate"
    case clockFollow = "clock.follow"
    // Of the audit itself.
    /// What was erased of rows before.
    case erased
    /// An older copy of the database goes on from here.
    case restored

    /// Whoever has no right to it may try it any number of times: what is repeated is counted.
    package var isCoalesced: Bool { self == .denied || self == .loginFailed }
}

/// To what something was done.
package struct AuditTarget: Sendable, Hashable {
    /// `instance`, `adapter`, `schedule`, …
    @ExactText package private(set) var kind: String
    /// What names nobody: the workflow, the adapter, the number of an operation.
    package let place: String?
    /// What may name a person: an instance's key.
    package let key: String?

    package init(_ kind: String, _ place: String? = nil, key: String? = nil) {
        self.kind = kind
        self.place = place
        self.key = key
    }

    package init(_ name: InstanceName) { self.init("instance", name.workflow, key: name.key) }
}

extension Actor {
    /// Nobody knows who that is, and they say no name.
    package var isNameless: Bool { sameUTF8(subject, "anonymous") }
}

/// A row before it has its place.
package struct AuditEntry: Sendable, Hashable {
    package var at: Timestamp
    package let deed: AuditDeed
    /// On whose behalf.
    package var actor: Actor
    package let target: AuditTarget?
    /// Texts, whole numbers and truth only; never a payload.
    package var arguments: ValueMap
    package let reason: String?
    /// `started`, `applied`, a problem's code.
    package var outcome: String?
    /// Who really asked, and by which proof; nil: nobody was asked for one.
    package var principal: String?
    package var proof: String?
    package var request: String?

    package init(
        at: Timestamp = .distantPast, _ deed: AuditDeed, by actor: Actor,
        _ target: AuditTarget? = nil,
        _ arguments: ValueMap = ValueMap(), reason: String? = nil
    ) {
        self.at = at
        self.deed = deed
        self.actor = actor
        self.target = target
        self.arguments = arguments
        self.reason = reason.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// All of it that names nobody.
    func body(_ sequence: Int64) -> [UInt8] {
        var map: ValueMap = [
            "n": .int(sequence), "deed": .string(deed.rawValue), "role": .string(actor.role),
        ]
        map.set("proof", proof.map(Value.string))
        map.set("kind", (target?.kind).map(Value.string))
        map.set("place", (target?.place).map(Value.string))
        map.set("outcome", outcome.map(Value.string))
        if !arguments.isEmpty { map["arguments"] = .map(arguments) }
        map.set("request", request.map(Value.string))
        return JSON.encode(.map(map))
    }

    func text(_ part: AuditRow.Part) -> String? {
        switch part {
        case .subject: actor.subject
        case .principal: principal
        case .reason: reason
        case .key: target?.key
        }
    }
}

/// What a row says, for people; nothing is proven by it.
package struct AuditReading: Sendable, Hashable {
    package let row: AuditRow
    private let body: Value

    /// Of a body that is no JSON all is missing.
    package init(_ row: AuditRow) {
        self.row = row
        body = (try? Value(storedJSON: row.body)) ?? .map(ValueMap())
    }

    /// The number that the row was given.
    package var number: Int64? { body["n"]?.intValue }
    package var deed: String { body["deed"]?.stringValue ?? "" }
    package var role: String { body["role"]?.stringValue ?? "" }
    package var actor: String { "\(role)/\(row[.subject].words ?? "")" }
    package var proof: String? { body["proof"]?.stringValue }
    package var kind: String? { body["kind"]?.stringValue }
    package var place: String? { body["place"]?.stringValue }
    package var outcome: String? { body["outcome"]?.stringValue }
    package var request: String? { body["request"]?.stringValue }
    package var arguments: ValueMap { body["arguments"]?.mapValue ?? ValueMap() }

    /// `loan/7`, `adapter mail`.
    package var target: String? {
        guard let kind else { return nil }
        let key = row[.key].words
        if sameUTF8(kind, "instance") { return "\(place ?? "")/\(key ?? "")" }
        return ([kind, place, key] as [String?]).compactMap(\.self).joined(separator: " ")
    }

    /// Of `deed: erased`: the parts that were erased.
    package var stated: [String] {
        guard sameUTF8(deed, AuditDeed.erased.rawValue) else { return [] }
        return (arguments["parts"]?.stringValue ?? "").split(separator: " ").map(String.init)
    }
}
