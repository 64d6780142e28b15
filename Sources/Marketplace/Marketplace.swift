import Guest

/// The marketplace of cookie-baking cleaners: orders, workers, kits, invoices.
public struct Marketplace: Business {
    public init() {}

    public var operations: LocalOperations { MarketplaceOperations.all }
    public var records: [any Record.Type] { MarketplaceOperations.records }
    public var statements: [any Statement] {
        [
            ClientStatement(), WorkerStatement(), InvoiceStatement(), PayslipStatement(),
            BillingRun(), PayoutRun(),
        ]
    }
    public var audit: (any Audit)? { BooksAudit() }
    public var importers: [any Importer.Type] { [WorkersCSV.self] }
    public var remotes: [any Remote.Type] {
        [Bank.self, CookieContractor.self, IdentityProvider.self]
    }
    public var rehearsal: any Rehearsal { OrderRehearsal() }
}
