/// Rooms and distances of the picture, in pixels.
enum Sizes {
    static let nameLine = 19
    static let smallLine = 15
    static let triggerLine = 15
    static let labelLine = 14
    static let longestName = 280
    static let longestLine = 240
    static let longestLabel = 190
    static let labelGap = 6
    static let loopWidth = 18
    static let loopHeight = 14
    /// From the box to the words of a loop.
    static let loopReach = 22
    static let historyHeight = 26
    static let startRadius = 6
    static let dotRadius = 5
    /// From a box to the middle of the dot that says that it is entered first.
    static let dotReach = 20
    /// All that such a dot takes.
    static let dotRoom = 26
}

/// The lines of a text in a box or at an arrow.
struct TextLine: Sendable, Hashable {
    let text: String
    let style: Glyphs.Style

    var width: Int { Glyphs.width(text, style) }
}

/// The words at an arrow: a part for each transition that it stands for.
struct Label: Sendable, Hashable {
    struct Part: Sendable, Hashable {
        /// A position in `Chart.transitions`; nil: the start.
        let transition: Int?
        let lines: [TextLine]
        /// Room for a line below that changes while the picture stays, like a count.
        let reserved: Bool

        var height: Int {
            lines.reduce(0) { $0 + ($1.style == .trigger ? Sizes.triggerLine : Sizes.labelLine) }
                + (reserved ? Sizes.labelLine : 0)
        }
    }

    let parts: [Part]
    let width: Int
    let height: Int

    init(_ parts: [Part], reserving room: Int) {
        self.parts = parts.filter { !$0.lines.isEmpty || $0.reserved }
        let texts = self.parts.flatMap(\.lines).map(\.width)
        let widest = max(texts.max() ?? 0, self.parts.contains { $0.reserved } ? room : 0)
        width = widest == 0 ? 0 : widest + 8
        height =
            self.parts.isEmpty
            ? 0
            : self.parts.reduce(4) { $0 + $1.height } + Sizes.labelGap * (self.parts.count - 1)
    }

    /// The words of one transition: the trigger, then the guard, then the actions.
    static func lines(_ words: Chart.Words) -> [TextLine] {
        func small(_ text: String) -> [TextLine] {
            Glyphs.lines(
                text, within: Sizes.longestLabel, atMost: 2, breakingBehind: " ", .small
            ).map { TextLine(text: $0, style: .small) }
        }
        var lines: [TextLine] = []
        if !words.trigger.isEmpty {
            let mark: Character = words.trigger.contains(" ") ? " " : "."
            lines += Glyphs.lines(
                words.trigger, within: Sizes.longestLabel, atMost: 2, breakingBehind: mark, .trigger
            ).map { TextLine(text: $0, style: .trigger) }
        }
        if let condition = words.condition { lines += small("[\(condition)]") }
        if !words.actions.isEmpty {
            lines += small("/ " + words.actions.joined(separator: ", "))
        }
        return lines
    }
}

/// The text of a state's box, and its room.
struct BoxText: Sendable, Hashable {
    let name: String
    let lines: [String]
    /// For a line that changes while the picture stays; 0: none.
    let room: Int
    /// Of a transition to itself.
    let loops: [Label]
    let width: Int
    let height: Int
    let isHistory: Bool

    /// - Parameters:
    ///   - ends: the most ends of arrows on one of its sides.
    ///   - room: for a line that changes while the picture stays; 0: none.
    init(
        _ state: Chart.State, named title: String, loops: [Label], ends: Int, reserving room: Int
    ) {
        self.loops = loops
        if case .history(let deep) = state.kind {
            name = deep ? "H*" : "H"
            lines = []
            self.room = 0
            isHistory = true
            width = 26 + 16 * max(0, ends - 1)
            height = Sizes.historyHeight
            return
        }
        isHistory = false
        name = Glyphs.cut(title, to: Sizes.longestName, .name)
        lines = state.lines.map { Glyphs.cut($0, to: Sizes.longestLine, .small) }
        self.room = room
        let texts = lines.map { Glyphs.width($0, .small) } + [Glyphs.width(name, .name), room]
        width = max(64, 16 * (ends + 1), (texts.max() ?? 0) + 24)
        let own = 14 + Sizes.nameLine + Sizes.smallLine * (lines.count + (room > 0 ? 1 : 0))
        let beside = loops.reduce(0) { $0 + max(24, $1.height) } + 8 * (loops.count + 1)
        height = loops.isEmpty ? own : max(own, beside)
    }

    /// Of a compound's name and lines at its upper border.
    var headerWidth: Int {
        max(Glyphs.width(name, .name), lines.map { Glyphs.width($0, .small) }.max() ?? 0, room)
    }

    var headerHeight: Int {
        Sizes.nameLine + Sizes.smallLine * (lines.count + (room > 0 ? 1 : 0))
    }

    /// What the loops take right of the box.
    var loopRoom: Int {
        loops.isEmpty ? 0 : Sizes.loopReach + (loops.map(\.width).max() ?? 0)
    }
}
