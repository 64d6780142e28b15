import Execution
import Values

extension StoreSuite {
    private static let now = instant(1000)

    /// Instances of every health, in two workflows.
    private static let population: [InstanceWrite] = [
        instance(1, "a-1", status: .completed, states: []),
        instance(2, "a-2", status: .failed, states: [], incidents: 1),
        instance(3, "b-1", states: ["open.paid", "packing"], overdueAt: instant(1000)),
        instance(4, "b-2", states: ["opened"], overdueAt: instant(1001)),
        instance(5, "b-3", states: ["open"], isRetrying: true),
        instance(
            6, "c-1", states: ["open.paid.late"], overdueAt: instant(10), incidents: 2,
            isRetrying: true),
        instance(7, "a-1", workflow: "invoice", states: ["due"], overdueAt: instant(999)),
        instance(8, "d", status: .cancelled, states: [], overdueAt: instant(1)),
        instance(9, "e", overdueAt: instant(2000), isRetrying: true),
        instance(
            10, "f",
            search: [
                (name: "city", value: "Basel"), (name: "total", value: 12),
                (name: "express", value: true), (name: "note", value: nil),
            ]),
        instance(
            11, "g",
            search: [
                (name: "city", value: "Bern"), (name: "total", value: 12.5),
                (name: "express", value: false),
            ]),
        instance(12, "h", search: [(name: "city", value: 12), (name: "total", value: "12")]),
    ]

    private static func expectFound(
        _ store: any Store, _ terms: [InstanceQuery.Term], _ expected: [Int64]
    ) throws {
        let query = InstanceQuery(terms: terms, now: now, before: nil, count: 100)
        let page = try store.list(query)
        try expectEqual(page.instances.map(\.id.rawValue), expected, "\(terms)")
        try expectEqual(page.total, expected.count, "the total of \(terms)")
        try expect(!page.hasMore, "\(terms): more than all")
        for limit in [0, 1, 3] {
            let some = try store.list(
                InstanceQuery(terms: terms, now: now, before: nil, count: 1, countedUpTo: limit))
            try expectEqual(some.total, min(expected.count, limit), "counted up to \(limit)")
            try expectEqual(
                some.isTotalLeast, expected.count > limit, "\(terms): more than \(limit)")
        }
        let matching = population.filter { query.matches($0) }.map(\.id.rawValue)
        try expectEqual(Array(matching.reversed()), expected, "the meaning of \(terms)")
    }

    private static func populated(_ store: any Store) throws {
        try store.commit(population.map { commit($0) })
    }

