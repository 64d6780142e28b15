import Execution
import Values

/// Through which door a request came, and what is known of who asks. It stands beside the actor on whose behalf it is asked.
package struct AuditSource: Sendable, Hashable {
    /// On whose behalf, where the request itself does not say.
    package let actor: Actor
    /// Who really asks; nil: nobody was asked to prove it.
    package let principal: String?
    /// By what that is known: `token tk_…`, `issuer acme`, `certificate …`.
    package let proof: String?
    package let request: String?

    package init(
        _ actor: Actor, principal: String? = nil, proof: String? = nil, request: String? = nil
    ) {
        self.actor = actor
        self.principal = principal
        self.proof = proof
        self.request = request
    }
}

/// What a change of records is in the audit.
package enum Audited: Sendable, Hashable {
    /// It has no word of its own: whoever asks for it through a door has a row with the collections that changed.
    case unnamed
    /// It is part of what another update of the same request says.
    case part
    /// Nobody from outside asks for it.
    case engine
    case deed(AuditEntry)
}
