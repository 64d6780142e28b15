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
        columns = try Columns(skeleton, crossings)
        tracks = Tracks(lattice, columns)
        rows = try Rows(skeleton, lattice, columns, tracks)
    }

    /// A line that passes through a foreign compound goes round below it, where that is possible.
    private static func order(_ skeleton: Skeleton) throws(Infeasible) -> Crossings {
        var separations: [(arrow: Int, compound: Int)] = []
        var tried = separations
        var crossings = try order(skeleton, separations)
        for _ in 0..<separationLimit {
            let next = crossings.passages.first { passage in
                !tried.contains { $0 == passage }
            }
            guard let next else { break }
            tried.append(next)
            do throws(Infeasible) {
                crossings = try order(skeleton, separations + [next])
                separations.append(next)
            } catch {
                continue
            }
        }
        return crossings
    }

    private static func order(
        _ skeleton: Skeleton, _ separations: [(arrow: Int, compound: Int)]
    ) throws(Infeasible) -> Crossings {
        let ranks = try Ranks(skeleton, separations: separations)
        return Order(skeleton, Lattice(skeleton, ranks)).crossings
    }
}
