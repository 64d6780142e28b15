import CEL
import Definition
import Sabotage
import Statechart
import Values

/// Calls: from the state that invokes to the recorded result.
///
/// An activation is one use of an invocation. All its attempts carry one key, derived from the instance and
/// the activation's number (G4). An attempt ends in one of three ways: it took effect, it did not (a
/// *classified* error), or nobody knows; in the last case the operation declares whether to ask, to send
/// again under the same key, or to call a person.
extension Draft {
    // MARK: Starting

    mutating func startInvocation(_ index: InvocationIndex) {
        if let forEach = definition.invocations[index].forEach {
            startFanOut(index, forEach)
        } else {
            startInvocation(index, in: bindings, as: nil)
        }
    }

    /// - Parameter bindings: what its input and key see.
    mutating func startInvocation(
        _ index: InvocationIndex, in bindings: Bindings, as membership: Membership?
    ) {
        let invocation = definition.invocations[index]
        let use = use(of: index, as: membership)
        let work: Work
        let input: Value
        do throws(ExpressionProblem) {
            work = try self.work(of: invocation, for: use, in: bindings)
            input = try value(of: invocation.input, invocation, .input, in: bindings).plain
        } catch {
            return refuseInvocation(index, membership, error)
        }
        launch(begin(work, input))
    }

    /// The deadline of a fan-out is that of all members together.
    private func use(of index: InvocationIndex, as membership: Membership?) -> Use {
        if let membership { return Use(index, as: membership) }
        return Use(index, deadline: deadline(of: index))
    }

    func deadline(of index: InvocationIndex) -> Timestamp? {
        definition.invocations[index].deadline
            .flatMap { now.adding($0)?.ceilingToMilliseconds }
    }

    private func value(
        of template: Template, _ invocation: Invocation, _ place: ExpressionProblem.Place,
        in bindings: Bindings
    ) throws(ExpressionProblem) -> Value {
        do throws(EvaluationError) {
            return try template.evaluate(bindings)
        } catch {
            throw ExpressionProblem(
                place: place, location: invocation.location,
                message: "\(place.rawValue) of \(invocation.target.label): \(error.message)",
                failed: template.failed(bindings))
        }
    }

    /// A member of a fan-out fails alone; any other call fails the step, unless its state catches `expression` by name.
    private mutating func refuseInvocation(
        _ index: InvocationIndex, _ membership: Membership?, _ problem: ExpressionProblem
    ) {
        let use = membership.map { Use(index, as: $0) } ?? Use(index)
        let number = begin(unkeyedWork(of: definition.invocations[index], for: use), .null)
        guard let activation = activation(number) else { return }
        refuse(activation, problem)
    }

    mutating func refuse(_ activation: Activation, _ problem: ExpressionProblem) {
        guard let use = activation.use,
            use.membership != nil || definition.catches("expression", of: use.invocation)
        else {
            remove(activation.number)
            return fail(problem)
        }
        refuseLaunch(activation.number, CallError(.expression(problem), in: definition, nil))
    }

    private func work(
        of invocation: Invocation, for use: Use, in bindings: Bindings
    ) throws(ExpressionProblem) -> Work {
        guard case .workflow(let name, let template?) = invocation.target else {
            return unkeyedWork(of: invocation, for: use)
        }
        let value = try value(of: template, invocation, .key, in: bindings)
        guard let key = value.keyText else {
            throw ExpressionProblem(
                place: .key, location: invocation.location,
                message: "key of \(invocation.target.label): it gave \(value.typeName), "
                    + "and a key is a text or an integer",
                failed: template.refused(giving: value, bindings))
        }
        return .child(
            Work.Child(InstanceName(workflow: name, key: key), for: .invocation(use)))
    }

    private func unkeyedWork(of invocation: Invocation, for use: Use) -> Work {
        switch invocation.target {
        case .task(let adapter, let operation):
            return .call(
                Work.Call(adapter: adapter, operation: operation, for: .invocation(use)))
        case .compensate(let scope):
            return .undoing(Work.Undoing(scope, for: .invocation(use)))
        case .person(let task):
            return .task(Work.Task(role: task.role, for: use))
        case .workflow(let name, _):
            let key = "\(keyOfChildren)/\(run.activations.nextNumber)"
            return .child(
                Work.Child(InstanceName(workflow: name, key: key), for: .invocation(use)))
        }
    }

