import Sabotage
import Values

/// Slows down whoever tries one secret after the other. After a few failures each further one doubles the time for which
/// nothing more is looked at: of the peer that tries, and, less, of the subject that is tried, whom everybody could lock out
/// otherwise. What is refused here was not looked at, and tells nothing.
///
/// Pure: the time comes from outside and never goes back. Memory is bounded: of `capacity` names the ones whose failures are
/// the oldest go first.
package struct AttemptGuard: Sendable {
    package struct Settings: Sendable, Hashable {
        /// That cost nothing.
        package var free = 5
        package var first = Duration.seconds(1)
        package var mostOfPeer = Duration.seconds(900)
        package var mostOfSubject = Duration.seconds(30)
        /// Without a failure, until all is forgotten.
        package var memory = Duration.seconds(3_600)
        package var capacity = 10_000

        package init() {}
    }

    private struct Record {
        var failures = 0
        var last = Duration.zero
        var until = Duration.zero
    }

    private let settings: Settings
    private var peers: [ExactText: Record] = [:]
    private var subjects: [ExactText: Record] = [:]

    package init(_ settings: Settings = Settings()) { self.settings = settings }

    /// How long it is until something may be tried again; nil: it may be tried now.
    /// - Parameter subject: nil: what is tried does not say whose it is.
    package func wait(peer: ExactText, subject: ExactText?, now: Duration) -> Duration? {
        guard !isMutant(.attemptsUnlimited) else { return nil }
        let until = max(
            peers[peer]?.until ?? .zero, subject.flatMap { subjects[$0]?.until } ?? .zero)
        return until > now ? until - now : nil
    }

    /// - Parameter peer: nil: it is no further guess of the peer's.
    package mutating func failed(peer: ExactText?, subject: ExactText?, now: Duration) {
        if let peer { note(&peers, peer, now, settings.mostOfPeer) }
        if let subject { note(&subjects, subject, now, settings.mostOfSubject) }
    }

    /// The peer stays as it was: one right token among a thousand wrong ones is no excuse.
    package mutating func succeeded(subject: ExactText) { subjects[subject] = nil }

    /// For tests of what it remembers.
    var peerCount: Int { peers.count }

    package func hasFailed(subject: ExactText, now: Duration) -> Bool {
        subjects[subject].map { now - $0.last <= settings.memory } ?? false
    }

    private func note(
        _ records: inout [ExactText: Record], _ name: ExactText, _ now: Duration, _ most: Duration
    ) {
        if records.count >= settings.capacity, records[name] == nil { makeRoom(&records, now) }
        var record = records[name] ?? Record()
        if now - record.last > settings.memory { record = Record() }
        record.failures += 1
        record.last = now
        if record.failures > settings.free {
            let doublings = min(record.failures - settings.free - 1, 20)
            record.until = now + min(settings.first * (1 << doublings), most)
        }
        records[name] = record
    }

    /// An eighth of them goes, so that this is rarely done.
    private func makeRoom(_ records: inout [ExactText: Record], _ now: Duration) {
        records = records.filter { now - $0.value.last <= settings.memory }
        guard records.count >= settings.capacity else { return }
        let oldest = records.sorted { ($0.value.last, $0.key) < ($1.value.last, $1.key) }
        for entry in oldest.prefix(max(1, settings.capacity / 8)) { records[entry.key] = nil }
    }
}
