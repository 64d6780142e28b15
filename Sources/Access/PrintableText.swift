import Sabotage

extension Unicode.Scalar {
    /// What a terminal obeys instead of showing it, what lets text run in another order than it is written in, and what
    /// nobody sees: two texts that look the same are the same.
    fileprivate var isControlling: Bool {
        switch value {
        case 0...0x1F, 0x7F...0x9F: true  // C0, DEL, C1
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // bidirectional
        case 0x2028, 0x2029: true  // line and paragraph separators
        // Of no width.
        case 0x00AD, 0x034F, 0x180E, 0x200B, 0x2060...0x2065, 0x206A...0x206F, 0xFEFF: true
        case 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0: true  // fillers
        case 0xFFF9...0xFFFB, 0xE0000...0xE007F: true  // annotations and tags
        default: false
        }
    }

    /// Joins or parts what stands around it, as in an emoji of several and in scripts whose letters join.
    fileprivate var isJoiner: Bool { value == 0x200C || value == 0x200D }

    /// As JSON writes it.
    fileprivate var escaped: String {
        switch self {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            return UTF16.encode(self).map { units in
                units.map { unit in
                    let digits = String(unit, radix: 16)
                    return "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
                }.joined()
            } ?? ""
        }
    }
}

extension String {
    /// One line that a terminal shows and does not obey: `\u001b`, `\n`, `\u202e`.
    package var printable: String { escaping { $0.isControlling } }

    /// The same for a text whose lines and tabs are its own.
    package var printableLines: String {
        escaping { $0.isControlling && $0 != "\n" && $0 != "\t" }
    }

    private func escaping(_ isEscaped: (Unicode.Scalar) -> Bool) -> String {
        guard unicodeScalars.contains(where: { isEscaped($0) || $0.isJoiner }),
            !isMutant(.terminalObeyed)
        else { return self }
        var text = ""
        var before: Unicode.Scalar?
        var rest = unicodeScalars[...]
        while let scalar = rest.popFirst() {
            let joins = scalar.isJoiner && !joinsNothing(before, rest.first)
            if isEscaped(scalar) || scalar.isJoiner && !joins {
                text += scalar.escaped
            } else {
                text.unicodeScalars.append(scalar)
            }
            before = scalar
        }
        return text
    }

    /// At an end, beside a letter of ASCII or another of its kind a joiner does nothing, and is not seen.
    private func joinsNothing(_ before: Unicode.Scalar?, _ after: Unicode.Scalar?) -> Bool {
        [before, after].contains {
            $0.map { $0.isASCII || $0.isJoiner || $0.isControlling } ?? true
        }
    }

    /// Whether a terminal shows all of it as it is.
    package var isPrintable: Bool { printable.utf8.elementsEqual(utf8) }
}
