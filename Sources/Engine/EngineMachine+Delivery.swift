import Definition
import Execution
import Sabotage
import Values

/// Events and messages: from whoever sends to whom they concern.
extension EngineMachine {
    // MARK: Events from outside

    mutating func deliver(
        _ command: EventCommand, now: Timestamp
    ) throws(StoreError) -> Reply {
        guard !catalog.isOfEngine(event: command.event.name) else {
            let problem = Problem(
                .invalid, "the event \(command.event.name) is the engine's own",
                fix: "`pawl terminate` an instance, and the engine sends it")
            return refused(command, problem, now: now)
        }
        let receivers = receivers(of: command)
        guard !receivers.isEmpty else {
            return refused(command, unclaimed(command.event, command.address), now: now)
        }
        if let problem = try staleness(of: command) { return refused(command, problem, now: now) }
        var deliveries: [Delivery] = []
        var unable: [Delivery] = []
        var refusal: Problem?
        for receiver in receivers {
            switch try deliver(command.event, to: receiver, now: now) {
            case .success(let receipt):
                deliveries.append(Delivery(name: receiver.name, receipt: receipt))
            case .failure(let problem):
                refusal = refusal ?? problem
                // One that is there and could not take it is named beside those that did.
                if [.notApplicable, .internalError].contains(problem.code) {
                    let receipt = Receipt(
                        .rejected, code: problem.code.rawValue, message: problem.message)
                    unable.append(Delivery(name: receiver.name, receipt: receipt))
                }
            }
        }
        if deliveries.isEmpty, let refusal { return refused(command, refusal, now: now) }
        return .receipts(deliveries + unable)
    }

    /// Whoever sends has looked at another revision. What was taken before is not asked about: a repeat finds its receipt.
    private mutating func staleness(of command: EventCommand) throws(StoreError) -> Problem? {
        guard let seen = command.seen, case .instance(let name) = command.address,
            try unflushed.receipt(name, eventID: command.event.id, store: store) == nil
        else { return nil }
        guard case .found(let run) = try find(name) else {
            return Problem(
                .unknownInstance, "there is no \(name) at revision \(seen)",
                fix: "look first: `pawl get \(name.pasted)`", isStale: true)
        }
        return run.changed(since: seen)
    }

    /// The sender is told; so that others hear of it, too, it is remembered.
    private mutating func refused(
        _ command: EventCommand, _ problem: Problem, now: Timestamp
    ) -> Reply {
        let name: InstanceName?
        var (workflow, key): (String?, String?) = (nil, nil)
        switch command.address {
        case .instance(let addressed): name = addressed
        case .correlate(let said, let only):
            (workflow, key) = (only, said)
            name = receivers(of: command).first?.name
        }
        remember(
            UnmatchedRow(
                command.event, workflow: name?.workflow ?? workflow, key: name?.key ?? key,
                problem, at: now))
        return .refused(problem)
    }

    private mutating func remember(_ row: UnmatchedRow?) {
        guard let row, unmatchedRoom > 0 else { return }
        var commit = Commit()
        commit.unmatched = [row]
        append(commit, run: nil)
    }

    func receivers(of command: EventCommand) -> [Catalog.Receiver] {
        switch command.address {
        case .instance(let name): [Catalog.Receiver(name: name, isStart: false)]
        case .correlate(let key, let workflow):
            catalog.receivers(of: command.event, key: key, workflow: workflow)
        }
    }

    private func unclaimed(_ event: InboundEvent, _ address: EventCommand.Address) -> Problem {
        if case .correlate(nil, _) = address, isDeclared(event.name) {
            return Problem(
                .invalid, "the event \(event.name) needs a key to find its instance by",
                fix: "add `key` to the body")
        }
        if let workflow = catalog.removed(startedBy: event.name) {
            return .removedWorkflow(workflow)
        }
        return Problem(
            .unknownEvent, "no workflow declares the event \(event.name)",
            fix: nearestName(to: event.name, among: eventNames).map { "did you mean \($0)?" }
                ?? "declared: \(eventNames.joined(separator: ", "))")
    }

    private func isDeclared(_ name: String) -> Bool { eventNames.contains(exactly: name) }

    private var eventNames: [String] { catalog.eventNames }

