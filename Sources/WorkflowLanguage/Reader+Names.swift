/// How things may be called.
enum NameRule {
    /// Workflows, adapters: `[a-z][a-z0-9-]*`.
    case identifier
    /// States, retries, mails, context members, operations: `[A-Za-z_][A-Za-z0-9_-]*`.
    case word
    /// Events: words joined by dots.
    case event

    static let maximumLength = 100

    func admits(_ name: String) -> Bool {
        guard name.utf8.count <= Self.maximumLength else { return false }
        return switch self {
        case .identifier: Self.isIdentifier(name)
        case .word: Self.isWord(name[...])
        case .event:
            name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(Self.isWord)
        }
    }

    var advice: String {
        switch self {
        case .identifier: "lower-case letters, digits and hyphens, beginning with a letter"
        case .word: "letters, digits, '_' and '-', beginning with a letter"
        case .event: "words joined by dots, like order.placed"
        }
    }

    private static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.utf8.first, isLower(first) else { return false }
        return name.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isWord(_ name: Substring) -> Bool {
        guard let first = name.utf8.first, isLetter(first) || first == UInt8(ascii: "_") else {
            return false
        }
        return name.utf8.allSatisfy {
            isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
    }

    private static func isLower(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { isLower(byte | 0x20) }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension Reader {
    mutating func name(_ node: YAMLNode?, _ what: String, _ rule: NameRule) -> String? {
        guard let node else { return nil }
        guard node.style != .collection else {
            error(.wrongKind, "\(what) is a name, not \(node.kindName)", at: node)
            return nil
        }
        guard rule.admits(node.text) else {
            error(
                .invalidName, "'\(node.text)' cannot name \(what); use \(rule.advice)", at: node)
            return nil
        }
        return node.text
    }

    /// The entries of a map from names to whatever; entries with impossible names are left out.
    mutating func named(
        _ node: YAMLNode?, _ what: String, _ rule: NameRule
    ) -> [(name: String, entry: YAMLNode.Entry)] {
        guard let node, let entries = entries(node, of: "the map of \(what)s") else { return [] }
        var result: [(name: String, entry: YAMLNode.Entry)] = []
        for entry in entries {
            if let name = name(entry.key, Self.indefinite(what), rule) {
                result.append((name, entry))
            }
        }
        return result
    }

    /// `an event`, `a state`.
    private static func indefinite(_ noun: String) -> String {
        let isVowel = noun.utf8.first.map { "aeiou".utf8.contains($0) } ?? false
        return (isVowel ? "an " : "a ") + noun
    }
}
