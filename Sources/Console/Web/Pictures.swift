import Diagram
import Synchronization
import Values

/// Pictures of workflows, laid out once for each content.
final class Pictures: Sendable {
    /// What stands in the boxes and at the arrows of a picture.
    enum Kind: Sendable, Hashable {
        /// The way of one instance.
        case path
        /// How many are where, of all.
        case counts
        /// What differs between two versions.
        case versions
    }

    private struct Key: Hashable {
        let hash: ExactText
        let kind: Kind
    }

    private let drawings = Mutex<[Key: Drawing]>([:])
    private static let limit = 100

    /// - Returns: nil: it is too large to be drawn, or cannot be.
    func drawing(_ chart: Chart, hash: String, _ kind: Kind) -> Drawing? {
        let key = Key(hash: ExactText(hash), kind: kind)
        if let known = drawings.withLock({ $0[key] }) { return known }
        let room = kind != .counts ? Room() : Room(state: "10,000+ here · p50 40 min", label: "")
        guard let drawing = try? Drawing(chart, reserving: room) else { return nil }
        drawings.withLock { drawings in
            if drawings.count >= Self.limit { drawings = [:] }
            drawings[key] = drawing
        }
        return drawing
    }
}

/// A picture as a page shows it, with the same in words.
struct PictureView: Sendable {
    struct Row: Sendable {
        let from: String
        let trigger: String
        let condition: String
        let actions: String
        let to: String
        let taken: String
    }

    /// SVG of our own making: the one thing that a template takes as it is.
    let svg: String
    let rows: [Row]

    init(_ drawing: Drawing, _ chart: Chart, _ overlay: Overlay) {
        svg = drawing.svg(.embedded, overlay: overlay, name: "chart-")
        rows = chart.table(overlay).map { row in
            Row(
                from: row.from.isEmpty ? "any" : row.from, trigger: row.trigger,
                condition: row.condition, actions: row.actions, to: row.to ?? "stays",
                taken: row.taken == 0 ? "" : "\(row.taken) ×")
        }
    }
}

extension Overlay {
    /// Where an instance is and how it came there, as far as the entries tell.
    /// - Parameter mark: of the states that it is in.
    init(
        _ chart: Chart, active: [String], mark: Mark, entries: [Value], link: (String) -> String
    ) {
        var states = chart.states.map { StateNote(href: link($0.id)) }
        var transitions = chart.transitions.map { _ in TransitionNote() }
        // Before that, numbers of transitions are those of another version; states keep their names.
        let migrated = entries.last { $0["kind"]?.stringValue == "migrated" }
        let first = migrated?["sequence"]?.intValue ?? 0
        for entry in entries where entry["kind"]?.stringValue == "transition" {
            let entered = (entry["data"]?["entered"]?.listValue ?? []).compactMap(\.stringValue)
            for index in chart.states.indices where entered.contains(chart.states[index].id) {
                states[index].mark = .visited
            }
            guard entry["sequence"]?.intValue ?? 0 >= first else { continue }
            let taken = (entry["data"]?["transitions"]?.listValue ?? []).compactMap(\.intValue)
            for position in chart.transitions.indices
            where taken.contains(Int64(chart.transitions[position].index)) {
                transitions[position].taken += 1
            }
        }
        for index in chart.states.indices {
            let id = chart.states[index].id
            guard !id.isEmpty else { continue }
            if active.contains(id) {
                states[index].mark = mark
            } else if active.contains(where: { $0.hasPrefix(id + ".") }) {
                states[index].mark = .visited
            }
        }
        self.init(states: states, transitions: transitions, isStarted: !entries.isEmpty)
    }
}
