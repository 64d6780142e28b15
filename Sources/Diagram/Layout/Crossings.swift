/// One order from left to right for all that stands in a compound, whatever its rows; and what crosses by it.
///
/// Compounds, regions and long arrows are columns that way: they cannot interleave, every chain is upright, and the
/// nested orders together give each item one place. Upright pieces and borders count as lines too.
struct Crossings: Sendable {
    /// What crosses, and how bad that is.
    enum Weight {
        static let line = 100
        static let border = 1200
        /// Two states or compounds that share a row and do not stand in document order.
        static let boxes = 30
        static let others = 1
    }

    /// A line within one channel. Its ends are points: items, or borders of compounds.
    private struct Run: Sendable {
        let upper: Int
        let lower: Int
        let channel: Int
        let weight: Int
    }

    /// By compound, a state: its items from left to right.
    private(set) var contents: [[Int]]
    /// By point: an item, or behind all of them the right border of one.
    private(set) var places: [Int]
    let lattice: Lattice
    private var runs: [Run] = []
    /// By item: lines with an end in it or below it, by channel.
    private var slanted: [[Int]]
    /// By item: upright runs within it, by channel.
    private var upright: [[Int]]
    /// By item: the channels from the first to the last that have a line of it; empty: none has.
    private var channels: [Range<Int>]
    /// By item: the points in it.
    private var points: [[Int]]
    /// By item: its place at the beginning.
    private let origin: [Int]
    private let isFixed: [Bool]
    private let skeleton: Skeleton

    init(_ skeleton: Skeleton, _ lattice: Lattice) {
        self.skeleton = skeleton
        self.lattice = lattice
        contents = lattice.contents
        let count = lattice.items.count
        places = Array(repeating: 0, count: 2 * count)
        slanted = Array(repeating: [], count: count)
        upright = slanted
        points = slanted
        channels = Array(repeating: 0..<0, count: count)
        var origin = Array(repeating: 0, count: count)
        for list in lattice.contents {
            for (position, item) in list.enumerated() { origin[item] = position }
        }
        self.origin = origin
        isFixed = lattice.items.map { item in
            switch item.kind {
            case .header: true
            case .state, .compound:
                item.compound < 0 || skeleton.chart.states[item.compound].kind == .parallel
            case .start, .label, .chain, .port: false
            }
        }
        collect()
        number()
    }

    /// The item that stands for the compound around another.
    private func around(_ item: Int) -> Int? {
        let compound = lattice.items[item].compound
        return compound < 0 ? nil : lattice.itemOfState[compound]
    }

    private func ancestry(_ item: Int) -> [Int] {
        var found = [item]
        while let next = found.last.flatMap(around) { found.append(next) }
        return found
    }

    private mutating func collect() {
        let count = lattice.items.count
        for (index, item) in lattice.items.enumerated() {
            let isCompound = if case .compound = item.kind { true } else { false }
            for holder in ancestry(index) {
                points[holder].append(index)
                if isCompound { points[holder].append(count + index) }
            }
        }
        for line in lattice.lines {
            runs.append(
                Run(
                    upper: line.upper, lower: line.lower, channel: line.channel,
                    weight: Weight.line))
            let (above, below) = (ancestry(line.upper), ancestry(line.lower))
            for holder in above { slanted[holder].append(runs.count - 1) }
            for holder in below where !above.contains(holder) {
                slanted[holder].append(runs.count - 1)
            }
        }
        for (index, item) in lattice.items.enumerated() {
            let weight: Int
            switch item.kind {
            case .chain: weight = Weight.line
            case .compound: weight = Weight.border
            case .state, .header, .start, .label, .port: continue
            }
            for channel in item.first..<max(item.first, item.last) {
                for point in weight == Weight.border ? [index, count + index] : [index] {
                    runs.append(Run(upper: point, lower: point, channel: channel, weight: weight))
                    for holder in ancestry(index) { upright[holder].append(runs.count - 1) }
                }
            }
        }
        for index in lattice.items.indices {
            slanted[index].sort { (runs[$0].channel, $0) < (runs[$1].channel, $1) }
            upright[index].sort { (runs[$0].channel, $0) < (runs[$1].channel, $1) }
            let ends = [
                slanted[index].first, slanted[index].last, upright[index].first,
                upright[index].last,
            ]
            let used = ends.compactMap { $0.map { runs[$0].channel } }
            if let least = used.min(), let most = used.max() {
                channels[index] = least..<(most + 1)
            }
        }
    }

    /// Gives each point its place, from the orders.
    private mutating func number() {
        var next = 0
        func number(_ item: Int, _ places: inout [Int]) {
            places[item] = next
            next += 1
            guard case .compound(let state) = lattice.items[item].kind else { return }
            for inner in contents[state] { number(inner, &places) }
            places[lattice.items.count + item] = next
            next += 1
        }
        number(lattice.itemOfState[0], &places)
    }

    mutating func arrange(_ orders: [[Int]]) {
        contents = orders
        number()
    }

    /// As it was before some swaps, to return to.
    struct State {
        fileprivate let places: [Int]
        fileprivate let contents: [[Int]]
    }

    var state: State { State(places: places, contents: contents) }

    mutating func restore(_ state: State) {
        places = state.places
        contents = state.contents
    }

    func mayMove(_ item: Int) -> Bool { !isFixed[item] }

    /// Of nothing but the order: two that do not stand as in the document.
    private func inversion(_ first: Int, _ second: Int) -> Int {
        let (one, other) = (lattice.items[first], lattice.items[second])
        let share = one.first <= other.last && other.first <= one.last
        return one.isBox && other.isBox && share ? Weight.boxes : Weight.others
    }

