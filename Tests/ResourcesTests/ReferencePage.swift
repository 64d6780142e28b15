import Foundation
import Testing

/// A page of the reference, parts of which are made from code: what stands between `<!-- made: NAME -->` and
/// `<!-- end -->`.
struct ReferencePage {
    let name: String
    private let text: String
    private let file: URL

    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    init(_ name: String) throws {
        self.name = name
        file = Self.root.appending(path: "docs/reference/\(name)")
        text = try String(contentsOf: file, encoding: .utf8)
    }

    /// `REWRITE=1` writes what came out; read the difference before it is committed.
    func expect(_ parts: [(name: String, text: String)]) throws {
        var made = text
        for part in parts {
            let begin = "<!-- made: \(part.name) -->\n"
            let start = try #require(made.range(of: begin), "\(name) lacks \(begin)").upperBound
            let rest = start..<made.endIndex
            let end = try #require(made.range(of: "<!-- end -->", range: rest)).lowerBound
            made.replaceSubrange(start..<end, with: part.text)
        }
        if ProcessInfo.processInfo.environment["REWRITE"] == "1" {
            try made.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(made == text, "\(name) is made from code; REWRITE=1 rewrites it")
        }
    }

    /// The names in the first column of the tables, `in backticks`.
    func firstColumn(after start: String = "", before end: String? = nil) -> [String] {
        let from = text.firstRange(of: start)?.upperBound ?? text.startIndex
        let to = end.flatMap { text.firstRange(of: $0)?.lowerBound } ?? text.endIndex
        return text[from..<to].split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap {
            row in
            row.dropFirst(2).prefix { $0 != "|" }.split(separator: "`").enumerated()
                .filter { $0.offset.isMultiple(of: 2) }.map { String($0.element) }
        }
    }

    static func table(_ header: [String], _ rows: [[String]]) -> String {
        let line = { (cells: [String]) in
            "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
        }
        return line(header) + "|" + header.map { _ in "---|" }.joined() + "\n"
            + rows.map(line).joined()
    }
}
