import Sabotage
import Values

/// Who may what: roles and what they are allowed. Deny by default: what no grant names is refused.
package struct Policy: Sendable, Hashable {
    package let roles: [ExactText: Role]

    package init(roles: [ExactText: Role]) { self.roles = roles }

    package struct Role: Sendable, Hashable {
        package var grants: [Grant]
        /// Roles on whose behalf it may speak: an ordering service sends the events of clients.
        package var speaksFor: Set<ExactText>

        package init(grants: [Grant], speaksFor: Set<ExactText> = []) {
            self.grants = grants
            self.speaksFor = speaksFor
        }
    }

    package struct Grant: Sendable, Hashable {
        package var permissions: Set<Permission>
        /// nil: all of them, and what belongs to none.
        package var workflows: Set<ExactText>?
        /// An expression over an instance; the grant holds where it is the principal's subject. nil: everywhere.
        package var subject: ExactText?

        package init(
            _ permissions: Set<Permission>, workflows: Set<ExactText>? = nil,
            subject: ExactText? = nil
        ) {
            self.permissions = permissions
            self.workflows = workflows
            self.subject = subject
        }

        func covers(_ permission: Permission, _ workflow: ExactText?) -> Bool {
            guard permissions.contains(permission) else { return false }
            guard let workflows, !isMutant(.grantOfAnyWorkflow) else { return true }
            return workflow.map(workflows.contains) ?? false
        }
    }

    package enum Verdict: Sendable, Hashable {
        case allowed
        /// Where one of these expressions over the instance is the principal's subject.
        case onlyWhere([ExactText])
        case refused
    }

    /// - Parameter workflow: which it is about; nil: it is about all of them, or about none.
    package func allows(
        _ principal: Principal, _ permission: Permission, workflow: ExactText?
    ) -> Verdict {
        guard permission != .none else { return .allowed }
        guard principal.scope.covers(permission, workflow) else { return .refused }
        let grants = principal.roles.flatMap { roles[$0]?.grants ?? [] }
            .filter { $0.covers(permission, workflow) }
        guard !grants.contains(where: { $0.subject == nil || isMutant(.subjectOfGrantIgnored) })
        else { return .allowed }
        let subjects = Set<ExactText>(grants.compactMap(\.subject)).sorted()
        // What is about no instance has nobody in it.
        return subjects.isEmpty || workflow == nil ? .refused : .onlyWhere(subjects)
    }
}
