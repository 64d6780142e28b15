import Engine
import Execution
import Marketplace
import Values

/// Accepted is all of it, and everything else is nothing of it: judged by the provider's own file and the business's
/// records.
extension Checker {
    /// 20: whoever is hired has one active account, is paid and is in the pool; whoever is not has none of these.
    func hired(_ views: [InstanceView]) throws(StoreError) -> [String] {
        let accounts = simulation.network.world.sandbox[IdentityProvider.self]?.all ?? []
        var result: [String] = []
        for view in views where view.run.name.workflow == "hiring" && view.run.status.isTerminal {
            let key = view.run.name.key
            let theirs = accounts.filter { sameUTF8($0.account.externalID, key) }
            let stands: [(what: String, isThere: Bool)] = [
                ("an active account", theirs.contains(where: \.account.isActive)),
                ("a payment account", try record("billing.payee", key) != nil),
                ("a place in the pool", try record("matching.worker", key)?["skills"] != nil),
            ]
            let isHired = view.run.status == .completed
            for effect in stands where effect.isThere != isHired {
                result.append(
                    "20: \(view.run.name) is \(isHired ? "hired without" : "not hired, with") "
                        + effect.what)
            }
            if theirs.count > 1 {
                result.append("20: \(view.run.name) has \(theirs.count) accounts")
            }
        }
        return result
    }

    /// How many were taken on, and for how many the account that had been made was removed.
    func hirings() throws(StoreError) -> (whole: Int, undone: Int) {
        var (whole, undone) = (0, 0)
        let query = InstanceQuery(
            terms: [.workflow("hiring")], now: simulation.now, before: nil, count: 1_000)
        for row in try store.list(query).instances {
            if row.status == .completed { whole += 1 }
            let history = try store.history(row.id, after: 0, count: 100_000)
            if history.contains(where: { $0.kind == "child.started" }) { undone += 1 }
        }
        return (whole, undone)
    }

    /// Those who were told that somebody was faster.
    var taskConflicts: Int {
        simulation.client.log.count { entry in
            guard case .refused(let problem) = entry.reply else { return false }
            return [.taskClaimed, .taskDecided].contains(problem.code)
        }
    }

    private func record(_ collection: String, _ id: String) throws(StoreError) -> Value? {
        try store.records(RecordQuery(collection: collection, selection: .id(id), limit: 1))
            .records.first?.body
    }
}
