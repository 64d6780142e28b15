import Sabotage
import Values

/// The keys of one issuer over time: which are taken, and when they are asked for again. A machine: whoever holds it does what
/// a `Step` says, and tells what came of it.
///
/// They are fetched when they are first needed, when they are old, when a token names one that is not here and when a signature
/// is wrong under one, which may have a successor of the same name or none; never twice within `pause`, whatever is named, so that nobody can make us storm the issuer. While the issuer does not answer, what is
/// known is used for `life`.
struct KeyRing: Sendable {
    enum Step: Sendable {
        case use(IssuerKey)
        /// Whoever asked fetches them, and says `took`, `failed` or `gaveUp`.
        case fetch
        /// Somebody else is fetching them.
        case wait
        case unknown
        /// Nothing can be said of it now.
        case unavailable(String)
    }

    /// Between two attempts.
    static let pause = Duration.seconds(30)
    /// How long they are fresh, at least and at most, whatever the issuer says.
    static let shortest = Duration.seconds(5 * 60)
    static let longest = Duration.seconds(24 * 3_600)
    /// Where it says nothing.
    static let usual = Duration.seconds(3_600)
    /// How long they are used at all without being confirmed.
    static let life = Duration.seconds(24 * 3_600)

    private var keys: [IssuerKey] = []
    private var takenAt: Timestamp?
    private var freshness = Duration.zero
    private var triedAt: Timestamp?
    /// Why the last attempt brought nothing.
    private var failure: String?
    private(set) var isFetching = false

    /// - Parameter doubt: `print` of a key under which a signature was wrong.
    mutating func ask(
        _ id: ExactText?, _ algorithm: TokenAlgorithm, doubting doubt: [UInt8]? = nil,
        at now: Timestamp
    ) -> Step {
        let found = isWithin(Self.life, since: takenAt, now) ? key(id, algorithm) : nil
        let isSure = found != nil && found?.print != doubt
        if isFetching { return isSure ? found.map(Step.use) ?? .wait : .wait }
        let isWanted = !isSure || !isWithin(freshness, since: takenAt, now)
        let mayTry = !isWithin(Self.pause, since: triedAt, now)
        let isStuck = isMutant(.jwksNeverRefreshed) && takenAt != nil
        if isWanted, mayTry, !isStuck {
            isFetching = true
            triedAt = now
            return .fetch
        }
        if let found { return .use(found) }
        return failure.map(Step.unavailable) ?? .unknown
    }

    /// - Parameter freshness: what the issuer says; nil: nothing.
    mutating func took(_ keys: [IssuerKey], fresh freshness: Duration?, at now: Timestamp) {
        self.keys = keys
        self.freshness = min(max(freshness ?? Self.usual, Self.shortest), Self.longest)
        takenAt = now
        failure = nil
        isFetching = false
    }

    mutating func failed(_ reason: String) {
        failure = reason
        isFetching = false
    }

    /// Whoever fetched them has gone, which says nothing of the issuer.
    mutating func gaveUp() {
        triedAt = nil
        isFetching = false
    }

    /// A token without `kid` is of the only key that there is for its algorithm.
    private func key(_ id: ExactText?, _ algorithm: TokenAlgorithm) -> IssuerKey? {
        let fitting = keys.filter { $0.algorithm == algorithm }
        guard let id else { return fitting.count == 1 ? fitting.first : nil }
        return fitting.first { $0.id == id }
    }

    /// A clock that was set back makes nothing last longer.
    private func isWithin(_ span: Duration, since start: Timestamp?, _ now: Timestamp) -> Bool {
        guard let start else { return false }
        return start <= now && now < start + span
    }
}
