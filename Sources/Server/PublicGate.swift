import Definition
import Execution
import Synchronization
import Values

/// Lets strangers in by the limits of the workflow's `public`, and turns the others away before anything of what
/// they send is read. What it knows is of one process: a restart forgives.
final class PublicGate: Sendable {
    private let guards: Mutex<[ExactText: FloodGuard]>
    private let proxies: Set<ExactText>
    private let start = ContinuousClock.now

    /// - Parameter proxies: see `ServerConfiguration.Door`.
    init(catalog: Catalog, proxies: Set<ExactText>) {
        self.proxies = proxies
        var guards: [ExactText: FloodGuard] = [:]
        for name in catalog.workflowNames {
            guard let entry = catalog.current(name)?.start.publicEntry else { continue }
            guards[name] = FloodGuard(entry)
        }
        self.guards = Mutex(guards)
    }

    func admit(_ request: RawRequest, to workflow: String) throws(Refusal) {
        let now = ContinuousClock.now - start
        let source = source(of: request)
        switch guards.withLock({ $0[workflow]?.admit(source, now: now) }) {
        case .admitted: return
        case .refused(let limit, let wait): throw .flood(limit, wait)
        case nil:
            throw Refusal(
                Problem(
                    .notFound, "strangers cannot start `\(workflow.quotable)`",
                    fix: "declare `start: {public: {}}` in the workflow"))
        }
    }

    /// Whose request it is: the last address that a trusted proxy added, else who holds the connection.
    private func source(of request: RawRequest) -> SourceNetwork {
        let peer = request.peer ?? ""
        guard request.isLocal || proxies.contains(peer),
            let last = request.forwardedFor?.split(separator: ",").last
        else { return SourceNetwork(peer) }
        return SourceNetwork(String(last))
    }
}

extension Refusal {
    fileprivate static func flood(_ limit: FloodGuard.Limit, _ wait: Duration) -> Refusal {
        let seconds = wait.components.seconds + (wait.components.attoseconds > 0 ? 1 : 0)
        let detail =
            switch limit {
            case .perAddress: "too many requests came from your address"
            case .total: "too many requests come at the moment"
            }
        var refusal = Refusal(
            status: 429, code: "too-many-requests", detail, fix: "try again in \(seconds) s")
        refusal.headers = [("Retry-After", String(seconds))]
        return refusal
    }
}
