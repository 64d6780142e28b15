import Assembly
import Definition
import Values

/// Values of params from the command line: `grace=2h` of every workflow that has such a param, `loan.grace=2h` of one.
struct ParamOverrides {
    /// Each is read as JSON where that fits the param's schema, else as a text.
    ///
    /// - Throws: `.invalid` with what there is, where nothing has that name or the value does not fit.
    static func apply(
        _ texts: [String], to configuration: inout PawlConfiguration,
        workflows: [WorkflowDefinition]
    ) throws(Problem) {
        for text in texts {
            let (name, value) = try split(text)
            for (workflow, param) in try targets(name, workflows) {
                let fitting = try fitting(value, for: param, of: workflow)
                configuration.params[workflow.name, default: ValueMap()][param] = fitting
            }
        }
    }

    private static func split(_ text: String) throws(Problem) -> (String, String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw Problem(
                .invalid, "`--param \(text)` names no value",
                fix: "write name=value, or workflow.name=value for one workflow")
        }
        return (String(parts[0]), String(parts[1]))
    }

    private static func targets(
        _ name: String, _ workflows: [WorkflowDefinition]
    ) throws(Problem) -> [(WorkflowDefinition, String)] {
        guard let dot = name.lastIndex(of: ".") else {
            let having = workflows.filter { $0.params.property(name) != nil }
            guard !having.isEmpty else {
                throw unknown(name, "no workflow has a param `\(name)`", among: workflows)
            }
            return having.map { ($0, name) }
        }
        let (owner, param) = (String(name[..<dot]), String(name[name.index(after: dot)...]))
        guard let workflow = workflows.first(where: { sameUTF8($0.name, owner) }) else {
            throw Problem(
                .unknownWorkflow, "there is no workflow `\(owner)` whose param could be set",
                fix: nearestName(to: owner, among: workflows.map(\.name)).map {
                    "did you mean \($0)?"
                })
        }
        guard workflow.params.property(param) != nil else {
            throw unknown(param, "the workflow \(owner) has no param `\(param)`", among: [workflow])
        }
        return [(workflow, param)]
    }

    private static func unknown(
        _ name: String, _ message: String, among workflows: [WorkflowDefinition]
    ) -> Problem {
        var known: [String] = []
        for name in workflows.flatMap({ $0.params.propertyNames ?? [] })
        where !known.contains(exactly: name) {
            known.append(name)
        }
        return Problem(
            .invalid, message,
            fix: nearestName(to: name, among: known).map { "did you mean `\($0)`?" }
                ?? (known.isEmpty
                    ? "params are declared in workflow.yaml"
                    : "known: \(known.joined(separator: ", "))"))
    }

    private static func fitting(
        _ text: String, for param: String, of workflow: WorkflowDefinition
    ) throws(Problem) -> Value {
        guard let schema = workflow.params.property(param) else { return .string(text) }
        let candidates = [try? JSON.parse(text), .string(text)].compactMap(\.self)
        var violations: [Violation] = []
        for candidate in candidates {
            switch schema.decode(candidate) {
            case .valid: return candidate
            case .invalid(let found): violations = found
            }
        }
        throw Problem(
            .invalid, "`\(text)` does not fit the param `\(param)` of \(workflow.name)",
            violations: violations)
    }
}
