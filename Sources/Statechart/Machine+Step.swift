import CEL
import Values

extension Machine {
    /// Enters the initial configuration and runs to the first wait.
    /// - Parameter environment: what expressions see besides `context` and `event`.
    /// - Parameter processor: who answers emissions on the spot; nil: each is an effect of the step.
    package func start(
        data: ValueMap, environment: Bindings, limits: StepLimits = .standard,
        processor: EventProcessor? = nil
    ) -> Step {
        var interpreter = Interpreter(
            machine: self, snapshot: Snapshot(data: data), environment: environment,
            processor: processor)
        interpreter.enterInitialConfiguration()
        interpreter.runToCompletion(limits: limits)
        return interpreter.finish(from: Snapshot(data: data))
    }

    /// One macrostep: takes the event and everything that follows from it, by the algorithm of W3C SCXML 1.0,
    /// appendix D. Pure: the same arguments give the same step.
    package func step(
        _ snapshot: Snapshot, _ event: Event, environment: Bindings,
        limits: StepLimits = .standard, processor: EventProcessor? = nil
    ) -> Step {
        guard !snapshot.hasEnded else { return Step(snapshot: snapshot) }
        var interpreter = Interpreter(
            machine: self, snapshot: snapshot, environment: environment, processor: processor)
        interpreter.take(event)
        interpreter.runToCompletion(limits: limits)
        return interpreter.finish(from: snapshot)
    }

    /// Goes to a state although no transition leads there: leaves what cannot be active beside it, enters it, and takes
    /// everything that follows from that.
    package func move(
        _ snapshot: Snapshot, to state: StateIndex, environment: Bindings,
        limits: StepLimits = .standard
    ) -> Step {
        guard !snapshot.hasEnded, canMove(to: state) else { return Step(snapshot: snapshot) }
        var interpreter = Interpreter(machine: self, snapshot: snapshot, environment: environment)
        interpreter.move(to: state)
        interpreter.runToCompletion(limits: limits)
        return interpreter.finish(from: snapshot)
    }

    /// The root is no state of the workflow, and a history state is none to be in.
    package func canMove(to state: StateIndex) -> Bool {
        states.indices.contains(state) && state != 0 && !states[state].isHistory
    }

    /// Looks at the eventless transitions anew, because the data has changed from outside.
    package func reconsider(
        _ snapshot: Snapshot, environment: Bindings, limits: StepLimits = .standard
    ) -> Step {
        guard !snapshot.hasEnded else { return Step(snapshot: snapshot) }
        var interpreter = Interpreter(machine: self, snapshot: snapshot, environment: environment)
        interpreter.runToCompletion(limits: limits)
        return interpreter.finish(from: snapshot)
    }

    /// Goes on from a configuration that another version of the chart was in: enters by default what is missing of it, and
    /// takes everything that follows.
    package func takeOver(
        _ snapshot: Snapshot, environment: Bindings, limits: StepLimits = .standard
    ) -> Step {
        guard !snapshot.hasEnded else { return Step(snapshot: snapshot) }
        var interpreter = Interpreter(machine: self, snapshot: snapshot, environment: environment)
        interpreter.complete()
        interpreter.runToCompletion(limits: limits)
        return interpreter.finish(from: snapshot)
    }

    /// Below which of these active states one is missing: a compound state has one child that is active, a parallel one
    /// all of its regions.
    package func incomplete(_ configuration: [StateIndex]) -> [StateIndex] {
        configuration.filter { state in
            let children = states[state].children.filter { !states[$0].isHistory }
            return switch states[state].kind {
            case .compound: !children.contains(where: configuration.contains)
            case .parallel: !children.allSatisfy(configuration.contains)
            case .atomic, .final, .history: false
            }
        }
    }

    /// The first of these that has two active children of which one only may be.
    package func overfull(_ configuration: [StateIndex]) -> StateIndex? {
        configuration.first { state in
            states[state].kind == .compound
                && states[state].children.count(where: configuration.contains) > 1
        }
    }

    /// What would become of the event, without taking it.
    package func selection(
        _ snapshot: Snapshot, _ event: Event, environment: Bindings
    ) -> Step.Selection {
        guard !snapshot.hasEnded else { return .none }
        var interpreter = Interpreter(machine: self, snapshot: snapshot, environment: environment)
        interpreter.setCurrent(event)
        _ = interpreter.openingTransitions(for: event)
        return interpreter.step.selection
    }

    /// Leaves every state, innermost first, without reaching a final one: the instance is being cancelled.
    package func stop(
        _ snapshot: Snapshot, environment: Bindings, processor: EventProcessor? = nil
    ) -> Step {
        var interpreter = Interpreter(
            machine: self, snapshot: snapshot, environment: environment, processor: processor)
        interpreter.leaveEverything()
        return interpreter.finish(from: snapshot)
    }

    /// Active states that contain no other active state, in document order.
    package func leaves(of configuration: [StateIndex]) -> [StateIndex] {
        var leaves: [StateIndex] = []
        for (position, index) in configuration.enumerated() {
            let next = position + 1 < configuration.count ? configuration[position + 1] : nil
            if let next, next <= states[index].lastDescendant { continue }
            leaves.append(index)
        }
        return leaves
    }

    package func isDescendant(_ state: StateIndex, of ancestor: StateIndex) -> Bool {
        state > ancestor && state <= states[ancestor].lastDescendant
    }

    /// Stands before the state itself, so that every walk outwards ends.
    func parent(of state: StateIndex) -> StateIndex? {
        guard let parent = states[state].parent, parent < state else { return nil }
        return parent
    }

    /// The state's proper ancestors, from its parent up to the root.
    package func ancestors(of state: StateIndex) -> Ancestors { Ancestors(of: state, in: states) }
}
