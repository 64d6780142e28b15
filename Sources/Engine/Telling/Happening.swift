import Definition
import Execution
import Values

/// Something that whoever watches over a server wants to be told, once it is on disk.
package enum Happening: Sendable, Hashable {
    case callFailed(CallFailure)
    case incidentOpened(InstanceName, Incident)
    case incidentClosed(InstanceName, Incident)
    /// Occurrences of a schedule that should have started something and did not.
    case occurrencesMissed(workflow: String, count: Int, outcome: String, reason: String)

    /// One attempt of one call.
    package struct CallFailure: Sendable, Hashable {
        package let instance: InstanceName
        /// `adapter.operation`, or the workflow of a child.
        package let task: String
        package let attempt: Int64
        package let error: String
        package let message: String
        /// Whether it took effect nobody knows.
        package let isUnknown: Bool
    }
}

extension Commit {
    /// In the order in which they happened; derived from what is written, so that it says nothing else.
    var happenings: [Happening] {
        var happenings: [Happening] = []
        if let name = instance?.name {
            for entry in history {
                guard let failure = Happening.CallFailure(entry, of: name) else { continue }
                happenings.append(.callFailed(failure))
            }
            happenings += incidentsOpened.map { .incidentOpened(name, $0.incident) }
            happenings += incidentsClosed.map { .incidentClosed(name, $0.incident) }
        }
        for record in records where record.collection == ScheduleLogRow.collection {
            if let missed = Happening(missedIn: record) { happenings.append(missed) }
        }
        return happenings
    }
}

extension Happening.CallFailure {
    /// nil: the row tells something else.
    fileprivate init?(_ entry: HistoryEntry, of name: InstanceName) {
        let isUnknown = entry.kind == HistoryKind.callUnknown.rawValue
        guard isUnknown || entry.kind == HistoryKind.callFailed.rawValue else { return nil }
        instance = name
        task = entry.data["task"]?.stringValue ?? ""
        attempt = entry.data["attempt"]?.intValue ?? 0
        error = entry.data["error"]?.stringValue ?? ""
        message = entry.data["message"]?.stringValue ?? ""
        self.isUnknown = isUnknown
    }
}

extension Happening {
    /// nil: the row of a schedule's log tells of nothing that was missed.
    fileprivate init?(missedIn record: RecordWrite) {
        guard record.expectedRevision == 0, let body = record.body,
            let row = try? ScheduleLogRow(decoding: body), row.isMissed
        else { return nil }
        self = .occurrencesMissed(
            workflow: String(record.id.prefix { $0 != "/" }), count: row.count,
            outcome: row.outcome.rawValue, reason: row.reason ?? "")
    }
}
