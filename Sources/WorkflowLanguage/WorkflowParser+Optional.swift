import CEL
import Statechart

/// Members of an event's data, or of what a person filled in, that may be missing: an expression that reads one without
/// looking stops the step whenever it is.
///
/// Only what is certain is said. Whoever asks for the member, or for the map that holds it, in the same expression or in a
/// guard beside it, is taken to know.
extension WorkflowParser {
    /// Where a transition's expressions stand among those that were checked.
    struct TransitionReads {
        let state: StateIndex
        let trigger: Trigger
        let transition: TransitionIndex
        let guards: Range<Int>
        let actions: Range<Int>
    }

    mutating func lintOptionalMembers() {
        for reads in transitionReads {
            let beside = transitionReads.filter {
                $0.state == reads.state && $0.trigger == reads.trigger
            }
            for position in reads.actions {
                lint(reader.checked[position], knowing: beside.flatMap { Array($0.guards) })
            }
            for position in reads.guards {
                let others = beside.flatMap { Array($0.guards) }.filter { $0 != position }
                lint(reader.checked[position], knowing: others)
            }
        }
    }

    private mutating func lint(_ checked: Reader.Checked, knowing guards: [Int]) {
        let own = checked.expression.references
        let asked = guards.flatMap { reader.checked[$0].expression.references }
        for reference in own {
            guard let member = checked.scope.optionalMember(readBy: reference) else { continue }
            let holder = member.dropLast()
            let isKnown =
                own.contains { $0.asks(for: member) }
                || asked.contains { $0.asks(for: member) || $0.path.starts(with: holder) }
            guard !isKnown else { continue }
            let path = member.joined(separator: ".")
            reader.warning(
                .optionalMember,
                "'\(path)' may be missing, and then the step stops; ask for it first, as in "
                    + "has(\(path)) ? \(path) : null, or require it in its schema",
                at: checked.node, offset: checked.offset + reference.offset,
                length: reference.length)
        }
    }
}

extension Reference {
    /// It copes with the member's absence, or looks at the map around it.
    fileprivate func asks(for member: [String]) -> Bool {
        (isOptional && path.starts(with: member))
            || (path.count < member.count && member.starts(with: path))
    }
}

extension Scope {
    /// The first member on the way that may be missing, of an event's data.
    fileprivate func optionalMember(readBy reference: Reference) -> [String]? {
        guard reference.path.starts(with: ["event", "data"]),
            var shape = roots.first(where: { $0.name == "event" })?.shape.member("data")
        else { return nil }
        let names = reference.path.dropFirst(2)
        for (position, name) in zip(names.indices, names) {
            let isLast = position == names.indices.last
            if case .schema(let schema) = shape {
                guard let member = schema.property(name) else { return nil }
                let mayBeMissing = !schema.isRequired(name) && member.declaredDefault == nil
                if mayBeMissing, !(isLast && reference.isOptional) {
                    return Array(reference.path[...position])
                }
            }
            shape = shape.member(name)
        }
        return nil
    }
}
