import Execution
import Sabotage
import Values

/// What is kept of alerts, and what becomes of it when somebody has looked: a function of both and the time.
package struct AlertBook: Sendable {
    /// What changed.
    package struct Changes: Sendable, Hashable {
        package var alerts: [Alert] = []
        package var deliveries: [AlertDelivery] = []
        /// Something may come of the same observation at that time; nil: never.
        package var next: Timestamp?

        package var isEmpty: Bool { alerts.isEmpty && deliveries.isEmpty }

        fileprivate mutating func look(at moment: Timestamp?) {
            guard let moment else { return }
            next = min(next ?? moment, moment)
        }
    }

    /// Open alerts at once: beyond that only what is open already is followed.
    package static let maximumOpen = 1_000
    /// What is kept of an alert is not written more often because more instances came.
    private static let refreshing = Duration.seconds(10)

    private let configuration: AlertConfiguration
    /// Whose events they are.
    private let source: String
    private var alerts: [Alert]
    private let silences: [Silence]
    /// Receivers that said they do not want any more.
    private let disabled: Set<ExactText>

    /// - Parameters:
    ///   - namespace: of the installation; part of the source of its events.
    ///   - open: alerts that are not resolved.
    package init(
        _ configuration: AlertConfiguration, namespace: String, open alerts: [Alert],
        silences: [Silence], disabled: Set<ExactText> = []
    ) {
        self.configuration = configuration
        source = AlertEvent.source(of: namespace)
        self.alerts = alerts
        self.silences = silences
        self.disabled = disabled
    }

    package func changes(by observation: Observation, at moment: Timestamp) -> Changes {
        let now = Timestamp(milliseconds: moment.milliseconds)
        var changes = Changes()
        var open: [Key: Alert] = [:]
        for alert in alerts { open[Key(alert.condition)] = alert }
        var found: Set<Key> = []
        for condition in observation.conditions {
            guard found.insert(Key(condition)).inserted else { continue }
            let known = open[Key(condition)]
            guard known != nil || open.count < Self.maximumOpen else { continue }
            if let alert = follow(condition, known, at: now, &changes) {
                open[Key(condition)] = alert
            }
        }
        for alert in alerts
        where !found.contains(Key(alert.condition))
            && !observation.unread.contains(alert.condition.kind)
        {
            end(alert, at: now, &changes)
        }
        return changes
    }

    /// Two that have it in common are one alert.
    private struct Key: Hashable {
        let kind: Condition.Kind
        let subject: ExactText

        init(_ condition: Condition) {
            kind = condition.kind
            subject = ExactText(condition.subject)
        }
    }

    // MARK: What is there

    /// - Returns: nil: it is too new to be told of.
    private func follow(
        _ condition: Condition, _ known: Alert?, at now: Timestamp, _ changes: inout Changes
    ) -> Alert? {
        if known == nil, let ready = condition.since.adding(configuration.groupWait), ready > now {
            changes.look(at: ready)
            return nil
        }
        var alert = known ?? Alert(condition, at: now)
        // It has lasted since the first instance, whether or not that one was mended before the others.
        let condition = condition.since(alert.condition.since)
        alert.goneSince = nil
        let due = receiversDue(alert, condition, at: now, &changes)
        if condition != alert.condition {
            if !due.isEmpty || isStale(alert, at: now) {
                alert.condition = condition
                alert.updatedAt = now
            } else {
                changes.look(at: alert.updatedAt.adding(Self.refreshing))
            }
        }
        if !due.isEmpty { tell(due, .firing, &alert, at: now, &changes) }
        if alert != known { changes.alerts.append(alert) }
        return alert
    }

    private func isStale(_ alert: Alert, at now: Timestamp) -> Bool {
        now - alert.updatedAt >= Self.refreshing
    }

    /// Who is to be told of it now.
    private func receiversDue(
        _ alert: Alert, _ condition: Condition, at now: Timestamp, _ changes: inout Changes
    ) -> [ExactText] {
        if alert.acknowledgement != nil { return [] }
        if let silence = silences.first(where: { $0.holds(at: now) && alert.matches($0.matcher) }),
            !isMutant(.silenceIgnored)
        {
            changes.look(at: silence.until)
            return []
        }
        var due: [ExactText] = []
        for rule in configuration.effectiveRules where condition.matches(rule.matcher) {
            guard let ready = condition.since.adding(rule.hold), ready <= now else {
                changes.look(at: condition.since.adding(rule.hold))
                continue
            }
            for receiver in rule.receivers
            where !due.contains(receiver) && !disabled.contains(receiver) {
                let isSplit =
                    isMutant(.alertGroupSplit) && condition.count > alert.condition.count
                guard !isSplit,
                    let last = alert.notices.first(where: { $0.receiver == receiver })
                else {
                    due.append(receiver)
                    continue
                }
                guard rule.again > .zero, let again = last.at.adding(rule.again) else { continue }
                if again <= now { due.append(receiver) } else { changes.look(at: again) }
            }
        }
        return due
    }

    // MARK: What is over

    private func end(_ alert: Alert, at now: Timestamp, _ changes: inout Changes) {
        var alert = alert
        guard let gone = alert.goneSince else {
            alert.goneSince = now
            changes.alerts.append(alert)
            changes.look(at: now.adding(configuration.keepFiring))
            return
        }
        if let end = gone.adding(configuration.keepFiring), end > now {
            return changes.look(at: end)
        }
        alert.resolvedAt = now
        alert.updatedAt = now
        let isSilenced = silences.contains { $0.holds(at: now) && alert.matches($0.matcher) }
        let told = alert.notices.map(\.receiver).filter {
            configuration.receiver($0)?.sendsResolved == true && !disabled.contains($0)
        }
        if !told.isEmpty, !isSilenced { tell(told, .resolved, &alert, at: now, &changes) }
        changes.alerts.append(alert)
    }

    // MARK: Messages

    private func tell(
        _ receivers: [ExactText], _ kind: AlertEvent, _ alert: inout Alert, at now: Timestamp,
        _ changes: inout Changes
    ) {
        alert.messages += 1
        let event = kind.event(of: alert, source: source, at: now)
        for name in receivers {
            guard let receiver = configuration.receiver(name) else { continue }
            if let index = alert.notices.firstIndex(where: { $0.receiver == name }) {
                alert.notices[index].at = now
            } else {
                alert.notices.append(Alert.Notice(receiver: name, at: now))
            }
            for address in receiver.addresses {
                changes.deliveries.append(
                    AlertDelivery(
                        to: name, address: address, alert: alert.id, event: event, at: now))
            }
        }
    }
}

extension Condition {
    fileprivate func since(_ moment: Timestamp) -> Condition {
        var condition = Condition(kind, subject, since: moment, sentence: sentence)
        condition.count = count
        condition.workflows = workflows
        condition.cause = cause
        condition.adapter = adapter
        condition.examples = examples
        condition.commands = commands
        return condition
    }

    fileprivate func matches(_ matcher: Matcher) -> Bool {
        matcher.matches(kind: kind, workflows: workflows, adapter: adapter, cause: cause)
    }
}
