import Definition
import Engine
import Execution
import Guest
import Values

/// People who act by rules: when an instance of `workflow` comes into `state`, `send` this event `after` that
/// time. A recorded stream holds no clerks; this is how they come in.
package struct ActorsScript {
    package struct Rule: Hashable {
        package let workflow: String
        package let state: String
        package let after: Duration
        package let event: String
        package let sender: Actor
    }

    package let rules: [Rule]

    package init(rules: [Rule]) { self.rules = rules }

    /// Those of a business.
    package init(_ actors: [RehearsedActor]) throws(Problem) {
        var rules: [Rule] = []
        for actor in actors {
            rules.append(
                Rule(
                    workflow: actor.workflow, state: actor.state, after: actor.after,
                    event: actor.event, sender: try Self.sender(actor.sender)))
        }
        self.rules = rules
    }

    private static func sender(_ text: String) throws(Problem) -> Actor {
        guard let actor = Actor(parsing: text) else {
            throw Problem(.invalid, "`\(text)` is no actor", fix: "write role/subject")
        }
        return actor
    }

    private static let members = ["workflow", "state", "after", "send", "as"]

    /// - Parameter text: JSON, a list of `{workflow, state, after, send, as}`.
    package init(parsing text: String) throws(Problem) {
        let value: Value
        do throws(JSONError) {
            value = try JSON.parse(text)
        } catch {
            throw Problem(
                .malformed, "the actors script is no JSON: \(error)",
                fix: "write a list of {workflow, state, after, send, as}")
        }
        guard let list = value.listValue else {
            throw Problem(.malformed, "the actors script is no list", fix: "write [ … ]")
        }
        var rules: [Rule] = []
        for (index, entry) in list.enumerated() { rules.append(try Self.rule(entry, at: index)) }
        self.rules = rules
    }

    private static func rule(_ value: Value, at index: Int) throws(Problem) -> Rule {
        for name in (value.mapValue ?? ValueMap()).keys.compactMap(\.stringValue)
        where !members.contains(name) {
            throw Problem(
                .invalid, "rule \(index): unknown member `\(name)`",
                fix: "known: \(members.joined(separator: ", "))")
        }
        guard let workflow = value["workflow"]?.stringValue,
            let state = value["state"]?.stringValue,
            let event = value["send"]?.stringValue
        else {
            throw Problem(
                .invalid, "rule \(index) needs workflow, state and send",
                fix: "name them as strings")
        }
        guard let after = Duration(parsing: value["after"]?.stringValue ?? "0s") else {
            throw Problem(.invalid, "rule \(index): `after` is no duration", fix: "write 15m or 2h")
        }
        return Rule(
            workflow: workflow, state: state, after: after, event: event,
            sender: try sender(value["as"]?.stringValue ?? "system/replay"))
    }
}

/// The rules at work: notices states being entered, sends when the time has come.
package struct ScriptedActors {
    private struct Deed {
        let at: Timestamp
        let request: Request
    }

    package let script: ActorsScript
    /// Active states of running instances that rules are about.
    private var states: [InstanceName: [String]] = [:]
    /// In order of time.
    private var deeds: [Deed] = []
    private var lastDeed = 0

    package init(script: ActorsScript) { self.script = script }

    package var nextMoment: Timestamp? { deeds.first?.at }

    package mutating func take(now: Timestamp) -> [Request] {
        let due = deeds.prefix { $0.at <= now }
        deeds.removeFirst(due.count)
        return due.map(\.request)
    }

    package mutating func changed(_ change: InstanceChange, now: Timestamp) {
        guard script.rules.contains(where: { $0.workflow == change.name.workflow }) else { return }
        let before = states[change.name] ?? []
        states[change.name] = change.status.isTerminal ? nil : change.states
        for rule in script.rules
        where rule.workflow == change.name.workflow && change.states.contains(rule.state)
            && !before.contains(rule.state)
        {
            plan(rule, change.name, at: now + rule.after)
        }
    }

    private mutating func plan(
        _ rule: ActorsScript.Rule, _ name: InstanceName, at moment: Timestamp
    ) {
        lastDeed += 1
        let event = InboundEvent(
            id: "actor-\(lastDeed)", name: rule.event, data: .map(ValueMap()), sender: rule.sender)
        let deed = Deed(
            at: moment, request: .event(EventCommand(address: .instance(name), event: event)))
        let index = deeds.firstIndex { $0.at > moment } ?? deeds.endIndex
        deeds.insert(deed, at: index)
    }
}
