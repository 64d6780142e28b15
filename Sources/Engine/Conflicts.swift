import Definition
import Execution
import Sabotage
import Values

/// Work whose batch the store refused as a conflict: something was decided on what the store does not hold.
///
/// Everything undone is decided again from the store, which mends whatever was a matter of moments. What was in the
/// refused batch is from then on decided alone, so that one that conflicts again holds up no other; the more often it
/// does so in a row, the less of it is tried. The last step writes nothing: no conflict goes on for ever.
struct Conflicts {
    enum Treatment: Hashable {
        case together
        case alone
        /// Its local operations are refused, for they alone read and write what belongs to others.
        case withoutOperations
        /// Its instance is parked, its requester is refused.
        case parked
        /// It is left alone, in this process.
        case setAside
    }

    private struct Refusals {
        var count = 0
        var reason = ""
    }

    /// Refusals of one work in a row that may be others' doing.
    static let attempts = 3
    private static let maximum = 50_000

    private var refused: [WorkID: Refusals] = [:]
    /// Neither done nor tried any more, until the instance's incident is closed; the store has most of it as well.
    private var aside: [WorkID: (work: Work, instance: InstanceID?)] = [:]

    var isEmpty: Bool { refused.isEmpty && aside.isEmpty }

    func treatment(of work: Work) -> Treatment {
        if isEmpty { return .together }
        if aside[work.id] != nil { return .setAside }
        return switch refused[work.id]?.count ?? 0 {
        case 0: .together
        case ...Self.attempts: .alone
        case Self.attempts + 1: .withoutOperations
        case Self.attempts + 2: .parked
        default: .setAside
        }
    }

    /// What the store said of it last.
    func reason(of work: Work) -> String { refused[work.id]?.reason ?? "" }

    mutating func refused(_ work: [Work], _ reason: String) {
        if isMutant(.conflictsDecidedTogether) { return }
        // What vanished meanwhile, like a timer that something else cleared, is never asked for again.
        if refused.count > Self.maximum { refused = [:] }
        for item in work {
            refused[item.id, default: Refusals()].count += 1
            refused[item.id]?.reason = reason
        }
    }

    /// The batch is durable. What was given up in it is kept for a retry.
    mutating func flushed(_ batch: Batch) {
        guard !refused.isEmpty else { return }
        for item in batch.work {
            let last = treatment(of: item)
            refused[item.id] = nil
            guard last == .parked || last == .setAside, item.isKeptAside else { continue }
            aside[item.id] = (item, batch.commits.last?.instance?.id)
        }
    }

    /// It came to nothing.
    mutating func forget(_ work: Work) { refused[work.id] = nil }

    /// Somebody had the instance tried again: so is what was set aside.
    mutating func takeBack(of instance: InstanceID) -> [Work] {
        let found = aside.filter { $0.value.instance == instance }
        for id in found.keys { aside[id] = nil }
        return found.values.map(\.work).sorted { $0.fingerprint < $1.fingerprint }
    }
}

/// Names a piece of work, also when it is found in the store again.
enum WorkID: Hashable {
    case request(RequestID)
    case message(MessageID)
    case timer(TimerRow)
    case answer(CallID)
    case schedule(ExactText)
    case operation(Int64)
    case erasure(Int64)
    case pause(ExactText)
    case money
    case park(InstanceID)
}

extension Work {
    var id: WorkID {
        switch self {
        case .request(let id, _): .request(id)
        case .message(let message): .message(message.id)
        case .timer(let row): .timer(row)
        case .answer(let id, _): .answer(id)
        case .schedule(let workflow): .schedule(ExactText(workflow))
        case .operation(let number): .operation(number)
        case .erasure(let number): .erasure(number)
        case .pause(let workflow): .pause(ExactText(workflow))
        case .money: .money
        case .recall(let call): .answer(call.id)
        case .park(let id, _): .park(id)
        }
    }
}

extension Work {
    /// For the log.
    fileprivate var words: String {
        switch self {
        case .request: "a request"
        case .schedule(let workflow): "schedule \(workflow)"
        case .operation(let number): "operation \(number)"
        case .erasure(let number): "erasure \(number)"
        case .message(let message): "a message of instance \(message.id.source)"
        case .timer(let row): "timer \(row.id) of instance \(row.instance)"
        case .answer(let id, _): "an answer to instance \(id.instance)"
        case .pause(let workflow): "the pause of \(workflow)"
        case .money: "the release of held money"
        case .recall(let call): "a call of instance \(call.id.instance)"
        case .park(let id, _): "instance \(id)"
        }
    }

