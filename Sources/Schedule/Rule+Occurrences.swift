import Values

extension Rule {
    /// The first occurrence whose instant lies after that one; nil if there is none before the end
    /// of the year 9999.
    package func next(after instant: Timestamp) -> Occurrence? {
        occurrences(after: instant, upTo: .distantFuture, limit: 1).first
    }

    /// The last occurrence whose instant lies before that one; nil if there is none.
    package func last(before instant: Timestamp) -> Occurrence? {
        let end = instant - .nanoseconds(1)
        func first(after second: Int64) -> Occurrence? {
            occurrences(after: Timestamp(seconds: second), upTo: end, limit: 1).first
        }
        // Steps back that double until something lies behind them, then halves of what is between.
        let floor = Timestamp.distantPast.seconds
        var step: Int64 = 1
        var late = end.seconds
        var early = max(late - step, floor)
        var found = first(after: early)
        while found == nil, early > floor {
            (late, step) = (early, step * 2)
            early = max(late - step, floor)
            found = first(after: early)
        }
        while found != nil, late - early > 1 {
            let middle = early + (late - early) / 2
            if let nearer = first(after: middle) {
                (found, early) = (nearer, middle)
            } else {
                late = middle
            }
        }
        return found
    }

    /// The occurrences in (after, upTo], in order of their instants, which strictly increase.
    /// - Parameter limit: at most so many; to go on, ask after the last one's instant.
    package func occurrences(
        after: Timestamp, upTo: Timestamp, limit: Int
    ) -> [Occurrence] {
        guard limit > 0, after < upTo, after.seconds < upTo.seconds else { return [] }
        let range = (after.seconds + 1)...upTo.seconds
        switch recurrence {
        case .interval(let interval):
            return interval.occurrences(in: range, limit: limit)
        case .pattern(let pattern, let zone):
            var walk = Walk(pattern: pattern, zone: zone, range: range, limit: limit)
            walk.run()
            return walk.found
        }
    }
}

extension Interval {
    fileprivate func occurrences(in range: ClosedRange<Int64>, limit: Int) -> [Occurrence] {
        var found: [Occurrence] = []
        var from = range.lowerBound
        while found.count < limit, let second = first(from: from), second <= range.upperBound {
            found.append(
                Occurrence(
                    nominal: LocalTime(seconds: second, isUTC: true), fold: 0,
                    instant: Timestamp(seconds: second)))
            from = second + 1
        }
        return found
    }
}

/// A pattern's occurrences, span by span. Here is what `Rule` says of gaps and overlaps.
private struct Walk {
    let pattern: Pattern
    let zone: Zone
    /// In seconds of real time.
    let range: ClosedRange<Int64>
    let limit: Int
    let followsClock: Bool
    var found: [Occurrence] = []

    /// A pattern that has nothing for so long is worth finding its span anew: seconds.
    private static let worthASeek: Int64 = 10 * 86_400

    init(pattern: Pattern, zone: Zone, range: ClosedRange<Int64>, limit: Int) {
        self.pattern = pattern
        self.zone = zone
        self.range = range
        self.limit = limit
        followsClock = pattern.times.coverEveryHour
    }

    mutating func run() {
        var position = range.lowerBound
        var span = OffsetSpan(of: zone, at: position)
        while found.count < limit, position <= range.upperBound {
            if span.start == position { gap(before: span) }
            times(in: span, from: position)
            guard let next = span.next() else { return }
            (position, span) = (next.start, next)
            // From where the clocks begin, or from what they skip: an overlap repeats local times.
            let begin = next.start + next.offset
            guard let ahead = pattern.first(from: min(begin, next.shown)) else { return }
            if ahead > begin + Self.worthASeek {
                position = ahead - Self.worthASeek / 2
                span = OffsetSpan(of: zone, at: position)
            }
        }
    }

    /// A rule that names its times and named some that were skipped is due once, as the gap ends.
    private mutating func gap(before span: OffsetSpan) {
        let start = span.start + span.offset
        guard !followsClock, found.count < limit, span.shown < start,
            let skipped = pattern.first(from: span.shown), skipped < start,
            pattern.first(from: start) != start
        else { return }
        add(skipped, fold: 0, at: span.start)
    }

    private mutating func times(in span: OffsetSpan, from position: Int64) {
        let last = min(span.end.map { $0 - 1 } ?? .max, range.upperBound) + span.offset
        var local = max(position + span.offset, Timestamp.distantPast.seconds)
        if !followsClock { local = max(local, span.shown) }
        while found.count < limit, let time = pattern.first(from: local), time <= last {
            add(time, fold: time < span.shown ? 1 : 0, at: time - span.offset)
            local = time + 1
        }
    }

    private mutating func add(_ local: Int64, fold: Int, at second: Int64) {
        found.append(
            Occurrence(
                nominal: LocalTime(seconds: local, isUTC: false), fold: fold,
                instant: Timestamp(seconds: second)))
    }
}
