@testable import Diagram

/// What can be said of a drawing without looking at it: how easy it is to follow, and what must never be.
struct Measures: Sendable, Hashable {
    let crossings: Int
    let bends: Int
    /// Of an arrow, in pixels.
    let meanLength: Int
    let width: Int
    let height: Int
    /// What makes a picture wrong, in words; empty.
    let faults: [String]
}

extension Drawing {
    var measures: Measures {
        let pieces = arrows.flatMap(\.segments)
        let lengths = pieces.reduce(0) { $0 + $1.length }
        return Measures(
            crossings: crossings(pieces),
            bends: arrows.reduce(0) { $0 + $1.lines.reduce(0) { $0 + max(0, $1.count - 2) } },
            meanLength: arrows.isEmpty ? 0 : lengths / arrows.count, width: width, height: height,
            faults: faults(pieces))
    }

    /// A straight piece of an arrow.
    struct Segment {
        let arrow: Int
        let from: Point
        let to: Point

        var isLevel: Bool { from.y == to.y }
        var left: Int { min(from.x, to.x) }
        var right: Int { max(from.x, to.x) }
        var top: Int { min(from.y, to.y) }
        var bottom: Int { max(from.y, to.y) }
        var length: Int { right - left + bottom - top }

        func meets(_ rect: Rect, margin: Int = 0) -> Bool {
            left < rect.right + margin && right > rect.x - margin && top < rect.bottom + margin
                && bottom > rect.y - margin
        }
    }

    private func crossings(_ pieces: [Segment]) -> Int {
        var count = 0
        for level in pieces where level.isLevel {
            for upright in pieces where !upright.isLevel && upright.arrow != level.arrow {
                if upright.from.x > level.left, upright.from.x < level.right,
                    level.from.y > upright.top, level.from.y < upright.bottom
                {
                    count += 1
                }
            }
        }
        return count
    }

    // What must never be

    private func faults(_ pieces: [Segment]) -> [String] {
        overlaps + strays(pieces) + doubles(pieces) + ends
    }

    private func name(_ state: Int) -> String { state == 0 ? "the chart" : chart.states[state].id }

    private func name(ofArrow arrow: Int) -> String {
        let found = arrows[arrow]
        guard let transition = found.transitions.first else { return "the start" }
        return "arrow \(chart.transitions[transition].index)"
    }

    /// Boxes and words that lie on each other, or outside of their compound.
    private var overlaps: [String] {
        var found: [String] = []
        let texts = arrows.enumerated().compactMap { index, arrow in
            arrow.words.map { (index, $0) }
        }
        let solid =
            boxes.map { ($0.state, $0.full) } + compounds.dropFirst().map { ($0.state, $0.rect) }
        for (position, (state, rect)) in solid.enumerated() {
            for (other, second) in solid[(position + 1)...]
            where rect.overlaps(second) && !chart.holds(state, other) && !chart.holds(other, state)
            {
                found.append("\(name(state)) lies on \(name(other))")
            }
            if let parent = chart.states[state].parent,
                let around = compounds.first(where: { $0.state == parent }),
                !around.rect.holds(rect)
            {
                found.append("\(name(state)) is not within \(name(parent))")
            }
            for (arrow, words) in texts {
                let isBorder = chart.states[state].children.isEmpty ? false : words.isWithin(rect)
                if words.overlaps(rect), !isBorder {
                    found.append("words of \(name(ofArrow: arrow)) lie on \(name(state))")
                }
            }
        }
        for compound in compounds {
            for box in boxes where compound.headerRect.overlaps(box.full) {
                found.append("\(name(box.state)) lies on the name of \(name(compound.state))")
            }
            for (arrow, words) in texts where words.overlaps(compound.headerRect) {
                found.append(
                    "words of \(name(ofArrow: arrow)) lie on the name of \(name(compound.state))")
            }
        }
        for (position, (arrow, words)) in texts.enumerated() {
            for (other, second) in texts[(position + 1)...] where words.overlaps(second) {
                found.append("words of \(name(ofArrow: arrow)) and \(name(ofArrow: other))")
            }
        }
        return found
    }

