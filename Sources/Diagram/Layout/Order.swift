/// Who stands left of whom: phase 4. Begins with the document's order and accepts nothing but what is strictly better.
struct Order: Sendable {
    private(set) var crossings: Crossings
    private let skeleton: Skeleton
    private static let rounds = 12

    init(_ skeleton: Skeleton, _ lattice: Lattice) {
        self.skeleton = skeleton
        crossings = Crossings(skeleton, lattice)
        let start = crossings.contents
        sift()
        var best = (cost: crossings.cost, orders: crossings.contents)
        if crossings.crossingCost > 0 {
            for sweeps in [6, 1] {
                crossings.arrange(start)
                for sweep in 0..<sweeps { self.sweep(fromAbove: sweep.isMultiple(of: 2)) }
                sift()
                let cost = crossings.cost
                if cost < best.cost { best = (cost, crossings.contents) }
            }
        }
        crossings.arrange(best.orders)
        moveArrows()
    }

    /// Moves one item after another to its cheapest place, until none wants to move.
    private mutating func sift() {
        for _ in 0..<Self.rounds {
            var hasMoved = false
            for compound in crossings.contents.indices {
                for item in crossings.lattice.contents[compound] where crossings.mayMove(item) {
                    if settle(item, in: compound) { hasMoved = true }
                }
            }
            if !hasMoved { return }
        }
    }

    private mutating func settle(_ item: Int, in compound: Int) -> Bool {
        guard let origin = crossings.contents[compound].firstIndex(of: item) else { return false }
        return settle(origin..<(origin + 1), in: compound) < 0
    }

    /// Slides neighbours together over all others to their cheapest place; a header stays the first.
    /// - Returns: by how much the cost changes; 0: they stay.
    private mutating func settle(_ block: Range<Int>, in compound: Int) -> Int {
        let count = crossings.contents[compound].count
        let before = crossings.state
        var best = (cost: 0, move: 0)
        var sum = 0
        var move = 0
        while block.lowerBound + move > 0 {
            let next = crossings.contents[compound][block.lowerBound + move - 1]
            if case .header = crossings.lattice.items[next].kind { break }
            for position in block {
                sum += step(position + move - 1, in: compound)
            }
            move -= 1
            if sum < best.cost { best = (sum, move) }
        }
        crossings.restore(before)
        move = 0
        sum = 0
        while block.upperBound + move < count {
            for position in block.reversed() {
                sum += step(position + move, in: compound)
            }
            move += 1
            if sum < best.cost || (sum == best.cost && sum < 0 && move < -best.move) {
                best = (sum, move)
            }
        }
        crossings.restore(before)
        slide(block, in: compound, by: best.move)
        return best.cost
    }

    /// Swaps two neighbours, and says what that costs.
    private mutating func step(_ position: Int, in compound: Int) -> Int {
        let change = crossings.change(
            swapping: crossings.contents[compound][position],
            crossings.contents[compound][position + 1])
        crossings.swap(position, in: compound)
        return change
    }

    private mutating func slide(_ block: Range<Int>, in compound: Int, by goal: Int) {
        for move in stride(from: 0, to: goal, by: -1) {
            for position in block { crossings.swap(position + move - 1, in: compound) }
        }
        for move in stride(from: 0, to: goal, by: 1) {
            for position in block.reversed() { crossings.swap(position + move, in: compound) }
        }
    }

    /// Sorts by where everything is pulled from one side; what is not pulled keeps its place.
    private mutating func sweep(fromAbove: Bool) {
        var orders = crossings.contents
        for compound in orders.indices {
            let list = orders[compound]
            let movable = list.filter(crossings.mayMove)
            let keyed = movable.map { item in
                (crossings.pull(item, fromAbove: fromAbove) ?? crossings.places[item] * 16, item)
            }
            let places = movable.map { crossings.places[$0] }
            let sorted = zip(keyed, places).sorted {
                ($0.0.0, $0.1) < ($1.0.0, $1.1)
            }.map(\.0.1)
            var next = sorted.makeIterator()
            orders[compound] = list.map { crossings.mayMove($0) ? next.next() ?? $0 : $0 }
            crossings.arrange(orders)
        }
    }

    /// Moves the words and chains of an arrow that crosses something together, with and without its lower end.
    private mutating func moveArrows() {
        for _ in 0..<4 {
            var hasMoved = false
            var done = Array(repeating: false, count: skeleton.arrows.count)
            for line in crossings.crossing {
                let arrow = crossings.lattice.lines[line].arrow
                if done[arrow] { continue }
                done[arrow] = true
                if move(arrow, withEnd: false) || move(arrow, withEnd: true) { hasMoved = true }
            }
            if !hasMoved { return }
        }
    }

    private mutating func move(_ arrow: Int, withEnd: Bool) -> Bool {
        let home = skeleton.arrows[arrow].home
        let items = crossings.lattice.items
        let members = crossings.lattice.walks[arrow].filter { item in
            items[item].compound == home && crossings.mayMove(item)
                && (!items[item].isBox
                    || withEnd
                        && item == crossings.lattice.itemOfState[skeleton.arrows[arrow].lower])
        }
        guard members.count > 1 else { return false }
        let before = crossings.contents
        var sum = gather(members, in: home)
        guard let first = crossings.contents[home].firstIndex(where: members.contains) else {
            return false
        }
        sum += settle(first..<(first + members.count), in: home)
        if sum < 0 { return true }
        crossings.arrange(before)
        return false
    }

    /// Brings items together at the first of them.
    private mutating func gather(_ members: [Int], in compound: Int) -> Int {
        var sum = 0
        guard var next = crossings.contents[compound].firstIndex(where: members.contains) else {
            return 0
        }
        for position in crossings.contents[compound].indices.dropFirst(next)
        where members.contains(crossings.contents[compound][position]) {
            var current = position
            while current > next {
                sum += step(current - 1, in: compound)
                current -= 1
            }
            next += 1
        }
        return sum
    }
}
