/// At most so many starts a second, in *every* window of a second.
///
/// A token bucket whose tokens come back a fixed time after they were taken, not at a steady drip: a drip with
/// a full bucket lets nearly twice the rate pass in one second. Tokens are whole, so 3.7 a second are 3; below
/// one a second there is one token that takes longer. Bursts of all tokens pass at once.
struct RateLimit: Sendable, Hashable {
    /// Tokens kept one by one; a higher rate is kept over a whole part of a second.
    private static let maximumTokens = 1_000

    private let period: Duration
    /// When each token was last taken, as a ring; `oldest` is the next to come back.
    private var takenAt: [MonotonicTime?]
    private var oldest = 0

    /// nil when `perSecond` is no limit: nil, not finite or not positive.
    init?(perSecond: Double?) {
        guard let perSecond, perSecond.isFinite, perSecond > 0 else { return nil }
        let parts = (min(perSecond, 1e9) / Double(Self.maximumTokens)).rounded(.up)
        let tokens = max(1, Int(min(perSecond, 1e9) / parts))
        let seconds = perSecond < 1 ? min(1 / perSecond, 86_400) : 1 / parts
        // A nanosecond up: rounding must not let a start through early.
        period = .nanoseconds(Int64((seconds * 1e9).rounded(.up)))
        takenAt = Array(repeating: nil, count: tokens)
    }

    /// When a token is there; nil: now.
    func nextToken(now: MonotonicTime) -> MonotonicTime? {
        guard takenAt.indices.contains(oldest), let taken = takenAt[oldest] else { return nil }
        let back = taken + period
        return back > now ? back : nil
    }

    mutating func take(now: MonotonicTime) {
        guard takenAt.indices.contains(oldest) else { return }
        takenAt[oldest] = now
        oldest = (oldest + 1) % takenAt.count
    }
}
