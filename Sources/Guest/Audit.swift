import Values

/// What must hold of a business's records as a whole, whatever has happened: `pawl doctor` says what does not.
///
/// It reads all that it wants to, page by page, of a copy of one moment; nothing waits for it.
public protocol Audit: Sendable {
    /// - Returns: one sentence for each thing that is not as it must be; nothing when all is well.
    func findings(_ records: inout Records) throws(Refusal) -> [String]
}

extension Records {
    /// Every record of a collection, however many there are: for audits, never for operations.
    public mutating func all(of collection: String) throws(Refusal) -> [RecordEntry] {
        var found: [RecordEntry] = []
        while true {
            let page = try page(
                of: collection, after: found.last?.id, limit: Records.maximumLimit)
            found += page
            guard page.count == Records.maximumLimit else { return found }
        }
    }
}