    /// (instance, event id) applies at most once (G2).
    private mutating func deliver(
        _ event: InboundEvent, to receiver: Catalog.Receiver, now: Timestamp
    ) throws(StoreError) -> Result<Receipt, Problem> {
        let fingerprint = event.fingerprint
        if let first = try unflushed.receipt(receiver.name, eventID: event.id, store: store) {
            return repeated(first, fingerprint, event)
        }
        func row(_ receipt: Receipt) -> ReceiptRow {
            ReceiptRow(
                name: receiver.name, eventID: event.id, receipt: receipt, at: now,
                fingerprint: fingerprint)
        }
        var run: Run
        switch try find(receiver.name) {
        case .found(let found): run = found
        case .none: return try deliverEarly(event, to: receiver, row: row, now: now)
        case .unloadable(let problem): return .failure(problem)
        }
        if receiver.isStart { return startedAlready(run, event) }
        if isMutant(.eventDroppedWhileBusy),
            run.activations.contains(where: \.isCalling)
        {
            return .success(Receipt(.applied))
        }
        if let problem = try problem(
            withAttachmentsOf: .event(event), to: run, by: event.sender)
        {
            return .failure(problem)
        }
        run = try held(run, now: now)
        let decision = Execution.decide(run, .event(event), catalog: catalog, now: now)
        switch decision.reply {
        case .problem(let problem):
            return .failure(problem)
        case .receipt(let receipt):
            try adopt(decision, consuming: nil, receipt: row(receipt), now: now)
            // Of all others its history tells.
            if decision.commit == nil {
                let row = UnmatchedRow(event, for: receiver.name, receipt, at: now)
                remember(run.erased.isEmpty ? row : row?.withoutData)
            }
            return .success(receipt)
        case .none, .started:
            return .success(Receipt(.ignored))
        }
    }

    private func repeated(
        _ first: ReceiptRow, _ fingerprint: String, _ event: InboundEvent
    ) -> Result<Receipt, Problem> {
        guard sameUTF8(first.fingerprint, fingerprint) else {
            return .failure(
                Problem(
                    .eventConflict, "event id \(event.id) was used for another event",
                    fix: "give each event an id of its own"))
        }
        return .success(
            Receipt(
                .duplicate, code: first.receipt.outcome.rawValue, message: first.receipt.message))
    }

    private func startedAlready(_ run: Run, _ event: InboundEvent) -> Result<Receipt, Problem> {
        guard wasStarted(run, with: event.data) else {
            return .failure(
                Problem(
                    .keyConflict, "\(run.name) was started with another input",
                    fix: "use another key, or send the input of the first start"))
        }
        return .success(Receipt(.duplicate, code: "applied", message: "it has started already"))
    }

    private func wasStarted(_ run: Run, with input: Value) -> Bool {
        guard let definition = catalog.definition(run.name.workflow, version: run.version),
            case .valid(let decoded) = definition.input.decode(input)
        else { return false }
        return decoded.plain == run.input
    }

    /// The instance does not exist: the event starts it, waits for it, or has nowhere to go.
    private mutating func deliverEarly(
        _ event: InboundEvent, to receiver: Catalog.Receiver, row: (Receipt) -> ReceiptRow,
        now: Timestamp
    ) throws(StoreError) -> Result<Receipt, Problem> {
        if receiver.isStart {
            let decision = try begin(
                receiver.name, input: event.data, params: .map(ValueMap()), parent: nil,
                actor: event.sender, now: now)
            if case .problem(let problem) = decision.reply { return .failure(problem) }
            let receipt = Receipt(.applied)
            try adopt(decision, consuming: nil, receipt: row(receipt), now: now)
            return .success(receipt)
        }
        guard let definition = catalog.current(receiver.name.workflow),
            definition.event(named: event.name)?.early == .keep
        else { return .failure(.unknownInstance(receiver.name)) }
        if let problem = receiver.name.problem { return .failure(problem) }
        if case .failure(let problem) = definition.admit(event) { return .failure(problem) }
        let found = definition.attachments(in: event)
        if let problem = try problem(with: found, by: event.sender) { return .failure(problem) }
        guard let kept = kept(event, for: receiver.name, now: now) else {
            return .failure(.unknownInstance(receiver.name))
        }
        var full = try tooManyKept(for: receiver.name, besides: event, now: now)
        if full == nil { full = try tooManyKept(ofAll: receiver.name.workflow, now: now) }
        if let full {
            remember(UnmatchedRow(event, for: receiver.name, full, at: now))
            return .success(full)
        }
        var commit = Commit()
        commit.keptAdded = [kept]
        commit.referencesSet = references(to: found, from: receiver.name)
        commit.receipt = row(Receipt(.kept))
        commit.unmatched = [UnmatchedRow(event, for: receiver.name, Receipt(.kept), at: now)]
            .compactMap(\.self)
        append(commit, run: nil)
        return .success(Receipt(.kept))
    }

    // MARK: Messages between instances

    mutating func take(
        _ message: Message, now: Timestamp
    ) throws(StoreError) {
        switch message.body {
        case .event(let name, let event, let isStart):
            try take(event, for: name, isStart: isStart, message.id, now: now)
        case .startChild(let name, let input, let parent):
            try startChild(name, input, parent, message.id, now: now)
        case .cancelChild(let name, let reason):
            try decide(
                try find(name), .cancel(reason: reason, actor: .system), message.id, now: now)
        case .childEnded(let parent, let status, let output):
            let input = Input.childEnded(
                activation: parent.activation, status: status, output: output)
            try decide(try find(parent.instance), input, message.id, now: now)
        case .childRefused(let parent, let error):
            let input = Input.childRefused(activation: parent.activation, error: error)
            try decide(try find(parent.instance), input, message.id, now: now)
        }
    }

