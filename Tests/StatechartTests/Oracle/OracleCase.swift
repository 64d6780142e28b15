import CEL
import Statechart
import Values

/// One line of the oracle: a chart, what happens to it, and what must come of it.
struct OracleCase {
    let seed: Int
    let size: Int
    private let limits: StepLimits
    private let parts: Parts
    private let events: [Event]
    private let data: ValueMap
    private let expected: Value

    init(parsing line: Substring) throws {
        expected = try JSON.parse(Array(line.utf8), limits: .trusted)
        seed = try expected.int("seed")
        limits = StepLimits(microsteps: try expected.int("limit"))
        let chart = try expected.member("chart")
        parts = try Parts(chart)
        size = parts.states.count
        data = try chart.member("data").mapValue.orThrow("data")
        events = try expected.list("events").map(Self.event)
    }

    /// Where what the machine does first departs from what the oracle says; nil: nowhere.
    func difference(_ semantics: Semantics) throws -> String? {
        let name = semantics == .pawl ? "pawl" : "scxml"
        let said = try expected.list(name).map { try $0.stringValue.orThrow("a line") }
        let done = try trace(semantics)
        guard let place = zip(said, done).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
            return said.count == done.count
                ? nil : "\(name): \(done.count) steps, not \(said.count)"
        }
        let event = place == 0 ? "start" : "event \(place), \(events[place - 1].name)"
        return "\(name), \(event):\n  oracle  \(said[place])\n  machine \(done[place])"
    }

    private func trace(_ semantics: Semantics) throws -> [String] {
        let machine = Machine(
            states: parts.states, transitions: parts.transitions, timers: parts.timers,
            invocations: parts.invocations, semantics: semantics)
        let environment: Bindings = ["event": ["name": "", "data": .null]]
        var step = machine.start(data: data, environment: environment, limits: limits)
        var lines = [step.line]
        guard step.failure == nil else { return lines }
        for event in events {
            step = machine.step(step.snapshot, event, environment: environment, limits: limits)
            lines.append(step.line)
        }
        return lines
    }

    private static func event(_ value: Value) throws -> Event {
        let identity: Event.Identity =
            switch value["kind"]?.stringValue {
            case "timer": .timer(try value.int("what"))
            case "invoked": .invocationDone(try value.int("what"))
            default: .named
            }
        return Event(
            name: try value.text("name"), identity: identity, data: try value.member("data"))
    }
}

/// What a machine is made of, whosever rules it is to run by.
private struct Parts {
    private static let place = SourceLocation(line: 1, column: 1)

    let states: [State]
    let transitions: [Transition]
    let timers: [Timer]
    let invocations: [StateIndex]

    init(_ chart: Value) throws {
        states = try chart.list("states").enumerated().map(Self.state)
        transitions = try chart.list("transitions").map(Self.transition)
        timers = try chart.ints("timers").map {
            Timer(state: $0, due: .literal("1h"), location: Self.place)
        }
        invocations = try chart.ints("invocations")
    }

    private static func state(_ index: Int, _ value: Value) throws -> State {
        let kind: State.Kind =
            switch try value.text("kind") {
            case "compound": .compound
            case "parallel": .parallel
            case "final": .final
            case "shallow": .history(deep: false)
            case "deep": .history(deep: true)
            default: .atomic
            }
        return State(
            id: index == 0 ? "" : "s\(index)", kind: kind,
            parent: value["parent"]?.intValue.map { Int($0) },
            children: try value.ints("children"), lastDescendant: try value.int("last"),
            initial: try value.ints("initial"),
            initialActions: [try actions(value.list("initialActions"))],
            onEntry: try value.list("entry").map { try actions($0.listValue.orThrow("a block")) },
            onExit: try value.list("exit").map { try actions($0.listValue.orThrow("a block")) },
            transitions: try value.ints("transitions"), timers: try value.ints("timers"),
            invocations: try value.ints("invocations"),
            doneData: try value["output"]?.stringValue.map(template), location: place)
    }

