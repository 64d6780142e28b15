import Definition
import Engine
import Execution
import MemoryStore
import Testbed
import Testing
import Values

/// Instances that start by the clock (G6), with the machine driven by hand.
@Suite struct ScheduleStories {
    /// Sunday midnight in Moscow, 2026-01-04T21:00Z being the first after `Bench.morning` (Monday 2026-01-05).
    private static func weekly(_ more: String = "", work: String = "{after: {10m: z}}") -> String {
        """
        workflow: w
        version: 1
        start:
          schedule:
            cron: '0 0 * * MON'
            zone: Europe/Moscow
            \(more)
            input: {cutoff: '${string(schedule.at)}', since: '${schedule.last == null ? "" : string(schedule.last)}'}
        input: {type: object, properties: {cutoff: {type: string}, since: {type: string}}}
        events: {go: {}, cancel: {}}
        initial: a
        states:
          a: \(work)
          z: {type: final}
        """
    }

    private static let monday = Timestamp(rfc3339: "2026-01-11T21:00:00Z")!
    private static let week = Duration.seconds(7 * 86_400)

    private func bench(_ more: String = "", work: String = "{after: {10m: z}}") throws -> Bench {
        var bench = try Bench(try Catalog([Self.weekly(more, work: work)]))
        try bench.settle()
        return bench
    }

    private func keys(_ bench: Bench) throws -> [String] {
        let query = InstanceQuery(terms: [], now: bench.now, before: nil, count: 100)
        return try bench.store.list(query).instances.map(\.name.key).reversed()
    }

    private func log(_ bench: Bench) throws -> [String] {
        try view(bench).log.reversed().map { row in
            row.outcome.rawValue + (row.occurrence.map { " \($0.key)" } ?? "")
                + (row.count > 1 ? " x\(row.count)" : "") + (row.reason.map { ": \($0)" } ?? "")
        }
    }

    private func view(_ bench: Bench) throws -> ScheduleView {
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        return try inspector.schedule(of: "w")
    }

    @Test func anOccurrenceStartsOneInstanceAtItsMoment() throws {
        var bench = try bench()
        #expect(try keys(bench).isEmpty)
        #expect(bench.machine.nextTimer == Self.monday)
        bench.now = Self.monday - .milliseconds(1)
        try bench.settle()
        #expect(try keys(bench).isEmpty)
        bench.now = Self.monday
        try bench.settle()
        #expect(try keys(bench) == ["2026-01-12T00:00"])
        let run = try #require(try bench.run("w", "2026-01-12T00:00"))
        #expect(run.input["cutoff"] == "2026-01-11T21:00:00Z")
        #expect(run.input["since"] == "")
        #expect(try log(bench) == ["started 2026-01-12T00:00"])
    }

    @Test func theNextOneKnowsWhenTheLastOneWas() throws {
        var bench = try bench()
        for _ in 0..<2 {
            bench.now = max(bench.now, Self.monday - Self.week) + Self.week
            try bench.settle()
            bench.now = bench.now + .seconds(600)
            try bench.settle()
        }
        let second = try #require(try bench.run("w", "2026-01-19T00:00"))
        #expect(second.input["since"] == "2026-01-11T21:00:00Z")
    }

    @Test func aRestartStartsNothingTwice() throws {
        var bench = try bench()
        bench.now = Self.monday
        try bench.settle()
        for _ in 0..<3 {
            bench.machine = try EngineMachine(catalog: bench.machine.catalog, store: bench.store)
            _ = try bench.machine.recover(now: bench.now)
            try bench.settle()
        }
        #expect(try keys(bench) == ["2026-01-12T00:00"])
    }

