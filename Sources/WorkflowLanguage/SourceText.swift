import Statechart

/// A text as lines of Unicode scalars, so that columns can be counted. Lines break where YAML 1.1
/// breaks them, for that is how the composer counts.
struct SourceText: Sendable {
    let text: String
    private let lines: [[Unicode.Scalar]]

    init(_ text: String) {
        let text = text.withoutByteOrderMark
        self.text = text
        var lines: [[Unicode.Scalar]] = [[]]
        var wasReturn = false
        for scalar in text.unicodeScalars {
            defer { wasReturn = scalar == "\r" }
            if scalar == "\n", wasReturn { continue }
            if Self.isBreak(scalar) {
                lines.append([])
            } else {
                lines[lines.count - 1].append(scalar)
            }
        }
        self.lines = lines
    }

    /// One line of a text of which no other is wanted.
    static func line(_ number: Int, of text: String) -> String? {
        var current = 1
        var line = String.UnicodeScalarView()
        var wasReturn = false
        for scalar in text.unicodeScalars {
            defer { wasReturn = scalar == "\r" }
            if scalar == "\n", wasReturn { continue }
            if isBreak(scalar) {
                if current == number { return String(line) }
                current += 1
            } else if current == number {
                line.append(scalar)
            }
        }
        return current == number ? String(line) : nil
    }

    private static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }

    var lineCount: Int { lines.count }

    /// - Parameter number: from 1.
    func line(_ number: Int) -> String? {
        scalars(ofLine: number).map { String(String.UnicodeScalarView($0)) }
    }

    func scalars(ofLine number: Int) -> [Unicode.Scalar]? {
        lines.indices.contains(number - 1) ? lines[number - 1] : nil
    }

    /// The character at a place; nil at the end of a line.
    func scalar(at location: SourceLocation) -> Unicode.Scalar? {
        guard let line = scalars(ofLine: location.line),
            line.indices.contains(location.column - 1)
        else { return nil }
        return line[location.column - 1]
    }

    /// Where a text stands in a line at or after a column; both count from 1.
    func column(of text: String, inLine number: Int, from column: Int = 1) -> Int? {
        guard let line = scalars(ofLine: number) else { return nil }
        let wanted = Array(text.unicodeScalars)
        guard !wanted.isEmpty, column >= 1, line.count >= wanted.count else { return nil }
        var start = column - 1
        while start + wanted.count <= line.count {
            if line[start..<(start + wanted.count)].elementsEqual(wanted) { return start + 1 }
            start += 1
        }
        return nil
    }

    /// Replaces scalars in one line, keeping every other place where it was.
    func replacing(
        at location: SourceLocation, count: Int, with scalar: Unicode.Scalar
    ) -> SourceText {
        var copy = lines
        let row = location.line - 1
        let start = location.column - 1
        guard copy.indices.contains(row), start >= 0, start + count <= copy[row].count else {
            return self
        }
        for column in start..<(start + count) { copy[row][column] = scalar }
        var text = String.UnicodeScalarView()
        for (number, line) in copy.enumerated() {
            if number > 0 { text.append("\n") }
            text.append(contentsOf: line)
        }
        return SourceText(String(text))
    }
}

extension String {
    /// Some editors put one before UTF-8, as YAML 1.2 (5.2) lets them.
    package var withoutByteOrderMark: String {
        guard unicodeScalars.first == "\u{FEFF}" else { return self }
        return String(unicodeScalars.dropFirst())
    }
}
