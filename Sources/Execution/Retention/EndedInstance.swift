import Values

/// One that has ended, as lists of what may go name it.
package struct EndedInstance: Sendable, Hashable {
    package let id: InstanceID
    package let name: InstanceName
    /// What it was when somebody looked: at any other it is left alone.
    package let revision: Int64
    package let endedAt: Timestamp

    package init(id: InstanceID, name: InstanceName, revision: Int64, endedAt: Timestamp) {
        self.id = id
        self.name = name
        self.revision = revision
        self.endedAt = endedAt
    }
}

/// Instances of one workflow that have ended and leave nothing to be done: no open incident, no call, timer or message of
/// theirs. The one that started last and the one that the history ends with are never among them, so that no number of
/// theirs is given out twice.
package struct EndedQuery: Sendable, Hashable {
    @ExactText package private(set) var workflow: String
    /// Not later than this.
    package let endedBy: Timestamp
    /// Those that come behind it; nil: from the first.
    package let after: EndedInstance?
    package let count: Int

    package init(
        workflow: String, endedBy: Timestamp, after: EndedInstance? = nil, count: Int
    ) {
        self.workflow = workflow
        self.endedBy = endedBy
        self.after = after
        self.count = count
    }
}
