import Schedule
import Values

/// The rule of a schedule, as JSON or as a bare cron expression: what it names is asked for in both directions.
enum ScheduleEntry {
    private static let start = Timestamp(seconds: 1_767_268_800)
    private static let occurrences = 5

    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        let value = (try? JSON.parse(bytes)) ?? ["cron": .string(bytes.text)]
        let parsed = Result { () throws(RuleError) in
            try Rule(parsing: value, defaultZone: "Europe/Berlin")
        }
        switch parsed {
        case .success(let rule): try check(rule)
        case .failure(let error):
            try require(!error.message.isEmpty, "refused without a reason")
            try require(error.message.unicodeScalars.count <= 1000, "a reason without end")
            let cron = value["cron"]?.stringValue ?? ""
            // What is missing at the end is shown behind it.
            if let place = error.place {
                try require(
                    place.lowerBound >= 0 && place.lowerBound <= cron.utf8.count
                        && place.upperBound <= cron.utf8.count + 1,
                    "an error outside of the expression: \(place)")
            }
            try require(!error.caretFrame(source: cron).isEmpty, "a frame without a text")
        }
    }

    /// Instants strictly increase, and the one before the next one is the one that was.
    private static func check(_ rule: Rule) throws(FuzzFailure) {
        let found = rule.occurrences(after: start, upTo: .distantFuture, limit: occurrences)
        var before = start
        for occurrence in found {
            try require(occurrence.instant > before, "an occurrence is not after the one before")
            try require(
                rule.next(after: before) == occurrence, "alone another one is next than in a row")
            before = occurrence.instant
        }
        for (earlier, later) in zip(found, found.dropFirst()) {
            try require(
                rule.last(before: later.instant) == earlier, "back is another one than ahead")
        }
    }
}
