import CEL
import Statechart
import Values

/// SCXML's elements as the tables of a `Machine`.
///
/// Three things are lowered. `In()` reads a list in the context: the first block of each state's entry adds
/// the state, the last of its exit takes it out, which is when appendix D changes the configuration. `<data>`
/// is bound by the first blocks of the root's entry, each on its own (early binding). A transition with
/// several event descriptors becomes one for each, side by side.
struct SCXMLImporter {
    /// The member of the context that lists the active states.
    static let configuration = "configuration"

    private struct Place {
        let node: XMLNode
        let id: String
        let parent: StateIndex?
        var children: [StateIndex] = []
        var lastDescendant: StateIndex
    }

    private static let stateNames = ["state", "parallel", "final", "history"]

    private static let partNames = [
        "datamodel", "initial", "onentry", "onexit", "transition", "invoke", "donedata",
    ]

    private var places: [Place] = []
    private var indexByID: [String: StateIndex] = [:]
    private var transitions: [Transition] = []
    private var owners: [StateIndex] = []
    private var invocations: [ImportedChart.Invoke] = []
    private let data: [XMLNode]
    let invokeIDs: [String]

    init(_ root: XMLNode) throws {
        data = root.elements(outside: "content").filter { $0.name == "data" }
        invokeIDs = root.elements(outside: "content").filter { $0.name == "invoke" }
            .compactMap { $0["id"] }
        try outline(root, parent: nil)
    }

    private mutating func outline(_ node: XMLNode, parent: StateIndex?) throws {
        let index = places.count
        let id = parent == nil ? "" : node["id"] ?? "state\(index)"
        places.append(Place(node: node, id: id, parent: parent, lastDescendant: index))
        indexByID[id] = index
        if let parent { places[parent].children.append(index) }
        for child in node.children where !Self.partNames.contains(child.name) {
            guard Self.stateNames.contains(child.name) else {
                throw ImportFailure.unknownElement(child.name, child.location)
            }
            try outline(child, parent: index)
        }
        places[index].lastDescendant = places.count - 1
    }

    mutating func chart() throws -> ImportedChart {
        var states: [State] = []
        for index in places.indices { states.append(try state(index)) }
        return ImportedChart(
            machine: Machine(
                states: states, transitions: transitions, timers: [], invocations: owners,
                semantics: .scxml),
            invocations: invocations, variables: data.compactMap { $0["id"] })
    }

    private mutating func state(_ index: StateIndex) throws -> State {
        let place = places[index]
        let node = place.node
        let firstTransition = transitions.count
        if kind(place) != .history(deep: false), kind(place) != .history(deep: true) {
            for child in node.children(named: "transition") { try add(child, from: index) }
        }
        let firstInvocation = invocations.count
        for child in node.children(named: "invoke") { try add(invoke: child, of: index) }
        let opening = openingTransition(place)
        return State(
            id: place.id, kind: kind(place), parent: place.parent, children: place.children,
            lastDescendant: place.lastDescendant, initial: try initial(place),
            initialActions: try opening.map { [try block($0)] } ?? [],
            onEntry: try entry(index), onExit: try exit(index),
            transitions: Array(firstTransition..<transitions.count),
            invocations: Array(firstInvocation..<invocations.count),
            doneData: try node.child(named: "donedata").map(payload), location: node.location)
    }

    private func kind(_ place: Place) -> State.Kind {
        switch place.node.name {
        case "parallel": .parallel
        case "final": .final
        case "history": .history(deep: place.node["type"] == "deep")
        default: place.children.isEmpty ? .atomic : .compound
        }
    }

    // MARK: Where a state begins

    /// The transition of `<initial>`, or a history state's own.
    private func openingTransition(_ place: Place) -> XMLNode? {
        place.node.name == "history"
            ? place.node.child(named: "transition")
            : place.node.child(named: "initial")?.child(named: "transition")
    }

    private func initial(_ place: Place) throws -> [StateIndex] {
        if let transition = openingTransition(place) { return try targets(of: transition) }
        if let names = place.node["initial"] { return try indices(names, at: place.node) }
        guard kind(place) == .compound else { return [] }
        return place.children.first { places[$0].node.name != "history" }.map { [$0] } ?? []
    }