    /// For an instance whose version is not loaded here the message stays in the store, until it is.
    private mutating func decide(
        _ receiver: Lookup, _ input: Input, _ message: MessageID, now: Timestamp
    ) throws(StoreError) {
        switch receiver {
        case .found(let run): try decide(run, input, consuming: message, now: now)
        case .none: consume(message)
        case .unloadable: return
        }
    }

    private mutating func consume(_ message: MessageID) {
        var commit = Commit()
        commit.messageConsumed = message
        append(commit, run: nil)
    }

    private mutating func take(
        _ event: InboundEvent, for name: InstanceName, isStart: Bool, _ message: MessageID,
        now: Timestamp
    ) throws(StoreError) {
        switch try find(name) {
        case .found(let found):
            guard !isStart else { return consume(message) }
            let run = try held(found, now: now)
            let attachments = try problem(withAttachmentsOf: .event(event), to: run, by: nil)
            var decision =
                attachments.map { Decision(problem: $0) }
                ?? Execution.decide(run, .event(event), catalog: catalog, now: now)
            if case .problem(let problem) = decision.reply {
                decision = Execution.decide(
                    run, .eventRefused(event, problem), catalog: catalog, now: now)
            }
            try adopt(decision, consuming: message, now: now)
            if decision.commit == nil, case .receipt(let receipt) = decision.reply {
                let row = UnmatchedRow(event, for: name, receipt, at: now)
                remember(run.erased.isEmpty ? row : row?.withoutData)
            }
            return
        case .unloadable:
            return isStart ? consume(message) : ()
        case .none: break
        }
        if isStart {
            let decision = try begin(
                name, input: event.data, params: .map(ValueMap()), parent: nil,
                actor: event.sender, now: now)
            return try adopt(decision, consuming: message, now: now)
        }
        var commit = Commit()
        commit.messageConsumed = message
        commit.keptAdded = kept(event, for: name, now: now).map { [$0] } ?? []
        let found = catalog.current(name.workflow)?.attachments(in: event) ?? []
        let full =
            commit.keptAdded.isEmpty ? nil : try tooManyKept(for: name, besides: event, now: now)
        let missing = try problem(with: found, by: nil)
        if full != nil || missing != nil {
            commit.keptAdded = []
        } else if !commit.keptAdded.isEmpty {
            commit.referencesSet = references(to: found, from: name)
        }
        let kept =
            commit.keptAdded.isEmpty
            ? nil : UnmatchedRow(event, for: name, Receipt(.kept), at: now)
        commit.unmatched = [
            kept ?? full.flatMap { UnmatchedRow(event, for: name, $0, at: now) }
                ?? UnmatchedRow(
                    event, workflow: name.workflow, key: name.key, .unknownInstance(name), at: now)
        ]
        append(commit, run: nil)
    }

    private mutating func startChild(
        _ name: InstanceName, _ input: Value, _ parent: ParentLink, _ message: MessageID,
        now: Timestamp
    ) throws(StoreError) {
        switch try find(name) {
        case .found(let existing):
            guard existing.parent != parent else { return consume(message) }
            // The parent asks for the same child once more: what became of it is the answer.
            if existing.parent?.instance == parent.instance, existing.hasResult,
                wasStarted(existing, with: input)
            {
                let end = Input.childEnded(
                    activation: parent.activation,
                    status: existing.report == nil ? existing.status : .running,
                    output: existing.report ?? existing.output ?? .null)
                return try decide(try find(parent.instance), end, message, now: now)
            }
            let error = CallError(
                name: "child-exists", message: "\(name) exists and has another parent",
                isRetryable: false)
            return try refuseChild(parent, error, message, now: now)
        case .unloadable(let problem):
            let error = CallError(
                name: "child-exists", message: problem.message, isRetryable: false)
            return try refuseChild(parent, error, message, now: now)
        case .none: break
        }
        let decision = try begin(
            name, input: input, params: .map(ValueMap()), parent: parent, actor: .system, now: now)
        guard case .problem(let problem) = decision.reply else {
            return try adopt(decision, consuming: message, now: now)
        }
        let details = problem.errors.map { "\($0.pointer): \($0.detail)" }.joined(separator: "; ")
        let error = CallError(
            name: problem.code == .invalid ? "invalid-input" : problem.code.rawValue,
            message: details.isEmpty ? problem.message : "\(problem.message): \(details)",
            isRetryable: false)
        try refuseChild(parent, error, message, now: now)
    }

    mutating func refuseChild(
        _ parent: ParentLink, _ error: CallError, _ message: MessageID, now: Timestamp
    ) throws(StoreError) {
        let input = Input.childRefused(activation: parent.activation, error: error)
        try decide(try find(parent.instance), input, message, now: now)
    }
}

extension Run {
    /// Its parent was told one, or would be.
    fileprivate var hasResult: Bool { report != nil || status.isTerminal }
}

extension InboundEvent {
    /// Tells a repeat from another event under the same id.
    var fingerprint: String {
        var hash = StableHash(name)
        hash.combine(data)
        return hash.hexadecimal
    }
}
