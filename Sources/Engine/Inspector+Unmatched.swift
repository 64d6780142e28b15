import Definition
import Execution
import Statechart
import Values

/// An event that moved nothing, with what became of it since and what was near.
package struct UnmatchedEvent: Sendable {
    package let row: UnmatchedRow
    /// Of one that was kept or held: a sentence; nil: there is nothing more to say.
    package let since: String?
    package let nearMisses: [NearMiss]
}

/// What would have taken the event: another instance, or the same one at another time.
package struct NearMiss: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// An instance under another key waits for it.
        case otherKey = "other-key"
        /// An instance of that key, of another workflow that declares the event.
        case otherWorkflow = "other-workflow"
        /// Its instance takes the event in another state.
        case otherState = "other-state"
        case tooEarly = "too-early"
        case tooLate = "too-late"
    }

    package let kind: Kind
    package let instance: InstanceName
    package let sentence: String
}

extension Inspector {
    /// The newest first. One more than a page is asked for, to know whether there are more.
    package func unmatched(_ query: UnmatchedQuery) throws(Problem) -> [UnmatchedEvent] {
        let rows: [UnmatchedRow]
        do throws(StoreError) { rows = try store.unmatched(query) } catch { throw .store(error) }
        var search = NearMissSearch(inspector: self)
        var events: [UnmatchedEvent] = []
        for row in rows { events.append(try search.explain(row)) }
        return events
    }
}

/// Looks for what was near, with a bounded number of reads for each event.
private struct NearMissSearch {
    /// Running instances of a workflow that are looked at, and rows of a history, the newest of each.
    private static let instances = 200
    private static let rows: Int64 = 500

    private struct Place: Hashable {
        let workflow: ExactText
        let event: ExactText
    }

    let inspector: Inspector
    /// Keys of those that wait for an event now, by workflow and event.
    private var waiting: [Place: [String]] = [:]

    init(inspector: Inspector) { self.inspector = inspector }

    private var catalog: Catalog { inspector.catalog }

    mutating func explain(_ row: UnmatchedRow) throws(Problem) -> UnmatchedEvent {
        let view = row.key.isEmpty || row.workflow.isEmpty ? nil : try instance(row.name)
        switch row.told.outcome {
        case .kept, .held:
            let became =
                if let view { try since(row, in: view) } else { try sinceWithoutInstance(row) }
            return UnmatchedEvent(row: row, since: became, nearMisses: [])
        case .refused, .rejected, .ignored:
            let isMisplaced = row.key.isEmpty || Self.misplaced.contains(row.told.code ?? "")
            return UnmatchedEvent(
                row: row, since: nil, nearMisses: isMisplaced ? try nearMisses(of: row, view) : [])
        }
    }

    /// It came to the wrong place or at the wrong time. Of all others the message says what is wrong with what was sent,
    /// or what the chart had against it.
    private static let misplaced = [
        "not-expected", "too-late", "ended", "expired", Problem.Code.unknownInstance.rawValue,
        Problem.Code.instanceEnded.rawValue,
    ]

    private func instance(_ name: InstanceName) throws(Problem) -> InstanceView? {
        do throws(Problem) {
            let view = try inspector.view(name)
            return view.isDamaged ? nil : view
        } catch {
            if error.code == .unknownInstance { return nil }
            throw error
        }
    }

    // MARK: What became of it

    private func since(_ row: UnmatchedRow, in view: InstanceView) throws(Problem) -> String? {
        if let kept = view.run.kept.first(where: { sameUTF8($0.event.id, row.told.id) }) {
            return "It waits in `\(view.run.name)`, until \(kept.expiresAt.rfc3339)."
        }
        if view.run.held.contains(where: { $0.holds(eventID: row.told.id) }) {
            return "It is held with `\(view.run.name)`."
        }
        for entry in try history(of: view) where entry.at >= row.at {
            guard let id = entry.data["id"]?.stringValue, sameUTF8(id, row.told.id) else {
                continue
            }
            let code = entry.data["code"]?.stringValue.map { ": \($0)" } ?? ""
            switch HistoryKind(rawValue: entry.kind) {
            case .eventApplied: return "`\(view.run.name)` took it at \(entry.at.rfc3339)."
            case .eventDiscarded, .eventRejected, .eventIgnored:
                return "It came to nothing at \(entry.at.rfc3339)\(code)."
            default: continue
            }
        }
        return nil
    }

    private func sinceWithoutInstance(_ row: UnmatchedRow) throws(Problem) -> String? {
        let kept: [KeptRow]
        do throws(StoreError) { kept = try inspector.store.kept(row.name) } catch {
            throw .store(error)
        }
        guard let own = kept.first(where: { sameUTF8($0.event.id, row.told.id) }) else {
            return "It is kept no more: it expired, or was taken by one that is gone."
        }
        return own.expiresAt > inspector.now
            ? "It waits for `\(row.name)` to start, until \(own.expiresAt.rfc3339)."
            : "It expired at \(own.expiresAt.rfc3339): `\(row.name)` never started."
    }

    private func history(of view: InstanceView) throws(Problem) -> [HistoryEntry] {
        let last = view.run.lastSequence
        return try inspector.history(
            view.row.id, after: max(0, last - Self.rows), count: Int(Self.rows))
    }

    // MARK: What was near

    private mutating func nearMisses(
        of row: UnmatchedRow, _ view: InstanceView?
    ) throws(Problem) -> [NearMiss] {
        var found: [NearMiss] = []
        if let view { found += try [otherTime(row, view)].compactMap(\.self) }
        found += try otherWorkflows(row)
        // One that is there and goes on was meant.
        guard view == nil || row.told.code == "ended" else { return found }
        return found + (try otherKeys(row))
    }

