import Engine
import Execution
import Values

/// Every change by a person has its row, and the rows are one whole chain (G11).
extension Checker {
    func audited() throws(StoreError) -> [String] {
        let verifier = try AuditVerifier.walk(store)
        if let fault = verifier.verdict() { return ["11: \(fault.message)"] }
        var known: Set<ExactText> = []
        var after: Int64 = 0
        while true {
            let page = try store.audit(after: after, count: 1_000)
            for row in page {
                let reading = AuditReading(row)
                known.insert(ExactText("\(reading.deed) \(reading.target ?? "")"))
            }
            guard page.count == 1_000, let last = page.last else { break }
            after = last.sequence
        }
        return simulation.client.log.compactMap { entry in
            guard let change = Self.change(entry.request, entry.reply),
                !known.contains(ExactText(change))
            else { return nil }
            return "11: \(change) has no row in the audit"
        }
    }

    /// What a person's request has changed; nil: nothing, or it was no person's.
    private static func change(_ request: Request, _ reply: Reply?) -> String? {
        switch (request, reply) {
        case (.start(let command), .started(_, isNew: true))
        where command.actor != .system && !command.actor.isNameless:
            return "start \(command.name)"
        case (.operate(let name, .operate(let action, _, let actor), isDry: false, _), .receipts)
        where actor != .system:
            switch action {
            case .pause: return "pause \(name)"
            case .resume: return "resume \(name)"
            case .terminate: return "terminate \(name)"
            case .migrate: return "migrate \(name)"
            case .retry, .complete, .fail, .assign, .move, .fireTimer: return nil
            }
        case (.adapter(let name, let action, let actor), .receipts) where actor != .system:
            return "adapter.\(action.word) adapter \(name)"
        case (.workflow(let name, let action, let actor), .receipts) where actor != .system:
            return "workflow.\(action.word) workflow \(name)"
        case (.money(.hold(let number, let scope, _), let actor), .receipts) where actor != .system:
            return "money.hold hold \(number) \(scope.text)"
        case (.money(.release(let number, _), let actor), .receipts) where actor != .system:
            return "money.release hold \(number)"
        default: return nil
        }
    }
}

extension PauseAction {
    fileprivate var word: String {
        switch self {
        case .pause: "pause"
        case .resume: "resume"
        }
    }
}
