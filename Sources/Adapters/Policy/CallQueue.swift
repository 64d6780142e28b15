import Execution

/// Calls that wait, first come first served; askings before attempts, because an asking settles something
/// that is half done and frees what waits for it.
struct CallQueue: Sendable {
    private struct Entry: Sendable {
        let ticket: Int64
        let row: CallRow
    }

    private struct Lane: Sendable {
        var entries: [Entry] = []
        var head = 0

        var waiting: ArraySlice<Entry> { entries[min(head, entries.count)...] }

        /// Drops what was taken once it is half of the storage, so that taking is O(1) on average.
        mutating func advance() {
            head += 1
            guard head > 32, head * 2 > entries.count else { return }
            entries.removeFirst(min(head, entries.count))
            head = 0
        }

        /// At the place of its ticket, which is near the front.
        mutating func putBack(_ entry: Entry) {
            let place = entries[min(head, entries.count)...].firstIndex { $0.ticket > entry.ticket }
            entries.insert(entry, at: place ?? entries.count)
        }
    }

    private var asks = Lane()
    private var performs = Lane()
    /// The ticket under which a call waits. A removed call's entry stays behind and is skipped.
    private var tickets: [CallID: Int64] = [:]
    private var lastTicket: Int64 = 0

    var count: Int { tickets.count }
    var isEmpty: Bool { tickets.isEmpty }

    func contains(_ id: CallID) -> Bool { tickets[id] != nil }

    mutating func append(_ row: CallRow) {
        guard tickets[row.id] == nil else { return }
        lastTicket += 1
        tickets[row.id] = lastTicket
        let entry = Entry(ticket: lastTicket, row: row)
        switch row.purpose {
        case .ask: asks.entries.append(entry)
        case .perform: performs.entries.append(entry)
        }
    }

    /// The first, and the ticket under which it waited.
    mutating func popFirst() -> (row: CallRow, ticket: Int64)? {
        popFirst(\.asks) ?? popFirst(\.performs)
    }

    /// It waits again where it had waited: nothing that came later is served before it.
    mutating func putBack(_ row: CallRow, ticket: Int64) {
        guard tickets[row.id] == nil else { return }
        tickets[row.id] = ticket
        let entry = Entry(ticket: ticket, row: row)
        switch row.purpose {
        case .ask: asks.putBack(entry)
        case .perform: performs.putBack(entry)
        }
    }

    /// - Returns: whether it waited.
    @discardableResult
    mutating func remove(_ id: CallID) -> Bool {
        tickets.removeValue(forKey: id) != nil
    }

    /// Takes those out for which that is true, in the order in which they would have been served.
    mutating func removeAll(where isMeant: (CallRow) -> Bool) -> [CallRow] {
        let taken = [asks, performs].flatMap { lane in
            lane.waiting.filter { tickets[$0.row.id] == $0.ticket && isMeant($0.row) }.map(\.row)
        }
        for row in taken { tickets[row.id] = nil }
        return taken
    }

    /// How many calls are served before each of these; those that do not wait are left out. One walk, up to the last
    /// of them.
    func positions(of ids: [CallID]) -> [CallID: Int] {
        var wanted = Set<CallID>(ids.filter(contains))
        var positions: [CallID: Int] = [:]
        var ahead = 0
        for lane in [asks, performs] where !wanted.isEmpty {
            for entry in lane.waiting where tickets[entry.row.id] == entry.ticket {
                if wanted.remove(entry.row.id) != nil { positions[entry.row.id] = ahead }
                if wanted.isEmpty { return positions }
                ahead += 1
            }
        }
        return positions
    }

    private mutating func popFirst(
        _ lane: WritableKeyPath<CallQueue, Lane>
    ) -> (row: CallRow, ticket: Int64)? {
        while let entry = self[keyPath: lane].waiting.first {
            self[keyPath: lane].advance()
            if tickets[entry.row.id] == entry.ticket {
                tickets[entry.row.id] = nil
                return (entry.row, entry.ticket)
            }
        }
        return nil
    }
}
