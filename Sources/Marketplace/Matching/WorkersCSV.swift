import Guest
import Values

/// Workers from a table: `id,name,skills,lat,lon,rating`, the skills divided by semicolons.
public struct WorkersCSV: Importer {
    public static let name = "workers"
    public static let abstract =
        "CSV: id,name,skills,lat,lon,rating; the skills divided by semicolons."
    public static let sample: String? = "samples/workers.csv"

    static let header = ["id", "name", "skills", "lat", "lon", "rating"]
    /// Of one worker: each is a place in an index.
    private static let maximumSkills = 100
    private static let maximumSkill = 200
    private var hasHeader = false
    /// The line of each worker, by a hash of the id: a million of them fit into memory.
    private var lines: [Int: Int] = [:]

    public init() {}

    public mutating func take(
        _ line: String, number: Int, into records: inout Records
    ) throws(ImportFault) -> Bool {
        guard hasHeader else {
            guard Self.fields(line) == Self.header else {
                throw ImportFault("the header must be `\(Self.header.joined(separator: ","))`")
            }
            hasHeader = true
            return false
        }
        guard !line.allSatisfy(\.isWhitespace) else { return false }
        let (id, body) = try Self.row(line)
        if let earlier = lines.updateValue(number, forKey: ExactText(id).hashValue) {
            throw ImportFault("worker `\(id)` is on line \(earlier) already")
        }
        do throws(Refusal) { try Self.put(id, body, into: &records) } catch {
            throw ImportFault(error.message)
        }
        return true
    }

    /// How busy a worker is stays, whatever a file says of them.
    private static func put(
        _ id: String, _ profile: Value, into records: inout Records
    ) throws(Refusal) {
        let existing = try records.find(NormalSample.collection, id: id)?.body
        let hasState = existing.map { body in WorkerState.members.contains { body[$0] != nil } }
        var body = profile
        if let existing, hasState == true {
            body = NormalSample(id: id, existing).replacing(profile: profile).value
        }
        if body != existing { records.put(NormalSample.collection, id: id, body) }
    }

    private static func row(_ line: String) throws(ImportFault) -> (id: String, body: Value) {
        guard let fields = fields(line) else { throw ImportFault("a quote is not closed") }
        guard fields.count == header.count else {
            throw ImportFault("\(fields.count) fields instead of \(header.count)")
        }
        let id = fields[0]
        guard !id.isEmpty, id.utf8.count <= 64 else {
            throw ImportFault("`id` must have 1 to 64 bytes")
        }
        let skills = fields[2].split(separator: ";").map { trimmed(String($0)) }.filter {
            !$0.isEmpty
        }
        guard !skills.isEmpty else { throw ImportFault("`skills` is empty: give at least one") }
        guard skills.count <= maximumSkills,
            skills.allSatisfy({ $0.utf8.count <= maximumSkill })
        else {
            throw ImportFault(
                "`skills` may be \(maximumSkills) at most, of \(maximumSkill) bytes each")
        }
        var body: ValueMap = [
            "name": .string(fields[1]), "skills": .list(skills.map { .string($0) }),
            "rating": .double(try number(fields[5], "rating", 0...5)),
        ]
        guard fields[3].isEmpty == fields[4].isEmpty else {
            throw ImportFault("`lat` and `lon` come together or not at all")
        }
        if !fields[3].isEmpty {
            body["lat"] = .double(try number(fields[3], "lat", -90...90))
            body["lon"] = .double(try number(fields[4], "lon", -180...180))
        }
        return (id, .map(body))
    }

    private static func number(
        _ text: String, _ name: String, _ range: ClosedRange<Double>
    ) throws(ImportFault) -> Double {
        guard let number = Double(text), range.contains(number) else {
            throw ImportFault(
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
