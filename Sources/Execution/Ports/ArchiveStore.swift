import Values

/// The port for what is kept of instances that are gone. It knows no rule: what it takes is durable before the
/// instances go.
///
/// Calls block. Throws `.unavailable` where there is no room or no access, and `.corrupt` where what it holds cannot be
/// right; nothing goes then.
package protocol ArchiveStore: Sendable {
    /// All of them of one workflow. Durable, and read back, when it returns: up to where it goes then.
    /// - Parameters:
    ///   - contents: has what they refer to, which is copied as well.
    ///   - now: which names the file that they go to.
    func append(
        _ documents: [InstanceDocument], with contents: (any ContentStore)?, now: Timestamp
    ) throws(StoreError) -> ArchiveMark?
    /// The latest that is there under the name; nil: nothing is.
    func find(_ name: InstanceName) throws(StoreError) -> InstanceDocument?
    /// Goes through all that is there of a workflow, and writes something else in the place of what it had: durable when it
    /// returns. Content that nothing speaks of any more goes.
    /// - Parameters:
    ///   - text: whatever does not have it in it is passed.
    ///   - change: nil: it stays as it is.
    /// - Returns: how many were changed.
    func rewrite(
        _ workflow: String, where text: String,
        _ change: (InstanceDocument) throws(StoreError) -> InstanceDocument?
    ) throws(StoreError) -> Int
    /// Workflows that it has something of, in order.
    var workflows: [String] { get }
    /// Content that archived instances refer to.
    var contents: any ContentStore { get }
}
