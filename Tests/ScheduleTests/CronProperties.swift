import Foundation
import Testing
import Values

@testable import Schedule

/// A cron expression as sets, written down and, apart from the parser, understood.
private struct RandomCron {
    var second: UInt64 = 1
    var minute: UInt64
    var hour: UInt64
    var months: UInt64
    /// Over the day, the month's length and the day of the week.
    var days: (Int, Int, Int) -> Bool
    var text: String
    var followsClock: Bool { hour == (1 << 24) - 1 }

    init(bySecond: Bool, _ generator: inout SeededGenerator) {
        let all = (text: "*", set: UInt64.max)
        let minutes = generator.chance(30) ? all : Self.field(0...59, &generator)
        let hours =
            generator.chance(40) ? ("*", (1 << 24) - 1) : Self.field(0...23, &generator)
        let month = generator.chance(80) ? all : Self.field(1...12, &generator)
        let (day, weekday) = (Self.day(&generator), Self.weekday(&generator))
        (minute, hour, months) = (minutes.set, hours.1, month.set)
        let isEither = day.isRestricted && weekday.isRestricted
        let (byDay, byWeekday) = (day.holds, weekday.holds)
        days = { n, length, w in
            isEither
                ? byDay(n, length, w) || byWeekday(n, length, w)
                : byDay(n, length, w) && byWeekday(n, length, w)
        }
        text = "\(minutes.text) \(hours.0) \(day.text) \(month.text) \(weekday.text)"
        guard bySecond else { return }
        let seconds = generator.chance(30) ? all : Self.field(0...59, &generator)
        second = seconds.set
        text = "\(seconds.text) " + text
    }

    static func field(
        _ range: ClosedRange<Int>, _ generator: inout SeededGenerator
    ) -> (text: String, set: UInt64) {
        var texts: [String] = []
        var set: UInt64 = 0
        for _ in 0..<generator.int(1...3) {
            let low = generator.int(range)
            let high = generator.int(low...range.upperBound)
            let step = generator.int(1...max(1, range.upperBound / 2))
            switch generator.int(0...3) {
            case 0:
                texts.append("\(low)")
                set |= 1 << UInt64(low)
            case 1:
                texts.append("\(low)-\(high)")
                for value in low...high { set |= 1 << UInt64(value) }
            case 2:
                texts.append("\(low)-\(high)/\(step)")
                for value in low...high where (value - low) % step == 0 {
                    set |= 1 << UInt64(value)
                }
            default:
                texts.append("\(low)/\(step)")
                for value in low...range.upperBound where (value - low) % step == 0 {
                    set |= 1 << UInt64(value)
                }
            }
        }
        return (texts.joined(separator: ","), set)
    }

    /// A predicate over the day, the month's length and the day of the week.
    typealias Days = (text: String, isRestricted: Bool, holds: (Int, Int, Int) -> Bool)

    static func day(_ generator: inout SeededGenerator) -> Days {
        switch generator.int(0...9) {
        case 0:
            let n = generator.int(0...30)
            return (n == 0 ? "L" : "L-\(n)", true, { day, length, _ in day == length - n })
        case 1:
            return (
                "LW", true,
                { day, length, w in isNearest(day, to: length, length, w) }
            )
        case 2:
            let n = generator.int(1...31)
            return ("\(n)W", true, { day, length, w in isNearest(day, to: n, length, w) })
        case 3: return ("*/3", false, { day, _, _ in day % 3 == 1 })
        case 4...5:
            let field = field(1...31, &generator)
            return (field.text, true, { day, _, _ in field.set >> UInt64(day) & 1 == 1 })
        default: return (generator.pick(["*", "?"]), false, { _, _, _ in true })
        }
    }

    /// Tries the day itself, the one before, the one behind, two behind, two before.
    static func isNearest(_ day: Int, to n: Int, _ length: Int, _ weekday: Int) -> Bool {
        guard n <= length else { return false }
        let found = [n, n - 1, n + 1, n + 2, n - 2].first { candidate in
            let w = ((weekday + candidate - day) % 7 + 7) % 7
            return (1...length).contains(candidate) && (1...5).contains(w)
        }
        return found == day
    }

    static func weekday(_ generator: inout SeededGenerator) -> Days {
        let w = generator.int(0...6)
        switch generator.int(0...9) {
        case 0: return ("\(w)L", true, { day, length, x in x == w && day + 7 > length })
        case 1:
            let n = generator.int(1...5)
            return ("\(w)#\(n)", true, { day, _, x in x == w && (day + 6) / 7 == n })
        case 2: return ("*/2", false, { _, _, x in x % 2 == 0 })
        case 3...4:
            let field = field(0...6, &generator)
            return (field.text, true, { _, _, x in field.set >> UInt64(x) & 1 == 1 })
        default: return (generator.pick(["*", "?"]), false, { _, _, _ in true })
        }
    }
}

/// A stretch of real time in a zone, unit by unit, as its clocks show it.
private struct Window {
    struct Moment {
        var local: Int64
        var second: UInt64
        var minute: UInt64
        var hour: UInt64
        var day: Int
    }

    let zone: String
    let start: Int64
    let unit: Int64
    /// Where the local time of each unit stands in `moments`.
    var places: [Int] = []
    /// Every local time from the first to the last, skipped ones too.
    var moments: [Moment] = []
    var dates: [CivilTime] = []
    var runs: [Range<Int>] = []

