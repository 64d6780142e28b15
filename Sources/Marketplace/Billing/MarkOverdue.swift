import Guest
import Values

/// `billing.markOverdue {invoice, account, cycle}`: dunning is over and a person goes on. A
/// paid or written-off invoice stays what it is.
struct MarkOverdue: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        var invoice = try Invoice(call.input, &records)
        guard invoice.status == .open else { return invoice.output }
        invoice.become(.overdue, at: call.now)
        invoice.write(to: &records)
        return invoice.output
    }
}
