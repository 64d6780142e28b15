import Definition
import Execution
import Sabotage
import Values

// Erasing from outside: whom it would concern, asking for it, looking at it.

/// What an erasure would do now.
package struct ErasurePreview: Sendable, Hashable {
    /// Instances that have ended, and are not erased yet.
    package internal(set) var ended = 0
    /// Those that it would wait for.
    package internal(set) var running = 0
    /// Of these, the newest.
    package internal(set) var awaited: [InstanceName] = []
    /// So many are named.
    package static let named = 50
}

extension EngineFront {
    /// Written into the file beside the database first, and then durable in it, when it returns.
    package func erase(
        _ person: String, _ id: String, reason: String, by actor: Actor
    ) async throws(Problem) -> Erasure {
        try inspector.checkPerson(person)
        let order = Erasure.Order(
            number: try await nextNumber(of: Erasure.counter), person: person, id: id,
            reason: reason, by: actor,
            at: inspector.now)
        if let log = erasureLog {
            do { try log.append([order]) } catch { throw .store(error) }
        }
        reach(.erasureLogged)
        let erasure = Erasure(order)
        let deed = AuditEntry(
            .personErase, by: actor, AuditTarget("person", person, key: id),
            ["erasure": .int(order.number)], reason: reason)
        try await update(.write([erasure.write(at: 0)], .deed(deed)))
        return erasure
    }
}

extension Erasure {
    static let counter = "pawl.erasure-number"
}

// MARK: Looking

extension Inspector {
    func checkPerson(_ name: String) throws(Problem) {
        let known = catalog.persons
        guard !known.contains(exactly: name) else { return }
        throw Problem(
            .invalid, "no workflow says that `\(name.shortened(to: 100))` names a person",
            fix: nearestName(to: name, among: known).map { "did you mean \($0)?" }
                ?? (known.isEmpty
                    ? "say so in a workflow: persons: [\(name.shortened(to: 100))]"
                    : "known: \(known.joined(separator: ", "))"))
    }

    /// What an erasure would do now.
    package func erasure(of person: String, _ id: String) throws(Problem) -> ErasurePreview {
        try checkPerson(person)
        let order = Erasure.Order(
            number: 0, person: person, id: id, reason: "", by: .system, at: now)
        var preview = ErasurePreview()
        do throws(StoreError) {
            try forEachInstance(of: order) { row in
                if row.status.isTerminal {
                    preview.ended += 1
                } else {
                    preview.running += 1
                    if preview.awaited.count < ErasurePreview.named {
                        preview.awaited.append(row.name)
                    }
                }
            }
        } catch {
            throw .store(error)
        }
        return preview
    }

    /// Those that an erasure concerns and that are not erased yet, newest first.
    func forEachInstance(
        of order: Erasure.Order, _ body: (InstanceWrite) -> Void
    ) throws(StoreError) {
        for value in order.values {
            var before: InstanceID?
            while true {
                let page = try store.list(
                    InstanceQuery(
                        terms: [.search(name: order.person, comparison: .equal, value: value)],
                        now: now, before: before, count: 500, countedUpTo: 0))
                for row in page.instances where concerns(order, row) { body(row) }
                guard page.hasMore, let last = page.instances.last else { break }
                before = last.id
            }
        }
    }

    private func concerns(_ order: Erasure.Order, _ row: InstanceWrite) -> Bool {
        guard row.summary.startedAt <= order.at,
            catalog.personal(row.name.workflow).isPerson(order.person)
        else { return false }
        guard row.status.isTerminal,
            let definition = catalog.definition(row.name.workflow, version: row.version),
            let run = try? Run(decoding: row, definition: definition)
        else { return true }
        return !run.isErased(for: order.person)
    }

    /// Newest first.
    /// - Parameter before: the number of the last one of the page before.
    package func erasures(before: Int64? = nil, count: Int) throws(Problem) -> [Erasure] {
        try decoded(
            RecordQuery(
                collection: Erasure.collection, selection: .all,
                after: before.map { Erasure.id($0) }, limit: count))
    }

    package func erasure(_ number: Int64) throws(Problem) -> Erasure {
        let found: [Erasure] = try decoded(
            RecordQuery(
                collection: Erasure.collection, selection: .id(Erasure.id(number)), limit: 1))
        guard let erasure = found.first else {
            throw Problem(
                .notFound, "there is no erasure \(number)", fix: "`pawl erasures` lists them")
        }
        return erasure
    }

    /// What it waits for, the oldest first.
    package func awaited(by number: Int64, count: Int) throws(Problem) -> [AwaitedInstance] {
        try decoded(
            RecordQuery(
                collection: AwaitedInstance.collection,
                selection: .group(AwaitedInstance.group(number)), limit: count))
    }

    private func decoded<T: ValueDecodable>(_ query: RecordQuery) throws(Problem) -> [T] {
        do throws(StoreError) {
            return try store.records(query).records.compactMap { try? T(decoding: $0.body) }
        } catch {
            throw .store(error)
        }
    }
}
