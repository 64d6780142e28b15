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
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}

extension InstanceName {
    /// As it stands in a command that somebody pastes.
    package var pasted: String { CommandLineText.quoted(description) }
}