    @Test func aStateThatWasLostStartsNothingTwiceEither() throws {
        var bench = try bench()
        bench.now = Self.monday
        try bench.settle()
        let name = InstanceName(workflow: "w", key: "2026-01-12T00:00")
        var turned = ScheduleRecord(processedUpTo: Self.monday - .seconds(60))
        turned.lastRow = 1
        turned.rule = try #require(bench.machine.catalog.schedule(of: "w")).fingerprint
        let revision = try #require(
            try bench.store.records(
                RecordQuery(collection: ScheduleRecord.collection, selection: .id("w"))
            ).records.first?.revision)
        var commit = Commit()
        commit.records = [
            RecordWrite(
                collection: ScheduleRecord.collection, id: "w", group: "",
                expectedRevision: revision, body: turned.encoded)
        ]
        try bench.store.commit([commit])
        bench.machine = try EngineMachine(catalog: bench.machine.catalog, store: bench.store)
        _ = try bench.machine.recover(now: bench.now)
        try bench.settle()
        #expect(try keys(bench) == [name.key])
        #expect(try log(bench).last == "existed \(name.key)")
    }

    @Test func afterDowntimeOneCatchesUpAndTheOthersAreRecorded() throws {
        var bench = try bench()
        bench.now = Self.monday + Self.week * 3
        try bench.settle()
        #expect(try keys(bench) == ["2026-02-02T00:00"])
        #expect(
            try log(bench) == [
                "skipped 2026-01-12T00:00 x3: backlog", "started 2026-02-02T00:00",
            ])
    }

    @Test func whatIsLaterThanTheWindowIsSkippedWithTheReason() throws {
        var bench = try bench("catchup: {window: 1h}")
        bench.now = Self.monday + .seconds(7200)
        try bench.settle()
        #expect(try keys(bench).isEmpty)
        #expect(try log(bench) == ["skipped 2026-01-12T00:00: catchup-window"])
    }

    @Test func whileOneRunsTheNextIsSkipped() throws {
        var bench = try bench(work: "{on: {go: z}}")
        for week in 0..<2 {
            bench.now = Self.monday + Self.week * week
            try bench.settle()
        }
        #expect(try keys(bench) == ["2026-01-12T00:00"])
        #expect(try log(bench).last == "skipped 2026-01-19T00:00: overlap")
    }

    @Test func aBufferedOneStartsWhenTheRunningOneHasEnded() throws {
        var bench = try bench("overlap: bufferOne", work: "{on: {go: z}}")
        for week in 0..<3 {
            bench.now = Self.monday + Self.week * week
            try bench.settle()
        }
        #expect(try keys(bench) == ["2026-01-12T00:00"])
        _ = try bench.ask(.event("go", to: "2026-01-12T00:00"))
        #expect(try keys(bench) == ["2026-01-12T00:00", "2026-01-19T00:00"])
        #expect(
            try log(bench) == [
                "started 2026-01-12T00:00", "buffered 2026-01-19T00:00",
                "skipped 2026-01-26T00:00: overlap", "started 2026-01-19T00:00",
            ])
    }

    @Test func cancelOtherStartsWhenTheCancelledOneHasEnded() throws {
        var bench = try bench("overlap: cancelOther", work: "{on: {go: z}}")
        for week in 0..<2 {
            bench.now = Self.monday + Self.week * week
            try bench.settle()
        }
        let first = try #require(try bench.run("w", "2026-01-12T00:00"))
        #expect(first.status == .cancelled)
        #expect(try keys(bench) == ["2026-01-12T00:00", "2026-01-19T00:00"])
    }

    @Test func terminateOtherEndsTheRunningOneWithoutItsLogic() throws {
        var bench = try bench("overlap: terminateOther", work: "{on: {go: z, cancel: a}}")
        for week in 0..<2 {
            bench.now = Self.monday + Self.week * week
            try bench.settle()
        }
        let first = try #require(try bench.run("w", "2026-01-12T00:00"))
        #expect(first.status == .terminated)
        #expect(try keys(bench) == ["2026-01-12T00:00", "2026-01-19T00:00"])
        #expect(try view(bench).record?.running == ["2026-01-19T00:00"])
    }

    @Test func aPausedScheduleStartsNothingButWhatAPersonAsksFor() throws {
        var bench = try bench()
        let admin = Actor(role: "admin", subject: "a-1")
        _ = try bench.ask(.schedule(workflow: "w", .pause(reason: "audit"), actor: admin))
        bench.now = Self.monday
        try bench.settle()
        #expect(try keys(bench).isEmpty)
        let reply = try bench.ask(.schedule(workflow: "w", .run(reason: "now"), actor: admin))
        #expect(try keys(bench) == ["run-2026-01-11T21:00:00Z"])
        #expect(reply?.schedule?.started.map(\.key) == ["run-2026-01-11T21:00:00Z"])
        _ = try bench.ask(.schedule(workflow: "w", .resume(reason: "done"), actor: admin))
        #expect(
            try log(bench) == [
                "paused: audit", "skipped 2026-01-12T00:00: paused",
                "asked run-2026-01-11T21:00:00Z: now", "started run-2026-01-11T21:00:00Z",
                "resumed: done",
            ])
    }

    @Test func aBackfillStartsWhatMadeNoInstanceOneAfterTheOther() throws {
        var bench = try bench()
        bench.now = Self.monday + Self.week * 3
        try bench.settle()
        bench.now = bench.now + .seconds(600)
        try bench.settle()
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        let preview = try inspector.backfill(of: "w", from: Self.monday, to: bench.now)
        #expect(preview["count"] == 4)
        let missed = (preview["occurrences"]?.listValue ?? []).filter { $0["exists"] == false }
        #expect(missed.count == 3)
        _ = try bench.ask(
            .schedule(
                workflow: "w", .backfill(from: Self.monday, to: bench.now, reason: "missed"),
                actor: .system))
        for _ in 0..<4 {
            bench.now = bench.now + .seconds(600)
            try bench.settle()
        }
        #expect(
            try keys(bench) == [
                "2026-02-02T00:00", "2026-01-12T00:00", "2026-01-19T00:00", "2026-01-26T00:00",
            ])
        #expect(try view(bench).record?.buffered == [])
    }

    /// A wish to run now, at a moment of its own.
    private func run(_ bench: inout Bench, _ reason: String = "r") throws -> ScheduleEffect {
        bench.now = bench.now + .seconds(1)
        let reply = try bench.ask(
            .schedule(workflow: "w", .run(reason: reason), actor: .system))
        return try #require(reply?.schedule, "\(String(describing: reply))")
    }

    private func go(_ bench: inout Bench, _ name: InstanceName) throws {
        _ = try bench.ask(.event("go", to: name.key, id: "go-\(name.key)"))
    }

    @Test func aRunThatOverlapsIsSkippedAndSaysSo() throws {
        var bench = try bench(work: "{on: {go: z}}")
        let first = try #require(try run(&bench).started.first)
        let second = try run(&bench)
        #expect(second.started.isEmpty)
        #expect(second.skipped == .overlap)
        #expect(second.document["outcome"] == "skipped")
        #expect(
            second.document["message"]
                == .string("not started: \(first) is before it (overlap: skip)"))
        try go(&bench, first)
        #expect(try keys(bench) == [first.key])
        #expect(try log(bench).last == "skipped run-2026-01-05T08:00:02Z: overlap")
        #expect(try run(&bench).started.count == 1)
    }

    @Test func ofRunsThatMayWaitOneOrAllDoSoFirstInFirstOut() throws {
        var one = try bench("overlap: bufferOne", work: "{on: {go: z}}")
        let first = try #require(try run(&one).started.first)
        let second = try run(&one)
        #expect(second.queued.count == 1)
        #expect(second.behind == [first])
        let third = try run(&one)
        #expect(third.skipped == .overlap)
        #expect(third.behind == [first] + second.queued)
        try go(&one, first)
        #expect(try keys(one) == ([first] + second.queued).map(\.key))

        var all = try bench("overlap: bufferAll", work: "{on: {go: z}}")
        var names: [InstanceName] = []
        for _ in 0..<3 {
            let effect = try run(&all)
            names += effect.started + effect.queued
        }
        for name in names { try go(&all, name) }
        #expect(try keys(all) == names.map(\.key))
        #expect(names.count == 3)
    }

    @Test func aRunCancelsOrTerminatesWhatRunsWhereThePolicySaysSo() throws {
        var bench = try bench("overlap: cancelOther", work: "{on: {go: z}}")
        let first = try #require(try run(&bench).started.first)
        let effect = try run(&bench)
        #expect(effect.cancelled == [first])
        #expect(try bench.run("w", first.key)?.status == .cancelled)
        #expect(try keys(bench) == [first.key, "run-2026-01-05T08:00:02Z"])

        var other = try self.bench("overlap: terminateOther", work: "{on: {go: z}}")
        let ended = try #require(try run(&other).started.first)
        let next = try run(&other)
        #expect(next.terminated == [ended])
        #expect(next.started.map(\.key) == ["run-2026-01-05T08:00:02Z"])
        #expect(try other.run("w", ended.key)?.status == .terminated)

        var beside = try self.bench("overlap: allowAll", work: "{on: {go: z}}")
        #expect(try run(&beside).started.count == 1)
        #expect(try run(&beside).started.count == 1)
    }

    @Test func aPauseHoldsNoRunByHandAlsoNotOneThatWaits() throws {
        var bench = try bench("overlap: bufferAll", work: "{on: {go: z}}")
        let first = try #require(try run(&bench).started.first)
        _ = try bench.ask(.schedule(workflow: "w", .pause(reason: "audit"), actor: .system))
        let second = try #require(try run(&bench).queued.first)
        try go(&bench, first)
        #expect(try keys(bench) == [first.key, second.key])
        // Of the clock's nothing starts, and a backfill waits for the resume.
        bench.now = Self.monday
        let back = try bench.ask(
            .schedule(
                workflow: "w",
                .backfill(from: Bench.morning - Self.week, to: bench.now, reason: "missed"),
                actor: .system))
        #expect(back?.schedule?.isHeld == true)
        let third = try #require(try run(&bench).queued.first)
        try go(&bench, second)
        #expect(try keys(bench) == [first.key, second.key, third.key])
    }

    @Test func aDryRunSaysWhatWouldBeAndKeepsNothing() throws {
        var bench = try bench(work: "{on: {go: z}}")
        func dry() throws -> ScheduleEffect? {
            try bench.ask(
                .schedule(workflow: "w", .run(reason: ""), actor: .system, isDry: true))?.schedule
        }
        #expect(try dry()?.started.count == 1)
        #expect(try keys(bench).isEmpty)
        #expect(try log(bench).isEmpty)
        _ = try run(&bench)
        #expect(try dry()?.skipped == .overlap)
    }

    @Test func oneRunByHandJoinsTheOneBeforeItToTheMillisecond() throws {
        var bench = try bench(work: "{on: {go: z}}")
        bench.now = bench.now + .nanoseconds(51_092_695)
        let first = try #require(try run(&bench).started.first)
        try go(&bench, first)
        let second = try #require(try run(&bench).started.first)
        let (one, two) = (try bench.run("w", first.key), try bench.run("w", second.key))
        #expect(one?.input["cutoff"] == "2026-01-05T08:00:01.051Z")
        #expect(two?.input["since"] == one?.input["cutoff"])
    }

    @Test func whatABackfillStartsBeginsWhereTheOccurrenceBeforeItEnded() throws {
        var bench = try bench("overlap: bufferAll")
        // Something has run since.
        let hand = try #require(try run(&bench).started.first)
        #expect(!hand.key.isEmpty)
        bench.now = bench.now + .seconds(600)
        let from = try #require(Timestamp(rfc3339: "2025-12-14T00:00:00Z"))
        _ = try bench.ask(
            .schedule(
                workflow: "w", .backfill(from: from, to: bench.now, reason: "missed"),
                actor: .system))
        for _ in 0..<4 {
            bench.now = bench.now + .seconds(600)
            try bench.settle()
        }
        let since = try ["2025-12-15T00:00", "2025-12-22T00:00", "2026-01-05T00:00"].map { key in
            try bench.run("w", key)?.input["since"]?.stringValue
        }
        #expect(
            since == ["2025-12-07T21:00:00Z", "2025-12-14T21:00:00Z", "2025-12-28T21:00:00Z"])
    }

    @Test func aSpanThatIsToComeIsRefusedByTheDryRunToo() throws {
        var bench = try bench()
        let from = bench.now + Self.week
        let reply = try bench.ask(
            .schedule(
                workflow: "w", .backfill(from: from, to: from + Self.week, reason: "x"),
                actor: .system))
        #expect(reply?.problem?.code == .invalid)
        #expect(reply?.problem?.message.contains("the span begins at 2026-01-12T08:00:00Z") == true)
        #expect(try log(bench).isEmpty)
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        #expect(throws: Problem.self) {
            try inspector.backfill(of: "w", from: from, to: from + Self.week)
        }
    }

    @Test func aBackfillThatFindsNothingIsLoggedWithItsSpan() throws {
        var bench = try bench()
        let from = bench.now - .seconds(3600)
        let reply = try bench.ask(
            .schedule(
                workflow: "w", .backfill(from: from, to: bench.now, reason: "x"), actor: .system))
        #expect(reply?.schedule?.document["message"] == "nothing to start in this span")
        let row = try #require(try view(bench).log.first)
        #expect(row.span == from..<bench.now)
        #expect(row.occurrence == nil)
    }

    @Test func aBackfillMovesNothingThatCameLater() throws {
        var bench = try bench()
        bench.now = Self.monday + Self.week * 3
        try bench.settle()
        bench.now = bench.now + .seconds(600)
        try bench.settle()
        _ = try bench.ask(
            .schedule(
                workflow: "w", .backfill(from: Self.monday, to: bench.now, reason: "missed"),
                actor: .system))
        bench.now = bench.now + .seconds(3600)
        try bench.settle()
        let late = try #require(try bench.run("w", "2026-01-12T00:00"))
        #expect(late.input["since"] == "2026-01-04T21:00:00Z")
        #expect(try view(bench).record?.last?.key == "2026-02-02T00:00")
    }

    @Test func anotherRuleHoldsFromNowOn() throws {
        var bench = try bench()
        bench.now = Self.monday + .seconds(7200)
        try bench.settle()
        bench.now = bench.now + .seconds(3600)
        let later = Self.weekly().replacing("version: 1", with: "version: 2")
            .replacing("'0 0 * * MON'", with: "'0 1 * * *'")
        bench.machine = try EngineMachine(
            catalog: try Catalog([Self.weekly(), later]), store: bench.store)
        try bench.settle()
        #expect(try keys(bench) == ["2026-01-12T00:00"])
        #expect(try log(bench).last == "changed")
        bench.now = bench.now + .seconds(86_400)
        try bench.settle()
        #expect(try keys(bench).last == "2026-01-13T01:00")
    }

    @Test func aBackfillThatIsTooLongForOnceIsRefused() throws {
        let text = Self.weekly().replacing("'0 0 * * MON'", with: "'* * * * *'")
        var bench = try Bench(try Catalog([text]))
        try bench.settle()
        let from = bench.now - .seconds(200_000)
        let reply = try bench.ask(
            .schedule(
                workflow: "w", .backfill(from: from, to: bench.now, reason: "r"), actor: .system))
        #expect(reply?.problem?.code == .tooLarge)
    }

    @Test func aRecordThatCannotBeReadStopsItsScheduleAlone() throws {
        var bench = try bench()
        var commit = Commit()
        commit.records = [
            RecordWrite(
                collection: ScheduleRecord.collection, id: "w", group: "", expectedRevision: 1,
                body: ["odd": 1])
        ]
        try bench.store.commit([commit])
        bench.machine = try EngineMachine(catalog: bench.machine.catalog, store: bench.store)
        bench.now = Self.monday
        try bench.settle()
        #expect(try keys(bench).isEmpty)
        #expect(bench.released.contains { if case .alarm = $0 { true } else { false } })
    }

    @Test func anInputThatTheWorkflowRefusesIsRecorded() throws {
        let text = Self.weekly().replacing(
            "{cutoff: {type: string}", with: "{cutoff: {type: integer}")
        var bench = try Bench(try Catalog([text]))
        try bench.settle()
        bench.now = Self.monday
        try bench.settle()
        #expect(try keys(bench).isEmpty)
        #expect(try log(bench).first?.hasPrefix("refused 2026-01-12T00:00: the input") == true)
    }

    @Test func aWorkflowWithoutAScheduleSaysSo() throws {
        var bench = try Bench(try Catalog([Flows.steps]))
        let reply = try bench.ask(
            .schedule(workflow: "w", .pause(reason: "r"), actor: .system))
        #expect(reply?.problem?.code == .notFound)
    }

    @Test func aFailedFlushIsDecidedAgain() throws {
        let catalog = try Catalog([Self.weekly()])
        let store = FaultyStore(plan: .script([nil, .unavailable]))
        var bench = try Bench(catalog, store: store)
        try bench.settle()
        bench.now = Self.monday
        let batch = try #require(try bench.batch())
        #expect(throws: StoreError.self) { try bench.flush(batch) }
        _ = bench.machine.failed(refusing: nil)
        try bench.settle()
        #expect(try keys(bench) == ["2026-01-12T00:00"])
    }
}
