import Foundation
import Logging
import Testing

@testable import Pawl

/// What an application sees that embeds the engine.
@Suite struct EmbeddingTests {
    @Test func `an instance is started, found again, moved and ends with an output`() async throws {
        try await withRunning(lamps()) { pawl in
            let lamp = try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5))
            #expect(lamp.isNew)
            #expect(try await !pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5)).isNew)
            let receipt = try await lamp.send("lamp.on", data: [:], id: "1")
            #expect(receipt.outcome == .applied)
            #expect(try await lamp.send("lamp.on", data: [:], id: "1").outcome == .duplicate)
            let lit = try await lamp.wait(until: .state("lit"), atMost: .seconds(60))
            #expect(lit.status == .running && lit.states == ["lit"] && lit.input["watts"] == 5)
            try await lamp.send("lamp.broken", data: [:], id: "2")
            #expect(try await lamp.output(atMost: .seconds(60)) == LampEnd(count: 1))
            #expect(try await lamp.history().map(\.sequence).first == 1)
        }
    }

    @Test func `names are strings where no types are wanted`() async throws {
        try await withRunning(lamps()) { pawl in
            try await pawl.start("lamp", key: "l-1", input: ["watts": 5])
            let why = try await pawl.instance("lamp", key: "l-1").why()
            #expect(why.blockers.map(\.kind) == ["waiting.event"])
            #expect(why.description.contains("pawl send lamp/l-1 lamp.on"))
        }
    }

    @Test func `a repeat with another input is told that a key names one instance`() async throws {
        try await withRunning(lamps()) { pawl in
            try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5))
            let problem = await #expect(throws: Problem.self) {
                try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 6))
            }
            #expect(problem?.code == .keyConflict)
        }
    }

    @Test func `what does not fit is said with its place`() async throws {
        try await withRunning(lamps()) { pawl in
            let input = await #expect(throws: Problem.self) {
                try await pawl.start("lamp", key: "l-1", input: ["watts": "many"])
            }
            #expect(input?.code == .invalid && input?.errors.map(\.pointer) == ["/watts"])
            let workflow = await #expect(throws: Problem.self) {
                try await pawl.start("lmp", key: "l-1", input: [:])
            }
            #expect(workflow?.code == .unknownWorkflow)
            let state = await #expect(throws: Problem.self) {
                try await pawl.start("lamp", key: "l-2", input: ["watts": 5])
                    .wait(until: .state("lid"), atMost: .seconds(60))
            }
            #expect(state?.code == .unknownState && state?.fix == "did you mean lit?")
        }
    }

    @Test func `a wait ends with its time, and the instance goes on`() async throws {
        try await withRunning(lamps()) { pawl in
            let lamp = try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5))
            let problem = await #expect(throws: Problem.self) { try await lamp.wait(atMost: .zero) }
            #expect(problem?.code == .timedOut)
            #expect(try await lamp.snapshot().status == .running)
        }
    }

    @Test func `lists come in pages, and values of strangers stay values`() async throws {
        try await withRunning(lamps()) { pawl in
            for number in 1...5 {
                try await pawl.start(.lamp, key: "l-\(number)", input: Lamp(watts: number))
            }
            let first = try await pawl.list(limit: 3)
            #expect(first.elements.map(\.key) == ["l-5", "l-4", "l-3"] && first.total == 5)
            let cursor = try #require(first.next.flatMap { Cursor($0.description) })
            let rest = try await pawl.list(limit: 3, after: cursor)
            #expect(rest.elements.map(\.key) == ["l-2", "l-1"] && rest.next == nil)
            let found = try await pawl.list(.search("watts", above: 3).and(.workflow("lamp")))
            #expect(found.total == 2)
            #expect(try await pawl.list(.search("watts", equals: "3 health:stuck")).total == 0)
            #expect(try await pawl.list(Filter(parsing: "watts>3")).total == 2)
        }
    }

    @Test func `an operator's deed has a preview that changes nothing`() async throws {
        try await withRunning(lamps()) { pawl in
            let lamp = try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5))
            let olga = Principal(role: "operator", subject: "olga")
            let preview = try await lamp.preview(.terminate, reason: "a trial", as: olga)
            #expect(preview.status == .terminated)
            #expect(try await lamp.snapshot().status == .running)
            try await lamp.perform(.terminate, reason: "a trial", as: olga)
            #expect(try await lamp.snapshot().status == .terminated)
            let problem = await #expect(throws: Problem.self) {
                try await lamp.perform(.cancel, reason: "again", as: olga)
            }
            #expect(problem?.code == .instanceEnded || problem?.code == .notApplicable)
        }
    }

    @Test func `nobody is the engine itself`() async throws {
        try await withRunning(lamps()) { pawl in
            for (role, code) in [("system", Problem.Code.forbidden), ("a b", .invalid)] {
                let problem = await #expect(throws: Problem.self) {
                    try await pawl.start(
                        .lamp, key: "l-1", input: Lamp(watts: 5),
                        as: Principal(role: role, subject: "x"))
                }
                #expect(problem?.code == code)
            }
        }
    }

    @Test func `records change from outside, in one commit or not at all`() async throws {
        try await withRunning(lamps()) { pawl in
            try await pawl.update { $0.put(Meter(id: "all", count: 99)) }
            for key in ["l-1", "l-2"] {
                let lamp = try await pawl.start(.lamp, key: key, input: Lamp(watts: 5))
                try await lamp.send("lamp.on", data: [:], id: "1")
            }
            #expect(try await pawl.instance(.lamp, key: "l-1").snapshot().states == ["lit"])
            #expect(try await pawl.instance(.lamp, key: "l-2").snapshot().states == ["worn"])
            let refused = await #expect(throws: Problem.self) {
                try await pawl.update { (records) throws(Refusal) in
                    records.put(Meter(id: "all", count: 0))
                    throw Refusal("no", "not today")
                }
            }
            #expect(refused?.code == .notApplicable && refused?.errors.map(\.detail) == ["no"])
            let count = try await pawl.update { (records) throws(Refusal) in
                try records.find(Meter.self, id: "all")?.count
            }
            #expect(count == 100)
            let twice = await #expect(throws: Problem.self) {
                try await pawl.update { $0.add(Meter(id: "all", count: 0)) }
            }
            #expect(twice?.code == .keyConflict)
        }
    }

    @Test func `updates of many tasks are as if one after another`() async throws {
        try await withRunning(lamps()) { pawl in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...50 {
                    group.addTask {
                        try await pawl.update { (records) throws(Refusal) in
                            var meter =
                                try records.find(Meter.self, id: "all")
                                ?? Meter(id: "all", count: 0)
                            meter.count += 1
                            records.put(meter)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let count = try await pawl.update { (records) throws(Refusal) in
                try records.find(Meter.self, id: "all")?.count
            }
            #expect(count == 50)
        }
    }

    @Test func `changes are seen until the engine ends`() async throws {
        let pawl = try await lamps()
        let lamp = pawl.instance(.lamp, key: "l-1")
        let changes = lamp.changes
        try await withRunning(pawl) { pawl in
            try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5))
            try await lamp.send("lamp.on", data: [:], id: "1")
        }
        var last: Snapshot?
        for await snapshot in changes { last = snapshot }
        #expect(last?.states == ["lit"])
    }
}

