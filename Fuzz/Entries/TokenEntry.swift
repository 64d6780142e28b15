import Access
import Identity
import Values

/// Tokens of anybody: a text as it stands in a header of HTTP, or, between lines of three dashes, a header and claims as they
/// are before base64url, the signature's bytes, and keys that the issuer publishes. The keys here are public halves whose
/// secret halves nobody has: whatever the bytes are, they let nobody in.
enum TokenEntry {
    static func run(_ bytes: [UInt8]) async throws(FuzzFailure) {
        let parts = bytes.parts
        var text = bytes.text
        if parts.count > 1 {
            let three = (0..<3).map { $0 < parts.count ? parts[$0] : [65] }
            text = three.map(encoded).joined(separator: ".")
        }
        let issuer = Issuer(settings, fetch: { _ in answer(keys) }, now: { now })
        try await refuse(text, issuer, "nobody has a key for it")
        guard parts.count > 3 else { return }
        // Any key may be theirs; what is published as one must not end the process.
        let published = Issuer(settings, fetch: { _ in answer(parts[3]) }, now: { now })
        _ = try? await JWTAuthenticator([published]).principal(
            for: Credentials(authorization: "Bearer \(text)"))
    }

    private static func refuse(
        _ text: String, _ issuer: Issuer, _ why: String
    ) async throws(FuzzFailure) {
        let credentials = Credentials(authorization: "Bearer \(text)")
        do throws(Unproven) {
            let principal = try await JWTAuthenticator([issuer]).principal(for: credentials)
            let isOurs = credentials.bearer?.utf8.starts(with: "pawl_".utf8) ?? true
            guard principal == nil, isOurs else { throw Unproven("") }
        } catch {
            // An empty reason is ours, from the line before.
            try require(!error.reason.isEmpty, "it was taken: \(why)")
            try require(error.reason.isPrintable, "the log would obey it: \(error.reason)")
            try require(error.reason.utf8.count < 200, "it is repeated in the log")
        }
    }

    private static func encoded(_ bytes: [UInt8]) -> String {
        let text = Base64.encode(bytes).utf8.compactMap { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: byte
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func answer(_ body: [UInt8]) -> IssuerAnswer {
        IssuerAnswer(status: 200, body: body)
    }

    private static let now = Timestamp(seconds: 1_767_268_800)

    private static let settings: IssuerSettings = {
        var settings = IssuerSettings(
            name: "acme", issuer: "https://login.acme.example", audience: "pawl",
            algorithms: TokenAlgorithm.allCases)
        settings.keys = "https://login.acme.example/keys"
        settings.roles = [RoleRule(claim: ["groups"], map: ["ops": ["operator"]])]
        return settings
    }()

    private static let keys = Array(
        """
        {"keys": [
        {"kty": "RSA", "kid": "r", "e": "AQAB", "n": "\
        qfcq6HzpAUvxYf5PkoKvd7tCzY1JEocYydq9YZv-CHXvsCeqHoPqbhAZjRGSjZ02ivaYOfnv4-zOa-pQ\
        xpqR91gQ3XZyEx-jgqIu2g0yVvFxZCIiwqamwo2Lz1S0cuY4nhxr1xTN6WzaevHxfGZFU3g6XfpWAva4\
        ctAeHKaqi1v6nfUwlhA4r1PrFCyK8wOLkn3qxkSkO30Lyh1z-ecpapiXDQMWXt2CIkmPQ_NO1xdkO8so\
        rNP6kTeg0QlftZ81DbXZzPMqMq9GvtgoxHcAxVO1sxo-RT4nVtKeeGi13KsF9aOiRq6PB7tEZ727FQGg\
        wnAIMl36EDy8WOb6F6G3_w"},
        {"kty": "EC", "kid": "e", "crv": "P-256",
        "x": "yZnrPgHDlWw9k043SrKOsvx5F9hAeU1V87KHDTpkNvM",
        "y": "Mg2eWUVwmt4FU8b0i0oNy13vB2F_YaO7v34KSHCAHiw"},
        {"kty": "OKP", "kid": "o", "crv": "Ed25519",
        "x": "K37ssuDYisvq4W5iZgQROx5jpmTnnCQGJ2jUZ5_sOww"}]}
        """.utf8)
}
