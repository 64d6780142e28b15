import CEL
import Statechart
import Values

/// What Pawl knows about a system outside: how to reach it, what it may be asked, what its answers mean and
/// how its effects are undone. Declared in `adapters/<name>/adapter.yaml`; nothing about any one of them is
/// in Swift.
package struct AdapterManifest: Sendable, Hashable {
    package enum Transport: String, Sendable, Hashable {
        case http
        case smtp
        /// In-process operations: functions of their input and the records that they read.
        case local
    }

    package let name: String
    package let description: String
    package let transport: Transport
    /// nil for `local`.
    package let address: Setting?
    package let authentication: Authentication
    package let tls: TLSPolicy
    package let limits: AdapterLimits
    package let breaker: BreakerPolicy?
    package let idempotency: Idempotency?
    /// In document order.
    package let operations: [OperationManifest]

    package init(
        name: String, description: String, transport: Transport, address: Setting?,
        authentication: Authentication, tls: TLSPolicy, limits: AdapterLimits,
        breaker: BreakerPolicy?, idempotency: Idempotency?, operations: [OperationManifest]
    ) {
        self.name = name
        self.description = description
        self.transport = transport
        self.address = address
        self.authentication = authentication
        self.tls = tls
        self.limits = limits
        self.breaker = breaker
        self.idempotency = idempotency
        self.operations = operations
    }

    package func operation(named name: String) -> OperationManifest? {
        operations.first { sameUTF8($0.name, name) }
    }
}

/// A value that is written down, or a reference to one that is resolved at send time only. Secrets are
/// always references.
package enum Setting: Sendable, Hashable {
    case literal(String)
    case environment(String)
    case file(String)
    case command(SettingCommand)
}

/// A program that says a secret on its output.
package struct SettingCommand: Sendable, Hashable {
    package static let defaultTTL = Duration.seconds(300)

    /// The first is the path of the program; no shell reads them.
    package let arguments: [String]
    /// How long what it says is kept.
    package let ttl: Duration

    package init(arguments: [String], ttl: Duration = defaultTTL) {
        self.arguments = arguments
        self.ttl = ttl
    }

    /// For messages; never what it says.
    package var label: String { "the command \(arguments.first ?? "")" }
}

package enum Authentication: Sendable, Hashable {
    case none
    case bearer(Setting)
    case basic(user: Setting, password: Setting)

    package var settings: [Setting] {
        switch self {
        case .none: []
        case .bearer(let token): [token]
        case .basic(let user, let password): [user, password]
        }
    }
}

package enum TLSPolicy: String, Sendable, Hashable {
    /// HTTPS, or STARTTLS that must succeed. Loopback addresses are excepted.
    case required
    case optional
}

package struct AdapterLimits: Sendable, Hashable {
    /// Calls at once (the bulkhead).
    package let concurrency: Int
    /// Calls per second; nil: not limited.
    package let ratePerSecond: Double?
    /// Hard deadline of one attempt over connect, TLS, headers and body.
    package let timeout: Duration
    /// Of an answer's body.
    package let maximumResponseBytes: Int

    package init(
        concurrency: Int = 16, ratePerSecond: Double? = nil, timeout: Duration = .seconds(30),
        maximumResponseBytes: Int = 1 << 20
    ) {
        self.concurrency = concurrency
        self.ratePerSecond = ratePerSecond
        self.timeout = timeout
        self.maximumResponseBytes = maximumResponseBytes
    }
}

/// A circuit breaker: opens when the share of failed calls in the window reaches the rate.
package struct BreakerPolicy: Sendable, Hashable {
    package let window: Duration
    package let failureRate: Double
    package let minimumCalls: Int
    package let openFor: Duration

    package init(window: Duration, failureRate: Double, minimumCalls: Int, openFor: Duration) {
        self.window = window
        self.failureRate = failureRate
        self.minimumCalls = minimumCalls
        self.openFor = openFor
    }
}

package struct Idempotency: Sendable, Hashable {
    /// The header that carries the key; nil: the operation puts `call.key` where it belongs.
    package let header: String?
    /// How long the remote remembers a key. We never repeat after 90 % of it (G4).
    package let keyRetention: Duration

    package init(header: String?, keyRetention: Duration) {
        self.header = header
        self.keyRetention = keyRetention
    }
}

