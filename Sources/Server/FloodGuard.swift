import Definition

/// How much is let in, from each address and from all of them.
///
/// Each limit is a generic cell rate algorithm (ITU-T I.371): all that is kept is the moment at which the bucket
/// would be full again. For addresses these moments are kept in a count-min sketch, so that memory does not
/// grow with the addresses of an attacker: an address is in one cell of each row, and the earliest of its cells
/// counts. Others in the same cells can only make it wait longer, never let it in more often; one of 10,000 busy
/// addresses meets that with a probability of 5 % at four rows of 16,384. The hash is seeded with each process.
struct FloodGuard: Sendable {
    enum Verdict: Hashable {
        case admitted
        case refused(by: Limit, retryAfter: Duration)
    }

    enum Limit: Hashable {
        case perAddress
        case total
    }

    private let perAddress: CellRate
    private let total: CellRate
    private let columns: Int
    /// Nanoseconds since the process began; row after row.
    private var cells: [Int64]
    private var everybody: Int64 = 0

    private static let rows = 4

    init(_ entry: PublicEntry, columns: Int = 16_384) {
        perAddress = CellRate(entry.perAddress)
        total = CellRate(entry.total)
        self.columns = columns
        cells = Array(repeating: 0, count: Self.rows * columns)
    }

    /// - Parameter now: never goes back.
    mutating func admit(_ source: SourceNetwork, now: Duration) -> Verdict {
        let now = now.nanoseconds
        let places = (0..<Self.rows).map { $0 * columns + column(of: source, row: $0) }
        let own = places.map { cells[$0] }.min() ?? 0
        let mine: Int64
        // The address first: what is refused to one flooder takes nothing from the others.
        switch perAddress.next(own, now: now) {
        case .success(let next): mine = next
        case .failure(let wait): return .refused(by: .perAddress, retryAfter: wait.time)
        }
        switch total.next(everybody, now: now) {
        case .success(let next): everybody = next
        case .failure(let wait): return .refused(by: .total, retryAfter: wait.time)
        }
        for place in places { cells[place] = max(cells[place], mine) }
        return .admitted
    }

    private func column(of source: SourceNetwork, row: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(row)
        hasher.combine(source)
        return Int(UInt(bitPattern: hasher.finalize()) % UInt(columns))
    }
}

private struct CellRate: Sendable {
    /// Between two at a steady rate, in nanoseconds.
    let interval: Int64
    /// How far ahead of it a burst may be.
    let tolerance: Int64

    struct Wait: Error {
        let time: Duration
    }

    init(_ limit: PublicEntry.Limit) {
        interval = max(1, Int64((1e9 / limit.perSecond).rounded(.up)))
        tolerance = interval * Int64(min(limit.burst, 1_000_000) - 1)
    }

    /// The moment at which it is full again after one more; how long to wait where that is one too many.
    func next(_ full: Int64, now: Int64) -> Result<Int64, Wait> {
        let full = max(full, now)
        guard full - now <= tolerance else {
            return .failure(Wait(time: .nanoseconds(full - now - tolerance)))
        }
        return .success(full + interval)
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
