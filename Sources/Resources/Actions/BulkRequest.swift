import Definition
import Execution
import Values

/// An action on many instances, read from the members of a body or a form.
package struct BulkRequest: Sendable, Hashable {
    package let plan: BulkOperation.Plan
    package let action: ActionDeclaration
    package let isDry: Bool

    package static let members = [
        "action", "arguments", "filter", "cause", "reason", "canary", "rate", "stopAfter", "dryRun",
    ]

    /// What can be done to many.
    package static let actions = BulkOperation.verbs.compactMap(ActionDeclaration.of)

    /// Says everything that is wrong with the body at once.
    package init(_ body: ValueMap, by actor: Actor) throws(Problem) {
        var members = BodyMembers(body, known: Self.members)
        let isDry = members.flag("dryRun")
        let action = members.action("action")
        let arguments = members.object("arguments")
        let target = members.target()
        let reason = members.reason(isRequired: !isDry)
        let canary = members.count("canary", in: 0...BulkOperation.maximumItems, usual: 0)
        let stopAfter = members.count(
            "stopAfter", in: 1...BulkOperation.maximumItems, usual: BulkOperation.Plan.usualStop)
        let rate = members.rate("rate")
        var checked = ValueMap()
        if let action {
            do throws(Problem) {
                let text = Value.string(reason.isEmpty ? "-" : reason)
                checked = try ActionRequest(action, arguments.merging(["reason": text])).arguments
            } catch {
                for detail in error.errors {
                    members.note("/arguments" + detail.pointer, detail.detail)
                }
            }
            if action.verb == .retry, arguments["incident"] != nil {
                members.note(
                    "/arguments/incident", "it is one instance's own; by `cause` each has its own")
            }
        }
        try members.check()
        guard let action, let target else { throw .body([]) }
        self.isDry = isDry
        self.action = action
        plan = BulkOperation.Plan(
            action.verb, checked, reason: reason, actor: actor, target: target, canary: canary,
            rate: rate, stopAfter: stopAfter)
    }
}

extension BodyMembers {
    fileprivate mutating func action(_ name: String) -> ActionDeclaration? {
        let text = requiredString(name)
        guard !text.isEmpty else { return nil }
        let known = BulkRequest.actions
        if let found = known.first(where: { sameUTF8($0.verb.name, text) }) { return found }
        let names = known.map(\.verb.name)
        note(
            "/" + name,
            nearestName(to: text, among: names).map { "did you mean `\($0)`?" }
                ?? "known: \(names.joined(separator: ", "))")
        return nil
    }

    fileprivate mutating func target() -> BulkOperation.Target? {
        let filter = string("filter", limit: 2_000)
        let cause = string("cause", limit: 1_000)
        switch (filter, cause) {
        case (let filter?, nil): return .filter(filter)
        case (nil, let cause?): return .cause(cause)
        default:
            note("", "say which instances: `filter` or `cause`, one of them")
            return nil
        }
    }

    fileprivate mutating func count(
        _ name: String, in range: ClosedRange<Int>, usual: Int
    ) -> Int {
        guard let number = integer(name) else { return usual }
        guard let count = Int(exactly: number), range.contains(count) else {
            note("/" + name, "a number from \(range.lowerBound) to \(range.upperBound) is expected")
            return usual
        }
        return count
    }

    fileprivate mutating func rate(_ name: String) -> Double {
        let usual = BulkOperation.Plan.usualRate
        guard let value = self[name] else { return usual }
        let rate = value.doubleValue ?? value.intValue.map(Double.init)
        guard let rate, BulkOperation.Plan.rates.contains(rate) else {
            note("/" + name, "instances a second, from 0.001 to 100, like 5")
            return usual
        }
        return rate
    }
}
