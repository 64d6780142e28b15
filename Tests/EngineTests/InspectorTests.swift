import Definition
import Engine
import Execution
import Synchronization
import Testing
import Values

/// What is read of instances, besides deciding anything.
@Suite struct InspectorTests {
    private static func chart(version: Int) -> String {
        """
        workflow: w
        version: \(version)
        events: {go: {}}
        initial: a
        states:
          a: {initial: b, states: {b: {on: {go: z}}}}
          z: {type: final}
        """
    }

    @Test func anInstanceWhoseVersionIsNotLoadedIsListedAndExplained() throws {
        var bench = try Bench(try Catalog([Self.chart(version: 1)]))
        _ = try bench.ask(.start("1"))
        let later = try Catalog([Self.chart(version: 2)])
        let inspector = Inspector(store: bench.store, catalog: later, now: bench.now)
        let view = try #require(try inspector.views(InstanceFilter(), count: 10).views.first)
        #expect(view.row.summary.states == ["a.b"])
        #expect(view.blockers.map(\.kind) == [.definitionMissing])
        #expect(view.why == "Pinned to version 1 of w, which is not loaded here (loaded: 2).")
    }

    @Test func anEndedInstanceOfSuchAVersionIsJustEnded() throws {
        var bench = try Bench(try Catalog([Self.chart(version: 1)]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("go", to: "1"))
        let later = try Catalog([Self.chart(version: 2)])
        let inspector = Inspector(store: bench.store, catalog: later, now: bench.now)
        let view = try inspector.view(InstanceName(workflow: "w", key: "1"))
        #expect(view.run.status == .completed)
        #expect(view.blockers.isEmpty)
    }
}

/// What a reader of one instance asks of the adapters, however many calls wait there.
@Suite struct AdapterQuestionTests {
    private static let chart = """
        workflow: w
        version: 1
        events: {go: {}}
        initial: a
        states:
          a: {on: {go: b}}
          b: {invoke: {task: bank.charge, onDone: z}}
          z: {type: final}
        """

    @Test func onlyTheCallsOfTheInstanceAreAskedAboutAndNoneWhereItCallsNothing() throws {
        var bench = try Bench(try Catalog([Self.chart]))
        for key in ["1", "2", "3"] { _ = try bench.ask(.start(key)) }
        for key in ["1", "2"] { _ = try bench.ask(.event("go", to: key)) }
        let asked = Mutex<[[CallID]]>([])
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog,
            conditions: { calls in
                asked.withLock { $0.append(calls) }
                return []
            }, now: bench.now)
        _ = try inspector.view(InstanceName(workflow: "w", key: "3"))
        #expect(asked.withLock { $0 } == [])
        let view = try inspector.view(InstanceName(workflow: "w", key: "2"))
        let own = CallID(instance: view.run.id, activation: 1, dispatch: 1)
        #expect(asked.withLock { $0 } == [[own]])
    }

    @Test func whatIsComparedWithAColonSaysSo() throws {
        let problem = #expect(throws: Problem.self) {
            try InstanceFilter(parsing: "workflow=order")
        }
        #expect(problem?.fix == "write workflow:order")
        #expect(throws: Never.self) { try InstanceFilter(parsing: "client=c-7") }
    }
}

/// What is written in a search box by somebody who does not know the words yet.
@Suite struct FilterStories {
    private static func refusal(_ text: String) throws -> Problem {
        try #require(throws: Problem.self) { try InstanceFilter(parsing: text) }
    }

    @Test(arguments: ["is:paused", "paused", "blocker:paused"])
    func whoIsPausedIsFound(_ text: String) throws {
        #expect(try InstanceFilter(parsing: text).terms == [.paused])
    }

    @Test func byWhomAndWhy() throws {
        let text = #"paused:ana reason:"the supplier's \"outage\"""#
        #expect(
            try InstanceFilter(parsing: text).terms == [
                .pausedBy("ana"), .pauseReason(#"the supplier's "outage""#),
            ])
    }

