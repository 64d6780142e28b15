import Execution
import MemoryStore
import Testbed
import Testing
import Values

@testable import SQLiteStore

/// Whichever way a list is found (through an index, among the newest rows, by a search attribute), it is the same list.
@Suite struct ListTests {
    private static let now = Timestamp(milliseconds: 1_000_000)

    private static func population(_ random: inout SeededRandom) -> [InstanceWrite] {
        let statuses = Run.Status.allCases
        return (1...60).map { number in
            let status = random.chance(600) ? .running : statuses[random.below(statuses.count)]
            let due = random.chance(500) ? nil : now + .seconds(random.below(200) - 100)
            let summary = InstanceSummary(
                states: [["open"], ["open.paid", "packing"], ["opened"], []][random.below(4)],
                startedAt: now, updatedAt: now, endedAt: status.isTerminal ? now : nil,
                overdueAt: due, incidents: random.chance(150) ? 1 : 0,
                isRetrying: random.chance(300),
                pause: random.chance(200)
                    ? PauseSummary(
                        by: random.chance(500) ? "operator/ana" : "clerk/bo",
                        reason: random.chance(500) ? "an outage" : "audit", since: now) : nil,
                search: [
                    (name: "city", value: random.chance(500) ? "Bern" : "Basel"),
                    (name: "total", value: .int(Int64(random.below(20)))),
                ])
            return InstanceWrite(
                id: InstanceID(Int64(number)),
                name: InstanceName(
                    workflow: random.chance(500) ? "order" : "invoice", key: "k-\(number)"),
                version: 1 + random.below(2), status: status, revision: 1, summary: summary,
                body: Array("{}".utf8))
        }
    }

    private static let terms: [InstanceQuery.Term] =
        [
            .workflow("order"), .version(2), .key("k-7"), .keyPrefix("k-1"), .state("open"),
            .search(name: "city", comparison: .equal, value: "Bern"),
            .search(name: "city", comparison: .greaterOrEqual, value: "Bern"),
            .search(name: "total", comparison: .greater, value: 5),
            .search(name: "total", comparison: .equal, value: 7),
            .search(name: "none", comparison: .equal, value: nil), .paused, .pausedBy("ana"),
            .pausedBy("clerk/bo"), .pauseReason("audit"),
        ] + Health.allCases.map { .health($0) } + Run.Status.allCases.map { .status($0) }

    @Test(arguments: 1...4)
    func aListIsTheSameWhicheverWayItIsFound(_ seed: Int) throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        let model = MemoryStore()
        var random = SeededRandom(seed: UInt64(seed))
        for instance in Self.population(&random) {
            var commit = Commit()
            commit.instance = instance
            try store.commit([commit])
            try model.commit([commit])
        }
        for _ in 0..<150 {
            let terms = (0..<(1 + random.below(3))).map { _ in
                Self.terms[random.below(Self.terms.count)]
            }
            let query = InstanceQuery(
                terms: terms, now: Self.now,
                before: random.chance(500) ? nil : InstanceID(Int64(random.below(60))),
                above: random.chance(700) ? nil : InstanceID(Int64(random.below(60))),
                count: 1 + random.below(8), countedUpTo: random.chance(500) ? nil : random.below(30)
            )
            let expected = try model.list(query)
            for span in [0, 5, 1_000] {
                let found = try store.list(query, probing: span)
                #expect(
                    found.instances.map(\.id) == expected.instances.map(\.id), "\(terms) \(span)")
                #expect(found.hasMore == expected.hasMore, "\(terms) \(span)")
                #expect(found.total == expected.total, "\(terms) \(span)")
                #expect(found.isTotalLeast == expected.isTotalLeast, "\(terms) \(span)")
            }
        }
    }
}
