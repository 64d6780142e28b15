import Statechart
import Testing

@testable import Assembly
@testable import PawlCommand
@testable import Rehearsal
@testable import Scenarios

/// What a scenario that does not hold says.
@Suite struct FailureTests {
    @Test func aFailureNamesItsPlaceBothValuesAndWhyTheInstanceIsWhereItIs() throws {
        let result = try Fixtures.run(
            """
            steps:
              - advance: 10m
              - expect: {state: paid}
            """)
        let failure = try #require(result.failures.first)
        #expect(result.failures.count == 1)
        #expect(failure.location == SourceLocation(line: 7, column: 5))
        #expect(failure.subject == "state")
        #expect(failure.expected == "paid")
        #expect(failure.actual == "waiting")
        let why = try #require(failure.why)
        #expect(why.hasPrefix("payment/c-1 at 2026-01-05T09:10:00Z: running, in waiting. "))
        #expect(why.contains("payment.approved"))
    }

    @Test func everythingThatDiffersInOneStepIsToldAndNoLaterStepIsPlayed() throws {
        let result = try Fixtures.run(
            """
            steps:
              - send: payment.approved
              - expect:
                  status: failed
                  context: {charge: other}
                  calls: {bank.charge: 2}
                  mails: []
                  incidents: 1
                  records: {ledger: {c-1: {balance: 1}}}
              - expect: {state: lapsed}
            """)
        #expect(
            result.failures.map(\.subject) == [
                "calls of bank.charge", "mails", "ledger c-1", "status", "context.charge",
                "open incidents",
            ], "\(told(result))")
        #expect(result.failures.allSatisfy { $0.location.line == 7 })
        #expect(result.failures[4].expected == "\"other\"")
        #expect(result.failures[4].actual == "\"bank.charge-1\"")
    }

    @Test func aReceiptThatIsNotAsExpectedIsToldWithItsReason() throws {
        let result = try Fixtures.run(
            """
            steps:
              - send: {event: payment.approved, expect: rejected, code: too-late}
            """)
        #expect(result.failures.map(\.expected) == ["rejected (too-late)"])
        #expect(result.failures.map(\.actual) == ["applied"])
    }

    @Test func anEventThatIsRefusedFailsAStepThatExpectsNothing() throws {
        let result = try Fixtures.run(
            """
            steps:
              - send: payment.approoved
            """)
        #expect(result.failures.map(\.expected) == ["not rejected"])
        #expect(result.failures.first?.actual.contains("unknown-event") == true, "\(told(result))")
    }

    @Test func anInputThatDoesNotFitFailsTheStart() throws {
        let result = try Fixtures.run("steps: []", start: "key: c-1\ninput: {}")
        #expect(result.failures.map(\.subject) == ["the start of payment/c-1"])
    }

    @Test func aMailIsMatchedByItsPartsAndEveryMailIsAccountedFor() throws {
        let result = try Fixtures.run(
            """
            steps:
              - send: payment.approved
              - expect: {mails: {mail: receipt, to: c-1@clients.example, subject: bank.charge-1}}
              - expect: {mails: 1}
              - expect: {mails: [{to: c-1@clients.example}, {mail: receipt}]}
            """)
        #expect(result.failures.map(\.subject) == ["mails"], "\(told(result))")
        #expect(result.failures.first?.location.line == 9)
    }

    @Test(
        arguments: [
            ("steps: [{expect: {calls: {bank.chrage: 0}}}]", "did you mean bank.charge?"),
            ("fakes: {bank.refund: {hang: true}}\nsteps: []", "there is none of this name"),
            ("fakes: {bank.charge: {fail: declinde}}\nsteps: []", "declinde"),
            ("steps: [{expect: {blocker: waiting.evnt}}]", "waiting.evnt"),
            ("steps: [{expect: {notState: wating}}]", "did you mean waiting?"),
            ("also: parcle\nsteps: []", "did you mean parcel?"),
            ("steps: [{expect: {instances: {parcel/c-1: packing}}}]", "`also` does not load"),
            ("steps: [{advanceTo: 2025-01-01T00:00:00Z}]", "2025-01-01T00:00:00Z"),
            (
                "fakes: {bank.charge: {answer: {id: '${input.nothing}'}}}\n"
                    + "steps: [{send: payment.approved}]", "nothing"
            ),
        ])
    func whatWouldHoldForEverByAMisspeltNameFails(rest: String, hint: String) throws {
        let result = try Fixtures.run(rest)
        #expect(!result.passed)
        #expect(result.failures.first?.actual.contains(hint) == true, "\(told(result))")
    }
}
