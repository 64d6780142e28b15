import CEL
import Definition
import Execution
import Statechart
import Values

@testable import Adapters

/// A bank and a mail server as their manifests would describe them.
enum Fixture {
    static func template(_ value: Value) throws -> Template { try Template(parsing: value) }

    static func schema(_ value: Value) throws -> Schema { try Schema(parsing: value) }

    static func bank(
        url: String = "http://127.0.0.1:8088", authentication: Authentication = .none,
        tls: TLSPolicy = .required, limits: AdapterLimits = AdapterLimits(),
        breaker: BreakerPolicy? = nil,
        idempotency: Idempotency? = Idempotency(
            header: "Idempotency-Key", keyRetention: .seconds(86_400)),
        operations: [OperationManifest]
    ) -> AdapterManifest {
        AdapterManifest(
            name: "bank", description: "", transport: .http, address: .literal(url),
            authentication: authentication, tls: tls, limits: limits, breaker: breaker,
            idempotency: idempotency, operations: operations)
    }

    static func mailServer(
        url: String, authentication: Authentication = .none, tls: TLSPolicy = .required,
        limits: AdapterLimits = AdapterLimits()
    ) throws -> AdapterManifest {
        AdapterManifest(
            name: "mail", description: "", transport: .smtp, address: .literal(url),
            authentication: authentication, tls: tls, limits: limits, breaker: nil,
            idempotency: nil, operations: [try sendMail()])
    }

    static func sendMail() throws -> OperationManifest {
        OperationManifest(
            name: "send", description: "",
            request: .mail(
                MailTemplate(
                    from: try template("Lab <lab@example.com>"), to: try template("${input.to}"),
                    subject: try template("${input.subject}"), text: try template("${input.text}"),
                    html: nil)),
            input: .any, output: nil, outputSchema: .any, errors: [], onUnknown: .resend,
            fencedByCompensation: false, compensate: nil, kind: .retriable, location: here)
    }

    static func operation(
        method: String = "POST", path: String = "/v1/charges",
        headers: [NamedTemplate] = [],
        body: Value? = ["account": "${input.account}", "amount": "${input.amount}"],
        form: Value? = nil, input: Schema = .any, output: Value? = nil, outputSchema: Schema = .any,
        accepted: [ErrorRule.Status] = [], errors: [ErrorRule] = [],
        onUnknown: OperationManifest.OnUnknown = .resend,
        kind: OperationManifest.Kind = .compensatable, money: MoneyFlow? = nil
    ) throws -> OperationManifest {
        OperationManifest(
            name: "charge", description: "",
            request: .http(
                HTTPTemplate(
                    method: method, path: try template(.string(path)), headers: headers,
                    body: try body.map(template), form: try form.map(template))),
            input: input, output: try output.map(template), outputSchema: outputSchema,
            accepted: accepted, errors: errors, onUnknown: onUnknown, fencedByCompensation: false,
            compensate: nil,
            kind: kind, money: money, location: here)
    }

    static func askRule(
        path: String = "/v1/charges?key=${call.key}", applied: String = "response.status == 200",
        refused: [ErrorRule] = [], park: String? = nil,
        undecided: String? = "response.status == 202"
    ) throws -> AskRule {
        AskRule(
            request: HTTPTemplate(
                method: "GET", path: try template(.string(path)), headers: [], body: nil),
            park: try park.map { try Expression(parsing: $0) },
            applied: try Expression(parsing: applied), refused: refused,
            undecided: try undecided.map { try Expression(parsing: $0) })
    }

    static func row(
        _ number: Int64 = 1, adapter: String = "bank", operation: String = "charge",
        purpose: CallRow.Purpose = .perform,
        input: Value = ["account": "acc-1", "amount": 1200], key: String = "pawl/order/1009/3",
        timeout: Duration? = nil
    ) -> CallRow {
        CallRow(
            id: id(number), purpose: purpose, adapter: adapter, operation: operation, input: input,
            key: key, attempt: 1, timeout: timeout, firstSentAt: Timestamp(seconds: 1_767_268_800))
    }

    static func id(_ number: Int64) -> CallID {
        CallID(instance: InstanceID(number), activation: 1, dispatch: 1)
    }

    static let here = SourceLocation(line: 1, column: 1)

    /// The store's clock, which a test may let run faster than the transport's.
    static let storeNow = Timestamp(seconds: 1_767_600_000)
    static let storeTime: @Sendable (Duration) -> Timestamp = { storeNow + $0 * 60 }

    static let noSettings = SettingResolver(environment: { _ in nil }, file: { _ in nil })

    static func loopback() throws -> AddressRules { try AddressRules(allowedHosts: ["localhost"]) }

    static func exchange(
        _ operation: OperationManifest, row: CallRow = row(), manifest: AdapterManifest? = nil
    ) throws -> Exchange {
        guard
            let exchange = Exchange(row, manifest: manifest ?? bank(operations: [operation]))
        else { throw Missing("the operation") }
        return exchange
    }

    static func request(
        _ operation: OperationManifest, row: CallRow = row(), manifest: AdapterManifest? = nil,
        settings: SettingResolver = noSettings
    ) throws -> OutgoingRequest {
        try exchange(operation, row: row, manifest: manifest)
            .request(settings: settings, rules: loopback())
    }

    static func http(
        _ operation: OperationManifest, row: CallRow = row(), manifest: AdapterManifest? = nil,
        settings: SettingResolver = noSettings
    ) throws -> HTTPRequest {
        guard
            case .http(let request) = try request(
                operation, row: row, manifest: manifest, settings: settings)
        else { throw Missing("an HTTP request") }
        return request
    }
}

struct Missing: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) {
        description = "\(what) is missing"
    }
}

/// SplitMix64: a failure prints its seed, the seed repeats it.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
