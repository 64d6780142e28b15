import Definition
import Execution
import Statechart
import Values

/// One member of an instance's data, and what changed it last.
package struct DataMember: Sendable {
    package let name: String
    package let value: Value
    /// nil: nothing that was looked at changed it.
    package var change: DataChange?
}

/// The row of the history that a member's value comes from.
package struct DataChange: Sendable {
    package let entry: HistoryEntry
    /// The actions of that row set the member whatever the data were; false: they may have, by a condition, or unseen.
    package let isCertain: Bool
    /// What the row came of: the event, the answer of a call, the timer. It may be the row itself.
    package var cause: HistoryEntry?
}

/// The data of one instance, member by member.
package struct DataView: Sendable {
    package let members: [DataMember]
    /// The history was looked at from this row on.
    package let from: Int64
    package let last: Int64
}

extension Inspector {
    /// Rows of the history that are looked at for who changed what, the newest first.
    private static let reach: Int64 = 2000
    private static let page: Int64 = 200

    /// What the instance knows now, and what changed each member last.
    ///
    /// The history holds no differences of data: it says which transitions were taken, and the definition says what
    /// these assign. What a person set (`context.assigned`) is in the row itself.
    package func data(of view: InstanceView) throws(Problem) -> DataView {
        let last = view.run.lastSequence
        guard !view.isDamaged else { return DataView(members: [], from: last + 1, last: last) }
        var trace = DataTrace(
            names: view.run.snapshot.data.keys.compactMap(\.stringValue), of: view.row.name,
            version: view.row.version, in: catalog)
        var first = last + 1
        while first > 1, last - first + 1 < Self.reach, !trace.isDone {
            let after = max(0, first - 1 - Self.page)
            let entries = try history(view.row.id, after: after, count: Int(first - 1 - after))
            for entry in entries.reversed() { trace.take(entry) }
            first = after + 1
        }
        let members = view.run.snapshot.data.entries.compactMap { key, value -> DataMember? in
            guard let name = key.stringValue else { return nil }
            return DataMember(name: name, value: value, change: trace.changes[ExactText(name)])
        }
        return DataView(members: members, from: first, last: last)
    }
}

/// Finds, reading a history backwards, the last change of each member.
private struct DataTrace {
    private var open: Set<ExactText>
    /// Members whose row was found, and not yet what it came of.
    private var uncaused: [ExactText] = []
    private(set) var changes: [ExactText: DataChange] = [:]
    private let name: InstanceName
    private let catalog: Catalog
    /// Of the version that the rows before the last one that was taken belong to; nil: it is not loaded.
    private var assignments: Assignments?

    init(names: [String], of name: InstanceName, version: Int, in catalog: Catalog) {
        open = Set<ExactText>(names.map { ExactText($0) })
        self.name = name
        self.catalog = catalog
        assignments = catalog.definition(name.workflow, version: version).map { Assignments($0) }
    }

    var isDone: Bool { open.isEmpty && uncaused.isEmpty }

    mutating func take(_ entry: HistoryEntry) {
        if HistoryKind(rawValue: entry.kind) != .transition { explain(by: entry) }
        for (name, isCertain) in setters(entry) {
            guard let name = open.remove(ExactText(name)) else { continue }
            let isCause = HistoryKind(rawValue: entry.kind) != .transition
            changes[name] = DataChange(
                entry: entry, isCertain: isCertain, cause: isCause ? entry : nil)
            if !isCause { uncaused.append(name) }
        }
        if HistoryKind(rawValue: entry.kind) == .migrated {
            assignments = source(of: entry).map { Assignments($0) }
        }
    }

    /// The version from which a migration came; nil: it is not loaded.
    private func source(of entry: HistoryEntry) -> WorkflowDefinition? {
        entry.data["from"]?.intValue.flatMap {
            catalog.definition(name.workflow, version: Int(clamping: $0))
        }
    }

    /// Rows of one step follow what it came of, at one moment.
    private mutating func explain(by entry: HistoryEntry) {
        for name in uncaused where changes[name]?.entry.at == entry.at {
            changes[name]?.cause = entry
        }
        uncaused = []
    }

    /// Whatever sets it leaves a row.
    private func isSeen(_ name: String) -> Bool {
        assignments?.unseen.contains(ExactText(name)) != true
    }

    private func setters(_ entry: HistoryEntry) -> [(name: String, isCertain: Bool)] {
        switch HistoryKind(rawValue: entry.kind) {
        case .contextAssigned?:
            return (entry.data["after"]?.mapValue?.keys ?? []).compactMap(\.stringValue)
                .map { ($0, isSeen($0)) }
        // Before it there were no data: what nobody set since has its default.
        case .started?:
            return open.sorted().map(\.text).map { ($0, assignments != nil && isSeen($0)) }
        case .transition?: return assignments?.setters(transition: entry.data) ?? []
        case .migrated?: return assignments?.setters(migratingFrom: source(of: entry)) ?? []
        case let kind?: return assignments?.setters(kind, entry.data) ?? []
        case nil: return []
        }
    }
}

