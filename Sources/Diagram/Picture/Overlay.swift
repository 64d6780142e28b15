/// What is said on a picture beyond its chart. No coordinate depends on it.
package struct Overlay: Sendable, Hashable {
    /// What a state is to the instance that is shown.
    package enum Mark: String, Sendable, Hashable {
        /// It has been there.
        case visited
        case current
        /// It is there for longer than it should.
        case overdue
        /// It is there, and a person has to act.
        case blocked

        var isCurrent: Bool { self != .visited }

        /// For who cannot see the picture.
        var words: String {
            switch self {
            case .visited: "visited"
            case .current: "current"
            case .overdue: "current, overdue"
            case .blocked: "current, blocked"
            }
        }
    }

    /// What became of it between two versions of a workflow.
    package enum Change: String, Sendable, Hashable {
        case added
        case removed
        case changed
    }

    /// Of one state.
    package struct StateNote: Sendable, Hashable {
        package var mark: Mark?
        /// What stands in the room that was kept: `412 · p50 2 d`.
        package var text: String
        /// What is said of it besides, for a screen reader: `for 3 h`.
        package var detail: String
        /// Where it leads; empty: nowhere.
        package var href: String
        package var change: Change?

        package init(
            mark: Mark? = nil, text: String = "", detail: String = "", href: String = "",
            change: Change? = nil
        ) {
            self.mark = mark
            self.text = text
            self.detail = detail
            self.href = href
            self.change = change
        }
    }

    /// Of one transition.
    package struct TransitionNote: Sendable, Hashable {
        /// How often it was taken by the instance that is shown; 0: never.
        package var taken: Int
        /// What stands in the room that was kept: `9,244 ×`.
        package var text: String
        /// How wide its arrow is, 1 to 3: how many take it, in a picture of all instances.
        package var weight: Int
        package var change: Change?

        package init(taken: Int = 0, text: String = "", weight: Int = 1, change: Change? = nil) {
            self.taken = taken
            self.text = text
            self.weight = weight
            self.change = change
        }
    }

    /// By the chart's states; those that are missing have nothing said of them.
    package var states: [StateNote]
    /// By the chart's transitions.
    package var transitions: [TransitionNote]
    /// Whether the instance was started, so that the path begins at the dot.
    package var isStarted: Bool

    package init(
        states: [StateNote] = [], transitions: [TransitionNote] = [], isStarted: Bool = false
    ) {
        self.states = states
        self.transitions = transitions
        self.isStarted = isStarted
    }

    func state(_ index: Int) -> StateNote {
        states.indices.contains(index) ? states[index] : StateNote()
    }

    func transition(_ position: Int) -> TransitionNote {
        transitions.indices.contains(position) ? transitions[position] : TransitionNote()
    }
}
