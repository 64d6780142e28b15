import Definition
import Execution
import Values

extension Engine {
    static func auditSeed() -> [UInt8] {
        (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    }

    /// That somebody came in, looked at what is hidden, or was refused; who asks is known of the task (`source`). Durable when
    /// it returns, but for what is counted: of refusals the first of a minute is a row, and those that follow are one more.
    package func record(_ entry: AuditEntry) async throws(Problem) {
        var entry = entry
        entry.at = clock.now()
        entry.principal = entry.principal ?? Self.source?.principal
        entry.proof = entry.proof ?? Self.source?.proof
        entry.request = entry.request ?? Self.source?.request
        for row in refusals.withLock({ [entry] in $0.take(entry) }) {
            if case .refused(let problem) = await ask(.record(row)) { throw problem }
        }
    }

    /// Before `run`: the database is of an earlier moment than the folder knows, and the chain goes on from it.
    package func recordRestoration(_ reason: String) throws(StoreError) {
        try store.recordRestoration(reason, at: clock.now())
    }

    /// Until it is cancelled.
    func recordRefusalsForEver() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: RefusalBudget.window) } catch { return }
            let now = clock.now()
            for row in refusals.withLock({ $0.due(now: now) }) { _ = await ask(.record(row)) }
        }
    }

    /// The adapter's open breaker lets its next call through now; a closed one lets everything through.
    package func probe(adapter: String, by actor: Actor) async throws(Problem) {
        try inspector.checkProbe(of: adapter)
        try await record(AuditEntry(.adapterProbe, by: actor, AuditTarget("adapter", adapter)))
        try probe(adapter: adapter)
    }
}

extension Store {
    /// Of a database that no engine has: it was put back from a copy, and the chain goes on from what is in that.
    package func recordRestoration(_ reason: String, at now: Timestamp) throws(StoreError) {
        var commit = Commit()
        let deed = AuditEntry(at: now, .restored, by: .system, reason: reason)
        try audit(deed, seed: Engine.auditSeed(), in: &commit)
        try self.commit([commit])
    }
}
