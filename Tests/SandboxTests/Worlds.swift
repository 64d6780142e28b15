import Synchronization
import Testing
import Values

@testable import Sandbox

/// The moment at which every story here begins.
let dawn = Timestamp(milliseconds: 1_780_000_000_000)

func body(_ pairs: [(String, Value)]) -> [UInt8] {
    JSON.encode(.map(ValueMap(pairs)))
}

extension SandboxResponse {
    var json: Value { (try? JSON.parse(body)) ?? .null }
    var code: String? { json["code"]?.stringValue }
    var isReplay: Bool { header("Idempotency-Replayed") == "true" }
}

extension SandboxReply {
    var response: SandboxResponse? {
        if case .respond(let response, _) = self { response } else { nil }
    }
}

extension SandboxWorld {
    /// A POST with a key, answered whatever the faults are.
    mutating func send(
        _ path: String, key: String? = nil, at now: Timestamp = dawn,
        _ pairs: [(String, Value)]
    ) -> SandboxReply {
        let headers = key.map { [("Idempotency-Key", $0)] } ?? []
        return handle(
            SandboxRequest(method: "POST", path: path, headers: headers, body: body(pairs)),
            now: now)
    }

    /// A POST with a key that is expected to be answered.
    mutating func post(
        _ path: String, key: String? = nil, at now: Timestamp = dawn,
        _ pairs: [(String, Value)]
    ) throws -> SandboxResponse {
        try #require(send(path, key: key, at: now, pairs).response)
    }

    mutating func get(
        _ path: String, _ query: [(String, String)] = [], at now: Timestamp = dawn
    ) throws -> SandboxResponse {
        let reply = handle(
            SandboxRequest(method: "GET", path: path, query: query), now: now)
        return try #require(reply.response)
    }

    mutating func charge(
        _ key: String, _ account: String = "client:1", _ amount: Int64 = 10_000
    ) throws -> SandboxResponse {
        try post(
            "/bank/v1/charges", key: key,
            [("account", .string(account)), ("amount", .int(amount)), ("currency", "EUR")])
    }

    mutating func refund(_ target: String, key: String) throws -> SandboxResponse {
        try post("/bank/v1/refunds", key: key, [("key", .string(target))])
    }

    mutating func orderCookie(
        _ key: String, order: String = "o-1", at now: Timestamp = dawn
    ) throws -> SandboxResponse {
        try post(
            "/cookies/v1/cookies", key: key, at: now,
            [("orderId", .string(order)), ("clientId", "c-1")])
    }

    mutating func cancelCookie(
        _ target: String, key: String, at now: Timestamp = dawn
    ) throws -> SandboxResponse {
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
