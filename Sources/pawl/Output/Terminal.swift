import Foundation

/// Where output goes: data to stdout, talk to stderr.
enum Terminal {
    static func print(_ text: String) {
        FileHandle.standardOutput.write(Data(text.endingInNewline.utf8))
    }

    static func say(_ text: String) {
        guard !text.isEmpty else { return }
        FileHandle.standardError.write(Data(text.endingInNewline.utf8))
    }

    static var isColoured: Bool { isTerminal(STDOUT_FILENO) }
    static var errorsAreColoured: Bool { isTerminal(STDERR_FILENO) }

    /// Columns of the terminal; nil where there is none, and nothing is cut.
    static var width: Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
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
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

extension String {
    /// By bytes: to `hasSuffix`, a line end of CSV is one character and no newline.
    fileprivate var endingInNewline: String { utf8.last == 10 ? self : self + "\n" }
}
