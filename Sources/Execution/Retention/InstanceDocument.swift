import Definition
import Values

/// All that is kept of one instance that has ended, as one value: what an archive has of it.
///
/// Its tasks, the attachments that it refers to and what lists show are not in it: they are derived from the run
/// again (docs/reference/retention.md has the members of its JSON).
package struct InstanceDocument: Sendable, Hashable {
    /// What is written; a reader knows no later one.
    package static let format: Int64 = 1

    package let id: InstanceID
    package let name: InstanceName
    package let version: Int
    package let status: Run.Status
    package let revision: Int64
    package let startedAt: Timestamp
    package let endedAt: Timestamp
    /// As the store has it.
    package let run: Value
    /// Whole, in order.
    package let history: [HistoryEntry]
    /// In order of their event ids.
    package let receipts: [ReceiptRow]
    /// In order of activation and number.
    package let members: [MemberRow]
    /// Content that it refers to, in order of hashes.
    package let attachments: [AttachmentRow]

    /// - Returns: nil when the instance has not ended.
    package init?(
        _ instance: InstanceWrite, run: Value, history: [HistoryEntry], receipts: [ReceiptRow],
        members: [MemberRow], attachments: [AttachmentRow]
    ) {
        guard instance.status.isTerminal, let endedAt = instance.summary.endedAt else { return nil }
        id = instance.id
        name = instance.name
        version = instance.version
        status = instance.status
        revision = instance.revision
        startedAt = instance.summary.startedAt
        self.endedAt = endedAt
        self.run = run
        self.history = history
        self.receipts = receipts
        self.members = members
        self.attachments = attachments
    }

    package var ended: EndedInstance {
        EndedInstance(id: id, name: name, revision: revision, endedAt: endedAt)
    }
}

/// One that is put back: the rows of its document, and those that follow from its run.
package struct RestoredInstance: Sendable, Hashable {
    /// Inserted as it is, whatever its revision.
    package let instance: InstanceWrite
    package let history: [HistoryEntry]
    package let receipts: [ReceiptRow]
    package let members: [MemberRow]
    package let tasks: [TaskRow]
    package let references: [ReferenceRow]

    package init(
        instance: InstanceWrite, history: [HistoryEntry], receipts: [ReceiptRow],
        members: [MemberRow], tasks: [TaskRow], references: [ReferenceRow]
    ) {
        self.instance = instance
        self.history = history
        self.receipts = receipts
        self.members = members
        self.tasks = tasks
        self.references = references
    }

    /// - Parameter definition: the one that it ran on.
    package init(
        _ document: InstanceDocument, _ definition: WorkflowDefinition
    ) throws(DecodingFailure) {
        let run = try Run(decoding: document.row(document.run), definition: definition)
        guard run.status.isTerminal else {
            throw DecodingFailure(message: "it has not ended")
        }
        var write = InstanceWrite(run, definition)
        write.encode()
        instance = write
        history = document.history
        receipts = document.receipts
        members = document.members
        tasks = run.taskRows(definition)
        references = run.referenceRows
    }
}

extension InstanceDocument {
    /// As a store would return it, without what is derived from the run.
    func row(_ run: Value) -> InstanceWrite {
        let summary = InstanceSummary(
            states: [], startedAt: startedAt, updatedAt: endedAt, endedAt: endedAt, overdueAt: nil,
            incidents: 0, isRetrying: false, search: [])
        return InstanceWrite(
            id: id, name: name, version: version, status: status, revision: revision,
            summary: summary, body: JSON.encode(run))
    }

    /// Whose child it was.
    package var parent: InstanceID? {
        run["parent"]?["instance"]?.intValue.map { InstanceID($0) }
    }
}
