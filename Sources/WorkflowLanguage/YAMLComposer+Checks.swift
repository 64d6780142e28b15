import Statechart
import Values

/// What is refused before Yams sees the text.
extension YAMLComposer {
    /// Asked before the text is taken apart.
    static func sizeProblem(_ text: String, _ file: String) -> Diagnostic? {
        let bytes = text.utf8.count
        guard bytes > maximumBytes else { return nil }
        return Diagnostic(
            severity: .error, code: .yamlSize,
            message: "the file has \(bytes) bytes; at most \(maximumBytes) are read", file: file,
            location: SourceLocation(line: 1, column: 1))
    }

    mutating func checkCharacters() -> Bool {
        for number in 1...source.lineCount {
            for (column, scalar) in (source.scalars(ofLine: number) ?? []).enumerated()
            where !Self.isPrintable(scalar) && !(scalar == "\u{FEFF}" && number + column == 1) {
                let code = String(scalar.value, radix: 16, uppercase: true)
                report(
                    .yamlCharacter, "the character U+\(code) is not allowed in YAML; remove it",
                    at: SourceLocation(line: number, column: column + 1))
                return false
            }
        }
        return true
    }

    /// YAML 1.2's c-printable.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
            0x10000...0x10FFFF:
            true
        default: false
        }
    }

    /// Aliases are refused before composing, because a few of them nested can stand for a tree
    /// without end. What could be an alias counts when what could be its anchor stands before it;
    /// that a text holds both as prose is improbable enough.
    mutating func checkAliases() -> Bool {
        var anchors: Set<ExactText> = []
        var isClean = true
        for number in 1...source.lineCount {
            let line = source.scalars(ofLine: number) ?? []
            for column in line.indices where line[column] == "&" || line[column] == "*" {
                guard let name = Self.anchorName(in: line, at: column) else { continue }
                if line[column] == "&" {
                    anchors.insert(name)
                } else if anchors.contains(name) {
                    report(
                        .yamlAlias, "aliases are refused; write the value out",
                        at: SourceLocation(line: number, column: column + 1),
                        length: name.unicodeScalars.count + 1)
                    isClean = false
                }
            }
        }
        return isClean
    }

    private static func anchorName(in line: [Unicode.Scalar], at column: Int) -> String? {
        let name = line[(column + 1)...].prefix {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0))
                || $0 == "_" || $0 == "-"
        }
        return name.isEmpty ? nil : String(String.UnicodeScalarView(name))
    }
}
