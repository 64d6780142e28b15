import Definition
import Execution
import Sabotage
import Values

/// Every change by a person or a token has a row, in the commit of the change (G11).
///
/// Theory of operation. All work is decided in one place (`advance`). Behind each request that place asks what was written
/// for it, and if something was, what the request is in the audit: `Request.audited` has every case. The rows get their
/// numbers and hashes when the batch is closed, in the order in which it was decided; a batch that is not written takes its
/// rows with it, and the chain goes on from what the store has.
extension EngineMachine {
    /// - Parameter commits: how many the open batch had before the request was decided.
    mutating func audit(
        _ id: RequestID, _ request: Request, behind commits: Int, now: Timestamp
    ) {
        guard open.commits.count > commits else { return }
        let source = sources[id]
        guard var entry = request.audited(from: source, { chain.digest($0) }),
            entry.actor != .system || source?.principal != nil
                || request.isRecorded
        else { return }
        entry.at = now
        if let source {
            entry.principal = entry.principal ?? source.principal
            entry.proof = entry.proof ?? source.proof
            entry.request = entry.request ?? source.request
        }
        if case .reply(_, let reply)? = open.effects.last(where: { $0.isReply(to: id) }) {
            entry.outcome = entry.outcome ?? reply.audited
        }
        if entry.deed == .records { entry.arguments["collections"] = changed(since: commits) }
        open.audited.append((open.commits.count - 1, entry))
    }

    private func changed(since commits: Int) -> Value {
        var names: [String] = []
        for record in open.commits[commits...].flatMap(\.records)
        where !names.contains(exactly: record.collection) {
            names.append(record.collection)
        }
        return .string(names.joined(separator: " "))
    }

    /// Writes nothing but its row.
    mutating func record(_ entry: AuditEntry) -> Reply {
        append(Commit(), run: nil)
        return .receipts([])
    }

    mutating func forgetSources(of work: [Work]) {
        guard !sources.isEmpty else { return }
        for case .request(let id, _) in work { sources[id] = nil }
    }
}

extension Request {
    fileprivate var isRecorded: Bool {
        if case .record = self { true } else { false }
    }
}

extension EngineEffect {
    fileprivate func isReply(to id: RequestID) -> Bool {
        if case .reply(id, _) = self { true } else { false }
    }
}

extension Batch {
    /// Gives the rows their places.
    mutating func close(_ chain: inout AuditChain) {
        for (commit, entry) in audited { commits[commit].audit.append(chain.append(entry)) }
        audited = []
    }
}

extension Store {
    /// What is done to a database that no server has.
    func audit(_ entry: AuditEntry, seed: [UInt8], in commit: inout Commit) throws(StoreError) {
        var chain = try AuditChain(self, seed: seed)
        commit.audit.append(chain.append(entry))
    }
}
