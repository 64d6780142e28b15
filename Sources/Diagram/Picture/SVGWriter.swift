extension Drawing {
    /// How a picture is dressed.
    package enum Dress: Sendable, Hashable {
        /// A file of its own: with its colours, light and dark.
        case standalone
        /// Part of a page, whose style sheet colours it by the classes; nothing of it is refused by a strict
        /// Content-Security-Policy.
        case embedded
    }

    /// - Parameter name: tells the ids of several pictures on one page apart.
    package func svg(
        _ dress: Dress = .standalone, overlay: Overlay = Overlay(), name: String = ""
    ) -> String {
        var writer = SVGWriter(drawing: self, overlay: overlay, prefix: name)
        writer.write(dress)
        return writer.text
    }
}

/// Writes the picture: compounds outermost first, then arrows, then states in document order.
private struct SVGWriter {
    let drawing: Drawing
    let overlay: Overlay
    let prefix: String
    private(set) var text = ""
    private var chart: Chart { drawing.chart }

    init(drawing: Drawing, overlay: Overlay, prefix: String) {
        self.drawing = drawing
        self.overlay = overlay
        self.prefix = prefix
    }

    private mutating func line(_ line: String) { text += line + "\n" }

    mutating func write(_ dress: Drawing.Dress) {
        let (width, height) = (drawing.width, drawing.height)
        let title = prefix + "diagram-title"
        line(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"state-chart\" width=\"\(width)\" height=\"\(height)\" "
                + "viewBox=\"0 0 \(width) \(height)\" role=\"group\" aria-labelledby=\"\(title.escaped)\">"
        )
        line("<title id=\"\(title.escaped)\">\(chart.title.escaped)</title>")
        if dress == .standalone {
            line("<style>\(SVGStyle.standalone)</style>")
            line("<rect class=\"page\" width=\"\(width)\" height=\"\(height)\"/>")
        }
        for (position, box) in drawing.compounds.enumerated() {
            if position == 0 { header(box) } else { compound(box) }
        }
        for arrow in drawing.arrows { self.arrow(arrow) }
        starts()
        for box in drawing.boxes { state(box) }
        line("</svg>")
    }

    // Boxes

    private mutating func compound(_ box: Drawing.Box) {
        let kind = chart.states[box.state].kind == .region ? "compound region" : "compound"
        let dash = kind == "compound" ? "" : " stroke-dasharray=\"5 4\""
        open(box.state, kind)
        line("<rect \(box.rect.attributes) rx=\"10\"\(dash)/>")
        header(box)
        close(box.state)
    }

    /// The name of a compound, or of the whole chart, and its lines.
    private mutating func header(_ box: Drawing.Box) {
        let x = box.rect.x + 16
        var y = box.rect.y + 6 + 15
        write(box.text.name, x, y, .name, anchor: "start")
        y += 1
        for text in box.text.lines {
            y += Sizes.smallLine
            write(text, x, y, .small, anchor: "start")
        }
        let note = overlay.state(box.state).text
        if box.text.room > 0, !note.isEmpty {
            write(note, x, y + Sizes.smallLine, .small, anchor: "start", kind: "t-note")
        }
    }

    private mutating func state(_ box: Drawing.Box) {
        let rect = box.rect
        var kind = "state"
        var radius = 7
        switch chart.states[box.state].kind {
        case .final(let outcome):
            kind = "final \(outcome?.rawValue ?? "within")"
            radius = rect.height / 2
        case .history:
            kind = "history"
            radius = rect.height / 2
        case .atomic, .compound, .parallel, .region: break
        }
        open(box.state, kind)
        line("<rect \(rect.attributes) rx=\"\(radius)\"/>")
        if case .final = chart.states[box.state].kind {
            let inner = Drawing.Rect(
                x: rect.x + 3, y: rect.y + 3, width: rect.width - 6, height: rect.height - 6)
            line("<rect class=\"inner\" \(inner.attributes) rx=\"\(max(1, radius - 3))\"/>")
        }
        let middle = rect.x + rect.width / 2
        let note = overlay.state(box.state).text
        let count = box.text.lines.count + (box.text.room > 0 ? 1 : 0)
        let block = Sizes.nameLine + Sizes.smallLine * count
        var y = rect.y + (rect.height - block) / 2 + 14
        write(box.text.name, middle, y, .name)
        y += 2
        for text in box.text.lines {
            y += Sizes.smallLine
            write(text, middle, y, .small)
        }
        if box.text.room > 0, !note.isEmpty {
            write(note, middle, y + Sizes.smallLine, .small, kind: "t-note")
        }
        loops(box)
        close(box.state)
    }

