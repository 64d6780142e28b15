import Definition
import Execution
import Synchronization
import Values

// Operations on many instances, from outside: whom one would concern, asking for one, steering it, looking at it.

/// An instance that an operation is to concern, as it stands.
package struct BulkTarget: Sendable, Hashable {
    package let instance: InstanceID
    package let name: InstanceName
    package let revision: Int64
    /// The one that is of the cause, where there is one alone.
    package let incident: Int64?
    private let version: Int
    private let isPaused: Bool
    private let hasEnded: Bool

    init(_ row: InstanceWrite, incident: Int64? = nil) {
        instance = row.id
        name = row.name
        revision = row.revision
        version = row.version
        self.incident = incident
        isPaused = row.summary.pause != nil
        hasEnded = row.status.isTerminal
    }

    /// Why there is nothing to do to it; nil: there is.
    package func nothingToDo(by verb: ActionVerb, _ arguments: ValueMap) -> String? {
        verb.nothingToDo(arguments, isPaused: isPaused, hasEnded: hasEnded, version: version)
    }
}

extension Inspector {
    /// All of them, at this moment.
    package func targets(of target: BulkOperation.Target) throws(Problem) -> [BulkTarget] {
        let found: [BulkTarget]
        switch target {
        case .filter(let text): found = try targets(matching: text)
        case .cause(let cause): found = try targets(withCause: cause)
        }
        guard found.isEmpty else { return found }
        throw Problem(
            .notFound, "no instance matches", fix: "`pawl ls -f '…'` shows what a filter finds")
    }

    private func targets(matching text: String) throws(Problem) -> [BulkTarget] {
        let filter = try InstanceFilter(parsing: text)
        guard !filter.terms.isEmpty else {
            throw Problem(
                .invalid, "an empty filter means every instance there ever was",
                fix: "say which, like `workflow:order health:blocked`")
        }
        var targets: [BulkTarget] = []
        var before: InstanceID?
        for _ in 0...BulkOperation.maximumItems / Self.page {
            let page = try list(filter, before: before, count: Self.page, countedUpTo: 0)
            targets += page.instances.map { BulkTarget($0) }
            guard page.hasMore, let last = page.instances.last else { break }
            before = last.id
        }
        return try targets.checked()
    }

    private static let page = 500

    private func targets(withCause cause: String) throws(Problem) -> [BulkTarget] {
        let found: [BulkTarget]
        var order: [InstanceID] = []
        var incidents: [InstanceID: [Int64]] = [:]
        do throws(StoreError) {
            let rows = try store.incidents(
                cause: cause, after: 0, count: BulkOperation.maximumItems + 1)
            for row in rows {
                if incidents[row.instance] == nil { order.append(row.instance) }
                incidents[row.instance, default: []].append(row.incident.number)
            }
            var targets: [BulkTarget] = []
            for id in order.prefix(BulkOperation.maximumItems + 1) {
                guard let row = try store.instance(id) else { continue }
                let numbers = incidents[id] ?? []
                targets.append(
                    BulkTarget(row, incident: numbers.count == 1 ? numbers.first : nil))
            }
            found = targets
        } catch {
            throw .store(error)
        }
        return try found.checked()
    }
}

extension [BulkTarget] {
    fileprivate func checked() throws(Problem) -> [BulkTarget] {
        guard count <= BulkOperation.maximumItems else { throw .tooMany }
        return self
    }
}

// MARK: Asking for one

extension EngineFront {
    /// Keeps it durably; the engine begins with it at once.
    package func begin(
        _ plan: BulkOperation.Plan, on targets: [BulkTarget]
    ) async throws(Problem) -> BulkOperation {
        let number = try await nextNumber(of: BulkOperation.counter)
        for start in stride(from: 0, to: targets.count, by: BulkOperation.piece) {
            let piece = targets[start..<min(start + BulkOperation.piece, targets.count)]
            let writes = zip(start..., piece).map { index, target in
                BulkItem(
                    operation: number, index: index, instance: target.instance,
                    name: target.name, seen: target.revision, incident: target.incident
                ).write(at: 0)
            }
            try await update(.write(writes, .part))
        }
        // Last: from then on it runs. Items of a number that nothing came of harm nobody.
        let operation = BulkOperation(number, plan, asked: targets.count, at: inspector.now)
        let deed = AuditEntry(
            .operationBegin, by: plan.actor, AuditTarget("operation", String(number)),
            ["action": .string(plan.verb.rawValue), "instances": .int(Int64(targets.count))],
            reason: plan.reason)
        try await update(.write([operation.write(at: 0)], .deed(deed)))
        return operation
    }

