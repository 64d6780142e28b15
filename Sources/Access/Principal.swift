import Sabotage
import Values

/// Who asks, and by what that is known.
package struct Principal: Sendable, Hashable {
    /// `ana`, `ordering`: the subject of a token, of a claim or of a certificate.
    @ExactText package private(set) var subject: String
    /// What they are: names of the policy's roles.
    package let roles: Set<ExactText>
    package let proof: Proof
    /// What this proof is good for, of all that the roles allow.
    package let scope: Scope

    package init(
        subject: String, roles: Set<ExactText>, proof: Proof, scope: Scope = .unbounded
    ) {
        self.subject = subject
        self.roles = roles
        self.proof = proof
        self.scope = scope
    }

    /// By what it is known who asks.
    package enum Proof: Sendable, Hashable {
        /// A token of this server's, by its id.
        case token(ExactText)
        /// A JSON web token of an issuer, by the issuer's name in the settings.
        case issuer(ExactText)
        /// A certificate of the client's, by its SHA-256 in hexadecimal.
        case certificate(ExactText)
        /// A program that this one is a part of.
        case host
    }

    /// Bounds what the roles allow.
    package struct Scope: Sendable, Hashable {
        /// nil: all that the roles allow.
        package var permissions: Set<Permission>?
        /// nil: all workflows.
        package var workflows: Set<ExactText>?

        package static let unbounded = Scope()

        /// In order; nil: all that the roles allow.
        package var permissionNames: [String]? { permissions?.map(\.rawValue).sorted() }

        /// In order; nil: all workflows.
        package var workflowNames: [String]? { workflows?.sorted().map(\.text) }

        package init(permissions: Set<Permission>? = nil, workflows: Set<ExactText>? = nil) {
            self.permissions = permissions
            self.workflows = workflows
        }

        func covers(_ permission: Permission, _ workflow: ExactText?) -> Bool {
            guard !isMutant(.scopeIgnored) else { return true }
            guard permissions?.contains(permission) ?? true else { return false }
            guard let workflows else { return true }
            return workflow.map(workflows.contains) ?? false
        }
    }
}

extension Principal.Proof: CustomStringConvertible {
    /// `token t7k2m…`.
    package var description: String {
        switch self {
        case .token(let id): "token \(id)"
        case .issuer(let name): "issuer \(name)"
        case .certificate(let hash): "certificate \(hash.text.prefix(16))"
        case .host: "host"
        }
    }
}
