import Definition
import Statechart
import Values

/// Starts an instance of the version that lies in the folder.
///
/// Input and params are decoded by their schemas (defaults filled, numbers in their declared kind); what
/// fails is refused with pointers and nothing is written.
package func decide(start request: StartRequest, catalog: Catalog, now: Timestamp) -> Decision {
    let workflow = request.name.workflow
    let current =
        request.parent == nil ? catalog.current(workflow) : catalog.current(forChild: workflow)
    guard let definition = current else {
        return Decision(problem: .unknownWorkflow(workflow, catalog: catalog))
    }
    let now = now.ceilingToMilliseconds
    let run: Run
    switch Run.starting(request, definition: definition, catalog: catalog, now: now) {
    case .success(let started): run = started
    case .failure(let problem): return Decision(problem: problem)
    }
    var draft = Draft(run: run, definition: definition, catalog: catalog, now: now)
    draft.start(request)
    var decision = draft.decision(before: nil)
    decision.reply = .started
    if !request.kept.isEmpty { decision.commit?.keptTaken = request.name }
    return decision
}

extension Decision {
    package init(problem: Problem) {
        self.init(run: nil, commit: nil, reply: .problem(problem))
    }
}

extension Problem {
    /// No workflow of that name can be started: it was never there, or was taken out of the folder.
    package static func unknownWorkflow(_ name: String, catalog: Catalog) -> Problem {
        guard !catalog.knows(name) else { return .removedWorkflow(name) }
        let nearest = nearestName(to: name, among: catalog.workflowNames)
        return Problem(
            .unknownWorkflow, "there is no workflow \(name)",
            fix: nearest.map { "did you mean \($0)?" }
                ?? "known: \(catalog.workflowNames.joined(separator: ", "))")
    }
}

extension Problem {
    /// Its instances go on; nothing new starts.
    package static func removedWorkflow(_ name: String) -> Problem {
        Problem(
            .unknownWorkflow,
            "the workflow \(name) was taken out of the folder: nothing new starts by it",
            fix: "put its folder back and start the server again; "
                + "`pawl ls -f 'workflow:\(name) status:running'` lists what still runs")
    }
}

extension Run {
    fileprivate static func starting(
        _ request: StartRequest, definition: WorkflowDefinition, catalog: Catalog, now: Timestamp
    ) -> Result<Run, Problem> {
        let input: Value
        switch definition.input.decode(request.input) {
        case .valid(let value): input = value.plain
        case .invalid(let violations):
            return .failure(
                Problem(
                    .invalid, "the input does not fit workflow \(definition.name)",
                    fix: "mend the members named in `errors`", violations: violations))
        }
        if let problem = request.keyProblem(definition, input: input) { return .failure(problem) }
        let overrides = (catalog.params[definition.name] ?? ValueMap())
            .merging(request.params.mapValue ?? ValueMap())
        let params: Value
        switch definition.params.decode(.map(overrides)) {
        case .valid(let value): params = value.plain
        case .invalid(let violations):
            return .failure(
                Problem(
                    .invalid, "the params do not fit workflow \(definition.name)",
                    fix: "mend the members named in `errors`", violations: violations))
        }
        return .success(
            Run(
                id: request.id, name: request.name, version: definition.version,
                parent: request.parent, input: input, params: params, snapshot: Snapshot(),
                startedAt: now, startedBy: request.actor))
    }
}

extension Draft {
    fileprivate mutating func start(_ request: StartRequest) {
        record(
            .started,
            [
                "version": .int(Int64(definition.version)), "input": run.input,
                "params": run.params, "by": .string(request.actor.description),
            ])
        refer(to: definition.attachments(ofStartWith: run.input))
        for row in request.kept { keep(row) }
        var context = ValueMap()
        if case .valid(.map(let defaults)) = definition.context.decode(.map(ValueMap())) {
            context = defaults
        }
        run.snapshot.data = context
        if let standing = request.workflowPause {
            hold(with: standing)
        } else {
            _ = attempt(.proceed, at: now)
        }
    }

    /// An event that came before the start; another version may have declared it then.
    private mutating func keep(_ row: KeptRow) {
        guard case .success(let event) = definition.admit(row.event), run.kept.hasRoom(for: event)
        else {
            record(.eventDiscarded, describe(row.event, Receipt(.rejected, code: "invalid")))
            return
        }
        refer(to: definition.attachments(in: event))
        keep(
            event, arrivedAt: row.arrivedAt, until: row.expiresAt.ceilingToMilliseconds)
    }
}

extension WorkflowDefinition {
    /// What `start.key` makes of an input, given as it came; nil where the workflow says nothing of its key.
    package func key(ofStartWith input: Value) -> String? {
        guard case .valid(let value) = self.input.decode(input) else { return nil }
        let event: Value = ["name": .string(start.event ?? ""), "data": value.plain]
        return (try? start.key?.evaluate(["event": event]))?.keyText
    }
}

extension StartRequest {
    /// Where the workflow says what its key is made of, another key would start a second instance of one thing.
    /// A parent names its children as it likes.
    fileprivate func keyProblem(_ definition: WorkflowDefinition, input: Value) -> Problem? {
        // In an address these are a way, however they are escaped: nobody could ever ask for it again.
        if name.key == "." || name.key == ".." {
            return Problem(
                .invalid, "`\(name.key)` is no key: in an address it means another place",
                fix: "name it otherwise, like `dot`")
        }
        guard parent == nil, let expression = definition.start.key,
            let key = definition.key(ofStartWith: input), !key.utf8.elementsEqual(name.key.utf8)
        else { return nil }
        return Problem(
            .invalid,
            "the key \(name.key) is not what \(definition.name) makes of this input: \(key)",
            fix: "start it as \(definition.name)/\(key), or mend the input (\(expression.source))")
    }
}