    /// How much worse it becomes when two neighbours swap places.
    func change(swapping left: Int, _ right: Int) -> Int {
        let order = inversion(left, right) * (origin[left] < origin[right] ? 1 : -1)
        guard channels[left].overlaps(channels[right]) else { return order }
        let (from, to) = (places[left], places[right])
        let end = to + points[right].count
        let (leftShift, rightShift) = (points[right].count, points[left].count)
        func after(_ point: Int) -> Int {
            let place = places[point]
            guard place >= from, place < end else { return place }
            return place < to ? place + leftShift : place - rightShift
        }
        var sum = 0
        func count(_ firsts: [Int], _ seconds: [Int], isOnce: Bool) {
            var begin = 0
            for one in firsts {
                let run = runs[one]
                while begin < seconds.count, runs[seconds[begin]].channel < run.channel {
                    begin += 1
                }
                var index = begin
                let (upper, lower) = (places[run.upper], places[run.lower])
                let (upperAfter, lowerAfter) = (after(run.upper), after(run.lower))
                while index < seconds.count {
                    let number = seconds[index]
                    index += 1
                    let other = runs[number]
                    if other.channel != run.channel { break }
                    if number == one { continue }
                    let before =
                        (upper - places[other.upper]).signum()
                        * (lower - places[other.lower]).signum()
                    let then =
                        (upperAfter - after(other.upper)).signum()
                        * (lowerAfter - after(other.lower)).signum()
                    guard before != then, before < 0 || then < 0 else { continue }
                    // A pair of lines that both join the two is met from either side.
                    if isOnce, number < one, joins(one, left, right), joins(number, left, right) {
                        continue
                    }
                    sum += (then < 0 ? 1 : -1) * max(run.weight, other.weight)
                }
            }
        }
        count(slanted[left], slanted[right], isOnce: true)
        count(slanted[left], upright[right], isOnce: false)
        count(slanted[right], upright[left], isOnce: false)
        return order + sum
    }

    private func joins(_ run: Int, _ left: Int, _ right: Int) -> Bool {
        func holds(_ item: Int, _ point: Int) -> Bool {
            places[point] >= places[item] && places[point] < places[item] + points[item].count
        }
        let (upper, lower) = (runs[run].upper, runs[run].lower)
        return (holds(left, upper) && holds(right, lower))
            || (holds(right, upper) && holds(left, lower))
    }

    /// Swaps the item at a position with the one right of it.
    mutating func swap(_ position: Int, in compound: Int) {
        let (left, right) = (contents[compound][position], contents[compound][position + 1])
        for point in points[left] { places[point] += points[right].count }
        for point in points[right] { places[point] -= points[left].count }
        contents[compound].swapAt(position, position + 1)
    }

    /// All of it: what crosses, and what is out of order.
    var cost: Int { crossingCost + orderCost }

    var crossingCost: Int { pairs { _, _ in true } }

    private var orderCost: Int {
        contents.reduce(0) { sum, list in
            sum
                + list.indices.reduce(0) { sum, position in
                    sum
                        + list[position...].dropFirst().reduce(0) {
                            origin[list[position]] > origin[$1]
                                ? $0 + inversion(list[position], $1) : $0
                        }
                }
        }
    }

    /// The lines that cross something.
    var crossing: [Int] {
        var found = Array(repeating: false, count: lattice.lines.count)
        _ = pairs { one, other in
            if one < found.count { found[one] = true }
            if other < found.count { found[other] = true }
            return true
        }
        return found.indices.filter { found[$0] }
    }

    private func pairs(_ visit: (Int, Int) -> Bool) -> Int {
        let root = lattice.itemOfState[0]
        let all = (slanted[root] + upright[root]).sorted {
            (runs[$0].channel, $0) < (runs[$1].channel, $1)
        }
        var sum = 0
        for (position, one) in all.enumerated() where one < lattice.lines.count {
            let run = runs[one]
            for other in all[(position + 1)...] {
                let second = runs[other]
                if second.channel != run.channel { break }
                guard
                    (places[run.upper] - places[second.upper]).signum()
                        * (places[run.lower] - places[second.lower]).signum() < 0
                else { continue }
                sum += max(run.weight, second.weight)
                if !visit(one, other) { return sum }
            }
        }
        return sum
    }

    /// Lines that pass through a compound that they have nothing to do with.
    var passages: [(arrow: Int, compound: Int)] {
        var found: [(arrow: Int, compound: Int)] = []
        let count = lattice.items.count
        for (state, item) in lattice.itemOfState.enumerated() where state > 0 {
            guard case .compound = lattice.items[item].kind else { continue }
            let (left, right) = (places[item], places[count + item])
            for line in lattice.lines
            where line.channel >= lattice.items[item].first
                && line.channel < lattice.items[item].last
            {
                let (upper, lower) = (places[line.upper], places[line.lower])
                guard min(upper, lower) < left, max(upper, lower) > right else { continue }
                if !found.contains(where: { $0 == (line.arrow, state) }) {
                    found.append((line.arrow, state))
                }
            }
        }
        return found
    }

    /// The mean place of what a subtree is joined with outside of it, above or below; nil: nothing.
    func pull(_ item: Int, fromAbove: Bool) -> Int? {
        let begin = places[item]
        let end = begin + points[item].count
        var (sum, count) = (0, 0)
        for number in slanted[item] {
            let run = runs[number]
            let (own, other) = fromAbove ? (run.lower, run.upper) : (run.upper, run.lower)
            guard places[own] >= begin, places[own] < end else { continue }
            guard places[other] < begin || places[other] >= end else { continue }
            sum += places[other]
            count += 1
        }
        return count == 0 ? nil : sum * 16 / count
    }
}
