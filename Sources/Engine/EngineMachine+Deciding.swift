import Definition
import Execution
import Sabotage
import Values

/// From work to commits.
extension EngineMachine {
    mutating func decide(
        _ work: Work, now: Timestamp
    ) throws(StoreError) {
        switch work {
        case .request(let id, .start(let command)):
            let reply = try start(command, now: now)
            open.effects.append(.reply(id, reply))
        case .request(let id, .event(let command)):
            let reply = try deliver(command, now: now)
            open.effects.append(.reply(id, reply))
        case .request(let id, .operate(let name, let input, let isDry, let seen)):
            let reply =
                try isDry
                ? preview(name, input, seen: seen, now: now)
                : act(on: name, input, seen: seen, now: now)
            open.effects.append(.reply(id, reply))
        case .request(let id, .schedule(let workflow, let action, let actor, let isDry)):
            let reply =
                try isDry
                ? preview(onScheduleOf: workflow, action, actor, now: now)
                : act(onScheduleOf: workflow, action, actor, now: now)
            open.effects.append(.reply(id, reply))
        case .request(let id, .adapter(let adapter, let action, let actor)):
            let reply = try act(onAdapter: adapter, action, actor, now: now)
            open.effects.append(.reply(id, reply))
        case .request(let id, .workflow(let workflow, let action, let actor)):
            let reply = try act(onWorkflow: workflow, action, actor, now: now)
            open.effects.append(.reply(id, reply))
        case .request(let id, .money(let action, let actor)):
            open.effects.append(.reply(id, try act(onMoney: action, actor, now: now)))
        case .request(let id, .update(let change)):
            let reply = try update(change)
            open.effects.append(.reply(id, reply))
        case .request(let id, .attachment(let change)):
            let reply = try self.change(change, now: now)
            open.effects.append(.reply(id, reply))
        case .request(let id, .remove(let ended, let mark)):
            let reply = try remove(ended, mark, now: now)
            open.effects.append(.reply(id, reply))
        case .request(let id, .restore(let document, let until, let actor)):
            let reply = try restore(document, until: until, actor, now: now)
            open.effects.append(.reply(id, reply))
        case .request(let id, .record(let entry)):
            open.effects.append(.reply(id, record(entry)))
        case .schedule(let workflow):
            try look(at: workflow, now: now)
        case .operation(let number):
            try look(atOperation: number, now: now)
        case .erasure(let number):
            try look(atErasure: number, now: now)
        case .pause(let workflow):
            try look(atPauseOf: workflow, now: now)
        case .money: try lookAtMoney(now: now)
        case .recall(let call):
            try takeBack(call, now: now)
        case .message(let message):
            try take(message, now: now)
        case .timer(let row):
            try fire(row, now: now)
        case .answer(let id, let outcome):
            guard let run = try run(id.instance) else { return }
            try decide(run, .answer(id, outcome), now: now)
        case .park(let id, let deaths):
            guard let row = try store.instance(id), case .found(let run) = load(row) else { return }
            try decide(run, .park(.crash(deaths)), now: now)
        }
    }

    // MARK: Starting

    private mutating func start(
        _ command: StartCommand, now: Timestamp
    ) throws(StoreError) -> Reply {
        var revision: Int64 = 0
        if let key = command.key {
            switch try lookUp(key, of: command) {
            case .known(let reply): return reply
            case .free(let free): revision = free
            }
        }
        switch try find(command.name) {
        case .found(let existing):
            let reply = startAgain(existing, command)
            if case .started = reply, let key = command.key {
                keep([key.write(existing.id, isNew: false, at: revision)])
            }
            return reply
        case .unloadable(let problem): return .refused(problem)
        case .none: break
        }
        let decision = try begin(
            command.name, input: command.input, params: command.params, parent: nil,
            actor: command.actor, now: now)
        if case .problem(let problem) = decision.reply { return .refused(problem) }
        let written = decision.run.flatMap { run in
            command.key?.write(run.id, isNew: true, at: revision)
        }
        try adopt(decision, consuming: nil, beside: [written].compactMap(\.self), now: now)
        return .started(command.name, isNew: true)
    }