    /// The same instance, before or after.
    private func otherTime(_ row: UnmatchedRow, _ view: InstanceView) throws(Problem) -> NearMiss? {
        let name = view.run.name
        if view.run.startedAt > row.at {
            return NearMiss(
                kind: .tooEarly, instance: name,
                sentence: "It came \(Self.span(row.at, view.run.startedAt)) too early: `\(name)` "
                    + "was started at \(view.run.startedAt.rfc3339).")
        }
        let takers = view.definition.machine.takers(of: row.event)
        guard !takers.isEmpty else { return nil }
        var entered: (state: String, at: Timestamp)?
        var left: (state: String, at: Timestamp)?
        for entry in try history(of: view) where entry.kind == HistoryKind.transition.rawValue {
            if entry.at > row.at {
                if let state = entry.first(of: takers, in: "entered") {
                    entered = entered ?? (state, entry.at)
                }
            } else if let state = entry.first(of: takers, in: "exited") {
                left = (state, entry.at)
            }
        }
        if let entered {
            return NearMiss(
                kind: .tooEarly, instance: name,
                sentence: "It came \(Self.span(row.at, entered.at)) too early: `\(name)` entered "
                    + "`\(entered.state)`, which takes it, at \(entered.at.rfc3339).")
        }
        if let left {
            return NearMiss(
                kind: .tooLate, instance: name,
                sentence: "It came \(Self.span(left.at, row.at)) too late: `\(name)` had left "
                    + "`\(left.state)`, which takes it, at \(left.at.rfc3339).")
        }
        let states = takers.prefix(3).map { "`\($0)`" }.joined(separator: ", ")
        return NearMiss(
            kind: .otherState, instance: name,
            sentence: "`\(name)` takes it in \(states)\(takers.count > 3 ? " and others" : "").")
    }

    private static func span(_ start: Timestamp, _ end: Timestamp) -> String {
        (end - start).shortText
    }

    private func otherWorkflows(_ row: UnmatchedRow) throws(Problem) -> [NearMiss] {
        guard !row.key.isEmpty else { return [] }
        var found: [NearMiss] = []
        for workflow in catalog.knownNames.prefix(100) where !sameUTF8(workflow, row.workflow) {
            guard catalog.current(workflow)?.event(named: row.event) != nil,
                let view = try instance(InstanceName(workflow: workflow, key: row.key)),
                !view.run.status.isTerminal
            else { continue }
            found.append(
                NearMiss(
                    kind: .otherWorkflow, instance: view.run.name,
                    sentence: "`\(view.run.name)` has the same key, and its workflow declares it."))
        }
        return Array(found.prefix(3))
    }

    /// The key that was probably meant; else that some wait for it.
    private mutating func otherKeys(_ row: UnmatchedRow) throws(Problem) -> [NearMiss] {
        let workflows =
            row.workflow.isEmpty
            ? catalog.knownNames.filter { catalog.current($0)?.event(named: row.event) != nil }
            : [row.workflow]
        var found: [NearMiss] = []
        for workflow in workflows.prefix(3) {
            let keys = try waiting(for: row.event, in: workflow).filter { !sameUTF8($0, row.key) }
            guard let first = keys.first else { continue }
            let near = nearestName(to: row.key, among: keys)
            let name = InstanceName(workflow: workflow, key: near ?? first)
            let others = keys.count - 1
            let more = others == 0 ? "" : near == nil ? ", and \(others) more do" : ""
            let came = row.key.isEmpty ? "it came without a key" : "it came for `\(row.key)`"
            found.append(
                NearMiss(
                    kind: .otherKey, instance: name,
                    sentence: "`\(name)` waits for it now\(more); \(came)."))
        }
        return found
    }

    /// Among the newest running instances.
    private mutating func waiting(
        for event: String, in workflow: String
    ) throws(Problem) -> [String] {
        let place = Place(workflow: ExactText(workflow), event: ExactText(event))
        if let known = waiting[place] { return known }
        let query = InstanceQuery(
            terms: [.workflow(workflow), .status(.running)], now: inspector.now, before: nil,
            count: Self.instances, countedUpTo: 1)
        let page: InstancePage
        do throws(StoreError) { page = try inspector.store.list(query) } catch {
            throw .store(error)
        }
        let keys = page.instances.filter { row in
            guard let machine = catalog.definition(workflow, version: row.version)?.machine else {
                return false
            }
            let leaves = row.summary.states.compactMap(machine.state(named:))
            let active = Set<StateIndex>(leaves + leaves.flatMap(machine.ancestors(of:)))
            return machine.awaitedEvents(in: active.sorted()).contains { sameUTF8($0, event) }
        }.map(\.name.key)
        waiting[place] = keys
        return keys
    }
}

extension UnmatchedRow {
    fileprivate var name: InstanceName { InstanceName(workflow: workflow, key: key) }
}

extension HeldInput {
    fileprivate func holds(eventID id: String) -> Bool {
        if case .event(let event) = kind { sameUTF8(event.id, id) } else { false }
    }
}

extension HistoryEntry {
    /// The first of these states that a transition's row names.
    fileprivate func first(of states: [String], in member: String) -> String? {
        let named = (data[member]?.listValue ?? []).compactMap(\.stringValue)
        return states.first { state in named.contains { sameUTF8($0, state) } }
    }
}

extension Machine {
    /// Ids of the states that have a transition for an event, in document order.
    fileprivate func takers(of event: String) -> [String] {
        var ids: [String] = []
        for transition in transitions {
            guard case .named(let name) = transition.trigger, sameUTF8(name, event) else {
                continue
            }
            let id = states[transition.source].id
            if !id.isEmpty, !ids.contains(id) { ids.append(id) }
        }
        return ids
    }
}
