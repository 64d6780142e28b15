import Definition
import Values

/// The activations of the run: found, changed, described.
extension Draft {
    /// Bytes of inputs and outputs that one instance may have to remember for its calls and their undoing. They
    /// are part of its row, and a row that grew without end could not be read any more.
    static let maximumCarriedBytes = 4 << 20

    var carriesLittle: Bool {
        var left = Self.maximumCarriedBytes
        for effect in run.effects where left > 0 {
            left -= effect.input.weight(upTo: left)
            left -= effect.output?.weight(upTo: max(left, 0)) ?? 0
        }
        for activation in run.activations where left > 0 {
            left -= activation.input.weight(upTo: left)
        }
        return left > 0
    }

    func activation(_ number: Int64) -> Activation? {
        run.activations.first { $0.number == number }
    }

    func manifest(_ number: Int64) -> OperationManifest? {
        activation(number)?.call.flatMap { catalog.operation($0.adapter, $0.operation) }
    }

    mutating func update(_ number: Int64, _ change: (inout Activation) -> Void) {
        guard let index = run.activations.firstIndex(where: { $0.number == number }) else { return }
        hasChanged = true
        change(&run.activations[index])
    }

    /// Of what is no call nothing changes.
    mutating func updateCall(_ number: Int64, _ change: (inout Work.Call) -> Void) {
        update(number) { activation in
            guard case .call(var call) = activation.work else { return }
            change(&call)
            activation.work = .call(call)
        }
    }

    mutating func updateFanOut(_ number: Int64, _ change: (inout FanOut) -> Void) {
        update(number) { activation in
            guard case .members(var members) = activation.work else { return }
            change(&members.progress)
            activation.work = .members(members)
        }
    }

    mutating func updateTask(_ number: Int64, _ change: (inout OpenTask) -> Void) {
        update(number) { activation in
            guard case .task(var task) = activation.work else { return }
            task.update(change)
            activation.work = .task(task)
        }
    }

    mutating func remove(_ number: Int64) {
        hasChanged = true
        run.activations.removeAll { $0.number == number }
    }

    func describe(_ activation: Activation) -> Value {
        [
            "activation": .int(activation.number), "task": .string(activation.label),
            "key": .string(activation.key), "input": activation.input,
        ]
    }

    func describe(_ number: Int64, _ error: CallError) -> Value {
        let activation = activation(number)
        return [
            "activation": .int(number), "task": .string(activation?.label ?? ""),
            "attempt": .int(Int64(activation?.attempts ?? 0)), "error": .string(error.name),
            "message": .string(error.message), "detail": error.detail,
        ]
    }
}

extension Activation {
    /// Its state was left, its outcome is not known, and nothing more can be asked or undone.
    var isLeftBehind: Bool { isAbandoned && incident != nil }
}

extension Invocation.Target {
    var label: String {
        switch self {
        case .task(let adapter, let operation): "\(adapter).\(operation)"
        case .workflow(let name, _): name
        case .compensate: "compensation"
        case .person(let task): "task for \(task.role)"
        }
    }
}

extension CallError {
    static func missing(_ what: String) -> CallError {
        CallError(name: "missing", message: "\(what) is not loaded here", isRetryable: false)
    }

    static let tooMuchCarried = CallError(
        name: "too-large",
        message: "the inputs and outputs of this instance's calls come to more than "
            + "\(Draft.maximumCarriedBytes) bytes", isRetryable: false)

    static func invalidOutput(of task: String, _ violations: [Violation]) -> CallError {
        let text = violations.prefix(3).map { "\($0)" }.joined(separator: "; ")
        return CallError(
            name: "invalid-output",
            message: "\(task) gave what its own 'outputSchema' refuses, and nothing of it was "
                + "written; the operation or its declaration must be mended: \(text)",
            isRetryable: false)
    }

    static func invalidInput(_ violations: [Violation]) -> CallError {
        let text = violations.map { "\($0.pointer): \($0.detail)" }.joined(separator: "; ")
        return CallError(
            name: "invalid-input", message: "the input does not fit the operation: \(text)",
            isRetryable: false)
    }
}
