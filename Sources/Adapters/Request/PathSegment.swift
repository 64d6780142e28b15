/// The percent-encoding of paths and queries (RFC 3986).
enum PathSegment {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// `.` and `..`, however their dots are written: they would lead to another resource.
    static func isDots(_ segment: Substring) -> Bool {
        let plain = segment.lowercased().split(separator: "%2e", omittingEmptySubsequences: false)
            .joined(separator: ".")
        return plain == "." || plain == ".."
    }

    /// Leaves only unreserved characters, so that data cannot begin a segment, a query or a fragment.
    static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a path and query hold nothing but what RFC 3986 allows there.
    static func isWellFormed(_ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0x25 {
                guard position + 2 < bytes.count, isHexDigit(bytes[position + 1]),
                    isHexDigit(bytes[position + 2])
                else { return false }
                position += 2
            } else if !isUnreserved(byte), !"/?:@!$&'()*+,;=".utf8.contains(byte) {
                return false
            }
            position += 1
        }
        return true
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }
}