    private func targets(of transition: XMLNode) throws -> [StateIndex] {
        try indices(transition["target"] ?? "", at: transition)
    }

    private func indices(_ names: String, at node: XMLNode) throws -> [StateIndex] {
        try names.split(whereSeparator: \.isWhitespace).map { name in
            guard let index = indexByID[String(name)] else {
                throw ImportFailure.unknownState(String(name), node.location)
            }
            return index
        }
    }

    // MARK: Entry and exit

    private func entry(_ index: StateIndex) throws -> [ActionBlock] {
        let node = places[index].node
        let own = try node.children(named: "onentry").map(block)
        guard index != 0 else { return try data.map(binding) + own }
        let list = "context.\(Self.configuration)"
        return [[try note("\(list) + ['\(places[index].id)']", at: node)]] + own
    }

    private func exit(_ index: StateIndex) throws -> [ActionBlock] {
        let node = places[index].node
        let own = try node.children(named: "onexit").map(block)
        guard index != 0 else { return own }
        let list = "context.\(Self.configuration)"
        return own + [[try note("\(list).filter(id, id != '\(places[index].id)')", at: node)]]
    }

    private func note(_ expression: String, at node: XMLNode) throws -> Action {
        .assign(
            name: Self.configuration,
            value: .expression(try self.expression(expression, at: node)), location: node.location)
    }

    /// What the invoking session gave wins over the document's own value.
    private func binding(_ data: XMLNode) throws -> ActionBlock {
        let name = try data.required("id")
        let own = data["expr"] ?? "null"
        let value = try expression("has(given.\(name)) ? given.\(name) : (\(own))", at: data)
        return [.assign(name: name, value: .expression(value), location: data.location)]
    }

    // MARK: Transitions

    private mutating func add(_ node: XMLNode, from source: StateIndex) throws {
        let condition = try self.condition(node)
        let targets = try self.targets(of: node)
        let actions = try block(node)
        for trigger in triggers(node["event"]) {
            transitions.append(
                Transition(
                    source: source, trigger: trigger, guardExpression: condition, targets: targets,
                    isInternal: node["type"] == "internal", actions: actions,
                    location: node.location))
        }
    }

    private func triggers(_ descriptors: String?) -> [Trigger] {
        guard let descriptors else { return [.always] }
        return descriptors.split(whereSeparator: \.isWhitespace).map { descriptor in
            .prefix(descriptor.split(separator: ".").map(String.init).filter { $0 != "*" })
        }
    }

    func condition(_ node: XMLNode) throws -> Guard? {
        try node["cond"].map {
            Guard(expression: try expression($0, at: node), location: node.location)
        }
    }

    func expression(_ source: String, at node: XMLNode) throws -> Expression {
        do {
            let expression = try Expression(parsing: source)
            if let issue = expression.issues.first { throw issue }
            return expression
        } catch let error as ParseError {
            throw ImportFailure.noExpression(source, error.message, node.location)
        }
    }

    // MARK: Invocations

    private mutating func add(invoke node: XMLNode, of state: StateIndex) throws {
        guard let document = node.child(named: "content")?.child(named: "scxml") else {
            throw ImportFailure.missing("content", of: "invoke", node.location)
        }
        let id = node["id"] ?? "\(places[state].id).\(invocations.count)"
        let parameters = try node.children(named: "param").map { parameter in
            (
                name: try parameter.required("name"),
                value: try expression(try parameter.required("expr"), at: parameter)
            )
        }
        owners.append(state)
        invocations.append(
            ImportedChart.Invoke(
                id: id, parameters: parameters, chart: try ImportedChart(importing: document)))
    }
}

extension XMLNode {
    func required(_ attribute: String) throws -> String {
        guard let value = self[attribute] else {
            throw ImportFailure.missing(attribute, of: name, location)
        }
        return value
    }

    /// The element and those below it that no element of that name encloses.
    func elements(outside name: String) -> [XMLNode] {
        self.name == name ? [] : [self] + children.flatMap { $0.elements(outside: name) }
    }
}
