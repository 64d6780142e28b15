import Guest
import Values

/// How busy a worker is, and what came of the visits so far: one small record a worker, so that no
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

    static let collection = "matching.worker-state"

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

    var body: Value {
        [
            "open": .int(open),
            "days": .map(ValueMap(days.map { ($0.day, .int($0.visits)) })),
            "completed": .int(completed), "failed": .int(failed),
        ]
    }

    /// nil: nothing is known of this worker yet.
    static func find(_ worker: String, _ records: inout Records) throws(Refusal) -> WorkerState? {
        try records.find(collection, id: worker).map { WorkerState($0.body) }
    }

    func write(worker: String, to records: inout Records) {
        records.put(Self.collection, id: worker, body)
    }
}

extension Int64 {
    fileprivate var saturatingIncrement: Int64 { self == .max ? self : self + 1 }
}