    /// A repeated start never makes a second instance (G2).
    private func startAgain(_ run: Run, _ command: StartCommand) -> Reply {
        guard let definition = catalog.definition(run.name.workflow, version: run.version),
            case .valid(let input) = definition.input.decode(command.input),
            input.plain == run.input
        else {
            return .refused(
                Problem(
                    .keyConflict, "\(run.name) was started with another input",
                    fix: "use another key, or send the input of the first start"))
        }
        return .started(run.name, isNew: false)
    }

    mutating func begin(
        _ name: InstanceName, input: Value, params: Value, parent: ParentLink?, actor: Actor,
        now: Timestamp
    ) throws(StoreError) -> Decision {
        if let problem = name.problem { return Decision(problem: problem) }
        // Nobody else is to blame should this be what takes the process down.
        claims.release()
        let request = StartRequest(
            id: InstanceID(lastInstance.rawValue + 1), name: name, input: input, params: params,
            parent: parent, actor: actor,
            kept: isMutant(.keptEventsForgotten)
                ? [] : try unflushed.kept(name, store: store).filter { $0.expiresAt > now },
            workflowPause: isMutant(.pausedWorkflowStarts) ? nil : workflowPauses[name.workflow])
        if let problem = try problem(withAttachmentsOf: request) {
            return Decision(problem: problem)
        }
        var decision = Execution.decide(start: request, catalog: catalog, now: now)
        if !request.kept.isEmpty, let run = decision.run {
            // What was kept and is not taken over is spoken of no more.
            let own = run.attachments
            decision.commit?.referencesCleared += try store.references(of: name)
                .filter { !own.contains($0.sha256) }
        }
        if decision.commit != nil { lastInstance = request.id }
        if decision.run?.workflowHold != nil,
            let write = try holdRecord(of: request.id, name.workflow, isHeld: true)
        {
            decision.commit?.records.append(write)
        }
        return decision
    }

    /// The engine's own instances are started with what they are given by others that have it.
    private func problem(
        withAttachmentsOf request: StartRequest
    ) throws(StoreError) -> Problem? {
        let workflow = request.name.workflow
        let definition =
            request.parent == nil ? catalog.current(workflow) : catalog.current(forChild: workflow)
        guard let definition, definition.input.mayHoldAttachments else { return nil }
        return try problem(
            with: definition.attachments(ofStartWith: request.input),
            by: request.parent == nil ? request.actor : nil)
    }

    // MARK: Deciding

    mutating func decide(
        _ run: Run, _ input: Input, consuming message: MessageID? = nil, now: Timestamp
    ) throws(StoreError) {
        let run = input.isPark ? run : try held(run, now: now)
        let decision = Execution.decide(run, input, catalog: catalog, now: now)
        try adopt(decision, consuming: message, now: now)
    }

    private mutating func act(
        on name: InstanceName, _ input: Input, seen: Int64?, now: Timestamp
    ) throws(StoreError) -> Reply {
        let run: Run
        switch try find(name) {
        case .found(let found): run = found
        case .none: return .refused(.unknownInstance(name))
        case .unloadable(let problem): return .refused(problem)
        }
        if let problem = run.changed(since: seen) { return .refused(problem) }
        let decision = try decisionWhenHeld(of: input, on: run, now: now)
        try adopt(decision, consuming: nil, now: now)
        switch decision.reply {
        case .problem(let problem): return .refused(problem)
        case .receipt(let receipt): return .receipts([Delivery(name: name, receipt: receipt)])
        case .none, .started: return .receipts([])
        }
    }

    /// What a person's action comes to, not adopted.
    mutating func decision(
        of input: Input, on run: Run, now: Timestamp
    ) throws(StoreError) -> Decision {
        var (run, input) = (run, input)
        if case .task(var request) = input {
            if !isMutant(.decidedBeforeDue) { run = try overtaken(run, now: now) }
            request.substitutions = try substitutions(by: request.actor)
            request.voidClaims = try voidClaims(of: run, now: now)
            input = .task(request)
        }
        if let problem = try problem(
            withAttachmentsOf: input, to: run, by: input.attachmentActor)
        {
            return Decision(problem: problem)
        }
        return Execution.decide(run, input, catalog: catalog, now: now)
    }

