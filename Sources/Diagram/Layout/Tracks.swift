/// Lines that are not straight run level somewhere in their channel: in which track, counted from above. Phase 7.
struct Tracks: Sendable {
    /// A level piece of a line.
    struct Piece: Sendable {
        let line: Int
        let from: Int
        let to: Int
        fileprivate(set) var track = 0

        var least: Int { min(from, to) }
        var most: Int { max(from, to) }
    }

    /// By channel, from above to below.
    private(set) var channels: [[Piece]]
    /// Verticals nearer than this would look like one.
    private static let near = 8
    private static let forbidden = 1000
    private static let detourLimit = 12

    init(_ lattice: Lattice, _ columns: Columns) {
        let last = lattice.items.map(\.last).max() ?? 0
        channels = Array(repeating: [], count: last + 1)
        for channel in channels.indices {
            let lines = lattice.lines.indices.filter { lattice.lines[$0].channel == channel }
            var pieces = lines.filter { !columns.isStraight($0) }.map {
                Piece(line: $0, from: columns.ends[$0].upper, to: columns.ends[$0].lower)
            }
            let upright = lines.flatMap { [columns.ends[$0].upper, columns.ends[$0].lower] }
            pieces.sort {
                ($0.least, lattice.lines[$0.line].arrow) < ($1.least, lattice.lines[$1.line].arrow)
            }
            channels[channel] = Self.numbered(Self.untangled(pieces, upright))
        }
    }

    /// What it costs that one runs above another.
    private static func cost(_ above: Piece, _ below: Piece) -> Int {
        if above.line == below.line { return above.to == below.from ? 0 : 10 * forbidden }
        var cost = 0
        if below.from > above.least, below.from < above.most { cost += 1 }
        if above.to > below.least, above.to < below.most { cost += 1 }
        if abs(above.to - below.from) < near { cost += forbidden }
        return cost
    }

    private static func ordered(_ pieces: [Piece]) -> [Piece] {
        var order: [Piece] = []
        func insert(_ piece: Piece) -> Int {
            var sum = order.reduce(0) { $0 + cost(piece, $1) }
            var best = (cost: sum, at: 0)
            for (position, other) in order.enumerated() {
                sum += cost(other, piece) - cost(piece, other)
                if sum < best.cost { best = (sum, position + 1) }
            }
            order.insert(piece, at: best.at)
            return best.at
        }
        for piece in pieces { _ = insert(piece) }
        for _ in 0..<20 {
            var isStable = true
            for piece in pieces {
                guard
                    let position = order.firstIndex(where: {
                        $0.line == piece.line && $0.from == piece.from
                    })
                else { continue }
                let before = total(order)
                let old = order
                order.remove(at: position)
                _ = insert(piece)
                if total(order) < before { isStable = false } else { order = old }
            }
            if isStable { break }
        }
        return order
    }

    private static func total(_ order: [Piece]) -> Int {
        order.indices.reduce(0) { sum, position in
            sum + order[(position + 1)...].reduce(0) { $0 + cost(order[position], $1) }
        }
    }

    private static func numbered(_ order: [Piece]) -> [Piece] {
        var order = order
        for position in order.indices {
            let above = order[..<position].filter {
                $0.least - near < order[position].most && order[position].least - near < $0.most
            }
            order[position].track = (above.map(\.track).max() ?? 0) + 1
        }
        return order
    }

    /// Lines that go round in a circle, the simplest two that swap places, can run in no order without lying on each
    /// other: one takes a detour between.
    private static func untangled(_ pieces: [Piece], _ upright: [Int]) -> [Piece] {
        var pieces = pieces
        var taken = upright
        var order = ordered(pieces)
        for _ in 0..<detourLimit {
            guard let tangled = tangle(order),
                let free = free(between: tangled.least, tangled.most, taken),
                let position = pieces.firstIndex(where: {
                    $0.line == tangled.line && $0.from == tangled.from
                })
            else { break }
            taken.append(free)
            pieces[position] = Piece(line: tangled.line, from: tangled.from, to: free)
            pieces.insert(Piece(line: tangled.line, from: free, to: tangled.to), at: position + 1)
            order = ordered(pieces)
        }
        return order
    }

    /// A piece that lies on one below it.
    private static func tangle(_ order: [Piece]) -> Piece? {
        for (position, piece) in order.enumerated() {
            let isTangled = order[(position + 1)...].contains {
                $0.line != piece.line && cost(piece, $0) >= forbidden
            }
            if isTangled { return piece }
        }
        return nil
    }

    /// A place that no upright line is near to, as far in the middle as can be.
    private static func free(between least: Int, _ most: Int, _ taken: [Int]) -> Int? {
        let middle = (least + most) / 2
        for distance in 0..<200 {
            for place in [middle - distance, middle + distance]
            where !taken.contains(where: { abs($0 - place) <= near }) {
                return place
            }
        }
        return nil
    }

    /// The pieces of a line, from above to below.
    func pieces(of line: Int, in channel: Int) -> [Piece] {
        channels[channel].filter { $0.line == line }
    }
}
