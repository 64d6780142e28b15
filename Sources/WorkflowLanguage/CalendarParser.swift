import Definition
import Schedule
import Values

extension WorkflowLanguage {
    /// - Parameters:
    ///   - text: one `calendars/NAME.yaml`, at most 256 KiB.
    ///   - name: how workflows call it.
    ///   - now: what it knows should reach a year beyond; nil: nobody asks.
    package static func parseCalendar(
        _ text: String, name: String, file: String, now: Timestamp? = nil
    ) -> Parsed<BusinessCalendar> {
        parse(text, file) { node, reader in
            guard NameRule.word.admits(name) else {
                reader.error(
                    .invalidName,
                    "'\(name)' cannot name a calendar, which is called as its file; use "
                        + NameRule.word.advice, at: node)
                return nil
            }
            for map in [node, node["covers"]] { reader.ignoreOrder(of: map) }
            do throws(RuleError) {
                let calendar = try BusinessCalendar(
                    name: name, contentHash: reader.contentHash(of: node), parsing: node.value)
                reader.warn(ofEndOf: calendar, now, at: node.node(at: "/covers/until"))
                return calendar
            } catch {
                reader.error(.invalidCalendar, error.message, at: node.node(at: error.pointer))
                return nil
            }
        }
    }
}

extension Reader {
    fileprivate mutating func warn(
        ofEndOf calendar: BusinessCalendar, _ now: Timestamp?, at node: YAMLNode
    ) {
        guard let now, let doubt = calendar.doubt(at: now) else { return }
        warning(.calendarEnds, doubt, at: node)
    }
}
