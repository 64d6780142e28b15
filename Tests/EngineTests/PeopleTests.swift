import Execution
import Testing
import Values

@testable import Engine

/// People's decisions, in the order in which the engine takes them.
@Suite struct PeopleTests {
    private static let flow = Flows.flow(
        """
        initial: a
        states:
          a:
            after: {1h: late}
            invoke: {person: {role: clerk, title: Sign it, outcomes: {sign: signed}}}
          signed: {}
          late: {}
        """)
    private static let name = InstanceName(workflow: "w", key: "1")
    private static let sign = Request.operate(
        name,
        .task(
            nil, .decide(TaskDecision("sign")), actor: Actor(role: "clerk", subject: "ana")),
        isDry: false)

    @Test(arguments: [(3_599_999, "signed"), (3_600_000, "late")])
    func aDecisionAtTheDeadlineIsLateHoweverLateItsTimerIs(
        milliseconds: Int, state: String
    ) throws {
        var bench = try Bench(try Catalog([Self.flow]))
        _ = try bench.ask(.start("1"))
        bench.now = Bench.morning + .milliseconds(milliseconds)
        let reply = try bench.ask(Self.sign)
        #expect(try bench.states("w", "1") == [state])
        #expect(reply?.problem?.code == (state == "late" ? .taskExpired : nil))
    }
}
