import Guest
import Values

/// `payroll.openCycle {cycle, from?, until} -> {cycle, from, until}`: cycles are records, and join: one begins where the
/// last covered one ended, whatever the schedule says. `covered-by` when a cycle has the span already; `not-over` when its
/// end is still to come.
struct OpenCycle: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let cycle = try call.input.text("cycle")
        let until = try call.input.time("until")
        if let known = try PayCycle(cycle, &records), known.until == until { return known.output }
        guard until <= call.now else {
            throw Refusal("not-over", "the cycle ends at \(until.rfc3339), which is still to come")
        }
        if let last = try PayCycle.last(&records) {
            guard until > last.until else {
                throw Refusal(
                    "covered-by", "the cycle \(last.id) goes to \(last.until.rfc3339) already")
            }
            return try open(cycle, from: last.until, until, behind: last, call, &records)
        }
        guard let from = try call.input.optionalTime("from"), from < until else {
            throw .invalid("from", "the beginning of the first cycle, before its end")
        }
        return try open(cycle, from: from, until, call, &records)
    }

    private func open(
        _ id: String, from: Timestamp, _ until: Timestamp, behind last: PayCycle? = nil,
        _ call: Call<Value>, _ records: inout Records
    ) throws(Refusal) -> Value {
        let cycle = PayCycle(
            id: id, from: from, until: until, behind: last, openedBy: call.instance)
        cycle.write(to: &records)
        cycle.becomeLast(&records)
        return cycle.output
    }
}

/// A month of pay: what its statements came to, and what left for it.
struct PayCycle {
    static let collection = "billing.cycle"
    /// The latest of each kind.
    private static let head = "billing.cycle-head"
    static let kind = "worker"

    let id: String
    let from: Timestamp
    let until: Timestamp
    private var body: ValueMap

    /// How many cycles are looked back at.
    private static let memory = 3

    init(
        id: String, from: Timestamp, until: Timestamp, behind last: PayCycle?, openedBy: String
    ) {
        self.id = id
        self.from = from
        self.until = until
        body = [
            "kind": .string(Self.kind), "cycle": .string(id), "from": .string(from.rfc3339),
            "until": .string(until.rfc3339), "openedBy": .string(openedBy),
        ]
        guard let last else { return }
        let before = (last.body["before"]?.listValue ?? []) + [last.body["due"] ?? .map(ValueMap())]
        body["before"] = .list(before.suffix(Self.memory))
    }

    /// The mean of what was due in the last three; nil: there were not so many.
    func usual(_ currency: String) -> Int64? {
        let before = body["before"]?.listValue ?? []
        guard before.count == Self.memory else { return nil }
        let sum = before.reduce(Int128(0)) { $0 + Int128($1[currency]?.intValue ?? 0) }
        return Int64(clamping: sum / Int128(Self.memory))
    }

    /// nil: there is none of that name.
    init?(_ id: String, _ records: inout Records) throws(Refusal) {
        guard let body = try records.find(Self.collection, id: Self.recordID(id))?.body.mapValue,
            let from = Value.map(body).moment("from"), let until = Value.map(body).moment("until")
        else { return nil }
        self.id = id
        self.from = from
        self.until = until
        self.body = body
    }

    static func last(_ records: inout Records) throws(Refusal) -> PayCycle? {
        guard let id = try records.find(head, id: kind)?.body["cycle"]?.stringValue else {
            return nil
        }
        return try PayCycle(id, &records)
    }

    func becomeLast(_ records: inout Records) {
        records.put(Self.head, id: Self.kind, ["cycle": .string(id)])
    }

    private static func recordID(_ id: String) -> String { "\(kind):\(id)" }

    var output: Value {
        [
            "cycle": .string(id), "from": .string(from.rfc3339), "until": .string(until.rfc3339),
        ]
    }

    /// What its documents say, by currency: `statements`, `lines`, `due`, `carry`, `reserved`, `paid`.
    mutating func count(_ figure: String, _ amount: Int64, _ currency: String) {
        var sums = body[figure]?.mapValue ?? ValueMap()
        let (sum, isOverflowing) = (sums[currency]?.intValue ?? 0).addingReportingOverflow(amount)
        sums[currency] = .int(isOverflowing ? .max : sum)
        body[figure] = .map(sums)
    }

    func figure(_ name: String, _ currency: String) -> Int64 {
        body[name]?[currency]?.intValue ?? 0
    }

    var figures: Value {
        .map(
            ValueMap(
                ["statements", "due", "carry", "reserved", "paid"].map {
                    ($0, body[$0] ?? .map(ValueMap()))
                }))
    }

    func write(to records: inout Records) {
        records.put(Self.collection, id: Self.recordID(id), group: Self.kind, .map(body))
    }
}
