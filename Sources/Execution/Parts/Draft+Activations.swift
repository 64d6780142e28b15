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
        guard case .operation(let adapter, let operation) = activation(number)?.target else {
            return nil
        }
        return catalog.operation(adapter, operation)
    }

    mutating func update(_ number: Int64, _ change: (inout Activation) -> Void) {
        guard let index = run.activations.firstIndex(where: { $0.number == number }) else { return }
        hasChanged = true
        change(&run.activations[index])
    }

    mutating func remove(_ number: Int64) {
        hasChanged = true
        run.activations.removeAll { $0.number == number }
    }

    func describe(_ activation: Activation) -> Value {
        [
            "activation": .int(activation.number), "task": .string(activation.target.label),
            "key": .string(activation.key), "input": activation.input,
        ]
    }

    func describe(_ number: Int64, _ error: CallError) -> Value {
        let activation = activation(number)
        return [
            "activation": .int(number), "task": .string(activation?.target.label ?? ""),
            "attempt": .int(Int64(activation?.attempts ?? 0)), "error": .string(error.name),
            "message": .string(error.message), "detail": error.detail,
        ]
    }
}

extension Activation {
    /// Its state was left, its outcome is not known, and nothing more can be asked or undone.
    var isLeftBehind: Bool {
        guard isAbandoned, case .incident = phase else { return false }
        return true
    }

    /// Belongs to no state, so that no state's leaving concerns it.
    var isDetached: Bool {
        switch purpose {
        case .notification, .compensation, .cancellation: true
        case .invocation, .page: false
        }
    }
}

extension Activation.Target {
    /// For people: `bank.charge`, `client-invoice/c-9`, `compensation`.
    package var label: String {
        switch self {
        case .operation(let adapter, let operation): "\(adapter).\(operation)"
        case .child(let name): name.description
        case .compensate: "compensation"
        case .members: "members"
        case .person(let role): "task for \(role)"
        }
    }
}

extension Activation.Target {
    /// What was called, without which: `bank.charge`, `client-invoice`.
    var task: String {
        if case .child(let name) = self { name.workflow } else { label }
    }
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
