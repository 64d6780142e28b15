import Testing
import WorkflowLanguage

@testable import Assembly
@testable import PawlCommand
@testable import Rehearsal
@testable import Scenarios

/// A parallel state end to end: what one region does costs the others nothing [trap 5].
@Suite struct RegionScenarioTests {
    private static let kiosk = """
        workflow: kiosk
        version: 1
        events: {show: {}, wave: {}}
        initial: open
        states:
          open:
            type: parallel
            onDone: over
            on: {show: .screen.prices}
            states:
              screen:
                initial: clock
                states: {clock: {after: {1h: gone}}, prices: {after: {1h: gone}}, gone: {type: final}}
              till:
                type: parallel
                states:
                  payment:
                    initial: charging
                    states:
                      charging:
                        invoke: {task: bank.charge, input: {account: a, amount: 5}, onDone: paid}
                      paid: {type: final}
                  guest:
                    initial: present
                    states:
                      present: {after: {90m: left}, on: {wave: open.screen.prices}}
                      left: {type: final}
          over: {type: final}
        """

    private func holds(_ rest: String) throws {
        let scenario = try Fixtures.value(
            WorkflowLanguage.parseScenario(
                "scenario: s\nworkflow: kiosk\nkey: k-1\n\(rest)", file: "s.yaml"))
        let result = try Fixtures.runner(workflows: [Self.kiosk]).run(scenario)
        #expect(result.passed, "\(told(result))")
    }

    @Test(arguments: ["show", "wave"])
    func aPaymentThatIsUnderWayIsNotMadeAgain(event: String) throws {
        try holds(
            """
            fakes: {bank.charge: {answer: {id: c-1}, delay: 5s}}
            steps:
              - advance: 1s
              - send: \(event)
              - expect: {state: [open.screen.prices, open.till.payment.charging, open.till.guest.present]}
              - advance: 10s
              - expect:
                  state: [open.screen.prices, open.till.payment.paid, open.till.guest.present]
                  calls: {bank.charge: 1}
            """)
    }

    @Test(arguments: ["show", "wave"])
    func aPaymentThatWasMadeIsNotMadeAgain(event: String) throws {
        try holds(
            """
            steps:
              - advance: 1m
              - send: \(event)
              - advance: 1m
              - expect: {state: [open.screen.prices, open.till.payment.paid, open.till.guest.present], calls: {bank.charge: 1}}
            """)
    }

    @Test func aDeadlineInTheOtherRegionIsNotPutOff() throws {
        try holds(
            """
            steps:
              - advance: 45m
              - send: show
              - advance: 45m
              - expect: {state: [open.screen.prices, open.till.payment.paid, open.till.guest.left]}
              - advance: 15m
              - expect: {status: completed, state: over}
            """)
    }

    @Test func itEndsAlsoWhenTheRegionThatIsParallelItselfIsDoneLast() throws {
        try holds(
            """
            steps:
              - advance: 1h
              - expect: {state: [open.screen.gone, open.till.payment.paid, open.till.guest.present], status: running}
              - advance: 30m
              - expect: {status: completed, state: over, calls: {bank.charge: 1}}
            """)
    }
}
