import Access
import Values

/// A command that an admin may paste: whatever is in a key or a name, the shell sees one word.
package struct CommandLineText {
    package private(set) var text = "pawl"

    package init(_ words: [String]) {
        for word in words { text += " " + Self.quoted(word) }
    }

    package static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_./:@%+=,".utf8.contains(byte)
                }
            }
        if isPlain { return word }
        return word.printableLines.utf8.elementsEqual(word.utf8)
            ? "'" + word.replacing("'", with: "'\\''") + "'" : escaped(word)
    }

    /// `$'\\u202e'`: what nobody sees is seen, and the shell (bash, zsh and ksh) makes of it what it was.
    private static func escaped(_ word: String) -> String {
        var text = ""
        for scalar in word.unicodeScalars {
            let isPlain = scalar.isASCII && scalar.value >= 0x20 && scalar.value != 0x7F
            switch scalar {
            case "'": text += "\\'"
            case "\\": text += "\\\\"
            case _ where isPlain: text.unicodeScalars.append(scalar)
            default:
                text +=
                    scalar.value > 0xFFFF
                    ? "\\U" + scalar.value.padded(to: 8, radix: 16)
                    : "\\u" + scalar.value.padded(to: 4, radix: 16)
            }
        }
        return "$'\(text)'"
    }
}

extension InstanceName {
    /// As it stands in a command that somebody pastes.
    package var pasted: String { CommandLineText.quoted(description) }
}
