import ArgumentParser
import Engine
import Execution
import SQLiteStore
import Values

/// W10: pages of fifty from lists of tasks for people, as their pages ask for them.
struct TaskLists: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "W10: lists of tasks for people.")

    @OptionGroup var scratch: Scratch
    @Option(help: "Tasks that are open.")
    var tasks = 100_000
    @Option(help: "Pages that are read, each the next one of its list or a first one.")
    var pages = 2_000

    private static let roles = ["manager", "clerk", "client", "cook"]
    private static let filters = [
        "", "role:manager", "role:clerk claimed:none", "role:manager overdue", "assignee:me",
        "claimed:me", "can:me", "can:me due<2d", "role:clerk priority>80",
    ]
    private static let now = Timestamp(seconds: 1_800_000_000)

    func run() throws {
        let folder = try Folder(below: scratch.scratch)
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        try fill(store)
        let inspector = Inspector(
            store: store, catalog: try Definitions.catalog(), now: Self.now)
        var latencies: [UInt64] = []
        var cursors: [TaskPosition?] = Array(repeating: nil, count: Self.filters.count)
        let cpu = Process.cpuSeconds()
        for page in 0..<pages {
            let list = page % Self.filters.count
            let actor = Actor(role: "manager", subject: "person-\(page % 100)")
            let start = Monotonic.now()
            let answer = try inspector.tasks(
                Self.filters[list], as: actor, after: cursors[list], count: 50)
            latencies.append(Monotonic.now() - start)
            cursors[list] = answer["cursor"]?.stringValue.flatMap(TaskPosition.init(cursor:))
        }
        let seconds = Double(latencies.reduce(0, +)) / 1e9
        report(
            Measurement(
                latencies: latencies, seconds: seconds, cpuSeconds: Process.cpuSeconds() - cpu
            ).members("W10", clients: tasks))
    }

    /// One in ten is overdue, one in three is somebody's, of a hundred people.
    private func fill(_ store: SQLiteStore) throws {
        var number = 0
        while number < tasks {
            var commit = Commit()
            for _ in 0..<min(2_000, tasks - number) {
                commit.tasksSet.append(row(number))
                number += 1
            }
            try store.commit([commit])
        }
    }

    private func row(_ number: Int) -> TaskRow {
        let mixed = number &* 2_654_435_761 & 0xFFFF
        let person = "person-\(mixed % 100)"
        let role = Self.roles[mixed / 100 % Self.roles.count]
        let claim = OpenTask.Claim(
            by: Doer(Actor(role: role, subject: person)), at: Self.now)
        return TaskRow(
            instance: InstanceID(Int64(number + 1)), activation: 1,
            name: InstanceName(workflow: "hiring", key: "a-\(number)"), role: role,
            assignee: mixed % 3 == 0 ? person : "", claimedBy: mixed % 6 == 0 ? person : "",
            priority: [50, 50, 50, 20, 90][mixed % 5],
            due: Self.now + .seconds((mixed % 1_000 - 100) * 600), state: "deciding",
            facts: TaskRow.Facts(
                title: "Accept or decline applicant \(number)", openedAt: Self.now,
                claim: mixed % 6 == 0 ? claim : nil))
    }
}
