import CEL
import Definition
import Sabotage
import Values

/// What `event` is in the transitions of an invocation.
extension Scope {
    /// Of an event of the engine's own.
    func forEvent(giving data: Shape) -> Scope {
        with(
            "event",
            .members([
                ("name", .value(.string)), ("data", data), ("id", .any), ("sender", .any),
                ("at", .any),
            ]))
    }

    /// Inside a transition for an outcome of a person's task.
    func forDecision(form: Schema, among outcomes: [String]) -> Scope {
        let data = Self.decision(form: .schema(form), among: outcomes)
        return with(
            "event", .members([("name", .value(.string)), ("data", data), ("id", .any)]))
    }

    fileprivate static func decision(form: Shape, among outcomes: [String]) -> Shape {
        .members([
            ("outcome", .value(.choice(outcomes.map { ExactText($0) }))), ("form", form),
            ("comment", .value(.string)),
            ("by", .members([("role", .value(.string)), ("subject", .value(.string))])),
            ("for", .any), ("at", .any),
        ])
    }

    /// Of a fan-out: how many.
    fileprivate static let members = Shape.members(
        ["started", "completed", "failed", "cancelled"].map { ($0, .value(.int)) })

    /// - Parameter errors: those by which it may fail; nil: nobody knows.
    fileprivate static func failure(_ errors: [String]?) -> Shape {
        let error = errors.map { CELType.choice($0.map { ExactText($0) }) } ?? .string
        return .members([
            ("error", .value(error)), ("message", .value(.string)),
            ("errors", .value(.list(.string))), ("detail", .any), ("task", .value(.string)),
            ("attempts", .value(.int)),
        ])
    }
}

extension WorkflowParser {
    /// What `onDone` is given.
    func answer(of invocation: Invocation) -> Scope.Shape {
        guard invocation.forEach == nil else { return Scope.members }
        switch invocation.target {
        case .task(let adapter, let name):
            guard !isMutant(.answersUntyped) else { return .any }
            return neighbours?.operation(adapter, name).map { .answer($0.outputSchema) } ?? .any
        case .workflow(let name, _):
            return neighbours?.workflow(name)?.resultNames.map { .names($0) } ?? .any
        case .person(let task):
            let forms = task.outcomes.map(\.form)
            let isOne = forms.allSatisfy { $0 == forms.first }
            let form = isOne ? forms.first.map { Scope.Shape.schema($0) } : nil
            return Scope.decision(form: form ?? .any, among: task.outcomes.map(\.name))
        case .compensate: return .any
        }
    }

    /// What `onError` is given.
    func failure(of invocation: Invocation) -> Scope.Shape {
        guard case .task(let adapter, let name) = invocation.target, invocation.forEach == nil,
            let operation = neighbours?.operation(adapter, name)
        else { return Scope.failure(nil) }
        return Scope.failure(operation.errorNames + CatalogCheck.engineErrors)
    }

    /// What `item` is in the key and the input of a member.
    func item(of forEach: ForEach) -> Scope.Shape {
        switch forEach.source {
        case .list(let template):
            guard let expression = template.expressions.first,
                template.written == "${\(expression.source)}",
                case .list(let element) = expression.typed(in: scope.withoutEvent.types).type
            else { return .any }
            return .value(element)
        case .pages(let adapter, let name, _):
            let items = neighbours?.operation(adapter, name)?.outputSchema.property("items")?.items
            return items.map { .answer($0) } ?? .any
        }
    }

    // MARK: What is given to others

    /// Holds the input of a call or of a child against what it takes.
    mutating func holdInput(_ fields: Fields, of invocation: Invocation, in scope: Scope) {
        let schema: Schema?
        let taker: String
        switch invocation.target {
        case .task(let adapter, let name):
            schema = neighbours?.operation(adapter, name)?.input
            taker = "'\(adapter).\(name)'"
        case .workflow(let name, _):
            schema = neighbours?.workflow(name)?.input
            taker = "'\(name)'"
        case .person, .compensate: return
        }
        guard let schema, !isMutant(.inputsUnheld) else { return }
        reader.hold(
            fields["input"], against: schema, Holding(taker, "its input", in: scope),
            missing: fields.key("input") ?? fields.node)
    }

    /// Holds the input of a task that gives pages against what it takes.
    mutating func holdPages(_ fields: Fields, of forEach: ForEach) {
        guard case .pages(let adapter, let name, _) = forEach.source, let from = fields["from"],
            let operation = neighbours?.operation(adapter, name)
        else { return }
        let entry = from.entries.first { $0.name == "input" }
        let holding = Holding(
            "'\(adapter).\(name)'", "its input", in: scope.withoutEvent,
            added: ["after", "count"])
        reader.hold(
            entry?.value, against: operation.input, holding, missing: entry?.key ?? from)
    }

    /// Holds what is sent against what its receivers take, if that is one thing.
    mutating func holdSent(_ fields: Fields, in scope: Scope) {
        guard let event = fields["event"]?.stringValue, let neighbours,
            fields["to"] == nil || fields["to"]?.stringValue != nil
        else { return }
        let receivers = neighbours.receivers(of: event, in: fields["to"]?.stringValue)
        guard let first = receivers.first, receivers.allSatisfy({ $0.data == first.data }) else {
            return
        }
        reader.hold(
            fields["data"], against: first.data,
            Holding("'\(event)' of '\(first.workflow)'", "its data", in: scope),
            missing: fields.key("data") ?? fields.key("event") ?? fields.node)
    }
}
