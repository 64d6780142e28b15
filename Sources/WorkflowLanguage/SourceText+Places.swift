import Statechart
import Values

/// Finding places in the source that marks do not give.
extension SourceText {
    /// How far a scalar reaches, if it stands in one line as it is.
    func width(of text: String, style: YAMLNode.Style, at location: SourceLocation) -> Int {
        let count = text.unicodeScalars.count
        switch style {
        case .plain: return stands(text, at: location) ? max(1, count) : 1
        case .quoted:
            let inside = SourceLocation(line: location.line, column: location.column + 1)
            return stands(text, at: inside) ? count + 2 : 1
        case .block, .collection: return 1
        }
    }

    private func stands(_ text: String, at place: SourceLocation) -> Bool {
        guard let line = scalars(ofLine: place.line), place.column >= 1,
            place.column - 1 <= line.count
        else { return false }
        return line[(place.column - 1)...].starts(with: text.unicodeScalars)
    }

    /// The place of a part of a scalar.
    /// - Parameter offset: in UTF-8 bytes of the node's text.
    func location(ofOffset offset: Int, in node: YAMLNode) -> SourceLocation? {
        let before = String(decoding: node.text.utf8.prefix(max(0, offset)), as: UTF8.self)
        switch node.style {
        case .collection: return nil
        case .plain, .quoted:
            guard
                let start = column(
                    of: node.text, inLine: node.location.line, from: node.location.column)
            else { return nil }
            return SourceLocation(
                line: node.location.line, column: start + before.unicodeScalars.count)
        case .block:
            let rows = before.split(separator: "\n", omittingEmptySubsequences: false)
            let all = node.text.split(separator: "\n", omittingEmptySubsequences: false)
            let number = node.location.line + rows.count
            guard let last = rows.last, all.indices.contains(rows.count - 1),
                let start = column(of: String(all[rows.count - 1]), inLine: number)
            else { return nil }
            return SourceLocation(line: number, column: start + last.unicodeScalars.count)
        }
    }

    /// Where a map's key stands for the second time, and how wide it is there.
    func repetition(
        of name: String, firstAt first: SourceLocation
    ) -> (location: SourceLocation, count: Int)? {
        guard let line = scalars(ofLine: first.line) else { return nil }
        let isBlock = line.prefix(first.column - 1).allSatisfy { " -?".unicodeScalars.contains($0) }
        return isBlock ? blockKey(name, after: first) : flowKey(name, after: first)
    }

    /// In later lines, at the same column, until the block ends.
    private func blockKey(
        _ name: String, after first: SourceLocation
    ) -> (location: SourceLocation, count: Int)? {
        guard first.line < lineCount else { return nil }
        for number in (first.line + 1)...lineCount {
            let place = SourceLocation(line: number, column: first.column)
            if let count = keyWidth(name, at: place) { return (place, count) }
            guard let line = scalars(ofLine: number),
                let indent = line.firstIndex(where: { $0 != " " })
            else { continue }
            if indent < first.column - 1, line[indent] != "#" { return nil }
        }
        return nil
    }

    /// Later in the line or in the lines below it.
    private func flowKey(
        _ name: String, after first: SourceLocation
    ) -> (location: SourceLocation, count: Int)? {
        for number in first.line...lineCount {
            let line = scalars(ofLine: number) ?? []
            let start = number == first.line ? first.column + 1 : 1
            guard start <= line.count else { continue }
            for column in start...line.count {
                let isStart = column == 1 || " ,{".unicodeScalars.contains(line[column - 2])
                let place = SourceLocation(line: number, column: column)
                if isStart, let count = keyWidth(name, at: place) { return (place, count) }
            }
        }
        return nil
    }

    /// The width of the key, quotes included, if it stands there with its colon.
    private func keyWidth(_ name: String, at place: SourceLocation) -> Int? {
        guard let line = scalars(ofLine: place.line), line.indices.contains(place.column - 1) else {
            return nil
        }
        let quote = line[place.column - 1]
        let isQuoted = quote == "'" || quote == "\""
        let written = isQuoted ? "\(quote)\(name)\(quote)" : name
        guard stands(written, at: place) else { return nil }
        let count = written.unicodeScalars.count
        let rest = line[(place.column - 1 + count)...]
        return rest.first { $0 != " " } == ":" ? count : nil
    }

    /// A private character that stands for the key of an entry which was reported already.
    static func blank(number: Int) -> Unicode.Scalar {
        Unicode.Scalar(UInt32(0xF800 + number % 0x80)) ?? "\u{F800}"
    }

    static func isBlank(_ text: String) -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy { (0xF800...0xF87F).contains($0.value) }
    }
}
