import Definition
import Execution
import Schedule
import Values

extension Inspector {
    /// Every schedule, in order of workflow names, with its next occurrences.
    package func schedules(next: Int = 3) throws(Problem) -> [ScheduleView] {
        var views: [ScheduleView] = []
        for workflow in catalog.scheduled {
            views.append(try schedule(of: workflow, next: next, rows: 1))
        }
        return views
    }

    /// - Parameters:
    ///   - next: how many occurrences to look ahead.
    ///   - rows: how many lines of the log at most, the latest first.
    package func schedule(
        of workflow: String, next: Int = 10, rows: Int = 20
    ) throws(Problem) -> ScheduleView {
        guard let schedule = catalog.schedule(of: workflow) else {
            throw .unknownSchedule(workflow, catalog)
        }
        let record: ScheduleRecord? = try decoded(ScheduleRecord.collection, workflow)
        var log: [ScheduleLogRow] = []
        for number in stride(from: record?.lastRow ?? 0, to: 0, by: -1).prefix(rows) {
            let id = ScheduleLogRow.id(workflow, number)
            if let row: ScheduleLogRow = try decoded(ScheduleLogRow.collection, id) {
                log.append(row)
            }
        }
        let after = max(now, record?.processedUpTo ?? now)
        let ahead = schedule.rule.occurrences(after: after, upTo: .distantFuture, limit: next)
        return ScheduleView(
            schedule: schedule, record: record, next: ahead, log: log,
            workflowPause: try standingPause(ofWorkflow: workflow))
    }

    /// What a backfill of the span would start, and what it would not.
    package func backfill(
        of workflow: String, from: Timestamp, to: Timestamp
    ) throws(Problem) -> Value {
        guard let schedule = catalog.schedule(of: workflow) else {
            throw .unknownSchedule(workflow, catalog)
        }
        if let problem = schedule.problem(ofBackfillFrom: from, to: to, now: now) { throw problem }
        let end = min(to, now)
        let found = schedule.missed(from: from, to: end)
        var list: [Value] = []
        for planned in found {
            let name = InstanceName(workflow: workflow, key: planned.key)
            let exists: Bool
            do { exists = try store.instance(named: name) != nil } catch { throw .store(error) }
            var document = planned.document
            document["exists"] = .bool(exists)
            document["last"] = planned.previous.map { .string($0.rfc3339) } ?? .null
            list.append(.map(document))
        }
        return [
            "workflow": .string(workflow), "from": .string(from.rfc3339),
            "to": .string(end.rfc3339), "count": .int(Int64(found.count)),
            "occurrences": .list(list),
        ]
    }

    private func decoded<T: ValueDecodable>(
        _ collection: String, _ id: String
    ) throws(Problem) -> T? {
        let query = RecordQuery(collection: collection, selection: .id(id), limit: 1)
        let found: RecordRow?
        do { found = try store.records(query).records.first } catch { throw .store(error) }
        guard let found else { return nil }
        do throws(DecodingFailure) {
            return try T(decoding: found.body)
        } catch {
            throw Problem(
                .internalError, "the record \(collection)/\(id) is damaged: \(error)",
                fix: "restore it from a backup")
        }
    }
}

/// One schedule at one moment.
package struct ScheduleView: Sendable {
    package let schedule: WorkflowSchedule
    /// nil: it was never looked at.
    package let record: ScheduleRecord?
    package let next: [Occurrence]
    /// The latest first.
    package let log: [ScheduleLogRow]
    /// Who holds its workflow: nothing starts meanwhile.
    package let workflowPause: StandingPause?

    /// The API's resource `schedule`.
    package var document: Value {
        let policy = schedule.policy
        var map: ValueMap = [
            "workflow": .string(schedule.workflow), "rule": schedule.source,
            "zone": .string(schedule.rule.zone), "overlap": .string(policy.overlap.rawValue),
            "catchup": [
                "window": .duration(policy.catchupWindow),
                "backlog": .string(policy.backlog.rawValue),
            ],
            "paused": .bool(record?.pause != nil),
        ]
        map.set("pause", record?.pause?.document)
        map.set("workflowPause", workflowPause?.document)
        map["running"] = .list(
            (record?.running ?? []).map { .string("\(schedule.workflow)/\($0)") })
        map["waiting"] = .list((record?.buffered ?? []).map { .map($0.document) })
        map.set("last", record?.last.map { .map($0.document) })
        map["next"] = .list(next.map { .map(PlannedOccurrence($0).document) })
        map["log"] = .list(log.map { .map($0.document) })
        return Value.map(map).plain
    }
}

extension PlannedOccurrence {
    var document: ValueMap {
        ["key": .string(key), "nominal": .string(nominal), "at": .string(instant.rfc3339)]
    }
}

extension ScheduleLogRow {
    var document: ValueMap {
        var map: ValueMap = [
            "number": .int(number), "outcome": .string(outcome.rawValue),
            "at": .string(at.rfc3339),
        ]
        map.set("occurrence", occurrence.map { .map($0.document) })
        map.set("last", last.map(Value.string))
        if count != 1 { map["count"] = .int(Int64(count)) }
        map.set("from", span.map { .string($0.lowerBound.rfc3339) })
        map.set("to", span.map { .string($0.upperBound.rfc3339) })
        map.set("reason", reason.map(Value.string))
        map.set("by", by.map { .string($0.description) })
        return map
    }
}