    static let listCases: [StoreCase] = [
        StoreCase("a list without terms holds everything, newest first, whole") { store in
            try populated(store)
            let query = InstanceQuery(terms: [], now: now, before: nil, count: 100)
            let page = try store.list(query)
            try expectEqual(page.instances, population.reversed(), "all")
        },
        StoreCase("every health finds its own") { store in
            try populated(store)
            let expected: [(Health, [Int64])] = [
                (.ok, [8, 1]), (.blocked, [6, 2]), (.overdue, [7, 3]), (.failing, [9, 5]),
                (.waiting, [12, 11, 10, 4]), (.stuck, [7, 6, 3, 2]),
            ]
            for (health, ids) in expected { try expectFound(store, [.health(health)], ids) }
            try expectFound(store, [.health(.stuck), .workflow("order")], [6, 3, 2])
            try expectFound(store, [.health(.stuck), .health(.overdue)], [7, 3])
            try expectFound(store, [.health(.ok), .health(.blocked)], [])
        },
        StoreCase("what comes right above an instance in a list is found, newest first") { store in
            try populated(store)
            func above(_ id: Int64, _ terms: [InstanceQuery.Term], _ count: Int) throws -> [Int64] {
                let query = InstanceQuery(
                    terms: terms, now: now, before: nil, above: InstanceID(id), count: count)
                return try store.list(query).instances.map(\.id.rawValue)
            }
            try expectEqual(try above(3, [], 2), [5, 4], "of all")
            try expectEqual(try above(2, [.health(.stuck)], 1), [3], "of the stuck")
            try expectEqual(try above(4, [.health(.stuck)], 9), [7, 6], "all there are")
            try expectEqual(try above(7, [.health(.stuck)], 1), [], "none")
            try expectEqual(try above(1, [.status(.running), .workflow("order")], 2), [4, 3], "")
        },
        StoreCase("who is paused is found, alone, by whom and why, and counted so") { store in
            func pause(_ by: String, _ reason: String, _ second: Int64) -> PauseSummary {
                PauseSummary(by: by, reason: reason, since: instant(second))
            }
            let held: [InstanceWrite] = [
                instance(1, "a", incidents: 1, pause: pause("operator/ana", "an outage", 5)),
                instance(2, "b", incidents: 1, pause: pause("operator/ana", "an outage", 3)),
                instance(
                    3, "c", workflow: "invoice", incidents: 2,
                    pause: pause("operator/ana", "audit", 4)),
                instance(4, "d", incidents: 1, pause: pause("clerk/ana", "an outage", 9)),
                instance(5, "e", incidents: 1), instance(6, "f"),
                // As bytes they differ.
                instance(7, "g", incidents: 1, pause: pause("operator/e\u{301}", "audit", 1)),
                instance(8, "h", incidents: 1, pause: pause("operator/\u{e9}", "audit", 1)),
            ]
            try store.commit(held.map { commit($0) })
            let expected: [([InstanceQuery.Term], [Int64])] = [
                ([.paused], [8, 7, 4, 3, 2, 1]), ([.pausedBy("ana")], [4, 3, 2, 1]),
                ([.pausedBy("operator/ana")], [3, 2, 1]), ([.pausedBy("operator")], []),
                ([.pausedBy("operator/ana"), .pauseReason("an outage")], [2, 1]),
                ([.pauseReason("audit"), .workflow("invoice")], [3]),
                ([.paused, .key("c")], [3]), ([.paused, .health(.blocked)], [8, 7, 4, 3, 2, 1]),
                ([.pausedBy("\u{e9}")], [8]), ([.paused, .status(.completed)], []),
            ]
            for (terms, ids) in expected {
                let query = InstanceQuery(terms: terms, now: now, before: nil, count: 9)
                let page = try store.list(query)
                try expectEqual(page.instances.map(\.id.rawValue), ids, "\(terms)")
                try expectEqual(page.total, ids.count, "the total of \(terms)")
                try expectEqual(
                    page.instances, held.filter { ids.contains($0.id.rawValue) }.reversed(),
                    "whole")
            }
            let groups = try store.pauseGroups(count: 9)
            try expectEqual(groups.map(\.count), [2, 1, 1, 1, 1], "counts")
            try expectEqual(
                groups.first,
                PauseGroup(
                    by: "operator/ana", reason: "an outage", count: 2, first: instant(3),
                    last: instant(5)), "the largest")
            try expectEqual(groups[1].by, "clerk/ana", "then by who")
            try expectEqual(try store.pauseGroups(count: 2).count, 2, "cut off")
            try store.commit([
                commit(instance(1, "a", revision: 2)),
                commit(
                    instance(
                        2, "b", revision: 2, incidents: 1,
                        pause: pause("operator/ana", "a longer outage", 3))),
                commit(
                    instance(
                        6, "f", revision: 2, incidents: 1,
                        pause: pause("operator/ana", "audit", 20))),
            ])
            let later = try store.list(
                InstanceQuery(terms: [.pausedBy("operator/ana")], now: now, before: nil, count: 9))
            try expectEqual(later.instances.map(\.id.rawValue), [6, 3, 2], "as it changes")
            try expectEqual(
                try store.pauseGroups(count: 1),
                [
                    PauseGroup(
                        by: "operator/ana", reason: "audit", count: 2, first: instant(4),
                        last: instant(20))
                ], "and the groups with it")
        },
        StoreCase("lists by workflow, key, status and state") { store in
            try populated(store)
            try expectFound(store, [.workflow("invoice")], [7])
            try expectFound(store, [.workflow("none")], [])
            try expectFound(store, [.key("a-1")], [7, 1])
            try expectFound(store, [.workflow("order"), .key("a-1")], [1])
            try expectFound(store, [.keyPrefix("b-")], [5, 4, 3])
            try expectFound(store, [.keyPrefix("")], Array((1...12).reversed()))
            try expectFound(store, [.workflow("order"), .keyPrefix("a")], [2, 1])
            try expectFound(store, [.status(.cancelled)], [8])
            try expectFound(store, [.status(.running), .workflow("invoice")], [7])
            try expectFound(store, [.status(.completed), .status(.failed)], [])
            try expectFound(store, [.state("open.paid")], [6, 3])
            try expectFound(store, [.state("packing")], [3])
            try expectFound(store, [.state("opened")], [4])
            try expectFound(store, [.state("open"), .keyPrefix("b")], [5, 3])
            try expectFound(store, [.state("paid")], [])
        },
        StoreCase("lists by version, alone and with what else there is") { store in
            try store.commit([
                commit(instance(1, "a")), commit(instance(2, "b", version: 2)),
                commit(instance(3, "c", version: 2, status: .completed, states: [])),
                commit(instance(4, "a", workflow: "invoice", version: 2)),
            ])
            let expected: [([InstanceQuery.Term], [Int64])] = [
                ([.version(2)], [4, 3, 2]), ([.version(1)], [1]), ([.version(3)], []),
                ([.workflow("order"), .version(2)], [3, 2]),
                ([.workflow("order"), .version(2), .status(.running)], [2]),
                ([.version(2), .key("a")], [4]), ([.version(2), .health(.ok)], [3]),
            ]
            for (terms, ids) in expected {
                let query = InstanceQuery(terms: terms, now: now, before: nil, count: 9)
                let page = try store.list(query)
                try expectEqual(page.instances.map(\.id.rawValue), ids, "\(terms)")
                try expectEqual(page.total, ids.count, "the total of \(terms)")
            }
        },
        StoreCase("lists by search attribute keep to the value's kind") { store in
            try populated(store)
            try expectFound(store, [.search("city", "=", "Basel")], [10])
            try expectFound(store, [.search("city", ">", "Basel")], [11])
            try expectFound(store, [.search("city", ">=", "")], [11, 10])
            try expectFound(store, [.search("city", "<", 100)], [12])
            try expectFound(store, [.search("total", ">", 12)], [11])
            try expectFound(store, [.search("total", ">=", 12.0)], [11, 10])
            try expectFound(store, [.search("total", "=", "12")], [12])
            try expectFound(store, [.search("express", "=", true)], [10])
            try expectFound(store, [.search("express", "<", true)], [11])
            try expectFound(store, [.search("express", "=", 1)], [])
            try expectFound(store, [.search("note", "=", nil)], [])
            try expectFound(
                store, [.search("total", "<=", 12.5), .search("city", "<", "Bern")], [10])
        },
        StoreCase("search attributes follow the instance's updates") { store in
            try store.commit([commit(instance(1, search: [(name: "city", value: "Bern")]))])
            let moved = instance(1, revision: 2, search: [(name: "city", value: "Chur")])
            try store.commit([commit(moved)])
            for (city, count) in [("Bern", 0), ("Chur", 1)] {
                let query = InstanceQuery(
                    terms: [.search("city", "=", .string(city))], now: now, before: nil, count: 9)
                try expectEqual(try store.list(query).total, count, city)
            }
        },
        StoreCase("health follows the instance's updates") { store in
            let steps = [
                instance(1), instance(1, revision: 2, overdueAt: instant(5)),
                instance(1, revision: 3, states: ["x"], overdueAt: instant(5), incidents: 1),
                instance(1, revision: 4, isRetrying: true),
                instance(1, revision: 5, status: .completed, states: []),
            ]
            let healths: [Health] = [.waiting, .overdue, .blocked, .failing, .ok]
            for (step, health) in zip(steps, healths) {
                try store.commit([commit(step)])
                for other in Health.allCases where other != .stuck {
                    let query = InstanceQuery(
                        terms: [.health(other)], now: now, before: nil, count: 9)
                    let isExpected = other == health
                    try expectEqual(
                        try store.list(query).total, isExpected ? 1 : 0,
                        "\(other) at revision \(step.revision)")
                }
            }
        },
        StoreCase("pages follow each other without gap and overlap") { store in
            try populated(store)
            for terms in [[], [.health(.stuck)], [.status(.running)]] as [[InstanceQuery.Term]] {
                var seen: [Int64] = []
                var before: InstanceID?
                var hasMore = true
                while hasMore, seen.count < 100 {
                    let query = InstanceQuery(terms: terms, now: now, before: before, count: 2)
                    let page = try store.list(query)
                    try expect(page.instances.count <= 2, "a page of more than two")
                    try expect(!page.instances.isEmpty, "an empty page after hasMore")
                    seen += page.instances.map(\.id.rawValue)
                    before = page.instances.last?.id
                    hasMore = page.hasMore
                }
                let query = InstanceQuery(terms: terms, now: now, before: nil, count: 100)
                let all = try store.list(query)
                try expectEqual(seen, all.instances.map(\.id.rawValue), "\(terms)")
            }
        },
    ]
}

extension InstanceQuery.Term {
    fileprivate static func search(_ name: String, _ sign: String, _ value: Value) -> Self {
        .search(
            name: name, comparison: InstanceQuery.Comparison(rawValue: sign) ?? .equal,
            value: value)
    }
}
