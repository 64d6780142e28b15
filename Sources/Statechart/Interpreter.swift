import CEL

/// One macrostep under way: W3C SCXML 1.0, appendix D, over flat tables.
///
/// The names of the procedures are the specification's. Three things are done otherwise, each to make the
/// step a function: the external queue is the caller, invocations and delays leave as effects, and the
/// number of microsteps is bounded.
struct Interpreter {
    let machine: Machine
    let environment: Bindings
    /// What expressions see: the environment, `context` and `event`.
    var bindings: Bindings
    var isActive: [Bool]
    var history: [HistoryValue]
    var data: ValueMap
    var internalQueue: [Event] = []
    /// States entered in this macrostep whose invocations start at its end.
    var statesToInvoke: [StateIndex] = []
    var finalState: StateIndex?
    /// The transitions being selected are for the event that was given, not for one that follows from it.
    var isOpening = false
    var step: Step

    init(machine: Machine, snapshot: Snapshot, environment: Bindings) {
        self.machine = machine
        self.environment = environment
        self.bindings = environment
        self.isActive = Array(repeating: false, count: machine.states.count)
        for index in snapshot.configuration where isActive.indices.contains(index) {
            isActive[index] = true
        }
        self.history = snapshot.history
        self.data = snapshot.data
        self.step = Step(snapshot: snapshot)
        bindings["context"] = .map(snapshot.data)
    }

    mutating func enterInitialConfiguration() {
        microstep(entering: [Entry(source: nil, targets: [0])], transitions: [], event: nil)
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
        return enabledTransitions(for: event)
    }

    /// Eventless transitions first, then the internal queue, until neither has anything.
    mutating func runToCompletion(limits: StepLimits) {
        var count = 0
        while finalState == nil {
            guard count < limits.microsteps else {
                step.isRunaway = true
                return
            }
            count += 1
            let eventless = enabledTransitions(for: nil)
            if !eventless.isEmpty {
                microstep(eventless, event: nil)
            } else if let event = dequeue() {
                setCurrent(event)
                let enabled = enabledTransitions(for: event)
                if !enabled.isEmpty { microstep(enabled, event: event.name) }
            } else {
                return
            }
        }
    }

    mutating func finish(from before: Snapshot) -> Step {
        if step.isRunaway {
            step.snapshot = before
            step.effects = []
            step.microsteps = Array(step.microsteps.suffix(8))
            return step
        }
        if finalState == nil {
            startInvocations()
        } else {
            exitInterpreter()
        }
        step.snapshot = Snapshot(
            configuration: configuration, history: history, data: data, finalState: finalState)
        return step
    }

    var configuration: [StateIndex] { isActive.indices.filter { isActive[$0] } }

    mutating func setCurrent(_ event: Event) {
        var value = event.attributes
        value["name"] = .string(event.name)
        value["data"] = event.data
        bindings["event"] = .map(value)
    }

    private mutating func dequeue() -> Event? {
        internalQueue.isEmpty ? nil : internalQueue.removeFirst()
    }

    private mutating func startInvocations() {
        for state in statesToInvoke.sorted() where isActive[state] {
            for invocation in machine.states[state].invocations {
                step.effects.append(.startInvocation(invocation))
            }
        }
    }

    /// The chart has reached a top-level final state: leaves everything, innermost first.
    private mutating func exitInterpreter() { leaveEverything() }

    mutating func leaveEverything() {
        let exited = Array(configuration.reversed())
        for state in exited { exit(state) }
        step.microsteps.append(
            Microstep(transitions: [], exited: exited, entered: [], event: nil))
    }
}
