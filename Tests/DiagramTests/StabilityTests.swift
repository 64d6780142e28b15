import Testing

@testable import Diagram

/// An edit of a workflow leaves the rest of its picture where it was: what stood left stays left, what stood above
/// stays above. Each edit is a removal; its reverse is an addition.
@Suite struct StabilityTests {
    private static let workflows = ["client-invoice", "inventory", "order"]

    /// Whatever still can be entered afterwards keeps its sides; where it goes that nothing leads to any more, nobody can say.
    @Test func anEditTurnsNothingRound() throws {
        var (flips, pairs) = (0, 0)
        for workflow in Self.workflows {
            let chart = try Drawn.chart(of: workflow)
            let before = try Drawing(chart)
            let edited =
                stride(from: 0, to: chart.transitions.count, by: 3).map(chart.without(transition:))
                + stride(from: 1, to: chart.states.count, by: 4).map(chart.without(state:))
            for edited in edited.compactMap(\.self) {
                let counted = Self.flips(before, try Drawing(edited))
                flips += counted.flips
                pairs += counted.pairs
            }
        }
        #expect(
            pairs > 300 && flips * 1000 <= 15 * pairs, "\(flips) of \(pairs) pairs changed sides")
    }

    /// How many pairs of siblings changed sides, of those that both pictures have.
    private static func flips(_ before: Drawing, _ after: Drawing) -> (flips: Int, pairs: Int) {
        func rects(_ drawing: Drawing) -> [(id: String, parent: String, rect: Drawing.Rect)] {
            (drawing.boxes + drawing.compounds).compactMap { box in
                let state = drawing.chart.states[box.state]
                return state.parent.map {
                    (state.id, drawing.chart.states[$0].id, box.rect)
                }
            }
        }
        let (old, new) = (rects(before), rects(after))
        var (flips, pairs) = (0, 0)
        for (position, one) in old.enumerated() {
            for other in old[(position + 1)...] where other.parent == one.parent {
                guard let first = new.first(where: { $0.id == one.id })?.rect,
                    let second = new.first(where: { $0.id == other.id })?.rect
                else { continue }
                pairs += 1
                if side(one.rect.x, one.rect.right, other.rect.x, other.rect.right)
                    * side(first.x, first.right, second.x, second.right) < 0
                    || side(one.rect.y, one.rect.bottom, other.rect.y, other.rect.bottom)
                        * side(first.y, first.bottom, second.y, second.bottom) < 0
                {
                    flips += 1
                }
            }
        }
        return (flips, pairs)
    }

    /// −1: wholly before, 1: wholly behind, 0: neither.
    private static func side(_ from: Int, _ to: Int, _ otherFrom: Int, _ otherTo: Int) -> Int {
        to <= otherFrom ? -1 : otherTo <= from ? 1 : 0
    }
}

extension Chart {
    /// nil: nothing would lead to some state any more.
    fileprivate func without(transition: Int) -> Chart? {
        var chart = self
        chart.transitions.remove(at: transition)
        return chart.entered == entered ? chart : nil
    }

    /// Without a state that has no others below it, and all that leads there; nil: its parent would be empty, or nothing
    /// would lead to some state any more.
    fileprivate func without(state removed: Int) -> Chart? {
        guard states[removed].children.isEmpty, let parent = states[removed].parent,
            states[parent].children.count > 1
        else { return nil }
        func moved(_ state: Int) -> Int { state > removed ? state - 1 : state }
        var chart = self
        chart.states[parent].children.removeAll { $0 == removed }
        for index in states.indices where chart.states[index].initial == removed {
            chart.states[index].initial = chart.states[index].children.first
        }
        chart.states.remove(at: removed)
        for index in chart.states.indices {
            chart.states[index].parent = chart.states[index].parent.map(moved)
            chart.states[index].children = chart.states[index].children.map(moved)
            chart.states[index].initial = chart.states[index].initial.map(moved)
        }
        chart.transitions = transitions.filter { $0.source != removed && $0.target != removed }
            .map {
                Transition(
                    index: $0.index, source: moved($0.source), target: $0.target.map(moved),
                    words: $0.words)
            }
        return chart.entered == entered.filter { $0 != states[removed].id } ? chart : nil
    }

    /// The paths of states that something outside of them leads to.
    private var entered: [String] {
        states.indices.dropFirst().filter { state in
            let parent = states[state].parent ?? 0
            let isInitial = states[parent].initial.map { holds(state, $0) } ?? true
            return isInitial
                || transitions.contains { transition in
                    transition.target.map { holds(state, $0) && !holds(state, transition.source) }
                        ?? false
                }
        }.map { states[$0].id }
    }
}
