import Definition
import Execution
import Sabotage
import Values

/// What a person does to money that moves. The number was given out before.
package enum MoneyAction: Sendable, Hashable {
    case hold(Int64, MoneyScope, reason: String)
    case release(Int64, reason: String)
}

/// Money that people hold (G20).
///
/// Theory of operation. A hold is one record. From the decision that makes it on no attempt that it covers is decided: it
/// waits in its run as `held`. Behind its flush, and before anybody is told, the adapters are, who give back what waits
/// for its turn, its rate or the breaker; each of those is `held` by a commit of its own. Held calls stay in the
/// outbox, which says that they are not with the adapters, so that a process that begins knows which were not sent, and a
/// release finds them: it goes through the outbox, the oldest instances first, so many at a time between other work.
extension EngineMachine {
    mutating func act(
        onMoney action: MoneyAction, _ actor: Actor, now: Timestamp
    ) throws(StoreError) -> Reply {
        let now = now.ceilingToMilliseconds
        switch action {
        case .hold(let number, let scope, let reason):
            if let problem = scope.problem(in: catalog) { return .refused(problem) }
            guard try record(ofHold: number) == nil else {
                return .refused(Problem(.notApplicable, "hold \(number) is there already"))
            }
            let hold = MoneyHold(
                number, scope, StandingPause(reason: reason, by: actor, at: now))
            keep([hold.write(at: 0)])
            catalog.holds.place(hold)
        case .release(let number, let reason):
            guard let row = try record(ofHold: number) else {
                return .refused(.unknownHold(number, catalog.holds))
            }
            var hold = MoneyHold(of: row)
            if let problem = hold.problem(releasedBy: actor) { return .refused(problem) }
            hold.release(StandingPause(reason: reason, by: actor, at: now))
            keep([hold.write(at: row.revision)])
            catalog.holds.release(number)
        }
        // The last word, and before anything that was decided earlier in this batch leaves.
        open.effects.removeAll { if case .setHolds = $0 { true } else { false } }
        open.effects.insert(.setHolds(catalog.holds), at: 0)
        return .receipts([])
    }

    private mutating func record(ofHold number: Int64) throws(StoreError) -> RecordRow? {
        let query = RecordQuery(
            collection: MoneyHold.collection, selection: .id(MoneyHold.id(number)), limit: 1)
        return try records.records(query, from: store).records.first
    }

    /// As the store says; what a release before had not come to is gone through again.
    mutating func loadHolds() throws(StoreError) {
        catalog.holds = isMutant(.moneyHoldForgotten) ? MoneyHolds() : try MoneyHolds(store)
        let query = RecordQuery(
            collection: MoneyHold.collection, selection: .group(MoneyHold.ended), limit: 1)
        if try !store.records(query).records.isEmpty { money.begin() }
    }

    /// Rows of the outbox gone through in one look.
    private static let shareOfMoney = 64

    mutating func lookAtMoney(now: Timestamp) throws(StoreError) {
        let rows = try store.calls(after: money.last, count: Self.shareOfMoney)
        for row in rows where row.isHeld && catalog.hold(of: row) == nil {
            guard case .found(let run) = try find(row.id.instance) else { continue }
            try decide(run, .releaseMoney, now: now)
        }
        money.looked(next: rows.count == Self.shareOfMoney ? rows.last?.id : nil)
    }
}

/// How far the outbox was gone through behind a release.
struct MoneySweep {
    private enum Stage: Hashable {
        case none
        case due
        case queued
    }

    private var stage = Stage.none
    /// A release while it is under way begins anew at its end.
    private var isWantedAgain = false
    /// The call that was looked at last.
    private(set) var last: CallID?

    var isDue: Bool { stage == .due }

    mutating func begin() {
        switch stage {
        case .none: (stage, last) = (.due, nil)
        case .due, .queued: isWantedAgain = true
        }
    }

    /// - Returns: whether it is to be looked at now.
    mutating func take() -> Bool {
        guard stage == .due else { return false }
        stage = .queued
        return true
    }

    mutating func looked(next: CallID?) {
        last = next
        stage = next == nil ? .none : .due
        if next == nil, isWantedAgain {
            isWantedAgain = false
            stage = .due
        }
    }

    /// Once a release is durable nothing of before it is still to be written.
    mutating func flushed(_ writes: [RecordWrite]) {
        for write in writes where sameUTF8(write.collection, MoneyHold.collection) {
            if sameUTF8(write.group, MoneyHold.ended) { begin() }
        }
    }
}

extension MoneyHold {
    /// Why that person does not release it; nil: they may.
    package func problem(releasedBy actor: Actor) -> Problem? {
        if let released {
            return Problem(
                .notApplicable, "hold \(number) was released by \(released.by): \(released.reason)",
                fix: "`pawl money` says what is held")
        }
        guard !mayBeReleased(by: actor) else { return nil }
        return Problem(
            .forbidden,
            "\(placed.by) placed hold \(number), and somebody else has to release it",
            fix: "ask another operator: `pawl money release \(number) --reason '<why>'`, after "
                + "`pawl money release \(number) --dry-run` has shown what would leave")
    }
}

extension Problem {
    package static func unknownHold(_ number: Int64, _ holds: MoneyHolds) -> Problem {
        let known = holds.list.map { "\($0.number)" }.joined(separator: ", ")
        return Problem(
            .notFound, "there is no hold \(number)",
            fix: known.isEmpty ? "no money is held: `pawl money`" : "these stand: \(known)")
    }
}
