import Values

// The sandbox: theory of operation
//
// The sandbox is the world outside Pawl for development and tests: a bank, a cookie contractor, an
// identity provider and a mail server, with faults on demand. It is a judge as well as a fake: what Pawl says about money
// must equal the bank's own file.
//
//     request, now ──► SandboxWorld.handle ──► SandboxReply       (pure: no clock, no I/O)
//                            │
//                      takeJournal ──► lines for the files        (appended and flushed by the
//                                                                  server before it answers)
//
// Each service is a value whose state is the sum of its journal lines. The simulator and the replay
// use the same value in process, where nobody takes the lines and `bank.lines` is read instead; the
// server puts it behind a lock and gives it sockets, files and a clock.

/// The bank, the cookie contractor, the identity provider, the mail sink and their faults as one synchronous machine.
package struct SandboxWorld: Sendable {
    package var bank: Bank
    package var cookies: CookieContractor
    package var identities: IdentityProvider
    package var mails: MailSink
    package var faults = Faults()
    private var journaledBank = 0
    private var journaledCookies = 0
    private var journaledIdentities = 0

    package init(
        bank: Bank = Bank(), cookies: CookieContractor = CookieContractor(),
        identities: IdentityProvider = IdentityProvider(), mails: MailSink = MailSink()
    ) {
        self.bank = bank
        self.cookies = cookies
        self.identities = identities
        self.mails = mails
    }

    /// Does what an HTTP request asks for, unless a fault comes between.
    ///
    /// - Parameter now: the store's time, which need not be the wall's.
    package mutating func handle(_ request: SandboxRequest, now: Timestamp) -> SandboxReply {
        let path = request.path
        if path.hasPrefix("/bank/") {
            return handleBank(request, now: now)
        }
        if path.hasPrefix("/cookies/") {
            guard let operation = CookieContractor.operation(of: request) else {
                return .respond(cookies.handle(request, now: now), after: .zero)
            }
            return perform("cookies", operation) { world, _ in
                world.cookies.handle(request, now: now)
            }
        }
        if path.hasPrefix("/iam/") {
            return handleIdentity(request, now: now)
        }
        if path == "/faults" {
            return .respond(faults.handle(request), after: .zero)
        }
        return .respond(Pages.handle(request, world: self), after: .zero)
    }

    private mutating func handleBank(
        _ request: SandboxRequest, now: Timestamp
    ) -> SandboxReply {
        guard bank.isAuthorized(request) else {
            let refusal = SandboxResponse.problem(
                401, code: "unauthorized", detail: "the bank wants its bearer token")
            return .respond(refusal, after: .zero)
        }
        guard let operation = Bank.operation(of: request) else {
            return .respond(bank.handle(request, now: now), after: .zero)
        }
        return perform("bank", operation) { world, declining in
            world.bank.handle(request, now: now, declining: declining)
        }
    }

    private mutating func handleIdentity(
        _ request: SandboxRequest, now: Timestamp
    ) -> SandboxReply {
        guard identities.isAuthorized(request) else {
            let refusal = SandboxResponse.problem(
                401, code: "unauthorized", detail: "the identity provider wants its bearer token")
            return .respond(refusal, after: .zero)
        }
        guard let operation = IdentityProvider.operation(of: request) else {
            return .respond(identities.handle(request, now: now), after: .zero)
        }
        return perform("iam", operation) { world, _ in
            world.identities.handle(request, now: now)
        }
    }

    /// Runs an effect between the faults that are set for it.
    private mutating func perform(
        _ adapter: String, _ operation: String,
        effect: (inout SandboxWorld, _ declining: Bool) -> SandboxResponse
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

    private static func response(to fault: Fault) -> SandboxResponse {
        switch fault.kind {
        case .refuseKey:
            .problem(422, code: "key-refused", detail: "this key is refused, by a fault")
        case .undecided:
            .json(202, .map(ValueMap([("status", "undecided")])))
        case .status, .latency, .lostReply, .refusedRepeat, .hang, .decline, .down:
            .problem(fault.status ?? 503, code: "fault", detail: "this answer is a fault")
        }
    }

    // MARK: Mail

    /// Takes one mail, unless a fault comes between.
    package mutating func deliver(_ mail: Mail, now: Timestamp) -> MailReply {
        let latency = faults.takeLatency("smtp", "send")
        let fault = faults.take("smtp", "send")
        if let fault, fault.kind == .refusedRepeat {
            faults.refuseNext(after: fault, "smtp", "send", status: 554)
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
        faults.take("smtp", "send", .down) == nil
    }

    // MARK: Events

    /// Takes the events that the world sends by itself and that are due.
    ///
    /// Each is given out once; it ends with `acknowledged` or comes again after `postpone`.
    package mutating func due(now: Timestamp) -> [SandboxEvent] {
        cookies.due(now: now, faults: &faults)
    }

    /// When `due` next has something.
    package var nextDue: Timestamp? { cookies.nextDue }

    /// The receiver has the event for good.
    package mutating func acknowledged(eventID: String, now: Timestamp) {
        cookies.acknowledged(eventID: eventID, now: now)
    }

    /// The receiver refused the event for good.
    package mutating func abandoned(eventID: String, now: Timestamp) {
        cookies.abandoned(eventID: eventID, now: now)
    }

    /// The event could not be delivered; `due` gives it out again at that moment.
    package mutating func postpone(eventID: String, until: Timestamp) {
        cookies.postpone(eventID: eventID, until: until)
    }

    // MARK: Journal

    /// The lines since the last call, to be on disk before the reply leaves.
    mutating func takeJournal() -> [JournalAppend] {
        var appends: [JournalAppend] = []
        for line in bank.lines.dropFirst(journaledBank) {
            appends.append(JournalAppend(.bank, line.value))
        }
        for line in cookies.lines.dropFirst(journaledCookies) {
            appends.append(JournalAppend(.cookies, line.value))
        }
        for line in identities.lines.dropFirst(journaledIdentities) {
            appends.append(JournalAppend(.iam, line.value))
        }
        appends += mails.takePending().map { JournalAppend(.mails, $0.value) }
        journaledBank = bank.lines.count
        journaledCookies = cookies.lines.count
        journaledIdentities = identities.lines.count
        return appends
    }

    /// Rebuilds one service from its file by applying the lines again.
    ///
    /// - Returns: how many bytes are whole lines; what follows is a torn tail to be cut off.
    /// - Throws: `JournalError` for a line in the middle that is broken or out of order.
    mutating func restore(
        _ name: JournalName, from bytes: [UInt8]
    ) throws(JournalError) -> Int {
        let read = try JournalReader.read(bytes, name: name) { value in
            switch name {
            case .bank: BankLine(value: value).map { bank.apply($0) } ?? false
            case .cookies: CookieLine(value: value).map { cookies.apply($0) } ?? false
            case .iam: IdentityLine(value: value).map { identities.apply($0) } ?? false
            case .mails: MailLine(value: value).map { mails.apply($0) } ?? false
            }
        }
        journaledBank = bank.lines.count
        journaledCookies = cookies.lines.count
        journaledIdentities = identities.lines.count
        return read
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
