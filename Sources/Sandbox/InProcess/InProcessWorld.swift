import Adapters
import Definition
import Engine
import Execution
import Guest
import Values

/// The sandbox as the world of an engine on virtual time: the real manifests, policies, requests and answer
/// rules, with the network left out.
///
/// Calls pass `DispatchMachine` and `Exchange` as in a server; only the transport is a function. Answers take
/// `latency` and come in the order of their time, so that the same inputs give the same run.
package struct InProcessWorld: VirtualWorld {
    /// What is due: an answer, or a policy that wants to be woken.
    private struct Appointment {
        let at: Timestamp
        let number: UInt64
        let call: CallID?
        let reading: AnswerReading?
    }

    package var sandbox: SandboxWorld
    /// How long every answer takes, besides what faults add.
    package var latency: Duration
    private var policies: DispatchMachine
    private let manifests: [ExactText: AdapterManifest]
    private let start: Timestamp
    private let settings: SettingResolver
    /// In order of time, then of making.
    private var agenda: [Appointment] = []
    /// What has left since it was last asked for.
    private var departures: [CallRow] = []
    private var lastAppointment: UInt64 = 0
    private var answers: [VirtualArrival] = []

    /// Calls that were sent, by `adapter.operation`, in order of name.
    package private(set) var callCounts: [ExactText: Int] = [:]

    package init(
        sandbox: SandboxWorld, manifests: [AdapterManifest], start: Timestamp,
        latency: Duration = .zero
    ) {
        self.sandbox = sandbox
        self.latency = latency
        self.start = start
        policies = DispatchMachine(manifests)
        let environment = sandbox.addresses.environment(
            of: manifests, http: "http://127.0.0.1", smtp: "smtp://127.0.0.1:8025")
        settings = SettingResolver(
            environment: { environment[$0] ?? SandboxAddresses.anyCredential },
            file: { _ in SandboxAddresses.anyCredential })
        self.manifests = Dictionary(
            manifests.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// A crash: what was under way is lost with the process; the world outside stays.
    package mutating func forgetCalls(manifests: [AdapterManifest]) {
        policies = DispatchMachine(manifests)
        agenda = []
        answers = []
    }

    package func conditions(now: Timestamp) -> [AdapterCondition] { [] }

    // MARK: VirtualWorld

    package mutating func submit(_ call: CallRow, now: Timestamp) {
        carryOut(policies.submit(call, now: now - start), now)
    }

    package mutating func withdraw(_ id: CallID, recall: Int64, now: Timestamp) {
        carryOut(policies.withdraw(id, recall: recall, now: now - start), now)
    }

    package mutating func setPaused(_ isPaused: Bool, adapter: String, now: Timestamp) {
        carryOut(policies.setPaused(isPaused, adapter: adapter, now: now - start), now)
    }

    package mutating func setHolds(_ holds: MoneyHolds, now: Timestamp) {
        carryOut(policies.setHolds(holds, now: now - start), now)
    }

    package var nextMoment: Timestamp? {
        [agenda.first?.at, sandbox.nextDue].compactMap(\.self).min()
    }

    package mutating func arrivals(now: Timestamp) -> [VirtualArrival] {
        while let first = agenda.first, first.at <= now {
            agenda.removeFirst()
            keep(first, now)
        }
        let events = sandbox.due(now: now).map(arrival)
        let result = answers + events
        answers = []
        return result
    }

    package mutating func replied(to request: Request, _ reply: Reply, now: Timestamp) {
        guard case .event(let command) = request else { return }
        switch reply {
        case .receipts, .started, .schedule, .preview, .removed:
            sandbox.settle(eventID: command.event.id, as: .acknowledged, now: now)
        case .refused(let problem)
        where problem.code.httpStatus < 500 && problem.code != .overloaded:
            sandbox.settle(eventID: command.event.id, as: .abandoned, now: now)
        case .refused:
            sandbox.settle(
                eventID: command.event.id, as: .postponed(until: now + .seconds(5)), now: now)
        }
    }

    package mutating func changed(_ change: InstanceChange, now: Timestamp) {}

    private func arrival(_ event: RemoteEvent) -> VirtualArrival {
        .request(
            .event(
                EventCommand(
                    address: .correlate(key: event.key, workflow: nil),
                    event: InboundEvent(
                        id: event.id, name: event.name, data: event.data,
                        sender: event.actor))))
    }

    /// Calls that have left since the last time.
    package mutating func takeDepartures() -> [CallRow] {
        defer { departures = [] }
        return departures
    }

    // MARK: Calls

    private mutating func keep(_ appointment: Appointment, _ now: Timestamp) {
        if let call = appointment.call, let reading = appointment.reading {
            carryOut(policies.finished(call, reading, now: now - start), now)
        } else {
            carryOut(policies.tick(now: now - start), now)
        }
    }

    private mutating func carryOut(_ effects: [DispatchMachine.Effect], _ now: Timestamp) {
        for effect in effects {
            switch effect {
            case .start(let row): send(row, now)
            case .report(let id, let outcome): answers.append(.answer(id, outcome))
            case .wakeAt(let time): appoint(at: max(start + time, now), nil, nil)
            }
        }
    }

    private mutating func send(_ row: CallRow, _ now: Timestamp) {
        departures.append(row)
        callCounts["\(row.adapter).\(row.purpose == .ask ? "ask" : row.operation)", default: 0] += 1
        guard let manifest = manifests[row.adapter],
            let exchange = Exchange(row, manifest: manifest)
        else { return }
        do throws(UnsentCall) {
            let request = try exchange.request(settings: settings, rules: Self.rules)
            let (result, delay) = answer(request, now)
            appoint(at: now + latency + delay, row.id, exchange.read(result))
        } catch {
            appoint(at: now, row.id, error.reading)
        }
    }

    private mutating func appoint(at moment: Timestamp, _ call: CallID?, _ reading: AnswerReading?)
    {
        lastAppointment += 1
        let appointment = Appointment(
            at: moment, number: lastAppointment, call: call, reading: reading)
        let index = agenda.firstIndex { $0.at > moment } ?? agenda.endIndex
        agenda.insert(appointment, at: index)
    }

    // MARK: The network that is left out

    private typealias Outcome = (Result<Answer, TransportFailure>, Duration)

    private mutating func answer(_ request: OutgoingRequest, _ now: Timestamp) -> Outcome {
        switch request {
        case .http(let http): answer(http, now)
        case .mail(let mail): answer(mail, now)
        }
    }

    private mutating func answer(_ request: HTTPRequest, _ now: Timestamp) -> Outcome {
        switch sandbox.handle(RemoteRequest(request), now: now) {
        case .respond(let response, let delay):
            guard delay < request.timeout else { return Self.timeout(request.timeout) }
            return (.success(.http(HTTPResponse(response))), delay)
        case .loseReply: return Self.lost
        case .hang: return Self.timeout(request.timeout)
        case .refuse: return Self.unreachable
        }
    }

    private mutating func answer(_ request: MailRequest, _ now: Timestamp) -> Outcome {
        guard sandbox.acceptsMailConnection() else { return Self.unreachable }
        switch sandbox.deliver(Mail(request.message), now: now) {
        case .accept(let delay):
            return (.success(.mail(Adapters.MailReply(code: 250, text: "ok"))), delay)
        case .reject(let code):
            return (
                .success(.mail(Adapters.MailReply(code: code, text: "refused by a fault"))), .zero
            )
        case .loseReply: return Self.lost
        case .hang: return Self.timeout(request.timeout)
        case .refuse: return Self.unreachable
        }
    }

    private static let lost: Outcome = (
        .failure(TransportFailure(.lost, wasSent: true, message: "the connection was lost")), .zero
    )
    private static let unreachable: Outcome = (
        .failure(TransportFailure(.unreachable, wasSent: false, message: "connection refused")),
        .zero
    )

    private static func timeout(_ limit: Duration) -> Outcome {
        let failure = TransportFailure(
            .timedOut, wasSent: true, message: "no answer within \(limit.shortText)")
        return (.failure(failure), limit)
    }

    private static let rules = (try? AddressRules(allowedHosts: ["127.0.0.1"])) ?? .none
}

extension RemoteRequest {
    fileprivate init(_ request: HTTPRequest) {
        let rest = request.url.dropFirst("http://127.0.0.1".count)
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first.map { String($0) } ?? "/"
        let pairs = parts.count > 1 ? parts[1].split(separator: "&") : []
        self.init(
            method: request.method, path: path.percentDecoded,
            query: pairs.map { pair in
                let sides = pair.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (
                    String(sides[0]).percentDecoded,
                    sides.count > 1 ? String(sides[1]).percentDecoded : ""
                )
            }, headers: request.headers.map { ($0.name, $0.value) }, body: request.body ?? [])
    }
}

extension String {
    fileprivate var percentDecoded: String {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension HTTPResponse {
    fileprivate init(_ response: RemoteResponse) {
        self.init(
            status: response.status,
            headers: response.headers.map { HTTPHeader($0.name, $0.value) }, body: response.body)
    }
}

extension Mail {
    fileprivate init(_ message: MailMessage) {
        self.init(
            from: message.from.address, to: message.to.map(\.address), messageID: message.messageID,
            subject: message.subject, text: message.text, html: message.html ?? "")
    }
}

extension RemoteEvent {
    fileprivate var actor: Actor {
        // A role alone passes no rule that asks for a subject.
        Actor(parsing: sender) ?? Actor(role: sender, subject: "")
    }
}
