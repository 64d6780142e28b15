import Values

/// Names an instance inside one store.
package struct InstanceID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    package var description: String { String(rawValue) }
}

/// What people call an instance: its workflow and business key, `loan/7`. One instance each (G2).
package struct InstanceName: Sendable, Hashable, CustomStringConvertible {
    @ExactText package private(set) var workflow: String
    @ExactText package private(set) var key: String

    package init(workflow: String, key: String) {
        self.workflow = workflow
        self.key = key
    }

    package var description: String { "\(workflow)/\(key)" }
}

/// Who did something: `role/subject` of the `Pawl-Actor` header.
package struct Actor: Sendable, Hashable, CustomStringConvertible {
    @ExactText package private(set) var role: String
    @ExactText package private(set) var subject: String

    package init(role: String, subject: String) {
        self.role = role
        self.subject = subject
    }

    /// `role/subject`; nil: one of them is missing.
    package init?(parsing text: String) {
        guard let (role, subject) = text.cut(at: "/"), !role.isEmpty, !subject.isEmpty else {
            return nil
        }
        self.init(role: role, subject: subject)
    }

    /// Passes every sender rule: the engine itself, replays, adapters' callbacks.
    package static let system = Actor(role: "system", subject: "pawl")

    /// Who runs the engine.
    package static let operatorRole = "operator"

    package var description: String { "\(role)/\(subject)" }
}

/// A message between instances: the sender and its own count, so that it is derived and never random.
package struct MessageID: Sendable, Hashable {
    package let source: InstanceID
    package let number: Int64

    package init(source: InstanceID, number: Int64) {
        self.source = source
        self.number = number
    }
}

/// One call that waits to be made or to be answered: the activation and which attempt (or asking) it is.
package struct CallID: Sendable, Hashable {
    package let instance: InstanceID
    package let activation: Int64
    /// Counts attempts and askings together, so that a late answer to an earlier one is told apart.
    package let dispatch: Int64

    package init(instance: InstanceID, activation: Int64, dispatch: Int64) {
        self.instance = instance
        self.activation = activation
        self.dispatch = dispatch
    }
}

/// A durable timer of an instance.
package enum TimerID: Sendable, Hashable, CustomStringConvertible {
    /// `after`, by its index in the machine.
    case chart(Int)
    /// The next step of an activation: a retry, an asking, its deadline.
    case activation(Int64)
    /// The end of a kept event's time to live, by its number in the run.
    case kept(Int64)

    package var description: String {
        switch self {
        case .chart(let index): "after:\(index)"
        case .activation(let number): "call:\(number)"
        case .kept(let number): "kept:\(number)"
        }
    }

    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let number = Int64(parts[1]) else { return nil }
        switch parts[0] {
        case "after": self = .chart(Int(number))
        case "call": self = .activation(number)
        case "kept": self = .kept(number)
        default: return nil
        }
    }
}
