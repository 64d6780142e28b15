import Definition
import Execution
import Sabotage
import Values

/// Starts under an `Idempotency-Key`.
extension EngineMachine {
    /// What the key stands for already, or the revision at which it may be written.
    enum KeyLookup {
        case known(Reply)
        case free(revision: Int64)
    }

    mutating func lookUp(_ key: StartKey, of command: StartCommand) throws(StoreError) -> KeyLookup
    {
        let query = RecordQuery(
            collection: StartKey.collection, selection: .id(key.id), limit: 1)
        guard !isMutant(.startKeyForgotten),
            let record = try records.records(query, from: store).records.first
        else { return .free(revision: 0) }
        guard let before = StartedBefore(record), case .found(let run) = try find(before.instance)
        else { return .free(revision: record.revision) }
        guard sameUTF8(before.fingerprint, key.fingerprint) else {
            return .known(
                .refused(
                    Problem(
                        .idempotencyKeyReused,
                        "this Idempotency-Key came with another body before, and started \(run.name)",
                        fix: "give each thing a key of its own, and repeat a request as it was")))
        }
        return .known(.started(run.name, isNew: before.isNew))
    }

    /// Of an instance that goes.
    func startKeysEnd(of id: InstanceID) throws(StoreError) -> [RecordWrite] {
        let query = RecordQuery(
            collection: StartKey.collection, selection: .group(StartKey.group(id)))
        return try records.records(query, from: store).records.map {
            RecordWrite(
                collection: $0.collection, id: $0.id, group: $0.group,
                expectedRevision: $0.revision, body: nil)
        }
    }
}
