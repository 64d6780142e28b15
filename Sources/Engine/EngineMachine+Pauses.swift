import Definition
import Execution
import Values

/// Adapters that people hold (G17). The record is durable before anybody is told, and before the port is; a process
/// that begins tells the port before it sends anything.
extension EngineMachine {
    mutating func act(
        onAdapter adapter: String, _ action: AdapterAction, _ actor: Actor, now: Timestamp
    ) throws(StoreError) -> Reply {
        guard let manifest = catalog.adapter(adapter) else {
            return .refused(.unknownAdapter(adapter, catalog))
        }
        guard manifest.transport != .local else {
            return .refused(
                Problem(
                    .notApplicable, "\(adapter) is performed in the engine and calls nothing",
                    fix: "pause the instances instead: `pawl pause -f 'workflow:…'`"))
        }
        let query = RecordQuery(
            collection: AdapterPause.collection, selection: .id(adapter), limit: 1)
        let found = try records.records(query, from: store).records.first
        var pause = AdapterPause()
        if let found {
            do throws(DecodingFailure) {
                pause = try AdapterPause(decoding: found.body)
            } catch {
                return .refused(.damaged(adapter, error))
            }
        }
        guard pause.take(action, by: actor, at: now) else {
            return .refused(pause.pause.map { .paused(adapter, $0) } ?? .notPaused(adapter))
        }
        var commit = Commit()
        commit.records = [
            RecordWrite(
                collection: AdapterPause.collection, id: adapter, group: "",
                expectedRevision: found?.revision ?? 0, body: pause.encoded)
        ]
        records.decided(commit.records)
        append(commit, run: nil)
        open.effects.append(.setPaused(pause.pause != nil, adapter: adapter))
        return .receipts([])
    }

    /// Those that a person holds. One whose record cannot be read is held: what must not leave is worse than what
    /// waits, and who looks is told so.
    func pausedAdapters() throws(StoreError) -> [String] {
        let query = RecordQuery(collection: AdapterPause.collection, selection: .all)
        return try store.records(query).records.filter { record in
            guard let pause = try? AdapterPause(decoding: record.body) else { return true }
            return pause.pause != nil
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

    /// Who holds the adapter, and who did; nil: nobody ever has, or its record cannot be read.
    package func pause(of adapter: String) throws(Problem) -> AdapterPause? {
        let query = RecordQuery(
            collection: AdapterPause.collection, selection: .id(adapter), limit: 1)
        do throws(StoreError) {
            let record = try store.records(query).records.first
            return record.flatMap { try? AdapterPause(decoding: $0.body) }
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

    fileprivate static func paused(_ adapter: String, _ pause: StandingPause) -> Problem {
        Problem(
            .notApplicable, "\(adapter) is paused by \(pause.by) already: \(pause.reason)",
            fix: "`pawl adapter resume \(adapter) --reason '<why>'` lets its calls leave")
    }

    fileprivate static func notPaused(_ adapter: String) -> Problem {
        Problem(
            .notApplicable, "\(adapter) is not paused",
            fix: "`pawl adapters` says what holds its calls up")
    }

    fileprivate static func damaged(_ adapter: String, _ failure: DecodingFailure) -> Problem {
        Problem(
            .internalError, "the record of who holds \(adapter) is damaged: \(failure)",
            fix: "restore it from a backup; until then no call of it leaves")
    }
}
