import CEL
import Definition
import Values

extension WorkflowSchedule {
    /// The occurrences of a span, each with the one before it.
    package func missed(from: Timestamp, to: Timestamp) -> [PlannedOccurrence] {
        let found = rule.backfill(from: from, to: to).occurrences
        var previous = found.first.flatMap { rule.last(before: $0.instant) }
        return found.map { occurrence in
            defer { previous = occurrence }
            return PlannedOccurrence(occurrence, previous: previous?.instant)
        }
    }

    /// The input of one occurrence's instance.
    package func input(
        of occurrence: PlannedOccurrence, last: Timestamp?, now: Timestamp
    ) throws(EvaluationError) -> Value {
        guard let input else { return .map(ValueMap()) }
        let since = last ?? rule.last(before: occurrence.instant)?.instant
        let schedule: Value = [
            "workflow": .string(workflow), "key": .string(occurrence.key),
            "nominal": .string(occurrence.nominal), "at": .timestamp(occurrence.instant),
            "last": last.map(Value.timestamp) ?? .null,
            "since": since.map(Value.timestamp) ?? .null, "zone": .string(rule.zone),
        ]
        return try input.evaluate(["schedule": schedule, "now": .timestamp(now)]).plain
    }
}
