import CEL
import Definition
import Statechart
import Values

/// `person`: a task for somebody of a role.
extension WorkflowParser {
    static let personWords = [
        "role", "title", "show", "assignee", "except", "claim", "priority", "due", "remind",
        "withdrawn", "form",
        "outcomes", "description",
    ]

    mutating func userTask(_ node: YAMLNode, in scope: Scope) -> UserTask? {
        let fields = reader.fields(node, of: "'person'", words: Self.personWords)
        guard fields.node.isMap else { return nil }
        let role = reader.name(fields["role"], "a role", .word)
        if role == "system", let place = fields["role"] {
            reader.error(
                .invalidValue, "nobody can be 'system': that is the engine itself", at: place)
        }
        if !fields.has("role"), !fields.has("assignee") {
            reader.error(
                .missingWord, "'person' needs 'role' or 'assignee': who may do it", at: fields.node)
        }
        let title = reader.required("title", in: fields, of: "'person'")
            .flatMap { reader.template($0, "'title'", in: scope) }
        if let shown = fields["show"], !shown.isMap {
            reader.error(
                .wrongKind, "'show' is a map from labels to values, not \(shown.kindName)",
                at: shown)
        }
        let assignee = fields["assignee"].flatMap { reader.template($0, "'assignee'", in: scope) }
        let except = (fields["except"]?.oneOrMany ?? []).compactMap {
            reader.expression($0, "'except'", in: scope)
        }
        let claim = reader.choice(
            fields["claim"], "'claim'", of: UserTask.Claiming.allCases)
        let priority = priority(fields["priority"], in: scope)
        let due = reader.delay(fields["due"], "'due'", in: scope)
        let remind = fields["remind"].flatMap { reminder($0, in: scope) }
        let withdrawn = fields["withdrawn"].flatMap { withdrawal($0, in: scope) }
        let outcomes = outcomes(fields["outcomes"], common: form(fields["form"]))
        guard role != nil || assignee != nil, let title, let outcomes else { return nil }
        return UserTask(
            role: role, title: title, assignee: assignee, except: except,
            claim: claim ?? .optional, priority: priority,
            due: due, remind: remind, withdrawn: withdrawn, outcomes: outcomes)
    }

    /// A number, or `${CEL}` that gives one.
    private mutating func priority(_ node: YAMLNode?, in scope: Scope) -> Template? {
        guard let node else { return nil }
        if node.text.contains("${") {
            reader.expect([.int, .double], of: node, "'priority' is an int", in: scope)
            return reader.template(node, "'priority'", in: scope)
        }
        guard case .int(let number) = node.kind, (0...100).contains(number) else {
            reader.error(
                .invalidValue, "'priority' is an integer from 0 to 100, or ${…} that gives one",
                at: node)
            return nil
        }
        return .literal(.int(number))
    }

    /// A map from the fields' names to their schemas, or one schema whole (with a `type`).
    private mutating func form(_ node: YAMLNode?) -> Schema? {
        guard let node else { return reader.members(nil, "a form's", isOpen: false) }
        guard node.isMap, node["type"]?.text == "object" else {
            return reader.members(node, "a form's", isOpen: false)
        }
        guard let schema = reader.schema(node, "'form'"), node["additionalProperties"] == nil,
            case .map(var source) = schema.source
        else { return reader.schema(node, "'form'") }
        // Nothing is filled in that nobody asks for.
        source["additionalProperties"] = false
        return try? Schema(parsing: .map(source))
    }

    // MARK: Outcomes

    static let outcomeWords = [
        "label", "style", "confirm", "comment", "form", "target", "guard", "actions", "reenter",
        "description",
    ]

    /// A list of names, or a map from names to what is asked and where it leads.
    private mutating func outcomes(
        _ node: YAMLNode?, common: Schema?
    ) -> [UserTask.Outcome]? {
        guard let node else {
            return common.map { [UserTask.Outcome(UserTask.done, form: $0)] }
        }
        if node.isMap {
            guard let common else { return nil }
            let outcomes = reader.named(node, "outcome", .word).compactMap {
                outcome($0.name, $0.entry.value, common: common)
            }
            if node.entries.isEmpty { reportNoOutcome(node) }
            return outcomes.isEmpty ? nil : outcomes
        }
        let names = node.oneOrMany.compactMap { reader.name($0, "an outcome", .word) }
        if node.oneOrMany.isEmpty { reportNoOutcome(node) }
        for (position, name) in names.enumerated() where names[..<position].contains(name) {
            reader.error(.invalidValue, "the outcome '\(name)' is listed twice", at: node)
        }
        guard let common, !names.isEmpty else { return nil }
        return names.map { UserTask.Outcome($0, form: common) }
    }

    private mutating func reportNoOutcome(_ node: YAMLNode) {
        reader.error(.missingWord, "'outcomes' lists what can be decided", at: node)
    }

