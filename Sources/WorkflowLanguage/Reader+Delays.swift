import CEL
import Definition
import Values

/// When something is due.
extension Reader {
    /// A duration, a calendar duration (a text, or a map of its parts), or a template that gives one of these or a moment.
    /// - Parameter mayBeBefore: something else that has a time: a negative one lies before that.
    mutating func delay(
        _ node: YAMLNode?, _ what: String, in scope: Scope, mayBeBefore: Bool = false
    ) -> Delay? {
        guard let node else { return nil }
        if node.isMap { return delayMap(node, what, in: scope, mayBeBefore) }
        if node.text.contains("${") {
            expect(
                Self.delays, of: node, "\(what) is a duration, a moment or a text that says one",
                in: scope)
            return template(node, what, in: scope).map { Delay($0, at: node.location) }
        }
        guard node.style != .collection else {
            error(.wrongKind, "\(what) is a duration, not \(node.kindName)", at: node)
            return nil
        }
        return literal(.string(node.text), what, at: node, mayBeBefore)
    }

    private static let delays: [CELType] = [
        .string, .duration, .timestamp, .map(key: .string, value: .dyn),
    ]

    private mutating func delayMap(
        _ node: YAMLNode, _ what: String, in scope: Scope, _ mayBeBefore: Bool
    ) -> Delay? {
        let fields = fields(node, of: what, words: Delay.words)
        guard fields.entries.count == node.entries.count,
            required("after", in: fields, of: what) != nil
        else { return nil }
        for entry in fields.entries where entry.value.stringValue == nil {
            error(
                .wrongKind,
                "'\(entry.name)' is a text, not \(entry.value.kindName); quote it", at: entry.value)
            return nil
        }
        let hasExpressions = fields.entries.contains { $0.value.text.contains("${") }
        guard hasExpressions else { return literal(node.value, what, at: node, mayBeBefore) }
        return template(node, what, in: scope).map { Delay($0, at: node.location) }
    }

    private mutating func literal(
        _ value: Value, _ what: String, at node: YAMLNode, _ mayBeBefore: Bool
    ) -> Delay? {
        do throws(Calendars.Trouble) {
            switch try Calendars.read(value) {
            case .exact(let span) where mayBeBefore || span >= .zero: break
            case .calendar(let duration) where mayBeBefore || duration.count >= 0: break
            case .exact, .calendar:
                error(.invalidDuration, "\(what) is zero or more, not negative", at: node)
                return nil
            case .moment:
                error(
                    .invalidDuration,
                    "\(what) is a duration; a moment is written ${timestamp('…')}", at: node)
                return nil
            }
        } catch {
            self.error(.invalidDuration, "\(what): \(error.message)", at: node)
            return nil
        }
        return Delay(.literal(value), at: node.location)
    }
}
