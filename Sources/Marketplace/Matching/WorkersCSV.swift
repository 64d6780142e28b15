import Guest
import Values

/// Workers from a table: `id,name,skills,lat,lon,rating`, the skills divided by semicolons.
package enum WorkersCSV {
    /// Everything that is wrong with a file, up to a limit.
    package struct Problem: Error, Hashable, CustomStringConvertible {
        package struct Fault: Sendable, Hashable, CustomStringConvertible {
            /// From 1; the header is line 1.
            package let line: Int
            package let message: String

            package var description: String { "line \(line): \(message)" }
        }

        package let faults: [Fault]

        package var description: String { faults.map(\.description).joined(separator: "\n") }
    }

    package static let header = ["id", "name", "skills", "lat", "lon", "rating"]
    package static let maximumRows = BestWorker.maximumWorkers
    private static let maximumFaults = 20

    /// The records that make these the workers.
    package static func parse(_ text: String) throws(Problem) -> [RecordChange] {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard let first = lines.first, fields(String(first)) == header else {
            throw Problem(faults: [
                Problem.Fault(
                    line: 1, message: "the header must be `\(header.joined(separator: ","))`")
            ])
        }
        var writes: [RecordChange] = []
        var lineOfID: [ExactText: Int] = [:]
        var faults: [Problem.Fault] = []
        for (index, line) in lines.enumerated().dropFirst() where !line.allSatisfy(\.isWhitespace) {
            guard faults.count < maximumFaults else { break }
            do throws(RowError) {
                let write = try row(String(line))
                if let earlier = lineOfID[write.id] {
                    throw RowError("worker `\(write.id)` is on line \(earlier) already")
                }
                guard writes.count < maximumRows else {
                    throw RowError("there are more than \(maximumRows) workers")
                }
                lineOfID[write.id] = index + 1
                writes.append(write)
            } catch {
                faults.append(Problem.Fault(line: index + 1, message: error.message))
            }
        }
        guard faults.isEmpty else { throw Problem(faults: faults) }
        return writes
    }

    private struct RowError: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }

    private static func row(_ line: String) throws(RowError) -> RecordChange {
        guard let fields = fields(line) else { throw RowError("a quote is not closed") }
        guard fields.count == header.count else {
            throw RowError("\(fields.count) fields instead of \(header.count)")
        }
        let id = fields[0]
        guard !id.isEmpty, id.utf8.count <= 64 else {
            throw RowError("`id` must have 1 to 64 bytes")
        }
        let skills = fields[2].split(separator: ";").map { trimmed(String($0)) }.filter {
            !$0.isEmpty
        }
        guard !skills.isEmpty else { throw RowError("`skills` is empty: give at least one") }
        var body: ValueMap = [
            "name": .string(fields[1]), "skills": .list(skills.map { .string($0) }),
            "rating": .double(try number(fields[5], "rating", 0...5)),
        ]
        guard fields[3].isEmpty == fields[4].isEmpty else {
            throw RowError("`lat` and `lon` come together or not at all")
        }
        if !fields[3].isEmpty {
            body["lat"] = .double(try number(fields[3], "lat", -90...90))
            body["lon"] = .double(try number(fields[4], "lon", -180...180))
        }
        return RecordChange(collection: NormalSample.collection, id: id, body: .map(body))
    }

    private static func number(
        _ text: String, _ name: String, _ range: ClosedRange<Double>
    ) throws(RowError) -> Double {
        guard let number = Double(text), range.contains(number) else {
            throw RowError(
                "`\(name)` must be a number from \(range.lowerBound) to \(range.upperBound),"
                    + " not `\(text)`")
        }
        return number
    }

    /// The fields of one line, by RFC 4180 without line breaks in quotes; nil for an open quote.
    private static func fields(_ line: String) -> [String]? {
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        var rest = Substring(line)
        while let character = rest.popFirst() {
            switch character {
            case "\"" where isQuoted && rest.first == "\"":
                field.append("\"")
                rest.removeFirst()
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                fields.append(trimmed(field))
                field = ""
            default: field.append(character)
            }
        }
        return isQuoted ? nil : fields + [trimmed(field)]
    }

    private static func trimmed(_ text: String) -> String {
        var rest = Substring(text)
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
