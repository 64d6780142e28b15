import Alerts
import Definition
import Execution
import Schedule
import Values

/// What is wrong now, as it is known anyway: the same groups, sentences and lines to type that people are shown.
extension Inspector {
    /// Groups of incidents that are looked at: the most frequent.
    private static let groups = 200
    /// Of those so many are told of with names and a reason; of the others their cause says enough.
    private static let explained = 50
    /// Instances that are overdue.
    private static let overdue = 200

    /// What changes when an incident opens or closes.
    package func conditionsOfIncidents() throws(Problem) -> Observation {
        var observation = Observation()
        let groups: [IncidentGroup]
        do { groups = try store.incidentGroups(count: Self.groups + 1) } catch {
            throw .store(error)
        }
        if groups.count > Self.groups { observation.unread.insert(.incident) }
        for (index, group) in groups.prefix(Self.groups).enumerated() {
            observation.conditions.append(try condition(of: group, isLean: index >= Self.explained))
        }
        return observation
    }

    /// What changes when a breaker turns, somebody holds its adapter, or it lacks a setting.
    package func conditionsOfBreakers() -> [Condition] {
        conditions([]).compactMap { adapter in
            guard !adapter.isPaused else { return nil }
            if let lack = adapter.lack { return condition(of: adapter, lack) }
            return adapter.openSince.map { condition(of: adapter, $0) }
        }
    }

    /// What comes of time alone, or rarely.
    /// - Parameters:
    ///   - late: timers that much behind are late.
    ///   - samples: of the last hour, the oldest first.
    package func conditionsOfTime(
        late: Duration, samples: [Vitals.Sample]
    ) throws(Problem) -> Observation {
        var observation = try conditionsOfOverdue()
        if let condition = condition(ofTimersLateBy: late, samples) {
            observation.conditions.append(condition)
        }
        for workflow in catalog.scheduled {
            if let condition = try condition(ofScheduleOf: workflow) {
                observation.conditions.append(condition)
            }
        }
        return observation
    }

    // MARK: Incidents

    private func condition(
        of group: IncidentGroup, isLean: Bool
    ) throws(Problem) -> Condition {
        var names: [InstanceName] = []
        var rows: [IncidentRow] = []
        let workflows: [ExactText]
        do throws(StoreError) {
            workflows = try store.incidentWorkflows(cause: group.cause)
            if !isLean {
                rows = try store.incidents(
                    cause: group.cause, after: 0, count: Condition.maximumExamples)
            }
            for row in rows {
                guard let name = try store.instance(row.instance)?.name else { continue }
                if !names.contains(name) { names.append(name) }
            }
        } catch {
            throw .store(error)
        }
        var first: (incident: Incident, why: String)?
        if let row = rows.first, let name = names.first {
            first = (row.incident, try view(name).why)
        }
        var condition = Condition(
            .incident, group.cause, since: group.first,
            sentence: group.count > 1 || first == nil
                ? "\(group.count) instances need a person, for one cause: \(group.cause)"
                : "\(names.first?.description ?? "An instance") needs a person. \(first?.why ?? "")"
        )
        condition.count = group.count
        condition.cause = group.cause
        condition.workflows = workflows
        condition.examples = names.map(\.description)
        condition.adapter = first?.incident.task.flatMap(adapter)
        if let name = names.first, group.count == 1, let incident = first?.incident {
            condition.commands = [
                CommandLineText(["why", name.description]).text,
                Blocker.LegalAction.retry(name, incident: incident.number).command,
            ]
        } else {
            condition.commands =
                names.prefix(1).map { CommandLineText(["why", $0.description]).text } + [
                    CommandLineText(["incidents", "--cause", group.cause]).text,
                    CommandLineText(["retry", "--cause", group.cause, "--reason", "why"]).text,
                ]
        }
        return condition
    }

    /// Of `adapter.operation`.
    private func adapter(ofTask task: String) -> String? {
        let name = String(task.prefix { $0 != "." })
        return catalog.adapter(name) == nil ? nil : name
    }

    // MARK: Adapters

    private func condition(
        of adapter: AdapterCondition, _ lack: AdapterCondition.Lack
    ) -> Condition {
        condition(
            of: adapter, lack.since,
            "\(adapter.adapter) cannot be called: \(lack.reason). Its calls wait.")
    }

