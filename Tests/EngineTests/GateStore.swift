import Execution
import Synchronization
import Values

/// Any store, with reads that fail by plan.
final class GateStore: StoreDecorator {
    enum Read: Hashable {
        case nextTimer
        case messages
        case records
        case receipt
    }

    let base: any Store
    /// How many reads of each kind pass before one fails.
    private let passes = Mutex<[Read: Int]>([:])

    init(_ base: any Store) { self.base = base }

    func fail(_ read: Read, after passing: Int = 0) {
        passes.withLock { $0[read] = passing }
    }

    private func check(_ read: Read) throws(StoreError) {
        let fails = passes.withLock { passes in
            guard let left = passes[read] else { return false }
            passes[read] = left > 0 ? left - 1 : nil
            return left == 0
        }
        if fails { throw .unavailable("planned") }
    }

    func nextTimer(after moment: Timestamp?) throws(StoreError) -> Timestamp? {
        try check(.nextTimer)
        return try base.nextTimer(after: moment)
    }

    func messages(after cursor: MessageID?, count: Int) throws(StoreError) -> [Message] {
        try check(.messages)
        return try base.messages(after: cursor, count: count)
    }

    func records(_ query: RecordQuery) throws(StoreError) -> RecordSet {
        try check(.records)
        return try base.records(query)
    }

    func receipt(_ name: InstanceName, eventID: String) throws(StoreError) -> ReceiptRow? {
        try check(.receipt)
        return try base.receipt(name, eventID: eventID)
    }
}
