import Definition
import Values

/// Whose data a workflow's instances hold, so that they can ask for them to be erased.
extension WorkflowParser {
    /// `persons: [client]`: search attributes whose value is the person's id.
    mutating func persons(_ node: YAMLNode?, _ search: [SearchAttribute]) -> [String] {
        guard let node else { return [] }
        guard case .list(let items) = node.kind else {
            reader.error(.wrongKind, "'persons' is a list of names, not \(node.kindName)", at: node)
            return []
        }
        let known = search.map(\.name)
        var names: [String] = []
        for item in items {
            guard let name = reader.string(item, "a person") else { continue }
            guard known.contains(exactly: name) else {
                reader.error(
                    .unknownPerson,
                    "'search' declares no '\(name)', by which the person's instances are found"
                        + Reader.hint(name, known), at: item)
                continue
            }
            if names.contains(exactly: name) {
                reader.error(.invalidValue, "'\(name)' is there twice", at: item)
            } else {
                names.append(name)
            }
        }
        return names
    }

    /// What is marked can be asked for, and whoever asks is not erased with it.
    mutating func checkPersons(of definition: WorkflowDefinition, _ fields: Fields) {
        let personal = definition.personal
        guard !personal.isEmpty else { return }
        guard !personal.persons.isEmpty else {
            reader.error(
                .missingPersons,
                "members are marked 'x-personal', and nobody could ask for them to be erased: name the "
                    + "search attribute that says whose they are, like 'persons: [client]'",
                at: fields.key("workflow") ?? fields.node)
            return
        }
        for name in personal.strangers {
            reader.error(
                .unknownPerson,
                "'x-personal: \(name)' names no person"
                    + Reader.hint(name, personal.persons), at: fields["persons"] ?? fields.node)
        }
        for attribute in definition.search where personal.isPerson(attribute.name) {
            let words = attribute.expression.source
                .split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
            guard let word = words.first(where: { personal.isPersonal($0) }) else { continue }
            reader.error(
                .unknownPerson,
                "'\(attribute.name)' is found by '\(word)', which is 'x-personal' and would be erased: a "
                    + "person is named by an id that stays in the books",
                at: fields["persons"] ?? fields.node)
        }
    }
}