    private func condition(of adapter: AdapterCondition, _ since: Timestamp) -> Condition {
        condition(
            of: adapter, since,
            "The breaker of \(adapter.adapter) is open: too many of its calls failed, "
                + "and the others wait.")
    }

    private func condition(
        of adapter: AdapterCondition, _ since: Timestamp, _ sentence: String
    ) -> Condition {
        var condition = Condition(
            .breaker, adapter.adapter, since: since.ceilingToMilliseconds, sentence: sentence)
        condition.adapter = adapter.adapter
        condition.commands = [
            CommandLineText(["adapters", adapter.adapter]).text,
            CommandLineText(["adapter", "probe", adapter.adapter]).text,
        ]
        return condition
    }

    // MARK: Time

    /// By workflow and state.
    private func conditionsOfOverdue() throws(Problem) -> Observation {
        let filter = try InstanceFilter(parsing: "health:overdue")
        let page = try list(filter, count: Self.overdue, countedUpTo: Self.overdue + 1)
        var observation = Observation()
        if page.hasMore { observation.unread.insert(.overdue) }
        var groups: [ExactText: [InstanceWrite]] = [:]
        for row in page.instances {
            let state = row.summary.states.first ?? ""
            groups["\(row.name.workflow) in \(state)", default: []].append(row)
        }
        for key in groups.keys.sorted() {
            guard let rows = groups[key]?.sorted(by: { $0.id < $1.id }), let first = rows.first,
                let since = rows.compactMap(\.summary.overdueAt).min()
            else { continue }
            let workflow = first.name.workflow
            let state = first.summary.states.first ?? ""
            var condition = Condition(
                .overdue, key.text, since: since,
                sentence: rows.count == 1
                    ? "\(first.name) stays in \(state) longer than it may."
                    : "\(rows.count) instances of \(workflow) stay in \(state) longer than they may."
            )
            condition.count = rows.count
            condition.workflows = [ExactText(workflow)]
            condition.examples = rows.prefix(Condition.maximumExamples).map(\.name.description)
            condition.commands = [
                CommandLineText(["why", first.name.description]).text,
                CommandLineText(["ls", "-f", "workflow:\(workflow) health:overdue"]).text,
            ]
            observation.conditions.append(condition)
        }
        return observation
    }

    private func condition(
        ofTimersLateBy late: Duration, _ samples: [Vitals.Sample]
    ) -> Condition? {
        // A minute without one that is late, and it is over.
        let calm = Int(60 / Vitals.interval.components.seconds)
        var (oldest, quiet) = (Int?.none, 0)
        for (index, sample) in samples.enumerated().reversed() {
            if sample.late > late {
                oldest = index
                quiet = 0
            } else {
                quiet += 1
                if quiet > calm { break }
            }
        }
        guard let oldest else { return nil }
        let step = Vitals.interval.components.seconds
        let age = Int64(samples.count - 1 - oldest) * step
        var condition = Condition(
            .timersLate, "timers", since: Timestamp(seconds: (now.seconds - age) / step * step),
            sentence: "Timers are decided later than they are due, by more than "
                + "\(late.shortText): the engine has more to do than it can, or stood still.")
        condition.commands = [CommandLineText(["ls", "-f", "health:overdue"]).text]
        return condition
    }

    private func condition(ofScheduleOf workflow: String) throws(Problem) -> Condition? {
        let view = try schedule(of: workflow, next: 0)
        // Until it starts again, or somebody holds it; what it leaves out by itself meanwhile makes nothing good.
        let row = view.log.first { row in
            row.isMissed || [.started, .existed, .paused].contains(row.outcome)
        }
        guard let row, row.isMissed else { return nil }
        let due = row.occurrence?.nominal ?? row.at.rfc3339
        var condition = Condition(
            .scheduleMissed, workflow, since: row.at,
            sentence: "\(workflow) was due at \(due) and was not started: "
                + (row.reason ?? row.outcome.rawValue) + ".")
        condition.count = row.count
        condition.workflows = [ExactText(workflow)]
        condition.commands = [
            CommandLineText(["schedules", workflow]).text,
            CommandLineText(["schedule", "run", workflow, "--reason", "why"]).text,
        ]
        return condition
    }
}
