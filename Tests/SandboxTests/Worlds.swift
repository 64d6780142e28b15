import Synchronization
import Testing
import Values

@testable import Guest
@testable import Marketplace
@testable import Sandbox

/// The moment at which every story here begins.
let dawn = Timestamp(milliseconds: 1_780_000_000_000)

func body(_ pairs: [(String, Value)]) -> [UInt8] {
    JSON.encode(.map(ValueMap(pairs)))
}

extension RemoteResponse {
    var json: Value { (try? JSON.parse(body)) ?? .null }
    var code: String? { json["code"]?.stringValue }
    var isReplay: Bool { header("Idempotency-Replayed") == "true" }
}

extension SandboxReply {
    var response: RemoteResponse? {
        if case .respond(let response, _) = self { response } else { nil }
    }
}

extension JournalName {
    static let bank = JournalName("bank")
}

enum Worlds {
    static let journals = SandboxWorld(bank: Bank()).journals
}

extension SandboxWorld {
    /// The marketplace's own.
    init(
        bank: Bank = Bank(), cookies: CookieContractor = CookieContractor(),
        identities: IdentityProvider = IdentityProvider(), mails: MailSink = MailSink()
    ) {
        self.init(
            remotes: [bank, cookies, identities], mails: mails,
            mail: MailRoute(adapter: "smtp", operation: "send"))
    }

    var bank: Bank {
        get { self[Bank.self] ?? Bank() }
        set { self[Bank.self] = newValue }
    }

    var cookies: CookieContractor {
        get { self[CookieContractor.self] ?? CookieContractor() }
        set { self[CookieContractor.self] = newValue }
    }

    var identities: IdentityProvider {
        get { self[IdentityProvider.self] ?? IdentityProvider() }
        set { self[IdentityProvider.self] = newValue }
    }

    mutating func acknowledged(eventID: String, now: Timestamp) {
        settle(eventID: eventID, as: .acknowledged, now: now)
    }

    mutating func abandoned(eventID: String, now: Timestamp) {
        settle(eventID: eventID, as: .abandoned, now: now)
    }

    mutating func postpone(eventID: String, until moment: Timestamp) {
        settle(eventID: eventID, as: .postponed(until: moment), now: moment)
    }

    /// A POST with a key, answered whatever the faults are.
    mutating func send(
        _ path: String, key: String? = nil, at now: Timestamp = dawn,
        _ pairs: [(String, Value)]
    ) -> SandboxReply {
        let headers = key.map { [("Idempotency-Key", $0)] } ?? []
        return handle(
            RemoteRequest(method: "POST", path: path, headers: headers, body: body(pairs)),
            now: now)
    }

    /// A POST with a key that is expected to be answered.
    mutating func post(
        _ path: String, key: String? = nil, at now: Timestamp = dawn,
        _ pairs: [(String, Value)]
    ) throws -> RemoteResponse {
        try #require(send(path, key: key, at: now, pairs).response)
    }

    mutating func get(
        _ path: String, _ query: [(String, String)] = [], at now: Timestamp = dawn
    ) throws -> RemoteResponse {
        let reply = handle(
            RemoteRequest(method: "GET", path: path, query: query), now: now)
        return try #require(reply.response)
    }

    mutating func charge(
        _ key: String, _ account: String = "client:1", _ amount: Int64 = 10_000
    ) throws -> RemoteResponse {
        try post(
            "/bank/v1/charges", key: key,
            [("account", .string(account)), ("amount", .int(amount)), ("currency", "EUR")])
    }

    mutating func refund(_ target: String, key: String) throws -> RemoteResponse {
        try post("/bank/v1/refunds", key: key, [("key", .string(target))])
    }

    mutating func orderCookie(
        _ key: String, order: String = "o-1", at now: Timestamp = dawn
    ) throws -> RemoteResponse {
        try post(
            "/cookies/v1/cookies", key: key, at: now,
            [("orderId", .string(order)), ("clientId", "c-1")])
    }

    mutating func cancelCookie(
        _ target: String, key: String, at now: Timestamp = dawn
    ) throws -> RemoteResponse {
        try post("/cookies/v1/cancellations", key: key, at: now, [("key", .string(target))])
    }
}

/// SplitMix64: a seed gives the same sequence everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Counts calls from closures that cannot change anything themselves.
final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
