/// The port for what must not be forgotten with the database: that somebody's data was erased. A backup that is older than an
/// erasure brings those data back, and what is written here says which.
package protocol ErasureLog: Sendable {
    /// Durable when it returns.
    func append(_ orders: [Erasure.Order]) throws(StoreError)
    /// In the order in which they were asked for.
    func orders() throws(StoreError) -> [Erasure.Order]
}
