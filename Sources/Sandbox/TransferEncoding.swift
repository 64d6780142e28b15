/// The transfer encodings of RFC 2045 and the charsets that mail comes in.
enum TransferEncoding {
    /// Base64, leniently: what is not of the alphabet is skipped, padding ends it.
    static func base64(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            if byte == 61 { break }
            guard let value = sextet(byte) else { continue }
            bits = (bits << 6 | value) & 0xFF_FFFF
            count += 6
            if count >= 8 {
                count -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return out
    }

    private static func sextet(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 65...90: UInt32(byte) - 65
        case 97...122: UInt32(byte) - 71
        case 48...57: UInt32(byte) + 4
        case 43: 62
        case 47: 63
        default: nil
        }
    }

    /// Quoted-printable, leniently: an `=` that begins no code stays. In encoded words (RFC 2047)
    /// an underscore is a space.
    static func quotedPrintable(
        _ bytes: some Collection<UInt8>, inWord: Bool = false
    ) -> [UInt8] {
        let bytes = Array(bytes)
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == 95 && inWord {
                out.append(32)
            } else if byte != 61 {
                out.append(byte)
            } else if let skipped = softBreak(bytes, index) {
                index += skipped
            } else if index + 1 < bytes.count, let high = nibble(bytes[index]),
                let low = nibble(bytes[index + 1])
            {
                out.append(high << 4 | low)
                index += 2
            } else {
                out.append(byte)
            }
        }
        return out
    }

    /// The length of the blanks and the line end after a soft break's `=`; nil when it is none.
    private static func softBreak(_ bytes: [UInt8], _ start: Int) -> Int? {
        var index = start
        while index < bytes.count, bytes[index] == 32 || bytes[index] == 9 { index += 1 }
        if index < bytes.count, bytes[index] == 13 { index += 1 }
        guard index < bytes.count else { return index - start }
        return bytes[index] == 10 ? index + 1 - start : nil
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }

    /// Latin-1 by its code points, everything else as UTF-8 with replacements.
    static func text(_ bytes: [UInt8], charset: String) -> String {
        switch charset.lowercased() {
        case "iso-8859-1", "latin1", "windows-1252":
            var text = String.UnicodeScalarView()
            for byte in bytes { text.append(Unicode.Scalar(byte)) }
            return String(text)
        default:
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

/// `=?charset?B|Q?text?=` in header values (RFC 2047).
enum EncodedWords {
    /// Neighbouring words lose the space between them and are joined before they are decoded, for
    /// the sake of senders who cut a character in two.
    static func decode(_ value: String) -> String {
        var out = ""
        var pending: (charset: String, bytes: [UInt8])?
        var gap = ""
        for token in tokens(of: value) {
            if let word = word(token) {
                if let earlier = pending, earlier.charset == word.charset {
                    pending = (word.charset, earlier.bytes + word.bytes)
                } else {
                    if let pending { out += text(pending) } else { out += gap }
                    pending = word
                }
                gap = ""
            } else if token.allSatisfy({ $0 == " " || $0 == "\t" }) {
                gap += token
            } else {
                if let earlier = pending { out += text(earlier) }
                pending = nil
                out += gap + token
                gap = ""
            }
        }
        if let pending { out += text(pending) }
        return out
    }

    private static func text(_ word: (charset: String, bytes: [UInt8])) -> String {
        TransferEncoding.text(word.bytes, charset: word.charset)
    }

    /// Runs of blanks and runs of anything else, in turn.
    private static func tokens(of value: String) -> [String] {
        var tokens: [String] = []
        var blank: Bool?
        for character in value {
            let isBlank = character == " " || character == "\t"
            if blank == isBlank, let last = tokens.indices.last {
                tokens[last].append(character)
            } else {
                tokens.append(String(character))
            }
            blank = isBlank
        }
        return tokens
    }

    private static func word(_ token: String) -> (charset: String, bytes: [UInt8])? {
        guard token.hasPrefix("=?"), token.hasSuffix("?="), token.count > 4 else { return nil }
        let pieces = token.dropFirst(2).dropLast(2).split(
            separator: "?", maxSplits: 2, omittingEmptySubsequences: false)
        guard pieces.count == 3 else { return nil }
        let charset = pieces[0].lowercased()
        switch pieces[1] {
        case "B", "b": return (charset, TransferEncoding.base64(pieces[2].utf8))
        case "Q", "q":
            return (charset, TransferEncoding.quotedPrintable(pieces[2].utf8, inWord: true))
        default: return nil
        }
    }
}
