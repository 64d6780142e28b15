/// A header block and a body, as a whole mail or one part of it (RFC 2045, RFC 2046).
struct MIMEEntity {
    static let depthLimit = 8
    static let partLimit = 100
    private static let headerLimit = 500

    private let headers: [(name: String, value: String)]
    private let body: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        var headers: [(name: String, value: String)] = []
        var rest = bytes
        while let line = MIMEEntity.takeLine(&rest), !line.isEmpty {
            let text = String(decoding: line, as: UTF8.self)
            if text.first == " " || text.first == "\t" {
                guard let last = headers.indices.last else { continue }
                headers[last].value += " " + text.trimmed
            } else if let colon = text.firstIndex(of: ":"), headers.count < Self.headerLimit {
                headers.append(
                    (
                        text[..<colon].lowercased(),
                        String(text[text.index(after: colon)...]).trimmed
                    ))
            }
        }
        self.headers = headers
        self.body = rest
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// `type/subtype` in lower case, `text/plain` where the header says nothing.
    var mediaType: String {
        let type = (header("content-type") ?? "").prefix { $0 != ";" }
        return type.isEmpty ? "text/plain" : String(type).trimmed.lowercased()
    }

    var isAttachment: Bool {
        (header("content-disposition") ?? "").lowercased().hasPrefix("attachment")
    }

    /// The body with its transfer encoding undone, read in its charset, its lines ended by LF.
    var decodedText: String {
        let bytes =
            switch (header("content-transfer-encoding") ?? "").lowercased() {
            case "base64": TransferEncoding.base64(body)
            case "quoted-printable": TransferEncoding.quotedPrintable(body)
            default: Array(body)
            }
        let text = TransferEncoding.text(bytes, charset: parameter("charset") ?? "utf-8")
        return text.split(separator: "\r\n" as Character, omittingEmptySubsequences: false)
            .joined(separator: "\n")
    }

    /// The parts that are no multipart themselves, in order.
    func leaves(depth: Int, budget: inout Int) -> [MIMEEntity] {
        guard mediaType.hasPrefix("multipart/"), depth < Self.depthLimit,
            let boundary = parameter("boundary"), !boundary.isEmpty
        else { return [self] }
        var leaves: [MIMEEntity] = []
        for part in parts(boundary: boundary) {
            guard budget > 0 else { break }
            budget -= 1
            leaves += MIMEEntity(part).leaves(depth: depth + 1, budget: &budget)
        }
        return leaves
    }

    /// A parameter of the content type, unquoted.
    private func parameter(_ name: String) -> String? {
        let pieces = (header("content-type") ?? "").split(separator: ";").dropFirst()
        for piece in pieces {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            guard String(piece[..<equals]).trimmed.lowercased() == name else { continue }
            let value = String(piece[piece.index(after: equals)...]).trimmed
            return value.hasPrefix("\"") ? String(value.dropFirst().prefix { $0 != "\"" }) : value
        }
        return nil
    }

    /// What lies between the delimiter lines; the line end before a delimiter belongs to it.
    private func parts(boundary: String) -> [ArraySlice<UInt8>] {
        let delimiter = Array("--\(boundary)".utf8)
        var parts: [ArraySlice<UInt8>] = []
        var start: Int?
        var rest = body
        while !rest.isEmpty {
            let lineStart = rest.startIndex
            guard let line = MIMEEntity.takeLine(&rest) else { break }
            guard line.starts(with: delimiter) else { continue }
            let tail = line.dropFirst(delimiter.count)
            let closes = tail.starts(with: [45, 45])
            guard closes || tail.allSatisfy({ $0 == 32 || $0 == 9 }) else { continue }
            if let start { parts.append(trimmingLineEnd(body[start..<lineStart])) }
            start = rest.startIndex
            if closes { return parts }
        }
        if let start, start < body.endIndex { parts.append(body[start...]) }
        return parts
    }

    private func trimmingLineEnd(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        if bytes.last == 10 { bytes.removeLast() }
        if bytes.last == 13 { bytes.removeLast() }
        return bytes
    }

    /// The next line without its end; nil at the end of the text.
    private static func takeLine(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard !bytes.isEmpty else { return nil }
        let end = bytes.firstIndex(of: 10) ?? bytes.endIndex
        var line = bytes[bytes.startIndex..<end]
        bytes = end < bytes.endIndex ? bytes[(end + 1)...] : bytes[end...]
        if line.last == 13 { line.removeLast() }
        return line
    }
}

extension String {
    /// Without spaces, tabs and line ends at both ends.
    var trimmed: String {
        let blank: Set<Character> = [" ", "\t", "\r", "\n", "\r\n"]
        let head = drop { blank.contains($0) }
        guard let last = head.lastIndex(where: { !blank.contains($0) }) else { return "" }
        return String(head[...last])
    }
}
