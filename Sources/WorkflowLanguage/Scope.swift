import CEL
import Values

/// The names that an expression may use, and what is known of what is below them.
struct Scope: Sendable {
    indirect enum Shape: Sendable {
        case any
        /// One of a known kind, with nothing below it that has a name.
        case value(CELType)
        case schema(Schema)
        /// What somebody else's system answers: where its schema is open, there may be members that nobody declared.
        case answer(Schema)
        /// Settings: those that are durations are given to expressions as such, all other data are what JSON has.
        case settings(Schema)
        case members([(name: String, shape: Shape)])

        /// The declared names; nil when anything may be there.
        var names: [String]? {
            switch self {
            case .any, .value: nil
            case .schema(let schema), .answer(let schema), .settings(let schema):
                schema.propertyNames
            case .members(let members): members.map(\.name)
            }
        }

        func member(_ name: String) -> Shape {
            switch self {
            case .any, .value: .any
            case .schema(let schema), .settings(let schema):
                schema.property(name).map(Shape.schema) ?? .any
            case .answer(let schema): schema.property(name).map(Shape.answer) ?? .any
            case .members(let members): members.first { $0.name == name }?.shape ?? .any
            }
        }

        /// Whether a member may be there that nobody declared, and is not another's name misspelt.
        func mayHold(_ name: String) -> Bool {
            guard case .answer(let schema) = self, schema.allowsOtherProperties else {
                return false
            }
            return nearestName(to: name, among: names ?? []) == nil
        }

        static func names(_ names: [String]) -> Shape { .members(names.map { ($0, .any) }) }
    }

    let roots: [(name: String, shape: Shape)]
    /// The same for CEL's checker.
    let types: TypeEnvironment

    init(_ roots: [(String, Shape)]) {
        self.roots = roots.map { (name: $0.0, shape: $0.1) }
        types = TypeEnvironment(roots.map { ($0.0, $0.1.type) })
    }

    func has(_ name: String) -> Bool { roots.contains { $0.name == name } }

    /// Adds a root or gives one another shape.
    func with(_ name: String, _ shape: Shape) -> Scope {
        Scope(roots.filter { $0.name != name }.map { ($0.name, $0.shape) } + [(name, shape)])
    }

    /// What is not part of a transition: invocations begin and outputs are made when the event has done its work.
    var withoutEvent: Scope {
        Scope(roots.filter { $0.name != "event" }.map { ($0.name, $0.shape) })
    }

    /// Only some of the roots.
    func only(_ names: [String]) -> Scope {
        Scope(roots.filter { names.contains($0.name) }.map { ($0.name, $0.shape) })
    }

    /// Why a reference leads nowhere; nil if it may lead somewhere.
    func problem(with reference: Reference) -> String? {
        guard let first = reference.path.first else { return nil }
        guard let root = roots.first(where: { $0.name == first }) else {
            guard first != "event" else {
                return
                    "there is no 'event' here: keep what it brought in 'context', with an 'assign' "
                    + "of its transition"
            }
            let known = roots.map(\.name)
            return "there is no '\(first)' here\(Reader.hint(first, known))"
        }
        var shape = root.shape
        var path = first
        let checked = reference.isOptional ? reference.path.dropLast() : reference.path[...]
        for name in checked.dropFirst() {
            if let known = shape.names, !known.contains(name) {
                guard !shape.mayHold(name) else { return nil }
                return "'\(path)' declares no '\(name)'\(Reader.hint(name, known))"
            }
            shape = shape.member(name)
            path += "." + name
        }
        return nil
    }
}

extension Scope {
    /// What an answer holds that its open schema does not declare: it may be there. Nil where it is asked for first, or
    /// nothing is open.
    func doubt(of reference: Reference, beside others: [Reference]) -> String? {
        guard let first = reference.path.first, !reference.isOptional,
            var shape = roots.first(where: { $0.name == first })?.shape
        else { return nil }
        for (position, name) in reference.path.enumerated().dropFirst() {
            if let known = shape.names, !known.contains(name), shape.mayHold(name) {
                let holder = reference.path.prefix(position)
                let isAsked = others.contains {
                    $0.path == Array(holder)
                        || ($0.isOptional && $0.path.starts(with: reference.path[...position]))
                }
                guard !isAsked else { return nil }
                let path = holder.joined(separator: ".")
                let question =
                    NameRule.word.admits(name) ? "\(path).?\(name)" : "\(path)[?'\(name)']"
                return
                    "nobody declares '\(name)' in '\(path)': declare it in 'outputSchema' of its "
                    + "operation, or ask for it first, as in \(question).orValue(null)"
            }
            shape = shape.member(name)
        }
        return nil
    }

    static let eventShape = Shape.names(["name", "data", "id", "sender", "at"])
    static let instanceShape = Shape.names([
        "id", "key", "workflow", "version", "startedAt", "startedBy",
    ])

    /// What finds the instance that an event is for: nothing of an instance, which is not there yet.
    static let envelope = Scope([("event", .names(["name", "data", "id", "sender"]))])

    /// What guards, actions and payloads see.
    static func workflow(input: Schema, context: Schema, params: Schema) -> Scope {
        Scope([
            ("input", .schema(input)), ("context", .schema(context)), ("params", .settings(params)),
            ("event", eventShape), ("instance", instanceShape), ("now", .value(.timestamp)),
        ])
    }

    /// Inside a transition for an event whose data have a schema.
    func forEvent(data: Schema) -> Scope {
        with(
            "event",
            .members([
                ("name", .any), ("data", .schema(data)), ("id", .any), ("sender", .any),
                ("at", .any),
            ]))
    }
}
