import Definition
import Statechart
import Values

/// What an adapter leaves unsaid and would be sorry for: lints, for it can run without.
extension CatalogCheck {
    mutating func checkOperations(of source: SourceFile<AdapterManifest>) {
        let adapter = source.value
        for operation in adapter.operations {
            if operation.outputSchema == .any {
                warn(
                    .undeclaredOutput,
                    "'\(adapter.name).\(operation.name)' declares no 'outputSchema': whatever it answers "
                        + "is taken; say which members a workflow may rely on", source, operation)
            }
            // A mail server's replies are settled by SMTP, an operation of the process itself by its commit.
            guard adapter.transport == .http, operation.kind != .query, operation.errors.isEmpty
            else { continue }
            warn(
                .undeclaredErrors,
                "'\(adapter.name).\(operation.name)' declares no 'errors': every refusal leaves open "
                    + "whether it took effect; declare the statuses that are answered before any effect",
                source, operation)
        }
    }

    /// The keys of an instance's calls are made of its name.
    mutating func checkRetention(of workflow: WorkflowDefinition) {
        guard let retention = workflow.retention else { return }
        for adapter in adapters {
            guard let remembered = adapter.idempotency?.keyRetention, retention < remembered,
                workflow.invocations.contains(where: { $0.target.calls(adapter.name) })
            else { continue }
            report(
                .warning, .shortRetention,
                "instances are kept for \(retention.shortText), and \(adapter.name) remembers keys for "
                    + "\(remembered.shortText): what starts under the key of one that is gone would get "
                    + "that one's answers; keep them for longer than \(remembered.shortText)",
                in: workflow, at: SourceLocation(line: 1, column: 1))
        }
    }

    private mutating func warn(
        _ code: Diagnostic.Code, _ message: String, _ source: SourceFile<AdapterManifest>,
        _ operation: OperationManifest
    ) {
        report(
            Diagnostic(
                severity: .warning, code: code, message: message,
                file: source.file, location: operation.location))
    }
}

extension Invocation.Target {
    fileprivate func calls(_ name: String) -> Bool {
        if case .task(let adapter, _) = self { sameUTF8(adapter, name) } else { false }
    }
}
