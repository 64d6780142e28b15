import Foundation

/// A terminal's second screen, painted over in place. However the program ends, the first one is there again and the
/// cursor is seen.
enum Screen {
    private static let entering = "\u{1B}[?1049h\u{1B}[?25l"
    private static let leaving: StaticString = "\u{1B}[?25h\u{1B}[?1049l"
    private static let ends = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    static func enter() {
        _ = leaving.utf8CodeUnitCount
        for end in ends {
            signal(end) { number in
                // Only what a signal's handler may do: the screen is given back, then the signal does what it does.
                Screen.writeLeaving()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        write(entering)
    }

    static func leave() {
        writeLeaving()
        for end in ends { signal(end, SIG_DFL) }
    }

    private static func writeLeaving() {
        _ = Foundation.write(STDOUT_FILENO, leaving.utf8Start, leaving.utf8CodeUnitCount)
    }

    /// - Parameters:
    ///   - text: with our own colours, and nothing else that a terminal obeys.
    ///   - note: stands in the last row.
    static func paint(_ text: String, note: String, size: Terminal.Size) {
        write("\u{1B}[H" + picture(text, note: note, size: size) + "\u{1B}[J")
    }

    /// Rows that fill no more than the screen: a long line goes on in the next row, what is too much is counted.
    static func picture(_ text: String, note: String, size: Terminal.Size) -> String {
        var rows = text.split(separator: "\n", omittingEmptySubsequences: false)
            .flatMap { Self.rows(of: String($0), width: size.columns) }
        while rows.last == "" { rows.removeLast() }
        let room = max(size.rows - 2, 1)
        if rows.count > room {
            let more = rows.count - room + 1
            rows =
                Array(rows.prefix(room - 1)) + ["… \(more) more lines; a taller window shows them"]
        }
        let end = "\u{1B}[K\n"
        return rows.map { $0 + end }.joined() + end + note.cut(to: size.columns) + "\u{1B}[K"
    }

    /// A colour takes no room.
    private static func rows(of line: String, width: Int) -> [String] {
        var rows: [String] = []
        var row = ""
        var count = 0
        var isColour = false
        for character in line {
            if character == Style.escape { isColour = true }
            if !isColour {
                if count == width {
                    rows.append(row)
                    (row, count) = ("", 0)
                }
                count += 1
            }
            row.append(character)
            if isColour, character == "m" { isColour = false }
        }
        return rows + [row]
    }

    private static func write(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}
