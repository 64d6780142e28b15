import CEL
import Schedule
import Values

/// `start: {schedule: …}` as it was written: instances start by the clock.
package struct ScheduleDeclaration: Sendable, Hashable {
    /// The rule's words; its zone, where it names none, is the installation's.
    package let rule: Value
    package let policy: SchedulePolicy
    /// The input of each instance, over `schedule` and `now`; nil: an empty one.
    package let input: Template?

    package init(rule: Value, policy: SchedulePolicy, input: Template?) {
        self.rule = rule
        self.policy = policy
        self.input = input
    }

    /// The words of the declaration besides those of the rule and the policy.
    package static let words = ["input"]

    /// What `schedule` holds in the input's expressions.
    package static let members = ["workflow", "key", "nominal", "at", "last", "since", "zone"]
}

/// The schedule of a workflow's latest version, with its zone settled.
package struct WorkflowSchedule: Sendable, Hashable {
    package let workflow: String
    /// The rule as it was written.
    package let source: Value
    package let rule: Rule
    package let policy: SchedulePolicy
    package let input: Template?

    package init(_ workflow: String, _ declaration: ScheduleDeclaration, zone: String)
        throws(RuleError)
    {
        self.workflow = workflow
        source = declaration.rule
        rule = try Rule(parsing: declaration.rule, defaultZone: zone)
        policy = declaration.policy
        input = declaration.input
    }

    /// What is wrong with a zone as the default of schedules; nil: nothing.
    package static func problem(withZone name: String) -> String? {
        do throws(RuleError) {
            _ = try Rule(parsing: ["cron": "0 0 * * *"], defaultZone: name)
            return nil
        } catch {
            return error.message
        }
    }

    /// Tells a rule from another one.
    package var fingerprint: String {
        var hash = StableHash(rule.zone)
        hash.combine(source)
        return hash.hexadecimal
    }

    /// Stable, so that jitter is the same on every node.
    package var seed: UInt64 { StableHash(workflow).value }

    /// A part of a span must not pass for the whole, and what is to come is no past that missed something.
    package func problem(
        ofBackfillFrom from: Timestamp, to: Timestamp, now: Timestamp
    ) -> Problem? {
        guard from < now else {
            return Problem(
                .invalid,
                "the span begins at \(from.rfc3339), and it is "
                    + "\(Timestamp(milliseconds: now.milliseconds).rfc3339) only: "
                    + "a backfill starts what a span of the past missed",
                fix: "name a past span; what comes starts by the clock, and "
                    + "`pawl schedule run \(workflow)` starts one now")
        }
        let found = rule.backfill(from: from, to: min(to, now))
        guard found.count > found.occurrences.count else { return nil }
        return Problem(
            .tooLarge,
            "the span holds \(found.count) occurrences, \(found.occurrences.count) are run at once",
            fix: "backfill it in parts")
    }
}
