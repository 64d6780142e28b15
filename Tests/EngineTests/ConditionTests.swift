import Alerts
import Definition
import Execution
import Testing
import Values

@testable import Engine

/// What is found to be wrong, in the words that people are shown.
@Suite struct ConditionTests {
    private func inspector(
        _ bench: Bench, adapters: [AdapterCondition] = []
    ) -> Inspector {
        Inspector(
            store: bench.store, catalog: bench.machine.catalog, conditions: { _ in adapters },
            now: bench.now)
    }

    private func found(
        _ bench: Bench, adapters: [AdapterCondition] = [], samples: [Vitals.Sample] = []
    ) throws -> [Condition] {
        let inspector = inspector(bench, adapters: adapters)
        return try inspector.conditionsOfIncidents().conditions
            + inspector.conditionsOfBreakers()
            + inspector.conditionsOfTime(late: .seconds(60), samples: samples).conditions
    }

    private func declined(_ count: Int) throws -> Bench {
        var bench = try Bench(try Catalog([Flows.paying]))
        for number in 1...count {
            _ = try bench.ask(.start("\(number)"))
            _ = try bench.ask(.event("pay", to: "\(number)"))
            let call = try #require(bench.calls.last)
            bench.machine.answer(
                call.id,
                .failed(CallError(name: "declined", message: "HTTP 402", isRetryable: false)))
            try bench.settle()
        }
        return bench
    }

    @Test func oneIncidentIsToldAsWhyTellsIt() throws {
        let bench = try declined(1)
        let condition = try #require(try found(bench).first)
        #expect(condition.kind == .incident && condition.count == 1)
        #expect(condition.sentence.hasPrefix("w/1 needs a person. `bank.charge` gave up"))
        #expect(condition.workflows == ["w"] && condition.adapter == "bank")
        #expect(condition.commands == ["pawl why w/1", "pawl retry w/1 --incident 1"])
        #expect(condition.since == bench.now)
    }

