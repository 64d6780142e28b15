import Sabotage

extension Unicode.Scalar {
    /// What a terminal obeys instead of showing it, and what lets text run in another order than it is written in.
    fileprivate var isControlling: Bool {
        switch value {
        case 0...0x1F, 0x7F...0x9F: true  // C0, DEL, C1
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // bidirectional
        case 0x2028, 0x2029: true  // line and paragraph separators
        default: false
        }
    }

    /// As JSON writes it.
    fileprivate var escaped: String {
        switch self {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            let digits = String(value, radix: 16)
            return "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
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
        guard unicodeScalars.contains(where: isEscaped), !isMutant(.terminalObeyed) else {
            return self
        }
        var text = ""
        for scalar in unicodeScalars {
            if isEscaped(scalar) {
                text += scalar.escaped
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
