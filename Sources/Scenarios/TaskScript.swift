import CEL
import Definition
import Execution
import Values
import WorkflowLanguage

/// The fakes of a scenario as they are used up, and how often each task was called.
package struct TaskScript: Sendable {
    /// What the script says to one attempt.
    package enum Line: Sendable {
        /// The task has no fake.
        case unscripted
        case answer(Value, delay: Duration)
        case fail(CallError, delay: Duration)
        case lose(Value, delay: Duration)
        case hang
    }

    private let fakes: [ExactText: TaskFake]
    private let operations: [ExactText: OperationManifest]
    /// Attempts by task. A call that is sent again because the engine crashed is the same attempt.
    private var counts: [ExactText: Int] = [:]
    /// What the next attempts are told, before any fake.
    private var said: [ExactText: [Line]] = [:]
    /// What is wrong with the fakes, seen when they were used.
    package private(set) var mistakes: [ScenarioFailure] = []

    package init(_ fakes: [TaskFake], adapters: [AdapterManifest]) {
        self.fakes = Dictionary(
            fakes.map { ($0.task, $0) }, uniquingKeysWith: { first, _ in first })
        let named = adapters.flatMap { adapter in
            adapter.operations.map { ("\(adapter.name).\($0.name)", $0) }
        }
        operations = Dictionary(named, uniquingKeysWith: { first, _ in first })
    }

    package func count(_ task: String) -> Int { counts[task] ?? 0 }

    package func hasFake(_ task: String) -> Bool { fakes[task] != nil }

    /// The next attempt of the task that nothing was said to yet is told this.
    package mutating func say(_ line: Line, to task: String) {
        said[task] = (said[task] ?? []) + [line]
    }

    /// Counts an attempt of the task.
    /// - Returns: its number, from 0.
    package mutating func attempt(_ task: String) -> Int {
        let number = count(task)
        counts[task] = number + 1
        return number
    }

    /// - Parameters:
    ///   - number: from `attempt`.
    ///   - attempt: of this call, from 1.
    package mutating func line(
        _ task: String, number: Int, input: Value, key: String, attempt: Int
    ) -> Line {
        if var lines = said[task], !lines.isEmpty {
            let line = lines.removeFirst()
            said[task] = lines
            return line
        }
        guard let fake = fakes[task], let answer = fake.answer(to: number) else {
            return .unscripted
        }
        let bindings: Bindings = [
            "input": input, "call": ["key": .string(key), "attempt": .int(Int64(attempt))],
        ]
        switch answer.outcome {
        case .answer(let template):
            return output(template, fake, bindings).map { .answer($0, delay: answer.delay) }
                ?? .hang
        case .lose(let template):
            return output(template, fake, bindings).map { .lose($0, delay: answer.delay) } ?? .hang
        case .fail(let name, let message, let isRetryable):
            let error = CallError(
                name: name, message: message,
                isRetryable: isRetryable ?? operations[task]?.retries(name) ?? false)
            return .fail(error, delay: answer.delay)
        case .hang:
            return .hang
        }
    }

    /// As an adapter would hand it over: evaluated, and held against the operation's schema.
    private mutating func output(
        _ template: Template, _ fake: TaskFake, _ bindings: Bindings
    ) -> Value? {
        do throws(EvaluationError) {
            let value = try template.evaluate(bindings).plain
            switch operations[fake.task]?.outputSchema.decode(value) {
            case .valid(let decoded): return decoded
            case .invalid(let violations):
                note(fake, "an answer that fits its schema", violations.map(\.description).listed)
                return nil
            case nil: return value
            }
        } catch {
            note(fake, "an answer", error.message)
            return nil
        }
    }

    private mutating func note(_ fake: TaskFake, _ expected: String, _ actual: String) {
        mistakes.append(
            ScenarioFailure(
                at: fake.location, "the fake of \(fake.task)", expected: expected, actual: actual))
    }
}

extension OperationManifest {
    /// Whether a named error is retried: by the adapter's own rules, else as the engine classifies; nil for a
    /// name that neither knows.
    package func retries(_ error: String) -> Bool? {
        var rules = errors
        if case .ask(let ask) = onUnknown { rules += ask.refused }
        if let rule = rules.first(where: { $0.name == error }) { return rule.isRetryable }
        switch error {
        case "unavailable", "timeout", "configuration": return true
        case "rejected", "invalid-input": return false
        default: return nil
        }
    }

    /// Of an outside task without a fake: `{id: <task>-<n>}` where the schema admits it, with the least that the
    /// schema asks for besides.
    package func plainAnswer(_ task: String, number: Int) -> Value {
        let identity: ValueMap = ["id": .string("\(task)-\(number + 1)")]
        let least = outputSchema.least(depth: 0)
        let both = (least.mapValue ?? [:]).merging(identity)
        for answer in [identity, both] {
            if case .valid(let value) = outputSchema.decode(.map(answer)) { return value }
        }
        return least
    }
}

extension Schema {
    /// A small value that has what the schema requires; not a promise that every rule admits it.
    fileprivate func least(depth: Int) -> Value {
        if let value = declaredDefault ?? choices?.first { return value }
        guard depth < 20 else { return .null }
        switch typeNames.first {
        case "boolean": return false
        case "integer": return source["minimum"] ?? 0
        case "number": return source["minimum"] ?? 0.0
        case "string": return .string(format == "date-time" ? "2026-01-05T09:00:00Z" : "text")
        case "array": return []
        case "object":
            let required = (propertyNames ?? []).filter(isRequired)
            return .map(
                ValueMap(required.map { ($0, property($0)?.least(depth: depth + 1) ?? .null) }))
        default: return .null
        }
    }
}
