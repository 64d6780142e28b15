import Definition
import Statechart

extension Run {
    /// Stands for a row that cannot be read, so that its instance is still named and listed: what the row's
    /// columns say, and no data.
    package init(columnsOf row: InstanceWrite) {
        self.init(
            id: row.id, name: row.name, version: row.version, parent: nil, input: .null,
            params: .null, snapshot: Snapshot(), startedAt: row.summary.startedAt)
        revision = row.revision
        status = row.status
        updatedAt = row.summary.updatedAt
        endedAt = row.summary.endedAt
    }

    /// - Parameter reason: what is wrong with the row.
    package func rowDamaged(_ reason: String) -> Blocker {
        Blocker(
            kind: .rowDamaged, state: "",
            sentence:
                "Its row in the database is damaged (\(reason)). It is left as it is; nothing is "
                + "decided about it, and the other instances go on.",
            since: updatedAt, evidence: ["error": .string(reason), "row": .int(id.rawValue)],
            actions: [
                Blocker.LegalAction(
                    .history, of: name,
                    sentence: "See what it did; history has rows of its own.")
            ])
    }
}

extension Problem {
    /// - Parameter reason: what is wrong with the row.
    package static func rowDamaged(_ name: InstanceName, _ reason: String) -> Problem {
        Problem(
            .internalError, "the row of \(name) in the database is damaged: \(reason)",
            fix: "restore it from a backup; the other instances go on meanwhile")
    }
}
