import CEL
import Statechart
import Values

/// `<invoke>`: what is evaluated when it starts is one template; what runs is the world's business.
extension SCXMLImporter {
    func invoke(_ node: XMLNode, as index: InvocationIndex, of machine: Machine) throws
        -> ImportedChart.Invoke
    {
        var order: Value = ["parameters": try parameters(node) ?? [:]]
        order["type"] = try saying("type", node)
        order["src"] = try saying("src", node)
        let content = node.child(named: "content")
        order["content"] = try content?["expr"].map {
            template(try expression($0, at: node))
        }
        let document = content?.child(named: "scxml")
        guard document != nil || order["src"] ?? order["content"] != nil else {
            throw ImportFailure.missing("content", of: "invoke", node.location)
        }
        return ImportedChart.Invoke(
            id: node["id"], idLocation: node["idlocation"],
            state: machine.states[machine.invocations[index]].id,
            order: try Template(parsing: order),
            chart: try document.map { try ImportedChart(importing: $0, among: documents) },
            forwardsAll: node["autoforward"] == "true",
            finalizer: try node.child(named: "finalize").map {
                try finalizer($0, of: index, in: machine)
            })
    }

    private func finalizer(_ node: XMLNode, of index: InvocationIndex, in machine: Machine)
        throws -> Machine
    {
        guard !node.children.isEmpty else {
            throw ImportFailure.missing("content", of: "finalize", node.location)
        }
        let owner = machine.invocations[index]
        let finalize = Transition(
            source: owner, trigger: .invocationDone(index), actions: try block(node),
            location: node.location)
        let states = machine.states.enumerated().map { number, state in
            State(
                id: state.id, kind: state.kind, parent: state.parent, children: state.children,
                lastDescendant: state.lastDescendant, initial: state.initial,
                transitions: number == owner ? [0] : [], location: state.location)
        }
        return Machine(
            states: states, transitions: [finalize], timers: [], invocations: [],
            semantics: machine.semantics)
    }
}
