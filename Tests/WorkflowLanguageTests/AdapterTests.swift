import CEL
import Definition
import Testing
import Values

@testable import WorkflowLanguage

@Suite struct AdapterTests {
    private func adapter(_ text: String) throws -> AdapterManifest {
        let parsed = WorkflowLanguage.parseAdapter(text, file: "a.yaml")
        #expect(parsed.diagnostics.isEmpty, "\(rendered(parsed.diagnostics, text))")
        return try #require(parsed.value)
    }

    @Test func bankIsReadAsDesigned() throws {
        let bank = try adapter(Fixtures.text("adapters/bank.yaml"))
        #expect(bank.transport == .http)
        #expect(bank.address == .environment("BANK_URL"))
        #expect(bank.authentication == .bearer(.environment("BANK_TOKEN")))
        #expect(bank.tls == .required)
        #expect(
            bank.limits
                == AdapterLimits(concurrency: 16, ratePerSecond: 100, timeout: .seconds(30)))
        #expect(
            bank.breaker
                == BreakerPolicy(
                    window: .seconds(30), failureRate: 0.5, minimumCalls: 20, openFor: .seconds(15))
        )
        #expect(
            bank.idempotency
                == Idempotency(header: "Idempotency-Key", keyRetention: .seconds(86_400)))
        let charge = try #require(bank.operation(named: "charge"))
        #expect(charge.kind == .compensatable)
        #expect(charge.compensate == "refund")
        #expect(charge.fencedByCompensation)
        #expect(charge.errors[1].statuses == [.exactly(409), .exactly(429), .hundreds(5)])
        guard case .http(let request) = charge.request, case .ask(let ask) = charge.onUnknown else {
            Issue.record("the charge is no request that can be asked about")
            return
        }
        let bindings: Bindings = ["input": ["account": "c-1", "amount": 5], "call": ["key": "k"]]
        #expect(try request.body?.evaluate(bindings) == ["account": "c-1", "amount": 5])
        #expect(try ask.request.path.evaluate(bindings) == "/v1/charges?key=k")
        #expect(ask.undecided?.source == "response.status == 202")
    }

    @Test(arguments: [("100/s", 100.0), ("30/min", 0.5), ("3600/h", 1)])
    func rateIsPerSecond(text: String, wanted: Double) throws {
        let found = try adapter(
            "{adapter: a, transport: local, limits: {rate: \(text)}, operations: {}}")
        #expect(found.limits.ratePerSecond == wanted)
    }

    private static func stripe(_ request: String, password: String = "''") -> String {
        """
        adapter: stripe
        transport: http
        url: {env: STRIPE_URL}
        auth: {basic: {user: {env: STRIPE_KEY}, password: \(password)}}
        operations:
          charge:
            kind: pivot
            request: {method: POST, path: /v1/charges, \(request)}
            outputSchema: true
            errors: [{status: 402, name: declined, retry: never}]
        """
    }

    @Test func aFormIsWrittenInPlaceOfABodyAndAPasswordMayBeNone() throws {
        let found = try adapter(
            Self.stripe("form: {amount: '${input.amount}', metadata: {order: '7'}}"))
        #expect(
            found.authentication
                == .basic(user: .environment("STRIPE_KEY"), password: .literal("")))
        guard case .http(let request)? = found.operations.first?.request else {
            Issue.record("it is no request")
            return
        }
        #expect(request.body == nil)
        #expect(
            try request.form?.evaluate(["input": ["amount": 5]])
                == ["amount": 5, "metadata": ["order": "7"]])
        _ = try adapter(Self.stripe("form: '${input.fields}'"))
        _ = try adapter(
            Self.stripe("headers: {Content-Type: text/csv}, body: 'a;${input.amount}'"))
    }

    @Test(arguments: [
        ("form: {a: 1}, body: {a: 1}", Diagnostic.Code.misplacedWord),
        ("form: {a: 1}, headers: {content-type: text/plain}", .misplacedWord),
        ("form: [a]", .invalidValue), ("form: a=1", .invalidValue),
        ("headers: {Content-Type: application/x-www-form-urlencoded}, body: {a: 1}", .invalidValue),
    ])
    func whatIsSentOtherwiseThanItLooksIsRefused(request: String, code: Diagnostic.Code) {
        let found = WorkflowLanguage.parseAdapter(Self.stripe(request), file: "a.yaml")
        #expect(found.diagnostics.map(\.code) == [code])
    }

    @Test(arguments: ["secret", "' '"])
    func aPasswordIsNeverWrittenDown(password: String) {
        let found = WorkflowLanguage.parseAdapter(
            Self.stripe("form: {a: 1}", password: password), file: "a.yaml")
        #expect(found.diagnostics.map(\.code) == [.literalSecret])
    }

    @Test func mailIsSentOverSMTP() throws {
        let found = try adapter(
            """
            adapter: smtp
            transport: smtp
            url: {env: SMTP_URL}
            auth: {basic: {user: {env: SMTP_USER}, password: {file: /run/secrets/smtp}}}
            tls: optional
            operations:
              send:
                mail: {from: pawl@example.org, to: '${input.to}', subject: '${input.subject}', text: '${input.text}', html: '${input.html}'}
            """)
        #expect(found.tls == .optional)
        #expect(
            found.authentication
                == .basic(user: .environment("SMTP_USER"), password: .file("/run/secrets/smtp")))
        let send = try #require(found.operation(named: "send"))
        #expect(send.onUnknown == .resend)
        #expect(send.kind == .retriable)
    }

    @Test func whatCannotBeRepeatedIsParked() throws {
        let found = try adapter(
            """
            adapter: fax
            transport: http
            url: http://localhost:9000
            operations:
              dial: {request: {method: POST, path: /dial}}
              status: {request: {method: GET, path: /status}}
            """)
        #expect(found.operations.map(\.onUnknown) == [.park, .resend])
        #expect(found.operations.map(\.kind) == [.pivot, .query])
    }

    @Test func localOperationsNeedNeitherRequestNorMail() throws {
        let found = try adapter(
            """
            adapter: matching
            transport: local
            operations:
              best:
                input: {type: object}
                outputSchema: {type: object, required: [worker]}
                errors: [{name: nobody, retry: never}]
                compensate: release
              release: {}
            """)
        #expect(found.operations.map(\.request) == [.local, .local])
        #expect(found.operations[0].errors.map(\.name) == ["nobody"])
    }
}
