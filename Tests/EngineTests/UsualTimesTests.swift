import Definition
import Engine
import Execution
import Testing
import Values

/// How long instances usually stay in a state: what is noted, what is told, and what is kept of it.
@Suite struct UsualTimesTests {
    private static let chart = """
        events: {go: {}, back: {}}
        initial: a
        states:
          a: {on: {go: b}}
          b: {on: {go: z, back: {target: b, reenter: true}}, after: {1d: z}}
          z: {type: final}
        """

    private func left(_ effects: [EngineEffect]) -> [LeftState] {
        effects.flatMap { effect in
            if case .left(let states) = effect { states } else { [LeftState]() }
        }
    }

    private func times(_ times: UsualTimes, _ seconds: [Int], in state: String = "a") {
        times.note(seconds.map { LeftState(workflow: "w", state: state, time: .seconds($0)) })
    }

    @Test func aStateThatIsLeftIsNotedOnceTheCommitIsFlushed() throws {
        var bench = try Bench(try Catalog([Flows.flow(Self.chart)]))
        _ = try bench.ask(.start("1"))
        #expect(left(bench.released).isEmpty)
        bench.now = bench.now + .seconds(40)
        _ = try bench.ask(.event("go", to: "1"))
        #expect(
            left(bench.released) == [LeftState(workflow: "w", state: "a", time: .seconds(40))])
    }

    @Test func aStateThatIsEnteredAgainIsVisitedAnew() throws {
        var bench = try Bench(try Catalog([Flows.flow(Self.chart)]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("go", to: "1"))
        bench.now = bench.now + .seconds(5)
        _ = try bench.ask(.event("back", to: "1", id: "e2"))
        bench.now = bench.now + .seconds(7)
        _ = try bench.ask(.event("go", to: "1", id: "e3"))
        let inB = left(bench.released).filter { $0.state == "b" }.map(\.time)
        #expect(inB == [.seconds(5), .seconds(7)])
    }

    @Test func whatAPersonDidIsNotWhatIsUsual() throws {
        var bench = try Bench(try Catalog([Flows.flow(Self.chart)]))
        for key in ["1", "2", "3"] { _ = try bench.ask(.start(key)) }
        _ = try bench.ask(.event("go", to: "1"))
        let before = left(bench.released)
        let olga = Actor(role: "operator", subject: "olga")
        let acts: [(String, Input)] = [
            ("1", .operate(.fireTimer(state: "b"), reason: "r", actor: olga)),
            ("2", .operate(.move(to: "b"), reason: "r", actor: olga)),
            ("3", .cancel(reason: "r", actor: olga)),
        ]
        for (key, input) in acts {
            let name = InstanceName(workflow: "w", key: key)
            _ = try bench.ask(.operate(name, input, isDry: false))
        }
        #expect(left(bench.released) == before)
    }

    @Test func fiveVisitsSayWhatIsUsualAndFourDoNot() {
        let usual = UsualTimes()
        times(usual, [1, 2, 3, 4])
        #expect(usual.time(in: "a", of: "w") == nil)
        times(usual, [100])
        #expect(usual.time(in: "a", of: "w")?.median == .seconds(3))
        #expect(usual.time(in: "a", of: "w")?.p95 == .seconds(100))
        #expect(usual.time(in: "a", of: "w")?.visits == 5)
        #expect(usual.time(in: "b", of: "w") == nil)
        #expect(usual.time(in: "a", of: "v") == nil)
    }

    @Test func theLastVisitsCountAndTheOldOnesGo() {
        let usual = UsualTimes()
        times(usual, Array(repeating: 1000, count: 50))
        times(usual, Array(1...UsualTimes.visits))
        let told = usual.time(in: "a", of: "w")
        #expect(told?.visits == UsualTimes.visits)
        #expect(told?.median == .seconds(101))
        #expect(told?.p95 == .seconds(191))
    }

    @Test func whatIsKeptIsGoneOnWith() throws {
        let usual = UsualTimes()
        times(usual, Array(1...250))
        times(usual, [3, 3, 3, 3, 4], in: "b")
        let kept = try #require(usual.takeChanges())
        #expect(usual.takeChanges() == nil)
        let next = UsualTimes()
        next.load(kept)
        #expect(next.takeChanges() == nil)
        for state in ["a", "b"] {
            #expect(next.time(in: state, of: "w") == usual.time(in: state, of: "w"))
        }
        // Both forget the same one next.
        for times in [usual, next] { self.times(times, [9999]) }
        #expect(next.takeChanges() == usual.takeChanges())
    }

    @Test(arguments: [nil, 3, ["w": 3], ["w": ["a": 1]], ["w": ["a": ["x", nil]]]] as [Value?])
    func whatCannotBeReadIsBegunAnew(_ value: Value?) {
        let usual = UsualTimes()
        usual.load(value)
        times(usual, [1, 1, 1, 1, 1])
        #expect(usual.time(in: "a", of: "w")?.visits == 5)
    }

    @Test func theSentenceAndTheDocumentSayIt() throws {
        var bench = try Bench(try Catalog([Flows.flow(Self.chart)]))
        _ = try bench.ask(.start("1"))
        let usual = UsualTimes()
        times(usual, Array(repeating: 2400, count: 5))
        bench.now = bench.now + .seconds(3600)
        let inspector = Inspector(
            store: bench.store, catalog: bench.machine.catalog, usual: usual.time, now: bench.now)
        let view = try inspector.view(InstanceName(workflow: "w", key: "1"))
        #expect(view.why == "Waiting 1 h for `go` (usually 40 min).")
        let blocker = try #require(view.blockers.first)
        #expect(
            blocker.value["usual"]
                == ["medianSeconds": 2400.0, "p95Seconds": 2400.0, "visits": 5])
        // A file of which nobody knows it says nothing.
        let quiet = Inspector(
            store: bench.store, catalog: bench.machine.catalog, now: bench.now)
        #expect(
            try quiet.view(InstanceName(workflow: "w", key: "1")).why == "Waiting 1 h for `go`.")
    }
}
