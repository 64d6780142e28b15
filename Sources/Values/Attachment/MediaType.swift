/// The kinds of content that are taken at all. None of them runs: no markup, no script, no archive, no macro.
package enum MediaType: String, Sendable, Hashable, CaseIterable {
    case pdf = "application/pdf"
    case jpeg = "image/jpeg"
    case png = "image/png"
    case webp = "image/webp"
    case heic = "image/heic"
    case text = "text/plain"

    /// How much of the beginning tells.
    package static let prefixLength = 512

    /// Of a `Content-Type`, whose parameters say nothing here.
    package init?(header: String) {
        let name = header.split(separator: ";", omittingEmptySubsequences: false).first ?? ""
        self.init(rawValue: name.filter { $0 != " " && $0 != "\t" }.lowercased())
    }

    /// For a name that says nothing else.
    package var fileExtension: String {
        switch self {
        case .pdf: "pdf"
        case .jpeg: "jpg"
        case .png: "png"
        case .webp: "webp"
        case .heic: "heic"
        case .text: "txt"
        }
    }

    /// By a name's ending; nil: it says nothing.
    package init?(fileName: String) {
        guard let dot = fileName.lastIndex(of: ".") else { return nil }
        switch fileName[fileName.index(after: dot)...].lowercased() {
        case "pdf": self = .pdf
        case "jpg", "jpeg": self = .jpeg
        case "png": self = .png
        case "webp": self = .webp
        case "heic", "heif": self = .heic
        case "txt", "text", "log", "csv", "md": self = .text
        default: return nil
        }
    }

    /// Whether content that begins like this can be of this kind.
    /// - Parameter isWhole: nothing comes after it.
    package func admits(beginning bytes: [UInt8], isWhole: Bool = false) -> Bool {
        func has(_ mark: String, at offset: Int = 0) -> Bool {
            bytes.dropFirst(offset).starts(with: mark.utf8)
        }
        switch self {
        case .pdf: return has("%PDF-")
        case .jpeg: return bytes.starts(with: [0xFF, 0xD8, 0xFF])
        case .png: return bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        case .webp: return has("RIFF") && has("WEBP", at: 8)
        case .heic:
            return has("ftyp", at: 4)
                && ["heic", "heix", "heim", "heis", "mif1", "msf1"].contains { has($0, at: 8) }
        case .text: return Self.isText(bytes, isWhole: isWhole)
        }
    }

    /// UTF-8 without controls that is neither one of the others nor markup.
    private static func isText(_ bytes: [UInt8], isWhole: Bool) -> Bool {
        let controls = bytes.contains { $0 < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D].contains($0) }
        guard !controls, !MediaType.pdf.admits(beginning: bytes) else { return false }
        // The last character may be cut in two.
        let whole =
            isWhole
            ? bytes[...] : bytes.prefix((bytes.lastIndex { $0 & 0xC0 != 0x80 } ?? bytes.count))
        guard let text = String(validating: whole, as: UTF8.self) else { return false }
        let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.prefix(16).lowercased()
        return !["<!", "<?", "<svg", "<html", "<script", "<head", "<body"].contains {
            start.hasPrefix($0)
        }
    }
}
