import Definition
import Execution
import Sabotage
import Values

/// Erasing a person's data: each look goes through some of the instances that the person's id finds, erases those that have
/// ended, and waits for the others.
///
/// The record of the erasure says how far it is, and moves in the same flush as what was erased: a crash leaves it where
/// it was, and an instance that is erased already is passed.
extension EngineMachine {
    /// Instances in one look, so that requests pass between.
    private static let looked = 20

    private enum Finding {
        case erased
        /// There is nothing to do: it is erased already, or gone.
        case settled
        /// - isDoubtful: nothing of its own will tell when that is over.
        case waits(String, isDoubtful: Bool = false)
    }

    /// What a look has come to.
    private struct Turn {
        var erasure: Erasure
        var erased = 0
        var writes: [RecordWrite] = []
        var audit: [AuditErasure] = []
        var order: Erasure.Order { erasure.order }

        mutating func count() {
            erased += 1
            erasure.count(erased: 1)
        }
    }

    mutating func look(atErasure number: Int64, now: Timestamp) throws(StoreError) {
        guard let (erasure, revision) = try erasure(number) else { return erasures.lost(number) }
        var turn = Turn(erasure: erasure)
        let awaited = erasures.takeChanged(of: number, atMost: Self.looked)
        for instance in awaited { try look(atAwaited: instance, &turn, now: now) }
        let wasSearching = erasure.isSearching
        // One that takes more than a page: what went with the pages before is forgotten behind the last.
        let wasAtAudit = (erasure.audit ?? 0) > 0
        if wasSearching { try search(&turn, now: now) }
        if turn.erasure.isAtAudit { try searchAudit(&turn) }
        turn.erasure.settle(at: now)
        if turn.erasure != erasure { turn.writes.append(turn.erasure.write(at: revision)) }
        let isOver = !turn.erasure.isSearching && !turn.erasure.isAtAudit
        let hasLeft =
            turn.erased > 0 || wasSearching && turn.erasure.erased > 0 || !turn.audit.isEmpty
            || wasAtAudit
        keep(turn.writes, turn.audit, of: number, forgets: isOver && hasLeft, now: now)
        erasures.looked(number, isSearching: !isOver, now: now)
    }

    private mutating func keep(
        _ writes: [RecordWrite], _ audit: [AuditErasure], of number: Int64, forgets: Bool,
        now: Timestamp
    ) {
        guard !writes.isEmpty else { return }
        var commit = Commit()
        commit.records = writes
        commit.auditErased = audit
        commit.forgets = forgets
        records.decided(writes)
        append(commit, run: nil)
        guard !audit.isEmpty else { return }
        // Whoever walks the chain is told what is gone by right.
        open.audited.append(
            (
                open.commits.count - 1,
                AuditEntry(
                    at: now, .erased, by: .system, AuditTarget("erasure", String(number)),
                    ["parts": .string(audit.map(\.text).joined(separator: " "))])
            ))
    }

    // MARK: The audit

    /// Rows in one look.
    private static let rows = 200

    /// A page of the audit, once nothing else is left: who is erased stands in no row any more.
    private mutating func searchAudit(_ turn: inout Turn) throws(StoreError) {
        let page = try store.audit(after: turn.erasure.audit ?? 0, count: Self.rows)
        for row in page where !isMutant(.auditKeepsErased) {
            for part in try parts(of: row, concerning: turn.order) {
                guard let commitment = row[part].commitment else { continue }
                turn.audit.append(
                    AuditErasure(sequence: row.sequence, part: part, commitment: commitment))
            }
        }
        turn.erasure.lookedAtAudit(upTo: page.count == Self.rows ? page.last?.sequence : nil)
    }

    /// What of a row speaks of the person: their id wherever it stands, and why somebody did something to what was theirs.
    private mutating func parts(
        of row: AuditRow, concerning order: Erasure.Order
    ) throws(StoreError) -> [AuditRow.Part] {
        var parts: [AuditRow.Part] = []
        for part in [AuditRow.Part.subject, .principal, .key]
        where row[part].text.map({ sameUTF8($0, order.id) }) ?? false {
            parts.append(part)
        }
        guard row[.reason].text != nil else { return parts }
        var isTheirs = !parts.isEmpty
        let reading = AuditReading(row)
        if !isTheirs, sameUTF8(reading.kind, "instance"), let workflow = reading.place,
            let key = row[.key].text,
            case .found(let run) = try find(InstanceName(workflow: workflow, key: key))
        {
            isTheirs = run.isErased(for: order.person)
        }
        return isTheirs ? parts + [.reason] : parts
    }

