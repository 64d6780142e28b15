import Execution
import Values

/// The next commit of an instance with one line of history.
func step(
    _ id: Int64, revision: Int64 = 1, states: [String] = ["open"], incidents: Int = 0,
    search: [(name: String, value: Value)] = []
) -> Commit {
    let now = Timestamp(seconds: 1_700_000_000 + revision)
    var commit = Commit()
    commit.instance = InstanceWrite(
        id: InstanceID(id), name: InstanceName(workflow: "order", key: "k\(id)"), version: 1,
        status: .running, revision: revision,
        summary: InstanceSummary(
            states: states, startedAt: now, updatedAt: now, endedAt: nil, overdueAt: nil,
            incidents: incidents, isRetrying: false, search: search),
        body: Array("{\"revision\":\(revision)}".utf8))
    commit.history = [
        HistoryEntry(
            instance: InstanceID(id), sequence: revision, at: now, kind: "transition", data: [:])
    ]
    return commit
}
