import Definition
import Values

/// `retention` in `pawl.yaml`: where what goes is archived, and periods of this installation.
package struct RetentionConfiguration: Sendable, Hashable {
    package static let members = ["archive", "workflows"]

    /// Where what goes is archived.
    package enum Place: Sendable, Hashable {
        /// Beside the database.
        case beside
        case folder(String)
        /// Nothing of it is kept.
        case nowhere
    }

    package var archive = Place.beside
    /// By workflow, in the place of what it declares.
    package var periods: [ExactText: Duration] = [:]

    package init() {}

    init(_ value: Value, in file: String) throws(Problem) {
        let map = try PawlConfiguration.section(
            value, "retention", members: Self.members,
            example: "retention: {archive: /var/lib/pawl-archive, workflows: {loan: 400d}}",
            in: file)
        if let place = map["archive"] { archive = try Self.place(place, file) }
        guard let periods = map["workflows"] else { return }
        guard let entries = periods.mapValue?.entries else { throw Self.problem(file) }
        for entry in entries {
            guard let workflow = entry.key.stringValue,
                let period = entry.value.stringValue.flatMap({ Duration(parsing: $0) }),
                period >= .seconds(86_400)
            else { throw Self.problem(file) }
            self.periods[ExactText(workflow)] = period
        }
    }

    private static func place(_ value: Value, _ file: String) throws(Problem) -> Place {
        if value == false { return .nowhere }
        guard let folder = value.stringValue, folder.hasPrefix("/") else {
            throw Problem(
                .invalid, "\(file): `retention.archive` is the path of a folder, or false",
                fix:
                    "write the whole path, beginning with a slash; without it the archive is beside "
                    + "the database")
        }
        return .folder(folder)
    }

    private static func problem(_ file: String) -> Problem {
        Problem(
            .invalid,
            "\(file): `retention.workflows` gives workflows how long they are kept, a day at least",
            fix: "write `workflows: {loan: 400d}`")
    }

    /// Those that it names are workflows.
    package func check(_ workflows: [String]) throws(Problem) {
        for name in periods.sortedTexts where !workflows.contains(where: { sameUTF8($0, name) }) {
            throw Problem(
                .unknownWorkflow, "pawl.yaml has a retention for \(name), which is no workflow",
                fix: nearestName(to: name, among: workflows).map { "did you mean \($0)?" })
        }
    }
}
