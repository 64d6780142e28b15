import Definition

/// What an adapter leaves unsaid and would be sorry for: lints, for it can run without.
extension CatalogCheck {
    mutating func checkOperations(of adapter: AdapterManifest) {
        for operation in adapter.operations {
            if operation.outputSchema == .any {
                warn(
                    .undeclaredOutput,
                    "'\(adapter.name).\(operation.name)' declares no 'outputSchema': whatever it answers "
                        + "is taken; say which members a workflow may rely on", adapter, operation)
            }
            // A mail server's replies are settled by SMTP, an operation of the process itself by its commit.
            guard adapter.transport == .http, operation.kind != .query, operation.errors.isEmpty
            else { continue }
            warn(
                .undeclaredErrors,
                "'\(adapter.name).\(operation.name)' declares no 'errors': every refusal leaves open "
                    + "whether it took effect; declare the statuses that are answered before any effect",
                adapter, operation)
        }
    }

    private mutating func warn(
        _ code: Diagnostic.Code, _ message: String, _ adapter: AdapterManifest,
        _ operation: OperationManifest
    ) {
        report(
            Diagnostic(
                severity: .warning, code: code, message: message,
                file: "adapters/\(adapter.name)/adapter.yaml", location: operation.location))
    }
}
