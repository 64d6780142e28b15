import Foundation

/// What somebody calls a file. It is shown and never opened: nothing in it may be taken for a path, break a line or turn
/// the text around it about.
package enum FileName {
    package static let maximumBytes = 200

    /// In Unicode's composed form (NFC): the same name from every machine.
    package static func composed(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 128 } ? text : text.precomposedStringWithCanonicalMapping
    }

    /// Whether it is one, once it is composed.
    package static func admits(_ text: String) -> Bool {
        let name = composed(text)
        return (1...maximumBytes).contains(name.utf8.count) && name != "." && name != ".."
            && name.unicodeScalars.allSatisfy { !isForbidden($0) }
            && name.unicodeScalars.contains { !$0.properties.isWhitespace }
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        // Folders of any system, and the drives and streams of one.
        case "/", "\\", ":": return true
        // Full-width and other slashes that some system folds into the real ones.
        case "\u{2044}", "\u{2215}", "\u{FF0F}", "\u{FF3C}": return true
        default: break
        }
        return switch scalar.properties.generalCategory {
        // Controls, what turns text about, separators of lines; what is no character at all.
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned,
            .privateUse:
            true
        default: false
        }
    }
}
