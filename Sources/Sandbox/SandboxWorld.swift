import Definition
import Guest
import Values

// The sandbox: theory of operation
//
// The sandbox is the world outside Pawl for development and tests: the remotes that a business brings, and a mail
// server, with faults on demand. It is a judge as well as a fake: what Pawl says was done must equal what stands in
// the remotes' own files.
//
//     request, now ──► SandboxWorld.handle ──► SandboxReply       (pure: no clock, no I/O)
//                            │
//                      takeJournal ──► lines for the files        (appended and flushed by the
//                                                                  server before it answers)
//
// Each remote is a value whose state is the sum of its lines. The simulator and the replay use the same value in
// process, where nobody takes the lines and they are read instead; the server puts it behind a lock and gives it
// sockets, files and a clock. Which service a request is for, its path says; what goes wrong, the faults say, which
// come between a request and its remote.

/// The remotes, the mail sink and their faults as one synchronous machine.
package struct SandboxWorld: Sendable {
    private var remotes: [any Remote]
    /// What stands in for services that have no remote.
    private let recorded: [RecordedService]
    package var mails: MailSink
    package var faults: Faults
    private let mail: MailRoute
    /// Of each remote, the lines that were taken.
    private var journaled: [Int]

    /// - Parameters:
    ///   - recorded: services of which only exchanges are known.
    ///   - mail: how faults name the mail server.
    package init(
        remotes: [any Remote], recorded: [RecordedService] = [], mails: MailSink = MailSink(),
        mail: MailRoute
    ) {
        self.remotes = remotes
        self.recorded = recorded
        self.mails = mails
        self.mail = mail
        faults = Faults(remotes: remotes.map { type(of: $0) }, recorded: recorded, mail: mail)
        journaled = remotes.map { $0.lineCount }
    }

    /// Empty remotes that ask for no credential, as the manifests' services.
    package init(remotes: [any Remote.Type], manifests: [AdapterManifest]) {
        self.init(
            remotes: remotes.map { $0.init(credential: nil) }, mail: MailRoute(manifests))
    }

    /// The remote of that type; nil: there is none here.
    package subscript<R: Remote>(_ type: R.Type) -> R? {
        get { remotes.lazy.compactMap { $0 as? R }.first }
        set {
            guard let index = remotes.firstIndex(where: { $0 is R }), let newValue else { return }
            remotes[index] = newValue
        }
    }

    /// Does what an HTTP request asks for, unless a fault comes between.
    ///
    /// - Parameter now: the store's time, which need not be the wall's.
    package mutating func handle(_ request: RemoteRequest, now: Timestamp) -> SandboxReply {
        if let index = remotes.firstIndex(where: { type(of: $0).owns(request.path) }) {
            return handle(request, at: index, now: now)
        }
        if let service = recorded.first(where: { $0.owns(request.path) }) {
            guard let operation = service.operation(of: request) else {
                return .respond(service.answer(request, isDeclining: false), after: .zero)
            }
            return perform(service.adapter, operation) { _, declining in
                service.answer(request, isDeclining: declining)
            }
        }
        if request.path == "/faults" {
            return .respond(faults.handle(request), after: .zero)
        }
        return .respond(Pages.handle(request, world: self), after: .zero)
    }

    private mutating func handle(
        _ request: RemoteRequest, at index: Int, now: Timestamp
    ) -> SandboxReply {
        if let refusal = remotes[index].refusal(of: request) {
            return .respond(refusal, after: .zero)
        }
        let type = type(of: remotes[index])
        guard let operation = type.operation(of: request) else {
            return .respond(
                remotes[index].answer(request, now: now, isDeclining: false), after: .zero)
        }
        return perform(type.adapter, operation) { world, declining in
            world.remotes[index].answer(request, now: now, isDeclining: declining)
        }
    }

    /// Runs an effect between the faults that are set for it.
    private mutating func perform(
        _ adapter: String, _ operation: String,
        effect: (inout SandboxWorld, _ declining: Bool) -> RemoteResponse
    ) -> SandboxReply {
        let latency = faults.takeLatency(adapter, operation)
        guard let fault = faults.take(adapter, operation) else {
            return .respond(effect(&self, false), after: latency)
        }
        switch fault.kind {
        case .decline:
            return .respond(effect(&self, true), after: latency)
        case .lostReply:
            _ = effect(&self, false)
            return .loseReply
        case .refusedRepeat:
            _ = effect(&self, false)
            faults.refuseNext(after: fault, adapter, operation, status: 429)
            return .loseReply
        case .hang:
            return .hang
        case .down:
            return .refuse
        case .status, .refuseKey, .undecided, .latency:
            return .respond(SandboxWorld.response(to: fault), after: latency)
        }
    }

    private static func response(to fault: Fault) -> RemoteResponse {
        switch fault.kind {
        case .refuseKey:
            .problem(422, code: "key-refused", detail: "this key is refused, by a fault")
        case .undecided:
            .json(202, .map(ValueMap([("status", "undecided")])))
        case .status, .latency, .lostReply, .refusedRepeat, .hang, .decline, .down:
            .problem(fault.status ?? 503, code: "fault", detail: "this answer is a fault")
        }
    }

    var kinds: [any Remote.Type] { remotes.map { type(of: $0) } }

    /// What the first page shows of each.
    var overviews: [RemoteOverview] { remotes.map { $0.overview } + recorded.map(\.overview) }

    // MARK: Mail

    /// Takes one mail, unless a fault comes between.
    package mutating func deliver(_ mail: Mail, now: Timestamp) -> MailReply {
        let (adapter, operation) = (self.mail.adapter, self.mail.operation)
        let latency = faults.takeLatency(adapter, operation)
        let fault = faults.take(adapter, operation)
        if let fault, fault.kind == .refusedRepeat {
            faults.refuseNext(after: fault, adapter, operation, status: 554)
        }
        switch fault?.reply {
        case .reject(let code):
            return .reject(code: code)
        case .hang:
            return .hang
        case .refuse:
            return .refuse
        case .loseReply:
            mails.receive(mail, now: now)
            return .loseReply
        case .accept, nil:
            mails.receive(mail, now: now)
            return .accept(after: latency)
        }
    }

    /// Whether the mail server takes a connection at all; a `down` fault refuses it.
    package mutating func acceptsMailConnection() -> Bool {
        faults.take(mail.adapter, mail.operation, .down) == nil
    }

    // MARK: Events

    /// Takes the events that the world sends by itself and that are due; faults delay or lose some.
    ///
    /// Each is given out once; it is settled by its id, or comes again.
    package mutating func due(now: Timestamp) -> [RemoteEvent] {
        var events: [RemoteEvent] = []
        for index in remotes.indices where remotes[index].nextDue.map({ $0 <= now }) == true {
            let adapter = type(of: remotes[index]).adapter
            for event in remotes[index].due(now: now) {
                if let late = faults.take(adapter, event.operation, .latency) {
                    let moment = now + late.latency
                    remotes[index].settle(
                        eventID: event.id, as: .postponed(until: moment), now: now)
                } else if faults.take(adapter, event.operation, .lostReply) != nil {
                    remotes[index].settle(eventID: event.id, as: .abandoned, now: now)
                } else {
                    events.append(event)
                }
            }
        }
        return events
    }

    /// When `due` next has something.
    package var nextDue: Timestamp? { remotes.compactMap { $0.nextDue }.min() }

    /// What became of an event that was given out.
    package mutating func settle(
        eventID: String, as outcome: RemoteEventOutcome, now: Timestamp
    ) {
        for index in remotes.indices {
            remotes[index].settle(eventID: eventID, as: outcome, now: now)
        }
    }

    // MARK: Journal

    /// The files, one a remote and the mails'.
    var journals: [JournalName] {
        remotes.map { JournalName(type(of: $0).adapter) } + [.mails]
    }

    /// The lines since the last call, to be on disk before the reply leaves.
    mutating func takeJournal() -> [JournalAppend] {
        var appends: [JournalAppend] = []
        for index in remotes.indices {
            let name = JournalName(type(of: remotes[index]).adapter)
            appends += remotes[index].journal(from: journaled[index]).map {
                JournalAppend(name, $0)
            }
        }
        appends += mails.takePending().map { JournalAppend(.mails, $0.value) }
        journaled = remotes.map { $0.lineCount }
        return appends
    }

    /// Rebuilds one service from its file by applying the lines again.
    ///
    /// - Returns: how many bytes are whole lines; what follows is a torn tail to be cut off.
    /// - Throws: `JournalError` for a line in the middle that is broken or out of order.
    mutating func restore(
        _ name: JournalName, from bytes: [UInt8]
    ) throws(JournalError) -> Int {
        let index = remotes.firstIndex { sameUTF8(type(of: $0).adapter, name.name) }
        let read = try JournalReader.read(bytes, name: name) { value in
            guard let index else { return MailLine(value: value).map { mails.apply($0) } ?? false }
            return remotes[index].restore(value)
        }
        journaled = remotes.map { $0.lineCount }
        return read
    }
}

extension Remote {
    /// Whether a request of that path is for it: everything below the first part of its own path.
    static func owns(_ path: String) -> Bool {
        let first = Self.path.dropFirst().prefix { $0 != "/" }
        return path.hasPrefix("/\(first)/")
    }
}

extension Fault {
    /// What a mail fault answers.
    fileprivate var reply: MailReply {
        switch kind {
        case .status: .reject(code: status ?? 451)
        case .lostReply, .refusedRepeat: .loseReply
        case .hang: .hang
        case .down: .refuse
        case .latency, .refuseKey, .decline, .undecided: .accept(after: .zero)
        }
    }
}