/// How it behaves as a guest in somebody's process.
@Suite struct GuestTests {
    @Test func `two of them are two databases`() async throws {
        try await withRunning(lamps()) { one in
            try await withRunning(lamps()) { other in
                try await one.start(.lamp, key: "l-1", input: Lamp(watts: 5))
                #expect(try await one.list().total == 1)
                #expect(try await other.list().total == 0)
            }
        }
    }

    @Test func `a request before run waits, and the log says so`() async throws {
        let (messages, continuation) = AsyncStream.makeStream(of: String.self)
        let logger = Logger(label: "test") { _ in Listening(continuation: continuation) }
        var settings = Settings()
        settings.patience = .milliseconds(1)
        let pawl = try await Pawl(
            files: lampFiles, store: .memory, business: Lamps(), settings: settings, logger: logger)
        let lamp = Task { try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5)) }
        var heard = messages.makeAsyncIterator()
        let message = await heard.next()
        #expect(message?.hasPrefix("nobody runs this Pawl; 1 request waits.") == true)
        let isNew = try await withRunning(pawl) { _ in try await lamp.value.isNew }
        #expect(isNew)
    }

    @Test func `it runs once, and answers nothing afterwards`() async throws {
        let pawl = try await lamps()
        try await withRunning(pawl) { pawl in
            try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5))
            let again = await #expect(throws: Problem.self) { try await pawl.run() }
            #expect(again?.code == .notApplicable)
        }
        let late = await #expect(throws: Problem.self) {
            try await pawl.start(.lamp, key: "l-2", input: Lamp(watts: 5))
        }
        #expect(late?.code == .unavailable)
        let look = await #expect(throws: Problem.self) { try await pawl.list() }
        #expect(look?.code == .unavailable)
    }

    @Test func `nothing is said about a disk that nobody can trust, and the host decides`()
        async throws
    {
        let store = BrokenStore()
        let pawl = try lamps(over: store)
        let running = Task { try await pawl.run() }
        let lamp = try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5))
        store.breakDown()
        let start = await #expect(throws: Problem.self) {
            try await pawl.start(.lamp, key: "l-2", input: Lamp(watts: 5))
        }
        let run = await #expect(throws: Problem.self) { try await running.value }
        #expect(run?.code == .storeUntrusted && run?.message.contains("fsync failed") == true)
        // It may be told before the host is.
        #expect(start?.code == .storeUntrusted || start?.code == .unavailable)
        for _ in 1...2 {
            let look = await #expect(throws: Problem.self) { try await lamp.snapshot() }
            #expect(look?.code == .storeUntrusted)
            let later = await #expect(throws: Problem.self) {
                try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5))
            }
            #expect(later?.code == .storeUntrusted)
        }
    }

    @Test func `a cancelled task waits no longer, and nobody runs it yet`() async throws {
        let pawl = try await lamps()
        let task = Task { try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5)) }
        task.cancel()
        let problem = await #expect(throws: Problem.self) { try await task.value }
        #expect(problem?.code == .cancelled)
    }

    @Test func `what was acknowledged is found by the next one`() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            let pawl = try await lamps(.sqlite(folder))
            let second = await #expect(throws: Problem.self) { try await lamps(.sqlite(folder)) }
            #expect(second?.code == .unavailable)
            #expect(second?.message.contains("is in use") == true)
            try await withRunning(pawl) { pawl in
                _ = try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5))
            }
        }
        let found = try await withRunning(lamps(.sqlite(folder))) { pawl in
            try await pawl.start(.lamp, key: "l-1", input: Lamp(watts: 5))
        }
        #expect(!found.isNew)
    }

    @Test func `operations and manifests are compared both ways, all at once`() async throws {
        struct Wrong: Business {
            var operations: LocalOperations { ["meter.cuont": Count()] }
        }
        let problem = await #expect(throws: Problem.self) {
            try await Pawl(files: lampFiles, store: .memory, business: Wrong(), logger: quiet)
        }
        #expect(problem?.code == .invalid)
        #expect(
            problem?.errors == [
                Problem.Detail(
                    pointer: "adapters/meter/adapter.yaml:5:3",
                    detail: "Wrong gives no meter.count; add \"meter.count\": … to its operations"),
                Problem.Detail(
                    pointer: "",
                    detail: "Wrong gives meter.cuont, which no manifest declares; "
                        + "did you mean meter.count?"),
            ])
    }

    @Test func `a folder that is not there is named`() async throws {
        let problem = await #expect(throws: Problem.self) {
            try await Pawl(directory: "/nowhere", store: .memory)
        }
        #expect(problem?.code == .notFound)
    }
}
