import Access
import Execution
import Values

/// One thing that a person may do to an instance, a task, a schedule, an adapter or a workflow: everything that a form, a page of the reference
/// and an API's description need.
package struct ActionDeclaration: Sendable, Hashable {
    /// What it is done to.
    package enum Subject: String, Sendable, Hashable, CaseIterable {
        case instance, task, schedule, adapter, workflow

        /// What stands for it in a line to type.
        var placeholder: String {
            switch self {
            case .instance, .task: "NAME"
            case .schedule, .workflow: "WORKFLOW"
            case .adapter: "ADAPTER"
            }
        }
    }

    /// What may go wrong by it at the worst; the order is that of the buttons.
    package enum Risk: String, Sendable, Hashable, CaseIterable {
        /// Nothing is lost and nothing leaves.
        case safe
        /// Something leaves once more: a call, a mail, an instance.
        case repeatsEffect = "repeats-effect"
        /// The instance goes on by what a person said.
        case changesData = "changes-data"
        /// It ends, and nothing brings it back.
        case destructive
    }

    package let verb: ActionVerb
    package let subject: Subject
    /// Of a button: `Try again`.
    package let title: String
    /// One sentence, which a table cell takes too.
    package let does: String
    /// What one might think it does.
    package let doesNot: String
    /// The members of the body besides `reason` and `dryRun`.
    package let arguments: [ActionArgument]
    package let reason: Reason
    package let hasDryRun: Bool
    package let risk: Risk
    package let permission: Permission
    /// What the log says of it when it is done: `retried`.
    package let past: String
    /// Of two one wins, so that whoever asks says what they saw (`If-Match`).
    package var isExclusive = false

    /// Whether it has to be said why; it is kept in the history.
    package enum Reason: Sendable, Hashable {
        case required, optional, none
        /// A dry run, which nobody keeps, needs none.
        case requiredUnlessDry
    }

    package var needsReason: Bool { reason == .required || reason == .requiredUnlessDry }

    package static let all: [ActionDeclaration] =
        ofInstances + ofTasks + ofSchedules + ofAdapters + ofWorkflows

    package static func of(_ verb: ActionVerb) -> ActionDeclaration? { byVerb[verb] }

    private static let byVerb = Dictionary(
        all.map { ($0.verb, $0) }, uniquingKeysWith: { first, _ in first })
}

/// One member of an action's body.
package struct ActionArgument: Sendable, Hashable {
    package let name: String
    /// JSON Schema: of a string with its bounds, an integer, an object; `true` takes anything.
    package let schema: Value
    package let isRequired: Bool
    package let summary: String
    /// Of a form's field.
    package let label: String
    /// Its value is the id of a state of the instance's workflow.
    package let namesState: Bool

    init(
        _ name: String, _ schema: Value, isRequired: Bool = true, label: String? = nil,
        namesState: Bool = false, _ summary: String
    ) {
        self.name = name
        self.schema = schema
        self.isRequired = isRequired
        self.summary = summary
        self.label = label ?? name.prefix(1).uppercased() + name.dropFirst()
        self.namesState = namesState
    }

    static func text(
        _ name: String, upTo limit: Int64 = 200, isRequired: Bool = true, label: String? = nil,
        _ summary: String
    ) -> ActionArgument {
        ActionArgument(
            name, ["type": "string", "minLength": 1, "maxLength": .int(limit)],
            isRequired: isRequired, label: label, summary)
    }

    static func state(_ summary: String) -> ActionArgument {
        ActionArgument(
            "state", ["type": "string", "minLength": 1, "maxLength": 200], namesState: true,
            summary)
    }

    static func moment(_ name: String, _ summary: String) -> ActionArgument {
        ActionArgument(name, ["type": "string", "format": "date-time"], summary)
    }

    static func incident(isRequired: Bool = true) -> ActionArgument {
        ActionArgument(
            "incident", ["type": "integer"], isRequired: isRequired,
            isRequired ? "The incident's number." : "The incident's number; without it all of them."
        )
    }

    static let reasonLimit: Int64 = 1000
}

extension ActionDeclaration {
    /// All members of the body, the two that every action shares last.
    package var members: [ActionArgument] {
        var members = arguments
        if reason != .none {
            members.append(
                .text(
                    "reason", upTo: ActionArgument.reasonLimit, isRequired: reason == .required,
                    "Why; it is kept in the history."))
        }
        if hasDryRun {
            members.append(
                ActionArgument(
                    "dryRun", ["type": "boolean"], isRequired: false,
                    "Only say what would come of it."))
        }
        return members
    }

    /// JSON Schema of the body.
    package var bodySchema: Value {
        let members = members
        var schema: ValueMap = [
            "type": "object", "additionalProperties": false,
            "properties": .map(
                ValueMap(
                    members.map { member in
                        var property = member.schema.mapValue ?? ValueMap()
                        property["description"] = .string(member.summary)
                        return (member.name, .map(property))
                    })),
        ]
        let required = members.filter(\.isRequired).map { Value.string($0.name) }
        if !required.isEmpty { schema["required"] = .list(required) }
        return .map(schema)
    }

    /// No body at all is the same as an empty one.
    package var bodyIsOptional: Bool {
        !members.contains(where: \.isRequired) && reason != .requiredUnlessDry
    }

    /// The line to type, with what is to be filled in: `pawl retry NAME [--incident INCIDENT]`.
    package var usage: String {
        let known = members.filter { $0.name != "dryRun" }
        let required = known.filter { $0.isRequired || needsReason && $0.name == "reason" }
        var text = line(required)
        let words = text.split(separator: " ")
        for member in known where !required.contains(member) {
            let longer = line(required + [member]).split(separator: " ")
            let start = zip(words, longer).prefix { $0 == $1 }.count
            text +=
                " ["
                + longer.dropFirst(start).prefix(longer.count - words.count)
                .joined(separator: " ") + "]"
        }
        return text
    }

    private func line(_ members: [ActionArgument]) -> String {
        CommandLineText(
            verb, on: subject.placeholder,
            ValueMap(members.map { ($0.name, .string($0.name.uppercased())) })
        ).text.replacing("'\"FORM\"'", with: "FORM")
    }
}
