/// What of a workflow is drawn, in document order: the input of every way to write it.
package struct Chart: Sendable, Hashable {
    /// The workflow's name.
    package var title: String
    /// What starts an instance: an event's name, or the words of its schedule.
    package var start: String
    /// `states[0]` is the root, a parent stands before its children, and children stand together.
    package var states: [State]
    /// In document order; an entry's `index` is its place in the definition, which removals do not move.
    package var transitions: [Transition]

    package init(title: String, start: String, states: [State], transitions: [Transition]) {
        self.title = title
        self.start = start
        self.states = states
        self.transitions = transitions
    }

    /// A box of the picture.
    package struct State: Sendable, Hashable {
        /// The path of names from the root, joined by dots; the root's is empty.
        package var id: String
        package var kind: Kind
        package var parent: Int?
        package var children: [Int]
        /// What stands below the name: what is called, and transitions that stay inside.
        package var lines: [String]
        /// What is entered by default: of a compound one state below it, direct or not; of a history state what it
        /// brings back the first time.
        package var initial: Int?

        package init(
            id: String, kind: Kind, parent: Int?, children: [Int] = [], lines: [String] = [],
            initial: Int? = nil
        ) {
            self.id = id
            self.kind = kind
            self.parent = parent
            self.children = children
            self.lines = lines
            self.initial = initial
        }

        /// The last part of the path.
        package var name: String {
            String(decoding: id.utf8.split(separator: 0x2E).last ?? [], as: UTF8.self)
        }
    }

    /// How a state is drawn.
    package enum Kind: Sendable, Hashable {
        case atomic
        case compound
        case parallel
        /// A compound directly below a parallel state.
        case region
        /// With how an instance ends there; nil: it ends its parent only.
        case final(Outcome?)
        case history(deep: Bool)
    }

    /// How an instance ends.
    package enum Outcome: String, Sendable, Hashable {
        case completed
        case failed
        case cancelled
    }

    /// An arrow of the picture, or a line inside of a box.
    package struct Transition: Sendable, Hashable {
        package var index: Int
        package var source: Int
        /// nil: nothing is left.
        package var target: Int?
        package var words: Words

        package init(index: Int, source: Int, target: Int?, words: Words) {
            self.index = index
            self.source = source
            self.target = target
            self.words = words
        }
    }

    /// What is said at an arrow, whole; a picture cuts it to its room.
    package struct Words: Sendable, Hashable {
        /// `order.cancel`, `after 30m`, `done`; empty when only the guard is waited for.
        package var trigger: String
        package var condition: String?
        /// `set a, b`, `mail name`.
        package var actions: [String]

        package init(trigger: String, condition: String? = nil, actions: [String] = []) {
            self.trigger = trigger
            self.condition = condition
            self.actions = actions
        }

        /// On one line: `trigger [guard] / actions`.
        package var line: String {
            var parts: [String] = []
            if !trigger.isEmpty { parts.append(trigger) }
            if let condition { parts.append("[\(condition)]") }
            if !actions.isEmpty { parts.append("/ " + actions.joined(separator: ", ")) }
            return parts.joined(separator: " ")
        }
    }
}

extension Chart {
    /// Whether one state is an ancestor of the other, or the other itself.
    func holds(_ ancestor: Int, _ state: Int) -> Bool {
        var current: Int? = state
        while let here = current, here > ancestor { current = states[here].parent }
        return current == ancestor
    }

    /// The child of `ancestor` that holds `state`; nil for a state that is not below it.
    func child(of ancestor: Int, holding state: Int) -> Int? {
        var current = state
        while current > ancestor {
            guard let parent = states[current].parent, parent < current else { return nil }
            if parent == ancestor { return current }
            current = parent
        }
        return nil
    }

    /// The innermost state that holds both.
    func lowestCommonAncestor(_ first: Int, _ second: Int) -> Int {
        var current = first
        while !holds(current, second), let parent = states[current].parent, parent < current {
            current = parent
        }
        return current
    }
}
