import Definition
import Execution
import Synchronization
import Values

/// Lets strangers in by the limits of the workflow's `public`, and turns the others away before anything of what
/// they send is read. What it knows is of one process: a restart forgives.
final class PublicGate: Sendable {
    private let guards: Mutex<[ExactText: FloodGuard]>
    private let proxies: Set<ExactText>
    /// As `RateLimit-Policy` has it.
    private let policies: [ExactText: String]
    private let start = ContinuousClock.now

    /// - Parameter proxies: see `ServerConfiguration.Door`.
    init(catalog: Catalog, proxies: Set<ExactText>) {
        self.proxies = proxies
        var guards: [ExactText: FloodGuard] = [:]
        var policies: [ExactText: String] = [:]
        for name in catalog.workflowNames {
            guard let entry = catalog.current(name)?.start.publicEntry else { continue }
            guards[name] = FloodGuard(entry)
            let limit = entry.perAddress
            let window = (Double(limit.burst) / limit.perSecond).rounded(.up)
            policies[name] = "\"address\";q=\(limit.burst);w=\(Int64(min(window, 1e9)))"
        }
        self.guards = Mutex(guards)
        self.policies = policies
    }

    /// - Returns: how the sender stands with its limit now, as headers.
    func admit(
        _ request: RawRequest, to workflow: String
    ) throws(Refusal) -> [(name: String, value: String)] {
        let now = ContinuousClock.now - start
        let source = source(of: request)
        let (verdict, standing) = guards.withLock { guards in
            let verdict = guards[workflow]?.admit(source, now: now)
            return (verdict, guards[workflow]?.standing(of: source, now: now))
        }
        guard let verdict, let standing, let policy = policies[workflow] else {
            throw Refusal(
                Problem(
                    .notFound, "there is no form `\(workflow.quotable)` here",
                    fix: "ask those who gave you the address"))
        }
        let headers = Self.headers(policy, standing)
        switch verdict {
        case .admitted: return headers
        case .refused(let limit, let wait): throw .flood(limit, wait, headers)
        }
    }

    /// What can be said of a body without reading it.
    func check(_ request: RawRequest) throws(Refusal) {
        guard let text = request.content.length, let length = Int(text), length >= 0 else {
            throw .closing(
                Refusal(
                    status: 411, code: "length-required", "the body's length is not said",
                    fix: "send Content-Length"))
        }
        guard length <= Self.bodyLimit else {
            throw .closing(.tooLarge(limit: Self.bodyLimit))
        }
        try APIRequest.checkIsJSON(request.contentType)
    }

    /// Of what a stranger sends.
    static let bodyLimit = 65_536

    /// The limit per address alone (draft-ietf-httpapi-ratelimit-headers): what is left for everybody together would tell a
    /// flooder how well it does.
    private static func headers(
        _ policy: String, _ standing: FloodGuard.Standing
    ) -> [(name: String, value: String)] {
        [
            ("RateLimit-Policy", policy),
            ("RateLimit", "\"address\";r=\(standing.remaining);t=\(standing.full.secondsUp)"),
        ]
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
    fileprivate static func flood(
        _ limit: FloodGuard.Limit, _ wait: Duration, _ headers: [(name: String, value: String)]
    ) -> Refusal {
        // Those who wait do not all come again at the same moment.
        let seconds = wait.secondsUp
        let wait = seconds + Int64.random(in: 0...max(1, seconds / 10))
        let detail =
            switch limit {
            case .perAddress: "too many requests came from your address"
            case .perNetwork: "too many requests came from your network"
            case .total: "too many requests come at the moment"
            }
        var refusal = Refusal(
            status: 429, code: "too-many-requests", detail, fix: "try again in \(wait) s")
        refusal.headers = headers + [("Retry-After", String(wait))]
        return refusal
    }

    /// Nobody reads what is on its way.
    fileprivate static func closing(_ refusal: Refusal) -> Refusal {
        var refusal = refusal
        refusal.headers.append(("Connection", "close"))
        return refusal
    }
}
