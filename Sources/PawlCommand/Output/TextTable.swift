/// Columns aligned by spaces. Where the terminal is narrow, one column is given its room before all others: what the
/// table is read for.
struct TextTable {
    /// What gives way, so that the column that matters has room.
    enum Yield {
        case drop(Int)
        case shrink(Int, to: Int)
    }

    var header: [String]
    var rows: [[String]] = []
    /// Columns that end at their right, like numbers.
    var right: Set<Int> = []
    /// The column that the table is read for: it takes what the others leave, half of the terminal if it can.
    var elastic: Int?
    /// What gives way for it, one after the other, as long as it lacks room.
    var yields: [Yield] = []
    /// Paints a cell that is padded already.
    var paint: (_ column: Int, _ text: String, _ padded: String) -> String = { _, _, padded in
        padded
    }

    private static let least = 12

    /// - Parameter width: nil: nothing is cut and nothing left out.
    func text(width: Int?, style: Style) -> String {
        let widths = columnWidths(fitting: width)
        let head = line(header, widths) { _, _, padded in padded }
        return ([style.faint(head)] + rows.map { line($0, widths, paint) }).map { $0 + "\n" }
            .joined()
    }

    private func line(
        _ cells: [String], _ widths: [Int?], _ paint: (Int, String, String) -> String
    ) -> String {
        var shown: [String] = []
        for (column, cell) in cells.enumerated() where widths.indices.contains(column) {
            guard let width = widths[column] else { continue }
            let text = cell.cut(to: width)
            let padded =
                right.contains(column) ? text.paddedLeft(to: width) : text.padded(to: width)
            shown.append(paint(column, text, padded))
        }
        return shown.joined(separator: "  ").trimmedAtEnd
    }

    private var naturalWidths: [Int] {
        var widths = header.map(\.count)
        for row in rows {
            for (column, cell) in row.enumerated() where widths.indices.contains(column) {
                widths[column] = max(widths[column], cell.count)
            }
        }
        return widths
    }

    /// - Returns: nil for a column that is left out.
    private func columnWidths(fitting width: Int?) -> [Int?] {
        let natural = naturalWidths
        guard let width, let elastic, natural.indices.contains(elastic),
            Self.total(natural) > width
        else { return natural }
        var widths: [Int?] = natural
        let wish = min(natural[elastic], max(Self.least, width / 2))
        var room: Int {
            var others = widths
            others[elastic] = 0
            return width - Self.total(others.compactMap(\.self))
        }
        var shrunk: [Int] = []
        for yield in yields where room < wish {
            switch yield {
            case .drop(let column): widths[column] = nil
            case .shrink(let column, let least):
                guard let now = widths[column], now > least else { continue }
                widths[column] = max(least, now - (wish - room))
                shrunk.append(column)
            }
        }
        // What was left out may have made more room than was needed.
        for column in shrunk.reversed() {
            guard let now = widths[column], room > wish else { continue }
            widths[column] = min(natural[column], now + room - wish)
        }
        widths[elastic] = min(natural[elastic], max(Self.least, room))
        return widths
    }

    private static func total(_ widths: [Int]) -> Int {
        widths.reduce(0, +) + 2 * max(widths.count - 1, 0)
    }
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    func paddedLeft(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }

    /// An ellipsis says that something is missing.
    func cut(to width: Int) -> String {
        count <= width ? self : String(prefix(max(width - 1, 0))) + "…"
    }

    /// Lines that end between words, all but the first indented.
    func broken(at width: Int?, indent: Int) -> [String] {
        guard let width, width > indent + 20, count > width else { return [self] }
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = String(prefix { $0 == " " })
        let begin = line.count
        var isEmpty = true
        for word in dropFirst(begin).split(separator: " ", omittingEmptySubsequences: false) {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = margin
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }

    var trimmedAtEnd: String {
        var text = Substring(self)
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
