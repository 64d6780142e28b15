import Access
import Sabotage
import Synchronization
import Values

/// How often somebody may ask, and how often they may fail to prove who they are.
final class Admission: Sendable {
    private struct Attempts {
        var failures = AttemptGuard()
        /// What has proven something lately, by its hash: others at the same address may fail as they like.
        var proven: Set<ExactText> = []
    }

    private static let capacity = 10_000

    private let proxies: TrustedProxies
    private let countsPeers: Bool
    private let telemetry: Telemetry?
    private let requests: RequestGuard
    private let attempts = Mutex(Attempts())
    private let start = ContinuousClock.now

    init(_ configuration: ServerConfiguration, _ telemetry: Telemetry?) {
        proxies = configuration.proxies
        countsPeers = configuration.countsPeers && configuration.door == .api
        requests = RequestGuard(configuration.limits)
        self.telemetry = telemetry
    }

    /// Who asks, if they may ask now.
    /// - Parameter prove: finds out who asks; it is not called for what has failed too often. nil: nobody has to prove it.
    func admit(
        _ request: RawRequest, prove: () async throws -> Principal?
    ) async throws -> Principal? {
        let now = ContinuousClock.now - start
        let peer = peer(of: request)
        let credential = Self.credential(of: request)
        try checkAttempts(peer, credential, now)
        let principal: Principal?
        do {
            principal = try await prove()
        } catch let refusal as Refusal where refusal.status == 401 {
            // What no way of proving is for is no try at one.
            let isTry = refusal.headers.contains { $0.value.contains("invalid_token") }
            if let credential, isTry { noteFailure(peer, credential, now) }
            if countsPeers { try check(.peer(peer), now) }
            throw refusal
        }
        if let principal {
            if let credential { noteProof(credential) }
            try check(.principal(Self.name(principal)), now)
        } else if countsPeers {
            try check(.peer(peer), now)
        }
        return principal
    }

    /// Whose streams are counted together; empty: they are not.
    func client(of request: RawRequest, _ principal: Principal?) -> ExactText {
        if let principal { return ExactText("principal " + Self.name(principal)) }
        return countsPeers ? ExactText("peer " + peer(of: request)) : ""
    }

    /// See `SourceNetwork.address`.
    func peer(of request: RawRequest) -> String {
        let client = proxies.client(peer: request.peer, forwardedFor: request.forwardedFor)
        return SourceNetwork(client ?? "").address
    }

    /// Two issuers may know the same name.
    private static func name(_ principal: Principal) -> String {
        switch principal.proof {
        case .issuer(let issuer): "\(issuer.text) \(principal.subject)"
        case .token, .certificate, .host: principal.subject
        }
    }

    private func check(_ source: RequestGuard.Source, _ now: Duration) throws(Refusal) {
        guard let wait = requests.admit(source, now: now) else { return }
        telemetry?.note(.requests)
        throw Overrun.requests.refusal(after: wait)
    }

    // MARK: Attempts

    /// nil: the request brings nothing that could be wrong.
    private static func credential(of request: RawRequest) -> ExactText? {
        guard request.principal == nil,
            request.authorization != nil || !request.certificates.isEmpty
        else { return nil }
        let certificate = request.certificates.first ?? []
        return ExactText(
            SHA256.hex(of: Array((request.authorization ?? "").utf8) + [0] + certificate))
    }

    private func checkAttempts(
        _ peer: String, _ credential: ExactText?, _ now: Duration
    ) throws(Refusal) {
        guard let credential else { return }
        let wait = attempts.withLock { attempts in
            attempts.proven.contains(credential)
                ? nil
                : attempts.failures.wait(peer: ExactText(peer), subject: credential, now: now)
        }
        guard let wait else { return }
        telemetry?.note(.attempts)
        throw Overrun.attempts.refusal(after: wait)
    }

    private func noteFailure(_ peer: String, _ credential: ExactText, _ now: Duration) {
        attempts.withLock { attempts in
            attempts.proven.remove(credential)
            // A program that was left with an old token fails with the same one again and again, and guesses nothing.
            let isNew = !attempts.failures.hasFailed(subject: credential, now: now)
            attempts.failures.failed(
                peer: isNew ? ExactText(peer) : nil, subject: credential, now: now)
        }
    }

    private func noteProof(_ credential: ExactText) {
        attempts.withLock { attempts in
            attempts.failures.succeeded(subject: credential)
            if attempts.proven.count >= Self.capacity { attempts.proven = [] }
            attempts.proven.insert(credential)
        }
    }
}