/// Which members the actions of a workflow set, by where they stand.
private struct Assignments {
    private let definition: WorkflowDefinition
    /// Set by actions that leave no row of their own: those of transitions without a target that the chart itself raises.
    let unseen: Set<ExactText>

    private var machine: Machine { definition.machine }

    init(_ definition: WorkflowDefinition) {
        self.definition = definition
        var unseen: Set<ExactText> = []
        for transition in definition.machine.transitions where transition.targets.isEmpty {
            let isSeen =
                switch transition.trigger {
                case .named(let event): definition.event(named: event) != nil
                case .always, .prefix, .stateDone: false
                default: true
                }
            if !isSeen {
                for (name, _) in Self.setters(transition.actions) { unseen.insert(ExactText(name)) }
            }
        }
        self.unseen = unseen
    }

    /// Of a row that says which transitions were taken, and which states left and entered.
    func setters(transition data: Value) -> [(name: String, isCertain: Bool)] {
        let taken = (data["transitions"]?.listValue ?? []).compactMap {
            $0.intValue.map { Int($0) }
        }
        let exited = states(data["exited"])
        let entered = states(data["entered"])
        var found: [(String, Bool)] = []
        for index in taken where machine.transitions.indices.contains(index) {
            found += Self.setters(machine.transitions[index].actions)
        }
        let isFirst = taken.isEmpty && exited.isEmpty
        for state in exited { found += Self.setters(machine.states[state].onExit.flatMap(\.self)) }
        for state in entered + (isFirst ? [0] : []) {
            found += Self.setters(machine.states[state].onEntry.flatMap(\.self))
            // Only of those that are entered by default.
            found += Self.setters(machine.states[state].initialActions.flatMap(\.self))
                .map { ($0.0, false) }
        }
        return merged(found)
    }

    /// What `migrate` assigns, and what the version declares that the one before had not.
    func setters(
        migratingFrom older: WorkflowDefinition?
    ) -> [(name: String, isCertain: Bool)] {
        guard let older else { return [] }
        let assigned = definition.migration(from: older.version)?.assignments.map(\.name) ?? []
        let known = older.context.propertyNames ?? []
        let declared = (definition.context.propertyNames ?? [])
            .filter { !known.contains(exactly: $0) && !assigned.contains(exactly: $0) }
        return (assigned + declared).map { ($0, true) }
    }

    /// Of transitions without a target, which leave no row: of those that what came may have taken.
    func setters(_ kind: HistoryKind, _ data: Value) -> [(name: String, isCertain: Bool)] {
        let found = machine.transitions.filter { $0.targets.isEmpty && mayBeTaken($0, kind, data) }
            .flatMap { Self.setters($0.actions) }
        return merged(found.map { ($0.0, false) })
    }

    private func mayBeTaken(
        _ transition: Transition, _ kind: HistoryKind, _ data: Value
    ) -> Bool {
        switch (transition.trigger, kind) {
        case (.named(let event), .eventApplied): data["event"]?.stringValue == event
        case (.prefix, .eventApplied), (.timer, .timerFired), (.timer, .timerMoved): true
        case (.taskDecided, .taskDecided): true
        case (.invocationDone, _), (.invocationFailed, _): Self.answers.contains(kind)
        default: false
        }
    }

    /// Rows after which something that was invoked is over.
    private static let answers: Set<HistoryKind> = [
        .callCompleted, .callFailed, .callDeadline, .childEnded, .childReported, .childRefused,
        .membersEnded, .incidentCompleted, .incidentFailed, .taskDecided, .taskRefused,
        .taskWithdrawn,
    ]

    private func states(_ names: Value?) -> [StateIndex] {
        (names?.listValue ?? []).compactMap { $0.stringValue.flatMap(machine.state(named:)) }
    }

    private func merged(_ found: [(String, Bool)]) -> [(name: String, isCertain: Bool)] {
        var merged: [(name: String, isCertain: Bool)] = []
        for (name, isCertain) in found {
            let isSure = isCertain && !unseen.contains(ExactText(name))
            if let known = merged.firstIndex(where: { sameUTF8($0.name, name) }) {
                merged[known].isCertain = merged[known].isCertain || isSure
            } else {
                merged.append((name, isSure))
            }
        }
        guard machine.semantics == .pawl else { return merged.map { ($0.name, false) } }
        return merged
    }

    private static func setters(_ block: ActionBlock) -> [(String, Bool)] {
        block.flatMap { action -> [(String, Bool)] in
            switch action {
            case .assign(let name, _, _, _): [(name, true)]
            case .choose(let branches):
                branches.flatMap { setters($0.actions) }.map { ($0.0, false) }
            case .raise, .emit: []
            }
        }
    }
}
