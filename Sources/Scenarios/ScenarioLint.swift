import Definition
import Execution
import Statechart
import Values
import WorkflowLanguage

/// What makes a scenario say less than it seems to: names that nothing has. Found before it runs, because a
/// misspelt `calls: {notices.sned: 0}` would hold for ever.
package struct ScenarioLint {
    package let scenario: Scenario
    package let adapters: [AdapterManifest]

    package init(scenario: Scenario, adapters: [AdapterManifest]) {
        self.scenario = scenario
        self.adapters = adapters
    }

    package var failures: [ScenarioFailure] {
        scenario.fakes.flatMap(failures) + scenario.steps.flatMap(failures)
    }

    // MARK: Fakes

    private func failures(_ fake: TaskFake) -> [ScenarioFailure] {
        if let unknown = unknownTask(fake.task, at: fake.location) { return [unknown] }
        let isLocal = adapters.first { fake.task.hasPrefix("\($0.name).") }?.transport == .local
        return fake.answers.compactMap { answer in
            isLocal ? localFailure(fake, answer) : outsideFailure(fake, answer)
        }
    }

    private func localFailure(_ fake: TaskFake, _ answer: FakeAnswer) -> ScenarioFailure? {
        switch answer.outcome {
        case .answer where answer.delay == .zero, .fail where answer.delay == .zero: nil
        case .answer, .fail, .lose, .hang:
            ScenarioFailure(
                at: fake.location, "the fake of \(fake.task)",
                expected: "answer or fail, without delay: it is an in-process operation",
                actual: "a delay or a lost answer")
        }
    }

    private func outsideFailure(_ fake: TaskFake, _ answer: FakeAnswer) -> ScenarioFailure? {
        guard case .fail(let name, _, nil) = answer.outcome, let operation = operation(fake.task),
            operation.retries(name) == nil
        else { return nil }
        let names = operation.errorNames + ["unavailable", "timeout", "rejected"]
        return ScenarioFailure(
            at: fake.location, "the fake of \(fake.task)",
            expected: "an error that it knows (\(names.listed)), or `retry`", actual: name)
    }

    // MARK: Steps

    private func failures(_ step: ScenarioStep) -> [ScenarioFailure] {
        guard case .expect(let expectation) = step.kind else { return [] }
        let tasks = expectation.calls.compactMap { unknownTask($0.task, at: step.location) }
        guard let kind = expectation.blocker?.kind, Blocker.Kind(rawValue: kind) == nil else {
            return tasks
        }
        let kinds = Blocker.Kind.allCases.map(\.rawValue)
        return tasks + [
            ScenarioFailure(
                at: step.location, "the blocker's kind", expected: "one of \(kinds.listed)",
                actual: kind)
        ]
    }

    // MARK: Tasks

    private func unknownTask(_ task: String, at location: SourceLocation) -> ScenarioFailure? {
        guard operation(task) == nil else { return nil }
        let names = adapters.flatMap { adapter in
            adapter.operations.map { "\(adapter.name).\($0.name)" }
        }
        let hint = nearestName(to: task, among: names).map { "; did you mean \($0)?" } ?? ""
        return ScenarioFailure(
            at: location, "the task \(task)", expected: "an operation of an adapter",
            actual: "there is none of this name\(hint)")
    }

    private func operation(_ task: String) -> OperationManifest? {
        let parts = task.split(separator: ".", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        return adapters.first { $0.name == parts[0] }?.operation(named: String(parts[1]))
    }
}