    mutating func begin(_ work: Work, _ input: Value) -> Int64 {
        let scope = isMutant(.keyWithoutActivation) ? "" : "/\(run.activations.nextNumber)"
        let key = CallKey.text(namespace: catalog.namespace, instance: run.name, scope: scope)
        return run.activations.begin(work, input, key: key, at: now)
    }

    /// - Parameter location: where it is declared, if by no invocation.
    mutating func launch(_ number: Int64, declaredAt location: SourceLocation? = nil) {
        guard let activation = activation(number) else { return }
        switch activation.work {
        case .call(let call): launch(activation, call, declaredAt: location)
        case .child(let child): launchChild(number, child.name)
        case .undoing: record(.compensationStarted, describe(activation))
        case .task: launchTask(number)
        case .members: return
        }
    }

    private mutating func launch(
        _ activation: Activation, _ call: Work.Call, declaredAt location: SourceLocation?
    ) {
        let number = activation.number
        guard let manifest = catalog.operation(call.adapter, call.operation) else {
            return refuseLaunch(number, .missing(activation.label))
        }
        if case .invalid(let violations) = manifest.input.decode(activation.input) {
            return refuseInput(of: activation, .invalidInput(violations), declaredAt: location)
        }
        if case .invocation = call.purpose, !carriesLittle {
            return refuseLaunch(number, .tooMuchCarried)
        }
        if !isMutant(.compensationRegisteredAtCompletion) { register(activation, manifest) }
        record(.callStarted, describe(activation))
        dispatch(number)
    }

    // MARK: Refusing

    /// A value that its schema refuses fails the step like an expression that does.
    private mutating func refuseInput(
        of activation: Activation, _ error: CallError, declaredAt location: SourceLocation?
    ) {
        if let use = activation.use, use.membership == nil,
            !definition.catches("invalid-input", of: use.invocation)
        {
            remove(activation.number)
            return fail(
                problem(error, definition.invocations[use.invocation].location, activation))
        }
        if activation.isNotification {
            let location = location ?? SourceLocation(line: 1, column: 1)
            remove(activation.number)
            return fail(problem(error, location, activation))
        }
        refuseLaunch(activation.number, error)
    }

    /// It is over before anything of it left.
    private mutating func refuseLaunch(_ number: Int64, _ error: CallError) {
        record(.callFailed, describe(number, error))
        fail(number, error, names: [error.name])
    }

    private func problem(
        _ error: CallError, _ location: SourceLocation, _ activation: Activation
    ) -> ExpressionProblem {
        ExpressionProblem(
            place: .input, location: location,
            message: "input of \(activation.label): \(error.message)",
            failed: FailedExpression(refused: activation.input))
    }

    /// The next attempt: performed here when local, else sent after the flush.
    mutating func dispatch(_ number: Int64) {
        if holdMoney(number) { return }
        updateCall(number) { [now, catalog] call in
            let isLocal = catalog.adapter(call.adapter)?.transport == .local
            call.dispatch(at: now, locally: isLocal)
        }
    }

    /// Sends again what may have taken effect only while the remote is sure to remember its key (G4); the
    /// moment was planned, but an outage or a person may have made it later.
    mutating func dispatchWithinRetention(_ number: Int64) {
        guard let call = activation(number)?.call, call.mayHaveApplied, outlivesKey(call, at: now)
        else { return dispatch(number) }
        askOrPark(number, call.lastError ?? .missing("answer"))
    }

    // MARK: Notifications

    /// A mail; belongs to no state and outlives the instance's end.
    mutating func startNotification(_ payload: Value, at location: SourceLocation) {
        let notifier = catalog.notifier
        let mail = Work.Call(
            adapter: notifier.adapter, operation: notifier.operation, for: .notification)
        launch(begin(.call(mail), payload), declaredAt: location)
    }
}
