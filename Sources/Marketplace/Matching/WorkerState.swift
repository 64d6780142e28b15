import Guest
import Values

/// How busy a worker is, and what came of the visits so far: members of the worker's own record, so that no
/// match reads a reservation.
struct WorkerState: Hashable {
    /// Reservations that are not released.
    private(set) var open: Int64 = 0
    /// Open reservations by day of visit, in the order in which the days came up.
    private(set) var days: [Day] = []
    private(set) var completed: Int64 = 0
    private(set) var failed: Int64 = 0

    struct Day: Hashable {
        let day: String
        var visits: Int64
    }

    /// The reliability of whom nothing is known.
    static let unknown = 0.5
    static let members = ["open", "days", "completed", "failed", "reliability"]

    init() {}

    init(_ body: Value) {
        open = body.count("open")
        completed = body.count("completed")
        failed = body.count("failed")
        days = (body["days"]?.mapValue?.entries ?? []).compactMap { entry in
            guard let day = entry.key.stringValue, let visits = entry.value.intValue else {
                return nil
            }
            return Day(day: day, visits: visits)
        }
    }

    /// Completed visits among all that had an end, above 0 and below 1.
    var reliability: Double {
        let completed = Double(max(0, completed))
        return (completed + 1) / (completed + Double(max(0, failed)) + 2)
    }

    func visits(on day: String) -> Int64 { days.first { sameUTF8($0.day, day) }?.visits ?? 0 }

    mutating func reserve(_ day: String) {
        open = open.saturatingIncrement
        if let index = days.firstIndex(where: { sameUTF8($0.day, day) }) {
            days[index].visits = days[index].visits.saturatingIncrement
        } else {
            days.append(Day(day: day, visits: 1))
        }
    }

    mutating func release(_ day: String) {
        open = max(1, open) - 1
        guard let index = days.firstIndex(where: { sameUTF8($0.day, day) }) else { return }
        days[index].visits = max(1, days[index].visits) - 1
        if days[index].visits == 0 { days.remove(at: index) }
    }

    mutating func count(_ outcome: String) {
        switch outcome {
        case "completed": completed = completed.saturatingIncrement
        case "failed": failed = failed.saturatingIncrement
        default: break
        }
    }

    /// With the reliability, which an index sorts by.
    var body: ValueMap {
        [
            "open": .int(open),
            "days": .map(ValueMap(days.map { ($0.day, .int($0.visits)) })),
            "completed": .int(completed), "failed": .int(failed),
            "reliability": .double(reliability),
        ]
    }
}

extension Int64 {
    fileprivate var saturatingIncrement: Int64 { self == .max ? self : self + 1 }
}
