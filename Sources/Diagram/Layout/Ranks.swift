/// In which row everything stands, counted from above: phase 2.
struct Ranks: Sendable {
    /// Of a state without children its rank; of a compound that of its upper border.
    let top: [Int]
    /// The same, or the rank of a compound's lower border.
    let bottom: [Int]
    /// By arrow.
    let label: [Int]
    /// By arrow that comes from a start: the start's.
    let start: [Int]

    /// - Parameter separations: arrows whose words must stand below a compound that they would pass through.
    init(_ skeleton: Skeleton, separations: [(arrow: Int, compound: Int)])
        throws(Infeasible)
    {
        var builder = RankBuilder(skeleton)
        builder.nest()
        builder.connect()
        builder.settle()
        for separation in separations {
            builder.simplex.keep(
                builder.bottom[separation.compound], builder.labels[separation.arrow], 1)
        }
        let x = try builder.simplex.solve()
        let least = x[builder.top[0]]
        top = builder.top.map { x[$0] - least }
        bottom = builder.bottom.map { x[$0] - least }
        label = builder.labels.map { x[$0] - least }
        start = builder.starts.map { $0 < 0 ? 0 : x[$0] - least }
    }
}

private struct RankBuilder {
    let skeleton: Skeleton
    var simplex = Simplex()
    private(set) var top: [Int] = []
    private(set) var bottom: [Int] = []
    private(set) var labels: [Int] = []
    private(set) var starts: [Int] = []
    private var chart: Chart { skeleton.chart }

    init(_ skeleton: Skeleton) {
        self.skeleton = skeleton
        for state in skeleton.chart.states.indices {
            top.append(simplex.variable())
            bottom.append(skeleton.isCompound(state) ? simplex.variable() : top[state])
        }
        for arrow in skeleton.arrows {
            labels.append(simplex.variable())
            starts.append(arrow.isStart ? simplex.variable() : -1)
        }
    }

    /// Children lie within their parents, regions side by side.
    mutating func nest() {
        for (index, state) in chart.states.enumerated() where skeleton.isCompound(index) {
            simplex.keep(top[index], bottom[index], 1, weight: 2)
            let last = state.children.last
            for child in state.children {
                let isFirst = child == state.children.first
                let weight = state.kind == .parallel && isFirst ? 1 : 0
                simplex.keep(top[index], top[child], 1, weight: weight)
                simplex.keep(bottom[child], bottom[index], 1, weight: weight)
            }
            guard state.kind == .parallel, let last else { continue }
            let joins = skeleton.arrows.contains { arrow in
                arrow.home == index && !arrow.beginsAtHome && !arrow.endsAtHome && !arrow.isStart
            }
            if joins { continue }
            for child in state.children where child != last && skeleton.isCompound(child) {
                guard skeleton.isCompound(last) else { continue }
                simplex.fix(top[child], top[last], 0)
                simplex.fix(bottom[child], bottom[last], 0)
            }
        }
    }

    /// Words stand between the ends of their arrow, near its source.
    mutating func connect() {
        for (index, arrow) in skeleton.arrows.enumerated() {
            let home = arrow.home
            simplex.keep(top[home], labels[index], 1)
            simplex.keep(labels[index], bottom[home], 1)
            var upper = arrow.beginsAtHome ? top[home] : bottom[arrow.upper]
            let lower = arrow.endsAtHome ? bottom[home] : top[arrow.lower]
            if arrow.isStart {
                upper = starts[index]
                simplex.keep(top[home], upper, 1)
            }
            let weights =
                arrow.isStart ? (4, 4) : arrow.isBackward ? (1, 3) : (3, 1)
            simplex.keep(upper, labels[index], 1, weight: weights.0)
            simplex.keep(labels[index], lower, 1, weight: weights.1)
            // A border is crossed at its top or at its bottom only.
            if !arrow.isStart, let outer = chart.child(of: home, holding: arrow.upper) {
                simplex.keep(bottom[outer], labels[index], 1)
            }
            if let outer = chart.child(of: home, holding: arrow.lower) {
                simplex.keep(labels[index], top[outer], 1)
            }
        }
    }

    /// A state that nothing leads to from above stays below the one before it, so that an edit does not lift it.
    mutating func settle() {
        var isEntered = Array(repeating: false, count: chart.states.count)
        for arrow in skeleton.arrows where !arrow.isBackward || arrow.isStart {
            if let child = chart.child(of: arrow.home, holding: arrow.lower) {
                isEntered[child] = true
            }
        }
        for (index, state) in chart.states.enumerated()
        where skeleton.isCompound(index) && state.kind != .parallel {
            for (before, child) in zip(state.children, state.children.dropFirst())
            where !isEntered[child] {
                simplex.keep(top[before], top[child], 0, weight: 1)
            }
            if let first = state.children.first, !isEntered[first] {
                simplex.keep(top[index], top[first], 1, weight: 1)
            }
        }
    }
}