    /// What fell due before a person acted comes first, however late its timer is: a decision at the deadline is late.
    private mutating func overtaken(_ run: Run, now: Timestamp) throws(StoreError) -> Run {
        var run = run
        for _ in 0..<Self.maximumOvertaking {
            let due = run.timerRows.filter { $0.due <= now }
            guard let first = due.min(by: { $0.due < $1.due }) else { return run }
            let revision = run.revision
            try decide(run, .timer(first.id), now: now)
            guard case .found(let next) = try find(run.name), next.revision > revision else {
                return run
            }
            run = next
        }
        return run
    }

    /// One turn takes that many of an instance's timers; the others come by themselves.
    private static let maximumOvertaking = 100

    /// The same decisions as those of the action itself, made by a copy of this machine, of which nothing is kept.
    private mutating func preview(
        _ name: InstanceName, _ input: Input, seen: Int64?, now: Timestamp
    ) throws(StoreError) -> Reply {
        var copy = self
        let reply = try copy.act(on: name, input, seen: seen, now: now)
        guard case .receipts(let deliveries) = reply,
            deliveries.first?.receipt.outcome != .rejected
        else { return reply }
        let row = try store.instance(named: name)
        let commits = copy.open.commits.dropFirst(open.commits.count)
        let after = commits.last { $0.instance?.name == name }?.instance
        return .preview(
            Preview(
                status: after?.status ?? row?.status ?? .running,
                states: after?.summary.states ?? row?.summary.states ?? [],
                history: commits.flatMap(\.history),
                calls: commits.flatMap(\.callsSet).filter { !$0.isHeld }.map {
                    "\($0.adapter).\($0.operation)"
                }))
    }

    /// Puts a decision into the open batch and performs the local operations that it asked for, so that the whole
    /// chain is one commit.
    /// - Parameter writes: records of the engine's own that say what was done.
    mutating func adopt(
        _ decision: Decision, consuming message: MessageID?, receipt: ReceiptRow? = nil,
        beside writes: [RecordWrite] = [], now: Timestamp
    ) throws(StoreError) {
        var commit = decision.commit
        if message != nil || receipt != nil || !writes.isEmpty { commit = commit ?? Commit() }
        commit?.records += writes
        commit?.messageConsumed = isMutant(.messageNotConsumed) ? nil : message
        commit?.receipt = isMutant(.eventAppliedTwice) ? nil : receipt
        guard var commit else { return }
        if let run = decision.run, run.status.isTerminal, workflowPauses[run.name.workflow] != nil,
            let gone = try holdRecord(of: run.id, run.name.workflow, isHeld: false)
        {
            commit.records.append(gone)
        }
        records.decided(commit.records)
        open.left += decision.left
        var run = decision.run
        for _ in 0..<limits.localChain {
            guard let current = run,
                let next = try performLocal(current, after: commit, now: now)
            else { break }
            records.decided(next.commit.records)
            open.left += next.left
            commit.follow(with: next.commit)
            run = next.run
        }
        append(commit, run: run)
    }

    /// The next local operation of the run, decided as part of the commit that asked for it.
    private mutating func performLocal(
        _ run: Run, after commit: Commit, now: Timestamp
    ) throws(StoreError) -> (commit: Commit, run: Run, left: [LeftState])? {
        guard let activation = run.activations.nextLocal else {
            return nil
        }
        var base = run
        if commit.instance != nil { base.revision -= 1 }
        guard let decision = try performLocal(base, activation, now: now),
            let commit = decision.commit, let next = decision.run
        else { return nil }
        return (commit, next, decision.left)
    }

