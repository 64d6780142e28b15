import Access
import Foundation

/// Where output goes: data to stdout, talk to stderr. What comes from outside is made printable where it is put into a
/// text; here is the net below: nothing that a terminal obeys gets through, but our own colours.
enum Terminal {
    static func print(_ text: String) {
        printExactly(shown(text, isColoured: isColoured))
    }

    /// For programs.
    static func printExactly(_ text: String) {
        FileHandle.standardOutput.write(Data(text.endingInNewline.utf8))
    }

    static func say(_ text: String) {
        guard !text.isEmpty else { return }
        let shown = shown(text, isColoured: errorsAreColoured)
        FileHandle.standardError.write(Data(shown.endingInNewline.utf8))
    }

    /// A question; the answer is typed behind it.
    static func ask(_ text: String) {
        FileHandle.standardError.write(
            Data(shown(text, isColoured: errorsAreColoured).utf8))
    }

    static func shown(_ text: String, isColoured: Bool) -> String {
        guard isColoured else { return text.printableLines }
        let parts = text.split(separator: Style.escape, omittingEmptySubsequences: false)
        return parts.enumerated().map { index, part in
            let begin = index == 0 ? "" : Style.begins(part) ? "\(Style.escape)" : "\\u001b"
            return begin + String(part).printableLines
        }.joined()
    }

    /// Somebody sees a question and can answer it.
    static var isAsked: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }
    static var isShown: Bool { isatty(STDOUT_FILENO) == 1 }
    static var isColoured: Bool { isTerminal(STDOUT_FILENO) }
    static var errorsAreColoured: Bool { isTerminal(STDERR_FILENO) }

    struct Size: Hashable {
        let columns: Int
        let rows: Int
    }

    /// Columns of the terminal; nil where there is none, and nothing is cut.
    static var width: Int? { shownSize.map(\.columns) }

    /// Of the terminal, or as terminals usually are.
    static var size: Size { shownSize ?? Size(columns: 80, rows: 24) }

    private static var shownSize: Size? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Size(columns: Int(size.ws_col), rows: size.ws_row > 0 ? Int(size.ws_row) : 24)
    }

    private static func isTerminal(_ descriptor: Int32) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(descriptor) == 1 && (environment["NO_COLOR"] ?? "").isEmpty
            && environment["TERM"] != "dumb"
    }
}

/// Colours, or none.
struct Style: Sendable, Hashable {
    var isColoured: Bool

    static let plain = Style(isColoured: false)
    static var standard: Style { Style(isColoured: Terminal.isColoured) }

    func bold(_ text: String) -> String { paint(text, "1") }
    func faint(_ text: String) -> String { paint(text, "2") }
    func red(_ text: String) -> String { paint(text, "31") }

    /// `ok` and `waiting` need nobody, `blocked` needs a person.
    func health(_ text: String, padded: String) -> String {
        switch text {
        case "ok": paint(padded, "32")
        case "overdue", "failing": paint(padded, "33")
        case "blocked": paint(padded, "1;31")
        default: padded
        }
    }

    private func paint(_ text: String, _ code: String) -> String {
        isColoured ? "\(Self.escape)[\(code)m\(text)\(Self.escape)[0m" : text
    }

    static let escape: Character = "\u{1B}"

    /// Whether what follows an escape is one of these colours.
    static func begins(_ text: Substring) -> Bool {
        ["[0m", "[1m", "[2m", "[31m", "[32m", "[33m", "[1;31m"].contains { text.hasPrefix($0) }
    }
}

extension String {
    /// By bytes: to `hasSuffix`, a line end of CSV is one character and no newline.
    fileprivate var endingInNewline: String { utf8.last == 10 ? self : self + "\n" }
}
