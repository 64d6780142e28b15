import Access
import Definition
import Engine
import Execution
import Values

/// A line of the stream that somebody who is there did not take, or nobody: what was refused, and why.
package struct Rejection: Sendable {
    /// Of an event for an instance that had ended.
    private static let ended = "ended"

    package let entry: EventStream.Entry
    /// Which instance said no; nil: none was asked.
    package let instance: InstanceName?
    package let code: String
    /// One sentence, with all that is wrong where several things are.
    package let reason: String
    package let fix: String?

    /// It came, but after the end of its instance.
    package var isAfterEnd: Bool {
        instance != nil
            && (sameUTF8(code, Self.ended) || sameUTF8(code, Problem.Code.instanceEnded.rawValue))
    }

    init(_ entry: EventStream.Entry, _ problem: Problem) {
        self.entry = entry
        instance = entry.instance
        reason = ([problem.message] + problem.errors.map { "\($0.pointer): \($0.detail)" })
            .joined(separator: "; ")
        fix = problem.fix
        code = problem.code.rawValue
    }

    init(_ entry: EventStream.Entry, _ delivery: Delivery) {
        self.entry = entry
        instance = delivery.name
        let outcome = delivery.receipt.outcome.rawValue
        reason = delivery.receipt.message ?? "\(delivery.name) \(outcome) it"
        fix = nil
        code = delivery.receipt.code ?? outcome
    }

    /// As the store remembers it; nil: it was no event for an instance.
    var unmatched: UnmatchedRow? {
        guard let instance, case .event(let name, let data) = entry.deed else { return nil }
        return UnmatchedRow(
            entry.inbound(name, data), for: instance,
            Receipt(.rejected, code: code, message: reason), at: entry.at)
    }

    /// A line of `--rejects`: `{line, id, workflow?, key, event|start|decide, at, actor, code, reason, fix?}`.
    package var document: Value {
        var document: ValueMap = ["line": .int(Int64(entry.line)), "id": .string(entry.id)]
        document["workflow"] = (instance?.workflow ?? entry.workflow).map { .string($0) }
        document["key"] = .string(entry.key)
        document[entry.named.member] = .string(entry.named.name)
        document["at"] = .string(entry.at.rfc3339)
        document["actor"] = .string(entry.sender.description)
        document["code"] = .string(code)
        document["reason"] = .string(reason)
        document["fix"] = fix.map { .string($0) }
        return .map(document)
    }

    /// One line for people: `line 17: loan.returned of loan/7 at …: ended: loan/7 has ended: completed`.
    package var text: String {
        let whose = instance.map(\.description) ?? entry.key
        return
            ("line \(entry.line): \(entry.named.name) of \(whose) at \(entry.at.rfc3339): "
            + "\(code): \(reason)").printable
    }
}