    /// A link where there is somewhere to go, else a group; with the state's name for who cannot see it.
    private mutating func open(_ state: Int, _ kind: String) {
        let note = overlay.state(state)
        let classes = [kind, note.mark.map(classes), note.change?.rawValue].compactMap(\.self)
            .joined(separator: " ")
        let words = [
            name(of: state), note.mark?.words, note.change?.rawValue, note.detail, note.text,
        ].compactMap { $0.flatMap { $0.isEmpty ? nil : $0 } }.joined(separator: ", ")
        let current = note.mark?.isCurrent == true ? " aria-current=\"true\"" : ""
        let id = "id=\"\("\(prefix)s-\(chart.states[state].id)".escaped)\""
        if note.href.isEmpty {
            line(
                "<g \(id) class=\"\(classes)\" role=\"img\" aria-label=\"\(words.escaped)\"\(current)>"
            )
        } else {
            line(
                "<a \(id) class=\"\(classes)\" href=\"\(note.href.escaped)\" aria-label=\"\(words.escaped)\"\(current)>"
            )
        }
    }

    private mutating func close(_ state: Int) {
        line(overlay.state(state).href.isEmpty ? "</g>" : "</a>")
    }

    private func name(of state: Int) -> String {
        switch chart.states[state].kind {
        case .history: "\(chart.states[state].name), history"
        case .final(let outcome): "\(chart.states[state].name), \(outcome?.rawValue ?? "final")"
        case .atomic, .compound, .parallel, .region: chart.states[state].name
        }
    }

    private func classes(_ mark: Overlay.Mark) -> String {
        switch mark {
        case .visited, .current: mark.rawValue
        case .overdue, .blocked: "current \(mark.rawValue)"
        }
    }

    // Arrows

    private mutating func arrow(_ arrow: Drawing.Arrow) {
        let notes = arrow.transitions.map(overlay.transition)
        let isTaken =
            arrow.isStart ? overlay.isStarted && arrow.source == 0 : notes.contains { $0.taken > 0 }
        line("<g class=\"edge\(classes(of: arrow.transitions, isTaken))\" aria-hidden=\"true\">")
        for (position, points) in arrow.lines.enumerated() {
            var points = points
            // The line ends within its head.
            if arrow.isUp, position == 0, points.count > 1 { points[0].y += 6 }
            if !arrow.isUp, position == arrow.lines.count - 1, points.count > 1 {
                points[points.count - 1].y -= 6
            }
            line("<path d=\"\(points.path)\" fill=\"none\"/>")
        }
        let end = arrow.isUp ? 8 : -8
        line(
            "<path class=\"tip\" d=\"M\(arrow.tip.x - 4) \(arrow.tip.y + end)h8l-4 \(-end)z\"/>")
        if let words = arrow.words { label(arrow.label, words, isStart: arrow.isStart) }
        line("</g>")
    }

    /// An arrow stands for several transitions: it is as wide as the widest, and changed as soon as they do not all agree.
    private func classes(of transitions: [Int], _ isTaken: Bool) -> String {
        let notes = transitions.map(overlay.transition)
        var classes = isTaken ? " taken" : ""
        let weight = notes.map(\.weight).max() ?? 1
        if weight > 1 { classes += " w\(min(3, weight))" }
        if let first = notes.first?.change ?? notes.lazy.compactMap(\.change).first {
            let isOne = notes.allSatisfy { $0.change == first }
            classes += " \(isOne ? first.rawValue : Overlay.Change.changed.rawValue)"
        }
        return classes
    }

    private mutating func label(
        _ label: Label, _ rect: Drawing.Rect, isStart: Bool, anchor: String = "middle"
    ) {
        let x = anchor == "middle" ? rect.x + rect.width / 2 : rect.x + 4
        var y = rect.y + 2
        for part in label.parts {
            let note = part.transition.map(overlay.transition) ?? Overlay.TransitionNote()
            let isTaken = isStart ? overlay.isStarted : note.taken > 0
            let id = part.transition.map {
                " id=\"\("\(prefix)t-\(chart.transitions[$0].index)".escaped)\""
            }
            let change = note.change.map { " \($0.rawValue)" } ?? ""
            line("<g class=\"label\(isTaken ? " taken" : "")\(change)\"\(id ?? "")>")
            if let position = part.transition {
                let times = note.taken > 1 ? ", taken \(note.taken) times" : ""
                line("<title>\((chart.transitions[position].words.line + times).escaped)</title>")
            }
            for text in part.lines {
                let height = text.style == .trigger ? Sizes.triggerLine : Sizes.labelLine
                write(text.text, x, y + height - 4, text.style, anchor: anchor)
                y += height
            }
            if part.reserved {
                if !note.text.isEmpty {
                    write(
                        note.text, x, y + Sizes.labelLine - 4, .small, anchor: anchor,
                        kind: "t-note")
                }
                y += Sizes.labelLine
            }
            line("</g>")
            y += Sizes.labelGap
        }
    }

