import Values

/// A JSON web token as it came (RFC 7515, compact): read strictly, and not believed.
struct SignedToken: Sendable {
    /// Bytes of a token. Groups of a large company fit; a header of HTTP takes no more.
    static let maximumLength = 16 << 10

    let header: Value
    let claims: Value
    let signature: [UInt8]
    /// What the signature is over.
    let signed: [UInt8]

    private static let headerLimits = JSONLimits(maxDepth: 4, maxBytes: 4 << 10)
    private static let claimLimits = JSONLimits(maxDepth: 12, maxBytes: maximumLength)

    init(_ text: String) throws(TokenFault) {
        guard text.utf8.count <= Self.maximumLength else { throw .size }
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else { throw .shape }
        guard let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .encoding }
        self.header = try Self.object(header, Self.headerLimits)
        self.claims = try Self.object(claims, Self.claimLimits)
        self.signature = signature
        signed = Array(bytes[..<parts[1].endIndex])
    }

    /// Members that stand twice are refused: readers differ in which of them counts.
    private static func object(
        _ bytes: [UInt8], _ limits: JSONLimits
    ) throws(TokenFault) -> Value {
        guard let value = try? JSON.parse(bytes, limits: limits), value.mapValue != nil else {
            throw .json
        }
        return value
    }
}
