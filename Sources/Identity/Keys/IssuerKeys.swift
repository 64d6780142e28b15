import Sabotage
import Synchronization
import Values

/// Fetches an issuer's documents, once for all who need them at a time.
final class IssuerKeys: Sendable {
    private struct State {
        var ring = KeyRing()
        var waiting: [CheckedContinuation<Void, Never>] = []
        var discovery: Result<Discovery, Unheard>?
        var discoveredAt = Timestamp.distantPast
    }

    private static let maximumKeys = 100
    private static let refusal = Duration.seconds(10)
    /// Turns of one request: each ends with an answer, or in a moment in which somebody else's attempt was given up.
    private static let turns = 8

    private let settings: IssuerSettings
    private let fetch: Fetch
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    init(
        _ settings: IssuerSettings, fetch: @escaping Fetch,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.settings = settings
        self.fetch = fetch
        self.now = now
    }

    enum Outcome: Sendable {
        case key(IssuerKey)
        case unknown
        case unavailable(String)
    }

    /// - Parameter doubt: `print` of a key under which a signature was wrong; it comes again where there is no other.
    func key(
        _ id: ExactText?, _ algorithm: TokenAlgorithm, doubting doubt: [UInt8]? = nil
    ) async -> Outcome {
        for _ in 0..<Self.turns {
            let moment = now()
            switch state.withLock({
                $0.ring.ask(id, algorithm, doubting: doubt, at: moment)
            }) {
            case .use(let key): return .key(key)
            case .unknown: return .unknown
            case .unavailable(let reason): return .unavailable(reason)
            case .fetch: await refresh()
            case .wait: await waitForAnother()
            }
        }
        return .unavailable("its keys were not to be had")
    }

    private func waitForAnother() async {
        await withCheckedContinuation { continuation in
            let isFetching = state.withLock { state in
                if state.ring.isFetching { state.waiting.append(continuation) }
                return state.ring.isFetching
            }
            if !isFetching { continuation.resume() }
        }
    }

    private func refresh() async {
        let change: @Sendable (inout KeyRing) -> Void
        do {
            let (keys, freshness) = try await keySet()
            let moment = now()
            change = { $0.took(keys, fresh: freshness, at: moment) }
        } catch let error as Unheard {
            forgetDiscovery()
            change = { $0.failed(error.reason) }
        } catch {
            change = { $0.gaveUp() }
        }
        let waiting = state.withLock { state in
            change(&state.ring)
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// - Throws: `Unheard`, or `CancellationError`.
    private func keySet() async throws -> (keys: [IssuerKey], freshness: Duration?) {
        let place: String
        if let known = settings.keys?.text {
            place = known
        } else {
            place = try await discovery().keys
        }
        let answer = try await ask(IssuerRequest(url: place), "its keys")
        guard answer.status == 200, let document = try? JSON.parse(answer.body),
            let list = document["keys"]?.listValue
        else { throw Unheard("its keys are no JSON web key set (HTTP \(answer.status))") }
        guard list.count <= Self.maximumKeys else {
            throw Unheard("it has more than \(Self.maximumKeys) keys")
        }
        let algorithms =
            isMutant(.jwtAnyAlgorithm) ? TokenAlgorithm.allCases : settings.algorithms
        var keys: [IssuerKey] = []
        for jwk in list { keys += await IssuerKey.read(jwk, algorithms) }
        guard !keys.isEmpty else { throw Unheard("none of its keys can be used") }
        return (keys, CacheControl.freshness(answer.header("cache-control")))
    }

    // MARK: Discovery

    /// That there is none is known for a few seconds, too: logins that begin cannot make us storm the issuer.
    /// - Throws: `Unheard`, or `CancellationError`.
    func discovery() async throws -> Discovery {
        let moment = now()
        let known = state.withLock { state -> Result<Discovery, Unheard>? in
            guard let discovery = state.discovery else { return nil }
            let span = (try? discovery.get()) == nil ? Self.refusal : KeyRing.longest
            let start = state.discoveredAt
            return start <= moment && moment < start + span ? discovery : nil
        }
        if let known { return try known.get() }
        let found: Result<Discovery, Unheard>
        do {
            found = .success(try await askForDiscovery())
        } catch let error as Unheard {
            found = .failure(error)
        }
        state.withLock { ($0.discovery, $0.discoveredAt) = (found, moment) }
        return try found.get()
    }

    private func askForDiscovery() async throws -> Discovery {
        let address = Discovery.address(of: settings.issuer)
        let answer = try await ask(IssuerRequest(url: address), "its discovery document")
        guard answer.status == 200 else {
            throw Unheard("its discovery document is not there (HTTP \(answer.status))")
        }
        return try Discovery(answer.body, of: settings.issuer)
    }

    /// It may have moved its keys elsewhere.
    private func forgetDiscovery() { state.withLock { $0.discovery = nil } }

    /// - Throws: `Unheard`, or `CancellationError`.
    func ask(_ request: IssuerRequest, _ what: String) async throws -> IssuerAnswer {
        do {
            return try await fetch(request)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Unheard("\(what) cannot be fetched: \(error)")
        }
    }
}
