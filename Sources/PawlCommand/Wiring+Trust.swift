import Adapters
import Values

extension ClientTrust {
    var options: CurlTransport.Options {
        var options = CurlTransport.Options(caFile: authorities)
        options.certificateFile = certificate
        // One file may hold both.
        options.keyFile = key ?? certificate
        return options
    }
}

extension Distrust {
    /// What whoever types a command can do about it.
    var fix: String {
        switch self {
        case .unknownAuthority, .selfSigned:
            "name the file of its authority with --ca FILE or PAWL_CA; `openssl s_client -connect HOST:PORT "
                + "-showcerts` shows whose it is"
        case .expired, .revoked, .otherwiseInvalid:
            "have its certificate renewed; the running server takes the new one from its file"
        case .notYetValid: "is this machine's clock right, and the server's?"
        case .otherName:
            "call it by a name that stands in its certificate, or have one made for this name"
        case .certificateWanted:
            "name yours with --cert FILE --cert-key FILE, or PAWL_CERT and PAWL_CERT_KEY"
        case .certificateRefused:
            "is it of the server's `clients.authorities`, meant for clients, and in time? "
                + "`openssl x509 -noout -text -in FILE` says it"
        case .ownFiles: "are --cert and --cert-key PEM files that were made together?"
        case .authorityFile: "is --ca (PAWL_CA) a PEM file of certificates?"
        case .noTLS: "does it listen for https at that port? http:// may be what is meant"
        }
    }
}
