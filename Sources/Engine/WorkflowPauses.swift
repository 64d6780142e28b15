import Execution
import Values

/// Which workflows people hold, and which of their instances are still to be told: what the records say, in memory.
struct WorkflowPauses {
    /// What is gone through behind a change.
    enum Sweep: Hashable {
        /// Calls that wait at their adapters are taken back; the last that was looked at.
        case calls(after: CallID?)
        /// Those with tasks are held at once, so that lists of tasks say so; the last of the page before.
        case tasks(after: TaskPosition?)
        /// Those that were held go on; the record of the last.
        case held(after: String?)
    }

    private var standing: [ExactText: StandingPause] = [:]
    private var sweeps: [ExactText: Sweep] = [:]
    private var queued: Set<ExactText> = []

    init() {}

    /// A workflow whose record cannot be read is held: what must not move is worse than what waits, and who looks is
    /// told so. Of one that goes on those that an earlier process did not come to are gone through.
    init(_ store: any Store) throws(StoreError) {
        let query = RecordQuery(collection: PauseRecord.ofWorkflows, selection: .all)
        for record in try store.records(query).records {
            let pause = PauseRecord.pause(of: record)
            standing[ExactText(record.id)] = pause
            sweeps[ExactText(record.id)] = pause == nil ? .held(after: nil) : .calls(after: nil)
        }
    }

    var isEmpty: Bool { standing.isEmpty }

    /// Who holds it.
    subscript(workflow: String) -> StandingPause? {
        standing.isEmpty ? nil : standing[ExactText(workflow)]
    }

    /// Decided, and seen by what is decided next.
    mutating func decided(_ workflow: String, _ pause: StandingPause?) {
        standing[ExactText(workflow)] = pause
        sweeps[ExactText(workflow)] = nil
    }

    /// Once the change is durable nothing of before it is still to be written, and the sweep sees all that there is.
    mutating func flushed(_ writes: [RecordWrite]) {
        for write in writes where sameUTF8(write.collection, PauseRecord.ofWorkflows) {
            let workflow = ExactText(write.id)
            sweeps[workflow] = standing[workflow] == nil ? .held(after: nil) : .calls(after: nil)
        }
    }

    /// Something is still to be gone through.
    var isSweeping: Bool { sweeps.keys.contains { !queued.contains($0) } }

    /// Those to look at now, in order; each once until it was looked at.
    mutating func due() -> [String] {
        guard isSweeping else { return [] }
        let due = sweeps.keys.filter { !queued.contains($0) }.sorted()
        queued.formUnion(due)
        return due.map(\.text)
    }

    func sweep(of workflow: String) -> Sweep? { sweeps[ExactText(workflow)] }

    /// - Parameter next: nil: it is over.
    mutating func looked(_ workflow: String, at sweep: Sweep?, next: Sweep?) {
        queued.remove(ExactText(workflow))
        // One that began anew meanwhile begins at its beginning.
        guard sweeps[ExactText(workflow)] == sweep else { return }
        sweeps[ExactText(workflow)] = next
    }
}

extension PauseRecord {
    /// Who holds what the record is about; one that cannot be read holds it.
    package static func pause(of record: RecordRow) -> StandingPause? {
        do throws(DecodingFailure) {
            return try PauseRecord(decoding: record.body).pause
        } catch {
            return StandingPause(
                reason:
                    "the record of who holds it is damaged (\(error)): restore it from a backup",
                by: .system, at: Timestamp(milliseconds: 0))
        }
    }
}
