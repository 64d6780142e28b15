// FuzzEntries: what outsiders' bytes reach first, each as a function of bytes.
//
// Theory of operation. An entry does with its bytes what the product would, as far as it can go, and checks what
// must hold for *any* bytes: a text that was written is read back as the same value, a diagnostic points into
// the text, an answer to a request is a document, nothing stops the process. libFuzzer searches for bytes that
// break this (`make fuzz`); whatever it finds is kept in `Fuzz/Corpus`, and the unit suite runs the entries over
// all of that.

/// A way in.
package enum FuzzTarget: String, Sendable, CaseIterable {
    case workflow, adapter, scenario, calendar, schedule, json, cel, regex, filter, header, answer,
        mail, request, stored, stream, token

    /// - Throws: what does not hold for these bytes.
    package func run(_ bytes: [UInt8]) async throws(FuzzFailure) {
        switch self {
        case .workflow: try WorkflowEntry.run(bytes)
        case .adapter: try AdapterEntry.run(bytes)
        case .scenario: try ScenarioEntry.run(bytes)
        case .calendar: try CalendarEntry.run(bytes)
        case .schedule: try ScheduleEntry.run(bytes)
        case .json: try JSONEntry.run(bytes)
        case .cel: try CELEntry.run(bytes)
        case .regex: try RegexEntry.run(bytes)
        case .filter: try FilterEntry.run(bytes)
        case .header: try HeaderEntry.run(bytes)
        case .answer: try AnswerEntry.run(bytes)
        case .mail: try MailEntry.run(bytes)
        case .request: try await RequestEntry.run(bytes)
        case .stored: try StoredEntry.run(bytes)
        case .stream: try StreamEntry.run(bytes)
        case .token: try await TokenEntry.run(bytes)
        }
    }
}

/// Something that must hold for any input and does not.
package struct FuzzFailure: Error, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

func require(_ holds: Bool, _ what: @autoclosure () -> String) throws(FuzzFailure) {
    guard holds else { throw FuzzFailure(what()) }
}

extension [UInt8] {
    /// What fuzzers and editors write alike: parts between lines of three dashes.
    var parts: [[UInt8]] {
        let mark = Array("\n---\n".utf8)
        var parts: [[UInt8]] = []
        var rest = self[...]
        while let place = rest.firstRange(of: mark) {
            parts.append(Array(rest[..<place.lowerBound]))
            rest = rest[place.upperBound...]
        }
        return parts + [Array(rest)]
    }

    var text: String { String(decoding: self, as: UTF8.self) }
}
