import Guest
import Values

/// What a worker earned, was charged and was given, what was paid of it, and what is still due.
///
/// A plus is what the worker is owed. Of a client it tells nothing: no discount, no address, no bill.
struct WorkerStatement: Statement {
    let kind = "worker"
    let abstract = "What a worker earned, the penalties, awards and corrections, and every payout."

    /// Documents that are listed, the latest.
    private static let documents = 24

    func mayBeRead(_ id: String, by reader: Reader, _ records: inout Records) -> Bool {
        Readership.ofWorker(id, reader)
    }

    func make(
        _ request: StatementRequest, _ records: inout Records
    ) throws(Refusal) -> StatementPage? {
        let extract = try AccountExtract(
            of: Ledger.worker(request.id), request, sign: -1, &records)
        let account = try PayAccount(request.id, &records)
        let isOwn = sameUTF8(request.reader.role, "worker")
        let isKnown = try isKnown(request.id, &records)
        guard extract.last > 0 || isOwn || isKnown else { return nil }
        let known = request.asOf == nil ? account.currency : nil
        let currency = extract.currency ?? known ?? Ledger.defaultCurrency
        var members: ValueMap = [
            "openingBalance": .money(extract.opening, currency),
            "closingBalance": .money(extract.closing, currency),
            "earned": .money(extract.sums[.work] ?? 0, currency),
            "penalties": .money(extract.sums[.penalty] ?? 0, currency),
            "awards": .money(extract.sums[.award] ?? 0, currency),
            "corrections": .money(extract.sums[.correction] ?? 0, currency),
        ]
        // What holds only now is no part of what is made again by its number.
        if request.asOf == nil {
            members["carried"] = .money(account.carry, currency)
            members["statements"] = .list(try statements(request.id, &records))
        }
        members["entries"] = .list(
            extract.entries.map { entry in
                entry.value(
                    entry.posted.workerText,
                    facts: ["orderId", "number", "by", "why", "corrects"])
            })
        return StatementPage(
            asOf: extract.last, members, list: "entries", total: extract.total,
            next: extract.next)
    }

    private func isKnown(_ id: String, _ records: inout Records) throws(Refusal) -> Bool {
        if try PayAccount.exists(id, &records) { return true }
        return try records.find(OpenAccount.collection, id: id) != nil
    }

    /// The latest first.
    private func statements(_ id: String, _ records: inout Records) throws(Refusal) -> [Value] {
        let all = try records.page(
            of: PayStatement.collection, group: id, limit: Records.maximumLimit
        ).map { PayStatement($0) }
        return all.suffix(Self.documents).reversed().map { statement in
            [
                "number": statement.number, "cycle": .string(statement.cycle),
                "issued": statement.body["issuedAt"] ?? .null,
                "carried": .money(statement.body.count("carried"), statement.currency),
                "due": .money(statement.due, statement.currency),
                "carry": .money(statement.body.count("carry"), statement.currency),
                "status": .string(statement.status.rawValue),
            ]
        }
    }
}

extension Posted {
    fileprivate var workerText: String {
        Self.workerTexts[transaction.kind] ?? transaction.kind.rawValue
    }

    private static let workerTexts: [Ledger.Kind: String] = [
        .work: "share of an order that was completed", .penalty: "penalty for an order that failed",
        .award: "award", .correction: "correction of pay", .payout: "payout, on its way to you",
        .payoutBack: "payout declined by the bank: owed again",
        .payoutReturned: "payout that came back: owed again",
    ]
}
