import Foundation
import Sabotage
import Values

/// A zone of the IANA data base, as the stretches of real time in which its clocks kept one offset.
struct Zone: Sendable, Hashable {
    /// As it was written; `Europe/Kiev` and `Europe/Kyiv` are two names of one zone.
    let name: String
    private let zone: TimeZone

    /// Nil for names that the data base does not have.
    init?(name: String) {
        // Foundation also takes `GMT+3` and the like, which are offsets, not zones.
        guard !name.hasPrefix("GMT+"), !name.hasPrefix("GMT-"),
            let zone = TimeZone(identifier: name), name == "UTC" || zone.identifier == name
        else { return nil }
        self.name = name
        self.zone = zone
    }

    /// The data base's name that somebody probably meant.
    static func nearestName(to name: String) -> String? {
        let known = TimeZone.knownTimeZoneIdentifiers.sorted() + ["UTC"]
        // CEL's search looks at a limited number of names, so the winners of each part play again.
        let winners = stride(from: 0, to: known.count, by: 256).compactMap { start in
            Values.nearestName(to: name, among: Array(known[start..<min(start + 256, known.count)]))
        }
        return Values.nearestName(to: name, among: winners)
    }

    /// Seconds ahead of universal time.
    func offset(at second: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(second))))
    }

    /// The second of real time at which the clocks first show that local time, or one later than it.
    func first(showing local: Int64) -> Int64 {
        // No clock is a day away from universal time: nothing as late was shown by then.
        var span = OffsetSpan(of: self, at: local - 86_400)
        while let end = span.end, end + span.offset <= local, let next = span.next() { span = next }
        // In a gap it begins with a later time.
        return isMutant(.skippedTimeEarly)
            ? local - span.offset : max(span.start, local - span.offset)
    }

    /// The first change of the offset after that second; nil if there is none.
    fileprivate func transition(after second: Int64) -> Int64? {
        let date = Date(timeIntervalSince1970: TimeInterval(second))
        guard let next = zone.nextDaylightSavingTimeTransition(after: date),
            next.timeIntervalSince1970 < TimeInterval(Timestamp.distantFuture.seconds)
        else { return nil }
        let found = Int64(next.timeIntervalSince1970.rounded(.up))
        return found > second ? found : nil
    }
}

/// A stretch of real time with one offset.
struct OffsetSpan: Sendable {
    /// Seconds since 1970.
    private(set) var start: Int64
    /// Behind the last second; nil: it does not end.
    private(set) var end: Int64?
    /// Local minus universal time, in seconds.
    private(set) var offset: Int64
    /// The local time up to which clocks had shown every time before this span began; above
    /// `start + offset` after clocks were set back, below it after they were set forward.
    private(set) var shown: Int64
    private let zone: Zone

    /// Longer than any overlap: the date line moved by a day.
    private static let lookBack: Int64 = 3 * 86_400

    /// The span that holds that second. Its start is not before the three days that were looked at.
    init(of zone: Zone, at second: Int64) {
        self.zone = zone
        start = second - Self.lookBack
        offset = zone.offset(at: start)
        shown = start + offset
        end = zone.transition(after: start)
        while let end, end <= second { moveOn(to: end) }
    }

    /// The next span; nil behind the last one.
    func next() -> OffsetSpan? {
        guard let end else { return nil }
        var span = self
        span.moveOn(to: end)
        return span
    }

    private mutating func moveOn(to transition: Int64) {
        shown = max(shown, transition + offset)
        start = transition
        offset = zone.offset(at: transition)
        end = zone.transition(after: transition)
    }
}