    @Test func anIncidentSaysThatARetryWouldWaitForItsAdapter() throws {
        var bench = try declined(1)
        _ = try bench.ask(
            .adapter(
                "bank", .pause(reason: "audit"), actor: Actor(role: "admin", subject: "ana")))
        let held = AdapterCondition(
            adapter: "bank", openSince: nil, nextProbe: nil, failures: 0, calls: 0, running: 0,
            concurrency: 4, queued: 0, ahead: [:], isPaused: true)
        let condition = try #require(try found(bench, adapters: [held]).first)
        #expect(
            condition.sentence.hasSuffix(
                "`bank` is paused by admin/ana (\"audit\"): trying again waits for that."))
    }

    @Test func manyOfOneCauseAreOneConditionWithFiveNames() throws {
        let found = try found(try declined(8))
        #expect(found.count == 1)
        #expect(found.first?.count == 8)
        #expect(found.first?.examples == ["w/1", "w/2", "w/3", "w/4", "w/5"])
        #expect(found.first?.commands.last?.hasPrefix("pawl retry --cause ") == true)
    }

    /// A rule for one workflow must see a cause that many instances of another have, too.
    @Test func aCauseNamesEveryWorkflowThatItConcerns() throws {
        func paying(_ name: String) -> String {
            Flows.flow(
                """
                initial: a
                states:
                  a: {invoke: {task: bank.charge, input: {amount: 1}, onDone: b}}
                  b: {type: final}
                """, name: name)
        }
        var bench = try Bench(try Catalog([paying("w"), paying("late")]))
        for number in 1...31 {
            _ = try bench.ask(.start("\(number)", of: number == 31 ? "late" : "w"))
            let call = try #require(bench.calls.last)
            bench.machine.answer(
                call.id,
                .failed(CallError(name: "declined", message: "HTTP 402", isRetryable: false)))
            try bench.settle()
        }
        let found = try found(bench)
        #expect(found.map(\.count) == [31])
        #expect(found.first?.workflows == ["late", "w"])
    }

    @Test func whatIsOverdueIsOneForEachState() throws {
        let chart = Flows.flow(
            """
            events: {go: {}}
            initial: a
            states: {a: {expect: 1h, on: {go: b}}, b: {expect: 1h, on: {go: a}}}
            """)
        var bench = try Bench(try Catalog([chart]))
        for key in ["1", "2", "3"] { _ = try bench.ask(.start(key)) }
        _ = try bench.ask(.event("go", to: "3"))
        #expect(try found(bench).isEmpty)
        let due = bench.now + .seconds(3_600)
        bench.now = due + .seconds(60)
        let conditions = try found(bench)
        #expect(conditions.map(\.subject) == ["w in a", "w in b"])
        #expect(conditions.map(\.count) == [2, 1])
        #expect(conditions.map(\.since) == [due, due])
        #expect(conditions[1].sentence == "w/3 stays in b longer than it may.")
    }

    @Test func anOpenBreakerIsToldUnlessSomebodyHoldsTheAdapter() throws {
        func bank(isPaused: Bool) -> AdapterCondition {
            AdapterCondition(
                adapter: "bank", openSince: Bench.morning, nextProbe: nil, failures: 9, calls: 10,
                running: 0, concurrency: 4, queued: 3, ahead: [:], isPaused: isPaused)
        }
        let bench = try Bench(try Catalog([Flows.paying]))
        let open = try found(bench, adapters: [bank(isPaused: false)])
        #expect(open.map(\.kind) == [.breaker])
        #expect(open.first?.commands.last == "pawl adapter probe bank")
        #expect(try found(bench, adapters: [bank(isPaused: true)]).isEmpty)
    }

    /// No incident opens for calls that wait for a setting: without this nobody would be woken.
    @Test func anAdapterThatLacksASettingIsToldUnlessSomebodyHoldsIt() throws {
        func bank(isPaused: Bool) -> AdapterCondition {
            var condition = AdapterCondition(
                adapter: "bank", openSince: nil, nextProbe: nil, failures: 0, calls: 0,
                running: 0, concurrency: 4, queued: 3, ahead: [:], isPaused: isPaused)
            condition.lack = AdapterCondition.Lack(
                reason: "the variable BANK_TOKEN for the adapter's token is not set",
                since: Bench.morning)
            return condition
        }
        let bench = try Bench(try Catalog([Flows.paying]))
        let lacking = try found(bench, adapters: [bank(isPaused: false)])
        #expect(lacking.map(\.kind) == [.breaker])
        #expect(lacking.first?.sentence.contains("BANK_TOKEN") == true)
        #expect(lacking.first?.since == Bench.morning)
        #expect(try found(bench, adapters: [bank(isPaused: true)]).isEmpty)
    }

    @Test func timersAreLateUntilAMinuteWithoutOneThatIs() throws {
        let bench = try Bench(try Catalog([Flows.paying]))
        var late = Vitals.Sample()
        late.late = .seconds(90)
        let calm = Vitals.Sample()
        let lately = try found(
            bench, samples: [calm, late, late] + .init(repeating: calm, count: 3))
        #expect(lately.map(\.kind) == [.timersLate])
        #expect(lately.first.map { bench.now - $0.since >= .seconds(20) } == true)
        #expect(try found(bench, samples: [late] + .init(repeating: calm, count: 13)).isEmpty)
        late.late = .seconds(59)
        #expect(try found(bench, samples: [late]).isEmpty)
    }

    @Test func aMissedOccurrenceIsToldUntilTheNextOneStarts() throws {
        let chart = Flows.flow(
            """
            start: {schedule: {cron: '0 0 * * 1', zone: UTC, catchup: {window: 1h}}}
            initial: a
            states: {a: {type: final}}
            """)
        var bench = try Bench(try Catalog([chart]))
        try bench.settle()
        // The server stood still over two of them.
        bench.now = bench.now + .seconds(15 * 86_400)
        try bench.settle()
        let missed = try found(bench)
        #expect(missed.map(\.kind) == [.scheduleMissed])
        #expect(missed.first?.sentence.contains("was not started: catchup-window") == true)
        #expect(missed.first?.workflows == ["w"])
        bench.now = bench.machine.nextTimer ?? bench.now
        try bench.settle()
        #expect(try found(bench).isEmpty)
    }

    /// What log and metric are told of schedules that started nothing.
    private func missed(_ bench: Bench) -> [Happening] {
        bench.released.flatMap { effect -> [Happening] in
            if case .told(let happenings) = effect { happenings } else { [] }
        }.filter { if case .occurrencesMissed = $0 { true } else { false } }
    }

    private static func daily(_ words: String, then state: String = "{type: final}")
        -> String
    {
        Flows.flow(
            """
            events: {go: {}}
            start: {schedule: {cron: '0 0 * * *', zone: UTC\(words)}}
            initial: a
            states: {a: \(state), b: {type: final}}
            """)
    }

    /// One rule for log, metric and alert: what the schedule or a person leaves out is not missed.
    @Test func whatIsLeftOutOnPurposeIsMissedByNobody() throws {
        // The one before still runs, and `overlap` says that it need not start.
        var busy = try Bench(try Catalog([Self.daily("", then: "{on: {go: b}}")]))
        try busy.settle()
        for _ in 0..<3 {
            busy.now = busy.machine.nextTimer ?? busy.now
            try busy.settle()
        }
        #expect(missed(busy).isEmpty)
        #expect(try found(busy).isEmpty)
        // Ten days are late, and `backlog` says that the latest of them is enough.
        var late = try Bench(try Catalog([Self.daily("")]))
        try late.settle()
        late.now = late.now + .seconds(10 * 86_400)
        try late.settle()
        #expect(missed(late).isEmpty)
        #expect(try found(late).isEmpty)
    }

    @Test func whatCameTooLateIsMissedByAllOfThem() throws {
        var bench = try Bench(
            try Catalog([Self.daily(", catchup: {window: 1h}", then: "{on: {go: b}}")]))
        try bench.settle()
        bench.now = bench.now + .seconds(10 * 86_400)
        try bench.settle()
        let told = missed(bench)
        #expect(told.count == 1)
        guard case .occurrencesMissed("w", let count, "skipped", "catchup-window") = told.first
        else { return #expect(Bool(false), "\(told)") }
        let condition = try #require(try found(bench).first)
        #expect(condition.kind == .scheduleMissed && condition.count == count)
    }

    /// Held, it is somebody's: nobody else is woken.
    @Test func whoPausesAScheduleHasSeenWhatItMissed() throws {
        var bench = try Bench(try Catalog([Self.daily(", catchup: {window: 1h}")]))
        try bench.settle()
        bench.now = bench.now + .seconds(10 * 86_400)
        try bench.settle()
        #expect(try found(bench).map(\.kind) == [.scheduleMissed])
        _ = try bench.ask(
            .schedule(
                workflow: "w", .pause(reason: "looking"),
                actor: Actor(role: "operator", subject: "olga")))
        #expect(try found(bench).isEmpty)
    }
}
