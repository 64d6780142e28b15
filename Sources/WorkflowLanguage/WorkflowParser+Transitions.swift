import Statechart

extension WorkflowParser {
    /// A target, a map, or a list of these, tried in order.
    mutating func transitions(
        _ node: YAMLNode, on trigger: Trigger, from state: StateIndex, in scope: Scope
    ) {
        let nodes = node.oneOrMany
        if nodes.isEmpty {
            reader.error(.missingWord, "the list holds no transition", at: node)
        }
        for (position, element) in nodes.enumerated() {
            transition(element, on: trigger, from: state, in: scope)
            if position < nodes.count - 1, element["guard"] == nil {
                reader.warning(
                    .shadowedTransition,
                    "this one has no guard, so those behind it are never tried; give it a guard or "
                        + "move it to the end", at: element)
            }
        }
    }

    private mutating func transition(
        _ node: YAMLNode, on trigger: Trigger, from state: StateIndex, in scope: Scope
    ) {
        if !node.isMap {
            guard let target = target(node, from: state) else { return }
            chart.add(
                Transition(
                    source: state, trigger: trigger, targets: [target], location: node.location))
            return
        }
        let fields = reader.fields(
            node, of: "a transition",
            words: ["target", "guard", "actions", "reenter", "description"])
        add(fields, on: trigger, from: state, in: scope)
    }

    /// - Parameter fields: words were checked by the caller, who may allow more.
    mutating func add(
        _ fields: Fields, on trigger: Trigger, from state: StateIndex, in scope: Scope
    ) {
        let targets = fields["target"].map { target($0, from: state).map { [$0] } ?? [] } ?? []
        let beginning = reader.checked.count
        let actions = fields["actions"].map { self.actions($0, in: scope) } ?? []
        let middle = reader.checked.count
        let condition = condition(fields["guard"], in: scope)
        transitionReads.append(
            TransitionReads(
                state: state, trigger: trigger, transition: chart.transitions.count,
                guards: middle..<reader.checked.count,
                actions: beginning..<middle))
        let reenter = reader.flag(fields["reenter"], "'reenter'") ?? false
        if !fields.has("target"), !fields.has("actions"), fields.node.isMap {
            reader.error(
                .missingWord, "a transition needs a 'target', 'actions' or both", at: fields.node)
        }
        chart.add(
            Transition(
                source: state, trigger: trigger,
                guardExpression: condition, targets: targets,
                isInternal: !reenter, actions: actions, location: fields.node.location))
    }

    private mutating func condition(_ node: YAMLNode?, in scope: Scope) -> Guard? {
        guard let node,
            let expression = reader.expression(node, "'guard'", in: scope, giving: .bool)
        else {
            return nil
        }
        return Guard(expression: expression, location: node.location)
    }

    mutating func target(_ node: YAMLNode, from state: StateIndex) -> StateIndex? {
        guard node.style != .collection, !node.text.isEmpty else {
            reader.error(.wrongKind, "a target is a state's name, not \(node.kindName)", at: node)
            return nil
        }
        switch outline.resolve(node.text, from: state) {
        case .found(let target): return target
        case .missing(let hint):
            reader.error(.unknownTarget, "there is no state '\(node.text)'\(hint)", at: node)
            return nil
        }
    }
}
