import Statechart

/// The tree of states before anything in them is read: names, parents and document order, so that a
/// transition may name a state that comes later.
struct Outline {
    struct Entry {
        /// The path of names from the root; the root's is empty.
        let id: String
        let name: String
        let kind: State.Kind
        let parent: StateIndex?
        let fields: Fields
        /// Where the state's name stands.
        let key: YAMLNode
        fileprivate(set) var children: [StateIndex] = []
        fileprivate(set) var lastDescendant: StateIndex
    }

    private(set) var states: [Entry] = []

    /// - Returns: the new state's index, its document order.
    mutating func open(
        name: String, kind: State.Kind, parent: StateIndex?, fields: Fields, key: YAMLNode
    ) -> StateIndex {
        let index = states.count
        var id = name
        if let parent {
            id = states[parent].id.isEmpty ? name : "\(states[parent].id).\(name)"
            states[parent].children.append(index)
        }
        states.append(
            Entry(
                id: id, name: name, kind: kind, parent: parent, fields: fields, key: key,
                lastDescendant: index))
        return index
    }

    /// All states below are open.
    mutating func close(_ index: StateIndex) {
        states[index].lastDescendant = states.count - 1
    }

    func child(_ name: String, of state: StateIndex) -> StateIndex? {
        states[state].children.first { states[$0].name == name }
    }

    func childNames(of state: StateIndex) -> [String] {
        states[state].children.map { states[$0].name }
    }

    func isDescendant(_ state: StateIndex, of other: StateIndex) -> Bool {
        state > other && state <= states[other].lastDescendant
    }

    /// From the state's parent to the root.
    func ancestors(of state: StateIndex) -> [StateIndex] {
        var result: [StateIndex] = []
        var next = states[state].parent
        while let ancestor = next {
            result.append(ancestor)
            next = states[ancestor].parent
        }
        return result
    }

    /// What messages call a state.
    func title(of state: StateIndex) -> String {
        states[state].id.isEmpty ? "the workflow" : "'\(states[state].id)'"
    }
}

// MARK: - Targets

extension Outline {
    enum Resolution {
        case found(StateIndex)
        /// Why not, as the end of a message.
        case missing(String)
    }

    /// A target as written. `.child` is below the source; any other name is looked up among the
    /// source's siblings, then among its parent's siblings and so on outwards; dots lead down from
    /// there.
    func resolve(_ target: String, from source: StateIndex) -> Resolution {
        let isRelative = target.hasPrefix(".")
        let path = (isRelative ? target.dropFirst() : target[...])
            .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if isRelative { return descend(path, from: source) }
        guard let first = path.first, !first.isEmpty else { return .missing("") }
        var scopes = ancestors(of: source)
        if scopes.isEmpty { scopes = [0] }
        for scope in scopes {
            if let found = child(first, of: scope) {
                return descend(Array(path.dropFirst()), from: found)
            }
        }
        return .missing(advice(first, source, scopes))
    }

    func descend(_ path: [String], from start: StateIndex) -> Resolution {
        var state = start
        for name in path {
            guard let next = child(name, of: state) else {
                return .missing(Reader.hint(name, childNames(of: state)))
            }
            state = next
        }
        return .found(state)
    }

    private func advice(_ name: String, _ source: StateIndex, _ scopes: [StateIndex]) -> String {
        if child(name, of: source) != nil {
            return "; it is a child: write '.\(name)'"
        }
        if let elsewhere = states.first(where: { $0.name == name }) {
            return "; from here it is '\(elsewhere.id)'"
        }
        return Reader.hint(name, scopes.flatMap(childNames))
    }
}
