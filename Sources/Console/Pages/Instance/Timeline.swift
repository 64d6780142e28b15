import Values

/// Where an instance was and for how long, and what came meanwhile: a table with a bar in each row, as far back as the
/// entries of its history tell.
struct Timeline: Sendable {
    struct Lane: Sendable {
        let name: String
        /// A state; else calls, events or incidents.
        let isState: Bool
        let spans: [Span]
        /// For who does not see the bar: `since 08:45:45`.
        let says: String
        let total: String
        let times: String
    }

    /// A part of a bar, in thousandths of the whole time.
    struct Span: Sendable, Hashable {
        let mark: String
        let start: Int64
        let width: Int64
    }

    let lanes: [Lane]
    let begin: Moment
    let end: Moment
    let span: String
    /// That it begins in the middle, or has more states than are shown.
    let note: String?

    private static let laneCount = 12
    private static let spanCount = 24
    /// Less is not seen.
    private static let leastWidth: Int64 = 4

    /// - Parameters:
    ///   - entries: in order, up to the newest.
    ///   - mark: of the states that it is in now.
    init?(_ instance: Value, _ entries: [Value], mark: String, now: Timestamp?) {
        let times = entries.compactMap { $0["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:)) }
        let ended = instance["endedAt"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
        guard let first = times.first, let last = ended ?? now ?? times.last,
            let newest = times.max()
        else { return nil }
        var drawing = TimelineDrawing(from: first, to: max(last, newest))
        for entry in entries { drawing.take(entry) }
        drawing.close(instance["visits"]?.listValue ?? [], isOver: ended != nil, mark: mark)
        guard !drawing.lanes.isEmpty else { return nil }
        let isWhole = entries.first?["sequence"]?.intValue == 1
        let states = drawing.lanes.filter(\.isState)
        let shown = states.prefix(Self.laneCount) + drawing.lanes.filter { !$0.isState }
        lanes = shown.map { $0.lane(drawing, now, Self.spanCount, Self.leastWidth) }
        begin = Moment(drawing.from, now: now)
        end = Moment(drawing.to, now: now)
        span = (drawing.to - drawing.from).shortText
        let notes = [
            isWhole ? nil : "what was before is in the history",
            states.count > Self.laneCount
                ? "the first \(Self.laneCount) of \(states.count) states" : nil,
        ]
        .compactMap(\.self)
        note = notes.isEmpty ? nil : notes.joined(separator: "; ")
    }
}

/// The timeline while it is put together.
private struct TimelineDrawing {
    struct Visit {
        let from: Timestamp
        /// nil: it goes on.
        var to: Timestamp?
        var mark: String
        var number: Int64 = 0
    }

    struct Draft {
        let name: String
        let isState: Bool
        var visits: [Visit] = []
        var noun = ("time", "times")
    }

    let from: Timestamp
    let to: Timestamp
    private(set) var lanes: [Draft] = []
    /// Ids that have others below them: where it was is said by the leaves.
    private var parents: Set<ExactText> = []

    init(from: Timestamp, to: Timestamp) {
        self.from = from
        self.to = to
    }

    mutating func take(_ entry: Value) {
        guard let at = entry["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:)) else { return }
        let data = entry["data"]
        let kind = entry["kind"]?.stringValue ?? ""
        switch kind {
        case "transition":
            for state in names(data?["exited"]) { end(state, at) }
            for state in names(data?["entered"]) { begin(state, at) }
        case "call.started":
            guard let number = data?["activation"]?.intValue else { return }
            // A further try of the same call goes on with its bar.
            guard openVisit("Calls", number) == nil else { return }
            add("Calls", ("call", "calls"), Visit(from: at, mark: "running", number: number))
        case "call.completed": close("Calls", data?["activation"]?.intValue, at, "done")
        case "call.failed", "call.deadline":
            remark("Calls", data?["activation"]?.intValue, "failing")
        case "call.unknown": remark("Calls", data?["activation"]?.intValue, "blocked")
        case "call.unsettled", "call.withdrawn":
            close("Calls", data?["activation"]?.intValue, at, "skipped")
        case "incident.opened":
            let number = data?["incident"]?.intValue ?? data?["number"]?.intValue ?? 0
            add(
                "Incidents", ("incident", "incidents"),
                Visit(from: at, mark: "blocked", number: number))
        case "incident.closed", "incident.completed", "incident.failed", "retry.requested":
            close("Incidents", data?["incident"]?.intValue, at, "blocked")
        case "event.applied":
            add("Events", ("event", "events"), Visit(from: at, to: at, mark: "done"))
        case "event.rejected", "event.ignored", "event.discarded":
            add("Events", ("event", "events"), Visit(from: at, to: at, mark: "blocked"))
        case "event.kept", "event.held":
            add("Events", ("event", "events"), Visit(from: at, to: at, mark: "waiting"))
        default: break
        }
    }

    /// What is open now: states by the instance's own word, calls and incidents to its end.
    mutating func close(_ visits: [Value], isOver: Bool, mark: String) {
        for visit in visits {
            guard let state = visit["state"]?.stringValue, !state.isEmpty,
                let since = visit["since"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
            else { continue }
            noteParents(of: state)
            let lane = index(of: state, isState: true, ("time", "times"))
            if lanes[lane].visits.last.map({ $0.to != nil }) ?? true {
                lanes[lane].visits.append(Visit(from: max(since, from), mark: mark))
            }
            if let last = lanes[lane].visits.indices.last { lanes[lane].visits[last].mark = mark }
        }
        if isOver {
            for lane in lanes.indices {
                for visit in lanes[lane].visits.indices where lanes[lane].visits[visit].to == nil {
                    lanes[lane].visits[visit].to = to
                    if lanes[lane].isState { lanes[lane].visits[visit].mark = mark }
                }
            }
        }
        lanes.removeAll { $0.isState && parents.contains(ExactText($0.name)) }
    }

    private func names(_ value: Value?) -> [String] {
        (value?.listValue ?? []).compactMap(\.stringValue)
    }

    private mutating func noteParents(of state: String) {
        if let dot = state.lastIndex(of: ".") { parents.insert(ExactText(String(state[..<dot]))) }
    }

    private mutating func index(
        of name: String, isState: Bool, _ noun: (String, String)
    ) -> Int {
        if let known = lanes.firstIndex(where: { $0.name == name && $0.isState == isState }) {
            return known
        }
        lanes.append(Draft(name: name, isState: isState, noun: noun))
        return lanes.count - 1
    }

    private mutating func begin(_ state: String, _ at: Timestamp) {
        noteParents(of: state)
        let lane = index(of: state, isState: true, ("time", "times"))
        lanes[lane].visits.append(Visit(from: at, mark: "was"))
    }

    private mutating func end(_ state: String, _ at: Timestamp) {
        noteParents(of: state)
        let lane = index(of: state, isState: true, ("time", "times"))
        if let last = lanes[lane].visits.indices.last, lanes[lane].visits[last].to == nil {
            lanes[lane].visits[last].to = at
        } else {
            // It was there before the first entry that is known.
            lanes[lane].visits.append(Visit(from: from, to: at, mark: "was"))
        }
    }

    private mutating func add(_ lane: String, _ noun: (String, String), _ visit: Visit) {
        let index = index(of: lane, isState: false, noun)
        lanes[index].visits.append(visit)
    }

    private func openVisit(_ lane: String, _ number: Int64?) -> (lane: Int, visit: Int)? {
        guard let number,
            let index = lanes.firstIndex(where: { $0.name == lane && !$0.isState }),
            let visit = lanes[index].visits.lastIndex(where: { $0.number == number && $0.to == nil }
            )
        else { return nil }
        return (index, visit)
    }

    private mutating func close(
        _ lane: String, _ number: Int64?, _ at: Timestamp, _ mark: String
    ) {
        guard let (lane, visit) = openVisit(lane, number) else { return }
        lanes[lane].visits[visit].to = at
        lanes[lane].visits[visit].mark = mark
    }

    private mutating func remark(_ lane: String, _ number: Int64?, _ mark: String) {
        guard let (lane, visit) = openVisit(lane, number) else { return }
        lanes[lane].visits[visit].mark = mark
    }

    /// In thousandths.
    func place(_ moment: Timestamp) -> Int64 {
        let whole = to.milliseconds - from.milliseconds
        guard whole > 0 else { return 0 }
        let part = Double(moment.milliseconds - from.milliseconds) / Double(whole)
        return Int64((min(max(part, 0), 1) * 1000).rounded())
    }
}

extension TimelineDrawing.Draft {
    fileprivate func lane(
        _ drawing: TimelineDrawing, _ now: Timestamp?, _ limit: Int, _ least: Int64
    ) -> Timeline.Lane {
        let spans = visits.map { visit in
            let end = drawing.place(visit.to ?? drawing.to)
            let start = min(drawing.place(visit.from), 1000 - least)
            return Timeline.Span(mark: visit.mark, start: start, width: max(end - start, least))
        }
        var sum = Duration.zero
        for visit in visits { sum += (visit.to ?? drawing.to) - visit.from }
        let count = Int64(visits.count)
        let open = visits.last.flatMap { $0.to == nil ? Moment($0.from, now: now) : nil }
        let first = visits.first.map { Moment($0.from, now: now).text } ?? ""
        return Timeline.Lane(
            name: name, isState: isState, spans: Self.merged(spans, limit),
            says: open.map { "since \($0.text)" }
                ?? (count == 1 ? "at \(first)" : "the first at \(first)"),
            total: isState || name != "Events" ? sum.shortText : "",
            times: counted(count, noun.0, noun.1))
    }

    /// So many at most: what is closest together becomes one.
    private static func merged(_ spans: [Timeline.Span], _ limit: Int) -> [Timeline.Span] {
        var result = spans
        var gap: Int64 = 0
        while result.count > limit, gap < 1000 {
            gap = gap * 2 + 1
            var joined: [Timeline.Span] = []
            for span in result {
                guard let last = joined.last, last.mark == span.mark || gap > 60,
                    span.start - (last.start + last.width) <= gap
                else {
                    joined.append(span)
                    continue
                }
                let end = max(last.start + last.width, span.start + span.width)
                joined[joined.count - 1] = Timeline.Span(
                    mark: span.mark == "blocked" ? "blocked" : last.mark, start: last.start,
                    width: end - last.start)
            }
            result = joined
        }
        return Array(result.prefix(limit))
    }
}
