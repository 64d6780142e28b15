import Testing
import Values

@testable import Schedule

extension ScheduleDecision {
    /// `run 06:00`, `skip 3 backlog`: short enough for a list.
    fileprivate var text: String {
        switch self {
        case .run(let occurrence): "run \(occurrence.identity.suffix(5))"
        case .buffer(let occurrence): "buffer \(occurrence.identity.suffix(5))"
        case .cancelRunningAndRun(let occurrence): "cancel and run \(occurrence.identity.suffix(5))"
        case .terminateRunningAndRun(let occurrence):
            "terminate and run \(occurrence.identity.suffix(5))"
        case .skip(let row):
            "skip \(row.count) \(row.reason.rawValue)"
        }
    }
}

@Suite struct PlanTests {
    /// Hourly; planned up to midnight.
    private func state(
        isPaused: Bool = false, isRunning: Bool = false, buffered: Int = 0
    ) throws -> ScheduleState {
        ScheduleState(
            processedUpTo: try moment("2026-01-01T00:00:00Z"), isPaused: isPaused,
            isRunning: isRunning, buffered: buffered)
    }

    private func plan(
        _ state: ScheduleState, _ policy: SchedulePolicy = SchedulePolicy(), now: String,
        limit: Int = 1_000
    ) throws -> SchedulePlan {
        try cron("@hourly").plan(
            state, policy: policy, seed: 7, now: try moment("2026-01-01T\(now)Z"), limit: limit)
    }

    @Test func anOccurrenceThatIsDueRuns() throws {
        let plan = try plan(try state(), now: "01:00:00")
        #expect(plan.decisions.map(\.text) == ["run 01:00"])
        #expect(plan.processedUpTo == (try moment("2026-01-01T01:00:00Z")))
        #expect(plan.nextWake == (try moment("2026-01-01T02:00:00Z")))
    }

    @Test func nothingIsDueEarly() throws {
        let plan = try plan(try state(), now: "00:59:59.999")
        #expect(plan.decisions == [])
        #expect(plan.processedUpTo == (try state().processedUpTo))
        #expect(plan.nextWake == (try moment("2026-01-01T01:00:00Z")))
    }

    @Test func aClockThatWasSetBackPlansNothingTwice() throws {
        let plan = try cron("@hourly").plan(
            try state(), policy: SchedulePolicy(), seed: 7, now: try moment("2025-12-31T20:00:00Z"))
        #expect(plan.decisions == [])
        #expect(plan.processedUpTo == (try state().processedUpTo))
    }

    @Test func aBacklogMakesOneInstanceAndTheRestIsRecorded() throws {
        let plan = try plan(try state(), now: "05:30:00")
        #expect(plan.decisions.map(\.text) == ["skip 4 backlog", "run 05:00"])
        guard case .skip(let row)? = plan.decisions.first else { return }
        #expect(row.first.identity == "2026-01-01T01:00" && row.last.identity == "2026-01-01T04:00")
    }

