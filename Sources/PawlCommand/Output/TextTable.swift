/// Columns aligned by spaces; the last one is cut to the terminal's width.
struct TextTable {
    let header: [String]
    var rows: [[String]] = []
    /// The column that gives way when the terminal is narrow.
    var elastic: Int?
    /// Paints a cell that is padded already.
    var paint: (_ column: Int, _ text: String, _ padded: String) -> String = { _, _, padded in
        padded
    }

    func text(width: Int?, style: Style) -> String {
        let widths = columnWidths(fitting: width)
        let head = line(header, widths).trimmedAtEnd
        let body = rows.map { row -> String in
            var cells: [String] = []
            for (column, cell) in row.enumerated() where widths.indices.contains(column) {
                let text = cell.cut(to: widths[column])
                cells.append(paint(column, text, text.padded(to: widths[column])))
            }
            return cells.joined(separator: "  ").trimmedAtEnd
        }
        return ([style.faint(head)] + body).map { $0 + "\n" }.joined()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        zip(cells, widths).map { $0.cut(to: $1).padded(to: $1) }.joined(separator: "  ")
    }

    private func columnWidths(fitting width: Int?) -> [Int] {
        var widths = header.map(\.count)
        for row in rows {
            for (column, cell) in row.enumerated() where widths.indices.contains(column) {
                widths[column] = max(widths[column], cell.count)
            }
        }
        let total = widths.reduce(0, +) + 2 * max(widths.count - 1, 0)
        if let width, let elastic, widths.indices.contains(elastic), total > width {
            widths[elastic] = max(12, widths[elastic] - (total - width))
        }
        return widths
    }
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    /// An ellipsis says that something is missing.
    func cut(to width: Int) -> String {
        count <= width ? self : String(prefix(max(width - 1, 0))) + "…"
    }

    var trimmedAtEnd: String {
        var text = Substring(self)
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
