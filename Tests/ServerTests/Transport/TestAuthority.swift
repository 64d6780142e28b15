import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// An authority of a test's own, with a key that nobody else has ever seen.
struct TestAuthority {
    let key: P256.Signing.PrivateKey
    let certificate: Certificate
    /// Between this one and the root, its own first; empty for a root.
    let intermediates: [Certificate]

    static let day: TimeInterval = 86_400

    init(_ name: String, pathLength: Int? = nil) throws {
        key = P256.Signing.PrivateKey()
        var spec = TestIdentity.Spec(commonNames: [name])
        spec.authority = .isCertificateAuthority(maxPathLength: pathLength)
        certificate = try TestIdentity.certificate(
            spec, of: key.publicKey, by: try TestIdentity.name([name]), key)
        intermediates = []
    }

    private init(key: P256.Signing.PrivateKey, _ chain: [Certificate]) {
        self.key = key
        certificate = chain[0]
        intermediates = chain
    }

    /// An authority below this one.
    func intermediate(
        _ name: String, isAuthority: Bool = true, pathLength: Int? = nil,
        until: TimeInterval = TestAuthority.day
    ) throws -> TestAuthority {
        var spec = TestIdentity.Spec(commonNames: [name])
        spec.until = until
        if isAuthority { spec.authority = .isCertificateAuthority(maxPathLength: pathLength) }
        let identity = try issue(spec)
        return TestAuthority(key: identity.key, identity.chain)
    }

    func issue(_ spec: TestIdentity.Spec) throws -> TestIdentity {
        let own = P256.Signing.PrivateKey()
        let certificate = try TestIdentity.certificate(
            spec, of: own.publicKey, by: self.certificate.subject, key)
        return TestIdentity(key: own, chain: [certificate] + intermediates)
    }

    /// A server for 127.0.0.1 and localhost.
    func server(_ change: (inout TestIdentity.Spec) -> Void = { _ in }) throws -> TestIdentity {
        var spec = TestIdentity.Spec(commonNames: ["localhost"])
        spec.names = [
            .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
        ]
        spec.usages = [.serverAuth]
        change(&spec)
        return try issue(spec)
    }

    func client(
        _ names: [GeneralName], _ change: (inout TestIdentity.Spec) -> Void = { _ in }
    ) throws -> TestIdentity {
        var spec = TestIdentity.Spec(commonNames: ["client"])
        spec.names = names
        change(&spec)
        return try issue(spec)
    }

    var pem: String { get throws { try certificate.serializeAsPEM().pemString + "\n" } }
}

/// A key and the certificates that vouch for it.
struct TestIdentity {
    let key: P256.Signing.PrivateKey
    var chain: [Certificate]

    struct Spec {
        var commonNames: [String]
        var names: [GeneralName] = []
        /// nil: it says none.
        var usages: [ExtendedKeyUsage.Usage]? = [.clientAuth]
        var authority = BasicConstraints.notCertificateAuthority
        /// Seconds from now.
        var from: TimeInterval = -TestAuthority.day
        var until: TimeInterval = TestAuthority.day
        var serial = Certificate.SerialNumber()
    }

    static func name(_ commonNames: [String]) throws -> DistinguishedName {
        DistinguishedName(
            commonNames.map {
                RelativeDistinguishedName(
                    RelativeDistinguishedName.Attribute(
                        type: .RDNAttributeType.commonName, utf8String: $0))
            })
    }

    static func certificate(
        _ spec: Spec, of key: P256.Signing.PublicKey, by issuer: DistinguishedName,
        _ signer: P256.Signing.PrivateKey
    ) throws -> Certificate {
        var extensions = Certificate.Extensions()
        try extensions.append(.init(spec.authority, critical: true))
        if case .isCertificateAuthority = spec.authority {
            try extensions.append(
                .init(
                    KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true),
                    critical: true))
        } else if let usages = spec.usages {
            try extensions.append(.init(try ExtendedKeyUsage(usages), critical: false))
        }
        if !spec.names.isEmpty {
            try extensions.append(.init(SubjectAlternativeNames(spec.names), critical: false))
        }
        return try Certificate(
            version: .v3, serialNumber: spec.serial, publicKey: .init(key),
            notValidBefore: Date(timeIntervalSinceNow: spec.from),
            notValidAfter: Date(timeIntervalSinceNow: spec.until), issuer: issuer,
            subject: try name(spec.commonNames), signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions, issuerPrivateKey: .init(signer))
    }

    var certificatePEM: String {
        get throws { try chain.map { try $0.serializeAsPEM().pemString + "\n" }.joined() }
    }

    var keyPEM: String { key.pemRepresentation + "\n" }

    var der: [UInt8] {
        get throws {
            var serializer = DER.Serializer()
            try serializer.serialize(chain[0])
            return serializer.serializedBytes
        }
    }
}

/// A folder of PEM files, gone when the test is over.
final class TestFiles: Sendable {
    let folder: String

    init() throws {
        folder =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("pawl-tls-" + UUID().uuidString).path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    @discardableResult
    func write(_ text: String, _ name: String, mode: Int = 0o600) throws -> String {
        let path = "\(folder)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }
}