    private static func transition(_ value: Value) throws -> Transition {
        Transition(
            source: try value.int("source"), trigger: try trigger(value.list("trigger")),
            guardExpression: try value["guard"]?.stringValue.map(condition),
            targets: try value.ints("targets"),
            isInternal: try value.member("internal").boolValue.orThrow("internal"),
            actions: try actions(value.list("actions")), location: place)
    }

    private static func trigger(_ words: [Value]) throws -> Trigger {
        switch (words[0].stringValue, words[1]) {
        case ("named", .string(let name)): return .named(name)
        case ("done", .int(let state)): return .stateDone(Int(state))
        case ("timer", .int(let timer)): return .timer(Int(timer))
        case ("invoked", .int(let invocation)): return .invocationDone(Int(invocation))
        case ("any", .list(let tokens)): return .prefix(tokens.compactMap(\.stringValue))
        default: return .always
        }
    }

    private static func actions(_ values: [Value]) throws -> ActionBlock { try values.map(action) }

    private static func action(_ value: Value) throws -> Action {
        let words = try value.listValue.orThrow("an action")
        let (name, text) = (words[1].stringValue ?? "", words[2].stringValue ?? "")
        switch words[0].stringValue {
        case "assign":
            return .assign(name: name, value: try template(text), location: place)
        case "raise":
            return .raise(event: name, data: try template(text), location: place)
        case "emit":
            return .emit(.log, payload: try template("['\(name)', \(text)]"), location: place)
        default:
            return .choose(
                try words[1].listValue.orThrow("branches").map { branch in
                    Branch(
                        condition: try branch[0]?.stringValue.map(condition),
                        actions: try actions(branch[1]?.listValue ?? []))
                })
        }
    }

    private static func template(_ text: String) throws -> Template {
        .expression(try Expression(parsing: text))
    }

    private static func condition(_ text: String) throws -> Guard {
        Guard(expression: try Expression(parsing: text), location: place)
    }
}

extension Step {
    /// In the oracle's words.
    fileprivate var line: String {
        switch failure {
        case .endless: return "never ends"
        case .expression: return "fails"
        case nil: break
        }
        var parts = microsteps.map { step in
            "\(step.event ?? "always") t\(listed(step.transitions)) -\(listed(step.exited)) "
                + "+\(listed(step.entered))"
        }
        parts.append(effects.map(word).joined(separator: "; "))
        parts.append("in \(listed(snapshot.configuration))")
        parts += snapshot.history.map { "h\($0.state)=\(listed($0.configuration))" }
        parts += ["x", "y"].map { "\($0)=\(snapshot.data[$0]?.interpolated ?? "")" }
        if !problems.isEmpty { parts.append("with errors") }
        if let final = snapshot.finalState { parts.append("ended in \(final)") }
        return parts.filter { !$0.isEmpty }.joined(separator: " | ")
    }

    private func listed(_ indices: [Int]) -> String {
        indices.map { String($0) }.joined(separator: ",")
    }

    private func word(_ effect: Effect) -> String {
        switch effect {
        case .startTimer(let timer, _): "start \(timer)"
        case .cancelTimer(let timer): "cancel \(timer)"
        case .startInvocation(let invocation): "invoke \(invocation)"
        case .cancelInvocation(let invocation): "uninvoke \(invocation)"
        case .emit(let emission):
            "emit "
                + (emission.payload.listValue ?? []).map(\.interpolated).joined(separator: " ")
        }
    }
}

/// The oracle said something else than was agreed.
struct OracleMisread: Error { let missing: String }

extension Optional {
    fileprivate func orThrow(_ name: String) throws -> Wrapped {
        guard let self else { throw OracleMisread(missing: name) }
        return self
    }
}

extension Value {
    fileprivate func member(_ name: String) throws -> Value { try self[name].orThrow(name) }
    fileprivate func int(_ name: String) throws -> Int {
        Int(try member(name).intValue.orThrow(name))
    }
    fileprivate func text(_ name: String) throws -> String {
        try member(name).stringValue.orThrow(name)
    }
    fileprivate func list(_ name: String) throws -> [Value] {
        try member(name).listValue.orThrow(name)
    }
    fileprivate func ints(_ name: String) throws -> [Int] {
        try list(name).map { Int(try $0.intValue.orThrow(name)) }
    }
}
