import Execution

/// `billing.markOverdue {invoice, account, cycle}`: dunning is over and a person goes on. A
/// paid or written-off invoice stays what it is.
enum MarkOverdue: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] { [Invoice.query(call)] }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        var invoice = try Invoice(call, reads.first(0))
        guard invoice.status == .open else { return Effect(output: invoice.output) }
        invoice.become(.overdue, at: call.now)
        return Effect(output: invoice.output, writes: [invoice.write])
    }
}
