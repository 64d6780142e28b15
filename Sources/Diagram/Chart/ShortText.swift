/// Expressions as a picture says them: without the braces and roots that every one has, and with words for operators.
enum ShortText {
    private static let roots = ["context.", "params.", "input.", "event.data."]

    /// What stands in quotes stays as it is.
    static func of(_ source: String) -> String {
        let bytes = Array(source.utf8)
        var out: [UInt8] = []
        /// For each open parenthesis or brace whether its end is left out.
        var dropped: [Bool] = []
        var quote: UInt8?
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if let open = quote {
                out.append(byte)
                if byte == UInt8(ascii: "\\"), position + 1 < bytes.count {
                    position += 1
                    out.append(bytes[position])
                } else if byte == open {
                    quote = nil
                }
                position += 1
                continue
            }
            let rest = bytes[position...]
            let begins = out.last.map { !$0.isPartOfWord } ?? true
            if rest.starts(with: "${".utf8) {
                dropped.append(true)
                position += 2
            } else if begins, rest.starts(with: "timestamp(".utf8) {
                dropped.append(true)
                position += 10
            } else if begins, let root = roots.first(where: { rest.starts(with: $0.utf8) }) {
                position += root.utf8.count
            } else if rest.starts(with: "&&".utf8) {
                out += "and".utf8
                position += 2
            } else if rest.starts(with: "||".utf8) {
                out += "or".utf8
                position += 2
            } else {
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "'"):
                    quote = byte
                    out.append(byte)
                case UInt8(ascii: "("), UInt8(ascii: "{"), UInt8(ascii: "["):
                    dropped.append(false)
                    out.append(byte)
                case UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if !(dropped.popLast() ?? false) { out.append(byte) }
                case UInt8(ascii: "\n"): out.append(UInt8(ascii: " "))
                default: out.append(byte)
                }
                position += 1
            }
        }
        return String(decoding: out, as: UTF8.self).split(separator: " ").joined(separator: " ")
    }
}

extension UInt8 {
    /// Of an identifier, or of a path that an identifier goes on.
    fileprivate var isPartOfWord: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