    /// Around a change of the zone's offset.
    init(unit: Int64, count: Int64, _ generator: inout SeededGenerator) {
        self.unit = unit
        var found = TimeZone.gmt
        var middle: Int64 = 0
        repeat {
            guard let zone = TimeZone(identifier: generator.pick(zoneNames)) else { continue }
            let date = Date(
                timeIntervalSince1970: Double(generator.int(946_684_800...2_200_000_000)))
            let next = zone.nextDaylightSavingTimeTransition(after: date)
            (found, middle) = (zone, next.map { Int64($0.timeIntervalSince1970) } ?? 0)
        } while middle == 0
        zone = found.identifier
        start = (middle - Int64(generator.int(0...Int(count * unit / 2)))) / unit * unit
        var locals: [Int64] = []
        for second in stride(from: start, to: start + count * unit, by: Int(unit)) {
            let date = Date(timeIntervalSince1970: Double(second))
            locals.append(second + Int64(found.secondsFromGMT(for: date)))
        }
        guard let low = locals.min(), let high = locals.max() else { return }
        places = locals.map { Int(($0 - low) / unit) }
        for local in stride(from: low, through: high, by: Int(unit)) {
            let civil = Timestamp(seconds: local).civil()
            if dates.last?.day != civil.day { dates.append(civil) }
            moments.append(
                Moment(
                    local: local, second: 1 << UInt64(civil.second),
                    minute: 1 << UInt64(civil.minute), hour: 1 << UInt64(civil.hour),
                    day: dates.count - 1))
        }
        splitIntoRuns()
    }

    /// Neighbours that differ in their smallest field only.
    private mutating func splitIntoRuns() {
        var start = 0
        for index in places.indices.dropFirst() {
            let isNext = places[index] == places[index - 1] + 1
            if !isNext || moments[places[index]].local / unit % 60 == 0 {
                runs.append(start..<index)
                start = index
            }
        }
        runs.append(start..<places.count)
    }

    /// The identity and the place of the first occurrence behind that place, by looking at each;
    /// an hour (a minute, by the second) that does not match is looked at once.
    func first(after place: Int, of cron: RandomCron) -> (identity: String, place: Int)? {
        let days = dates.map { date in
            let length = Int(
                Civil.daysInMonth(year: Int64(date.year), month: Int64(date.month)))
            return cron.months >> UInt64(date.month) & 1 == 1
                && cron.days(date.day, length, date.dayOfWeek)
        }
        func matches(_ index: Int) -> Bool {
            let moment = moments[index]
            return moment.minute & cron.minute != 0 && moment.hour & cron.hour != 0
                && moment.second & cron.second != 0 && days[moment.day]
        }
        var shown = places.first ?? 0
        for run in runs {
            let first = places[run.lowerBound]
            let moment = moments[first]
            let isWanted =
                moment.hour & cron.hour != 0 && days[moment.day]
                && (unit == 60 || moment.minute & cron.minute != 0)
            if run.lowerBound > place, !cron.followsClock, first > shown, !matches(first),
                let skipped = (shown..<first).first(where: matches)
            {
                return (name(skipped), run.lowerBound)
            }
            if isWanted, run.upperBound > place {
                for index in run
                where index > place && (places[index] >= shown || cron.followsClock) {
                    guard matches(places[index]) else { continue }
                    return (name(places[index]) + (places[index] < shown ? "~1" : ""), index)
                }
            }
            shown = max(shown, first + run.count)
        }
        return nil
    }

    private func name(_ index: Int) -> String {
        let text = Timestamp(seconds: moments[index].local).rfc3339
        return String(text.prefix(text.hasSuffix(":00Z") ? 16 : 19))
    }
}

@Suite struct CronProperties {
    /// 10,000 cases by the minute, in 20 windows of four days around a change of the clocks.
    @Test(arguments: UInt64(1)...20)
    func nextIsWhatLookingAtEveryMinuteFinds(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        try compare(Window(unit: 60, count: 5_760, &generator), 500, seed, &generator)
    }

    /// 1,200 cases by the second, in 6 windows of two hours.
    @Test(arguments: UInt64(1)...6)
    func nextIsWhatLookingAtEverySecondFinds(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        try compare(Window(unit: 1, count: 7_200, &generator), 200, seed, &generator)
    }

    private func compare(
        _ window: Window, _ cases: Int, _ seed: UInt64, _ generator: inout SeededGenerator
    ) throws {
        var problems: [String] = []
        var done = 0
        while done < cases {
            let random = RandomCron(bySecond: window.unit == 1, &generator)
            guard let rule = try? cron(random.text, window.zone) else { continue }
            for _ in 0..<4 {
                done += 1
                let place = generator.int(0...window.places.count / 2)
                if !isSame(rule, random, window, after: place) {
                    problems.append("'\(random.text)' in \(window.zone) after place \(place)")
                }
            }
        }
        #expect(problems.prefix(9) == [], "seed \(seed)")
    }

    private func isSame(
        _ rule: Rule, _ random: RandomCron, _ window: Window, after place: Int
    ) -> Bool {
        func second(_ place: Int) -> Int64 { window.start + Int64(place) * window.unit }
        let found = rule.next(after: Timestamp(seconds: second(place)))
        guard let expected = window.first(after: place, of: random) else {
            return found.map { $0.instant.seconds >= second(window.places.count) } ?? true
        }
        return found?.identity == expected.identity
            && found?.instant.seconds == second(expected.place)
    }
}
