import Definition
import Execution
import Values

/// Reads: the same answers for the API of a live server and for a database file that is opened by itself.
package struct Inspector: Sendable {
    package let store: any Store
    package let catalog: Catalog
    /// What the live process knows of its adapters and of these calls; nothing for a file.
    package let conditions: @Sendable ([CallID]) -> [AdapterCondition]
    /// How long instances stay in a state of a workflow; nil: nobody knows.
    package let usual: @Sendable (_ state: String, _ workflow: String) -> UsualTime?
    package let now: Timestamp

    package init(
        store: any Store, catalog: Catalog,
        conditions: @escaping @Sendable ([CallID]) -> [AdapterCondition] = { _ in [] },
        usual: @escaping @Sendable (String, String) -> UsualTime? = { _, _ in nil },
        now: Timestamp
    ) {
        self.store = store
        self.catalog = catalog
        self.conditions = conditions
        self.usual = usual
        self.now = now.ceilingToMilliseconds
    }

    /// One instance as it is stored.
    package func view(_ name: InstanceName) throws(Problem) -> InstanceView {
        let row: InstanceWrite?
        do { row = try store.instance(named: name) } catch { throw .store(error) }
        guard let row else { throw unknown(name) }
        return try view(row, pausedWorkflows())
    }

    /// One that has been there may be in the archive.
    private func unknown(_ name: InstanceName) -> Problem {
        let query = RecordQuery(
            collection: RetentionRecord.collection, selection: .id(name.workflow), limit: 1)
        let gone = try? store.records(query).records.first
        guard gone != nil else { return .unknownInstance(name) }
        return Problem(
            .unknownInstance, "there is no instance \(name)",
            fix:
                "`pawl archive show \(name.pasted)` says whether it ended long ago and is in the archive; "
                + "`pawl ls -f workflow:\(name.workflow)` lists those there are")
    }

    package func view(_ id: InstanceID) throws(Problem) -> InstanceView {
        let row: InstanceWrite?
        do { row = try store.instance(id) } catch { throw .store(error) }
        guard let row else {
            throw Problem(
                .unknownInstance, "there is no instance \(id)", fix: "`pawl ls` lists them")
        }
        return try view(row, pausedWorkflows())
    }

    private func view(
        _ row: InstanceWrite, _ held: [(workflow: String, pause: StandingPause)]
    ) throws(Problem) -> InstanceView {
        let loaded = catalog.definition(row.name.workflow, version: row.version)
        let definition: WorkflowDefinition
        let run: Run
        do throws(DecodingFailure) {
            definition = if let loaded { loaded } else { try WorkflowDefinition.unloaded(row) }
            run = try Run(decoding: row, definition: definition)
        } catch {
            let run = Run(columnsOf: row)
            return InstanceView(
                row: row, run: run, definition: .damaged(row),
                blockers: [run.rowDamaged("\(error)")], voidClaims: [], now: now,
                isDamaged: true)
        }
        let void = try voidClaims(of: run)
        var catalog = catalog
        if run.activations.contains(where: { $0.heldSince != nil }) {
            catalog.holds = try moneyHolds()
        }
        let workflow = run.name.workflow
        let usual: @Sendable (String) -> UsualTime? = { [usual] in usual($0, workflow) }
        let blockers =
            loaded == nil && !run.status.isTerminal
            ? [run.definitionMissing(loaded: catalog.versions(of: row.name.workflow))]
            : run.blockers(
                definition, adapters: try conditions(run, definition), catalog: catalog,
                voidClaims: void,
                workflowPause: held.first { sameUTF8($0.workflow, workflow) }?.pause,
                usual: usual, now: now)
        return InstanceView(
            row: row, run: run, definition: definition, blockers: blockers, voidClaims: void,
            now: now, usual: usual)
    }

    /// Most instances call nothing now, and then no adapter is asked. Of one that a person holds the calls were taken back,
    /// and wait for their adapters all the same.
    private func conditions(
        _ run: Run, _ definition: WorkflowDefinition
    ) throws(Problem) -> [AdapterCondition] {
        let calls = run.callRows(definition).map(\.id)
        let hasCalls = !calls.isEmpty || run.activations.contains { $0.call != nil }
        return hasCalls ? try adapters(for: calls) : []
    }

    /// Newest first.
    /// - Parameter before: the id of the last one of the page before.
    package func list(
        _ filter: InstanceFilter, before: InstanceID? = nil, count: Int, countedUpTo: Int? = nil
    ) throws(Problem) -> InstancePage {
        try filter.check(catalog)
        do {
            return try store.list(
                InstanceQuery(
                    terms: filter.terms, now: now, before: before, count: count,
                    countedUpTo: countedUpTo))
        } catch {
            throw .store(error)
        }
    }

    /// What comes right before and right after an instance in a list, whether or not it is in there itself.
    package func neighbours(
        of instance: InstanceID, in filter: InstanceFilter
    ) throws(Problem) -> (newer: InstanceName?, older: InstanceName?) {
        try filter.check(catalog)
        func name(
            before: InstanceID? = nil, above: InstanceID? = nil
        ) throws(Problem) -> InstanceName? {
            let query = InstanceQuery(
                terms: filter.terms, now: now, before: before, above: above, count: 1,
                countedUpTo: 0)
            do { return try store.list(query).instances.first?.name } catch { throw .store(error) }
        }
        return (try name(above: instance), try name(before: instance))
    }

    /// Rows of a list with the reason each waits.
    package func views(
        _ filter: InstanceFilter, before: InstanceID? = nil, count: Int, countedUpTo: Int? = nil
    ) throws(Problem) -> InstanceViews {
        let page = try list(filter, before: before, count: count, countedUpTo: countedUpTo)
        var views: [InstanceView] = []
        let held = try pausedWorkflows()
        for row in page.instances { views.append(try view(row, held)) }
        return InstanceViews(
            views: views, page: page, hint: page.total == 0 ? filter.hint(catalog) : nil)
    }

    package func history(
        _ id: InstanceID, after sequence: Int64, count: Int
    ) throws(Problem) -> [HistoryEntry] {
        do {
            return try store.history(id, after: sequence, count: count)
        } catch {
            throw .store(error)
        }
    }
}

