import Values

/// The message on the wire (RFC 5322, RFC 2045 to 2047): ASCII only, lines of at most 78 characters, CRLF.
extension MailMessage {
    /// Cannot occur in a quoted-printable body, where `=` is followed by hexadecimal digits or a line's end.
    private static let boundary = "=_pawl_alternative"

    package var bytes: [UInt8] {
        Array((headerLines + bodyLines).joined(separator: "\r\n").utf8) + [0x0D, 0x0A]
    }

    private var headerLines: [String] {
        [
            "From: \(from.headerText)",
            "To: " + to.map(\.headerText).joined(separator: ",\r\n "),
            "Subject: \(EncodedWords.header(subject, after: 9))",
            "Date: \(date.mailDate)",
            "Message-ID: \(messageID)",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ]
    }

    private var bodyLines: [String] {
        guard let html else { return part("plain", text) }
        return ["Content-Type: multipart/alternative; boundary=\"\(Self.boundary)\"", ""]
            + ["--\(Self.boundary)"] + part("plain", text)
            + ["--\(Self.boundary)"] + part("html", html)
            + ["--\(Self.boundary)--"]
    }

    private func part(_ subtype: String, _ content: String) -> [String] {
        [
            "Content-Type: text/\(subtype); charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable", "",
        ] + QuotedPrintable.lines(content)
    }
}

extension MailAddress {
    /// A name of plain words as it is, any other as encoded words.
    var headerText: String {
        guard let name else { return address }
        let isPlain = name.utf8.count <= 60 && name.utf8.allSatisfy(Self.isPlainByte)
        return isPlain ? "\(name) <\(address)>" : "\(EncodedWords.encode(name))\r\n <\(address)>"
    }

    private static func isPlainByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x20, 0x2D: true
        default: false
        }
    }
}

/// RFC 2047, "B" encoding.
enum EncodedWords {
    /// Bytes of a word's text: 39 become 52 characters, 64 with the frame, 76 with the longest header name
    /// that is used.
    private static let wordBytes = 39

    /// A short text of printable ASCII as it is; any other as encoded words, folded.
    /// - Parameter column: the length of what stands before it on its line.
    static func header(_ text: String, after column: Int) -> String {
        let isPlain =
            text.utf8.count + column <= 78 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            && !text.contains("=?") && !text.hasPrefix(" ") && !text.hasSuffix(" ")
        return isPlain ? text : encode(text)
    }

    /// No character is split between words.
    static func encode(_ text: String) -> String {
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            let last = words.count - 1
            if words[last].count + bytes.count > wordBytes {
                words.append(bytes)
            } else {
                words[last] += bytes
            }
        }
        return words.map { "=?utf-8?B?\(Value.bytes($0).plain.interpolated)?=" }
            .joined(separator: "\r\n ")
    }
}

/// RFC 2045, section 6.7.
enum QuotedPrintable {
    private static let lineLength = 76
    private static let digits = Array("0123456789ABCDEF".utf8)

    static func escaped(_ byte: UInt8) -> [UInt8] {
        [0x3D, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    /// The text's lines, whichever way they ended, without their ends.
    static func lines(_ text: String) -> [String] {
        var lines: [String] = []
        for line in split(text) { lines += soft(line) }
        return lines
    }

    private static func split(_ text: String) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == 0x0A, previous == 0x0D {
                previous = byte
                continue
            }
            if byte == 0x0A || byte == 0x0D {
                lines.append([])
            } else {
                lines[lines.count - 1].append(byte)
            }
            previous = byte
        }
        return lines
    }

    /// One line in as many as it takes; each but the last ends with `=`.
    private static func soft(_ line: [UInt8]) -> [String] {
        var lines: [String] = []
        var current: [UInt8] = []
        for (position, byte) in line.enumerated() {
            let isLast = position == line.count - 1
            let next = encoded(byte, isFirst: current.isEmpty, isLast: isLast)
            // One place is kept for the '=' of a soft break.
            if current.count + next.count > lineLength - (isLast ? 0 : 1) {
                lines.append(String(decoding: current + [0x3D], as: UTF8.self))
                current = encoded(byte, isFirst: true, isLast: isLast)
            } else {
                current += next
            }
        }
        return lines + [String(decoding: current, as: UTF8.self)]
    }

    /// A dot or `From` at a line's start and a space at its end are things that mail systems change.
    private static func encoded(_ byte: UInt8, isFirst: Bool, isLast: Bool) -> [UInt8] {
        switch byte {
        case 0x3D: escaped(byte)
        case 0x2E, 0x46: isFirst ? escaped(byte) : [byte]
        case 0x20, 0x09: isLast ? escaped(byte) : [byte]
        case 0x21...0x7E: [byte]
        default: escaped(byte)
        }
    }
}

extension Timestamp {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Thu, 01 Jan 2026 12:00:00 +0000` (RFC 5322, section 3.3).
    var mailDate: String {
        let civil = civil()
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = Self.days[abs(civil.dayOfWeek) % 7]
        let month = Self.months[(civil.month + 11) % 12]
        return "\(day), \(two(civil.day)) \(month) \(civil.year) "
            + "\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second)) +0000"
    }
}
