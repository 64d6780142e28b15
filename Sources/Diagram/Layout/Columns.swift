/// Where everything stands from left to right: phase 5, by the order and by which lines want to be straight.
struct Columns: Sendable {
    /// By item its middle; of words that of their line.
    fileprivate(set) var middle: [Int]
    /// By arrow: the middle of its words.
    fileprivate(set) var text: [Int]
    /// By item: the left border of a compound.
    let left: [Int]
    /// By item: the right border of a compound.
    let right: [Int]
    /// By line, at its upper and at its lower end.
    fileprivate(set) var ends: [(upper: Int, lower: Int)]

    /// A step to the side of at most this is asked to go away.
    private static let smallStep = 40
    private static let stepRounds = 3

    /// Lines with a small step are pulled harder, as long as that leaves fewer of them bent.
    static func found(_ skeleton: Skeleton, _ crossings: Crossings) throws(Infeasible) -> Columns {
        var isUrgent = Array(repeating: false, count: crossings.lattice.lines.count)
        var best = try Columns(skeleton, crossings, isUrgent)
        for _ in 0..<stepRounds {
            let steps = best.ends.indices.filter {
                let step = abs(best.ends[$0].upper - best.ends[$0].lower)
                return step > 0 && step <= smallStep && !isUrgent[$0]
            }
            if steps.isEmpty { break }
            for line in steps { isUrgent[line] = true }
            let next = try Columns(skeleton, crossings, isUrgent)
            if next.bent < best.bent { best = next }
        }
        return best
    }

    /// - Parameter isUrgent: by line, whether it is to be straight at nearly any cost.
    private init(
        _ skeleton: Skeleton, _ crossings: Crossings, _ isUrgent: [Bool]
    ) throws(Infeasible) {
        var builder = ColumnBuilder(skeleton, crossings, isUrgent)
        builder.place()
        let x = try builder.simplex.solve()
        let least = x[builder.left[crossings.lattice.itemOfState[0]]]
        func value(_ variable: Int) -> Int { variable < 0 ? 0 : x[variable] - least }
        middle = builder.middle.map(value)
        text = builder.text.map(value)
        left = builder.left.map(value)
        right = builder.right.map(value)
        ends = builder.ends.map { (value($0.upper), value($0.lower)) }
        relax(skeleton, crossings.lattice)
    }

    /// A line through words that bends above and below them anyway goes through their middle.
    private mutating func relax(_ skeleton: Skeleton, _ lattice: Lattice) {
        for arrow in skeleton.arrows.indices {
            let item = lattice.itemOfLabel[arrow]
            let own = lattice.lines.indices.filter { lattice.lines[$0].arrow == arrow }
            let touching = own.filter {
                lattice.lines[$0].upper == item || lattice.lines[$0].lower == item
            }
            guard touching.allSatisfy({ ends[$0].upper != ends[$0].lower }) else { continue }
            middle[item] = text[arrow]
            for line in touching {
                if lattice.lines[line].upper == item { ends[line].upper = text[arrow] }
                if lattice.lines[line].lower == item { ends[line].lower = text[arrow] }
            }
        }
    }

    func isStraight(_ line: Int) -> Bool { ends[line].upper == ends[line].lower }

    private var bent: Int { ends.count { $0.upper != $0.lower } }
}

/// Half widths and gaps that phases share.
struct Extents: Sendable {
    let skeleton: Skeleton
    let lattice: Lattice

    /// What a box takes left of its middle, without its dot.
    func boxLeft(_ state: Int) -> Int { skeleton.boxes[state].width / 2 }
    func boxRight(_ state: Int) -> Int {
        skeleton.boxes[state].width - skeleton.boxes[state].width / 2
    }

    func isDotted(_ state: Int) -> Bool {
        skeleton.chart.states[state].parent.map { skeleton.dotted[$0] == state } ?? false
    }

