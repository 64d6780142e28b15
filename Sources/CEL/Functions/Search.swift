/// Finds a pattern in time linear in pattern and text (Knuth, Morris, Pratt 1977), so that no text
/// from outside can make a search quadratic.
struct Search<Element: Equatable> {
    private let pattern: [Element]
    /// For each length of a match the length of its longest proper border.
    private var borders: [Int] = [0]

    init(_ pattern: [Element]) {
        self.pattern = pattern
        var border = 0
        for position in pattern.indices.dropFirst() {
            while border > 0, pattern[position] != pattern[border] { border = borders[border - 1] }
            if pattern[position] == pattern[border] { border += 1 }
            borders.append(border)
        }
    }

    /// Where the pattern first begins at or after `start`.
    func first(in text: [Element], from start: Int = 0) -> Int? {
        guard !pattern.isEmpty else { return start }
        var matched = 0
        for position in start..<max(start, text.count) {
            while matched > 0, text[position] != pattern[matched] { matched = borders[matched - 1] }
            if text[position] == pattern[matched] { matched += 1 }
            if matched == pattern.count { return position + 1 - matched }
        }
        return nil
    }
}
