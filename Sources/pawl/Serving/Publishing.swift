import CEL
import Execution
import Logging
import WorkflowLanguage

extension Project {
    /// Writes the definitions into the store, so that the database explains itself.
    func publish(into store: any Store) throws {
        for definition in definitions {
            do throws(StoreError) {
                try store.publish(definition)
            } catch .conflict {
                throw Problem(
                    .keyConflict,
                    "workflow \(definition.name) version \(definition.version) was published with "
                        + "another content",
                    fix: "raise `version` in its workflow.yaml; running instances stay on theirs")
            }
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
