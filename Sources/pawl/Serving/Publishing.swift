import CEL
import Execution
import Logging
import WorkflowLanguage

extension Project {
    /// Writes the definitions that the store does not have yet, so that the database explains itself. Where it has
    /// them all nothing is written: a server comes up on a full disk as well.
    func publish(into store: any Store) throws {
        let known = Set<StoredDefinition>(try store.definitions())
        let missing = definitions.filter { !known.contains($0) }
        guard !missing.isEmpty else { return }
        do throws(StoreError) {
            try store.publish(missing)
        } catch {
            guard case .conflict(let message) = error else { throw error }
            throw Problem(
                .keyConflict, "workflow \(message)",
                fix: "raise `version` in its workflow.yaml; running instances stay on theirs")
        }
    }
}

/// What a database knows of its own workflows and adapters.
struct StoredDefinitions {
    private(set) var workflows: [WorkflowDefinition] = []
    private(set) var adapters: [AdapterManifest] = []
    /// Those that this program can no longer read.
    private(set) var unreadable: [String] = []

    init(_ store: any Store) throws(StoreError) {
        for stored in try store.definitions() {
            let file = "\(stored.name) (version \(stored.version) in the database)"
            switch stored.kind {
            case .workflow:
                let parsed = WorkflowLanguage.parseWorkflow(stored.source, file: file)
                if let value = parsed.value {
                    workflows.append(value)
                } else {
                    unreadable.append(file)
                }
            case .adapter:
                let parsed = WorkflowLanguage.parseAdapter(stored.source, file: file)
                if let value = parsed.value {
                    adapters.append(value)
                } else {
                    unreadable.append(file)
                }
            }
        }
    }

    /// Versions that the project no longer has; instances that started on them stay on them (G10).
    func older(than project: Project) -> [WorkflowDefinition] {
        workflows.filter { stored in
            !project.workflows.contains { $0.name == stored.name && $0.version == stored.version }
        }
    }
}
