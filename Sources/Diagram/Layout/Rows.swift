/// Where everything stands from above to below: phase 8. Each thing keeps a distance from all that it sees above it,
/// and the rest is pulled together.
struct Rows: Sendable {
    /// By item: the upper and the lower edge of a box, of words, of a compound.
    let spans: [(top: Int, bottom: Int)]
    /// By channel and position in `Tracks.channels`.
    let tracks: [[Int]]

    init(
        _ skeleton: Skeleton, _ lattice: Lattice, _ columns: Columns, _ tracks: Tracks
    ) throws(Infeasible) {
        var builder = RowBuilder(skeleton, lattice, columns, tracks)
        builder.stack()
        builder.pullTogether()
        let y = try builder.simplex.solve()
        let least = y[builder.tops[0]]
        spans = lattice.items.indices.map { item in
            let element = builder.elementOfItem[item].map { builder.elements[$0] }
            guard let element else { return (0, 0) }
            if case .compound(let state) = lattice.items[item].kind {
                return (y[builder.tops[state]] - least, y[builder.bottoms[state]] - least)
            }
            let here = y[element.variable] - least
            return (here + element.above, here + element.below)
        }
        self.tracks = builder.trackVariables.map { $0.map { y[$0] - least } }
    }
}

/// What takes room from above to below.
private struct Element {
    enum Shape: Int {
        case topBorder
        case header
        case box
        case label
        case track
        case bottomBorder
    }

    let shape: Shape
    let rank: Int
    var track = 0
    let left: Int
    let right: Int
    let variable: Int
    /// From the variable to the edges.
    let above: Int
    let below: Int
    /// Whether an arrowhead ends at its upper, at its lower edge.
    var hasTipAbove = false
    var hasTipBelow = false

    /// From above to below, as in a plain grid.
    var sortKey: (Int, Int, Int) {
        let order =
            switch shape {
            case .topBorder: 0
            case .header, .box, .label: 1
            case .bottomBorder: 2
            case .track: 3
            }
        return (rank, order, track)
    }

    /// To what it sees above it.
    func distance(below other: Element) -> Int {
        let tips = (other.hasTipBelow ? 9 : 0) + (hasTipAbove ? 9 : 0)
        return Self.distances[other.shape.rawValue][shape.rawValue] + tips
    }

    /// From the row's shape to the column's.
    private static let distances = [
        //  top head box label track bottom
        [12, 6, 14, 8, 9, 20],
        [6, 6, 6, 4, 6, 8],
        [16, 16, 16, 8, 9, 13],
        [7, 8, 7, 8, 7, 9],
        [8, 8, 8, 7, 9, 9],
        [16, 16, 16, 8, 9, 11],
    ]
}

private struct RowBuilder {
    let skeleton: Skeleton
    let lattice: Lattice
    let columns: Columns
    let tracks: Tracks
    var simplex = Simplex()
    private(set) var tops: [Int] = []
    private(set) var bottoms: [Int] = []
    private(set) var trackVariables: [[Int]] = []
    private(set) var elements: [Element] = []
    /// Of a compound its upper border.
    private(set) var elementOfItem: [Int?] = []
    /// By compound: the lower border.
    private var lowerBorders: [Int?]
    private let extents: Extents

    init(_ skeleton: Skeleton, _ lattice: Lattice, _ columns: Columns, _ tracks: Tracks) {
        self.skeleton = skeleton
        self.lattice = lattice
        self.columns = columns
        self.tracks = tracks
        extents = Extents(skeleton: skeleton, lattice: lattice)
        elementOfItem = Array(repeating: nil, count: lattice.items.count)
        lowerBorders = Array(repeating: nil, count: skeleton.chart.states.count)
        for _ in skeleton.chart.states {
            tops.append(simplex.variable())
            bottoms.append(simplex.variable())
        }
        addItems()
        addTracks()
        addTips()
    }

