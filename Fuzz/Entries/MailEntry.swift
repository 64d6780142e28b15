import Adapters
import Sandbox
import Values

/// An address, and behind lines of dashes a subject, a text and a page: the mail that is made of them, as a mail server
/// would read it.
enum MailEntry {
    private static let names = [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
        "Content-Type", "Content-Transfer-Encoding",
    ]

    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        let parts = bytes.parts.map(\.text)
        guard let address = MailAddress(parts[0]) else { return }
        try check(address)
        let message = MailMessage(
            from: address, to: [address], subject: parts.count > 1 ? parts[1] : "Subject",
            text: parts.count > 2 ? parts[2] : "Text", html: parts.count > 3 ? parts[3] : nil,
            messageID: MailMessage.messageID(key: parts[0], domain: address.domain),
            date: Timestamp(seconds: 1_767_268_800))
        try checkWire(message)
        try checkReading(message)
    }

    private static func check(_ address: MailAddress) throws(FuzzFailure) {
        let wire = address.address
        try require(
            wire.utf8.allSatisfy { (0x21...0x7E).contains($0) }
                && wire.utf8.count { $0 == UInt8(ascii: "@") } == 1,
            "an address that is none: \(wire)")
        try require(
            MailAddress(wire)?.address == wire, "what the wire has is read as another address")
    }

    /// Lines of ASCII, none of them too long, and no header but ours.
    private static func checkWire(_ message: MailMessage) throws(FuzzFailure) {
        let lines = message.bytes.text.split(
            separator: "\r\n" as Character, omittingEmptySubsequences: false)
        for line in lines {
            try require(line.utf8.count <= 998, "a line is too long for mail servers")
            try require(
                line.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 },
                "a line has a character that mail servers change: \(line)")
        }
        let header = lines.prefix { !$0.isEmpty }.filter { !$0.hasPrefix(" ") }
        for line in header {
            let name = String(line.prefix { $0 != ":" })
            try require(names.contains(name), "a header that nobody wrote: \(line)")
        }
        try require(
            Set(header.map { $0.prefix { $0 != ":" } }).count == header.count, "a header twice")
    }

    /// The sandbox's server reads what was written.
    private static func checkReading(_ message: MailMessage) throws(FuzzFailure) {
        let mail = Mail(from: message.from.address, to: [], raw: message.bytes)
        try require(sameUTF8(mail.messageID, message.messageID), "another Message-ID is read")
        try require(
            sameUTF8(mail.subject, message.subject), "another subject is read: \(mail.subject)")
        // Before a boundary the line's end is the boundary's.
        let text = message.text.lines + (message.html == nil ? "\n" : "")
        try require(sameUTF8(mail.text.lines, text), "another text is read: \(mail.text)")
        try require(
            sameUTF8(mail.html.lines, (message.html ?? "").lines), "another page is read")
    }
}

extension String {
    /// With one kind of line end.
    fileprivate var lines: String {
        var text = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in unicodeScalars {
            if scalar == "\r" || (scalar == "\n" && previous != "\r") { text.append("\n") }
            if scalar != "\r", scalar != "\n" { text.append(scalar) }
            previous = scalar
        }
        return String(text)
    }
}
