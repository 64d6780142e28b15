// Marketplace: the business's own in-process operations: matching, the ledger, clients' invoices, workers' pay.
//
// Theory of operation. An operation is a function of its call and of the records that it reads (`Guest`). It reads no
// clock (the call carries the time), keeps nothing and never sees a store. Its writes are part of the same commit as
// the transition that called it, so they happen exactly once. So no worker is booked on a stale load and no charge is
// billed twice.
//
// Reads are bounded: a match reads the workers that can be the best, never the reservations; billing reads one account's
// summary and what is not billed yet, never the postings. One operation, one file; what they share are the ledger,
// the account summary and the invoice.

import Guest

package enum MarketplaceOperations {
    /// The types of records that have indexes.
    package static let records: [any Record.Type] = [
        NormalSample.self, Posted.self, BillingLine.self, PayLine.self, StatementLine.self,
        BankItem.self,
    ]

    /// In the order of the manifests.
    package static let all: LocalOperations = [
        "matching.best": BestWorker(),
        "matching.release": ReleaseWorker(),
        "matching.finished": FinishVisit(),
        "matching.register": RegisterWorker(),
        "matching.offer": OfferWorker(),
        "matching.unregister": UnregisterWorker(),
        "hiring.publishTest": PublishTest(),
        "hiring.retireTest": RetireTest(),
        "hiring.assignTests": AssignTests(),
        "hiring.gradeTest": GradeTest(),
        "hiring.markAnswers": MarkAnswers(),
        "hiring.claimAddress": ClaimAddress(),
        "billing.openAccount": OpenAccount(),
        "billing.closeAccount": CloseAccount(),
        "billing.charge": PostCharge(),
        "billing.reverse": ReverseCharge(),
        "billing.accounts": AccountsToBill(),
        "billing.openInvoice": OpenInvoice(),
        "billing.settleInvoice": SettleInvoice(),
        "billing.markOverdue": MarkOverdue(),
        "billing.writeOffInvoice": WriteOffInvoice(),
        "billing.voidInvoice": VoidInvoice(),
        "payroll.earn": EarnPay(),
        "payroll.award": AwardPay(),
        "payroll.correct": CorrectPay(),
        "payroll.changeAccount": ChangePayee(),
        "payroll.openCycle": OpenCycle(),
        "payroll.accounts": WorkersToPay(),
        "payroll.openStatement": OpenStatement(),
        "payroll.reservePayout": ReservePayout(),
        "payroll.settlePayout": SettlePayout(),
        "payroll.declinePayout": DeclinePayout(),
        "payroll.returnPayout": ReturnPayout(),
        "reconciliation.begin": BeginStatement(),
        "reconciliation.take": TakeStatement(),
        "reconciliation.close": CloseStatement(),
        "reconciliation.match": MatchStatement(),
        "reconciliation.differences": ListDifferences(),
        "reconciliation.adopt": AdoptDifference(),
        "reconciliation.settle": SettleDifference(),
        "reconciliation.accept": AcceptDifference(),
        "reconciliation.assign": AssignDifference(),
    ]
}
