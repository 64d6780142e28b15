import Values

/// What a record of a ledger is held to, as far as one write shows it: the store holds it to the rest (no gap, booked
/// in order). A ledger is a collection of transactions, each one record, that a business declares; see `Record.isLedger`.
package struct LedgerRules: Sendable, Hashable {
    /// Of one line, in minor units.
    package static let maximumAmount: Int64 = 1_000_000_000_000

    private let names: Set<ExactText>

    package init(_ collections: [String] = []) {
        names = Set<ExactText>(collections.map { ExactText($0) })
    }

    /// In order.
    package var collections: [String] { names.sorted().map(\.text) }

    package func contains(_ collection: String) -> Bool { names.contains(ExactText(collection)) }

    package static func group(_ sequence: Int64) -> String {
        max(sequence, 0).padded(to: 16)
    }

    /// What is wrong with it; nil: nothing that it shows by itself, or it belongs to no ledger.
    package func fault(of write: RecordWrite) -> String? {
        guard contains(write.collection) else { return nil }
        let name = "\(write.collection)/\(write.id)"
        guard let body = write.body else { return "\(name) is posted: it cannot be deleted" }
        guard write.expectedRevision == 0 else {
            return "\(name) is posted: what corrects it is a transaction of its own"
        }
        return Self.fault(of: body, group: write.group).map { "\(name) \($0)" }
    }

    package static func booked(_ body: Value?) -> Timestamp? { moment(body?["booked"]) }

    private static func moment(_ value: Value?) -> Timestamp? {
        value?.stringValue.flatMap(Timestamp.init(rfc3339:))
    }

    private static func fault(of body: Value, group: String) -> String? {
        let amounts = (body["lines"]?.listValue ?? []).map { line -> Int64? in
            guard line["account"]?.stringValue?.isEmpty == false else { return nil }
            return line["amount"]?.intValue
        }
        guard amounts.count >= 2 else { return "has fewer than two lines" }
        var sum: Int128 = 0
        for amount in amounts {
            guard let amount, amount != 0, amount.magnitude <= maximumAmount.magnitude else {
                return "has a line that names no account, or no amount from 1 to \(maximumAmount)"
            }
            sum += Int128(amount)
        }
        guard sum == 0 else { return "does not balance: its lines sum to \(sum)" }
        guard let sequence = body["sequence"]?.intValue, sequence > 0,
            sameUTF8(group, self.group(sequence))
        else { return "has no sequence number, or is not in the group of its 16 digits" }
        guard booked(body) != nil, moment(body["at"]) != nil else {
            return "does not say when it was booked, or of when it is"
        }
        let texts = ["currency", "instance", "activation", "actor"]
        guard let missing = texts.first(where: { body[$0]?.stringValue?.isEmpty != false }) else {
            return nil
        }
        return "does not say its `\(missing)`"
    }
}
