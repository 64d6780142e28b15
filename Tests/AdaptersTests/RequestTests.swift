import CEL
import Definition
import Execution
import Testing
import Values

@testable import Adapters

@Suite("Requests: what goes out")
struct RequestTests {
    @Test("a request is built from the templates, with the key in its header")
    func post() throws {
        let request = try Fixture.http(
            Fixture.operation(headers: [
                NamedTemplate(name: "X-Attempt", value: Fixture.template("${call.attempt}"))
            ]))
        #expect(request.method == "POST")
        #expect(request.url == "http://127.0.0.1:8088/v1/charges")
        #expect(request.body == Array(#"{"account":"acc-1","amount":1200}"#.utf8))
        #expect(
            request.headers == [
                HTTPHeader("X-Attempt", "1"), HTTPHeader("Content-Type", "application/json"),
                HTTPHeader("Idempotency-Key", "pawl/order/1009/3"),
            ])
    }

    @Test("an asking is the manifest's question, without a body and without the key's header")
    func ask() throws {
        let operation = try Fixture.operation(onUnknown: .ask(Fixture.askRule()))
        let request = try Fixture.http(operation, row: Fixture.row(purpose: .ask))
        #expect(request.method == "GET")
        #expect(request.url == "http://127.0.0.1:8088/v1/charges?key=pawl%2Forder%2F1009%2F3")
        #expect(request.body == nil && request.header("Idempotency-Key") == nil)
    }

    @Test(
        "data stays within its segment or query value",
        arguments: [
            ("a/../b", "/v1/accounts/a%2F..%2Fb?q=a%2F..%2Fb"),
            ("x?admin=true", "/v1/accounts/x%3Fadmin%3Dtrue?q=x%3Fadmin%3Dtrue"),
            ("x#y", "/v1/accounts/x%23y?q=x%23y"),
            ("x&key=other", "/v1/accounts/x%26key%3Dother?q=x%26key%3Dother"),
            ("50%", "/v1/accounts/50%25?q=50%25"),
            ("a b+c", "/v1/accounts/a%20b%2Bc?q=a%20b%2Bc"),
            ("x\r\nHost: evil", "/v1/accounts/x%0D%0AHost%3A%20evil?q=x%0D%0AHost%3A%20evil"),
            ("http://evil", "/v1/accounts/http%3A%2F%2Fevil?q=http%3A%2F%2Fevil"),
            ("ä", "/v1/accounts/%C3%A4?q=%C3%A4"),
            ("~a-b_c.d", "/v1/accounts/~a-b_c.d?q=~a-b_c.d"),
            ("\u{0}", "/v1/accounts/%00?q=%00"),
        ])
    func paths(data: String, path: String) throws {
        let operation = try Fixture.operation(
            path: "/v1/accounts/${input.id}?q=${input.id}", body: nil)
        let request = try Fixture.http(operation, row: Fixture.row(input: ["id": .string(data)]))
        #expect(request.url == "http://127.0.0.1:8088" + path)
    }

    @Test(
        "paths that data cannot be allowed to make",
        arguments: [
            ("/v1/accounts/${input.id}", ""), ("/v1/accounts/${input.id}/close", ""),
            ("/v1/accounts/${input.id}", ".."), ("/v1/accounts/${input.id}", "."),
            ("${input.id}", "/v1"), ("/${input.id}/x", ""), ("/a/%2e${input.id}", "."),
            ("v1/${input.id}", "x"), ("/v1 x/${input.id}", "x"), ("/v1/%zz${input.id}", "x"),
            ("/v1/#${input.id}", "x"), ("/v1/${input.missing}", "x"),
        ])
    func badPaths(path: String, data: String) throws {
        let operation = try Fixture.operation(path: path, body: nil)
        let error = try refusal(operation, row: Fixture.row(input: ["id": .string(data)]))
        #expect(error.name == "invalid-input" && !error.isRetryable)
    }

    @Test(
        "header values of data cannot begin another line",
        arguments: ["a\r\nX-Admin: 1", "a\nb", "a\u{0}b", "a\u{85}b", "a\u{2028}b", "\u{7F}", "\t"])
    func headerInjection(data: String) throws {
        let operation = try Fixture.operation(headers: [
            NamedTemplate(name: "X-Reference", value: Fixture.template("${input.reference}"))
        ])
        let row = Fixture.row(input: ["account": "a", "amount": 1, "reference": .string(data)])
        #expect(try refusal(operation, row: row).name == "invalid-input")
        #expect(
            try refusal(Fixture.operation(), row: Fixture.row(key: data)).name == "invalid-input")
    }

    @Test(
        "headers that belong to the transport, and names that are none",
        arguments: [
            "Host", "content-length", "Transfer-Encoding", "Connection", "X Y", "X:Y", "", "X\r\nY",
            "Ä",
        ])
    func headerNames(name: String) throws {
        let operation = try Fixture.operation(headers: [
            NamedTemplate(name: name, value: Fixture.template("1"))
        ])
        #expect(try refusal(operation).name == "configuration")
    }

    @Test("bodies quote what data says")
    func bodies() throws {
        let row = Fixture.row(input: ["account": "\"},{\"x\":\"\r\n", "amount": 1])
        let request = try Fixture.http(Fixture.operation(), row: row)
        #expect(
            try JSON.parse(try #require(request.body))
                == ["account": "\"},{\"x\":\"\r\n", "amount": 1])
    }

    @Test("a text under a content type of its own is sent as it is")
    func textBody() throws {
        let operation = try Fixture.operation(
            headers: [NamedTemplate(name: "content-type", value: Fixture.template("text/csv"))],
            body: "a;${input.amount}")
        let request = try Fixture.http(operation)
        #expect(request.body == Array("a;1200".utf8))
        #expect(request.headers.count { $0.name.lowercased() == "content-type" } == 1)
    }

    @Test("input that breaks the operation's schema is not sent, and no attempt helps")
    func invalidInput() throws {
        let schema = try Fixture.schema([
            "type": "object", "required": ["amount"],
            "properties": ["amount": ["type": "integer", "minimum": 1]],
        ])
        let operation = try Fixture.operation(input: schema)
        let error = try refusal(operation, row: Fixture.row(input: ["account": "a", "amount": 0]))
        #expect(error.name == "invalid-input" && !error.isRetryable)
        #expect(error.message.contains("/amount"))
    }

    @Test("secrets are resolved at send time; a missing one is named and tried again")
    func secrets() throws {
        let manifest = Fixture.bank(
            authentication: .bearer(.environment("BANK_TOKEN")),
            operations: [try Fixture.operation()])
        let settings = SettingResolver(
            environment: { $0 == "BANK_TOKEN" ? "s3cret" : nil }, file: { _ in nil })
        let request = try Fixture.http(
            Fixture.operation(), manifest: manifest, settings: settings)
        #expect(request.header("authorization") == "Bearer s3cret")
        let dumped = "\(request) \(String(reflecting: request)) \(OutgoingRequest.http(request))"
        #expect(!dumped.contains("s3cret"))
        let error = try refusal(Fixture.operation(), manifest: manifest)
        #expect(error.name == "configuration" && error.isRetryable)
        #expect(error.message.contains("BANK_TOKEN"))
        let empty = SettingResolver(environment: { _ in "" }, file: { _ in nil })
        #expect(
            try refusal(Fixture.operation(), manifest: manifest, settings: empty).message
                .contains("token is empty"))
    }

    @Test("a variable that is set and empty is a value: a user without a password")
    func emptyPassword() throws {
        let manifest = Fixture.bank(
            authentication: .basic(
                user: .environment("STRIPE_KEY"), password: .environment("STRIPE_PASSWORD")),
            operations: [try Fixture.operation()])
        let settings = SettingResolver(
            environment: { $0 == "STRIPE_KEY" ? "sk_test" : "" }, file: { _ in nil })
        let request = try Fixture.http(Fixture.operation(), manifest: manifest, settings: settings)
        #expect(request.header("Authorization") == "Basic c2tfdGVzdDo=")
    }

    @Test("what is wrong with the adapter is told from what is wrong with one call")
    func unready() throws {
        let token = Fixture.bank(
            authentication: .bearer(.environment("BANK_TOKEN")),
            operations: [try Fixture.operation()])
        let address = Fixture.bank(url: "http://elsewhere", operations: [try Fixture.operation()])
        let fine = Fixture.bank(operations: [try Fixture.operation(path: "/${input.account}")])
        for (manifest, isUnready) in [(token, true), (address, true), (fine, false)] {
            let row = Fixture.row(input: ["account": "", "amount": 1])
            let exchange = try #require(Exchange(row, manifest: manifest))
            let unsent = #expect(throws: UnsentCall.self) {
                try exchange.request(settings: Fixture.noSettings, rules: Fixture.loopback())
            }
            #expect(unsent?.isUnready == isUnready)
        }
    }

    @Test("a form holds names and values, nested the way that Stripe reads them")
    func form() throws {
        let form: Value = [
            "amount": "${input.amount}",
            "metadata": ["order": "${input.account}", "deep": ["a": 1]],
            "items": [["price": "p 1"], ["price": "ü&="]], "confirm": true, "note": "",
            "nothing": "${input.none}",
        ]
        let request = try Fixture.http(
            Fixture.operation(body: nil, form: form),
            row: Fixture.row(input: ["account": "a=b&amount=1", "amount": 1200, "none": nil]))
        #expect(request.header("content-type") == "application/x-www-form-urlencoded")
        #expect(
            String(decoding: request.body ?? [], as: UTF8.self)
                == "amount=1200&metadata%5Border%5D=a%3Db%26amount%3D1&metadata%5Bdeep%5D%5Ba%5D=1"
                + "&items%5B0%5D%5Bprice%5D=p+1&items%5B1%5D%5Bprice%5D=%C3%BC%26%3D"
                + "&confirm=true&note=")
    }

    @Test("data cannot name another field of a form", arguments: ["a]", "[x", "x[amount]", ""])
    func formNames(name: String) throws {
        let operation = try Fixture.operation(body: nil, form: "${input}")
        for input in [[name: 1], ["metadata": .map(ValueMap([(name, 1)]))]] as [Value] {
            #expect(
                try refusal(operation, row: Fixture.row(input: input)).name == "invalid-input")
        }
        #expect(
            try refusal(
                Fixture.operation(body: nil, form: "${input.account}")
            ).message.contains("no map"))
    }

    @Test(
        "a secret with a line break is refused without being shown",
        arguments: ["a\r\nb", "a\u{0}"])
    func badSecrets(secret: String) throws {
        let manifest = Fixture.bank(
            authentication: .bearer(.file("/run/token")), operations: [try Fixture.operation()])
        let settings = SettingResolver(environment: { _ in nil }, file: { _ in secret })
        let error = try refusal(Fixture.operation(), manifest: manifest, settings: settings)
        #expect(error.name == "configuration" && !error.message.contains("a\r"))
    }

    @Test("the line end of a secret's file is no part of it; basic authentication is encoded")
    func basic() throws {
        let manifest = Fixture.bank(
            authentication: .basic(user: .literal("lab"), password: .file("/run/password")),
            operations: [try Fixture.operation()])
        let settings = SettingResolver(environment: { _ in nil }, file: { _ in "päss\r\n" })
        let request = try Fixture.http(Fixture.operation(), manifest: manifest, settings: settings)
        #expect(request.header("Authorization") == "Basic bGFiOnDDpHNz")
    }

    @Test(
        "where a request may go",
        arguments: [
            ("http://127.0.0.1:1", TLSPolicy.required, true, true),
            ("http://localhost", .required, true, true),
            ("http://bank.example.com", .required, false, false),
            ("http://bank.example.com", .optional, false, true),
            ("http://bank.example.com", .optional, true, false),
            ("https://bank.example.com", .required, true, true),
            ("https://other.example.com", .required, false, false),
            ("smtp://bank.example.com", .required, false, false),
            ("https://user@bank.example.com", .required, false, false),
        ])
    func destinations(url: String, tls: TLSPolicy, hasSecret: Bool, isAllowed: Bool) throws {
        let manifest = Fixture.bank(
            url: url, authentication: hasSecret ? .bearer(.literal("x")) : .none, tls: tls,
            operations: [try Fixture.operation()])
        let rules = try AddressRules(allowedHosts: ["localhost", "bank.example.com"])
        let exchange = try Fixture.exchange(Fixture.operation(), manifest: manifest)
        let request = try? exchange.request(settings: Fixture.noSettings, rules: rules)
        #expect((request != nil) == isAllowed)
    }

    @Test(
        "only questions may be sent twice; what only a person could find out has a connection of its own"
    )
    func resending() throws {
        let ask = OperationManifest.OnUnknown.ask(try Fixture.askRule())
        for (rule, kind, isQuestion, isFresh) in [
            (.resend, .compensatable, false, false), (ask, .pivot, false, false),
            (.park, .pivot, false, true), (.park, .query, true, false),
        ] as [(OperationManifest.OnUnknown, OperationManifest.Kind, Bool, Bool)] {
            let request = try Fixture.http(Fixture.operation(onUnknown: rule, kind: kind))
            #expect(request.isQuestion == isQuestion, "\(rule) \(kind)")
            #expect(request.needsFreshConnection == isFresh, "\(rule) \(kind)")
        }
        let asking = try Fixture.http(
            Fixture.operation(onUnknown: ask, kind: .pivot), row: Fixture.row(purpose: .ask))
        #expect(asking.isQuestion)
    }

    @Test(
        "a header value that would arrive as another text is refused before anything leaves",
        arguments: [" x", "x ", "x  ", " ", "M\u{FC}ller", "日本", "e\u{301}", "\u{A0}x"])
    func changedHeaders(data: String) throws {
        let operation = try Fixture.operation(headers: [
            NamedTemplate(name: "Cookie-Key", value: Fixture.template("${input.reference}"))
        ])
        let row = Fixture.row(input: ["account": "a", "amount": 1, "reference": .string(data)])
        let error = try refusal(operation, row: row)
        #expect(error.name == "invalid-input" && !error.isRetryable)
        #expect(
            error.message.contains("'Cookie-Key'") && error.message.contains("the path or the body")
        )
        let inner = Fixture.row(input: ["account": "a", "amount": 1, "reference": "x y"])
        #expect(try Fixture.http(operation, row: inner).header("cookie-key") == "x y")
    }

    @Test("an attempt's own timeout counts, up to the adapter's")
    func timeouts() throws {
        let manifest = Fixture.bank(
            limits: AdapterLimits(timeout: .seconds(10)), operations: [try Fixture.operation()])
        for (own, effective) in [(nil, 10), (3, 3), (60, 10)] as [(Int?, Int)] {
            let row = Fixture.row(timeout: own.map { .seconds($0) })
            let request = try Fixture.http(Fixture.operation(), row: row, manifest: manifest)
            #expect(request.timeout == .seconds(effective))
        }
    }

    @Test("an asking that cannot be sent learns nothing")
    func unsentAsk() throws {
        let operation = try Fixture.operation(onUnknown: .park)
        let exchange = try Fixture.exchange(operation, row: Fixture.row(purpose: .ask))
        let unsent = #expect(throws: UnsentCall.self) {
            try exchange.request(settings: Fixture.noSettings, rules: Fixture.loopback())
        }
        #expect(unsent?.reading == AnswerReading(outcome: .undecided, end: .cancelled))
    }

    private func refusal(
        _ operation: OperationManifest, row: CallRow = Fixture.row(),
        manifest: AdapterManifest? = nil, settings: SettingResolver = Fixture.noSettings
    ) throws -> CallError {
        let unsent = #expect(throws: UnsentCall.self) {
            try Fixture.request(operation, row: row, manifest: manifest, settings: settings)
        }
        let error = try #require(unsent).error
        #expect(unsent?.reading.outcome == .failed(error))
        return error
    }
}
