import Definition
import Statechart
import Values

extension WorkflowLanguage {
    /// What one file cannot know: tasks, operations, child workflows, errors' names, calendars and events of
    /// other workflows.
    /// - Parameter workflows: without errors of their own, as the adapters are.
    /// - Returns: in the order of the files' names and places.
    package static func check(
        _ workflows: [SourceFile<WorkflowDefinition>], adapters: [SourceFile<AdapterManifest>],
        calendars: Calendars = Calendars()
    ) -> [Diagnostic] {
        var check = CatalogCheck(workflows, adapters, calendars)
        check.run()
        return check.diagnostics.inOrder
    }
}

/// The names across files.
struct CatalogCheck {
    let workflows: [WorkflowDefinition]
    let adapters: [AdapterManifest]
    let calendars: Calendars
    private let workflowSources: [SourceFile<WorkflowDefinition>]
    private let adapterSources: [SourceFile<AdapterManifest>]
    private(set) var diagnostics: [Diagnostic] = []

    init(
        _ workflows: [SourceFile<WorkflowDefinition>], _ adapters: [SourceFile<AdapterManifest>],
        _ calendars: Calendars
    ) {
        self.workflows = workflows.map(\.value)
        self.adapters = adapters.map(\.value)
        self.calendars = calendars
        workflowSources = workflows
        adapterSources = adapters
    }

    mutating func run() {
        checkAdapterNames()
        for source in adapterSources { checkOperations(of: source) }
        for (position, workflow) in workflows.enumerated() {
            checkUniqueness(workflow, at: position)
            for (index, invocation) in workflow.invocations.enumerated() {
                check(invocation, index, of: workflow)
            }
            checkEmissions(workflow)
            checkRejections(workflow)
            checkDelays(of: workflow)
            checkRetention(of: workflow)
        }
        let neighbours = Neighbours(workflows: workflows, adapters: adapters)
        for source in workflowSources {
            diagnostics += WorkflowLanguage.findings(in: source, beside: neighbours)
        }
    }

