import Access
import Definition
import Foundation
import NIOSSL
import Sabotage
import SwiftASN1
import Values
import X509

/// Certificates and a key as their files hold them, looked through: what would only fail at somebody's first connection is
/// found here.
struct LoadedTLS: Sendable {
    let context: NIOSSLContext
    let expires: Timestamp
    /// In lower-case hexadecimal, without leading zeros.
    let revoked: Set<ExactText>

    init(_ files: TLSFiles, now: Timestamp) throws(Problem) {
        let chain = try Self.certificates(files.certificate, "the server's certificate")
        let key = try Self.key(files.key)
        try Self.check(chain, key.publicKey, files)
        expires = try Self.check(chain, now, files)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [], privateKey: .privateKey(try Self.system(files.key)))
        configuration.certificateChain = try Self.system(chain, files.certificate)
            .map { .certificate($0) }
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuiteValues = Self.suites
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = .seconds(5)
        if let clients = files.clients {
            let authorities = try Self.certificates(clients.authorities, "the clients' authorities")
            configuration.trustRoots = .certificates(
                try Self.system(authorities, clients.authorities))
            configuration.certificateVerification =
                clients.isRequired ? .noHostnameVerification : .optionalVerification
            configuration.sendCANameList = true
            revoked = try Self.revoked(clients.revoked)
        } else {
            revoked = []
        }
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw Problem(
                .invalid, "\(files.certificate) and \(files.key) cannot be used: \(error)",
                fix: "make them anew: ECDSA P-256, or RSA of 2048 bits at least")
        }
    }

    /// For TLS 1.2: forward secrecy and authenticated encryption only. TLS 1.3 has no others.
    private static let suites: [NIOTLSCipher] = [
        .TLS_AES_128_GCM_SHA256, .TLS_AES_256_GCM_SHA384, .TLS_CHACHA20_POLY1305_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]

    // MARK: Files

    private static let mostBytes = 1 << 20

    private static func text(_ file: String, _ what: String) throws(Problem) -> String {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Problem(
                .notFound, "\(file), \(what), cannot be read",
                fix: "is it there, and may the user who runs pawl read it?")
        }
        guard data.count <= mostBytes, let text = String(data: data, encoding: .utf8) else {
            throw Problem(
                .invalid, "\(file), \(what), is no PEM file",
                fix: "write it as PEM: `openssl x509 -inform der -in FILE -out FILE.pem`")
        }
        return text
    }

    private static func certificates(_ file: String, _ what: String) throws(Problem)
        -> [Certificate]
    {
        let text = try text(file, what)
        do {
            let found = try PEMDocument.parseMultiple(pemString: text)
                .filter { $0.discriminator == "CERTIFICATE" }
                .map { try Certificate(pemDocument: $0) }
            guard found.isEmpty else { return found }
        } catch {
            throw Problem(
                .invalid, "\(file), \(what), holds something that is no certificate",
                fix: "begin it with -----BEGIN CERTIFICATE-----")
        }
        throw Problem(
            .invalid, "\(file), \(what), holds no certificate",
            fix: "begin it with -----BEGIN CERTIFICATE-----")
    }

    private static func key(_ file: String) throws(Problem) -> Certificate.PrivateKey {
        let text = try text(file, "the server's key")
        let attributes = try? FileManager.default.attributesOfItem(
            atPath: URL(fileURLWithPath: file).resolvingSymlinksInPath().path)
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
        guard mode & 0o077 == 0 || isMutant(.openKeyTaken) else {
            throw Problem(
                .forbidden,
                "\(file), the server's key, can be read by others (mode 0\(String(mode, radix: 8)))",
                fix: "`chmod 600 \(file)`; whoever could read it may have it: think of a new one")
        }
        guard !text.contains("ENCRYPTED") else {
            throw Problem(
                .invalid, "\(file), the server's key, is locked by a password",
                fix: "`openssl pkey -in \(file) -out KEY` unlocks it; keep that file at 0600")
        }
        let documents = (try? PEMDocument.parseMultiple(pemString: text)) ?? []
        guard let document = documents.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") }),
            let key = try? Certificate.PrivateKey(pemDocument: document)
        else {
            throw Problem(
                .invalid, "\(file), the server's key, holds no key that can be used",
                fix: "make one: `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`")
        }
        return key
    }

    /// As the TLS library has them.
    private static func system(_ chain: [Certificate], _ file: String) throws(Problem)
        -> [NIOSSLCertificate]
    {
        do {
            return try chain.map { certificate in
                var serializer = DER.Serializer()
                try serializer.serialize(certificate)
                return try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
            }
        } catch {
            throw Problem(.invalid, "\(file) holds a certificate that TLS cannot use: \(error)")
        }
    }

    private static func system(_ file: String) throws(Problem) -> NIOSSLPrivateKey {
        do {
            return try NIOSSLPrivateKey(
                bytes: Array(try text(file, "the server's key").utf8), format: .pem)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(
                .invalid, "\(file), the server's key, holds no key that can be used",
                fix: "make one: `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`")
        }
    }

    // MARK: What fits

    private static func check(
        _ chain: [Certificate], _ key: Certificate.PublicKey, _ files: TLSFiles
    ) throws(Problem) {
        guard chain[0].publicKey != key else { return try checkPurpose(chain[0], files) }
        guard chain.contains(where: { $0.publicKey == key }) else {
            throw Problem(
                .invalid, "\(files.key) is not the key of the certificate in \(files.certificate)",
                fix: "put the two that were made together; both were renewed, or neither")
        }
        throw Problem(
            .invalid, "the first certificate in \(files.certificate) is not the server's own",
            fix: "put its own first, and behind it those of the authorities that signed it")
    }

    private static func checkPurpose(_ own: Certificate, _ files: TLSFiles) throws(Problem) {
        guard let usage = try? own.extensions.extendedKeyUsage,
            !usage.contains(.serverAuth), !usage.contains(.any)
        else { return }
        throw Problem(
            .invalid, "the certificate in \(files.certificate) is not meant for a server",
            fix: "have it made with the extended key usage serverAuth")
    }

    private static func check(
        _ chain: [Certificate], _ now: Timestamp, _ files: TLSFiles
    ) throws(Problem) -> Timestamp {
        var end: Timestamp?
        for certificate in chain {
            let (from, until) = (
                certificate.notValidBefore.moment, certificate.notValidAfter.moment
            )
            guard now >= from else {
                throw Problem(
                    .invalid,
                    "a certificate in \(files.certificate) is not valid before \(from.rfc3339)",
                    fix: "is this machine's clock right? Else have it made anew")
            }
            guard now <= until else {
                throw Problem(
                    .invalid,
                    "a certificate in \(files.certificate) was valid until \(until.rfc3339)",
                    fix: "have it renewed, and put the new one there")
            }
            end = min(end ?? until, until)
        }
        return end ?? now
    }

    // MARK: Revoked

    private static func revoked(_ revoked: TLSFiles.Revoked) throws(Problem) -> Set<ExactText> {
        let lines: [String]
        let place: String
        switch revoked {
        case .serials(let list): (lines, place) = (list, "`revoked`")
        case .file(let file):
            place = file
            lines = try text(file, "the list of revoked serial numbers")
                .split(whereSeparator: \.isNewline)
                .map { String($0.prefix { $0 != "#" }).filter { !$0.isWhitespace } }
                .filter { !$0.isEmpty }
        }
        var serials: Set<ExactText> = []
        for line in lines {
            guard let serial = ClientCertificate.serial(written: line) else {
                throw Problem(
                    .invalid, "\(place): `\(line.quotable)` is no serial number",
                    fix: "write it in hexadecimal, as `openssl x509 -noout -serial` prints it")
            }
            serials.insert(serial)
        }
        return serials
    }
}

extension Date {
    fileprivate var moment: Timestamp {
        Timestamp(milliseconds: Int64((timeIntervalSince1970 * 1_000).rounded()))
    }
}
