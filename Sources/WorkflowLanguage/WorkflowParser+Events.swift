/// Events that are awaited, raised and declared must fit each other.
extension WorkflowParser {
    mutating func checkEvents() {
        for (name, _, key) in awaited { checkAwaited(name, key) }
        for (name, node) in raised where !awaited.contains(where: { $0.name == name }) {
            let hint = Reader.hint(name, awaited.map(\.name))
            reader.warning(.unheardRaise, "no state waits for '\(name)'\(hint)", at: node)
        }
        for (event, key) in zip(declared.events, declared.eventKeys) {
            let isUsed =
                event.name == declared.startEvent || awaited.contains { $0.name == event.name }
            guard !isUsed else { continue }
            reader.warning(
                .unusedEvent, "no state waits for '\(event.name)'; name it in an 'on' or remove it",
                at: key)
        }
    }

    private mutating func checkAwaited(_ name: String, _ key: YAMLNode) {
        let isRaised = raised.contains { $0.name == name }
        if name == declared.startEvent, !isRaised {
            reader.warning(
                .startEventAsTransition,
                "'\(name)' starts instances, so it never reaches a running one", at: key)
            return
        }
        guard declared.event(name) == nil, !isRaised, !Self.engineEvents.contains(name) else {
            return
        }
        var known = declared.events.map(\.name)
        for (other, _) in raised where !known.contains(other) { known.append(other) }
        let hint = Reader.hint(name, known)
        let advice = hint.isEmpty ? "; declare it under 'events'" : hint
        reader.error(.unknownEvent, "'events' declares no '\(name)'\(advice)", at: key)
    }
}