    mutating func report(
        _ severity: Diagnostic.Severity, _ code: Diagnostic.Code, _ message: String,
        in workflow: WorkflowDefinition, at location: SourceLocation
    ) {
        let diagnostic = Diagnostic(
            severity: severity, code: code, message: message,
            file: file(of: workflow), location: location)
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    mutating func report(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

    private func file(of workflow: WorkflowDefinition) -> String {
        workflowSources.first { $0.value === workflow }?.file ?? ""
    }

    private static let top = SourceLocation(line: 1, column: 1)

    private mutating func checkAdapterNames() {
        for (position, source) in adapterSources.enumerated() {
            let name = source.value.name
            guard let twin = adapterSources[..<position].first(where: { $0.value.name == name })
            else { continue }
            diagnostics.append(
                Diagnostic(
                    severity: .error, code: .duplicateAdapter,
                    message:
                        "the adapter '\(name)' is declared twice, also in \(twin.file); rename one",
                    file: source.file, location: Self.top))
        }
    }

    private mutating func checkUniqueness(_ workflow: WorkflowDefinition, at position: Int) {
        let twin = workflows[..<position].first {
            $0.name == workflow.name && $0.version == workflow.version
        }
        guard let twin else { return }
        let advice =
            twin.contentHash == workflow.contentHash
            ? "remove one" : "raise the version of the one that changed"
        report(
            .error, .duplicateWorkflow,
            "'\(workflow.name)' version \(workflow.version) is declared twice; \(advice)",
            in: workflow, at: Self.top)
    }

    private mutating func check(
        _ invocation: Invocation, _ index: InvocationIndex, of workflow: WorkflowDefinition
    ) {
        let place = invocation.location
        switch invocation.target {
        case .task(let adapter, let name):
            guard let operation = operation(adapter, name, in: workflow, at: place) else { break }
            // Those of members are collected.
            let known = invocation.forEach == nil ? operation.errorNames : []
            checkErrors(of: index, in: workflow, known: known)
        case .workflow(let name, _):
            guard child(name, in: workflow, at: place) != nil else { break }
            checkErrors(of: index, in: workflow, known: nil)
        case .person(let task):
            checkErrors(of: index, in: workflow, known: [])
            if task.remind != nil { checkNotify(in: workflow, at: place) }
        case .compensate(.all): break
        case .compensate(.named(let names)):
            for name in names { checkTask(name, in: workflow, at: place) }
        }
        checkUndo(invocation, in: workflow)
        if let forEach = invocation.forEach { check(forEach, of: invocation, in: workflow) }
    }

    /// Pages are read by the process itself; their members are too many to be undone by their parent.
    private mutating func check(
        _ forEach: ForEach, of invocation: Invocation, in workflow: WorkflowDefinition
    ) {
        guard case .pages(let adapter, let name, _) = forEach.source else { return }
        let place = forEach.location
        guard operation(adapter, name, in: workflow, at: place) != nil else { return }
        let isLocal = adapters.first { $0.name == adapter }?.transport == .local
        if !isLocal {
            report(
                .error, .invalidInvoke,
                "'from' needs an operation of the process itself (transport: local); "
                    + "'\(adapter).\(name)' is called", in: workflow, at: place)
        }
        guard undoes(invocation) else { return }
        report(
            .error, .invalidInvoke,
            "what the members of pages did is too much to be undone by one instance; "
                + "invoke a workflow that undoes itself", in: workflow, at: invocation.location)
    }

    private func undoes(_ invocation: Invocation) -> Bool {
        guard case .task(let adapter, let name) = invocation.target else {
            return invocation.compensate != nil
        }
        let manifest = adapters.first { $0.name == adapter }?.operation(named: name)
        return invocation.compensate != nil || manifest?.compensate != nil
    }

    private mutating func checkUndo(_ invocation: Invocation, in workflow: WorkflowDefinition) {
        switch invocation.compensate {
        case .task(let adapter, let name):
            _ = operation(adapter, name, in: workflow, at: invocation.location)
        case .workflow(let name, _): _ = child(name, in: workflow, at: invocation.location)
        case .compensate, .person, nil: break
        }
    }

    private mutating func checkTask(
        _ task: String, in workflow: WorkflowDefinition, at place: SourceLocation
    ) {
        let parts = task.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return }
        _ = operation(parts[0], parts[1], in: workflow, at: place)
        let isInvoked = workflow.invocations.contains {
            $0.target == .task(adapter: parts[0], operation: parts[1])
        }
        guard !isInvoked else { return }
        report(
            .error, .unknownTask,
            "this workflow never invokes '\(task)', so there is nothing to undo",
            in: workflow, at: place)
    }

    private mutating func operation(
        _ adapter: String, _ name: String, in workflow: WorkflowDefinition, at place: SourceLocation
    ) -> OperationManifest? {
        guard let manifest = adapters.first(where: { $0.name == adapter }) else {
            let hint = Reader.hint(adapter, adapters.map(\.name))
            report(
                .error, .unknownTask, "there is no adapter '\(adapter)'\(hint)", in: workflow,
                at: place)
            return nil
        }
        if let operation = manifest.operation(named: name) { return operation }
        let hint = Reader.hint(name, manifest.operations.map(\.name))
        report(
            .error, .unknownTask, "the adapter '\(adapter)' has no operation '\(name)'\(hint)",
            in: workflow, at: place)
        return nil
    }

    private mutating func child(
        _ name: String, in workflow: WorkflowDefinition, at place: SourceLocation
    ) -> WorkflowDefinition? {
        let versions = workflows.filter { $0.name == name }
        if let latest = versions.max(by: { $0.version < $1.version }) { return latest }
        let hint = Reader.hint(name, workflows.map(\.name))
        report(
            .error, .unknownWorkflow, "there is no workflow '\(name)'\(hint)", in: workflow,
            at: place)
        return nil
    }
}
