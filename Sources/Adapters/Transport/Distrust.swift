import CCurl

/// Why two sides of TLS do not trust each other.
package enum Distrust: Sendable, Hashable, CaseIterable {
    /// The server's certificate is of no authority that is trusted.
    case unknownAuthority
    case selfSigned
    case expired
    case notYetValid
    /// It is another server's.
    case otherName
    case revoked
    case otherwiseInvalid
    /// The server wants a certificate of ours.
    case certificateWanted
    /// The server does not take the one that it was shown.
    case certificateRefused
    /// Our own files: no certificate, no key, or not of each other.
    case ownFiles
    /// The file of authorities.
    case authorityFile
    /// The other side speaks no TLS, or none that is safe.
    case noTLS

    /// - Parameters:
    ///   - verification: OpenSSL's `X509_V_ERR_…`; 0 where the chain is all right.
    ///   - text: what libcurl says of it.
    init?(_ code: CURLcode, verification: Int, says text: String) {
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION: self = Self.verification(verification, text)
        case CURLE_SSL_CERTPROBLEM: self = .ownFiles
        case CURLE_SSL_CACERT_BADFILE: self = .authorityFile
        case CURLE_SSL_CONNECT_ERROR, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING:
            // With TLS 1.3 the server looks at our certificate after we think that all is well.
            guard let found = Self.alert(text.lowercased(), code) else { return nil }
            self = found
        default: return nil
        }
    }

    private static func verification(_ number: Int, _ text: String) -> Distrust {
        // Everything is right but the name, which libcurl compares by itself.
        if text.contains("subject name") { return .otherName }
        return switch number {
        case 0, 62: .otherName
        case 2, 20, 21, 27: .unknownAuthority
        case 9: .notYetValid
        case 10: .expired
        case 18, 19: .selfSigned
        case 23: .revoked
        default: .otherwiseInvalid
        }
    }

    private static func alert(_ text: String, _ code: CURLcode) -> Distrust? {
        if text.contains("certificate required") { return .certificateWanted }
        let refusals = [
            "bad certificate", "unknown ca", "certificate unknown", "certificate expired",
            "certificate revoked", "unsupported certificate", "alert handshake failure",
            "access denied",
        ]
        if refusals.contains(where: text.contains) { return .certificateRefused }
        // A signature that no key of the authorities has made.
        if text.contains("evp lib") || text.contains("certificate verify failed") {
            return .otherwiseInvalid
        }
        let strange = ["wrong version number", "packet length too long", "unsupported protocol"]
        return strange.contains(where: text.contains) ? .noTLS : nil
    }

    package var sentence: String {
        switch self {
        case .unknownAuthority: "its certificate is of an authority that is not trusted here"
        case .selfSigned: "its certificate is signed by nobody but itself, and not trusted here"
        case .expired: "its certificate has expired"
        case .notYetValid: "its certificate is not valid yet"
        case .otherName: "its certificate is of another name than it was called by"
        case .revoked: "its certificate was revoked"
        case .otherwiseInvalid: "its certificate is not valid"
        case .certificateWanted: "it wants a certificate of ours"
        case .certificateRefused: "it does not take the certificate that it was shown"
        case .ownFiles: "our own certificate and key cannot be used"
        case .authorityFile: "the file of trusted authorities cannot be read"
        case .noTLS: "it does not speak TLS, or none that is safe"
        }
    }
}
