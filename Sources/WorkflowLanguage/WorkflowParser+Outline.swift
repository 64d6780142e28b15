import Statechart

/// Drawing the tree of states.
extension WorkflowParser {
    private enum StateType: String {
        case parallel
        case final
        case history
    }

    static let maximumStates = 1000

    static let stateWords = [
        "description", "type", "history", "target", "initial", "states", "tags", "expect", "on",
        "after", "always", "entry", "exit", "onDone", "invoke", "status", "output",
    ]

    mutating func drawOutline(root: Fields, states: YAMLNode) {
        let index = outline.open(
            name: "", kind: .compound, parent: nil, fields: root, key: states)
        drawChildren(states, of: index)
        outline.close(index)
    }

    private mutating func drawChildren(_ node: YAMLNode, of parent: StateIndex) {
        let children = reader.named(node, "state", .word)
        if children.isEmpty, node.isMap {
            reader.error(.emptyState, "'states' names no state", at: node)
        }
        for (name, entry) in children {
            guard outline.states.count <= Self.maximumStates else {
                reader.error(
                    .chartSize,
                    "a workflow has at most \(Self.maximumStates) states; move some to a child "
                        + "workflow", at: entry.key)
                return
            }
            draw(name, entry, parent)
        }
    }

    private mutating func draw(_ name: String, _ entry: YAMLNode.Entry, _ parent: StateIndex) {
        let fields =
            entry.value.isNull
            ? Fields(node: entry.value, entries: [])
            : reader.fields(
                entry.value, of: "a state", words: Self.stateWords, unsupported: ["person"])
        let kind = kind(of: fields)
        checkWords(of: fields, kind: kind)
        if kind == .final, outline.states[parent].kind == .parallel {
            refuseFinalRegion(name, fields, parent)
        }
        let index = outline.open(
            name: name, kind: kind, parent: parent, fields: fields, key: entry.key)
        if let states = fields["states"] { drawChildren(states, of: index) }
        outline.close(index)
    }

    /// SCXML has no final state there either: entering it would end the parallel state while other regions run.
    private mutating func refuseFinalRegion(_ name: String, _ fields: Fields, _ parent: StateIndex)
    {
        reader.error(
            .finalRegion,
            "'\(name)' is a region of the parallel state \(outline.title(of: parent)) and no region "
                + "is final itself; leave it out, or write "
                + "'\(name): {states: {done: {type: final}}}'",
            at: fields["type"] ?? fields.node)
    }

    private mutating func kind(of fields: Fields) -> State.Kind {
        let types = [StateType.parallel, .final, .history]
        switch reader.choice(fields["type"], "'type'", of: types) {
        case .parallel:
            if !fields.has("states") {
                reader.error(.emptyState, "a parallel state needs 'states'", at: fields.node)
            }
            return .parallel
        case .final: return .final
        case .history: return .history(deep: isDeep(fields["history"]))
        case nil: return fields.has("states") ? .compound : .atomic
        }
    }

    private mutating func isDeep(_ node: YAMLNode?) -> Bool {
        enum Depth: String {
            case deep
            case shallow
        }
        return reader.choice(node, "'history'", of: [Depth.deep, .shallow]) == .deep
    }

    /// Words that mean nothing in a state of this kind.
    private mutating func checkWords(of fields: Fields, kind: State.Kind) {
        let (name, forbidden): (String, [String]) =
            switch kind {
            case .atomic:
                (
                    "a state without children",
                    ["initial", "onDone", "history", "target", "status", "output"]
                )
            case .compound:
                ("a state with children", ["history", "target", "status", "output"])
            case .parallel:
                ("a parallel state", ["initial", "history", "target", "status", "output"])
            case .final:
                (
                    "a final state",
                    [
                        "initial", "states", "history", "target", "on", "after", "always", "onDone",
                        "invoke", "expect",
                    ]
                )
            case .history:
                (
                    "a history state",
                    Self.stateWords.filter {
                        !["type", "history", "target", "description"].contains($0)
                    }
                )
            }
        for entry in fields.entries where forbidden.contains(entry.name) {
            reader.error(.misplacedWord, "\(name) has no '\(entry.name)'", at: entry.key)
        }
    }
}
