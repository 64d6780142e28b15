import Definition
import Statechart
import Values

extension WorkflowDefinition {
    /// Stands for a version that is not loaded here, so that its instances can still be listed and explained: the
    /// states that the row itself names, and nothing that would move them.
    package static func unloaded(_ row: InstanceWrite) throws(DecodingFailure) -> WorkflowDefinition
    {
        unloaded(row, states: try stateNames(of: row))
    }

    /// Stands for the definition of a row that cannot be read.
    package static func damaged(_ row: InstanceWrite) -> WorkflowDefinition {
        unloaded(row, states: row.summary.states)
    }

    private static func unloaded(
        _ row: InstanceWrite, states names: [String]
    ) -> WorkflowDefinition {
        let root = State(
            id: "", kind: .compound, parent: nil, children: Array(1..<(names.count + 1)),
            lastDescendant: names.count, location: SourceLocation(line: 1, column: 1))
        let states = names.enumerated().map { index, name in
            State(
                id: name, kind: .atomic, parent: 0, lastDescendant: index + 1,
                location: SourceLocation(line: 1, column: 1))
        }
        return WorkflowDefinition(
            name: row.name.workflow, version: row.version, description: "", contentHash: "",
            start: StartRule(event: nil, key: nil), input: .any, context: .any, params: .any,
            output: nil, search: [], events: [],
            machine: Machine(states: [root] + states, transitions: [], timers: [], invocations: []),
            invocations: [], stateFacts: Array(repeating: StateFacts(), count: names.count + 1))
    }

    private static func stateNames(of row: InstanceWrite) throws(DecodingFailure) -> [String] {
        let body = try Value(storedJSON: row.body)
        let chart = body["chart"]
        let visits = (body["visits"]?.listValue ?? []).compactMap { $0["state"] }
        let remembered = (chart?["history"]?.listValue ?? []).flatMap { entry in
            [entry["state"]].compactMap(\.self) + (entry["states"]?.listValue ?? [])
        }
        let final = [chart?["final"]].compactMap(\.self)
        var names: [String] = []
        for value in (chart?["states"]?.listValue ?? []) + visits + remembered + final {
            guard let name = value.stringValue, !name.isEmpty, !names.contains(name) else {
                continue
            }
            names.append(name)
        }
        return names
    }
}

extension Run {
    /// Of an instance whose version is not loaded here.
    package func definitionMissing(loaded versions: [Int]) -> Blocker {
        let known = versions.map { String($0) }.joined(separator: ", ")
        return Blocker(
            kind: .definitionMissing, state: "",
            sentence: "Pinned to version \(version) of \(name.workflow), which is not loaded here"
                + (known.isEmpty ? "." : " (loaded: \(known))."),
            since: updatedAt,
            evidence: [
                "version": .int(Int64(version)),
                "loaded": .list(versions.map { .int(Int64($0)) }),
            ],
            actions: [
                Blocker.LegalAction(
                    .load, of: name, sentence: "Load that version; it goes on by itself then.")
            ])
    }
}