    private mutating func outcome(
        _ name: String, _ node: YAMLNode, common: Schema
    ) -> UserTask.Outcome? {
        // A target or transitions are read where the state is known.
        guard node.isMap else { return UserTask.Outcome(name, form: common) }
        let fields = reader.fields(node, of: "an outcome", words: Self.outcomeWords)
        let style = reader.choice(
            fields["style"], "'style'", of: UserTask.Outcome.Style.allCases)
        let comment = reader.choice(
            fields["comment"], "'comment'", of: UserTask.Outcome.Comment.allCases)
        guard let own = fields["form"].map({ form($0) }) ?? .some(nil) else { return nil }
        var whole = common
        if let own, let place = fields["form"] {
            guard let joined = join(common, own, name, at: place) else { return nil }
            whole = joined
        }
        return UserTask.Outcome(
            name, label: reader.string(fields["label"], "'label'"), style: style ?? .normal,
            confirm: reader.string(fields["confirm"], "'confirm'"), comment: comment ?? .optional,
            form: whole)
    }

    /// The task's fields and those that the outcome adds, as one schema.
    private mutating func join(
        _ common: Schema, _ own: Schema, _ outcome: String, at place: YAMLNode
    ) -> Schema? {
        let names = own.propertyNames ?? []
        for name in names where common.property(name) != nil {
            reader.error(
                .invalidValue,
                "'\(name)' is asked by the task's form already; the form of '\(outcome)' adds others",
                at: place)
            return nil
        }
        func members(_ word: String) -> [(String, Value)] {
            [common, own].flatMap { $0.source[word]?.mapValue?.entries ?? [] }
                .compactMap { entry in entry.key.stringValue.map { ($0, entry.value) } }
        }
        let required = [common, own].flatMap { $0.source["required"]?.listValue ?? [] }
        var joined: ValueMap = [
            "type": "object", "properties": .map(ValueMap(members("properties"))),
            "additionalProperties": .bool(
                common.allowsOtherProperties || own.allowsOtherProperties),
        ]
        if !required.isEmpty { joined["required"] = .list(required) }
        return try? Schema(parsing: .map(joined))
    }

    /// Where the outcomes lead by themselves: before `onDone`, which takes what they leave.
    mutating func compileOutcomes(
        _ fields: Fields, of invocation: Invocation, _ index: InvocationIndex,
        _ state: StateIndex
    ) {
        guard case .person(let task) = invocation.target,
            let outcomes = fields["person"]?["outcomes"], outcomes.isMap
        else { return }
        let leading = outcomes.entries.filter(\.value.leads)
        if invocation.forEach != nil, let first = leading.first {
            return reader.error(
                .misplacedWord,
                "with 'forEach' no outcome leads anywhere by itself; 'onDone' gets all of them",
                at: first.key)
        }
        for entry in outcomes.entries {
            guard let outcome = task.outcome(named: entry.name) else { continue }
            let trigger = Trigger.taskDecided(index, outcome: outcome.name)
            let inner = scope.forDecision(
                form: outcome.form, among: task.outcomes.map(\.name))
            if !entry.value.leads {
                guard !leading.isEmpty, !fields.has("onDone") else { continue }
                reader.error(
                    .missingWord,
                    "the outcome '\(entry.name)' leads nowhere: give it a target, or the invoke an 'onDone'",
                    at: entry.key)
            } else if entry.value.isMap {
                let words = Fields(
                    node: entry.value,
                    entries: entry.value.entries.filter {
                        Self.outcomeWords.contains($0.name)
                    })
                add(words, on: trigger, from: state, in: inner)
            } else {
                transitions(entry.value, on: trigger, from: state, in: inner)
            }
        }
    }

    // MARK: Reminders

    /// Told to who was at it.
    private mutating func withdrawal(_ node: YAMLNode, in scope: Scope) -> Template? {
        let fields = reader.fields(
            node, of: "'withdrawn'", words: ["notify", "description"])
        let task = Scope.Shape.names(Self.taskNames + ["claimedBy", "because"])
        return reader.required("notify", in: fields, of: "'withdrawn'")
            .flatMap { notification($0, in: scope.with("task", task)) }
    }

    private static let taskNames = [
        "activation", "role", "title", "assignee", "due", "reminders",
    ]

    private mutating func reminder(_ node: YAMLNode, in scope: Scope) -> UserTask.Reminder? {
        let fields = reader.fields(
            node, of: "'remind'", words: ["after", "every", "times", "notify", "description"])
        let after = reader.delay(fields["after"], "'after'", in: scope)
        let every = reader.delay(
            reader.required("every", in: fields, of: "'remind'"), "'every'", in: scope)
        if let every, let place = fields["every"], every.isNothing {
            reader.error(.invalidValue, "'every' must be longer than nothing", at: place)
        }
        let task = Scope.Shape.names(Self.taskNames)
        let mail = reader.required("notify", in: fields, of: "'remind'")
            .flatMap { notification($0, in: scope.with("task", task)) }
        let times = reader.integer(fields["times"], "'times'", minimum: 1)
        guard let every, let mail else { return nil }
        return UserTask.Reminder(
            after: after ?? every, every: every,
            times: times ?? UserTask.Reminder.standardTimes, mail: mail)
    }
}

extension Delay {
    /// Written as no time at all.
    fileprivate var isNothing: Bool {
        guard let value = template.constant, let reading = try? Calendars.read(value) else {
            return false
        }
        return switch reading {
        case .exact(let span): span <= .zero
        case .calendar(let duration): duration.count == 0
        case .moment: false
        }
    }
}

extension YAMLNode {
    /// An outcome that says where it leads.
    fileprivate var leads: Bool {
        if isMap { return self["target"] != nil || self["actions"] != nil }
        return !isNull
    }
}
