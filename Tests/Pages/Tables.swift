import Foundation

/// The tables of a page of the reference, for the suites that hold the pages against what is so.
package struct Tables {
    package let text: String
    /// Each by the names of its columns.
    package private(set) var rows: [[String: String]] = []
    /// Of each table whose first column is `member`, the names there.
    package private(set) var members: [[String]] = []

    package init(_ name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        text = try String(
            contentsOf: root.appending(path: "docs/reference/\(name)"), encoding: .utf8)
        var header: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                header = []
                continue
            }
            let cells = Self.cells(line)
            if header.isEmpty {
                header = cells
                if cells.first == "member" { members.append([]) }
            } else if !line.hasPrefix("|--") {
                take(cells, header)
            }
        }
    }

    private mutating func take(_ cells: [String], _ header: [String]) {
        rows.append(Dictionary(zip(header, cells).filter { !$0.0.isEmpty }) { first, _ in first })
        guard header.first == "member", let cell = cells.first else { return }
        members[members.count - 1] += cell.split(separator: "`").enumerated()
            .filter { $0.offset.isMultiple(of: 2) }.map { String($0.element) }
    }

    /// A bar in a cell is written with a backslash.
    private static func cells(_ line: Substring) -> [String] {
        line.replacing("\\|", with: "\u{1}").split(separator: "|", omittingEmptySubsequences: false)
            .dropFirst().dropLast()
            .map { $0.replacing("\u{1}", with: "|").trimmingCharacters(in: .whitespaces) }
    }
}
