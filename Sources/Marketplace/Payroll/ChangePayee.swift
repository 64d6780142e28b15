import Guest
import Values

/// `payroll.changeAccount {worker, token, by} -> {token, changedAt}`: where a worker is paid from now on. The token is the bank's:
/// never a card or an account number. What is due waits for a while and for a person, for whoever has taken over a
/// worker's access begins with this.
struct ChangePayee: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let worker = try call.input.text("worker")
        let token = try call.input.text("token")
        var payee = try Payee(worker, &records)
        guard !sameUTF8(payee.token, token) else {
            return [
                "token": .string(token),
                "changedAt": .string((payee.changedAt ?? call.now).rfc3339),
            ]
        }
        payee.change(to: token, by: try call.input.text("by"), at: call.now)
        payee.write(to: &records)
        return ["token": .string(token), "changedAt": .string(call.now.rfc3339)]
    }
}

/// Where a worker is paid.
struct Payee {
    private let worker: String
    private var body: ValueMap

    init(_ worker: String, _ records: inout Records) throws(Refusal) {
        self.worker = worker
        body = try records.find(OpenAccount.collection, id: worker)?.body.mapValue ?? ValueMap()
    }

    /// nil: the one that the bank has for the worker's id.
    var token: String? { body["token"]?.stringValue }
    var changedAt: Timestamp? { Value.map(body).moment("changedAt") }
    /// Whether a person has looked at the change.
    private var isConfirmed: Bool { body["isConfirmed"]?.boolValue ?? true }

    mutating func change(to token: String, by actor: String, at now: Timestamp) {
        body["account"] = body["account"] ?? .string(Ledger.worker(worker))
        body["token"] = .string(token)
        body["changedAt"] = .string(now.rfc3339)
        body["changedBy"] = .string(actor)
        body["isConfirmed"] = false
    }

    /// A change holds what is due for so long, and until a person has confirmed it behind that.
    /// - Parameter confirmed: when a person did; nil: nobody has.
    mutating func admit(
        _ confirmed: Timestamp?, holding: Duration, at now: Timestamp
    ) throws(Refusal) {
        guard let changedAt, !isConfirmed else { return }
        let end = changedAt + holding
        guard now >= end, let confirmed, confirmed >= changedAt else {
            throw Refusal(
                "account-changed",
                "the account of `\(worker)` was changed at \(changedAt.rfc3339): nothing is paid to it before "
                    + "\(end.rfc3339), and then a person confirms it")
        }
        body["isConfirmed"] = true
    }

    func write(to records: inout Records) {
        records.put(OpenAccount.collection, id: worker, .map(body))
    }
}
