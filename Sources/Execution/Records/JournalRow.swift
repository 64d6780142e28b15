import Values

/// What one commit added to a history, and where it stands among all that was committed.
package struct JournalRow: Sendable, Hashable {
    /// Grows from commit to commit; not every number is there.
    package let position: Int64
    /// nil: it is the engine's own, or the instance is there no more.
    package let name: InstanceName?
    /// In order; of one instance.
    package let entries: [HistoryEntry]

    package init(position: Int64, name: InstanceName?, entries: [HistoryEntry]) {
        self.position = position
        self.name = name
        self.entries = entries
    }
}
