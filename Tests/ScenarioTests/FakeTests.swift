import Testing

@testable import Assembly
@testable import PawlCommand
@testable import Rehearsal
@testable import Scenarios

/// What the world of a scenario does. Each story is a scenario that holds.
@Suite struct FakeTests {
    private func holds(_ rest: String, start: String = "key: c-1\ninput: {id: c-1}") throws {
        let result = try Fixtures.run(rest, start: start)
        #expect(result.passed, "\(told(result))")
    }

    @Test func withoutAFakeATaskSucceedsAndMailsAreSent() throws {
        try holds(
            """
            steps:
              - send: {event: payment.approved, expect: applied}
              - expect:
                  status: completed
                  context: {charge: bank.charge-1}
                  calls: {bank.charge: 1, smtp.send: 1}
                  mails: [{mail: receipt, text: Thank}]
            """)
    }

    @Test func anErrorIsRetriedAsItsAdapterSays() throws {
        try holds(
            """
            fakes:
              bank.charge: [{fail: unavailable, times: 3}, {answer: {id: 'n-${call.attempt}'}}]
            steps:
              - send: payment.approved
              - expect: {blocker: call.retrying, calls: {bank.charge: 1}}
              - advance: 1h
              - expect: {state: paid, calls: {bank.charge: 4}, context: {charge: n-4}}
            """)
        try holds(
            """
            fakes: {bank.charge: {fail: {error: declined, message: no money}}}
            steps:
              - send: payment.approved
              - expect: {status: failed, state: declined, calls: {bank.charge: 1}}
            """)
    }

    @Test func aRefusalThatTheAdapterDoesNotDeclareLeavesTheOutcomeOpenAndIsAskedAbout() throws {
        try holds(
            """
            fakes: {bank.charge: [{fail: {error: rejected, times: 1}}, {answer: {id: n-1}}]}
            steps:
              - send: payment.approved
              - advance: 1h
              - expect: {state: paid, calls: {bank.charge: 2}, context: {charge: n-1}}
            """)
    }

    @Test func aScenarioMayOverruleTheRetryClass() throws {
        try holds(
            """
            fakes: {bank.charge: {fail: {error: odd, retry: never}}}
            steps:
              - send: payment.approved
              - expect: {incidents: 1, blocker: {kind: call.exhausted, contains: odd}}
            """)
    }

    @Test func aLostAnswerIsLearnedByAskingAndNothingIsSentTwice() throws {
        try holds(
            """
            fakes: {bank.charge: {lose: {id: charge-7}}}
            steps:
              - send: payment.approved
              - expect: {state: paid, context: {charge: charge-7}, calls: {bank.charge: 1}}
            """)
    }

    @Test func aCallThatNeverArrivedIsFoundOutAfterItsTimeoutAndSentAgain() throws {
        try holds(
            """
            fakes: {bank.charge: [{hang: true}, {answer: {id: charge-8}}]}
            steps:
              - send: payment.approved
              - advance: 9s
              - expect: {blocker: call.running, calls: {bank.charge: 1}}
              - advance: 1s
              - expect: {blocker: {kind: call.retrying, contains: no answer within 10 s}}
              - advance: 1s
              - expect: {state: paid, context: {charge: charge-8}, calls: {bank.charge: 2}}
            """)
    }

    @Test func aDelayTakesVirtualTime() throws {
        try holds(
            """
            fakes: {bank.charge: {answer: {id: charge-9}, delay: 3s}}
            steps:
              - send: payment.approved
              - advance: 2999ms
              - expect: {state: charging, blocker: call.running}
              - advance: 1ms
              - expect: {state: paid}
            """)
    }

    @Test func anAnswerBehindTheTimeoutIsUnknownUntilTheEffectTookPlace() throws {
        try holds(
            """
            fakes: {bank.charge: {answer: {id: charge-9}, delay: 5m}}
            steps:
              - send: payment.approved
              - advance: 10s
              - expect: {state: charging, blocker: call.unknown}
              - advance: 4m
              - expect: {state: charging, blocker: call.unknown, calls: {bank.charge: 1}}
              - advance: 10m
              - expect: {state: paid, context: {charge: charge-9}, calls: {bank.charge: 1}}
            """)
    }

    @Test func aCrashLosesNeitherTimersNorCallsUnderWay() throws {
        try holds(
            """
            fakes: {bank.charge: {answer: {id: 'n-${call.attempt}'}, delay: 4s}}
            steps:
              - advance: 30m
              - crash: true
              - send: payment.approved
              - advance: 2s
              - crash: true
              - expect: {state: charging}
              - advance: 3s
              - expect: {state: charging}
              - advance: 1s
              - expect: {state: paid, context: {charge: n-1}, calls: {bank.charge: 1}, mails: 1}
            """)
        try holds("steps: [{crash: true}, {advance: 1h}, {expect: {state: lapsed}}]")
    }

    @Test func paramsAndTemplatesOfStepsSeeTheInstance() throws {
        try holds(
            """
            params: {grace: 3h}
            steps:
              - advanceTo: '${timestamp(input.due) - duration("1s")}'
              - expect: {state: waiting}
              - advanceTo: '${instance.startedAt + params.grace}'
              - expect: {state: lapsed, status: cancelled}
            """, start: "key: c-1\ninput: {id: c-1, due: '2026-01-05T12:00:00Z'}")
    }

    @Test func anEventMayStartTheInstance() throws {
        try holds(
            """
            steps:
              - send: {event: payment.asked, data: {id: c-9}, expect: applied}
              - send: payment.approved
              - expect: {state: paid, context: {charge: bank.charge-1}}
              - expect: {instance: payment/c-9, status: completed}
            """, start: "description: no key\nactor: system/test")
    }

    @Test func anEventIsIgnoredWithItsGuardAndARepeatIsADuplicate() throws {
        try holds(
            """
            steps:
              - send: {event: payment.tip, id: e-1, expect: ignored}
              - send: {event: payment.tip, id: e-1, expect: duplicate, code: ignored}
              - expect: {kept: 0, notState: charging}
              - cancel: asked for
              - expect: {status: cancelled}
            """)
    }

    @Test func otherWorkflowsTakePartOnlyWhenTheyAreLoaded() throws {
        try holds(
            """
            also: parcel
            steps:
              - send: payment.approved
              - expect: {status: completed, instances: {parcel/c-1: {state: packing, status: running}}}
              - send: {event: parcel.sent, to: parcel/c-1, expect: applied}
              - expect: {instance: parcel/c-1, state: gone}
            """)
        try holds("steps: [{send: payment.approved}, {expect: {status: completed}}]")
    }

    @Test func aStartEventStartsAnotherWorkflowThanTheOneUnderTest() throws {
        try holds(
            """
            also: parcel
            steps:
              - send: {event: payment.done, to: parcel/p-9, data: {id: p-9}}
              - expect: {instances: {parcel/p-9: packing}, state: waiting}
            """)
    }

    @Test func recordsStandBeforeAnythingHappens() throws {
        try holds(
            """
            records: {ledger: {id: c-1, group: clients, body: {balance: 5, owner: {name: Ada}}}}
            steps:
              - expect: {records: {ledger: {c-1: {owner: {name: Ada}}, c-2: null}}}
            """)
    }
}
