import Definition
import Execution
import Values

/// The outside of these tests: a bank that can be asked, a wire that is sent again, a fax that is parked.
enum Adapters {
    static let all = [bank, mail, shop]

    private static let bank = """
        adapter: bank
        transport: http
        url: 'https://bank.test'
        idempotency: {header: Idempotency-Key, keyRetention: 24h}
        operations:
          charge:
            request: {method: POST, path: /charges}
            compensate: refund
            money: {direction: in, amount: input.amount, currency: '"EUR"'}
            input: {type: object, properties: {amount: {type: integer, minimum: 1}}}
            onUnknown:
              ask: {method: GET, path: '/charges?key=${call.key}'}
              outcome: {applied: response.status == 200, refused: {status: 409, name: taken, retry: never}, undecided: response.status == 202}
          refund: {request: {method: POST, path: /refunds}, onUnknown: resend, money: out}
          wire: {request: {method: POST, path: /wires}, compensate: unwire, onUnknown: resend, money: out}
          recall: {request: {method: POST, path: /recalls}, kind: retriable, onUnknown: resend}
          unwire: {request: {method: POST, path: /unwires}, onUnknown: resend}
          fax: {request: {method: POST, path: /faxes}, compensate: apologise, onUnknown: park, money: {direction: out, account: input.to}}
          telex: {request: {method: POST, path: /telexes}, kind: pivot, onUnknown: park}
          apologise: {request: {method: POST, path: /sorry}, onUnknown: resend}
        """

    private static let mail = """
        adapter: smtp
        transport: smtp
        url: 'smtp://mail.test'
        operations:
          send:
            mail: {from: a@b.c, to: '${input.to}', subject: '${input.subject}', text: '${input.text}'}
        """

    private static let shop = """
        adapter: shop
        transport: local
        operations:
          reserve: {compensate: release}
          release: {}
          refuse: {errors: [{name: sold-out, retry: never}]}
          mumble: {errors: [{name: no-item, retry: never}, {name: closed, retry: never}]}
          break: {}
          shelves: {}
          misfit: {outputSchema: {type: object, properties: {item: {type: integer}}}}
        """
}

/// In-process operations that write one record each.
struct Shop: LocalPerformer {
    func perform(
        adapter: String, operation: String, call: LocalCall, read: @escaping RecordReader
    ) -> LocalResult {
        guard operation != "refuse", operation != "mumble" else {
            return LocalResult(
                .failed(CallError(name: "sold-out", message: "none left", isRetryable: false)))
        }
        if operation == "break" { return LocalResult(.broken("shop.break: it is wrong itself")) }
        if operation == "shelves" { return LocalResult(.succeeded(shelves(call.input))) }
        let write = RecordWrite(
            collection: operation, id: call.key, group: "", expectedRevision: 0, body: call.input)
        return LocalResult(.succeeded(["item": "chair"]), writes: [write])
    }

    /// Pages of the numbers below `total`; of fewer than none, pages that cannot be.
    private func shelves(_ input: Value) -> Value {
        let total = input["total"]?.intValue ?? 0
        let first = input["after"]?.intValue ?? 0
        guard total >= 0 else { return total == -1 ? ["shelves": 1] : ["items": [], "next": 7] }
        let last = min(total, first + (input["count"]?.intValue ?? 0))
        return [
            "items": .list((first..<last).map { .int($0) }),
            "next": last < total ? .int(last) : .null,
        ]
    }
}
