import Guest
import Values

/// `billing.openAccount {worker, name} -> {account}`: where a worker's pay goes. `account-exists` when there
/// is one that another call opened.
struct OpenAccount: LocalOperation {
    static let collection = "billing.payee"

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let worker = try call.input.person("worker")
        guard try records.find(Self.collection, id: worker) == nil else {
            throw Refusal("account-exists", "worker `\(worker)` has an account already")
        }
        let account = Ledger.worker(worker)
        records.add(
            Self.collection, id: worker,
            [
                "account": .string(account), "name": call.input["name"] ?? .null,
                "openedAt": .string(call.now.rfc3339), "openedBy": .string(call.key),
            ])
        return ["account": .string(account)]
    }
}

/// `billing.closeAccount {key, input}`: undoes the `billing.openAccount` of that key and no other's.
struct CloseAccount: LocalOperation {
    func perform(
        _ call: Call<Undo<Value, Value>>, _ records: inout Records
    ) throws(Refusal) -> Value {
        let worker = call.input.input["worker"]?.stringValue ?? ""
        guard let record = try records.find(OpenAccount.collection, id: worker),
            record.body["openedBy"] == .string(call.input.key)
        else { return ["closed": false] }
        records.delete(OpenAccount.collection, id: worker)
        return ["closed": true]
    }
}