    // MARK: Looking

    /// A page of those that have the id.
    private mutating func search(_ turn: inout Turn, now: Timestamp) throws(StoreError) {
        let order = turn.order
        let value = order.values[turn.erasure.pass]
        let query = InstanceQuery(
            terms: [.search(name: order.person, comparison: .equal, value: value)], now: now,
            before: turn.erasure.before, count: Self.looked, countedUpTo: 0)
        let page = try store.list(query)
        for row in page.instances
        where row.summary.startedAt <= order.at
            && catalog.personal(row.name.workflow).isPerson(order.person)
        {
            switch try find(row, order, now: now) {
            case .erased: turn.count()
            case .settled: break
            case .waits(let because, let isDoubtful):
                try wait(for: row.id, row.name, because, isDoubtful, &turn, now: now)
            }
        }
        turn.erasure.looked(upTo: page.hasMore ? page.instances.last?.id : nil)
    }

    private mutating func look(
        atAwaited instance: InstanceID, _ turn: inout Turn, now: Timestamp
    ) throws(StoreError) {
        guard let (item, revision) = try awaited(turn.order.number, instance) else {
            return erasures.forget(instance, for: turn.order.number)
        }
        let finding: Finding
        if let row = try store.instance(instance) {
            finding = try find(row, turn.order, now: now)
        } else {
            finding = .settled
        }
        switch finding {
        case .waits(let because, let isDoubtful):
            if isDoubtful { erasures.doubt(instance, for: item.erasure) }
            guard because != item.because else { return }
            let next = AwaitedInstance(
                erasure: item.erasure, instance: instance, name: item.name, because: because,
                since: item.since)
            return turn.writes.append(next.write(at: revision))
        case .erased: turn.count()
        case .settled: break
        }
        turn.erasure.count(waiting: -1)
        erasures.forget(instance, for: item.erasure)
        turn.writes.append(
            RecordWrite(
                collection: AwaitedInstance.collection,
                id: AwaitedInstance.id(item.erasure, instance),
                group: AwaitedInstance.group(item.erasure), expectedRevision: revision, body: nil))
    }

    private mutating func wait(
        for instance: InstanceID, _ name: InstanceName, _ because: String, _ isDoubtful: Bool,
        _ turn: inout Turn, now: Timestamp
    ) throws(StoreError) {
        let number = turn.order.number
        erasures.watch(instance, for: number)
        if isDoubtful { erasures.doubt(instance, for: number) }
        guard try awaited(number, instance) == nil else { return }
        turn.erasure.count(waiting: 1)
        turn.writes.append(
            AwaitedInstance(
                erasure: number, instance: instance, name: name, because: because, since: now
            ).write(at: 0))
    }

    // MARK: One instance

    /// Erases it if that can be done now.
    private mutating func find(
        _ row: InstanceWrite, _ order: Erasure.Order, now: Timestamp
    ) throws(StoreError) -> Finding {
        let run: Run
        switch try find(row.id) {
        case .found(let found): run = found
        case .none: return .settled
        case .unloadable(let problem): return .waits(problem.message, isDoubtful: true)
        }
        if run.isErased(for: order.person) { return .settled }
        guard let definition = catalog.definition(run.name.workflow, version: run.version) else {
            return .waits("its version is not loaded", isDoubtful: true)
        }
        if let because = run.reasonToWait { return .waits(because) }
        if isUnflushed(run.id, run.name) {
            return .waits("it has just changed", isDoubtful: true)
        }
        let sent = try store.messages(after: MessageID(source: run.id, number: 0), count: 1)
        guard sent.first?.id.source != run.id else {
            return .waits("it has ended; what it told others is on its way", isDoubtful: true)
        }
        return try erase(run, definition, order, now: now)
    }