    private mutating func addItems() {
        // Boxes of one compound and row share their middle, and so do words.
        var rows: [(compound: Int, rank: Int, isLabel: Bool, variable: Int)] = []
        func row(_ item: Lattice.Item, isLabel: Bool, _ simplex: inout Simplex) -> Int {
            if let known = rows.first(where: {
                $0.compound == item.compound && $0.rank == item.first && $0.isLabel == isLabel
            }) {
                return known.variable
            }
            rows.append((item.compound, item.first, isLabel, simplex.variable()))
            return rows[rows.count - 1].variable
        }
        for (index, item) in lattice.items.enumerated() {
            let sides = extents.sides(index)
            let (left, right) =
                (columns.middle[index] - sides.left, columns.middle[index] + sides.right)
            func add(_ shape: Element.Shape, _ variable: Int, _ above: Int, _ height: Int) {
                elementOfItem[index] = elements.count
                elements.append(
                    Element(
                        shape: shape, rank: item.first, left: left, right: right,
                        variable: variable, above: above, below: above + height))
            }
            switch item.kind {
            case .state(let state):
                let height = skeleton.boxes[state].height
                // History pills are led to from anywhere, and would take their row along.
                let isAlone = skeleton.boxes[state].isHistory
                let middle =
                    isAlone ? simplex.variable() : row(item, isLabel: false, &simplex)
                add(.box, middle, -(height / 2), height)
            case .start:
                let size = 2 * Sizes.startRadius
                add(.box, row(item, isLabel: false, &simplex), -size / 2, size)
            case .label(let arrow):
                let label = skeleton.arrows[arrow].label
                guard label.height > 0 else { continue }
                let text = columns.text[arrow]
                elementOfItem[index] = elements.count
                elements.append(
                    Element(
                        shape: .label, rank: item.first,
                        left: min(text - sides.left, columns.middle[index]),
                        right: max(text + sides.right, columns.middle[index]),
                        variable: row(item, isLabel: true, &simplex), above: -(label.height / 2),
                        below: label.height - label.height / 2))
            case .header(let state):
                add(.header, tops[state], 6, skeleton.boxes[state].headerHeight)
            case .compound(let state):
                elementOfItem[index] = elements.count
                let (from, to) = (columns.left[index], columns.right[index])
                elements.append(
                    Element(
                        shape: .topBorder, rank: item.first, left: from - sides.left, right: to,
                        variable: tops[state], above: 0, below: 0))
                lowerBorders[state] = elements.count
                elements.append(
                    Element(
                        shape: .bottomBorder, rank: item.last, left: from, right: to,
                        variable: bottoms[state], above: 0, below: 0))
            case .chain, .port: break
            }
        }
    }

    private mutating func addTracks() {
        for (channel, pieces) in tracks.channels.enumerated() {
            var variables: [Int] = []
            for piece in pieces {
                variables.append(simplex.variable())
                elements.append(
                    Element(
                        shape: .track, rank: channel, track: piece.track, left: piece.least,
                        right: piece.most, variable: variables[variables.count - 1], above: 0,
                        below: 0))
            }
            trackVariables.append(variables)
        }
    }

    private mutating func addTips() {
        for arrow in skeleton.arrows {
            if arrow.isBackward {
                let below =
                    skeleton.isCompound(arrow.upper)
                    ? lowerBorders[arrow.upper] : elementOfItem[lattice.itemOfState[arrow.upper]]
                if let below { elements[below].hasTipBelow = true }
            } else {
                let above =
                    arrow.endsAtHome
                    ? lowerBorders[arrow.lower] : elementOfItem[lattice.itemOfState[arrow.lower]]
                if let above { elements[above].hasTipAbove = true }
            }
        }
    }

