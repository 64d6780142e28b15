import Definition
import Execution
import Values

/// What somebody asks for, read from the members of a body or a form: the one reading of every action.
package struct ActionRequest: Sendable, Hashable {
    package let declaration: ActionDeclaration
    /// What the declaration names, checked against it.
    package let arguments: ValueMap
    /// Empty where none is needed.
    package let reason: String
    package let isDry: Bool

    /// Says everything that is wrong with the body at once.
    package init(_ declaration: ActionDeclaration, _ body: ValueMap) throws(Problem) {
        var members = BodyMembers(body, known: declaration.members.map(\.name))
        var arguments = ValueMap()
        for argument in declaration.arguments {
            guard let value = members.read(argument) else { continue }
            arguments[argument.name] = value
            members.noteBlanks(in: value, of: argument.name)
        }
        let isDry = declaration.hasDryRun && body["dryRun"]?.boolValue == true
        switch declaration.reason {
        case .none: reason = ""
        case .requiredUnlessDry where isDry: reason = members.reason(isRequired: false)
        case .optional: reason = members.reason(isRequired: false)
        case .required, .requiredUnlessDry: reason = members.reason(isRequired: true)
        }
        if declaration.hasDryRun { _ = members.flag("dryRun") }
        members.check(declaration.verb, arguments)
        try members.check()
        self.declaration = declaration
        self.arguments = arguments
        self.isDry = isDry
    }
}

/// What is wanted of an adapter: something that is kept, or a call of it now.
package enum AdapterDemand: Sendable, Hashable {
    case hold(PauseAction)
    case probe
}

extension ActionRequest {
    /// To an instance; nil: it is not done to one.
    package func input(by actor: Actor) -> Input? {
        Input(declaration.verb, arguments, reason: reason, actor: actor)
    }

    /// To a task; nil: it is not done to one.
    package var taskAction: TaskAction? {
        switch declaration.verb {
        case .claim: .claim
        case .release: .release
        case .assignTask: .assign(to: text("to"))
        case .comment: .comment(text("text"))
        case .remind: .remind
        case .decide:
            .decide(
                TaskDecision(
                    text("outcome"), form: .map(object("form")), comment: text("comment")))
        default: nil
        }
    }

    /// To a schedule; nil: it is not done to one.
    package var scheduleAction: ScheduleAction? {
        switch declaration.verb {
        case .pauseSchedule: return .pause(reason: reason)
        case .resumeSchedule: return .resume(reason: reason)
        case .runSchedule: return .run(reason: reason)
        case .backfill:
            guard let from = moment("from"), let to = moment("to") else { return nil }
            return .backfill(from: from, to: to, reason: reason)
        default: return nil
        }
    }

    /// To an adapter; nil: it is not done to one.
    package var adapterDemand: AdapterDemand? {
        switch declaration.verb {
        case .pauseAdapter: .hold(.pause(reason: reason))
        case .resumeAdapter: .hold(.resume(reason: reason))
        case .probeAdapter: .probe
        default: nil
        }
    }

    /// To a workflow; nil: it is not done to one.
    package var workflowAction: PauseAction? {
        switch declaration.verb {
        case .pauseWorkflow: .pause(reason: reason)
        case .resumeWorkflow: .resume(reason: reason)
        default: nil
        }
    }

    private func text(_ name: String) -> String { arguments[name]?.stringValue ?? "" }
    private func object(_ name: String) -> ValueMap { arguments[name]?.mapValue ?? ValueMap() }

    private func moment(_ name: String) -> Timestamp? {
        arguments[name]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
    }
}

extension BodyMembers {
    /// What no schema says.
    fileprivate mutating func check(_ verb: ActionVerb, _ arguments: ValueMap) {
        func text(_ name: String) -> String { arguments[name]?.stringValue ?? "" }
        switch verb {
        case .assignTask:
            let subject = text("to")
            if (try? Actor(header: "x/" + subject)) == nil || subject.allSatisfy(\.isWhitespace) {
                note("/to", "a subject of 1 to 200 printable characters")
            }
        case .backfill:
            if let from = Timestamp(rfc3339: text("from")), let to = Timestamp(rfc3339: text("to")),
                from >= to
            {
                note("/to", "it must be later than `from`")
            }
        default: break
        }
    }
}
