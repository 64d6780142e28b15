import Values

/// The port for the bytes of attachments. It knows no rule: rows in the store say what there is, and each row's content
/// is here before the row is.
///
/// Calls block. Throws `.unavailable` where there is no room or no access: nothing of the call is left then.
package protocol ContentStore: Sendable {
    /// Content that comes in piece by piece.
    /// - Parameter size: what is announced, to be refused at once where there is no room for it.
    func begin(size: Int64) throws(StoreError) -> any IncomingContent
    /// nil: it is not there.
    func size(of hash: ContentHash) throws(StoreError) -> Int64?
    /// Up to so many bytes from an offset; empty behind the end.
    func read(_ hash: ContentHash, from offset: Int64, count: Int) throws(StoreError) -> [UInt8]
    /// One that is not there is removed already.
    func remove(_ hash: ContentHash) throws(StoreError)
    /// In order, behind `hash`.
    func list(after hash: ContentHash?, count: Int) throws(StoreError) -> [ContentHash]
    /// Since its bytes were written, on the wall; nil: it is not there.
    func age(of hash: ContentHash) throws(StoreError) -> Duration?
    /// Removes what came in and was never finished, and is older than this.
    /// - Returns: how many.
    func removeIncoming(olderThan age: Duration) throws(StoreError) -> Int
    /// The right to remove, for as long as the result lives; nil while a backup reads.
    func claimRemoval() throws(StoreError) -> (any AnyObject & Sendable)?
}

/// One that is not kept is discarded when it is let go of.
package protocol IncomingContent: AnyObject, Sendable {
    func append(_ bytes: [UInt8]) throws(StoreError)
    /// Durable when it returns, under its hash. Content that is there already is the same content.
    func keep(as hash: ContentHash) throws(StoreError)
}
