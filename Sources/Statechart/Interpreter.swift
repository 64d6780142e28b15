import CEL
import Values

/// One macrostep under way: W3C SCXML 1.0, appendix D, over flat tables.
///
/// The names of the procedures are the specification's. Three things are done otherwise, each to make the
/// step a function: the external queue is the caller, invocations and delays leave as effects, and the
/// number of microsteps is bounded. Where the rules themselves are ours, `Semantics` says whose hold.
struct Interpreter: ~Copyable {
    let machine: Machine
    /// What expressions see: the environment, `context` and `event`.
    var bindings: Bindings
    var configuration: StateSet
    var history: [HistoryValue]
    var internalQueue: [Event] = []
    /// What failed, for each `error.execution` in the queue that stands for it.
    var unhandled: [ExpressionProblem] = []
    /// States entered in this macrostep whose invocations start at its end.
    var statesToInvoke = StateSet()
    var finalState: StateIndex?
    /// The transitions being selected are for the event that was given, not for one that follows from it.
    var isOpening = false
    /// The guards that did not hold for it, and why if they failed.
    var falseGuards: [(transition: TransitionIndex, error: String?)] = []
    let processor: EventProcessor?
    /// What was done so far; the snapshot comes at the end.
    var step = Step(snapshot: Snapshot())

    init(
        machine: Machine, snapshot: Snapshot, environment: Bindings,
        processor: EventProcessor? = nil
    ) {
        self.machine = machine
        self.processor = processor
        self.bindings = Bindings(inside: environment)
        // A snapshot that another chart wrote must not lead outside of this one.
        self.configuration = StateSet(
            snapshot.configuration.lazy.filter { machine.states.indices.contains($0) })
        self.history = snapshot.history
        bindings["context"] = .map(snapshot.data)
    }

    mutating func enterInitialConfiguration() {
        var set = EntrySet()
        addDescendants(of: 0, to: &set)
        let entered = enter(set)
        step.microsteps.append(
            Microstep(transitions: [], exited: [], entered: entered, event: nil))
    }

    /// The external event that opens the macrostep.
    mutating func take(_ event: Event) {
        setCurrent(event)
        let enabled = openingTransitions(for: event)
        if !enabled.isEmpty { microstep(enabled, event: event.name) }
    }

    /// Selects for the given event, and notes in the step what became of it.
    mutating func openingTransitions(for event: Event) -> [TransitionIndex] {
        isOpening = true
        defer { isOpening = false }
        let enabled = selectTransitions(event)
        explainFalseGuards()
        return enabled
    }

    /// Eventless transitions first, then the internal queue, until neither has anything.
    mutating func runToCompletion(limits: StepLimits) {
        var count = 0
        while finalState == nil, step.failure == nil {
            guard count < limits.microsteps else {
                step.failure = .endless(Array(step.microsteps.suffix(8)))
                return
            }
            count += 1
            let eventless = selectEventlessTransitions()
            if !eventless.isEmpty {
                microstep(eventless, event: nil)
            } else if let event = dequeue() {
                setCurrent(event)
                let enabled = selectTransitions(event)
                if !enabled.isEmpty { microstep(enabled, event: event.name) }
                if event.isExecutionError { settleError(isTaken: !enabled.isEmpty) }
            } else {
                return
            }
        }
    }

    consuming func finish(from before: Snapshot) -> Step {
        if step.failure == nil {
            if finalState == nil {
                startInvocations()
            } else {
                exitInterpreter()
            }
            // The chart ended with errors that nothing took.
            if let problem = unhandled.first { fail(problem) }
        }
        guard step.failure == nil else {
            step.snapshot = before
            step.effects = []
            step.microsteps = []
            return step
        }
        step.snapshot = Snapshot(
            configuration: configuration.list, history: history,
            data: bindings["context"]?.mapValue ?? before.data, finalState: finalState)
        return step
    }

    mutating func setCurrent(_ event: Event) { bindings["event"] = .map(event.expressionValue) }

    private mutating func dequeue() -> Event? {
        internalQueue.isEmpty ? nil : internalQueue.removeFirst()
    }

    private mutating func startInvocations() {
        for state in statesToInvoke where configuration.contains(state) {
            for invocation in machine.states[state].invocations {
                step.effects.append(.startInvocation(invocation))
            }
        }
    }

    /// The chart has reached a top-level final state: leaves everything, innermost first.
    private mutating func exitInterpreter() { leaveEverything() }

    mutating func leaveEverything() {
        let exited = configuration.reversedList
        for state in exited { exit(state) }
        step.microsteps.append(
            Microstep(transitions: [], exited: exited, entered: [], event: nil))
    }
}