/// A page of a list, explained.
package struct InstanceViews: Sendable {
    package let views: [InstanceView]
    private let page: InstancePage
    /// What may have been meant, where nothing is found.
    package let hint: String?

    init(views: [InstanceView], page: InstancePage, hint: String?) {
        self.views = views
        self.page = page
        self.hint = hint
    }

    package var total: Int { page.total }
    package var hasMore: Bool { page.hasMore }
    /// There are more than `total`.
    package var isTotalLeast: Bool { page.isTotalLeast }
}

extension Problem {
    package static func store(_ error: StoreError) -> Problem {
        switch error {
        case .unavailable(let reason), .outcomeUnknown(let reason), .conflict(let reason):
            Problem(.unavailable, "the store cannot be read: \(reason)", fix: "try again")
        case .corrupt(let reason):
            Problem(
                .internalError, "the database is damaged: \(reason)",
                fix: "stop the server and restore a backup")
        case .unknownSchema(let reason):
            Problem(
                .internalError, "the database has another format: \(reason)",
                fix: "open it with the version of Pawl that wrote it")
        case .keyMissing(let reason):
            Problem(
                .internalError, "the database cannot be read: \(reason)",
                fix: "give the key that it was sealed with under `encryption.keys` in pawl.yaml")
        }
    }
}

/// One instance with its explanation, at one moment.
package struct InstanceView: Sendable {
    package let row: InstanceWrite
    package let run: Run
    package let definition: WorkflowDefinition
    package let blockers: [Blocker]
    /// Tasks that were claimed by somebody who does not stand in any more.
    package let voidClaims: [Int64]
    package let now: Timestamp
    /// The row cannot be read: `run` and `definition` hold what its columns say.
    package var isDamaged = false
    /// How long instances stay in a state of its workflow.
    package var usual: @Sendable (String) -> UsualTime? = { _ in nil }

    package var health: Health {
        if isDamaged || blockers.contains(where: \.needsPerson) { return .blocked }
        let health = run.health(definition, now: now)
        // What waits for a remote that does not answer fails, although its own call has not been tried yet.
        let isBehindBreaker =
            health == .waiting
            && blockers.contains { [.adapterOpen, .adapterUnready].contains($0.kind) }
        return isBehindBreaker ? .failing : health
    }

    /// One line: the most urgent reason.
    package var why: String {
        if let first = blockers.first { return first.sentence }
        return run.status.isTerminal ? run.ending(definition) : "Nothing is open."
    }
}

extension Inspector {
    /// The instance that waits for this one; nil: nobody does, or it is gone.
    package func parent(of view: InstanceView) throws(Problem) -> InstanceName? {
        guard let parent = view.run.parent else { return nil }
        do { return try store.instance(parent.instance)?.name } catch { throw .store(error) }
    }
}
