import Definition
import Guest
import Logging
import Values
import WorkflowLanguage

extension Project {
    /// Says in the log what is doubtful, and refuses what is wrong: in the definitions, and between the adapters'
    /// manifests and the operations that a business gives.
    ///
    /// - Parameter business: how it is called in sentences.
    /// - Throws: all at once, each with its place.
    package func check(
        _ logger: Logger, _ business: String, _ operations: LocalOperations
    ) throws(Problem) {
        for doubt in diagnostics where doubt.severity == .warning {
            logger.warning("\(doubt.headline)")
        }
        var findings = errors.map {
            Problem.Detail(pointer: "\($0.file):\($0.location)", detail: $0.message)
        }
        // A manifest that cannot be read would seem to lack everything.
        if findings.isEmpty { findings = mismatches(business, operations) }
        guard let first = findings.first else { return }
        let more = findings.count > 1 ? " (and \(findings.count - 1) more)" : ""
        let place = first.pointer.isEmpty ? "" : "\(first.pointer): "
        throw Problem(
            .invalid, "the project cannot be run: \(place)\(first.detail)\(more)",
            fix: "mend what `errors` lists; `pawl check` says more of the definitions",
            errors: findings)
    }

    /// Operations that a manifest declares and nobody gives, and the other way round.
    package func mismatches(
        _ business: String, _ operations: LocalOperations
    ) -> [Problem.Detail] {
        var declared: [String] = []
        var findings: [Problem.Detail] = []
        for (adapter, source) in zip(adapters, adapterSources) where adapter.transport == .local {
            for operation in adapter.operations {
                let name = "\(adapter.name).\(operation.name)"
                declared.append(name)
                guard operations[name] == nil else { continue }
                findings.append(
                    Problem.Detail(
                        pointer: Self.place(of: operation.name, in: source),
                        detail: "\(business) gives no \(name); add \"\(name)\": … to its operations"
                    ))
            }
        }
        for name in operations.names where !declared.contains(exactly: name) {
            let hint =
                nearestName(to: name, among: declared).map { "did you mean \($0)?" }
                ?? "declare it in an adapter with `transport: local`, or leave it out"
            findings.append(
                Problem.Detail(
                    pointer: "",
                    detail: "\(business) gives \(name), which no manifest declares; \(hint)"))
        }
        return findings
            + operations.doubles.map {
                Problem.Detail(pointer: "", detail: "\(business) gives \($0) twice; keep one")
            }
    }

    private static func place(of operation: String, in source: Source) -> String {
        let document = WorkflowLanguage.parseDocument(source.text, file: source.path).value
        let list = document?.entries.first { $0.name == "operations" }?.value.entries ?? []
        let entry = list.first { $0.name == operation }
        return entry.map { "\(source.path):\($0.key.location)" } ?? source.path
    }
}
