import Values

/// Whose certificate makes somebody whom.
package struct CertificateRule: Sendable, Hashable {
    package enum Match: Sendable, Hashable {
        /// A subject alternative name: `dns:ordering.internal`, `uri:spiffe://example.org/ordering`, `email:a@example.org`.
        case name(kind: Kind, ExactText)
        /// The only common name of the subject.
        case commonName(ExactText)
    }

    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case dns
        case uri
        case email
    }

    package let match: Match
    /// What they are called; nil: as the name that matched.
    package let subject: ExactText?
    package let roles: Set<ExactText>

    package init(_ match: Match, subject: ExactText? = nil, roles: Set<ExactText>) {
        self.match = match
        self.subject = subject
        self.roles = roles
    }

    /// What they are called.
    package var called: String {
        if let subject { return subject.text }
        switch match {
        case .name(_, let name), .commonName(let name): return name.text
        }
    }
}
