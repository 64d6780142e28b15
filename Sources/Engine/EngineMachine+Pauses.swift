import Definition
import Execution
import Values

/// Adapters that people hold (G17). The record is durable before anybody is told, and before the port is; a process
/// that begins tells the port before it sends anything.
extension EngineMachine {
    mutating func act(
        onAdapter adapter: String, _ action: PauseAction, _ actor: Actor, now: Timestamp
    ) throws(StoreError) -> Reply {
        guard let manifest = catalog.adapter(adapter) else {
            return .refused(.unknownAdapter(adapter, catalog))
        }
        guard manifest.transport != .local else {
            return .refused(
                Problem(
                    .notApplicable, "\(adapter) is performed in the engine and calls nothing",
                    fix: "pause what calls it instead: `pawl workflow pause <workflow>`"))
        }
        let pause: PauseRecord
        switch try change(
            pauseOf: adapter, in: PauseRecord.ofAdapters, by: "adapter", action, actor, now: now)
        {
        case .success(let changed): pause = changed
        case .failure(let problem): return .refused(problem)
        }
        open.effects.append(.setPaused(pause.pause != nil, adapter: adapter))
        return .receipts([])
    }

    /// Reads, changes and writes the record of who holds something.
    /// - Parameter command: what the command line calls it.
    mutating func change(
        pauseOf id: String, in collection: String, by command: String, _ action: PauseAction,
        _ actor: Actor, now: Timestamp
    ) throws(StoreError) -> Result<PauseRecord, Problem> {
        let query = RecordQuery(collection: collection, selection: .id(id), limit: 1)
        let found = try records.records(query, from: store).records.first
        var pause = PauseRecord()
        if let found {
            do throws(DecodingFailure) {
                pause = try PauseRecord(decoding: found.body)
            } catch {
                return .failure(.damaged(id, error))
            }
        }
        guard pause.take(action, by: actor, at: now.ceilingToMilliseconds) else {
            return .failure(pause.pause.map { .paused(id, command, $0) } ?? .notPaused(id, command))
        }
        keep([
            RecordWrite(
                collection: collection, id: id, group: "", expectedRevision: found?.revision ?? 0,
                body: pause.encoded)
        ])
        return .success(pause)
    }

    /// Those that a person holds. One whose record cannot be read is held: what must not leave is worse than what
    /// waits, and who looks is told so.
    func pausedAdapters() throws(StoreError) -> [String] {
        let query = RecordQuery(collection: PauseRecord.ofAdapters, selection: .all)
        return try store.records(query).records.filter { record in
            PauseRecord.pause(of: record) != nil
        }.map(\.id)
    }
}

extension Inspector {
    /// Every adapter that calls something, with who holds it.
    package func adapters(for calls: [CallID] = []) throws(Problem) -> [AdapterCondition] {
        var found = conditions(calls)
        for index in found.indices where found[index].isPaused {
            found[index].pause = try pause(of: found[index].adapter)?.pause
        }
        return found
    }

    /// Whether its breaker waits, or a missing setting is, so that a person may let it go on.
    package func checkProbe(of adapter: String) throws(Problem) {
        guard catalog.adapter(adapter) != nil else { throw .unknownAdapter(adapter, catalog) }
        let condition = try adapters().first { sameUTF8($0.adapter, adapter) }
        if let condition, condition.isPaused {
            throw Problem(
                .notApplicable, "\(adapter) is paused, so that no call of it leaves",
                fix: "`pawl adapter resume \(adapter) --reason '<why>'` first")
        }
        if condition?.lack != nil { return }
        if condition?.isHalfOpen ?? false {
            throw Problem(
                .notApplicable, "the breaker of \(adapter) lets a probe through already",
                fix: "see what comes of its next call: `pawl adapters \(adapter)`")
        }
        guard condition?.openSince != nil else {
            throw Problem(
                .notApplicable,
                "the breaker of \(adapter) is not open, so there is nothing to probe",
                fix: "`pawl adapters` says what holds its calls up")
        }
    }

    /// Who holds the adapter, and who did; nil: nobody ever has, or its record cannot be read.
    package func pause(of adapter: String) throws(Problem) -> PauseRecord? {
        try pause(of: adapter, in: PauseRecord.ofAdapters)
    }

    /// Who holds the workflow, and who did; nil: nobody ever has, or its record cannot be read.
    package func pause(ofWorkflow workflow: String) throws(Problem) -> PauseRecord? {
        try pause(of: workflow, in: PauseRecord.ofWorkflows)
    }

    /// Workflows that people hold, by name.
    package func pausedWorkflows() throws(Problem) -> [(workflow: String, pause: StandingPause)] {
        let query = RecordQuery(collection: PauseRecord.ofWorkflows, selection: .all)
        do throws(StoreError) {
            return try store.records(query).records.compactMap { record in
                PauseRecord.pause(of: record).map { (record.id, $0) }
            }
        } catch {
            throw .store(error)
        }
    }

    /// Who holds the workflow now; nil: nobody does.
    package func standingPause(ofWorkflow workflow: String) throws(Problem) -> StandingPause? {
        try pausedWorkflows().first { sameUTF8($0.workflow, workflow) }?.pause
    }

    /// Instances that something has come to since their workflow was held, and that have not gone on since.
    /// - Parameter limit: how many are counted at most.
    package func held(with workflow: String, upTo limit: Int) throws(Problem) -> Int {
        let query = RecordQuery(
            collection: InstanceHold.collection, selection: .group(workflow), limit: limit)
        do { return try store.records(query).records.count } catch { throw .store(error) }
    }

    private func pause(
        of id: String, in collection: String
    ) throws(Problem) -> PauseRecord? {
        let query = RecordQuery(collection: collection, selection: .id(id), limit: 1)
        do throws(StoreError) {
            let record = try store.records(query).records.first
            return record.flatMap { try? PauseRecord(decoding: $0.body) }
        } catch {
            throw .store(error)
        }
    }
}

extension Problem {
    package static func unknownAdapter(_ name: String, _ catalog: Catalog) -> Problem {
        let known = catalog.adapterNames
        return Problem(
            .notFound, "there is no adapter \(name)",
            fix: nearestName(to: name, among: known).map { "did you mean \($0)?" }
                ?? (known.isEmpty ? "there are none" : "known: \(known.joined(separator: ", "))"))
    }

    fileprivate static func paused(
        _ id: String, _ command: String, _ pause: StandingPause
    ) -> Problem {
        Problem(
            .notApplicable, "\(id) is paused by \(pause.by) already: \(pause.reason)",
            fix: "`pawl \(command) resume \(id) --reason '<why>'` lets it go on")
    }

    fileprivate static func notPaused(_ id: String, _ command: String) -> Problem {
        Problem(
            .notApplicable, "\(id) is not paused",
            fix: "`pawl \(command)s` says which are")
    }

    fileprivate static func damaged(_ id: String, _ failure: DecodingFailure) -> Problem {
        Problem(
            .internalError, "the record of who holds \(id) is damaged: \(failure)",
            fix: "restore it from a backup; until then it is held")
    }
}
