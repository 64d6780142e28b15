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
        run.activations.numbered(number)
    }

    func manifest(_ number: Int64) -> OperationManifest? {
        activation(number)?.call.flatMap { catalog.operation($0.adapter, $0.operation) }
    }

    mutating func update(_ number: Int64, _ change: (inout Work) -> Void) {
        markChanged()
        run.activations.update(number, change)
    }

    /// Of what is no call nothing changes.
    mutating func updateCall(_ number: Int64, _ change: (inout Work.Call) -> Void) {
        update(number) { work in
            guard case .call(var call) = work else { return }
            change(&call)
            work = .call(call)
        }
    }

    mutating func updateFanOut(_ number: Int64, _ change: (inout FanOut) -> Void) {
        update(number) { work in
            guard case .members(var members) = work else { return }
            change(&members.progress)
            work = .members(members)
        }
    }

    mutating func updateTask(_ number: Int64, _ change: (inout OpenTask) -> Void) {
        update(number) { work in
            guard case .task(var task) = work else { return }
            task.update(change)
            work = .task(task)
        }
    }

    mutating func remove(_ number: Int64) {
        if let activation = activation(number), activation.task != nil { withdrawTask(activation) }
        markChanged()
        run.activations.end(number)
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
        case .person(let task): "task for \(task.role ?? "one person")"
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
