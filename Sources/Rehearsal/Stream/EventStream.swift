import Definition
import Execution
import Values

// What is replayed: a stream that anybody's log can be turned into, one JSON object a line, in order of time.
//
//     {at, start, key, input, actor, id}                    an instance of the workflow `start` begins
//     {at, event, key, data, workflow, actor, id}           an event comes
//     {at, decide, key, workflow, form, comment, actor}     somebody decides on the only open task
//
// A stream is read whole before anything of it is replayed, so that a wrong line changes nothing; what is wrong is named
// by line and column. `StreamLine` reads one line, `Gzip` takes a packed file apart.

/// A recorded stream of what came from outside.
package struct EventStream: Sendable {
    /// What somebody did.
    package enum Deed: Sendable {
        case start(input: Value)
        case event(name: String, data: Value)
        /// On the only open task of the instance.
        case decision(TaskDecision)
    }

    package struct Entry: Sendable {
        /// Its number in the stream, from 1.
        package let line: Int
        package let at: Timestamp
        package let key: String
        /// Named when the key alone does not say whom it is for; of a start and a decision always.
        package let workflow: String?
        /// The sender's own id, under which it is applied once; `line-N` where the stream names none.
        package let id: String
        package let deed: Deed
        package let sender: Actor

        /// nil: whoever takes an event of that name.
        package var instance: InstanceName? {
            workflow.map { InstanceName(workflow: $0, key: key) }
        }

        func inbound(_ event: String, _ data: Value) -> InboundEvent {
            InboundEvent(id: id, name: event, data: data, sender: sender)
        }

        /// Which member of the line says what was done, and its value.
        package var named: (member: String, name: String) {
            switch deed {
            case .start: ("start", workflow ?? "")
            case .event(let name, _): ("event", name)
            case .decision(let decision): ("decide", decision.outcome)
            }
        }
    }

    /// What is wrong with a line; the column counts code points from 1.
    package struct Fault: Error, Hashable {
        package let line: Int
        package let column: Int
        package let message: String
        package let expected: String
    }

    /// Faults that are told at most; how many there are is counted.
    private static let toldFaults = 20

    package let entries: [Entry]

    /// - Parameters:
    ///   - bytes: the whole stream in UTF-8: with or without a byte order mark, lines ended by LF or CR LF; empty lines
    ///     are passed over.
    ///   - name: what the stream is called in what is wrong with it.
    /// - Throws: `.malformed`, with line, column and what was expected in each of its `errors`.
    package init(_ bytes: [UInt8], name: String) throws(Problem) {
        var entries: [Entry] = []
        var faults: [Fault] = []
        var (faulty, number) = (0, 0)
        var last: (line: Int, at: Timestamp)?
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 10) ?? rest.endIndex
            let text = Array(rest[..<end])
            rest = rest[end...].dropFirst()
            number += 1
            guard !text.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) else { continue }
            do throws(Fault) {
                let line = try StreamLine(text, number: number)
                let entry = try line.entry()
                if let last, entry.at < last.at { throw line.comesEarly(entry, before: last) }
                last = (number, entry.at)
                entries.append(entry)
            } catch {
                faulty += 1
                if faults.count < Self.toldFaults { faults.append(error) }
            }
        }
        guard faulty == 0 else { throw Self.problem(name, faulty, faults) }
        self.entries = entries
    }

    private static func problem(_ name: String, _ count: Int, _ faults: [Fault]) -> Problem {
        Problem(
            .malformed,
            "\(name): \(count == 1 ? "a line" : "\(count) lines") cannot be replayed"
                + (count > faults.count ? "; the first \(faults.count) of them" : ""),
            fix: "mend what is named; nothing was replayed",
            errors: faults.map {
                Problem.Detail(
                    pointer: "line \($0.line), column \($0.column)",
                    detail: "\($0.message); expected \($0.expected)")
            })
    }
}