    /// A request was answered, and schedules and operations are looked at again by themselves.
    fileprivate var isKeptAside: Bool {
        switch self {
        case .message, .timer, .answer, .recall, .park: true
        case .request, .schedule, .operation, .erasure, .pause, .money: false
        }
    }
}

extension EngineMachine {
    /// Decides work as often refused as its treatment says.
    mutating func decide(
        _ work: Work, _ treatment: Conflicts.Treatment, now: Timestamp
    ) throws(StoreError) {
        switch treatment {
        case .together, .alone: try decide(work, now: now)
        case .withoutOperations:
            operationsRefused = conflicts.reason(of: work)
            defer { operationsRefused = nil }
            try decide(work, now: now)
        case .parked: try park(work, now: now)
        case .setAside: giveUp(work, now: now)
        }
    }

    private mutating func park(_ work: Work, now: Timestamp) throws(StoreError) {
        let error = CallError(
            name: "conflict",
            message: "the store refuses what it would write: \(conflicts.reason(of: work))",
            isRetryable: false)
        if case .message(let message) = work, case .startChild(_, _, let parent) = message.body {
            try refuseChild(parent, error, message.id, now: now)
        } else if let run = try subject(of: work) {
            try decide(run, .park(error), now: now)
            open.effects.append(.alarm("\(run.name) is parked: \(error.message)"))
        }
        giveUp(work, now: now)
    }

    /// Writes nothing, and tells whoever waits.
    private mutating func giveUp(_ work: Work, now: Timestamp) {
        let reason = conflicts.reason(of: work)
        switch work {
        case .request(let id, _): open.effects.append(.reply(id, .refused(.conflicting(reason))))
        case .schedule(let workflow):
            open.effects.append(.alarm("schedule \(workflow) waits a minute: \(reason)"))
            schedules.looked(workflow, next: now + .seconds(60))
        case .operation(let number):
            open.effects.append(.alarm("operation \(number) waits a minute: \(reason)"))
            operations.looked(number, next: now + .seconds(60))
        case .erasure(let number):
            open.effects.append(.alarm("\(work.words) waits a minute: \(reason)"))
            erasures.postpone(number, until: now + .seconds(60))
        case .pause(let workflow):
            // Those that are left are told by the next process, or by the next change.
            open.effects.append(.alarm("\(work.words) is left as far as it is: \(reason)"))
            workflowPauses.looked(workflow, at: workflowPauses.sweep(of: workflow), next: nil)
        case .money:
            open.effects.append(.alarm("\(work.words) is left as far as it is: \(reason)"))
            money.looked(next: nil)
        case .message, .timer, .answer, .recall, .park:
            guard !reason.isEmpty else { return }
            open.effects.append(.alarm("\(work.words) is left alone: \(reason)"))
        }
    }

    /// The instance that the work is about, where it is one.
    private mutating func subject(of work: Work) throws(StoreError) -> Run? {
        let found: Lookup
        switch work {
        case .request(_, .start), .request(_, .schedule), .request(_, .update),
            .request(_, .attachment), .request(_, .adapter), .request(_, .workflow),
            .request(_, .money), .request(_, .remove), .request(_, .restore), .request(_, .record),
            .schedule, .operation, .erasure, .pause, .money, .park:
            return nil
        case .request(_, .operate(let name, _, _, _)): found = try find(name)
        case .request(_, .event(let command)):
            let names = receivers(of: command).map(\.name)
            guard let name = names.first, names.count == 1 else { return nil }
            found = try find(name)
        case .timer(let row): found = try find(row.instance)
        case .answer(let id, _): found = try find(id.instance)
        case .recall(let call): found = try find(call.id.instance)
        case .message(let message):
            switch message.body {
            case .event(let name, _, _), .startChild(let name, _, _), .cancelChild(let name, _):
                found = try find(name)
            case .childEnded(let parent, _, _), .childRefused(let parent, _):
                found = try find(parent.instance)
            }
        }
        return if case .found(let run) = found { run } else { nil }
    }
}

extension Problem {
    fileprivate static func conflicting(_ reason: String) -> Problem {
        Problem(
            .internalError, "nothing was done: the store refuses what this would write: \(reason)",
            fix: "report it with the last lines of the server's log; others are not concerned")
    }
}
