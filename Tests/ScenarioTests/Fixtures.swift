import Definition
import Testing
import WorkflowLanguage

@testable import Assembly
@testable import PawlCommand
@testable import Rehearsal
@testable import Scenarios

/// One small workflow and its adapters, written where they are tested.
enum Fixtures {
    static let payment = """
        workflow: payment
        version: 1
        start: {on: payment.asked, key: event.data.id}
        input:
          type: object
          required: [id]
          properties:
            id: {type: string}
            due: {type: string, format: date-time}
        context: {charge: {type: [string, 'null'], default: null}}
        params: {grace: {type: string, format: duration, default: 1h}}
        events:
          payment.approved: {early: reject}
          payment.tip: {early: keep}
        mails:
          receipt: {subject: 'Paid ${context.charge}', text: Thank you.}
        initial: waiting
        states:
          waiting:
            on:
              payment.approved: charging
              payment.tip: {guard: input.id == "never", actions: {log: tipped}}
            after: {'${params.grace}': lapsed}
          charging:
            invoke:
              task: bank.charge
              input: {account: '${input.id}', amount: 100}
              onDone:
                target: paid
                actions: {assign: {charge: '${event.data.id}'}}
              onError: {error: declined, target: declined}
          paid:
            type: final
            entry:
              - notify: {mail: receipt, to: '${input.id}@clients.example'}
              - send: {event: payment.done, data: {id: '${input.id}'}}
          declined: {type: final, status: failed}
          lapsed: {type: final, status: cancelled}
        """

    /// Started by what a payment sends.
    static let parcel = """
        workflow: parcel
        version: 1
        start: {on: payment.done, key: event.data.id}
        input: {type: object, properties: {id: {type: string}}}
        events: {parcel.sent: {early: drop}}
        initial: packing
        states:
          packing: {on: {parcel.sent: gone}}
          gone: {type: final}
        """

    static let bank = """
        adapter: bank
        transport: http
        url: {env: BANK_URL}
        limits: {timeout: 10s}
        idempotency: {header: Idempotency-Key, keyRetention: 24h}
        operations:
          charge:
            kind: pivot
            request: {method: POST, path: /charges, body: '${input}'}
            output: {id: '${response.body.id}'}
            errors:
              - {status: [402], name: declined, retry: never}
              - {status: [503], name: unavailable, retry: yes}
            onUnknown:
              ask: {method: GET, path: '/charges?key=${call.key}'}
              outcome: {applied: response.status == 200, undecided: response.status == 202}
        """

    static let smtp = """
        adapter: smtp
        transport: smtp
        url: {env: SMTP_URL}
        operations:
          send:
            kind: retriable
            mail: {from: a@b.example, to: '${input.to}', subject: '${input.subject}', text: '${input.text}'}
            onUnknown: resend
        """

    static func value<T>(_ parsed: Parsed<T>) throws -> T {
        try #require(
            parsed.value, "\(parsed.errors.map(\.headline).joined(separator: "\n"))")
    }

    static func runner(workflows: [String] = [payment, parcel]) throws -> ScenarioRunner {
        Wiring.scenarioRunner(
            workflows: try workflows.map {
                try value(WorkflowLanguage.parseWorkflow($0, file: "workflow.yaml"))
            },
            adapters: try [bank, smtp].map {
                try value(WorkflowLanguage.parseAdapter($0, file: "adapter.yaml"))
            })
    }

    /// A scenario of `payment` for the client c-1.
    /// - Parameters:
    ///   - rest: what stands behind its head, from the head's fifth line on: fakes, records, steps.
    ///   - start: two lines.
    static func run(
        _ rest: String, start: String = "key: c-1\ninput: {id: c-1}"
    ) throws -> ScenarioResult {
        let text = "scenario: s\nworkflow: payment\n\(start)\n\(rest)"
        let scenario = try value(WorkflowLanguage.parseScenario(text, file: "s.yaml"))
        return try runner().run(scenario)
    }
}

/// What did not hold, as one text for a test's message.
func told(_ result: ScenarioResult) -> String {
    result.failures.map {
        "\($0.location) \($0.subject): expected \($0.expected), actual \($0.actual). \($0.why ?? "")"
    }.joined(separator: "\n")
}
