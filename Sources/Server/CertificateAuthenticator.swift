import Access
import Foundation
import Sabotage
import SwiftASN1
import Values
import X509

/// Knows by the certificate that a client showed who it is. That an authority of the server's vouches for it, TLS has found
/// out; the rest is looked at with each request, since a connection may live longer than what it began with is good for.
package struct CertificateAuthenticator: Authenticator {
    private let rules: [CertificateRule]
    private let revoked: @Sendable () -> Set<ExactText>
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - rules: the first that matches counts.
    ///   - keeper: knows what is revoked; nil: nothing is.
    package init(
        _ rules: [CertificateRule], _ keeper: TLSKeeper?,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.rules = rules
        revoked = { keeper?.revoked ?? [] }
        self.now = now
    }

    package func principal(for credentials: Credentials) throws(Unproven) -> Principal? {
        guard let bytes = credentials.certificates.first else { return nil }
        guard let certificate = ClientCertificate(bytes) else {
            throw Unproven("the certificate cannot be read")
        }
        if !isMutant(.clientCertificateUnchecked) {
            try certificate.check(now: now(), revoked: revoked())
        }
        guard let rule = rules.first(where: { certificate.matches($0.match) }) else {
            throw Unproven("no rule knows the certificate of \(certificate.names)")
        }
        return Principal(
            subject: rule.called, roles: rule.roles,
            proof: .certificate(ExactText(SHA256.hex(of: bytes))))
    }
}

/// A client's certificate, and what it says.
struct ClientCertificate {
    private let certificate: Certificate
    private let subjectNames: [GeneralName]

    /// - Parameter bytes: DER.
    init?(_ bytes: [UInt8]) {
        guard let certificate = try? Certificate(derEncoded: bytes) else { return nil }
        self.certificate = certificate
        do {
            subjectNames = try Array(
                certificate.extensions.subjectAlternativeNames ?? SubjectAlternativeNames())
        } catch {
            return nil
        }
    }

    func check(now: Date, revoked: Set<ExactText>) throws(Unproven) {
        guard now >= certificate.notValidBefore else {
            throw Unproven("the certificate is not valid yet")
        }
        guard now <= certificate.notValidAfter else {
            throw Unproven("the certificate has expired")
        }
        let usage = try? certificate.extensions.extendedKeyUsage
        guard usage?.contains(.clientAuth) == true else {
            throw Unproven("the certificate is not meant for clients")
        }
        if case .isCertificateAuthority? = try? certificate.extensions.basicConstraints {
            throw Unproven("the certificate is an authority's")
        }
        guard !revoked.contains(serial) else { throw Unproven("the certificate was revoked") }
    }

    private var serial: ExactText {
        Self.serial(certificate.serialNumber.bytes)
    }

    /// - Parameter text: hexadecimal, with or without colons, `0x` and leading zeros; `serial=` may stand before it.
    static func serial(written text: String) -> ExactText? {
        var digits = text.lowercased()[...]
        for prefix in ["serial=", "0x"] where digits.hasPrefix(prefix) {
            digits = digits.dropFirst(prefix.count)
        }
        let bare = digits.filter { $0 != ":" }
        guard !bare.isEmpty, bare.utf8.count <= 64,
            bare.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        let significant = bare.drop { $0 == "0" }
        return ExactText(significant.isEmpty ? "0" : String(significant))
    }

    private static func serial(_ bytes: ArraySlice<UInt8>) -> ExactText {
        let text = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return serial(written: text) ?? "0"
    }

    // MARK: Names

    func matches(_ match: CertificateRule.Match) -> Bool {
        switch match {
        case .name(let kind, let name): names(kind).contains(name)
        case .commonName(let name): commonName == name
        }
    }

    private func names(_ kind: CertificateRule.Kind) -> [ExactText] {
        subjectNames.compactMap { name in
            switch (kind, name) {
            case (.dns, .dnsName(let text)): ExactText(text)
            case (.uri, .uniformResourceIdentifier(let text)): ExactText(text)
            case (.email, .rfc822Name(let text)): ExactText(text)
            default: nil
            }
        }
    }

    /// Of two common names nobody may choose which one counts.
    private var commonName: ExactText? {
        let found = certificate.subject.flatMap {
            $0.filter { $0.type == .RDNAttributeType.commonName }
        }
        guard found.count == 1, let text = String(found[0].value) else { return nil }
        return ExactText(text)
    }

    /// For the log.
    var names: String { "\(certificate.subject)".printable.quotable }
}
