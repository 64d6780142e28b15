import Guest
import Sabotage
import Values

/// What a worker earned, owes or was given, and no statement has taken up yet. Deleted by the one that does, on which it
/// stands as it is here. One that is booked after its month was closed waits for the next statement, with its own date
///
struct PayLine: Record, Hashable {
    enum Kind: String {
        /// The share of a completed order's price.
        case work
        /// For an order that the worker failed.
        case penalty
        /// By a manager.
        case award
        /// Of pay that was wrong, by an accountant.
        case correction
    }

    /// The transaction in the ledger; of a line of zero, which is not posted, what it would be.
    let id: String
    let worker: String
    let kind: Kind
    /// The business date: of work and penalties that of the outcome.
    let at: Timestamp
    /// What the worker is owed for it; negative: what the worker owes. In minor units.
    let amount: Int64
    let currency: String
    /// `orderId`, `price`, `share`; `by`, `why` of what a person decided.
    let facts: ValueMap

    static let collection = "payroll.line"
    /// In order of business date; moments are numbers, for texts of one second sort by their fractions' lengths.
    static let byDate = RecordIndex<Self>(Member.worker, Member.moment)
    static let indexes = [byDate]

    private enum Member: String, CodingKey {
        case worker, moment
    }

    init(
        id: String, worker: String, _ kind: Kind, at: Timestamp, amount: Int64, currency: String,
        facts: ValueMap = ValueMap()
    ) {
        self.id = id
        self.worker = worker
        self.kind = kind
        self.at = at
        self.amount = amount
        self.currency = currency
        self.facts = facts
    }

    init(_ value: Value) throws(ValueMismatch) {
        throw ValueMismatch("", "has its id beside it")
    }

    init(id: String, _ value: Value) throws(ValueMismatch) {
        guard let worker = value["worker"]?.stringValue,
            let kind = value["kind"]?.stringValue.flatMap(Kind.init(rawValue:)),
            let at = value.moment("at"), let amount = value["amount"]?.intValue,
            let currency = value["currency"]?.stringValue
        else { throw ValueMismatch("", "is no line of pay") }
        self.init(
            id: id, worker: worker, kind, at: at, amount: amount, currency: currency,
            facts: value["facts"]?.mapValue ?? ValueMap())
    }

    var group: String { worker }

    var value: Value {
        [
            "worker": .string(worker), "kind": .string(kind.rawValue), "at": .string(at.rfc3339),
            "moment": .int(at.milliseconds), "amount": .int(amount),
            "currency": .string(currency), "facts": .map(facts),
        ]
    }

    /// As a statement prints it.
    var printed: Value {
        [
            "kind": .string(kind.rawValue), "at": .string(at.rfc3339), "amount": .int(amount),
            "transaction": .string(id), "facts": .map(facts),
        ]
    }

    /// Those dated before a moment, in order of their dates, then ids.
    static func due(
        of worker: String, before until: Timestamp, after cursor: IndexCursor? = nil, limit: Int,
        _ records: inout Records
    ) throws(Refusal) -> IndexPage<PayLine> {
        let last = until.milliseconds - (isMutant(.endTakenIn) ? 0 : 1)
        let range = IndexRange(equals: [worker], through: last)
        return try records.page(byDate, range, after: cursor, limit: limit)
    }
}
