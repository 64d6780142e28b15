import Values

/// The text of an answer's body: by its byte order mark, else by the charset that is declared, else UTF-8. Nothing is
/// replaced: bytes that are no text by that rule are no text (`Flaw`), lest a name be kept with question marks in it.
enum AnswerText {
    /// Why a body cannot be taken as what it says it is.
    struct Flaw: Error, Hashable {
        let reason: String
    }

    private enum Charset {
        case utf8
        /// What the web reads under the name of ISO 8859-1 (WHATWG's encoding standard).
        case windows1252
        case latin9
        case utf16(isLittleEndian: Bool)

        /// nil: it is not known here.
        init?(_ name: String) {
            switch name.lowercased() {
            case "utf-8", "utf8", "us-ascii", "ascii": self = .utf8
            case "iso-8859-1", "iso8859-1", "latin1", "windows-1252", "cp1252": self = .windows1252
            case "iso-8859-15", "iso8859-15", "latin9": self = .latin9
            // Without a mark (RFC 2781, 4.3).
            case "utf-16", "utf-16be": self = .utf16(isLittleEndian: false)
            case "utf-16le": self = .utf16(isLittleEndian: true)
            default: return nil
            }
        }
    }

    /// - Parameter contentType: the header's value.
    static func decode(_ bytes: [UInt8], contentType: String?) throws(Flaw) -> String {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return try decode(bytes[3...], as: .utf8) }
        if bytes.starts(with: [0xFE, 0xFF]) {
            return try decode(bytes[2...], as: .utf16(isLittleEndian: false))
        }
        if bytes.starts(with: [0xFF, 0xFE]) {
            return try decode(bytes[2...], as: .utf16(isLittleEndian: true))
        }
        guard let name = contentType.flatMap(charset) else {
            return try decode(bytes[...], as: .utf8)
        }
        guard let charset = Charset(name) else {
            throw Flaw(reason: "its charset '\(name)' is not known")
        }
        return try decode(bytes[...], as: charset)
    }

    /// `application/json; charset="utf-8"`
    private static func charset(of contentType: String) -> String? {
        for parameter in contentType.split(separator: ";").dropFirst() {
            let sides = parameter.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, trimmed(sides[0]).lowercased() == "charset" else { continue }
            let name = trimmed(sides[1])
            return name.isEmpty ? nil : name
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> String {
        let isSpare: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\"" }
        let start = text.drop(while: isSpare)
        return String(start.reversed().drop(while: isSpare).reversed())
    }

    private static func decode(
        _ bytes: ArraySlice<UInt8>, as charset: Charset
    ) throws(Flaw) -> String {
        switch charset {
        case .utf8:
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Flaw(reason: "it is no UTF-8 and says of no other charset")
            }
            return text
        case .windows1252: return text(of: bytes, windows1252)
        case .latin9: return text(of: bytes, latin9)
        case .utf16(let isLittleEndian):
            guard bytes.count.isMultiple(of: 2) else { throw Flaw(reason: "it is no UTF-16") }
            var units: [UInt16] = []
            units.reserveCapacity(bytes.count / 2)
            for place in stride(from: bytes.startIndex, to: bytes.endIndex, by: 2) {
                let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
                units.append(isLittleEndian ? second << 8 | first : first << 8 | second)
            }
            guard let text = String(validating: units, as: UTF16.self) else {
                throw Flaw(reason: "it is no UTF-16")
            }
            return text
        }
    }

    /// One byte is one character.
    private static func text(
        of bytes: ArraySlice<UInt8>, _ others: [UInt8: Unicode.Scalar]
    ) -> String {
        var scalars = String.UnicodeScalarView()
        for byte in bytes { scalars.append(others[byte] ?? Unicode.Scalar(byte)) }
        return String(scalars)
    }

    /// What differs from the first 256 code points.
    private static let windows1252: [UInt8: Unicode.Scalar] = [
        0x80: "€", 0x82: "‚", 0x83: "ƒ", 0x84: "„", 0x85: "…", 0x86: "†", 0x87: "‡", 0x88: "ˆ",
        0x89: "‰", 0x8A: "Š", 0x8B: "‹", 0x8C: "Œ", 0x8E: "Ž", 0x91: "‘", 0x92: "’", 0x93: "“",
        0x94: "”", 0x95: "•", 0x96: "–", 0x97: "—", 0x98: "˜", 0x99: "™", 0x9A: "š", 0x9B: "›",
        0x9C: "œ", 0x9E: "ž", 0x9F: "Ÿ",
    ]

    private static let latin9: [UInt8: Unicode.Scalar] = [
        0xA4: "€", 0xA6: "Š", 0xA8: "š", 0xB4: "Ž", 0xB8: "ž", 0xBC: "Œ", 0xBD: "œ", 0xBE: "Ÿ",
    ]
}