    /// One look from each element upwards.
    mutating func stack() {
        let order = elements.indices.sorted {
            let (one, other) = (elements[$0].sortKey, elements[$1].sortKey)
            return one == other ? $0 < $1 : one < other
        }
        let width = (columns.right.max() ?? 0) + 64
        // What is lowest so far at each place.
        var skyline: [Int] = Array(repeating: -1, count: width + 64)
        for index in order {
            let element = elements[index]
            var seen: [Int] = []
            for place in max(
                0, element.left - 7 + 32)...min(skyline.count - 1, element.right + 7 + 32)
            {
                let other = skyline[place]
                if other >= 0, seen.last != other, !seen.contains(other) { seen.append(other) }
            }
            for other in seen where elements[other].variable != element.variable {
                let above = elements[other]
                simplex.keep(
                    above.variable, element.variable,
                    element.distance(below: above) + above.below - element.above)
            }
            for place in max(0, element.left + 32)...min(skyline.count - 1, element.right + 32) {
                skyline[place] = index
            }
        }
    }

    /// What is minimised: heights, and the ways of arrows from their ends to their words.
    mutating func pullTogether() {
        for state in skeleton.chart.states.indices {
            guard skeleton.isCompound(state) else {
                simplex.keep(tops[state], bottoms[state], 0)
                continue
            }
            simplex.keep(tops[state], bottoms[state], 20, weight: state == 0 ? 1 : 2)
            guard skeleton.chart.states[state].kind == .parallel else { continue }
            let children = skeleton.chart.states[state].children.filter(skeleton.isCompound)
            for (one, other) in zip(children, children.dropFirst()) {
                let (first, second) = (
                    lattice.items[lattice.itemOfState[one]],
                    lattice.items[lattice.itemOfState[other]]
                )
                if first.first == second.first { simplex.fix(tops[one], tops[other], 0) }
                if first.last == second.last { simplex.fix(bottoms[one], bottoms[other], 0) }
            }
        }
        for index in skeleton.arrows.indices { pull(index) }
        // What is entered first stands at the top, whatever pulls at what comes after it.
        for (state, child) in skeleton.dotted.enumerated() {
            guard let child else { continue }
            let element = elementOfItem[lattice.itemOfState[child]].map { elements[$0] }
            if let element { simplex.keep(tops[state], element.variable, 0, weight: 2) }
        }
    }

    private mutating func pull(_ index: Int) {
        let arrow = skeleton.arrows[index]
        let walk = lattice.walks[index]
        guard let first = walk.first, let last = walk.last else { return }
        let upper = end(first, arrow.upper, isInner: arrow.beginsAtHome, isUpper: true)
        let lower = end(last, arrow.lower, isInner: arrow.endsAtHome, isUpper: false)
        let weights = arrow.isStart ? (4, 4) : arrow.isBackward ? (1, 3) : (3, 1)
        if let label = elementOfItem[lattice.itemOfLabel[index]].map({ elements[$0] }) {
            simplex.keep(
                upper.variable, label.variable, upper.offset - label.above, weight: weights.0)
            simplex.keep(
                label.variable, lower.variable, label.below - lower.offset, weight: weights.1)
        } else {
            simplex.keep(upper.variable, lower.variable, upper.offset - lower.offset, weight: 1)
        }
        for (channel, pieces) in tracks.channels.enumerated() {
            for (position, piece) in pieces.enumerated()
            where lattice.lines[piece.line].arrow == index {
                let track = trackVariables[channel][position]
                if arrow.isBackward {
                    simplex.keep(track, lower.variable, -lower.offset, weight: 1)
                } else {
                    simplex.keep(upper.variable, track, upper.offset, weight: 1)
                }
            }
        }
    }

    /// The edge that an arrow ends at.
    private func end(
        _ item: Int, _ state: Int, isInner: Bool, isUpper: Bool
    ) -> (variable: Int, offset: Int) {
        if let element = elementOfItem[item].map({ elements[$0] }) {
            return (element.variable, isUpper ? element.below : element.above)
        }
        return (isUpper != isInner ? bottoms[state] : tops[state], 0)
    }
}
