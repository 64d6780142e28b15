import Definition
import Engine
import Execution
import ServiceLifecycle
import Values

/// `?wait=30s&until=terminal`: answer later, when something has come true, or when the time is over.
struct WaitWish: Sendable {
    /// On the wall; store time may run faster.
    let limit: Duration
    let until: Goal
    /// Nobody waits longer than the client is there.
    let departure: Departure?
    /// A body has no room while its sender only waits.
    let share: UploadRoom.Share?

    init(limit: Duration, until: Goal, departure: Departure?) {
        self.limit = limit
        self.until = until
        self.departure = departure
        share = nil
    }

    /// Nil when the request does not ask to wait. `until` alone waits for 30 seconds.
    init?(_ request: APIRequest, limit maximum: Duration) throws(Refusal) {
        let (span, until) = (request.option("wait"), request.option("until"))
        if span == nil, until == nil { return nil }
        limit = try Self.limit(span ?? "30s", maximum)
        self.until = try Self.condition(until ?? "terminal")
        departure = request.departure
        share = request.share
    }

    private static func limit(_ text: String, _ maximum: Duration) throws(Refusal) -> Duration {
        let span = Int64(text).map { Duration.seconds($0) } ?? Duration(parsing: text)
        guard let span, span >= .zero, span <= maximum else {
            throw .query("wait", "a span from 0s to \(maximum.shortText) is expected, like 30s")
        }
        return span
    }

    private static func condition(_ text: String) throws(Refusal) -> Goal {
        if text == "terminal" { return .terminal }
        let state = text.dropFirst("state:".count)
        guard text.hasPrefix("state:"), !state.isEmpty else {
            throw .query("until", "write `terminal` or `state:<id>`")
        }
        return .state(String(state))
    }
}

extension API {
    /// The instance once the wish came true, can no longer come true, or the time is over. Nobody is waited for who has gone, and
    /// a server that shuts down waits for nobody.
    func waited(
        for name: InstanceName, _ wish: WaitWish?
    ) async throws -> (view: InstanceView, isMet: Bool) {
        guard let wish else { return (try inspector.view(name), true) }
        wish.share?.end()
        return try await cancelWhenGracefulShutdown {
            guard let departure = wish.departure else {
                return try await engine.wait(for: name, until: wish.until, atMost: wish.limit)
            }
            return try await departure.whileThere {
                try await engine.wait(for: name, until: wish.until, atMost: wish.limit)
            }
        }
    }
}
