/// All phases, one after the other.
struct Layout: Sendable {
    let skeleton: Skeleton
    let lattice: Lattice
    let columns: Columns
    let tracks: Tracks
    let rows: Rows

    private static let separationLimit = 12

    /// - Parameter room: what is kept free in each box and at each arrow.
    init(_ chart: Chart, reserving room: Room) throws(Infeasible) {
        skeleton = Skeleton(chart, reserving: room)
        let crossings = try Self.order(skeleton)
        lattice = crossings.lattice
        columns = try Columns.found(skeleton, crossings)
        tracks = Tracks(lattice, columns)
        rows = try Rows(skeleton, lattice, columns, tracks)
    }

    /// A line that passes through a foreign compound goes round below it, where that is possible.
    private static func order(_ skeleton: Skeleton) throws(Infeasible) -> Crossings {
        var separations: [(arrow: Int, compound: Int)] = []
        var tried = separations
        var crossings = try order(skeleton, separations)
        for _ in 0..<separationLimit {
            let next = crossings.passages.filter { passage in !tried.contains { $0 == passage } }
            guard !next.isEmpty else { break }
            // All at once if they go together, else the first by itself.
            let asked = hasRoom(skeleton, separations + next) ? next : [next[0]]
            tried += asked
            guard hasRoom(skeleton, separations + asked) else { continue }
            separations += asked
            crossings = try order(skeleton, separations)
        }
        return crossings
    }

    private static func hasRoom(
        _ skeleton: Skeleton, _ separations: [(arrow: Int, compound: Int)]
    ) -> Bool {
        (try? Ranks(skeleton, separations: separations)) != nil
    }

    private static func order(
        _ skeleton: Skeleton, _ separations: [(arrow: Int, compound: Int)]
    ) throws(Infeasible) -> Crossings {
        let ranks = try Ranks(skeleton, separations: separations)
        return Order(skeleton, Lattice(skeleton, ranks)).crossings
    }
}