    private mutating func erase(
        _ run: Run, _ definition: WorkflowDefinition, _ order: Erasure.Order, now: Timestamp
    ) throws(StoreError) -> Finding {
        let personal = catalog.personal(run.name.workflow).belonging(to: order.person)
        let erasure = InstanceErasure(
            run, rows: try store.rows(of: run.id, run.name), personal: personal,
            mark: ErasedFor(person: order.person, erasure: order.number, at: now),
            reason: order.reason)
        do throws(DecodingFailure) {
            let decision = try erasure.decide(definition, now: now)
            guard let commit = decision.commit else { return .settled }
            append(commit, run: decision.run)
            let left = commit.referencesCleared.map(\.sha256)
            if !left.isEmpty { open.effects.append(.unreferenced(left, at: now)) }
            return .erased
        } catch {
            open.effects.append(.alarm("\(run.name) cannot be erased: \(error)"))
            return .waits("it cannot be erased: \(error)", isDoubtful: true)
        }
    }

    // MARK: What comes back

    /// An archive has what an erasure could not find. Whoever was erased is erased from it, in the commit behind its own.
    mutating func erasures(
        of restored: RestoredInstance, _ definition: WorkflowDefinition, now: Timestamp
    ) throws(StoreError) -> [RecordWrite] {
        let row = restored.instance
        guard let run = try? Run(decoding: row, definition: definition) else { return [] }
        var writes: [RecordWrite] = []
        var persons = catalog.personal(row.name.workflow).persons.filter { !run.isErased(for: $0) }
        let ids = row.summary.search
        for known in try ErasureAgreement.records(store) where !persons.isEmpty {
            let order = known.order
            guard persons.contains(exactly: order.person), row.summary.startedAt <= order.at,
                ids.contains(where: {
                    sameUTF8($0.name, order.person) && order.values.contains($0.value)
                }), let (found, revision) = try erasure(order.number),
                try awaited(order.number, row.id) == nil
            else { continue }
            // Once is enough.
            persons.removeAll { sameUTF8($0, order.person) }
            var erasure = found
            erasure.waitAgain()
            let item = AwaitedInstance(
                erasure: order.number, instance: row.id, name: row.name,
                because: "it came back from an archive", since: now)
            writes += [erasure.write(at: revision), item.write(at: 0)]
        }
        return writes
    }

    // MARK: The records

    /// nil: it cannot be read, and nothing more is done for it.
    private mutating func erasure(
        _ number: Int64
    ) throws(StoreError) -> (erasure: Erasure, revision: Int64)? {
        let query = RecordQuery(
            collection: Erasure.collection, selection: .id(Erasure.id(number)), limit: 1)
        guard let found = try records.records(query, from: store).records.first else { return nil }
        do throws(DecodingFailure) {
            return (try Erasure(decoding: found.body), found.revision)
        } catch {
            open.effects.append(.alarm("the record of erasure \(number) is damaged: \(error)"))
            return nil
        }
    }

    private mutating func awaited(
        _ erasure: Int64, _ instance: InstanceID
    ) throws(StoreError) -> (item: AwaitedInstance, revision: Int64)? {
        let query = RecordQuery(
            collection: AwaitedInstance.collection,
            selection: .id(AwaitedInstance.id(erasure, instance)), limit: 1)
        guard let found = try records.records(query, from: store).records.first,
            let item = try? AwaitedInstance(decoding: found.body)
        else { return nil }
        return (item, found.revision)
    }
}

extension Run {
    /// Why what it holds is still needed; nil: it is not.
    package var reasonToWait: String? {
        guard status.isTerminal else { return "it runs" }
        guard !isAtRest else { return nil }
        let calls = activations.compactMap { activation in
            activation.call.map { "\($0.adapter).\($0.operation)" }
        }
        return calls.isEmpty
            ? "it has ended; what it began is not over"
            : "it has ended; \(calls.joined(separator: ", ")) is not over"
    }
}

extension Catalog {
    /// What any version of a workflow marks.
    package func personal(_ workflow: String) -> Personal {
        versions(of: workflow).reduce(.nothing) { personal, version in
            personal.union(definition(workflow, version: version)?.personal ?? .nothing)
        }
    }

    /// The search attributes that name persons, of any workflow.
    package var persons: [String] {
        var names: Set<ExactText> = []
        for workflow in workflowNames {
            names.formUnion(personal(workflow).persons.map { ExactText($0) })
        }
        return names.map(\.text).sorted()
    }
}
