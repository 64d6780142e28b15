/// What is laid out: boxes with their sizes, and arrows with their directions.
///
/// Of an arrow's two ends the one that stands earlier in the document is the upper one, whichever way it points. For
/// the states below one compound stand together, this never contradicts the nesting; no search is needed, and an edit
/// turns no other arrow round.
struct Skeleton: Sendable {
    /// All transitions with the same two ends, or the arrow from a start.
    struct Arrow: Sendable {
        /// A state, or for a start the compound that it stands in.
        let source: Int
        let target: Int
        let isStart: Bool
        /// Positions in `Chart.transitions`.
        let transitions: [Int]
        let label: Label
        /// The innermost compound that holds both ends; or is one of them.
        let home: Int
        let upper: Int
        let lower: Int

        /// Whether it points up.
        var isBackward: Bool { upper != source }
        var beginsAtHome: Bool { !isStart && upper == home }
        var endsAtHome: Bool { lower == home }
    }

    let chart: Chart
    let boxes: [BoxText]
    let arrows: [Arrow]
    /// The place of a state among its siblings.
    let place: [Int]
    /// The direct child that a dot stands beside; nil: none.
    let dotted: [Int?]

    init(_ chart: Chart, reserving room: Room) {
        self.chart = chart
        var place = Array(repeating: 0, count: chart.states.count)
        for state in chart.states {
            for (position, child) in state.children.enumerated() { place[child] = position }
        }
        self.place = place
        arrows = Self.arrows(of: chart, place, room)
        var ends = Array(repeating: (above: 0, below: 0), count: chart.states.count)
        for arrow in arrows {
            if !arrow.isStart { ends[arrow.upper].below += 1 }
            ends[arrow.lower].above += 1
        }
        boxes = chart.states.indices.map { index in
            let loops =
                chart.states[index].children.isEmpty ? Self.loops(of: index, chart, room) : []
            let isHeader = !chart.states[index].children.isEmpty
            let state = chart.states[index]
            return BoxText(
                state, named: index == 0 ? chart.title : state.name, loops: loops,
                ends: max(ends[index].above, ends[index].below),
                reserving: isHeader && index == 0 ? 0 : room.state)
        }
        var dotted: [Int?] = Array(repeating: nil, count: chart.states.count)
        for (index, state) in chart.states.enumerated() where index > 0 {
            if let initial = state.initial, state.children.contains(initial) {
                dotted[index] = initial
            }
        }
        self.dotted = dotted
    }

    func isCompound(_ state: Int) -> Bool { state == 0 || !chart.states[state].children.isEmpty }

    private static func arrows(of chart: Chart, _ place: [Int], _ room: Room) -> [Arrow] {
        var arrows: [Arrow] = []
        for (compound, state) in chart.states.enumerated() {
            guard let initial = state.initial, !state.children.isEmpty,
                compound == 0 || !state.children.contains(initial)
            else { continue }
            let words = compound == 0 ? Chart.Words(trigger: chart.start) : Chart.Words(trigger: "")
            let label = Label(
                [Label.Part(transition: nil, lines: Label.lines(words), reserved: false)],
                reserving: 0)
            arrows.append(
                Arrow(
                    source: compound, target: initial, isStart: true, transitions: [], label: label,
                    home: compound,
                    upper: compound, lower: initial))
        }
        var isTaken = Array(repeating: false, count: chart.transitions.count)
        for (position, transition) in chart.transitions.enumerated() where !isTaken[position] {
            guard let target = transition.target, target != transition.source else { continue }
            var parts: [Label.Part] = []
            for (other, same) in chart.transitions.enumerated().dropFirst(position)
            where same.source == transition.source && same.target == target {
                isTaken[other] = true
                parts.append(
                    Label.Part(
                        transition: other, lines: Label.lines(same.words), reserved: room.label > 0)
                )
            }
            let home = chart.lowestCommonAncestor(transition.source, target)
            let first = chart.child(of: home, holding: transition.source).map { place[$0] }
            let second = chart.child(of: home, holding: target).map { place[$0] }
            // What joins a compound with its own inside goes down, from its upper border or to its lower one.
            let isBackward = if let first, let second { first > second } else { false }
            arrows.append(
                Arrow(
                    source: transition.source, target: target, isStart: false,
                    transitions: parts.compactMap(\.transition),
                    label: Label(parts, reserving: room.label), home: home,
                    upper: isBackward ? target : transition.source,
                    lower: isBackward ? transition.source : target))
        }
        return arrows
    }

    private static func loops(of state: Int, _ chart: Chart, _ room: Room) -> [Label] {
        chart.transitions.enumerated().compactMap { position, transition in
            guard transition.source == state, transition.target == state else { return nil }
            let part = Label.Part(
                transition: position, lines: Label.lines(transition.words), reserved: room.label > 0
            )
            return Label([part], reserving: room.label)
        }
    }
}

/// What is kept free for texts that change while the picture stays: the widest that their formats allow.
package struct Room: Sendable, Hashable {
    /// Below the name of each state; 0: nothing.
    package var state: Int
    /// Below each transition's words; 0: nothing.
    package var label: Int

    package init(state: Int = 0, label: Int = 0) {
        self.state = state
        self.label = label
    }

    /// Room for these texts.
    package init(state: String, label: String) {
        self.state = Glyphs.width(state, .small)
        self.label = Glyphs.width(label, .small)
    }
}
