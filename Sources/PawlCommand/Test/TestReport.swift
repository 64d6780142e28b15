import Definition
import Scenarios
import Values
import WorkflowLanguage

/// The words of `pawl test`.
struct TestReport {
    let style: Style
    private(set) var passed = 0
    private(set) var failed = 0
    private var coverage = Coverage()

    init(style: Style) { self.style = style }

    /// One line a scenario, and below it what does not hold.
    /// - Parameter result: nil where the file could not be read.
    mutating func lines(
        of file: ScenarioFile, _ result: ScenarioResult?, took: Duration
    ) -> String {
        if let result { coverage.merge(result.coverage) }
        let holds = result?.passed ?? false
        if holds { passed += 1 } else { failed += 1 }
        let head =
            "\(holds ? "✓" : style.red("✗")) \(file.name)  "
            + style.faint("\(took.milliseconds) ms")
        let diagnostics =
            result == nil
            ? file.diagnostics.map { $0.rendered(source: file.text) } : []
        let failures = (result?.failures ?? []).map { text(of: $0, in: file) }
        return ([head] + diagnostics + failures).joined(separator: "\n")
    }

    private func text(of failure: ScenarioFailure, in file: ScenarioFile) -> String {
        let lines = [
            "    \(file.path):\(failure.location): \(style.bold(failure.subject))",
            "        expected  \(failure.expected)",
            "        actual    \(failure.actual)",
        ]
        let why = failure.why.map { ["        why       \($0)"] } ?? []
        return (lines + why).joined(separator: "\n")
    }

    /// How much of a workflow was visited, and by name what was not.
    func coverage(of definition: WorkflowDefinition, file: String) -> String {
        let report = coverage.report(of: definition)
        let states = "\(report.stateCount - report.states.count) of \(report.stateCount) states"
        let transitions =
            "\(report.transitionCount - report.transitions.count) of "
            + "\(report.transitionCount) transitions"
        let head = "\(style.bold(report.workflow)): \(states), \(transitions)"
        let gaps =
            report.states.map { ("never entered", $0) }
            + report.transitions.map { ("never taken", $0) }
        let lines = gaps.map { verb, gap in
            "    \(verb): \(gap.name)  "
                + style.faint("\(file):\(gap.location)")
        }
        return ([head] + lines).joined(separator: "\n")
    }

    /// One line an exchange, and below it what does not hold.
    mutating func line(of file: ExchangeFile, _ failures: [ExchangeFailure]) -> String {
        if failures.isEmpty { passed += 1 } else { failed += 1 }
        let head =
            "\(failures.isEmpty ? "✓" : style.red("✗")) \(file.adapter).\(file.operation): \(file.title)"
        return ([head] + failures.map { "    \(file.path):\($0)" }).joined(separator: "\n")
    }

    var summary: String { "\(passed) passed, \(failed) failed" }
}