    /// A number is never used again.
    func nextNumber(of counter: String) async throws(Problem) -> Int64 {
        let taken = TakenNumber()
        try await update(
            RecordUpdate(.part) { (read, _) throws(StoreError) in
                let query = RecordQuery(
                    collection: counter, selection: .id("last"), limit: 1)
                let known = try read(query).records.first
                let number = (known?.body.intValue ?? 0) + 1
                taken.value.withLock { $0 = number }
                return .changed([
                    RecordWrite(
                        collection: counter, id: "last", group: "",
                        expectedRevision: known?.revision ?? 0, body: .int(number))
                ])
            })
        return taken.value.withLock { $0 }
    }

    /// - Throws: `.notApplicable` when it is not as that takes.
    package func steer(
        _ number: Int64, _ steering: BulkOperation.Steering, by actor: Actor
    ) async throws(Problem) {
        try await update(.steer(number, steering, by: actor, at: inspector.now))
    }
}

extension RecordUpdate {
    static func write(_ writes: [RecordWrite], _ audited: Audited) -> RecordUpdate {
        RecordUpdate(audited) { _, _ in .changed(writes) }
    }

    static func steer(
        _ number: Int64, _ steering: BulkOperation.Steering, by actor: Actor, at now: Timestamp
    ) -> RecordUpdate {
        let deed: AuditDeed =
            switch steering {
            case .continue: .operationContinue
            case .hold: .operationHold
            case .stop: .operationStop
            }
        let entry = AuditEntry(deed, by: actor, AuditTarget("operation", String(number)))
        return RecordUpdate(.deed(entry)) { (read, _) throws(StoreError) in
            let query = RecordQuery(
                collection: BulkOperation.collection,
                selection: .id(BulkOperation.id(number)), limit: 1)
            guard let record = try read(query).records.first,
                var operation = try? BulkOperation(decoding: record.body)
            else { return .refused(.unknownOperation(number)) }
            guard operation.steer(steering, by: actor, at: now) else {
                return .refused(.cannot(steering, operation))
            }
            return .changed([operation.write(at: record.revision)])
        }
    }
}

/// What an update that may be performed again has come to.
private final class TakenNumber: Sendable {
    let value = Mutex<Int64>(0)
}

extension BulkOperation {
    fileprivate static let counter = "pawl.operation-number"
    /// Items that are written at once: others are not kept waiting for thousands.
    fileprivate static let piece = 500
}

// MARK: Looking at them

extension Inspector {
    /// Newest first.
    /// - Parameter before: the number of the last one of the page before.
    package func operations(
        before: Int64? = nil, count: Int
    ) throws(Problem) -> [BulkOperation] {
        let query = RecordQuery(
            collection: BulkOperation.collection, selection: .all,
            after: before.map { BulkOperation.id($0) }, limit: count)
        return try records(query).compactMap { try? BulkOperation(decoding: $0.body) }
    }

    package func operation(_ number: Int64) throws(Problem) -> BulkOperation {
        let query = RecordQuery(
            collection: BulkOperation.collection, selection: .id(BulkOperation.id(number)), limit: 1
        )
        guard let record = try records(query).first else { throw .unknownOperation(number) }
        do throws(DecodingFailure) {
            return try BulkOperation(decoding: record.body)
        } catch {
            throw Problem(
                .internalError, "the record of operation \(number) is damaged: \(error)",
                fix: "stop the server and restore a backup")
        }
    }

    /// In the order in which they are acted on.
    /// - Parameters:
    ///   - states: only those.
    ///   - after: the place of the last one of the page before.
    package func items(
        of number: Int64, in states: [BulkItem.State], after: Int?, count: Int
    ) throws(Problem) -> [BulkItem] {
        let query = RecordQuery(
            collection: BulkItem.collection, selection: .group(BulkItem.group(number)),
            after: after.map { BulkItem.id(number, $0) },
            limit: states.isEmpty ? count : BulkOperation.maximumItems)
        let items = try records(query).compactMap { try? BulkItem(decoding: $0.body) }
        return Array(
            items.lazy.filter { states.isEmpty || states.contains($0.state) }.prefix(count))
    }

    private func records(_ query: RecordQuery) throws(Problem) -> [RecordRow] {
        do { return try store.records(query).records } catch { throw .store(error) }
    }
}

extension Problem {
    fileprivate static let tooMany = Problem(
        .invalid, "more than \(BulkOperation.maximumItems) instances match",
        fix: "narrow the filter, and do it in parts")

    fileprivate static func cannot(
        _ steering: BulkOperation.Steering, _ operation: BulkOperation
    ) -> Problem {
        Problem(
            .notApplicable,
            "operation \(operation.number) is \(operation.status.rawValue), so it cannot \(steering.rawValue)",
            fix: "`continue` takes one that is held, `hold` one that runs, `stop` either")
    }

    package static func unknownOperation(_ number: Int64) -> Problem {
        Problem(
            .notFound, "there is no operation \(number)", fix: "`pawl operations` lists them")
    }
}