    /// At the right side of a box, each with its words beside it.
    private mutating func loops(_ box: Drawing.Box) {
        var y = box.rect.y + 8
        let x = box.rect.right
        for loop in box.text.loops {
            let height = max(24, loop.height)
            let middle = y + height / 2
            let (above, below) = (middle - Sizes.loopHeight / 2, middle + Sizes.loopHeight / 2)
            let isTaken = loop.parts.contains {
                $0.transition.map { overlay.transition($0).taken > 0 } ?? false
            }
            let classes = classes(of: loop.parts.compactMap(\.transition), isTaken)
            line("<g class=\"edge loop\(classes)\" aria-hidden=\"true\">")
            let far = x + Sizes.loopWidth
            let points = [
                Drawing.Point(x, above), Drawing.Point(far, above), Drawing.Point(far, below),
                Drawing.Point(x + 6, below),
            ]
            line("<path d=\"\(points.path)\" fill=\"none\"/>")
            line("<path class=\"tip\" d=\"M\(x + 8) \(below - 4)v8l-8 -4z\"/>")
            label(
                loop,
                Drawing.Rect(
                    x: x + Sizes.loopReach, y: middle - loop.height / 2, width: loop.width,
                    height: loop.height), isStart: false, anchor: "start")
            line("</g>")
            y += height + 8
        }
    }

    private mutating func starts() {
        let taken = overlay.isStarted ? " taken" : ""
        for start in drawing.starts {
            let radius = start.compound == 0 ? Sizes.startRadius : Sizes.dotRadius
            line(
                "<circle class=\"start\(taken)\" cx=\"\(start.centre.x)\" cy=\"\(start.centre.y)\" r=\"\(radius)\"/>"
            )
        }
        for dot in drawing.dots {
            line("<g class=\"edge initial\" aria-hidden=\"true\">")
            line(
                "<circle class=\"start\" cx=\"\(dot.centre.x)\" cy=\"\(dot.centre.y)\" r=\"\(Sizes.dotRadius)\"/>"
            )
            line(
                "<path d=\"M\(dot.centre.x + 5) \(dot.centre.y)H\(dot.end.x - 6)\" fill=\"none\"/>")
            line("<path class=\"tip\" d=\"M\(dot.end.x - 8) \(dot.end.y - 4)v8l8 -4z\"/>")
            line("</g>")
        }
    }

    private mutating func write(
        _ words: String, _ x: Int, _ y: Int, _ style: Glyphs.Style, anchor: String = "middle",
        kind: String? = nil
    ) {
        let weight = style.isBold ? " font-weight=\"bold\"" : ""
        let name =
            switch style {
            case .name: "t-name"
            case .trigger: "t-trigger"
            case .small: kind ?? "t-small"
            }
        line(
            "<text class=\"\(name)\" x=\"\(x)\" y=\"\(y)\" font-size=\"\(style.size)\"\(weight) "
                + "text-anchor=\"\(anchor)\">\(words.escaped)</text>")
    }
}

extension Drawing.Rect {
    fileprivate var attributes: String {
        "x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\""
    }
}

extension [Drawing.Point] {
    /// Right-angled, with round corners.
    fileprivate var path: String {
        guard let first else { return "" }
        var path = "M\(first.x) \(first.y)"
        for position in indices.dropFirst() {
            let (from, corner) = (self[position - 1], self[position])
            guard position + 1 < count else {
                path += "L\(corner.x) \(corner.y)"
                continue
            }
            let to = self[position + 1]
            func length(_ one: Drawing.Point, _ other: Drawing.Point) -> Int {
                abs(one.x - other.x) + abs(one.y - other.y)
            }
            let radius = Swift.min(6, length(from, corner) / 2, length(corner, to) / 2)
            func toward(_ point: Drawing.Point) -> String {
                let x = corner.x + (point.x - corner.x).signum() * radius
                let y = corner.y + (point.y - corner.y).signum() * radius
                return "\(x) \(y)"
            }
            path += "L\(toward(from))Q\(corner.x) \(corner.y) \(toward(to))"
        }
        return path
    }
}

extension String {
    /// For text and attributes of XML, which has no control characters.
    fileprivate var escaped: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default:
                if scalar.value < 0x20 {
                    result += " "
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}
