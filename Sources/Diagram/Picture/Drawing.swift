/// Why there is no picture of a chart.
package enum Undrawable: Error, Hashable {
    /// It has more than `Drawing.mostStates` or `Drawing.mostTransitions`.
    case tooLarge
    /// Its distances contradict each other, which no chart has made happen.
    case contradiction
}

/// A chart with all its coordinates, in pixels from the upper left corner: what an image is written from, and what can
/// be said of it.
package struct Drawing: Sendable {
    package struct Point: Sendable, Hashable {
        package var x: Int
        package var y: Int

        package init(_ x: Int, _ y: Int) {
            self.x = x
            self.y = y
        }
    }

    package struct Rect: Sendable, Hashable {
        package var x: Int
        package var y: Int
        package var width: Int
        package var height: Int

        package var right: Int { x + width }
        package var bottom: Int { y + height }
    }

    /// A state without children, or the border of a compound.
    struct Box: Sendable {
        let state: Int
        let rect: Rect
        let text: BoxText
    }

    struct Arrow: Sendable {
        /// In `Skeleton.arrows`.
        let index: Int
        /// A state; of an arrow from a start the compound that it stands in.
        let source: Int
        let target: Int
        let isStart: Bool
        /// Interrupted where the words stand; points from above to below.
        let lines: [[Point]]
        let tip: Point
        let isUp: Bool
        /// Where the words stand, and what they are.
        let words: Rect?
        let label: Label
        /// Positions in `Chart.transitions`.
        let transitions: [Int]
    }

    /// What is entered first: a dot beside it.
    struct Dot: Sendable {
        let compound: Int
        let target: Int
        let centre: Point
        /// Where its arrow ends.
        let end: Point
    }

    package fileprivate(set) var width = 0
    package fileprivate(set) var height = 0
    fileprivate(set) var boxes: [Box] = []
    /// Outermost first; the root is the first.
    fileprivate(set) var compounds: [Box] = []
    fileprivate(set) var arrows: [Arrow] = []
    fileprivate(set) var dots: [Dot] = []
    /// Big dots that arrows come from, with the compound that each stands in.
    fileprivate(set) var starts: [(compound: Int, centre: Point)] = []
    let chart: Chart
    /// Left and above all.
    static let margin = Point(12, 6)
}

extension Drawing {
    /// Of what can still be found in a picture, and is drawn in some seconds at worst.
    package static let mostStates = 300
    package static let mostTransitions = 500

    /// - Parameter room: what is kept free in each box and at each arrow.
    package init(_ chart: Chart, reserving room: Room = Room()) throws(Undrawable) {
        guard chart.states.count <= Self.mostStates + 1,
            chart.transitions.count <= Self.mostTransitions
        else { throw .tooLarge }
        do throws(Infeasible) {
            self.init(try Layout(chart, reserving: room))
        } catch {
            throw .contradiction
        }
    }

    init(_ layout: Layout) {
        chart = layout.skeleton.chart
        let assembly = Assembly(layout: layout)
        for state in chart.states.indices {
            let box = assembly.box(state)
            if layout.skeleton.isCompound(state) {
                compounds.append(box)
            } else {
                boxes.append(box)
            }
        }
        arrows = layout.skeleton.arrows.indices.map(assembly.arrow)
        dots = chart.states.indices.compactMap(assembly.dot)
        for (index, arrow) in layout.skeleton.arrows.enumerated() where arrow.isStart {
            starts.append((arrow.home, assembly.start(index)))
        }
        width = (compounds.first?.rect.right ?? 0) + Self.margin.x
        height = (compounds.first?.rect.bottom ?? 0) + Self.margin.y
    }
}

/// Puts what the phases found together.
private struct Assembly {
    let layout: Layout
    private var lattice: Lattice { layout.lattice }
    private var columns: Columns { layout.columns }
    private var skeleton: Skeleton { layout.skeleton }
    private var margin: Drawing.Point { Drawing.margin }

    func box(_ state: Int) -> Drawing.Box {
        let item = lattice.itemOfState[state]
        let span = layout.rows.spans[item]
        let text = skeleton.boxes[state]
        let rect: Drawing.Rect
        if skeleton.isCompound(state) {
            rect = Drawing.Rect(
                x: columns.left[item] + margin.x, y: span.top + margin.y,
                width: columns.right[item] - columns.left[item], height: span.bottom - span.top)
        } else {
            rect = Drawing.Rect(
                x: columns.middle[item] - text.width / 2 + margin.x, y: span.top + margin.y,
                width: text.width, height: text.height)
        }
        return Drawing.Box(state: state, rect: rect, text: text)
    }

