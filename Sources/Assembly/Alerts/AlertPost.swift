import Adapters
import Alerts
import Definition
import Engine
import Execution
import Synchronization
import Values

/// How a message reaches its receiver: a webhook, or a mail through the project's own mail adapter.
package struct AlertPost: Sendable {
    private static let timeout = Duration.seconds(15)
    private static let maximumAnswer = 64 << 10

    private let configuration: AlertConfiguration
    private let adapters: [AdapterManifest]
    private let transport: any Transport
    private let rules: AddressRules
    private let settings: SettingResolver
    private let requests = Requests()
    /// The wall's time: what a receiver compares with its own.
    private let time: @Sendable () -> Timestamp

    package init(
        _ configuration: AlertConfiguration, adapters: [AdapterManifest],
        transport: any Transport, rules: AddressRules, settings: SettingResolver,
        time: @escaping @Sendable () -> Timestamp = { WallClock.wallTime() }
    ) {
        self.configuration = configuration
        self.adapters = adapters
        self.transport = transport
        self.rules = rules
        self.settings = settings
        self.time = time
    }

    /// One attempt.
    package func send(_ delivery: AlertDelivery) async -> AlertDelivery.Outcome {
        guard let receiver = configuration.receiver(delivery.receiver) else {
            return .refused("pawl.yaml has no receiver \(delivery.receiver) any more")
        }
        let request: OutgoingRequest
        do {
            switch receiver.way {
            case .webhook(let url, let secret):
                request = .http(try webhook(delivery, url, secret))
            case .mail(let adapter, _): request = try mail(delivery, adapter)
            }
        } catch {
            return .failed(error.reason)
        }
        let id = requests.next()
        let waiting = Waiting()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiting.begin(continuation)
                let secrets = EchoedSecrets(of: request)
                transport.send(request, for: id) {
                    waiting.end(self.outcome(of: secrets.removed(from: $0)))
                }
            }
        } onCancel: {
            waiting.end(.failed("the server is stopping"))
        }
    }

    /// Names each request to the transport, which takes two of one name for one.
    private final class Requests: Sendable {
        private let last = Mutex<Int64>(0)

        func next() -> CallID {
            let number = last.withLock { last in
                last += 1
                return last
            }
            return CallID(instance: InstanceID(0), activation: number, dispatch: 0)
        }
    }

    /// Whoever waits for an answer: until it comes, or they are cancelled, whichever is first.
    private final class Waiting: Sendable {
        private struct State {
            var continuation: CheckedContinuation<AlertDelivery.Outcome, Never>?
            var outcome: AlertDelivery.Outcome?
        }

        private let state = Mutex(State())

        func begin(_ continuation: CheckedContinuation<AlertDelivery.Outcome, Never>) {
            let outcome = state.withLock { state in
                if state.outcome == nil { state.continuation = continuation }
                return state.outcome
            }
            if let outcome { continuation.resume(returning: outcome) }
        }

        func end(_ outcome: AlertDelivery.Outcome) {
            let continuation = state.withLock { state in
                guard state.outcome == nil else {
                    return Optional<CheckedContinuation<AlertDelivery.Outcome, Never>>.none
                }
                state.outcome = outcome
                defer { state.continuation = nil }
                return state.continuation
            }
            continuation?.resume(returning: outcome)
        }
    }

    /// It could not be sent; a person may mend that meanwhile.
    private struct Unsent: Error {
        let reason: String
    }

    // MARK: Webhooks

    private func webhook(
        _ delivery: AlertDelivery, _ url: Setting, _ secret: Setting
    ) throws(Unsent) -> HTTPRequest {
        let place = try text(of: url, "url")
        let address: WebhookAddress
        do throws(AddressProblem) {
            address = try WebhookAddress(place)
            try rules.check(address.endpoint)
        } catch {
            throw Unsent(reason: "its url: \(error)")
        }
        guard let key = WebhookSecret(try text(of: secret, "secret")) else {
            throw Unsent(
                reason: "its secret is no `whsec_` and base64 of 24 to 64 bytes: make one with "
                    + "`echo whsec_$(openssl rand -base64 24)`")
        }
        let body = JSON.encode(delivery.event)
        let headers = key.headers(id: delivery.id, at: time(), body: body)
        return HTTPRequest(
            method: "POST", url: address.text,
            headers: [
                HTTPHeader("Content-Type", "application/cloudevents+json; charset=utf-8"),
                HTTPHeader("User-Agent", "pawl"),
            ] + headers.map { HTTPHeader($0.name, $0.value) },
            body: body, timeout: Self.timeout, maximumResponseBytes: Self.maximumAnswer,
            isQuestion: false, needsFreshConnection: true)
    }

    private func text(of setting: Setting, _ role: String) throws(Unsent) -> String {
        guard let text = settings.value(of: setting) else {
            let place =
                switch setting {
                case .literal: "it is empty"
                case .environment(let name): "the variable \(name) is not set"
                case .file(let path): "the file \(path) cannot be read"
                case .command(let command): "\(command.label) does not say it"
                }
            throw Unsent(reason: "its \(role) is not there: \(place)")
        }
        return text
    }

    // MARK: Mail

    private func mail(
        _ delivery: AlertDelivery, _ adapter: String?
    ) throws(Unsent) -> OutgoingRequest {
        guard let (manifest, operation) = Self.mailer(adapter, among: adapters) else {
            throw Unsent(reason: "there is no adapter that mails")
        }
        let (subject, text) = AlertEvent.mail(of: delivery.event)
        let row = CallRow(
            id: CallID(instance: InstanceID(0), activation: 0, dispatch: 0), purpose: .perform,
            adapter: manifest.name, operation: operation,
            input: [
                "to": .string(delivery.address ?? ""), "subject": .string(subject),
                "text": .string(text),
            ], key: delivery.id, attempt: delivery.attempts + 1, timeout: nil,
            firstSentAt: delivery.madeAt)
        guard let exchange = Exchange(row, manifest: manifest) else {
            throw Unsent(reason: "\(manifest.name) has no operation \(operation)")
        }
        do throws(UnsentCall) {
            return try exchange.request(settings: settings, rules: rules)
        } catch {
            throw Unsent(reason: error.error.message)
        }
    }

    /// The adapter that is named, or the one through which notifications leave.
    package static func mailer(
        _ name: String?, among adapters: [AdapterManifest]
    ) -> (AdapterManifest, operation: String)? {
        let candidates =
            name.map { name in adapters.filter { sameUTF8($0.name, name) } } ?? adapters
        guard let notifier = Notifier(among: candidates),
            let manifest = adapters.first(where: { sameUTF8($0.name, notifier.adapter) })
        else { return nil }
        return (manifest, notifier.operation)
    }

    // MARK: Answers

    /// A day at most.
    private func pause(wantedBy response: HTTPResponse) -> Duration? {
        let wanted: Duration? =
            switch RetryAfter(response.headers) {
            case .seconds(let seconds): .seconds(seconds)
            case .at(let moment): moment - time()
            case nil: nil
            }
        return wanted.map { min(max($0, .zero), .seconds(86_400)) }
    }

    private func outcome(of result: Result<Answer, TransportFailure>) -> AlertDelivery.Outcome {
        switch result {
        case .failure(let failure): return .failed(failure.message)
        case .success(.mail(let reply)):
            switch reply.code {
            case 200..<300: return .taken
            case 500..<600: return .refused("\(reply.code) \(reply.text)")
            default: return .failed("\(reply.code) \(reply.text)")
            }
        case .success(.http(let response)):
            switch response.status {
            case 200..<300: return .taken
            case 410: return .gone("it answered 410: it wants no more")
            case 300..<400:
                return .failed("it answered \(response.status); redirects are not followed")
            default:
                return .failed(
                    "it answered \(response.status)", after: pause(wantedBy: response))
            }
        }
    }
}
