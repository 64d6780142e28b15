import Values

/// Where an instance is between two events.
package struct Snapshot: Sendable, Hashable {
    /// Every active state, the root included, in document order. Empty once the chart has ended.
    package var configuration: [StateIndex]
    /// What each history state remembers, by its index, in document order.
    package var history: [HistoryValue]
    /// The data that actions assign (`context`).
    package var data: ValueMap
    /// The top-level final state in which the chart ended.
    package var finalState: StateIndex?

    package init(
        configuration: [StateIndex] = [], history: [HistoryValue] = [], data: ValueMap = ValueMap(),
        finalState: StateIndex? = nil
    ) {
        self.configuration = configuration
        self.history = history
        self.data = data
        self.finalState = finalState
    }

    package var hasEnded: Bool { finalState != nil }
}

package struct HistoryValue: Sendable, Hashable {
    package let state: StateIndex
    package let configuration: [StateIndex]

    package init(state: StateIndex, configuration: [StateIndex]) {
        self.state = state
        self.configuration = configuration
    }
}

/// Something that happened, as the chart sees it.
package struct Event: Sendable, Hashable {
    /// What an engine event is, besides its name.
    package enum Identity: Sendable, Hashable {
        case named
        case timer(TimerIndex)
        case stateDone(StateIndex)
        case invocationDone(InvocationIndex)
        /// Done too, by a person who chose this outcome.
        case taskDecided(InvocationIndex, outcome: String)
        /// With the names that it goes by, the most specific first (`unavailable`, `exhausted`).
        case invocationFailed(InvocationIndex, errors: [String])
    }

    package let name: String
    package let identity: Identity
    package let data: Value
    /// What `event` is in expressions: the attributes, `name` and `data`.
    let expressionValue: ValueMap
    /// Stands for an expression that failed; one that the chart raises under this name does not.
    let isExecutionError: Bool

    /// - Parameter attributes: what `event` is in expressions besides `name` and `data`.
    package init(
        name: String, identity: Identity = .named, data: Value = .null,
        attributes: ValueMap = ValueMap(), isExecutionError: Bool = false
    ) {
        self.name = name
        self.isExecutionError = isExecutionError
        self.identity = identity
        self.data = data
        var value = attributes
        value["name"] = .string(name)
        value["data"] = data
        expressionValue = value
    }

    /// SCXML's error event, which a chart may ask for.
    package static func executionError(_ problem: ExpressionProblem) -> Event {
        Event(
            name: "error.execution", data: ["message": .string(problem.message)],
            attributes: platformAttributes, isExecutionError: true)
    }

    /// `event.type` (SCXML 5.10.1) of what the chart raises itself; the caller gives its events their own.
    static let internalAttributes: ValueMap = ["type": "internal"]
    /// Of what the processor raises: errors and `done.state`.
    static let platformAttributes: ValueMap = ["type": "platform"]
}

/// The values of a guard's parts, so that a person sees why it was false.
package struct GuardValue: Sendable, Hashable {
    package let source: String
    package let location: SourceLocation
    /// In order of their appearance: `price` 5200, `limit` 5000.
    package let parts: [(text: String, value: Value)]
    /// Set when the guard failed instead of being false.
    package let error: String?

    package init(
        source: String, location: SourceLocation, parts: [(text: String, value: Value)],
        error: String?
    ) {
        self.source = source
        self.location = location
        self.parts = parts
        self.error = error
    }

    package static func == (left: Self, right: Self) -> Bool {
        sameUTF8(left.source, right.source) && left.location == right.location
            && sameUTF8(left.error, right.error)
            && left.parts.elementsEqual(right.parts) {
                sameUTF8($0.text, $1.text) && $0.value == $1.value
            }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(source)
        hasher.combine(location)
    }
}
