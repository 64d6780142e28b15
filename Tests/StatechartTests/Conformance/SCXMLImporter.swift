import CEL
import Statechart
import Values

/// SCXML's elements as the tables of a `Machine`.
///
/// Three things are lowered. `In()` reads a list in the context: the first block of each state's entry adds
/// the state, the last of its exit takes it out, which is when appendix D changes the configuration. `<data>`
/// is bound by the first blocks of the root's entry, each on its own, or, with late binding, when its state is entered
/// for the first time. A transition with several event descriptors becomes one for each, side by side.
struct SCXMLImporter {
    /// The member of the context that lists the active states.
    static let configuration = "configuration"
    /// The one that lists the data that is bound, with late binding.
    static let bound = "bound"
    /// The one that counts what was sent, for ids.
    static let sends = "sends"

    private struct Place {
        let node: XMLNode
        let id: String
        let parent: StateIndex?
        var children: [StateIndex] = []
        var lastDescendant: StateIndex
    }

    private static let stateNames = ["state", "parallel", "final", "history"]

    private static let partNames = [
        "datamodel", "initial", "onentry", "onexit", "transition", "invoke", "donedata", "script",
    ]

    private var places: [Place] = []
    private var indexByID: [String: StateIndex] = [:]
    private var transitions: [Transition] = []
    private var owners: [StateIndex] = []
    private var invokeNodes: [XMLNode] = []
    private let root: XMLNode
    private let data: [XMLNode]
    private let isLate: Bool
    let documents: SCXMLDocuments?
    /// Documents that are values of data, in document order.
    let inlineDocuments: [XMLNode]

    init(_ root: XMLNode, among documents: SCXMLDocuments?) throws {
        self.root = root
        self.documents = documents
        let elements = root.elements(outside: "content")
        data = elements.filter { $0.name == "data" }
        inlineDocuments = elements.filter { $0.name == "assign" }
            .compactMap { $0.child(named: "scxml") }
        isLate = root["binding"] == "late"
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
        let machine = Machine(
            states: states, transitions: transitions, timers: [], invocations: owners,
            semantics: .scxml)
        let declared = isLate ? root.child(named: "datamodel")?.children ?? [] : data
        return ImportedChart(
            machine: machine,
            invocations: try invokeNodes.indices.map {
                try invoke(invokeNodes[$0], as: $0, of: machine)
            },
            variables: declared.compactMap { $0["id"] }, name: root["name"],
            documents: try inlineDocuments.map {
                try ImportedChart(importing: $0, among: documents)
            })
    }

    private mutating func state(_ index: StateIndex) throws -> State {
        let place = places[index]
        let node = place.node
        let firstTransition = transitions.count
        if kind(place) != .history(deep: false), kind(place) != .history(deep: true) {
            for child in node.children(named: "transition") { try add(child, from: index) }
        }
        let firstInvocation = owners.count
        for child in node.children(named: "invoke") {
            owners.append(index)
            invokeNodes.append(child)
        }
        let opening = openingTransition(place)
        return State(
            id: place.id, kind: kind(place), parent: place.parent, children: place.children,
            lastDescendant: place.lastDescendant, initial: try initial(place),
            initialActions: try opening.map { [try block($0)] } ?? [],
            onEntry: try entry(index), onExit: try exit(index),
            transitions: Array(firstTransition..<transitions.count),
            invocations: Array(firstInvocation..<owners.count),
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
        guard index != 0 else {
            let first = isLate ? try lateBindings(node) : try data.map { [try binding($0)] }
            return try first + node.children(named: "script").map { try actions($0) } + own
        }
        let list = "context.\(Self.configuration)"
        return [[try note("\(list) + ['\(places[index].id)']", at: node)]]
            + (isLate ? try lateBindings(node) : []) + own
    }

    private func exit(_ index: StateIndex) throws -> [ActionBlock] {
        let node = places[index].node
        let own = try node.children(named: "onexit").map(block)
        guard index != 0 else { return own }
        let list = "context.\(Self.configuration)"
        return own + [[try note("\(list).filter(id, id != '\(places[index].id)')", at: node)]]
    }

    private func note(_ expression: String, at node: XMLNode) throws -> Action {
        try set(Self.configuration, expression, at: node)
    }

    /// What the invoking session gave wins over the document's own value.
    private func binding(_ data: XMLNode) throws -> Action {
        let name = try data.required("id")
        var own = data["expr"] ?? "null"
        if let source = data["src"] {
            guard let documents else {
                throw ImportFailure.missing("folder", of: source, data.location)
            }
            own = JSON.string(literal(try documents.text(of: source)))
        } else if data.text.contains(where: { !$0.isWhitespace }) {
            own = JSON.string(literal(data.text))
        }
        return try set(name, "has(given.\(name)) ? given.\(name) : (\(own))", at: data)
    }

    /// The first time that the state is entered only.
    private func lateBindings(_ state: XMLNode) throws -> [ActionBlock] {
        try (state.child(named: "datamodel")?.children ?? []).map { data in
            let list = "context.\(Self.bound)"
            let name = "'\(try data.required("id"))'"
            let isNew = Guard(
                expression: try expression("!(\(name) in \(list))", at: data),
                location: data.location)
            let mark = try set(Self.bound, "\(list) + [\(name)]", at: data)
            return [.choose([Branch(condition: isNew, actions: [mark, try binding(data)])])]
        }
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
