import Access
import Synchronization
import Values

@testable import Identity

/// An issuer in memory: its documents, how often they were asked for, and a clock that stands until it is set.
final class TestIssuer: Sendable {
    struct Down: Error, CustomStringConvertible {
        var description: String { "nobody listens there" }
    }

    private struct State {
        var keys: [Value] = []
        var keyHeaders: [(name: String, value: String)] = []
        var answers: [ExactText: IssuerAnswer] = [:]
        var requests: [IssuerRequest] = []
        var isDown = false
        var now = TestIssuer.start
        var gate: [CheckedContinuation<Void, any Error>] = []
        var isGated = false
        var tokens: (@Sendable (IssuerRequest) -> IssuerAnswer)?
    }

    static let start = Timestamp(seconds: 1_767_268_800)
    static let url = "https://login.acme.example"

    let url: String
    private let state = Mutex(State())

    init(_ url: String = TestIssuer.url, keys: [TestKey] = TestKey.first + TestKey.second) {
        self.url = url
        publish(keys.map(\.jwk))
    }

    var settings: IssuerSettings {
        var settings = IssuerSettings(
            name: "acme", issuer: url, audience: "pawl", algorithms: TestKey.algorithms)
        settings.roles = [
            RoleRule(
                claim: ["groups"],
                map: ["pawl-ops": ["operator"], "pawl-audit": ["auditor", "viewer"]])
        ]
        return settings
    }

    func issuer(_ settings: IssuerSettings? = nil) -> Issuer {
        Issuer(settings ?? self.settings, fetch: { try await self.answer($0) }, now: { self.now })
    }

    func authenticator(_ settings: IssuerSettings? = nil) -> JWTAuthenticator {
        JWTAuthenticator([issuer(settings)])
    }

    func claims(_ changes: Value = [:]) -> Value {
        let now = TestIssuer.start.seconds
        let map = ValueMap([
            ("iss", .string(url)), ("aud", "pawl"), ("sub", "ana"), ("exp", .int(now + 600)),
            ("iat", .int(now - 10)), ("groups", ["pawl-ops", "staff"]),
        ])
        return .map(map.merging(changes.mapValue ?? ValueMap()))
    }

    // MARK: What it does

    var now: Timestamp { state.withLock { $0.now } }

    func pass(_ span: Duration) { state.withLock { $0.now = $0.now + span } }

    func publish(_ keys: [Value], _ headers: [(name: String, value: String)] = []) {
        state.withLock { ($0.keys, $0.keyHeaders) = (keys, headers) }
    }

    func set(_ path: String, _ answer: IssuerAnswer) {
        state.withLock { $0.answers[ExactText(url + path)] = answer }
    }

    func give(_ tokens: @escaping @Sendable (IssuerRequest) -> IssuerAnswer) {
        state.withLock { $0.tokens = tokens }
    }

    func go(down: Bool) { state.withLock { $0.isDown = down } }

    /// Answers wait until `open`.
    func close() { state.withLock { $0.isGated = true } }

    func open(_ result: Result<Void, any Error> = .success(())) {
        let gate = state.withLock { state in
            defer { (state.gate, state.isGated) = ([], false) }
            return state.gate
        }
        for continuation in gate { continuation.resume(with: result) }
    }

    var requests: [IssuerRequest] { state.withLock { $0.requests } }

    var fetches: Int { requests.count { $0.url.hasSuffix("/keys") } }

    var isAsked: Bool { state.withLock { !$0.gate.isEmpty } }

    static func json(_ value: Value, status: Int = 200) -> IssuerAnswer {
        IssuerAnswer(status: status, body: JSON.encode(value))
    }

    var discovery: Value {
        [
            "issuer": .string(url), "jwks_uri": .string(url + "/keys"),
            "authorization_endpoint": .string(url + "/authorize"),
            "token_endpoint": .string(url + "/token"),
        ]
    }

    func answer(_ request: IssuerRequest) async throws -> IssuerAnswer {
        try await withCheckedThrowingContinuation { continuation in
            let isGated = state.withLock { state in
                state.requests.append(request)
                if state.isGated { state.gate.append(continuation) }
                return state.isGated
            }
            if !isGated { continuation.resume() }
        }
        let (isDown, set, keys, headers, tokens) = state.withLock {
            ($0.isDown, $0.answers[ExactText(request.url)], $0.keys, $0.keyHeaders, $0.tokens)
        }
        guard !isDown else { throw Down() }
        if let set { return set }
        switch request.url {
        case url + "/.well-known/openid-configuration": return Self.json(discovery)
        case url + "/keys":
            return IssuerAnswer(
                status: 200, headers: headers, body: JSON.encode(["keys": .list(keys)]))
        case url + "/token": return tokens?(request) ?? IssuerAnswer(status: 500, body: [])
        default: return IssuerAnswer(status: 404, body: [])
        }
    }
}

extension JWTAuthenticator {
    func principal(token: String, certificates: [[UInt8]] = []) async throws(Unproven) -> Principal?
    {
        try await principal(
            for: Credentials(authorization: "Bearer \(token)", certificates: certificates))
    }
}

extension Issuer {
    /// nil: it is taken.
    func failure(_ token: String) async -> Failure? {
        do throws(Failure) {
            _ = try await principal(of: Self.read(token), for: .access(certificates: []))
            return nil
        } catch {
            return error
        }
    }
}