    /// An accent makes one character with what it stands behind, also with a sign of the filter's.
    @Test func anAccentBehindASignHidesNone() throws {
        #expect(try InstanceFilter(parsing: "key:\u{301}x").terms == [.key("\u{301}x")])
        #expect(try InstanceFilter(parsing: "key:\u{600}*").terms == [.keyPrefix("\u{600}")])
        #expect(
            try InstanceFilter(parsing: "client=\"\u{301}x\"").terms == [
                .search(name: "client", comparison: .equal, value: "\u{301}x")
            ])
    }

    @Test func aGroupsFilterFindsItWhateverItsReasonIs() throws {
        for reason in ["an outage", #"a \ and a ""#, "", "two\nlines", "*", "state:x", "\u{301}x"] {
            let group = PauseGroup(
                by: "operator/a b", reason: reason, count: 1, first: .distantPast,
                last: .distantPast)
            #expect(
                try InstanceFilter(parsing: group.filter).terms == [
                    .pausedBy("operator/a b"), .pauseReason(reason),
                ])
        }
    }

    @Test(
        arguments: [
            ("health:paused", "write is:paused, or paused:WHO"),
            ("status:paused", "write is:paused, or paused:WHO"),
            ("is:stuck", "write health:stuck"), ("is:failed", "write status:failed"),
            ("is:green", "known: is:paused"),
            ("blocker:waiting.person", "`pawl tasks` lists what waits for people"),
            ("blocker:call.exausted", "did you mean call.exhausted?"),
            (
                "two words",
                "write name:value, like health:stuck, or price>5000; a key with a space in it is "
                    + "written in quotes: key:\"two words\""
            ),
            (
                "key:two words", "what has a space in it is written in quotes: key:\"two words\""
            ),
            ("word", "write name:value, like health:stuck, or price>5000"),
        ])
    func whatToWriteInstead(_ text: String, _ fix: String) throws {
        #expect(try Self.refusal(text).fix == fix)
    }

    @Test func noListIsMadeOfABlockerThatIsWorkedOut() throws {
        for kind in Blocker.Kind.allCases where kind != .paused {
            let problem = try Self.refusal("blocker:\(kind.rawValue)")
            #expect(problem.message.contains(kind.rawValue))
            #expect(problem.fix?.isEmpty == false)
        }
    }

    @Test func aWorkflowThatIsNotLoadedIsNamedBesideTheNearest() throws {
        let bench = try Bench(
            try Catalog([Flows.flow("initial: a\nstates: {a: {}}")]))
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        let known = bench.machine.catalog.workflowNames[0]
        let views = try inspector.views(
            InstanceFilter(parsing: "workflow:\(known)x health:stuck"), count: 5)
        #expect(
            views.hint == "no workflow `\(known)x` is loaded: did you mean workflow:\(known)?")
        #expect(try inspector.views(InstanceFilter(parsing: "key:1"), count: 5).hint == nil)
    }
}

/// What `pawl doctor` finds.
@Suite struct ExaminationTests {
    private func examine(_ bench: Bench) throws -> Examination {
        try Examination(
            Inspector(store: bench.store, catalog: bench.machine.catalog, now: bench.now))
    }

    private func started() throws -> Bench {
        var bench = try Bench(
            try Catalog([Flows.flow("initial: a\nstates: {a: {after: {1h: b}}, b: {}}")]))
        for key in 1...3 { _ = try bench.ask(.start("\(key)")) }
        return bench
    }

    @Test func aSoundStoreHasNothingWrong() throws {
        let examination = try examine(try started())
        #expect(examination.instances == 3)
        #expect(examination.running == 3)
        #expect(examination.findings == [])
    }

    @Test func aTimerThatIsMissingAndOneTooManyAreNamed() throws {
        let bench = try started()
        let row = try #require(try bench.store.timers(dueBy: .distantFuture, count: 1).first)
        var commit = Commit()
        commit.timersCleared = [row]
        commit.timersSet = [TimerRow(instance: InstanceID(9), id: .chart(0), due: row.due)]
        try bench.store.commit([commit])
        #expect(
            try examine(bench).findings == [
                "the timer after:0 of instance 9 belongs to nothing that waits",
                "the timer after:0 of instance 1 is missing",
            ])
    }
}
