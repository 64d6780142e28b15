import Guest
import Values

/// Who posts: the instance, its call, the person behind it, and the moment of the commit.
package struct Booking: Sendable {
    package let instance: String
    /// The key of the call.
    package let activation: String
    /// `manager/ann`; of what the workflow does by itself, the workflow.
    package let actor: String
    package let booked: Timestamp

    package init<Input>(_ call: Call<Input>, by actor: String? = nil) {
        instance = call.instance
        activation = call.key
        self.actor = actor ?? "workflow/\(call.workflow)"
        booked = call.now
    }
}

/// A transaction as it stands in the books.
package struct Posted: Record, Hashable {
    package let transaction: Ledger.Transaction
    /// 1 for the first; without a gap.
    package let sequence: Int64
    /// The moment of the commit; never before that of the sequence before.
    package let booked: Timestamp
    package let instance: String
    package let activation: String
    package let actor: String

    package static let collection = Ledger.collection
    package static let isLedger = true
    package static let byAccount = RecordIndex<Self>(parts: [
        .each(Member.accounts), .ascending(Member.sequence),
    ])
    package static let indexes = [byAccount]

    private enum Member: String, CodingKey {
        case accounts, sequence
    }

    package var id: String { transaction.id }
    /// In order of booking.
    package var group: String { sequence.padded(to: 16) }

    init(_ transaction: Ledger.Transaction, sequence: Int64, _ booking: Booking, booked: Timestamp)
    {
        self.transaction = transaction
        self.sequence = sequence
        self.booked = booked
        instance = booking.instance
        activation = booking.activation
        actor = booking.actor
    }

    package init(_ value: Value) throws(ValueMismatch) {
        throw ValueMismatch("", "has its id beside it")
    }

    package init(id: String, _ value: Value) throws(ValueMismatch) {
        guard let kind = value["kind"]?.stringValue.flatMap(Ledger.Kind.init(rawValue:)),
            let at = value.moment("at"), let booked = value.moment("booked"),
            let sequence = value["sequence"]?.intValue,
            let currency = value["currency"]?.stringValue
        else { throw ValueMismatch("", "is no transaction") }
        let lines = value["lines"]?.listValue ?? []
        do throws(Ledger.Imbalance) {
            transaction = try Ledger.Transaction(
                id: id, kind: kind, at: at, currency: currency,
                memo: value["memo"]?.mapValue ?? ValueMap(),
                lines: lines.compactMap(Ledger.Line.init))
        } catch {
            throw ValueMismatch("/lines", "are no transaction: \(error)")
        }
        self.sequence = sequence
        self.booked = booked
        instance = value["instance"]?.stringValue ?? ""
        activation = value["activation"]?.stringValue ?? ""
        actor = value["actor"]?.stringValue ?? ""
    }

    /// nil: it cannot be read.
    package init?(_ record: RecordEntry) {
        do throws(ValueMismatch) { try self.init(id: record.id, record.body) } catch { return nil }
    }

    package var value: Value {
        let accounts = Set<ExactText>(transaction.lines.map { ExactText($0.account) })
        return [
            "kind": .string(transaction.kind.rawValue), "currency": .string(transaction.currency),
            "at": .string(transaction.at.rfc3339), "booked": .string(booked.rfc3339),
            "sequence": .int(sequence), "instance": .string(instance),
            "activation": .string(activation), "actor": .string(actor),
            "lines": .list(transaction.lines.map(\.value)),
            "accounts": .list(accounts.sorted().map { .string($0.text) }),
            "memo": .map(transaction.memo),
        ]
    }

    /// What it moves on an account; zero where it does not touch it.
    package func amount(on account: String) -> Int64 {
        transaction.lines.reduce(0) { sameUTF8($1.account, account) ? $0 + $1.amount : $0 }
    }
}

extension Ledger.Transaction {
    /// Posts it once: the same reference with the same content does nothing, with other content it is refused.
    /// - Returns: whether it was not there yet.
    @discardableResult
    package func post(
        _ booking: Booking, to records: inout Records
    ) throws(Refusal) -> Bool {
        if let there = try Ledger.find(id, &records) {
            guard there.transaction == self else {
                throw Refusal(
                    "reference-reused", "`\(id)` is posted already, and says something else")
            }
            return false
        }
        var head = try LedgerHead(&records)
        records.add(head.next(self, booking))
        head.write(to: &records)
        return true
    }
}

/// The end of the books: the last sequence number and when it was booked.
struct LedgerHead {
    private static let collection = "ledger.head"
    private static let id = "ledger"

    private(set) var sequence: Int64
    private var booked: Timestamp?

    init(_ records: inout Records) throws(Refusal) {
        let body = try records.find(Self.collection, id: Self.id)?.body
        sequence = body?.count("sequence") ?? 0
        booked = body?.moment("booked")
    }

    /// A clock that was set back books at the moment of the one before.
    mutating func next(_ transaction: Ledger.Transaction, _ booking: Booking) -> Posted {
        sequence += 1
        let moment = booked.map { max($0, booking.booked) } ?? booking.booked
        booked = moment
        return Posted(transaction, sequence: sequence, booking, booked: moment)
    }

    func write(to records: inout Records) {
        records.put(
            Self.collection, id: Self.id,
            ["sequence": .int(sequence), "booked": booked.map { .string($0.rfc3339) } ?? .null])
    }
}
