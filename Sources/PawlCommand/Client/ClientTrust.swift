import Values

/// Whom a client trusts, and what it shows of itself: paths of PEM files.
struct ClientTrust: Equatable {
    /// Authorities in the place of the system's.
    var authorities: String?
    var certificate: String?
    var key: String?

    /// Where nothing is said here, what `other` says.
    func falling(backTo other: ClientTrust) -> ClientTrust {
        var trust = self
        trust.authorities = authorities ?? other.authorities
        // The two belong together.
        if certificate == nil, key == nil {
            trust.certificate = other.certificate
            trust.key = other.key
        }
        return trust
    }

    static func said(in environment: (String) -> String?) -> ClientTrust {
        func file(_ name: String) -> String? {
            environment(name).flatMap { $0.isEmpty ? nil : $0 }
        }
        return ClientTrust(
            authorities: file("PAWL_CA"), certificate: file("PAWL_CERT"), key: file("PAWL_CERT_KEY")
        )
    }
}
