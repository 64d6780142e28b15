import Guest
import Values

/// `payroll.award {worker, amount, currency?, why, by, approvedBy?, fourEyesAbove?} -> {award, owed}`: a manager gives a worker
/// something. By whom, for whom, how much and why are a record of its own, which nobody removes, and the
/// transaction `award:<id>`, whose id is the instance's key.
struct AwardPay: LocalOperation {
    static let collection = "payroll.award"

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let gift = try PersonalPay(call.input, of: "manager", &records)
        guard gift.amount > 0 else {
            throw .invalid("amount", "more than 0: a correction of pay takes something back")
        }
        try gift.checkEyes(call.input)
        return try gift.post(
            "award:\(call.id)", in: Self.collection, .award, counter: .awards, .award, call,
            &records)
    }
}

/// `payroll.correct {worker, amount, currency?, why, by, corrects?, approvedBy?, fourEyesAbove?} -> {correction, owed}`: an
/// accountant mends what was paid wrongly, either way. Nothing posted is changed: it is a transaction of its own that names
/// the one that it corrects.
struct CorrectPay: LocalOperation {
    static let collection = "payroll.correction"

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let correction = try PersonalPay(call.input, of: "accountant", &records)
        if let corrects = correction.corrects,
            try Ledger.find(corrects, &records)?.amount(on: Ledger.worker(correction.worker)) ?? 0
                == 0
        {
            throw Refusal(
                "unknown-transaction",
                "`\(corrects)` is no transaction on the account of `\(correction.worker)`")
        }
        try correction.checkEyes(call.input)
        return try correction.post(
            "correction:\(call.id)", in: Self.collection, .correction, counter: .work, .correction,
            call, &records)
    }
}

/// Pay that a person decides on: who, for whom, how much, why.
private struct PersonalPay {
    let worker: String
    let amount: Int64
    let currency: String
    let why: String
    let by: String
    /// Of who decides.
    let role: String
    let approvedBy: String?
    let corrects: String?

    init(_ input: Value, of role: String, _ records: inout Records) throws(Refusal) {
        self.role = role
        worker = try input.person("worker")
        amount = try input.signedAmount("amount")
        currency = try input.currency()
        why = try input.text("why")
        by = try input.text("by")
        approvedBy = input["approvedBy"]?.stringValue
        corrects = input["corrects"]?.stringValue
        guard try Self.isKnown(worker, &records) else {
            throw Refusal("unknown-worker", "there is no worker `\(worker)`")
        }
    }

    private static func isKnown(_ worker: String, _ records: inout Records) throws(Refusal) -> Bool
    {
        if try PayAccount.exists(worker, &records) { return true }
        if try records.find(OpenAccount.collection, id: worker) != nil { return true }
        return try records.find(NormalSample.collection, id: worker) != nil
    }

    /// Above a limit a second person, who neither proposed it nor gets it.
    func checkEyes(_ input: Value) throws(Refusal) {
        let limit = try input["fourEyesAbove"]?.intValue.map { (units) throws(Refusal) in
            try Pay.minor(units, currency)
        }
        guard let limit, amount.magnitude > limit.magnitude else { return }
        guard let approvedBy, !sameUTF8(approvedBy, by), !sameUTF8(approvedBy, worker) else {
            throw Refusal(
                "needs-approval",
                "\(Currency(currency)?.text(amount) ?? "\(amount)") \(currency) is above the limit: a second person decides"
            )
        }
    }

    /// - Parameter id: of the transaction.
    func post(
        _ id: String, in collection: String, _ kind: PayLine.Kind, counter: Ledger.House,
        _ posted: Ledger.Kind, _ call: Call<Value>, _ records: inout Records
    ) throws(Refusal) -> Value {
        var facts: ValueMap = ["by": .string(by), "why": .string(why)]
        if let approvedBy { facts["approvedBy"] = .string(approvedBy) }
        if let corrects { facts["corrects"] = .string(corrects) }
        let line = PayLine(
            id: id, worker: worker, kind, at: call.now, amount: amount, currency: currency,
            facts: facts)
        guard try records.find(collection, id: id) == nil else {
            throw Refusal("posted-already", "`\(id)` is posted already")
        }
        let owed = try line.post(counter, posted, Booking(call, by: "\(role)/\(by)"), to: &records)
        records.add(
            collection, id: id, group: worker,
            .map(
                facts.merging([
                    "worker": .string(worker), "amount": .int(amount),
                    "currency": .string(currency), "at": .string(call.now.rfc3339),
                ])))
        return ["transaction": .string(id), "owed": .int(owed)]
    }
}

extension Call {
    /// The key of the calling instance.
    fileprivate var id: String {
        // By bytes: the key may begin with a mark that Swift counts to the slash.
        String(decoding: instance.utf8.dropFirst(workflow.utf8.count + 1), as: UTF8.self)
    }
}
