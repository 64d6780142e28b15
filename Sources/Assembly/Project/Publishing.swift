import Definition
import Execution
import Logging
import Schedule
import Values
import WorkflowLanguage

extension Project {
    /// Writes the definitions that the store does not have yet, so that the database explains itself. Where it has
    /// them all nothing is written: a server comes up on a full disk as well.
    package func publish(into store: any Store) throws {
        let missing = try missing(in: store)
        if !missing.isEmpty { try store.publish(missing) }
    }

    /// - Throws: `Problem` where a version is known with another content.
    package func checkVersions(in store: any Store) throws { _ = try missing(in: store) }

    private func missing(in store: any Store) throws -> [StoredDefinition] {
        let known = try store.definitions()
        var missing: [StoredDefinition] = []
        for definition in definitions {
            let stored = known.first { $0.isVersion(of: definition) }
            guard let stored, definition.kind == .workflow else {
                if stored != definition { missing.append(definition) }
                continue
            }
            guard stored.hasContent(of: definition) else {
                throw Problem(
                    .keyConflict,
                    "workflow \(definition.name) version \(definition.version) is known with another content",
                    fix: "raise `version` in its workflow.yaml; running instances stay on theirs")
            }
        }
        return missing
    }
}

extension StoredDefinition {
    fileprivate func isVersion(of other: StoredDefinition) -> Bool {
        kind == other.kind && sameUTF8(name, other.name) && version == other.version
    }

    /// Both are read by this program: another one may have taken the hash of something else.
    fileprivate func hasContent(of other: StoredDefinition) -> Bool {
        guard !source.utf8.elementsEqual(other.source.utf8) else { return true }
        let stored = WorkflowLanguage.parseStoredWorkflow(source, file: name).value
        return stored?.contentHash == other.hash
    }
}

/// What a database knows of its own workflows and adapters.
package struct StoredDefinitions {
    package private(set) var workflows: [WorkflowDefinition] = []
    package private(set) var adapters: [AdapterManifest] = []
    package private(set) var calendars: [BusinessCalendar] = []
    /// Those that this program can no longer read.
    package private(set) var unreadable: [String] = []

    package init(_ store: any Store) throws(StoreError) {
        for stored in try store.definitions() {
            let file = "\(stored.name) (version \(stored.version) in the database)"
            switch stored.kind {
            case .workflow:
                let parsed = WorkflowLanguage.parseStoredWorkflow(stored.source, file: file)
                if let value = parsed.value {
                    workflows.append(value)
                } else {
                    unreadable.append(file)
                }
            case .adapter:
                let parsed = WorkflowLanguage.parseStoredAdapter(stored.source, file: file)
                if let value = parsed.value {
                    adapters.append(value)
                } else {
                    unreadable.append(file)
                }
            case .calendar:
                let parsed = WorkflowLanguage.parseCalendar(
                    stored.source, name: stored.name, file: file)
                if let value = parsed.value {
                    calendars.append(value)
                } else {
                    unreadable.append(file)
                }
            }
        }
    }

    /// The project's calendars, and those that were taken out of it since, for who names them.
    package func calendars(beside project: Project) -> Calendars {
        Calendars(project.calendars.all, kept: calendars, zone: project.calendars.zone)
    }

    /// What the project does not have; instances that started on it stay on it (G10).
    package func beside(_ project: Project) -> [WorkflowDefinition] {
        workflows.filter { stored in
            !project.workflows.contains { $0.name == stored.name && $0.version == stored.version }
        }
    }
}
