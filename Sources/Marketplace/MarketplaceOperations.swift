// Marketplace: the business's own in-process operations: matching, the ledger, clients' invoices.
//
// Theory of operation. An operation is two pure functions: which records it must read, and what
// comes of its input and those records: a result and the records to write. It reads no clock (the
// call carries the time), keeps nothing and never sees a store. Its writes are part of the same
// commit as the transition that called it, so they happen exactly once; each names the revision
// that it saw, and when another commit was faster the engine asks again with fresh records. So no
// worker is booked on a stale load and no charge is billed twice.
//
// Reads are bounded: a match reads the workers and one small state record each, never the
// reservations; billing reads one account's summary and what is not billed yet, never the postings.
// One operation, one file; what they share are the ledger, the account summary and the invoice.

import Execution

/// Dispatches `adapter.operation` to its functions.
package struct MarketplaceOperations: LocalOperations {
    package init() {}

    package func queries(
        adapter: String, operation: String, call: LocalCall
    ) -> [RecordQuery] {
        Self.operation(adapter, operation)?.queries(call) ?? []
    }

    package func perform(
        adapter: String, operation: String, call: LocalCall, records: [RecordSet]
    ) -> LocalResult {
        guard let found = Self.operation(adapter, operation) else {
            return LocalResult(
                .failed(
                    CallError(
                        name: "missing", message: "there is no \(adapter).\(operation) here",
                        isRetryable: false)))
        }
        do {
            let effect = try found.perform(call, Reads(records))
            return LocalResult(.succeeded(effect.output), writes: effect.writes)
        } catch {
            return LocalResult(.failed(error.callError))
        }
    }

    /// Every operation, `adapter.operation`, in the order of the manifests.
    package static let names = [
        "matching.best", "matching.release", "matching.finished", "matching.register",
        "matching.unregister", "hiring.publishTest", "hiring.withdrawTest", "hiring.assignTests",
        "hiring.gradeTest", "billing.openAccount", "billing.closeAccount", "billing.charge",
        "billing.reverse", "billing.accounts", "billing.openInvoice", "billing.settleInvoice",
        "billing.markOverdue", "billing.writeOffInvoice", "billing.voidInvoice",
    ]

    private static func operation(
        _ adapter: String, _ operation: String
    ) -> (any LocalOperation.Type)? {
        switch (adapter, operation) {
        case ("matching", "best"): BestWorker.self
        case ("matching", "release"): ReleaseWorker.self
        case ("matching", "finished"): FinishVisit.self
        case ("matching", "register"): RegisterWorker.self
        case ("matching", "unregister"): UnregisterWorker.self
        case ("hiring", "publishTest"): PublishTest.self
        case ("hiring", "withdrawTest"): WithdrawTest.self
        case ("hiring", "assignTests"): AssignTests.self
        case ("hiring", "gradeTest"): GradeTest.self
        case ("billing", "openAccount"): OpenAccount.self
        case ("billing", "closeAccount"): CloseAccount.self
        case ("billing", "charge"): PostCharge.self
        case ("billing", "reverse"): ReverseCharge.self
        case ("billing", "accounts"): AccountsToBill.self
        case ("billing", "openInvoice"): OpenInvoice.self
        case ("billing", "settleInvoice"): SettleInvoice.self
        case ("billing", "markOverdue"): MarkOverdue.self
        case ("billing", "writeOffInvoice"): WriteOffInvoice.self
        case ("billing", "voidInvoice"): VoidInvoice.self
        default: nil
        }
    }
}