    @Test func whatIsOlderThanTheWindowIsSkipped() throws {
        let policy = SchedulePolicy(catchupWindow: .seconds(2 * 3600), backlog: .all)
        let some = try plan(try state(), policy, now: "05:30:00")
        #expect(
            some.decisions.map(\.text)
                == ["skip 3 catchup-window", "run 04:00", "skip 1 overlap"])
        let late = try cron("@daily").plan(
            try state(), policy: policy, seed: 7, now: try moment("2026-01-02T03:00:00Z"))
        #expect(late.decisions.map(\.text) == ["skip 1 catchup-window"])
        #expect(late.nextWake == (try moment("2026-01-03T00:00:00Z")))
    }

    @Test func whatComesDueWhilePausedIsSkipped() throws {
        let plan = try plan(try state(isPaused: true), now: "03:00:00")
        #expect(plan.decisions.map(\.text) == ["skip 3 paused"])
        #expect(plan.processedUpTo == (try moment("2026-01-01T03:00:00Z")))
    }

    /// Three are due and all are wanted, while an instance runs, and while none does.
    @Test(arguments: [
        (OverlapPolicy.skip, ["skip 3 overlap"], ["run 01:00", "skip 2 overlap"]),
        (
            .bufferOne, ["buffer 01:00", "skip 2 overlap"],
            ["run 01:00", "buffer 02:00", "skip 1 overlap"]
        ),
        (
            .bufferAll, ["buffer 01:00", "buffer 02:00", "buffer 03:00"],
            ["run 01:00", "buffer 02:00", "buffer 03:00"]
        ),
        (
            .cancelOther, ["skip 2 superseded", "cancel and run 03:00"],
            ["skip 2 superseded", "run 03:00"]
        ),
        (
            .terminateOther, ["skip 2 superseded", "terminate and run 03:00"],
            ["skip 2 superseded", "run 03:00"]
        ),
        (
            .allowAll, ["run 01:00", "run 02:00", "run 03:00"],
            ["run 01:00", "run 02:00", "run 03:00"]
        ),
    ])
    func overlapsAreDealtWithAsThePolicySays(
        overlap: OverlapPolicy, running: [String], idle: [String]
    ) throws {
        let policy = SchedulePolicy(overlap: overlap, backlog: .all)
        #expect(
            try plan(try state(isRunning: true), policy, now: "03:10:00").decisions.map(\.text)
                == running)
        #expect(try plan(try state(), policy, now: "03:10:00").decisions.map(\.text) == idle)
    }

    @Test func aBufferHasALimitAndKeepsItsOrder() throws {
        let policy = SchedulePolicy(overlap: .bufferAll, backlog: .all, bufferLimit: 2)
        // One waits already: nothing may overtake it, though nothing runs.
        let plan = try plan(try state(buffered: 1), policy, now: "03:00:00")
        #expect(plan.decisions.map(\.text) == ["buffer 01:00", "skip 2 buffer-full"])
    }

    @Test func aLongBacklogTakesSeveralPlans() throws {
        var state = try state()
        var texts: [String] = []
        var wakes = 0
        let now = try moment("2026-01-01T10:00:00Z")
        for _ in 0..<10 {
            let plan = try plan(state, now: "10:00:00", limit: 4)
            texts += plan.decisions.map(\.text)
            state.processedUpTo = plan.processedUpTo
            guard plan.nextWake == now else { break }
            wakes += 1
        }
        #expect(texts == ["skip 4 backlog", "skip 4 backlog", "skip 1 backlog", "run 10:00"])
        #expect(wakes == 2)
    }

    @Test func jitterDelaysTheStartAndMovesNoName() throws {
        let policy = SchedulePolicy(jitter: .seconds(600))
        let rule = try cron("@hourly")
        let first = try #require(rule.next(after: try state().processedUpTo))
        let due = first.instant + first.jitter(seed: 7, within: .seconds(600))
        #expect(due > first.instant)
        let early = rule.plan(
            try state(), policy: policy, seed: 7, now: due - .nanoseconds(1))
        #expect(early.decisions == [] && early.nextWake == due)
        let onTime = rule.plan(try state(), policy: policy, seed: 7, now: due)
        #expect(onTime.decisions == [.run(first)])
        #expect(onTime.processedUpTo == first.instant)
    }

    /// Every occurrence up to now is in exactly one decision, whatever the policy and the pieces.
    @Test(arguments: UInt64(1)...4)
    func noOccurrenceIsLostOrDoubled(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let rules = try [
            cron("*/20 * * * *"), cron("30 1,2,13 * * *", "Europe/Berlin"), cron("0 0 * * 1"),
        ]
        let start = try moment("2026-03-01T00:00:00Z")
        var problems: [String] = []
        for _ in 0..<2_500 {
            let rule = generator.pick(rules)
            let policy = SchedulePolicy(
                overlap: generator.pick(OverlapPolicy.allCases),
                catchupWindow: .seconds(generator.int(10...40_000)),
                backlog: generator.pick(Backlog.allCases),
                jitter: .seconds(generator.pick([0, 0, 60, 7_200])))
            var state = ScheduleState(
                processedUpTo: start + .seconds(generator.int(0...5_000_000)),
                isPaused: generator.chance(10), isRunning: generator.chance(50),
                buffered: generator.pick([0, 0, 1, 1_000]))
            let begin = state.processedUpTo
            let now = begin + .seconds(generator.int(0...30_000))
            var seen: [Occurrence] = []
            var wake: Timestamp? = now
            for _ in 0..<40 where wake == now {
                let plan = rule.plan(state, policy: policy, seed: seed, now: now, limit: 9)
                for decision in plan.decisions { seen += decision.occurrences(of: rule) }
                state.processedUpTo = plan.processedUpTo
                wake = plan.nextWake
            }
            if seen != rule.occurrences(after: begin, upTo: state.processedUpTo, limit: .max) {
                problems.append("\(policy) after \(begin.rfc3339)")
            }
            if let wake, wake <= now { problems.append("no end at \(now.rfc3339)") }
        }
        #expect(problems.prefix(9) == [], "seed \(seed)")
    }

    @Test func aPolicyIsReadOutOfTheSchedulesMap() throws {
        let policy = try SchedulePolicy(parsing: [
            "cron": "0 6 * * *", "overlap": "bufferOne", "jitter": "5m",
            "catchup": ["window": "7d", "backlog": "all"],
        ])
        #expect(
            policy
                == SchedulePolicy(
                    overlap: .bufferOne, catchupWindow: .seconds(7 * 86_400), backlog: .all,
                    jitter: .seconds(300)))
        #expect(try SchedulePolicy(parsing: ["cron": "0 6 * * *"]) == SchedulePolicy())
    }

    @Test(
        arguments: [
            (
                ["overlap": "bufferone"], "/overlap",
                "'bufferone' is no overlap policy; did you mean 'bufferOne'?"
            ),
            (["jitter": "-5m"], "/jitter", "'jitter' is not negative"),
            (["catchup": "7d"], "/catchup", "'catchup' is a map, not '7d'"),
            (
                ["catchup": ["windw": "7d"]], "/catchup/windw",
                "'catchup' has no 'windw'; did you mean 'window'?"
            ),
            (
                ["catchup": ["window": "1s"]], "/catchup/window",
                "'window' is at least ten seconds, or ordinary delays would skip"
            ),
            (
                ["catchup": ["backlog": "one"]], "/catchup/backlog",
                "'one' is no backlog; known are latest, all"
            ),
        ] as [(Value, String, String)])
    func whatIsNoPolicyIsRefusedAtItsPlace(value: Value, pointer: String, message: String) throws {
        let error = try #require(throws: RuleError.self) { try SchedulePolicy(parsing: value) }
        #expect(error.message == message)
        #expect(error.pointer == pointer)
    }
}

extension ScheduleDecision {
    fileprivate func occurrences(of rule: Rule) -> [Occurrence] {
        switch self {
        case .run(let occurrence), .buffer(let occurrence), .cancelRunningAndRun(let occurrence),
            .terminateRunningAndRun(let occurrence):
            [occurrence]
        case .skip(let row):
            rule.occurrences(
                after: row.first.instant - .nanoseconds(1), upTo: row.last.instant,
                limit: row.count + 1)
        }
    }
}
