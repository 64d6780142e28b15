import Definition
import Engine
import Execution
import Statechart
import Values
import WorkflowLanguage

/// What must hold: the expectation's questions, asked one by one; every one that fails is told.
extension ScenarioStage {
    package func check(
        _ expectation: ScenarioExpectation, at location: SourceLocation
    ) -> [ScenarioFailure] {
        let name = expectation.instance ?? subject
        var differences = worldDifferences(expectation)
        if expectation.looksAtInstance {
            guard let name else { return [noSubject(at: location)] }
            differences += instanceDifferences(expectation, name)
        }
        differences += expectation.instances.flatMap { other in
            self.differences(other.instance) {
                $0.differences(states: other.states, status: other.status)
                    .map { $0.within("\(other.instance)") }
            }
        }
        return differences.map {
            failure(
                at: location, $0.subject, expected: $0.expected, actual: $0.actual,
                of: $0.of ?? name)
        }
    }

    // MARK: Instances

    private func instanceDifferences(
        _ expectation: ScenarioExpectation, _ name: InstanceName
    ) -> [Difference] {
        differences(name) { view in
            var found = view.differences(states: expectation.states, status: expectation.status)
            found += view.differences(notStates: expectation.notStates)
            found += view.run.snapshot.data.differences(from: expectation.context, "context")
            if let output = expectation.output {
                found += (view.run.output ?? .null).differences(from: output, "output")
            }
            if let blocker = expectation.blocker { found += view.differences(blocker) }
            if let count = expectation.incidents {
                found += Difference(
                    "open incidents", count, view.run.incidents.count,
                    detail: view.run.incidents.map { "\($0.error.name): \($0.error.message)" })
            }
            if let count = expectation.kept {
                found += Difference(
                    "kept events", count, view.run.kept.count,
                    detail: view.run.kept.map(\.event.name))
            }
            return found
        }
    }

    private func differences(
        _ name: InstanceName, _ compare: (InstanceView) -> [Difference]
    ) -> [Difference] {
        do throws(Problem) {
            let view = try inspector.view(name)
            return compare(view).map { $0.about(name) }
        } catch {
            let isLoaded = catalog.current(name.workflow) != nil
            let hint = isLoaded ? "" : "; `also` does not load the workflow \(name.workflow)"
            return [
                Difference(
                    "\(name)", expected: "it exists", actual: error.sentence + hint, of: name)
            ]
        }
    }

    // MARK: The world and the records

    private func worldDifferences(_ expectation: ScenarioExpectation) -> [Difference] {
        var found = expectation.calls.compactMap { wanted in
            let task = wanted.task
            let count = engine.world.script.count(task) + operations.script.count(task)
            return Difference("calls of \(task)", wanted.count, count)
        }
        let mails = engine.world.mails
        if let count = expectation.mailCount {
            found += Difference("mails", count, mails.count, detail: mails.map(\.description))
        }
        if let wanted = expectation.mails { found += MailMatch(wanted, mails).differences }
        return found + expectation.records.flatMap(differences)
    }

    private func differences(_ wanted: ScenarioExpectation.Record) -> [Difference] {
        let query = RecordQuery(
            collection: wanted.collection, selection: .id(wanted.id), limit: 1)
        let label = "\(wanted.collection) \(wanted.id)"
        let body = (try? store.records(query))?.records.first?.body
        switch (body, wanted.body) {
        case (nil, nil): return []
        case (let body?, let part?): return body.differences(from: part, label)
        case (nil, let part?):
            return [
                Difference(label, expected: JSON.string(part), actual: "there is no such record")
            ]
        case (let body?, nil):
            return [Difference(label, expected: "no such record", actual: JSON.string(body))]
        }
    }
}

extension ScenarioExpectation {
    fileprivate var looksAtInstance: Bool {
        instance != nil || !states.isEmpty || !notStates.isEmpty || status != nil || output != nil
            || !context.isEmpty || blocker != nil || incidents != nil || kept != nil
    }
}

extension InstanceView {
    fileprivate func differences(states: [String], status: String?) -> [Difference] {
        let active = row.summary.states
        var found = states.filter { !active.isIn($0) }.map { wanted in
            Difference("state", expected: wanted, actual: unknown(wanted) ?? active.listed)
        }
        if let status, status != run.status.rawValue {
            found.append(Difference("status", expected: status, actual: run.status.rawValue))
        }
        return found
    }

    fileprivate func differences(notStates: [String]) -> [Difference] {
        notStates.compactMap { id in
            if let unknown = unknown(id) {
                return Difference("state", expected: "not \(id)", actual: unknown)
            }
            guard row.summary.states.isIn(id) else { return nil }
            return Difference("state", expected: "not \(id)", actual: row.summary.states.listed)
        }
    }

    /// A misspelt state would be inactive for ever.
    private func unknown(_ id: String) -> String? {
        guard definition.machine.state(named: id) == nil else { return nil }
        let hint = nearestName(to: id, among: definition.machine.states.map(\.id))
        return "\(definition.name) has no state \(id)"
            + (hint.map { "; did you mean \($0)?" } ?? "")
    }

    fileprivate func differences(_ wanted: ScenarioExpectation.Blocker) -> [Difference] {
        let holds = blockers.contains { blocker in
            (wanted.kind == nil || wanted.kind == blocker.kind.rawValue)
                && blocker.sentence.has(wanted.contains ?? "")
        }
        guard !holds else { return [] }
        let text = [wanted.kind, wanted.contains.map { "with \"\($0)\"" }].compactMap(\.self)
        return [
            Difference(
                "blocker", expected: text.joined(separator: " "),
                actual: blockers.map { "\($0.kind.rawValue): \($0.sentence)" }.listed)
        ]
    }
}

extension [String] {
    /// Whether a state of this id, or one below it, is among these.
    fileprivate func isIn(_ id: String) -> Bool {
        contains { $0 == id || $0.hasPrefix("\(id).") }
    }
}
