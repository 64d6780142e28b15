import Foundation

/// On a terminal only; nothing elsewhere.
struct ProgressBar {
    private static let width = 40

    private let total: Int
    private let label: String
    private let isShown: Bool
    private var lastPercent = -1

    init(total: Int, label: String) {
        self.total = max(total, 1)
        self.label = label
        isShown = isatty(STDERR_FILENO) == 1
    }

    mutating func show(_ done: Int) {
        let percent = done * 100 / total
        guard isShown, percent != lastPercent else { return }
        lastPercent = percent
        let filled = percent * Self.width / 100
        let bar =
            String(repeating: "█", count: filled)
            + String(repeating: "░", count: Self.width - filled)
        write("\r\(label) \(bar) \(percent) % \(done)/\(total)")
    }

    func finish() {
        if isShown { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
