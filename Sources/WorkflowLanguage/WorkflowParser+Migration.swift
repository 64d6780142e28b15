import Definition
import Statechart

/// Moving live instances of older versions to this one: `migrate: [{from, states: {old: new}, assign}]`.
extension WorkflowParser {
    /// What the older version's data are this file does not know.
    private static let scope = Scope([
        ("input", .any), ("context", .any), ("params", .any), ("instance", Scope.instanceShape),
        ("now", .value(.timestamp)),
    ])

    /// - Parameter version: the one that is declared.
    mutating func migrations(_ node: YAMLNode?, to version: Int?) -> [Migration] {
        var migrations: [Migration] = []
        for element in node?.oneOrMany ?? [] {
            let fields = reader.fields(
                element, of: "a migration", words: ["from", "states", "assign"])
            let source = reader.required("from", in: fields, of: "a migration")
            guard let from = reader.integer(source, "'from'", minimum: 1), let source else {
                continue
            }
            if let version, from >= version {
                reader.error(
                    .invalidValue,
                    "'from' is an older version; this one is version \(version)", at: source)
            }
            if migrations.contains(where: { $0.from == from }) {
                reader.error(
                    .invalidValue, "there are two migrations from version \(from); make them one",
                    at: source)
            }
            migrations.append(
                Migration(
                    from: from, places: places(fields["states"]),
                    assignments: assignments(fields["assign"])))
        }
        return migrations
    }

    private mutating func places(_ node: YAMLNode?) -> [Migration.Place] {
        reader.ignoreOrder(of: node)
        var places: [Migration.Place] = []
        for (name, entry) in reader.named(node, "state", .event) {
            guard let place = target(entry.value, from: 0), isPlace(place, entry.value) else {
                continue
            }
            places.append(
                Migration.Place(old: name, new: place, location: entry.key.location))
        }
        return places
    }

    /// Nothing waits in a history state, and nothing ends because its version is another one.
    private mutating func isPlace(_ state: StateIndex, _ node: YAMLNode) -> Bool {
        let isFinalOfAll = outline.states[state].kind == .final && outline.states[state].parent == 0
        switch outline.states[state].kind {
        case .history(_): break
        case .atomic, .compound, .parallel, .final:
            guard isFinalOfAll else { return true }
        }
        reader.error(
            .invalidValue,
            "\(outline.title(of: state)) is no place to wait: name a state that an instance can go "
                + "on from", at: node)
        return false
    }

    private mutating func assignments(_ node: YAMLNode?) -> [Migration.Assignment] {
        guard let node else { return [] }
        reader.ignoreOrder(of: node)
        var assignments: [Migration.Assignment] = []
        for entry in reader.entries(node, of: "'assign'") ?? [] {
            guard let (value, _) = assigned(entry, in: Self.scope) else { continue }
            assignments.append(
                Migration.Assignment(
                    name: entry.name, value: value, location: entry.key.location))
        }
        return assignments
    }
}
