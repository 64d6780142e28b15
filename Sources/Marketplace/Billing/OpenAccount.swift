import Execution

/// `billing.openAccount {worker, name} -> {account}`: where a worker's pay goes. `account-exists` when there
/// is one that another call opened.
enum OpenAccount: LocalOperation {
    static let collection = "billing.payee"

    static func queries(_ call: LocalCall) -> [RecordQuery] {
        let worker = call.input["worker"]?.stringValue ?? ""
        return [RecordQuery(collection: collection, selection: .id(worker), limit: 1)]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let worker = try call.input.text("worker")
        guard reads.first(0) == nil else {
            throw Refusal(
                name: "account-exists", message: "worker `\(worker)` has an account already")
        }
        let account = Ledger.worker(worker)
        return Effect(
            output: ["account": .string(account)],
            writes: [
                RecordWrite(
                    collection: collection, id: worker, group: "", expectedRevision: 0,
                    body: [
                        "account": .string(account), "name": call.input["name"] ?? .null,
                        "openedAt": .string(call.now.rfc3339), "openedBy": .string(call.key),
                    ])
            ])
    }
}

/// `billing.closeAccount {key, input}`: undoes the `billing.openAccount` of that key and no other's.
enum CloseAccount: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] {
        let worker = call.input["input"]?["worker"]?.stringValue ?? ""
        return [RecordQuery(collection: OpenAccount.collection, selection: .id(worker), limit: 1)]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let key = try call.input.text("key")
        guard let record = reads.first(0), record.body["openedBy"] == .string(key) else {
            return Effect(output: ["closed": false])
        }
        return Effect(
            output: ["closed": true],
            writes: [
                RecordWrite(
                    collection: record.collection, id: record.id, group: record.group,
                    expectedRevision: record.revision, body: nil)
            ])
    }
}
