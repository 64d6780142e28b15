import Definition

/// How much is let in, from each address, from its neighbourhood and from all of them.
///
/// Each limit is a generic cell rate algorithm (ITU-T I.371): all that is kept is the moment at which the bucket
/// would be full again. For addresses and networks these moments are kept in count-min sketches, so that memory does not
/// grow with the addresses of an attacker: an address is in one cell of each row, and the earliest of its cells
/// counts. Others in the same cells can only make it wait longer, never let it in more often; one of 10,000 busy
/// addresses meets that with a probability of 5 % at four rows of 16,384. The hash is seeded with each process.
///
/// Whoever floods from many networks uses up what all have together. So half of that is kept for networks whose own bucket
/// is full, which have not been here lately.
struct FloodGuard: Sendable {
    enum Verdict: Hashable {
        case admitted
        case refused(by: Limit, retryAfter: Duration)
    }

    enum Limit: Hashable {
        case perAddress
        case perNetwork
        case total
    }

    /// How an address stands with its own limit.
    struct Standing: Hashable {
        /// How many more would be let in now.
        let remaining: Int
        /// Until all of them would be.
        let full: Duration
    }

    private let perAddress: CellRate
    private let perNetwork: CellRate
    private let total: CellRate
    private var addresses: Sketch
    private var networks: Sketch
    /// Nanoseconds since the process began.
    private var everybody: Int64 = 0

    init(_ entry: PublicEntry, columns: Int = 16_384) {
        perAddress = CellRate(entry.perAddress)
        perNetwork = CellRate(entry.perNetwork)
        total = CellRate(entry.total)
        addresses = Sketch(columns: columns)
        networks = Sketch(columns: columns)
    }

    /// - Parameter now: never goes back.
    mutating func admit(_ source: SourceNetwork, now: Duration) -> Verdict {
        let now = now.nanoseconds
        let own = addresses[source.address]
        let near = networks[source.network]
        // The address first: what is refused to one flooder takes nothing from the others.
        let mine: Int64
        switch perAddress.next(own, now: now) {
        case .success(let next): mine = next
        case .failure(let wait): return .refused(by: .perAddress, retryAfter: wait.time)
        }
        let ours: Int64
        switch perNetwork.next(near, now: now) {
        case .success(let next): ours = next
        case .failure(let wait): return .refused(by: .perNetwork, retryAfter: wait.time)
        }
        switch total.next(everybody, now: now, keepsHalf: near > now) {
        case .success(let next): everybody = next
        case .failure(let wait): return .refused(by: .total, retryAfter: wait.time)
        }
        addresses.raise(source.address, to: mine)
        networks.raise(source.network, to: ours)
        return .admitted
    }

    func standing(of source: SourceNetwork, now: Duration) -> Standing {
        let now = now.nanoseconds
        let full = max(addresses[source.address], now)
        return Standing(
            remaining: perAddress.remaining(full, now: now), full: .nanoseconds(full - now))
    }
}

/// The moments of many names in little memory.
struct Sketch: Sendable {
    private let columns: Int
    /// Row after row.
    private var cells: [Int64]

    private static let rows = 4

    init(columns: Int) {
        self.columns = columns
        cells = Array(repeating: 0, count: Self.rows * columns)
    }

    subscript(name: String) -> Int64 {
        (0..<Self.rows).map { cells[place(of: name, row: $0)] }.min() ?? 0
    }

    mutating func raise(_ name: String, to moment: Int64) {
        for row in 0..<Self.rows {
            let place = place(of: name, row: row)
            cells[place] = max(cells[place], moment)
        }
    }

    private func place(of name: String, row: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(row)
        hasher.combine(name)
        return row * columns + Int(UInt(bitPattern: hasher.finalize()) % UInt(columns))
    }
}

/// Of one limit.
struct CellRate: Sendable {
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
    /// - Parameter keepsHalf: half of the burst is not there for this one.
    func next(_ full: Int64, now: Int64, keepsHalf: Bool = false) -> Result<Int64, Wait> {
        let full = max(full, now)
        let tolerance = keepsHalf ? tolerance / 2 : tolerance
        guard full - now <= tolerance else {
            return .failure(Wait(time: .nanoseconds(full - now - tolerance)))
        }
        return .success(full + interval)
    }

    func remaining(_ full: Int64, now: Int64) -> Int {
        let left = tolerance - (max(full, now) - now)
        return left < 0 ? 0 : Int(left / interval) + 1
    }
}

extension Duration {
    var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
