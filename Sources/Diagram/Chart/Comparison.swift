import Values

extension Chart {
    /// Two versions in one picture: this one, with what the older one had besides, and what became of each state and
    /// transition. States are the same by their paths, transitions by their ends and words; where one only says something
    /// else between the same states, it has changed.
    package func compared(with old: Chart) -> (chart: Chart, overlay: Overlay) {
        var merged = Merged(new: self)
        merged.addStates(of: old)
        return merged.result(old)
    }
}

/// States of both versions, those that are gone behind their siblings.
private struct Merged {
    let new: Chart
    /// A tree by paths, in the order in which it will be numbered.
    private var nodes: [(state: Chart.State, children: [Int], change: Overlay.Change?)]

    init(new: Chart) {
        self.new = new
        nodes = new.states.map { ($0, $0.children, .added) }
    }

    private func node(_ id: String) -> Int? {
        nodes.firstIndex { sameUTF8($0.state.id, id) }
    }

    mutating func addStates(of old: Chart) {
        for state in old.states {
            if let known = node(state.id) {
                let other = nodes[known].state
                let isSame =
                    other.kind == state.kind && other.lines == state.lines
                    && sameUTF8(name(of: state.initial, in: old), name(of: other.initial, in: new))
                nodes[known].change = isSame ? nil : .changed
                continue
            }
            // A state whose parent is a leaf now would make a compound of it: it stands with the nearest that is none.
            var parent = state.parent
            while let above = parent {
                if let known = node(old.states[above].id),
                    known == 0 || !nodes[known].children.isEmpty || nodes[known].change == .removed
                {
                    nodes[known].children.append(nodes.count)
                    break
                }
                parent = old.states[above].parent
            }
            var gone = state
            gone.initial = nil
            if gone.kind == .parallel || gone.kind == .region { gone.kind = .compound }
            nodes.append((gone, [], .removed))
        }
    }

    private func name(of state: Int?, in chart: Chart) -> String? {
        state.map { chart.states[$0].id }
    }

    func result(_ old: Chart) -> (chart: Chart, overlay: Overlay) {
        var order: [Int] = []
        func visit(_ node: Int) {
            order.append(node)
            for child in nodes[node].children { visit(child) }
        }
        visit(0)
        var places = Array(repeating: 0, count: nodes.count)
        for (place, node) in order.enumerated() { places[node] = place }
        var states = order.map { nodes[$0].state }
        for (place, node) in order.enumerated() {
            states[place].children = nodes[node].children.map { places[$0] }
            for child in states[place].children { states[child].parent = place }
            states[place].initial = states[place].initial.map { places[$0] }
            if states[place].children.isEmpty, states[place].kind == .compound {
                states[place].kind = .atomic
            }
        }
        var overlay = Overlay()
        overlay.states = order.map { Overlay.StateNote(change: nodes[$0].change) }
        var transitions = new.transitions.map { transition in
            Chart.Transition(
                index: transition.index, source: places[transition.source],
                target: transition.target.map { places[$0] }, words: transition.words)
        }
        var changes: [Overlay.Change?] = transitions.map { _ in .added }
        var gone: [Chart.Transition] = []
        for transition in old.transitions {
            guard let source = node(old.states[transition.source].id).map({ places[$0] }) else {
                continue
            }
            let target = transition.target.flatMap { node(old.states[$0].id) }.map { places[$0] }
            func fits(_ position: Int) -> Bool {
                changes[position] == .added && transitions[position].source == source
                    && transitions[position].target == target
            }
            if let same = transitions.indices.first(where: {
                fits($0) && transitions[$0].words == transition.words
            }) {
                changes[same] = nil
            } else {
                gone.append(
                    Chart.Transition(
                        index: transition.index, source: source, target: target,
                        words: transition.words))
            }
        }
        for transition in gone {
            if let other = transitions.indices.first(where: {
                changes[$0] == .added && transitions[$0].source == transition.source
                    && transitions[$0].target == transition.target
            }) {
                changes[other] = .changed
            } else {
                var removed = transition
                removed.index = new.transitions.count + transition.index
                transitions.append(removed)
                changes.append(.removed)
            }
        }
        overlay.transitions = changes.map { Overlay.TransitionNote(change: $0) }
        return (
            Chart(title: new.title, start: new.start, states: states, transitions: transitions),
            overlay
        )
    }
}
