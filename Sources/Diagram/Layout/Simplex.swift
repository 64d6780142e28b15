/// Distances that contradict each other.
struct Infeasible: Error {}

/// Integers that keep their distances and make the weighted sum of them as small as it can be: the network simplex
/// (Gansner et al. 1993), by which ranks, columns and rows are found alike.
///
/// Minimises `Σ weight · (x[to] − x[from])` where each `x[to] − x[from] ≥ distance`.
struct Simplex {
    struct Edge {
        let from: Int
        let to: Int
        let distance: Int
        let weight: Int
    }

    private(set) var count = 0
    private(set) var edges: [Edge] = []
    /// More than any chart has needed; what is found by then is kept, for it keeps all distances.
    private static let pivotLimit = 20_000

    mutating func variable() -> Int {
        count += 1
        return count - 1
    }

    /// `to − from ≥ distance`
    mutating func keep(_ from: Int, _ to: Int, _ distance: Int, weight: Int = 0) {
        edges.append(Edge(from: from, to: to, distance: distance, weight: weight))
    }

    /// `to − from = distance`
    mutating func fix(_ from: Int, _ to: Int, _ distance: Int) {
        keep(from, to, distance)
        keep(to, from, -distance)
    }

    /// Adds `weight · |first + offset − second|` to what is minimised.
    mutating func pull(_ first: Int, _ second: Int, offset: Int = 0, weight: Int) {
        let lower = variable()
        keep(lower, first, -offset, weight: weight)
        keep(lower, second, 0, weight: weight)
    }

    func solve() throws(Infeasible) -> [Int] {
        guard count > 0 else { return [] }
        var solution = Solution(count: count, edges: edges)
        try solution.relax()
        solution.growTree()
        var pivots = 0
        while pivots < Self.pivotLimit, solution.pivot() { pivots += 1 }
        return solution.x
    }
}

/// Positions, and the tree of tight edges that they hang on.
private struct Solution {
    private(set) var x: [Int]
    private var edges: [Simplex.Edge]
    /// Edge numbers at each variable.
    private var touching: [[Int]]
    /// At each variable those of the tree.
    private var branches: [[Int]]
    private let balance: [Int]
    // Used again by each step.
    private var order: [Int] = []
    private var above: [Int]
    private var sums: [Int]
    private var isMarked: [Bool]

    init(count: Int, edges: [Simplex.Edge]) {
        x = Array(repeating: 0, count: count)
        self.edges = edges
        touching = Array(repeating: [], count: count)
        branches = touching
        var balance = x
        for (number, edge) in edges.enumerated() {
            touching[edge.from].append(number)
            touching[edge.to].append(number)
            balance[edge.from] += edge.weight
            balance[edge.to] -= edge.weight
        }
        self.balance = balance
        above = balance
        sums = balance
        isMarked = Array(repeating: false, count: count)
    }

    private func slack(_ edge: Simplex.Edge) -> Int { x[edge.to] - x[edge.from] - edge.distance }

    /// Longest paths; distances that still grow after as many rounds as there are variables go round in a circle.
    mutating func relax() throws(Infeasible) {
        for _ in 0...x.count {
            var isSettled = true
            for edge in edges where slack(edge) < 0 {
                x[edge.to] = x[edge.from] + edge.distance
                isSettled = false
            }
            if isSettled { return }
        }
        throw Infeasible()
    }

    /// Joins all variables by tight edges, moving what is joined so far to the nearest of the others.
    mutating func growTree() {
        var isJoined = Array(repeating: false, count: x.count)
        var joined = [0]
        isJoined[0] = true
        var next = 0
        while true {
            while next < joined.count {
                let here = joined[next]
                next += 1
                for number in touching[here] {
                    let edge = edges[number]
                    let other = edge.from == here ? edge.to : edge.from
                    guard !isJoined[other], slack(edge) == 0 else { continue }
                    isJoined[other] = true
                    joined.append(other)
                    branches[edge.from].append(number)
                    branches[edge.to].append(number)
                }
            }
            if joined.count == x.count { return }
            shift(joined, isJoined)
            next = 0
        }
    }

    /// Makes one more edge between what is joined and the others tight.
    private mutating func shift(_ joined: [Int], _ isJoined: [Bool]) {
        var best: (slack: Int, isOutward: Bool)?
        for edge in edges where isJoined[edge.from] != isJoined[edge.to] {
            let slack = slack(edge)
            if slack < best?.slack ?? .max { best = (slack, isJoined[edge.from]) }
        }
        guard let best else {
            // Nothing holds the others: any place is right, and a weightless edge says so.
            guard let other = isJoined.firstIndex(of: false) else { return }
            let edge = Simplex.Edge(from: 0, to: other, distance: x[other] - x[0], weight: 0)
            touching[0].append(edges.count)
            touching[other].append(edges.count)
            edges.append(edge)
            return
        }
        for variable in joined { x[variable] += best.isOutward ? best.slack : -best.slack }
    }

    /// One step towards the minimum; false: this is it.
    mutating func pivot() -> Bool {
        // Cut values are sums over subtrees: what leaves one, less what enters it.
        order.removeAll(keepingCapacity: true)
        order.append(0)
        above[0] = -1
        var next = 0
        while next < order.count {
            let here = order[next]
            next += 1
            for number in branches[here] {
                // In a tree only the edge that led here leads back.
                if number == above[here] { continue }
                let other = edges[number].from == here ? edges[number].to : edges[number].from
                above[other] = number
                order.append(other)
            }
        }
        for variable in sums.indices { sums[variable] = balance[variable] }
        var leaving: (cut: Int, number: Int)?
        for here in order.reversed() where above[here] >= 0 {
            let number = above[here]
            let edge = edges[number]
            let cut = edge.from == here ? sums[here] : -sums[here]
            if cut < 0, leaving.map({ (cut, number) < ($0.cut, $0.number) }) ?? true {
                leaving = (cut, number)
            }
            sums[edge.from == here ? edge.to : edge.from] += sums[here]
        }
        guard let leaving else { return false }
        return replace(leaving.number)
    }

    /// Puts the least slack edge from the head's part to the tail's in place of an edge of the tree.
    private mutating func replace(_ leaving: Int) -> Bool {
        let old = edges[leaving]
        for variable in isMarked.indices { isMarked[variable] = false }
        order.removeAll(keepingCapacity: true)
        order.append(old.from)
        isMarked[old.from] = true
        var next = 0
        while next < order.count {
            let here = order[next]
            next += 1
            for number in branches[here] where number != leaving {
                let other = edges[number].from == here ? edges[number].to : edges[number].from
                guard !isMarked[other] else { continue }
                isMarked[other] = true
                order.append(other)
            }
        }
        var entering: (slack: Int, number: Int)?
        for (number, edge) in edges.enumerated() where isMarked[edge.to] && !isMarked[edge.from] {
            let slack = slack(edge)
            if slack < entering?.slack ?? .max { entering = (slack, number) }
        }
        guard let entering else { return false }
        for variable in order { x[variable] -= entering.slack }
        branches[old.from].removeAll { $0 == leaving }
        branches[old.to].removeAll { $0 == leaving }
        branches[edges[entering.number].from].append(entering.number)
        branches[edges[entering.number].to].append(entering.number)
        return true
    }
}
