import Definition
import Values

/// `person`: a task for somebody of a role.
extension WorkflowParser {
    private static let words = [
        "role", "title", "assignee", "due", "remind", "form", "outcomes", "description",
    ]

    mutating func userTask(_ node: YAMLNode, in scope: Scope) -> UserTask? {
        let fields = reader.fields(node, of: "'person'", words: Self.words)
        guard fields.node.isMap else { return nil }
        let role = reader.name(
            reader.required("role", in: fields, of: "'person'"), "a role", .word)
        let title = reader.required("title", in: fields, of: "'person'")
            .flatMap { reader.template($0, "'title'", in: scope) }
        let assignee = fields["assignee"].flatMap { reader.template($0, "'assignee'", in: scope) }
        let due = reader.delay(fields["due"], "'due'", in: scope)
        let remind = fields["remind"].flatMap { reminder($0, in: scope) }
        let form = form(fields["form"])
        let outcomes = outcomes(fields["outcomes"])
        guard let role, let title, let form else { return nil }
        return UserTask(
            role: role, title: title, assignee: assignee, due: due, remind: remind, form: form,
            outcomes: outcomes)
    }

    /// A map from the fields' names to their schemas, or one schema whole (with a `type`).
    private mutating func form(_ node: YAMLNode?) -> Schema? {
        guard let node else { return reader.members(nil, "a form's", isOpen: true) }
        guard node.isMap, node["type"]?.text == "object" else {
            return reader.members(node, "a form's", isOpen: false)
        }
        return reader.schema(node, "'form'")
    }

    private mutating func outcomes(_ node: YAMLNode?) -> [String] {
        guard let node else { return [UserTask.done] }
        let names = node.oneOrMany.compactMap { reader.name($0, "an outcome", .word) }
        if node.oneOrMany.isEmpty {
            reader.error(.missingWord, "'outcomes' lists what can be decided", at: node)
        }
        for (position, name) in names.enumerated() where names[..<position].contains(name) {
            reader.error(.invalidValue, "the outcome '\(name)' is listed twice", at: node)
        }
        return names.isEmpty ? [UserTask.done] : names
    }

    private mutating func reminder(_ node: YAMLNode, in scope: Scope) -> UserTask.Reminder? {
        let fields = reader.fields(
            node, of: "'remind'", words: ["after", "every", "times", "notify", "description"])
        let after = reader.duration(fields["after"], "'after'")
        let every = reader.duration(
            reader.required("every", in: fields, of: "'remind'"), "'every'")
        if let every, every <= .zero, let place = fields["every"] {
            reader.error(.invalidValue, "'every' must be longer than nothing", at: place)
        }
        let task = Scope.Shape.names([
            "activation", "role", "title", "assignee", "due", "reminders",
        ])
        let mail = reader.required("notify", in: fields, of: "'remind'")
            .flatMap { notification($0, in: scope.with("task", task)) }
        let times = reader.integer(fields["times"], "'times'", minimum: 1)
        guard let every, let mail else { return nil }
        return UserTask.Reminder(
            after: after ?? every, every: every,
            times: times ?? UserTask.Reminder.standardTimes, mail: mail)
    }
}