    private mutating func performLocal(
        _ run: Run, _ activation: Activation, now: Timestamp
    ) throws(StoreError) -> Decision? {
        guard let local = activation.call else { return nil }
        if let reason = operationsRefused {
            return Execution.decide(
                run, .localConflict(activation: activation.number, reason: reason),
                catalog: catalog, now: now)
        }
        let result = try perform(
            local.adapter, local.operation, LocalCall(activation, of: run, now: now))
        let decision = Execution.decide(
            run, .local(activation: activation.number, result: result), catalog: catalog, now: now)
        guard let record = try conflict(in: decision.commit?.records ?? []) else { return decision }
        let refusal = Input.localConflict(
            activation: activation.number, reason: "\(record) is not at the revision that was read")
        return Execution.decide(run, refusal, catalog: catalog, now: now)
    }

    private mutating func perform(
        _ adapter: String, _ operation: String, _ call: LocalCall
    ) throws(StoreError) -> LocalResult {
        let reads = RecordReads(&records, store)
        defer { records = reads.end() }
        return try catalog.local.perform(
            adapter: adapter, operation: operation, call: call,
            read: { (query) throws(StoreError) in try reads.records(query) })
    }

    /// A record that is not as the operation read it: one that it did not read, since reads are always current.
    func conflict(in writes: [RecordWrite]) throws(StoreError) -> String? {
        for write in writes where try !records.accepts(write, from: store) {
            return "\(write.collection)/\(write.id)"
        }
        return nil
    }

    /// What later decisions must see (records they see already), what is written, and what leaves after the flush.
    mutating func append(_ commit: Commit, run: Run?) {
        var commit = commit
        noteUnmatched(in: &commit)
        traces.mark(&commit)
        if let run, commit.instance != nil { runs.decided(run) }
        unflushed.decided(commit)
        operations.note(commit)
        for message in commit.messagesSent { queue.append(.message(message)) }
        release(commit)
        if let instance = commit.instance {
            open.effects.append(
                .changed(
                    InstanceChange(
                        name: instance.name, status: instance.status,
                        states: instance.summary.states)))
        }
        open.happenings += commit.happenings
        for thing in commit.changedThings { open.effects.append(.touched(thing)) }
        if let run, run.status.isTerminal { schedules.wake(run.name.workflow) }
        open.commits.append(commit)
        // Here rather than by the writer, which is the busier of the two.
        open.commits[open.commits.count - 1].instance?.encode()
    }

    /// Events that moved nothing are remembered beside the history of their instance, as far as a flush has room for
    /// them: who sends what nobody takes, thousands a second, is no reason to write as much.
    private mutating func noteUnmatched(in commit: inout Commit) {
        if let name = commit.instance?.name {
            commit.unmatched += commit.history.compactMap { UnmatchedRow($0, of: name) }
        }
        guard !commit.unmatched.isEmpty else { return }
        commit.unmatched = Array(commit.unmatched.prefix(unmatchedRoom))
        open.unmatched += commit.unmatched.count
    }

    /// How many more the open batch remembers.
    var unmatchedRoom: Int {
        isMutant(.unmatchedForgotten) ? 0 : Self.maximumUnmatched - open.unmatched
    }

    private static let maximumUnmatched = 32

    /// What the adapters are told after the flush; of one call they are told the last word only.
    private mutating func release(_ commit: Commit) {
        for row in commit.callsSet where !row.isHeld {
            if let recall = row.recall {
                withdraw(row.id, recall)
            } else {
                if open.withdraws { open.effects.removeAll { $0.isWithdrawal(of: row.id) } }
                open.effects.append(.call(row))
            }
        }
        // Whoever terminates it leaves nobody to wait for an answer; any other call is over by its own.
        guard commit.instance?.status == .terminated else { return }
        for id in commit.callsCleared { withdraw(id, 0) }
    }

    private mutating func withdraw(_ id: CallID, _ recall: Int64) {
        open.effects.removeAll {
            if case .call(let row) = $0 { row.id == id } else { $0.isWithdrawal(of: id) }
        }
        open.effects.append(.withdraw(id, recall: recall))
        open.withdraws = true
    }