    func start(_ arrow: Int) -> Drawing.Point {
        let item = lattice.walks[arrow].first ?? 0
        let span = layout.rows.spans[item]
        return Drawing.Point(
            columns.middle[item] + margin.x, (span.top + span.bottom) / 2 + margin.y)
    }

    func dot(_ compound: Int) -> Drawing.Dot? {
        guard let target = skeleton.dotted[compound] else { return nil }
        let rect = box(target).rect
        let y =
            skeleton.isCompound(target)
            ? rect.y + 6 + Sizes.nameLine / 2 : rect.y + rect.height / 2
        return Drawing.Dot(
            compound: compound, target: target,
            centre: Drawing.Point(rect.x - Sizes.dotReach, y), end: Drawing.Point(rect.x, y))
    }

    func arrow(_ index: Int) -> Drawing.Arrow {
        let arrow = skeleton.arrows[index]
        let label = lattice.itemOfLabel[index]
        let words = words(index)
        var paths: [[Drawing.Point]] = []
        var path = [Drawing.Point(columns.ends[first(index)].upper, begin(index))]
        for line in lattice.lines.indices where lattice.lines[line].arrow == index {
            let channel = lattice.lines[line].channel
            for (position, piece) in layout.tracks.channels[channel].enumerated()
            where piece.line == line {
                let y = layout.rows.tracks[channel][position]
                path.append(Drawing.Point(piece.from, y))
                path.append(Drawing.Point(piece.to, y))
            }
            if lattice.lines[line].lower == label, words != nil {
                let span = layout.rows.spans[label]
                path.append(Drawing.Point(columns.middle[label], span.top))
                paths.append(path)
                path = [Drawing.Point(columns.middle[label], span.bottom)]
            }
        }
        path.append(Drawing.Point(columns.ends[last(index)].lower, end(index)))
        paths.append(path)
        let lines = paths.map { $0.map(shifted).withoutStops }
        let tip = arrow.isBackward ? lines.first?.first : lines.last?.last
        return Drawing.Arrow(
            index: index, source: arrow.source, target: arrow.target, isStart: arrow.isStart,
            lines: lines, tip: tip ?? margin, isUp: arrow.isBackward, words: words,
            label: arrow.label, transitions: arrow.transitions)
    }

    private func shifted(_ point: Drawing.Point) -> Drawing.Point {
        Drawing.Point(point.x + margin.x, point.y + margin.y)
    }

    private func words(_ index: Int) -> Drawing.Rect? {
        let label = skeleton.arrows[index].label
        guard label.height > 0 else { return nil }
        let span = layout.rows.spans[lattice.itemOfLabel[index]]
        return Drawing.Rect(
            x: columns.text[index] - label.width / 2 + margin.x, y: span.top + margin.y,
            width: label.width, height: label.height)
    }

    private func first(_ index: Int) -> Int {
        lattice.lines.firstIndex { $0.arrow == index } ?? 0
    }

    private func last(_ index: Int) -> Int {
        lattice.lines.lastIndex { $0.arrow == index } ?? 0
    }

    private func begin(_ index: Int) -> Int {
        let arrow = skeleton.arrows[index]
        let item =
            arrow.isStart ? lattice.walks[index].first ?? 0 : lattice.itemOfState[arrow.upper]
        let span = layout.rows.spans[item]
        return arrow.beginsAtHome ? span.top : span.bottom
    }

    private func end(_ index: Int) -> Int {
        let arrow = skeleton.arrows[index]
        let span = layout.rows.spans[lattice.itemOfState[arrow.lower]]
        return arrow.endsAtHome ? span.bottom : span.top
    }
}

extension [Drawing.Point] {
    /// Without points that a straight line goes through.
    fileprivate var withoutStops: [Drawing.Point] {
        var result: [Drawing.Point] = []
        for point in self {
            if result.last == point { continue }
            if result.count > 1 {
                let (one, other) = (result[result.count - 2], result[result.count - 1])
                if (one.x == other.x && other.x == point.x)
                    || (one.y == other.y && other.y == point.y)
                {
                    result.removeLast()
                }
            }
            result.append(point)
        }
        return result
    }
}