    /// Left and right of an item's middle; of a compound what stands out of its borders.
    func sides(_ item: Int) -> (left: Int, right: Int) {
        switch lattice.items[item].kind {
        case .state(let state):
            let dot = isDotted(state) ? Sizes.dotRoom : 0
            return (boxLeft(state) + dot, boxRight(state) + skeleton.boxes[state].loopRoom)
        case .compound(let state): return (isDotted(state) ? Sizes.dotRoom + 2 : 0, 0)
        case .header(let state):
            let width = skeleton.boxes[state].headerWidth
            return (width / 2, width - width / 2)
        case .start: return (Sizes.startRadius, Sizes.startRadius)
        case .label(let arrow):
            let width = skeleton.arrows[arrow].label.width
            return (width / 2, width - width / 2)
        case .chain, .port: return (0, 0)
        }
    }

    func gap(_ first: Int, _ second: Int) -> Int {
        let (one, other) = (lattice.items[first], lattice.items[second])
        if one.isThin || other.isThin { return 14 }
        return one.isBox && other.isBox ? 28 : 16
    }

    /// From the corner of a box to the nearest end of an arrow.
    func corner(_ state: Int) -> Int {
        switch skeleton.chart.states[state].kind {
        case .final: 16
        case .history: 13
        case .atomic, .compound, .parallel, .region: 12
        }
    }
}

private struct ColumnBuilder {
    let skeleton: Skeleton
    let crossings: Crossings
    let lattice: Lattice
    let extents: Extents
    private let isUrgent: [Bool]
    var simplex = Simplex()
    private(set) var middle: [Int] = []
    private(set) var text: [Int] = []
    private(set) var left: [Int] = []
    private(set) var right: [Int] = []
    private(set) var ends: [(upper: Int, lower: Int)] = []

    init(_ skeleton: Skeleton, _ crossings: Crossings, _ isUrgent: [Bool]) {
        self.isUrgent = isUrgent
        self.skeleton = skeleton
        self.crossings = crossings
        lattice = crossings.lattice
        extents = Extents(skeleton: skeleton, lattice: lattice)
        text = Array(repeating: -1, count: skeleton.arrows.count)
        for item in lattice.items {
            let isCompound = if case .compound = item.kind { true } else { false }
            middle.append(isCompound ? -1 : simplex.variable())
            left.append(isCompound ? simplex.variable() : -1)
            right.append(isCompound ? simplex.variable() : -1)
            if case .label(let arrow) = item.kind { text[arrow] = simplex.variable() }
        }
        ends = lattice.lines.map { (middle[$0.upper], middle[$0.lower]) }
    }

    mutating func place() {
        for compound in crossings.contents.indices where skeleton.isCompound(compound) {
            separate(compound)
        }
        for (index, item) in lattice.items.enumerated() {
            switch item.kind {
            case .header(let state):
                let border = left[lattice.itemOfState[state]]
                simplex.fix(border, middle[index], 16 + extents.sides(index).left)
            case .compound(let state):
                simplex.keep(left[index], right[index], 40, weight: state == 0 ? 1 : 2)
            case .label(let arrow):
                let room = skeleton.arrows[arrow].label.width / 2 - 12
                let reach = max(0, min(24, room))
                simplex.keep(text[arrow], middle[index], -reach)
                simplex.keep(middle[index], text[arrow], -reach)
                simplex.pull(text[arrow], middle[index], weight: 2)
            case .state, .start, .chain, .port: break
            }
        }
        for state in skeleton.chart.states.indices where !skeleton.isCompound(state) {
            dock(state, isBelow: true)
            dock(state, isBelow: false)
        }
        straighten()
        for (index, item) in lattice.items.enumerated() {
            if case .port(let arrow) = item.kind { centre(index, arrow) }
        }
    }

    private func edge(_ item: Int, isLeft: Bool) -> (variable: Int, offset: Int) {
        let sides = extents.sides(item)
        let offset = isLeft ? -sides.left : sides.right
        switch lattice.items[item].kind {
        case .compound: return (isLeft ? left[item] : right[item], offset)
        case .label(let arrow): return (text[arrow], offset)
        case .state, .header, .start, .chain, .port: return (middle[item], offset)
        }
    }

