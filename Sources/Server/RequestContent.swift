import Values

/// What the headers of a request say of its content, and of the content that it asks for.
package struct ContentHeaders: Sendable {
    /// `Content-Length`.
    package var length: String?
    /// `Content-Encoding`.
    package var encoding: String?
    /// `Repr-Digest`, or `Content-Digest`, which is the same here.
    package var digest: String?
    package var range: String?
    package var ifRange: String?
    package var ifNoneMatch: String?

    package init() {}
}

/// Gives the body of a request piece by piece.
package typealias Pieces =
    @Sendable (@escaping @Sendable ([UInt8]) async throws -> Void) async throws -> Void

/// A body that is no document.
package struct ResponseContent: Sendable {
    package let type: String
    package let length: Int64
    /// Up to so many bytes from an offset.
    package let read: @Sendable (_ offset: Int64, _ count: Int) async throws -> [UInt8]
}

/// One range of bytes (RFC 9110, 14).
enum ByteRange {
    enum Answer: Hashable {
        case whole
        case part(Range<Int64>)
        case unsatisfiable
    }

    /// Several ranges, another unit, or what is none, is answered with all of it.
    static func answer(_ header: String?, size: Int64) -> Answer {
        guard let header, header.lowercased().hasPrefix("bytes=") else { return .whole }
        let ends = header.dropFirst("bytes=".count)
            .split(separator: "-", omittingEmptySubsequences: false).map(\.trimmed)
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } })
        else { return .whole }
        switch (number(ends[0]), number(ends[1])) {
        case (nil, nil): return .whole
        case (nil, let last?):
            guard last > 0, size > 0 else { return .unsatisfiable }
            return .part(max(0, size - last)..<size)
        case (let first?, let last):
            if let last, last < first { return .whole }
            guard first < size else { return .unsatisfiable }
            return .part(first..<(min(last ?? .max, size - 1) + 1))
        }
    }

    /// nil for no digits; more than a number holds is the largest.
    private static func number(_ digits: String) -> Int64? {
        digits.isEmpty ? nil : Int64(digits) ?? .max
    }
}

enum ETag {
    /// Whether a list of `If-None-Match` holds the tag; weakly, as for reading (RFC 9110, 13.1.2).
    static func list(_ header: String?, holds tag: String) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").map(\.trimmed).contains {
            $0 == "*" || $0 == tag || $0 == "W/" + tag
        }
    }
}

/// `Content-Disposition` (RFC 6266): a name in ASCII for all, and the real one for those that know RFC 8187.
enum Disposition {
    static func attachment(_ name: String) -> String {
        let plain = name.unicodeScalars.map { scalar -> String in
            let isSafe =
                (0x20..<0x7F).contains(scalar.value) && !["\"", "\\", "%"].contains(scalar)
            return isSafe ? String(scalar) : "_"
        }.joined()
        let escaped = name.utf8.map { byte in
            isAttributeByte(byte)
                ? String(UnicodeScalar(byte))
                : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(escaped)"
    }

    private static func isAttributeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "!#$&+-.^_`|~".utf8.contains(byte)
        }
    }
}

extension StringProtocol {
    var trimmed: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = drop(while: isSpace)
        return String(start.reversed().drop(while: isSpace).reversed())
    }
}

extension [UInt8] {
    var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
