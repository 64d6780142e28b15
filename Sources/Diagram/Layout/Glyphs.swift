/// How wide a text is, without the font that will paint it: for each character the widest of Arial, Roboto, Noto
/// Sans, Inter and Open Sans. What a page paints with one of them is at most a pixel wider than its room.
enum Glyphs {
    /// The fonts that these widths hold for, as a style sheet names them.
    static let fonts =
        #""Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", "Liberation Sans", sans-serif"#

    /// How a text is set.
    enum Style: Sendable, Hashable {
        case name
        case trigger
        case small

        var size: Int {
            switch self {
            case .name: 14
            case .trigger: 12
            case .small: 11
            }
        }

        var isBold: Bool { self != .small }
    }

    /// In pixels, rounded up.
    static func width(_ text: String, _ style: Style) -> Int {
        let units = text.unicodeScalars.reduce(0) { $0 + advance($1) }
        let scaled = units * style.size * (style.isBold ? 108 : 100)
        return (scaled + 99_999) / 100_000
    }

    /// The text, or as much of it as leaves room for `…`.
    static func cut(_ text: String, to room: Int, _ style: Style) -> String {
        guard width(text, style) > room else { return text }
        let characters = Array(text)
        var kept = characters.count
        while kept > 0 {
            kept -= 1
            let shorter = String(characters[..<kept]).trimmedAtEnd + "…"
            if width(shorter, style) <= room { return shorter }
        }
        return "…"
    }

    /// At most so many lines, broken behind spaces or dots; what is left of it is cut.
    static func lines(
        _ text: String, within room: Int, atMost limit: Int, breakingBehind mark: Character,
        _ style: Style
    ) -> [String] {
        var lines: [String] = []
        var rest = text[...]
        while lines.count < limit - 1, width(String(rest), style) > room {
            var end: String.Index?
            var index = rest.startIndex
            while index < rest.endIndex {
                let after = rest.index(after: index)
                if rest[index] == mark, after < rest.endIndex {
                    guard width(String(rest[..<after]).trimmedAtEnd, style) <= room else { break }
                    end = after
                }
                index = after
            }
            guard let end else { break }
            lines.append(String(rest[..<end]).trimmedAtEnd)
            rest = rest[end...]
        }
        return lines + [cut(String(rest), to: room, style)]
    }

    /// In thousandths of the font's size.
    private static func advance(_ scalar: Unicode.Scalar) -> Int {
        let value = Int(scalar.value)
        if value >= 0x20, value < 0x20 + latin.count { return latin[value - 0x20] }
        switch value {
        case 0x2026, 0x2192: return 1000
        case 0xB7: return 278
        case 0xD7: return 659
        case 0x21BB: return 955
        default: return value < 0x2E80 ? 640 : 1000
        }
    }

    private static let latin = [
        281, 278, 408, 646, 638, 889, 732, 225, 362, 362, 552, 659, 280, 460, 278, 413,
        625, 572, 605, 636, 642, 608, 624, 572, 616, 624, 278, 280, 659, 659, 659, 556,
        1015, 676, 667, 727, 730, 667, 611, 778, 741, 339, 552, 667, 562, 907, 760, 781,
        667, 781, 722, 667, 642, 741, 676, 949, 667, 667, 625, 362, 411, 362, 572, 556,
        577, 564, 621, 558, 621, 582, 361, 615, 618, 258, 258, 544, 258, 935, 618, 605,
        615, 615, 413, 523, 364, 618, 557, 812, 540, 557, 541, 380, 551, 380, 680,
    ]
}

extension String {
    fileprivate var trimmedAtEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
