import Definition
import Values

extension PawlConfiguration {
    /// A map of `pawl.yaml` with members of its own.
    /// - Throws: with the member that it does not have, or where it is no map.
    static func section(
        _ value: Value, _ name: String, members: [String], example: String, in file: String
    ) throws(Problem) -> ValueMap {
        let known = members.joined(separator: ", ")
        guard let map = value.mapValue else {
            throw Problem(
                .invalid, "\(file): `\(name)` has the members \(known)", fix: "write `\(example)`")
        }
        for key in map.keys {
            let member = key.stringValue ?? ""
            guard !members.contains(exactly: member) else { continue }
            throw Problem(
                .invalid,
                "\(file): `\(name)` has no member `\(member)`; it has the members \(known)",
                fix: nearestName(to: member, among: members).map { "did you mean `\($0)`?" }
                    ?? "write `\(example)`")
        }
        return map
    }
}
