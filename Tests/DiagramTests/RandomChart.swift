@testable import Diagram

/// Charts that nobody would draw: 5 to 60 states, up to 2.2 transitions for each, boxes in boxes up to five deep.
struct RandomChart {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    private mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, bound)))
    }

    private mutating func happens(_ percent: Int) -> Bool { next(100) < percent }

    private static let words = [
        "go", "order.cancel", "application.withdrawn.again", "after 30m", "done", "error declined",
        "a.very.long.event.name.that.breaks.at.its.dots", "x",
    ]

    mutating func chart(most: Int = 60) -> Chart {
        let count = 5 + next(most - 4)
        var nodes: [(parent: Int?, depth: Int, children: [Int])] = [(nil, 0, [])]
        // A tree first; then its states in document order.
        for _ in 0..<count {
            var parent = happens(55) ? next(nodes.count) : 0
            while nodes[parent].depth >= 5, let up = nodes[parent].parent { parent = up }
            nodes.append((parent, nodes[parent].depth + 1, []))
            nodes[parent].children.append(nodes.count - 1)
        }
        var states: [Chart.State] = []
        func visit(_ node: Int, _ parent: Int?, _ path: String, _ isRegion: Bool) {
            let index = states.count
            let isInner = !nodes[node].children.isEmpty
            var kind = Chart.Kind.atomic
            if node == 0 {
                kind = .compound
            } else if isInner {
                kind =
                    happens(30) && nodes[node].children.count > 1
                    ? .parallel : isRegion ? .region : .compound
            } else if !isRegion, happens(15) {
                kind = .final([.completed, .failed, .cancelled, nil][next(4)])
            } else if !isRegion, happens(6) {
                kind = .history(deep: happens(50))
            }
            var lines: [String] = []
            if happens(30) { lines.append("call matching.best") }
            if happens(10) {
                lines.append(
                    "order.cancel [a > 1] / reject too-late, and much that is cut behind here")
            }
            states.append(
                Chart.State(id: path, kind: kind, parent: parent, lines: lines))
            var children: [Int] = []
            for child in nodes[node].children {
                children.append(states.count)
                let name = "s\(states.count)" + ["", "long", "LongerName", "x"][next(4)]
                visit(child, index, path.isEmpty ? name : "\(path).\(name)", kind == .parallel)
            }
            states[index].children = children
            if !children.isEmpty, kind != .parallel {
                let candidates = children.filter {
                    if case .history = states[$0].kind { false } else { true }
                }
                states[index].initial =
                    happens(8)
                    ? index + 1 + next(states.count - index - 1)
                    : candidates.isEmpty ? children[0] : candidates[next(candidates.count)]
            }
        }
        visit(0, nil, "", false)
        var transitions: [Chart.Transition] = []
        let total = next(states.count * 22 / 10 + 1)
        for index in 0..<total {
            let source = next(states.count)
            switch states[source].kind {
            case .final, .history: continue
            case .atomic, .compound, .parallel, .region: break
            }
            let target: Int? = happens(8) ? nil : happens(5) ? source : 1 + next(states.count - 1)
            var words = Chart.Words(trigger: Self.words[next(Self.words.count)])
            if happens(30) {
                words.condition = "context == \"something\" and more > 12 or a.size() == b"
            }
            if happens(40) { words.actions = ["set a, b, cee", "mail name"] }
            if happens(4) { words = Chart.Words(trigger: "") }
            transitions.append(
                Chart.Transition(index: index, source: source, target: target, words: words))
        }
        return Chart(
            title: "random", start: happens(80) ? "begun" : "", states: states,
            transitions: transitions)
    }
}