    /// Lines through what they have nothing to do with.
    private func strays(_ pieces: [Segment]) -> [String] {
        var found: [String] = []
        for piece in pieces {
            let who = name(ofArrow: piece.arrow)
            if piece.from.x != piece.to.x, piece.from.y != piece.to.y {
                found.append("\(who) is slanted")
            }
            for box in boxes where piece.meets(box.full) {
                found.append("\(who) passes through \(name(box.state))")
            }
            for (other, arrow) in arrows.enumerated() {
                if let words = arrow.words, piece.meets(words) {
                    found.append("\(who) passes through the words of \(name(ofArrow: other))")
                }
            }
            let (source, target) = (arrows[piece.arrow].source, arrows[piece.arrow].target)
            for compound in compounds {
                if piece.meets(compound.headerRect) {
                    found.append("\(who) passes through the name of \(name(compound.state))")
                }
                if piece.meets(compound.rect), compound.state > 0,
                    !chart.holds(compound.state, source), !chart.holds(compound.state, target)
                {
                    found.append("\(who) passes through \(name(compound.state))")
                }
            }
        }
        return found
    }

    /// Lines that run on each other.
    private func doubles(_ pieces: [Segment]) -> [String] {
        var found: [String] = []
        for (position, one) in pieces.enumerated() {
            for other in pieces[(position + 1)...]
            where other.arrow != one.arrow && other.isLevel == one.isLevel {
                let isNear =
                    one.isLevel
                    ? abs(one.from.y - other.from.y) < 4
                        && min(one.right, other.right) - max(one.left, other.left) > 0
                    : abs(one.from.x - other.from.x) < 4
                        && min(one.bottom, other.bottom) - max(one.top, other.top) > 0
                if isNear {
                    found.append(
                        "\(name(ofArrow: one.arrow)) runs on \(name(ofArrow: other.arrow))")
                }
            }
        }
        return found
    }

    /// Arrows that do not end at the borders that they mean.
    private var ends: [String] {
        arrows.indices.compactMap { index in
            guard let first = arrows[index].lines.first?.first,
                let last = arrows[index].lines.last?.last
            else { return "\(name(ofArrow: index)) has no line" }
            let (source, target) = (arrows[index].source, arrows[index].target)
            let rects = [source, target].map { state in
                (boxes + compounds).first { $0.state == state }?.rect
            }
            guard let from = rects[0], let to = rects[1] else { return "\(index) has no end" }
            let (begin, end) = arrows[index].isUp ? (last, first) : (first, last)
            let begins = arrows[index].isStart || from.hasOnBorder(begin)
            return begins && to.hasOnBorder(end) ? nil : "\(name(ofArrow: index)) ends nowhere"
        }
    }
}

extension Drawing.Arrow {
    var segments: [Drawing.Segment] {
        lines.flatMap { points in
            zip(points, points.dropFirst()).map {
                Drawing.Segment(arrow: index, from: $0, to: $1)
            }
        }
    }
}

extension Drawing.Box {
    /// With the loops at its side.
    fileprivate var full: Drawing.Rect {
        Drawing.Rect(
            x: rect.x, y: rect.y, width: rect.width + text.loopRoom, height: rect.height)
    }

    fileprivate var headerRect: Drawing.Rect {
        Drawing.Rect(
            x: rect.x + 16, y: rect.y + 6, width: text.headerWidth, height: text.headerHeight)
    }
}

extension Drawing.Rect {
    fileprivate func overlaps(_ other: Drawing.Rect) -> Bool {
        x < other.right && other.x < right && y < other.bottom && other.y < bottom
    }

    fileprivate func holds(_ other: Drawing.Rect) -> Bool {
        x <= other.x && other.right <= right && y <= other.y && other.bottom <= bottom
    }

    fileprivate func isWithin(_ other: Drawing.Rect) -> Bool { other.holds(self) }

    fileprivate func hasOnBorder(_ point: Drawing.Point) -> Bool {
        let isWithin = point.x >= x && point.x <= right && point.y >= y && point.y <= bottom
        return isWithin && (point.y == y || point.y == bottom)
    }
}