package struct OperationManifest: Sendable, Hashable {
    /// Its place in a saga.
    package enum Kind: String, Sendable, Hashable {
        /// Can be undone.
        case compensatable
        /// Can be neither undone nor repeated without its key.
        case pivot
        /// Does no harm when it is repeated, whenever that is: its key, or what it is, says so for ever.
        case retriable
        /// Has no effect.
        case query
    }

    package enum Request: Sendable, Hashable {
        case http(HTTPTemplate)
        case mail(MailTemplate)
        case local
    }

    /// What to do when the answer was lost.
    package enum OnUnknown: Sendable, Hashable {
        case ask(AskRule)
        /// Send again under the same key.
        case resend
        /// Open an incident; a person finds out.
        case park
    }

    package let name: String
    package let description: String
    package let request: Request
    package let input: Schema
    /// Over `response input call`; nil: the whole body.
    package let output: Template?
    package let outputSchema: Schema
    /// Answers besides 2xx that mean that it is done: 404 where something is removed.
    package let accepted: [ErrorRule.Status]
    /// Answers that say that nothing was done; the first match wins. What none matches leaves open whether it was,
    /// unless the operation is a query.
    package let errors: [ErrorRule]
    package let onUnknown: OnUnknown
    /// Compensating a key that was never applied forbids a later effect under that key.
    package let fencedByCompensation: Bool
    /// The operation of this adapter that undoes it; receives `{key, input, output?}`.
    package let compensate: String?
    package let kind: Kind
    /// `notify` leaves through this one, where a project has several that mail.
    package let isNotifier: Bool
    /// nil: it moves none.
    package let money: MoneyFlow?
    package let location: SourceLocation

    /// By which a call can fail: of its own answers, and of those to a question about it.
    package var errorNames: [String] {
        guard case .ask(let rule) = onUnknown else { return errors.map(\.name) }
        let asked = rule.refused.map(\.name)
        return errors.map(\.name) + asked.filter { name in !errors.contains { $0.name == name } }
    }

    /// May be repeated even when the remote has forgotten the key.
    package var isRepeatableForEver: Bool {
        kind == .query || (kind == .retriable && onUnknown == .resend)
    }

    package init(
        name: String, description: String, request: Request, input: Schema, output: Template?,
        outputSchema: Schema, accepted: [ErrorRule.Status] = [], errors: [ErrorRule],
        onUnknown: OnUnknown,
        fencedByCompensation: Bool, compensate: String?, kind: Kind,
        isNotifier: Bool = false, money: MoneyFlow? = nil, location: SourceLocation
    ) {
        self.name = name
        self.description = description
        self.request = request
        self.input = input
        self.output = output
        self.outputSchema = outputSchema
        self.accepted = accepted
        self.errors = errors
        self.onUnknown = onUnknown
        self.fencedByCompensation = fencedByCompensation
        self.compensate = compensate
        self.kind = kind
        self.isNotifier = isNotifier
        self.money = money
        self.location = location
    }
}

/// Over `input` and `call` (`call.key`, `call.attempt`).
package struct HTTPTemplate: Sendable, Hashable {
    package let method: String
    package let path: Template
    /// In document order.
    package let headers: [NamedTemplate]
    /// As JSON, or a text of another type.
    package let body: Template?
    /// In its place: names and values as `application/x-www-form-urlencoded`.
    package let form: Template?

    package init(
        method: String, path: Template, headers: [NamedTemplate], body: Template?,
        form: Template? = nil
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.form = form
    }
}

package struct NamedTemplate: Sendable, Hashable {
    package let name: String
    package let value: Template

    package init(name: String, value: Template) {
        self.name = name
        self.value = value
    }
}

/// A mail over `input` and `call`; its `Message-ID` is derived from `call.key`, so that a repeat is
/// recognisable [R-71].
package struct MailTemplate: Sendable, Hashable {
    package let from: Template
    package let to: Template
    package let subject: Template
    package let text: Template
    package let html: Template?

    package init(from: Template, to: Template, subject: Template, text: Template, html: Template?) {
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.html = html
    }
}

/// Turns an answer into a *named* error with a retry class, and declares that it was given before any effect.
package struct ErrorRule: Sendable, Hashable {
    package enum Status: Sendable, Hashable {
        case exactly(Int)
        /// `5xx` is 5.
        case hundreds(Int)
    }

    package let statuses: [Status]
    /// Over `response`; nil: the status alone decides.
    package let condition: Expression?
    package let name: String
    package let isRetryable: Bool

    package init(statuses: [Status], condition: Expression?, name: String, isRetryable: Bool) {
        self.statuses = statuses
        self.condition = condition
        self.name = name
        self.isRetryable = isRetryable
    }
}

/// How to learn whether a call whose answer was lost took effect. Each is over `response` (and `input`, `call`), and is
/// looked at in this order; what none of them is says that it did not take place.
package struct AskRule: Sendable, Hashable {
    package let request: HTTPTemplate
    /// No further asking will tell: a person finds out.
    package let park: Expression?
    /// The effect took place.
    package let applied: Expression
    /// It did not, and why is known: named errors, as of the call itself.
    package let refused: [ErrorRule]
    /// Not known yet, ask again later.
    package let undecided: Expression?

    package init(
        request: HTTPTemplate, park: Expression? = nil, applied: Expression,
        refused: [ErrorRule] = [], undecided: Expression?
    ) {
        self.request = request
        self.park = park
        self.applied = applied
        self.refused = refused
        self.undecided = undecided
    }
}
