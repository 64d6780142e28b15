import CEL
import Statechart
import Values

/// Values that may be null, where null has no meaning: a warning, unless it was asked for in the same expression, in the
/// guard of the same transition or in those that were false before it, or on every way that leads to the state.
extension WorkflowParser {
    /// Where a state's expressions stand among those that were checked.
    struct StateReads {
        let state: StateIndex
        let all: Range<Int>
        let entry: Range<Int>
    }

    /// Whether what stands in an `assign` may be null, as far as its type says.
    func mayGiveNull(_ node: YAMLNode, in scope: Scope) -> Bool {
        if node.isNull { return true }
        guard let text = node.stringValue,
            let expression = (try? Template(parsing: .string(text)))?.expressions.first,
            text == "${\(expression.source)}"
        else { return false }
        return expression.typed(in: scope.types).type.mayBeNull
    }

    mutating func lintNulls(_ machine: Machine) {
        let flow = flow(machine)
        var conditions: [Int: [Condition]] = [:]
        for reads in stateReads {
            let known = flow.conditions(in: reads.state)
            for position in reads.all { conditions[position] = known }
            let atEntry = flow.conditions(atEntryOf: reads.state)
            for position in reads.entry { conditions[position] = atEntry }
        }
        for (index, reads) in transitionReads.enumerated() {
            let before = transitionReads[..<index].filter {
                $0.state == reads.state && $0.trigger == reads.trigger
            }
            let refused = before.flatMap { known($0.guards, being: false) }
            for position in reads.guards { conditions[position, default: []] += refused }
            let set = flow.conditions(setBy: machine.transitions[reads.transition].actions)
            let held = refused + known(reads.guards, being: true) + set
            for position in reads.actions { conditions[position, default: []] += held }
        }
        for position in reader.checked.indices {
            reader.lintNulls(at: position, where: conditions[position] ?? [])
        }
    }

    private func flow(_ machine: Machine) -> NullFlow {
        let members = declared.contextNames.compactMap { name in
            declared.context.property(name).map { (name: name, schema: $0) }
        }.filter { CELType($0.schema).mayBeNull }
        let start = members.filter { $0.schema.declaredDefault.map { !$0.isNull } ?? false }
        return NullFlow(
            machine, names: members.map(\.name), start: start.map(\.name),
            nullable: nullAssignments)
    }

    private func known(_ guards: Range<Int>, being outcome: Bool) -> [Condition] {
        guards.map { Condition(reader.checked[$0].expression, being: outcome) }
    }
}

extension Reader {
    /// - Parameter position: of the expression among those that were checked.
    mutating func lintNulls(at position: Int, where conditions: [Condition]) {
        let checked = checked[position]
        let typed = checked.expression.typed(in: checked.scope.types, where: conditions)
        for finding in typed.findings where finding.kind == .mayBeNull {
            warning(
                .mayBeNull, finding.message, at: checked.node,
                offset: checked.offset + finding.offset, length: finding.length)
        }
    }
}