    /// Neighbours that share a row keep a distance, and all keep within the borders.
    private mutating func separate(_ compound: Int) {
        let list = crossings.contents[compound]
        let own = lattice.itemOfState[compound]
        var known: [Int: [Int]] = [:]
        var isFirst: [Int: Bool] = [:]
        var isLast: [Int: Bool] = [:]
        for rank in lattice.items[own].first...lattice.items[own].last {
            let row = list.filter {
                lattice.items[$0].first <= rank && rank <= lattice.items[$0].last
            }
            for (one, other) in zip(row, row.dropFirst()) {
                if known[one]?.contains(other) == true { continue }
                known[one, default: []].append(other)
                let (from, to) = (edge(one, isLeft: false), edge(other, isLeft: true))
                simplex.keep(
                    from.variable, to.variable,
                    from.offset - to.offset + extents.gap(one, other))
            }
            if let first = row.first, isFirst.updateValue(true, forKey: first) == nil {
                let to = edge(first, isLeft: true)
                simplex.keep(left[own], to.variable, 16 - to.offset)
            }
            if let last = row.last, isLast.updateValue(true, forKey: last) == nil {
                let from = edge(last, isLeft: false)
                simplex.keep(from.variable, right[own], from.offset + 16)
            }
        }
    }

    /// The ends of arrows along one side of a box, in the order of their other ends.
    private mutating func dock(_ state: Int, isBelow: Bool) {
        let item = lattice.itemOfState[state]
        let own = lattice.lines.indices.filter {
            (isBelow ? lattice.lines[$0].upper : lattice.lines[$0].lower) == item
        }.sorted { first, second in
            func key(_ line: Int) -> (Int, Int) {
                let other = isBelow ? lattice.lines[line].lower : lattice.lines[line].upper
                return (crossings.places[other], lattice.lines[line].arrow)
            }
            return key(first) < key(second)
        }
        let corner = extents.corner(state)
        let width = skeleton.boxes[state].width
        var previous: Int?
        for (position, line) in own.enumerated() {
            let port = simplex.variable()
            if isBelow { ends[line].upper = port } else { ends[line].lower = port }
            if let previous {
                simplex.keep(previous, port, 16)
            } else {
                simplex.keep(middle[item], port, corner - extents.boxLeft(state))
            }
            previous = port
            let slot = width * (position + 1) / (own.count + 1) - extents.boxLeft(state)
            simplex.pull(middle[item], port, offset: slot, weight: 1)
        }
        if let previous {
            simplex.keep(previous, middle[item], corner - extents.boxRight(state))
        }
    }

    private mutating func straighten() {
        for (index, line) in lattice.lines.enumerated() {
            let (one, other) = (lattice.items[line.upper], lattice.items[line.lower])
            var weight = 3
            if isPort(one) || isPort(other) {
                weight = 4
            } else if one.compound != other.compound {
                weight = 4
            } else if !one.isBox, !other.isBox {
                weight = 8
            }
            if isUrgent[index] { weight *= 8 }
            simplex.pull(ends[index].upper, ends[index].lower, weight: weight)
        }
    }

    private func isPort(_ item: Lattice.Item) -> Bool {
        if case .port = item.kind { true } else { false }
    }

    /// What ends at a compound's border from outside does so above what is entered first.
    private mutating func centre(_ item: Int, _ arrow: Int) {
        let compound = lattice.items[item].compound
        guard compound != skeleton.arrows[arrow].home else { return }
        var current = compound
        while skeleton.isCompound(current) {
            let state = skeleton.chart.states[current]
            let isParallel = state.kind == .parallel
            let next = isParallel ? state.children[state.children.count / 2] : state.initial
            guard let next = next ?? state.children.first, next > current else { return }
            current = next
        }
        simplex.pull(middle[item], middle[lattice.itemOfState[current]], weight: 1)
    }
}
