import Alerts
import Definition
import Execution
import Values

extension RecordUpdate {
    /// What comes of a look: alerts and the messages about them are one commit.
    package static func alerts(
        by observation: Observation, _ configuration: AlertConfiguration, namespace: String,
        at now: Timestamp
    ) -> RecordUpdate {
        alerting { (records) throws(StoreError) in
            let book = try records.book(configuration, namespace: namespace)
            let changes = book.changes(by: observation, at: now)
            var writes: [RecordWrite] = []
            for alert in changes.alerts { writes.append(try records.write(alert)) }
            for delivery in changes.deliveries { writes.append(try records.write(delivery)) }
            return .changed(writes)
        }
    }

    /// What an attempt came to. A receiver that takes something wants messages again; one that is gone gets no more.
    package static func attempted(
        _ id: String, _ outcome: AlertDelivery.Outcome, at now: Timestamp
    ) -> RecordUpdate {
        alerting { (records) throws(StoreError) in
            guard var delivery = try records.delivery(id) else { return .changed([]) }
            delivery.attempted(outcome, at: now)
            var writes = [try records.write(delivery)]
            // One that is over is in the history as it ended; its deliveries say who took what.
            if delivery.status == .delivered, let subject = delivery.alert,
                var alert = try records.alert(subject), alert.resolvedAt == nil,
                alert.note(told: delivery.receiver, at: now)
            {
                writes.append(try records.write(alert))
            }
            let name = delivery.receiver
            switch outcome {
            case .gone(let reason):
                writes.append(
                    try records.write(DisabledReceiver(name: name, at: now, reason: reason)))
            case .taken:
                let write = try records.removal(DisabledReceiver.collection, name.text)
                writes += [write].compactMap(\.self)
            case .failed, .refused: break
            }
            return .changed(writes)
        }
    }

    /// What is over goes after a while.
    package static func tidyAlerts(at now: Timestamp) -> RecordUpdate {
        alerting { (records) throws(StoreError) in .changed(try records.leftovers(at: now)) }
    }

    // MARK: What people do

    package static func acknowledge(
        alert id: String, by actor: Actor, note: String, at now: Timestamp
    ) -> RecordUpdate {
        let deed = AuditEntry(
            .alertAcknowledge, by: actor, AuditTarget("alert", id), reason: note)
        return alerting(.deed(deed)) { (records) throws(StoreError) in
            guard var alert = try records.alert(id) else { return .refused(.unknownAlert(id)) }
            guard alert.resolvedAt == nil else {
                return .refused(
                    Problem(
                        .notApplicable, "the alert \(id) is over",
                        fix: "`pawl alerts` lists those that are open"))
            }
            alert.acknowledgement = Alert.Acknowledgement(by: actor, at: now, note: note)
            return .changed([try records.write(alert)])
        }
    }

    package static func silence(_ silence: Silence, at now: Timestamp) -> RecordUpdate {
        let deed = AuditEntry(
            .alertSilence, by: silence.by, AuditTarget("silence", silence.id),
            ["until": .string(silence.until.rfc3339)], reason: silence.reason)
        return alerting(.deed(deed)) { (records) throws(StoreError) in
            guard try records.silences().count < Silence.maximumCount else {
                return .refused(
                    Problem(
                        .notApplicable, "there are \(Silence.maximumCount) silences already",
                        fix: "end some: `pawl alerts silences`"))
            }
            return .changed([try records.write(silence)])
        }
    }

    package static func endSilence(_ id: String) -> RecordUpdate {
        let deed = AuditEntry(.alertUnsilence, by: .system, AuditTarget("silence", id))
        return alerting(.deed(deed)) { (records) throws(StoreError) in
            guard let write = try records.removal(Silence.collection, id) else {
                return .refused(
                    Problem(
                        .notFound, "there is no silence \(id)",
                        fix: "`pawl alerts silences` lists them"))
            }
            return .changed([write])
        }
    }

    package static func redeliver(_ id: String, at now: Timestamp) -> RecordUpdate {
        let deed = AuditEntry(.alertRedeliver, by: .system, AuditTarget("delivery", id))
        return alerting(.deed(deed)) { (records) throws(StoreError) in
            guard var delivery = try records.delivery(id) else {
                return .refused(
                    Problem(
                        .notFound, "there is no delivery \(id)",
                        fix: "`pawl alerts deliveries` lists them"))
            }
            guard delivery.status != .pending else {
                return .refused(
                    Problem(
                        .notApplicable, "\(id) is on its way: it is tried again by itself",
                        fix: "`pawl alerts deliveries` says when"))
            }
            delivery.revive(at: now)
            return .changed([try records.write(delivery)])
        }
    }

    /// Messages that are made without an alert.
    /// - Parameter audited: nil: somebody tries whether messages arrive.
    package static func deliver(
        _ deliveries: [AlertDelivery], audited: Audited? = nil
    ) -> RecordUpdate {
        let names = deliveries.map(\.receiver.text).joined(separator: " ")
        let test = AuditEntry(.alertTest, by: .system, nil, ["receivers": .string(names)])
        return alerting(audited ?? .deed(test)) { (records) throws(StoreError) in
            var writes: [RecordWrite] = []
            for delivery in deliveries { writes.append(try records.write(delivery)) }
            return .changed(writes)
        }
    }

    private static func alerting(
        _ audited: Audited = .engine,
        _ change: @escaping @Sendable (AlertRecords) throws(StoreError) -> Outcome
    ) -> RecordUpdate {
        RecordUpdate(audited) { (read, _) throws(StoreError) in try change(AlertRecords(read)) }
    }
}

extension Problem {
    package static func unknownAlert(_ id: String) -> Problem {
        Problem(
            .notFound, "there is no alert \(id)",
            fix: "`pawl alerts` lists those that are open")
    }
}
