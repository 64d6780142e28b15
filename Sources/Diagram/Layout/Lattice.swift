/// Everything that takes room, with the rows that it spans, and the lines between them: phase 3.
///
/// An arrow becomes a walk from its upper end over its words to its lower end. Where it passes rows of a compound it
/// is one upright piece, a chain, in each compound on its way; where it ends at a compound's border it has a port there.
struct Lattice: Sendable {
    enum Kind: Sendable, Hashable {
        case state(Int)
        case compound(Int)
        /// The name of a compound, at its upper border.
        case header(Int)
        /// By arrow: the dot that it comes from.
        case start(Int)
        /// By arrow.
        case label(Int)
        case chain(Int)
        case port(Int)
    }

    struct Item: Sendable {
        let kind: Kind
        /// The compound that it stands in, a state; of the root −1.
        let compound: Int
        let first: Int
        let last: Int
        /// Where it stands at first among the others of its compound.
        let key: [Int]

        var isBox: Bool {
            switch kind {
            case .state, .compound: true
            case .header, .start, .label, .chain, .port: false
            }
        }

        var isThin: Bool {
            switch kind {
            case .chain, .port: true
            case .state, .compound, .header, .start, .label: false
            }
        }
    }

    /// A line between two items, from the one's last row to the next, which is the other's first.
    struct Line: Sendable {
        let arrow: Int
        let upper: Int
        let lower: Int
        /// The row above.
        let channel: Int
        /// The first of its arrow, whose upper end is the arrow's.
        var isFirst = false
        /// The last of its arrow.
        var isLast = false
    }

    private(set) var items: [Item] = []
    private(set) var lines: [Line] = []
    /// By state: its item.
    private(set) var itemOfState: [Int] = []
    /// By arrow: the item of its words.
    private(set) var itemOfLabel: [Int] = []
    /// By arrow: its items from above to below, its ends included.
    private(set) var walks: [[Int]] = []
    /// The items of a compound at its beginning, in document order; by state.
    private(set) var contents: [[Int]] = []
    let ranks: Ranks
    private let skeleton: Skeleton

    init(_ skeleton: Skeleton, _ ranks: Ranks) {
        self.ranks = ranks
        self.skeleton = skeleton
        addBoxes()
        for index in skeleton.arrows.indices { walk(index) }
        contents = Array(repeating: [], count: skeleton.chart.states.count)
        for (index, item) in items.enumerated() where item.compound >= 0 {
            contents[item.compound].append(index)
        }
        for state in contents.indices {
            contents[state].sort { first, second in
                let (one, other) = (items[first].key, items[second].key)
                return one == other ? first < second : one.lexicographicallyPrecedes(other)
            }
        }
    }

    private mutating func addBoxes() {
        for (index, state) in skeleton.chart.states.enumerated() {
            let key = [2 * skeleton.place[index], 0]
            let kind = skeleton.isCompound(index) ? Kind.compound(index) : .state(index)
            itemOfState.append(
                add(kind, in: state.parent ?? -1, ranks.top[index], ranks.bottom[index], key: key))
        }
        for index in skeleton.chart.states.indices where skeleton.isCompound(index) {
            _ = add(.header(index), in: index, ranks.top[index], ranks.top[index], key: [-4])
        }
    }

    private mutating func add(
        _ kind: Kind, in compound: Int, _ first: Int, _ last: Int, key: [Int]
    ) -> Int {
        items.append(Item(kind: kind, compound: compound, first: first, last: last, key: key))
        return items.count - 1
    }

    private mutating func walk(_ index: Int) {
        let arrow = skeleton.arrows[index]
        let rank = ranks.label[index]
        let key = labelKey(index)
        let above = climb(
            index, from: arrow.upper, beginsAtBorder: arrow.beginsAtHome, to: rank, isDown: true)
        let label = add(.label(index), in: arrow.home, rank, rank, key: key)
        itemOfLabel.append(label)
        let below = climb(
            index, from: arrow.lower, beginsAtBorder: arrow.endsAtHome, to: rank, isDown: false)
        let walk = above + [label] + below.reversed()
        walks.append(walk)
        for (position, (upper, lower)) in zip(walk, walk.dropFirst()).enumerated() {
            lines.append(
                Line(
                    arrow: index, upper: upper, lower: lower, channel: items[upper].last,
                    isFirst: position == 0, isLast: position == walk.count - 2))
        }
    }

    /// Where an arrow's words stand at first: behind the upper end's box, then by the lower end.
    private func labelKey(_ index: Int) -> [Int] {
        let arrow = skeleton.arrows[index]
        func place(_ state: Int) -> Int? {
            skeleton.chart.child(of: arrow.home, holding: state).map { skeleton.place[$0] }
        }
        if arrow.isStart { return [-2, index] }
        let below = place(arrow.lower) ?? 1000
        guard let above = place(arrow.upper) else { return [1_000_000, 98, below, index] }
        return [2 * above, 1, below, index]
    }

    /// The items from an end of an arrow towards its words.
    private mutating func climb(
        _ index: Int, from end: Int, beginsAtBorder: Bool, to label: Int, isDown: Bool
    ) -> [Int] {
        let arrow = skeleton.arrows[index]
        let step = isDown ? 1 : -1
        var found: [Int] = []
        var compound: Int
        var rank: Int
        if arrow.isStart, isDown {
            rank = ranks.start[index]
            found.append(add(.start(index), in: arrow.home, rank, rank, key: [-3, index]))
            compound = arrow.home
        } else if beginsAtBorder || skeleton.isCompound(end) {
            // Of the home itself the other border, from inside.
            rank = isDown != beginsAtBorder ? ranks.bottom[end] : ranks.top[end]
            found.append(add(.port(index), in: end, rank, rank, key: labelKey(index)))
            compound = beginsAtBorder ? end : skeleton.chart.states[end].parent ?? 0
        } else {
            rank = isDown ? ranks.bottom[end] : ranks.top[end]
            found.append(itemOfState[end])
            compound = skeleton.chart.states[end].parent ?? 0
        }
        var current = end
        rank += step
        while rank != label {
            let isHome = compound == arrow.home
            let border = isDown ? ranks.bottom[compound] : ranks.top[compound]
            let last = isHome ? label - step : border
            let child = skeleton.chart.child(of: compound, holding: current)
            // A compound that has ended already at this row is left.
            if isHome || (isDown ? rank <= last : rank >= last) {
                found.append(
                    add(
                        .chain(index), in: compound, min(rank, last), max(rank, last),
                        key: child.map { [2 * skeleton.place[$0] + 1, 0, index] }
                            ?? labelKey(index)))
                rank = last + step
            }
            if rank == label { break }
            current = compound
            compound = skeleton.chart.states[compound].parent ?? 0
        }
        return found
    }
}