    private mutating func fire(
        _ row: TimerRow, now: Timestamp
    ) throws(StoreError) {
        guard let found = try run(row.instance) else { return }
        let run = try held(found, now: now)
        if case .activation(let number) = row.id,
            let activation = run.activations.first(where: { $0.number == number }),
            activation.isLocal
        {
            guard let decision = try performLocal(run, activation, now: now) else { return }
            return try adopt(decision, consuming: nil, now: now)
        }
        try decide(run, .timer(row.id), now: now)
    }

    // MARK: Runs

    enum Lookup {
        case found(Run)
        case none
        /// Its version is not loaded here, its row is damaged, or it takes the process down: nothing can be
        /// decided about it.
        case unloadable(Problem)
    }

    mutating func run(_ id: InstanceID) throws(StoreError) -> Run? {
        if case .found(let run) = try find(id) { run } else { nil }
    }

    mutating func find(_ id: InstanceID) throws(StoreError) -> Lookup {
        if let run = runs[id] { return claimed(run) }
        guard let row = try store.instance(id), !unflushed.isRemoved(id) else { return .none }
        return load(claiming: row)
    }

    mutating func find(_ name: InstanceName) throws(StoreError) -> Lookup {
        if let run = runs.run(named: name) { return claimed(run) }
        guard let row = try store.instance(named: name), !unflushed.isRemoved(row.id) else {
            return .none
        }
        return load(claiming: row)
    }

    private func claimed(_ run: Run) -> Lookup {
        guard !parked.contains(run.id) else { return .unloadable(.parked(run.name)) }
        claim(run.id, run.name)
        return .found(run)
    }

    private mutating func load(claiming row: InstanceWrite) -> Lookup {
        guard !parked.contains(row.id) else { return .unloadable(.parked(row.name)) }
        claim(row.id, row.name)
        return load(row)
    }

    private func claim(_ id: InstanceID, _ name: InstanceName) {
        claims.claim(id, work: workFingerprint)
        reach(.instanceClaimed, name.description)
    }

    private mutating func load(_ row: InstanceWrite) -> Lookup {
        guard let definition = catalog.definition(row.name.workflow, version: row.version) else {
            return .unloadable(.definitionMissing(row.name, version: row.version))
        }
        do throws(DecodingFailure) {
            let run = try Run(decoding: row, definition: definition)
            runs.insert(run)
            return .found(run)
        } catch {
            // One damaged row stops one instance.
            let problem = Problem.rowDamaged(row.name, "\(error)")
            open.effects.append(.alarm(problem.message))
            return .unloadable(problem)
        }
    }
}

extension Problem {
    package static func unknownInstance(_ name: InstanceName) -> Problem {
        Problem(
            .unknownInstance, "there is no instance \(name)",
            fix: "`pawl ls -f workflow:\(name.workflow)` lists those there are")
    }

    fileprivate static func parked(_ name: InstanceName) -> Problem {
        Problem(
            .notApplicable, "\(name) is parked: deciding it stopped this server again and again",
            fix: "report it with the last lines of the log; when another version of pawl runs, "
                + "`pawl retry \(name.pasted)`")
    }
}

extension CallError {
    fileprivate static func crash(_ deaths: Int) -> CallError {
        CallError(
            name: "crash",
            message:
                "deciding it stopped the server \(deaths) times in a row; another version of pawl "
                + "may retry it",
            isRetryable: false)
    }
}

extension InstanceName {
    /// Keys go into URLs, headers and file names: printable, at most 200 scalars.
    var problem: Problem? {
        let scalars = key.unicodeScalars
        guard !scalars.isEmpty, scalars.count <= 200,
            scalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f })
        else {
            return Problem(
                .invalid, "the key must have 1 to 200 printable characters",
                fix: "use the business's own id, like the order's number")
        }
        return nil
    }
}

extension Run {
    /// Why whoever has looked at that revision is not to act on this one.
    func changed(since seen: Int64?) -> Problem? {
        guard let seen, seen != revision, !isMutant(.staleRevisionTaken) else { return nil }
        return Problem(
            .notApplicable, "\(name) is at revision \(revision) now, not \(seen)",
            fix: "look at it again: `pawl why \(name.pasted)`", isStale: true)
    }
}
