import Definition
import Engine
import Execution
import Guest
import Synchronization
import Values

extension Pawl {
    /// Changes the business's records from outside any instance: one commit, which is on the disk when this returns.
    ///
    /// The body sees and leaves records as an operation does: as if nothing else happened meanwhile. The engine performs
    /// it between two decisions, and again when the store refuses what came of it, so it does nothing else, and takes
    /// below a millisecond: everybody else waits for it.
    ///
    /// - Returns: what the body gave the last time.
    /// - Throws: `.notApplicable` when the body refuses, with its name and message in `errors`; `.keyConflict` when it
    ///   adds a record that is there; `.internalError` when a record is not what its type needs; `.unavailable`,
    ///   `.overloaded`, `.cancelled`, `.storeUntrusted`.
    @discardableResult
    public func update<Result: Sendable>(
        _ body: @escaping @Sendable (inout Records) throws(Refusal) -> Result
    ) async throws(Problem) -> Result {
        let last = Last<Result>()
        let update = RecordUpdate { (read, indexes) throws(StoreError) in
            let session = RecordSession(read, indexes: indexes)
            var records = Records(session)
            var refusal: Refusal?
            do throws(Refusal) {
                let result = try body(&records)
                last.value.withLock { $0 = result }
            } catch {
                refusal = error
            }
            switch session.failure {
            case .store(let error): throw error
            case .broken(let reason): return .refused(Problem(.internalError, reason))
            case nil: break
            }
            if let refusal { return .refused(Problem(refusal)) }
            return .changed(try session.writes())
        }
        let front = front
        try await asking { () async throws(Problem) in try await front.update(update) }
        guard let result = last.value.withLock({ $0 }) else {
            throw Problem(.internalError, "the records changed, and nothing was given")
        }
        return result
    }

    private final class Last<Result: Sendable>: Sendable {
        let value = Mutex<Result?>(nil)
    }
}

extension Problem {
    fileprivate init(_ refusal: Refusal) {
        self.init(
            .notApplicable, "\(refusal.message) [\(refusal.name)]",
            errors: [Detail(pointer: "", detail: refusal.name)])
    }
}
