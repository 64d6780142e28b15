import Definition
import Synchronization
import Values

/// Starts under an `Idempotency-Key` of which it is not known yet what comes of them. A repeat that comes meanwhile is told so
/// rather than kept waiting (the draft's 409); once the first is durable, the engine knows it.
final class StartsUnderWay: Sendable {
    private let keys = Mutex<Set<ExactText>>([])

    /// - Throws: one under the same key is under way.
    func during<Result: Sendable>(
        _ id: String?, _ body: () async throws -> Result
    ) async throws -> Result {
        guard let id else { return try await body() }
        let isFirst = keys.withLock { $0.insert(ExactText(id)).inserted }
        guard isFirst else { throw Refusal.startIsUnderWay }
        defer { keys.withLock { _ = $0.remove(ExactText(id)) } }
        return try await body()
    }
}

extension Refusal {
    fileprivate static var startIsUnderWay: Refusal {
        var refusal = Refusal(
            status: 409, code: "request-in-progress",
            "a start with this Idempotency-Key is under way",
            fix: "send it again in a moment: then it is answered as the first one was")
        refusal.headers = [("Retry-After", "1")]
        return refusal
    }
}
