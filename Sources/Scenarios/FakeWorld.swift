import Definition
import Engine
import Execution
import Values

/// The systems outside, as a scenario describes them: they answer by script, remember by key what took
/// effect, and survive the engine's crashes.
package struct FakeWorld: VirtualWorld {
    private struct Appointment {
        let at: Timestamp
        let call: CallID
        let outcome: CallOutcome
    }

    private struct Effect {
        let at: Timestamp
        let output: Value
    }

    package struct Mail: Hashable {
        package let name: String?
        package let to: String
        package let subject: String
        package let text: String
    }

    package private(set) var script: TaskScript
    private let adapters: [ExactText: AdapterManifest]
    /// In order of time, then of making.
    private var agenda: [Appointment] = []
    private var numbers: [CallID: Int] = [:]
    /// By task and key: what an asking is answered from.
    private var effects: [ExactText: Effect] = [:]
    private var mailKeys: Set<ExactText> = []
    /// In the order of sending; one that was sent again under its key is the same mail.
    package private(set) var mails: [Mail] = []

    package init(script: TaskScript, adapters: [AdapterManifest]) {
        self.script = script
        self.adapters = Dictionary(
            adapters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Of calls that come later.
    package mutating func say(_ line: TaskScript.Line, to task: String) {
        script.say(line, to: task)
    }

    /// The engine stops: its connections break, what it asked for stays done.
    package mutating func disconnect() { agenda = [] }

    // MARK: VirtualWorld

    package mutating func submit(_ call: CallRow, now: Timestamp) {
        switch call.purpose {
        case .perform: perform(call, now)
        case .ask: appoint(now, call, asked(call, now))
        }
    }

    /// A call that comes here leaves at once; others were taken back before.
    package mutating func withdraw(_ call: CallID, recall: Int64, now: Timestamp) {
        guard numbers[call] == nil else { return }
        let taken = Appointment(at: now, call: call, outcome: .withdrawn(recall: recall))
        agenda.insert(taken, at: 0)
    }

    /// A scenario's calls leave at once, and no scenario holds an adapter.
    package mutating func setPaused(_ isPaused: Bool, adapter: String, now: Timestamp) {}

    package mutating func setHolds(_ holds: MoneyHolds, now: Timestamp) {}

    package var nextMoment: Timestamp? { agenda.first?.at }

    package mutating func arrivals(now: Timestamp) -> [VirtualArrival] {
        let due = agenda.prefix { $0.at <= now }
        agenda.removeFirst(due.count)
        return due.map { .answer($0.call, $0.outcome) }
    }

    package mutating func replied(to request: Request, _ reply: Reply, now: Timestamp) {}

    package mutating func changed(_ change: InstanceChange, now: Timestamp) {}

    // MARK: Performing

    private mutating func perform(_ call: CallRow, _ now: Timestamp) {
        let number = numbers[call.id] ?? script.attempt(call.task)
        numbers[call.id] = number
        let line = script.line(
            call.task, number: number, input: call.input, key: call.key, attempt: call.attempt)
        let limit = call.timeout ?? adapters[call.adapter]?.limits.timeout ?? .seconds(30)
        let timeout = mayHaveApplied(call, "timeout", "no answer within \(limit.shortText)")
        let latest = now + limit
        switch line {
        case .unscripted:
            let output = plainAnswer(call, number)
            takeEffect(call, at: now, output)
            appoint(now, call, .succeeded(output))
        case .answer(let output, let delay):
            takeEffect(call, at: now + delay, output)
            appoint(min(now + delay, latest), call, delay < limit ? .succeeded(output) : timeout)
        case .lose(let output, let delay):
            takeEffect(call, at: now + delay, output)
            let lost = mayHaveApplied(call, "unavailable", "the connection was lost")
            appoint(min(now + delay, latest), call, delay < limit ? lost : timeout)
        case .fail(let error, let delay):
            appoint(min(now + delay, latest), call, delay < limit ? failure(call, error) : timeout)
        case .hang:
            appoint(latest, call, timeout)
        }
    }

    /// As with a real adapter: something was sent, so that a timeout and a refusal that the operation does not declare
    /// leave the outcome open.
    private func failure(_ call: CallRow, _ error: CallError) -> CallOutcome {
        let isHTTP = adapters[call.adapter]?.transport == .http
        let isDeclared = operation(call)?.errorNames.contains(error.name) == true
        let isOpen = error.name == "timeout" || (error.name == "rejected" && isHTTP && !isDeclared)
        return isOpen ? mayHaveApplied(call, error.name, error.message) : .failed(error)
    }

    private func mayHaveApplied(
        _ call: CallRow, _ name: String, _ message: String
    ) -> CallOutcome {
        let error = CallError(name: name, message: message, isRetryable: true)
        return operation(call)?.kind == .query ? .failed(error) : .unknown(error)
    }

    private mutating func takeEffect(_ call: CallRow, at moment: Timestamp, _ output: Value) {
        let key = ExactText("\(call.task) \(call.key)")
        effects[key] = effects[key] ?? Effect(at: moment, output: output)
        guard adapters[call.adapter]?.transport == .smtp, mailKeys.insert(call.key) else {
            return
        }
        mails.append(
            Mail(
                name: call.input["mail"]?.stringValue, to: call.input["to"]?.stringValue ?? "",
                subject: call.input["subject"]?.stringValue ?? "",
                text: call.input["text"]?.stringValue ?? ""))
    }

    private func plainAnswer(_ call: CallRow, _ number: Int) -> Value {
        operation(call)?.plainAnswer(call.task, number: number) ?? .map(ValueMap())
    }

    // MARK: Asking

    /// What became of the call with this key: what the script lost is known here.
    private func asked(_ call: CallRow, _ now: Timestamp) -> CallOutcome {
        guard let effect = effects["\(call.task) \(call.key)"] else { return .notApplied }
        return effect.at <= now ? .succeeded(effect.output) : .undecided
    }

    // MARK: Parts

    private func operation(_ call: CallRow) -> OperationManifest? {
        adapters[call.adapter]?.operation(named: call.operation)
    }

    private mutating func appoint(_ at: Timestamp, _ call: CallRow, _ outcome: CallOutcome) {
        let index = agenda.firstIndex { $0.at > at } ?? agenda.endIndex
        agenda.insert(Appointment(at: at, call: call.id, outcome: outcome), at: index)
    }
}

extension CallRow {
    /// `adapter.operation`.
    fileprivate var task: String { "\(adapter).\(operation)" }
}
