import Values

/// A mail whose bytes depend on nothing but its values: a repeat under the same key is the same mail, and mail
/// systems recognise it by its `Message-ID` [R-71].
package struct MailMessage: Sendable, Hashable {
    package let from: MailAddress
    package let to: [MailAddress]
    package let subject: String
    package let text: String
    package let html: String?
    /// With its angle brackets.
    package let messageID: String
    package let date: Timestamp

    package init(
        from: MailAddress, to: [MailAddress], subject: String, text: String, html: String?,
        messageID: String, date: Timestamp
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.html = html
        self.messageID = messageID
        self.date = date
    }

    /// Bytes of the key that are written out in a `Message-ID`.
    private static let readableKeyBytes = 96

    /// Derived from the call's key, injectively: letters, digits and `-` stand for themselves, other bytes as
    /// `=` and two hexadecimal digits. The end of a long key is replaced by its 64-bit FNV-1a hash.
    package static func messageID(key: String, domain: String) -> String {
        var bytes: [UInt8] = []
        for byte in key.utf8.prefix(readableKeyBytes) { bytes += token(byte) }
        if key.utf8.count > readableKeyBytes {
            let hash = key.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
                ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
            }
            bytes += Array("_".utf8) + Array(String(hash, radix: 16).utf8)
        }
        return "<pawl.\(String(decoding: bytes, as: UTF8.self))@\(domain)>"
    }

    private static func token(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D: [byte]
        default: QuotedPrintable.escaped(byte)
        }
    }
}

/// `a@example.com`, `Name <a@example.com>` or `"Last, First" <a@example.com>`: a plain address (RFC 5321's dot-string,
/// ASCII before the `@`) and a display name. A domain in other letters becomes what the wire knows.
package struct MailAddress: Sendable, Hashable {
    package let name: String?
    /// `local@domain`.
    package let address: String

    package init?(_ text: String) {
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            return nil
        }
        guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else {
            guard let address = Self.address(text[...]) else { return nil }
            name = nil
            self.address = address
            return
        }
        guard let address = Self.address(text[text.index(after: open)...].dropLast()) else {
            return nil
        }
        var name = text[..<open]
        while name.last == " " { name.removeLast() }
        while name.first == " " { name.removeFirst() }
        let shown = Self.unquoted(name)
        self.name = shown.isEmpty ? nil : shown
        self.address = address
    }

    /// A quoted string (RFC 5322, 3.2.4) says what is between its quotes.
    private static func unquoted(_ name: Substring) -> String {
        guard name.count >= 2, name.first == "\"", name.last == "\"" else { return String(name) }
        var (text, isEscaped) = ("", false)
        for character in name.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                text.append(character)
                isEscaped = false
            }
        }
        return text
    }

    package var domain: String {
        String(address[address.index(after: address.lastIndex(of: "@") ?? address.startIndex)...])
    }

    /// As the wire has it.
    private static func address(_ text: Substring) -> String? {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 254, let domain = DomainName.ascii(parts[1])
        else { return nil }
        let address = "\(parts[0])@\(domain)"
        return isAddress(address[...]) ? address : nil
    }

    private static func isAddress(_ text: Substring) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 254, (1...64).contains(parts[0].utf8.count)
        else { return false }
        let atoms = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard atoms.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isAtomByte) }) else {
            return false
        }
        guard let host = try? Endpoint.host(parts[1]), case .name = host else { return false }
        return true
    }

    private static func isAtomByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }
}
