import Definition
import Execution
import Logging
import Metrics
import Sabotage
import Synchronization
import Values

/// How what ended long ago goes.
package struct RetentionLimits: Sendable, Hashable {
    /// Instances in one commit: a request that comes meanwhile waits for no more than that.
    package var batch = 16
    /// Of the time, the part that is spent on it; the rest is left to what comes.
    package var share = 0.25
    /// Between two looks for erasures, on the wall.
    package var look = Duration.seconds(5)
    /// Between two looks, on the wall.
    package var sweep = Duration.seconds(600)

    package init() {}
}

/// Where what ended long ago is archived and goes, and comes back from.
///
/// The order is what keeps anything from being lost: the archive durably has an instance, then a commit removes it. A
/// crash leaves at worst a second copy in the archive, and the latest one counts. What an instance refers to is copied
/// to the archive with it; what nobody refers to any more goes as all content does (`AttachmentDesk`). One whose parent goes
/// on stays with it.
package final class RetentionDesk: Sendable {
    package let limits: RetentionLimits
    /// nil: what goes is kept nowhere.
    package let archive: (any ArchiveStore)?
    private let catalog: @Sendable () -> Catalog?
    private let declared: [ExactText: Duration]
    private let store: any Store
    private let attachments: AttachmentDesk?
    private let clock: any StoreClock
    private let ask: @Sendable (Request) async -> Reply
    private let logger: Logger
    /// Whoever waits for the archive's disk waits here.
    private let thread = EngineThread(label: "pawl.archive")
    private let lastFailure = Mutex<String?>(nil)

    /// - Parameter periods: of this installation, in the place of what workflows declare.
    init(
        _ catalog: @escaping @Sendable () -> Catalog?, periods: [ExactText: Duration],
        archive: (any ArchiveStore)?,
        limits: RetentionLimits, store: any Store, attachments: AttachmentDesk?,
        clock: any StoreClock, logger: Logger, ask: @escaping @Sendable (Request) async -> Reply
    ) {
        self.catalog = catalog
        declared = periods
        self.archive = archive
        self.limits = limits
        self.store = store
        self.attachments = attachments
        self.clock = clock
        self.logger = logger
        self.ask = ask
    }

    /// Why nothing goes; nil: it does, or nothing is due.
    package var failure: String? { lastFailure.withLock { $0 } }

    /// Of those workflows that are not kept for ever.
    package var periods: [WorkflowRetention] { catalog()?.retentions(declared) ?? [] }

    // MARK: Out

    /// Looks for what is due, until it is cancelled.
    func sweepForEver() async {
        var next = ContinuousClock.now
        while !Task.isCancelled {
            // One after the other: what is on its way to the archive is there when an erasure looks at it.
            await eraseArchived()
            store.tidy()
            if next <= .now {
                await sweep()
                next = .now + limits.sweep
            }
            do { try await Task.sleep(for: min(limits.look, limits.sweep)) } catch { return }
        }
    }

    /// Once through all of it.
    /// - Returns: how many have gone.
    @discardableResult
    package func sweep() async -> Int {
        var total = 0
        do {
            for retention in periods {
                let count = try await sweep(retention)
                total += count
                guard count > 0 else { continue }
                logger.notice(
                    "what ended long ago is gone",
                    metadata: [
                        "workflow": "\(retention.workflow)", "instances": "\(count)",
                        "retention": "\(retention.period.shortText)",
                        "archived": "\(archive == nil ? "no" : "yes")",
                    ])
            }
            lastFailure.withLock { $0 = nil }
        } catch {
            note(error, "what ended long ago stays")
        }
        return total
    }

    /// Once, not at each look.
    private func note(_ error: any Error, _ what: Logger.Message) {
        let reason = (error as? StoreError)?.reason ?? "\(error)"
        let isNews = lastFailure.withLock { last in
            defer { last = reason }
            return last != reason
        }
        if isNews, !Task.isCancelled { logger.error(what, metadata: ["reason": "\(reason)"]) }
    }

    private func sweep(_ retention: WorkflowRetention) async throws -> Int {
        var (count, last) = (0, EndedInstance?.none)
        while !Task.isCancelled {
            let begin = ContinuousClock.now
            guard let endedBy = clock.now().adding(.zero - retention.period) else { return count }
            let page = try store.ended(
                EndedQuery(
                    workflow: retention.workflow, endedBy: endedBy, after: last,
                    count: limits.batch))
            let awaited = try AwaitedInstance.ofOpenErasures(in: store)
            var leaving: [EndedInstance] = []
            for row in page where try !awaited.contains(row.id) && isFree(row) {
                leaving.append(row)
            }
            count += try await remove(leaving)
            guard page.count == limits.batch else { return count }
            last = page.last
            try await Task.sleep(for: (ContinuousClock.now - begin) * (1 / limits.share - 1))
        }
        return count
    }

    /// Neither somebody who had it put back nor its parent wants it.
    private func isFree(_ instance: EndedInstance) throws(StoreError) -> Bool {
        let query = RecordQuery(
            collection: Restoration.collection, selection: .id(Restoration.id(instance.id)),
            limit: 1)
        guard let record = try store.records(query).records.first else { return true }
        let restoration = try? Restoration(decoding: record.body)
        return restoration.map { $0.until <= clock.now() } ?? true
    }

    private func remove(_ instances: [EndedInstance]) async throws -> Int {
        var documents: [InstanceDocument] = []
        for instance in instances {
            guard let document = try store.document(of: instance.id),
                document.revision == instance.revision, try hasNoRunningParent(document)
            else { continue }
            documents.append(document)
        }
        guard !documents.isEmpty else { return 0 }
        if isMutant(.removedBeforeArchived) { try await removeFromStore(documents, nil) }
        let mark = try await archive(documents)
        reach(.archiveAppended)
        return try await removeFromStore(documents, mark)
    }

    @discardableResult
    private func removeFromStore(
        _ documents: [InstanceDocument], _ mark: ArchiveMark?
    ) async throws -> Int {
        switch await ask(.remove(documents.map(\.ended), archived: mark)) {
        case .removed(let ids): return ids.count
        case .refused(let problem): throw problem
        case .started, .receipts, .schedule, .preview: return 0
        }
    }

    private func hasNoRunningParent(_ document: InstanceDocument) throws(StoreError) -> Bool {
        guard let parent = document.parent else { return true }
        return try store.instance(parent)?.status.isTerminal ?? true
    }

    private func archive(
        _ documents: [InstanceDocument]
    ) async throws(StoreError) -> ArchiveMark? {
        guard let archive else { return nil }
        return try await onDisk { [attachments, clock] () throws(StoreError) in
            try archive.append(documents, with: attachments?.contents, now: clock.now())
        }
    }

    // MARK: Erasing

    /// What erasures want that are through with the database.
    package func eraseArchived() async {
        guard let archive, let catalog = catalog() else { return }
        do {
            for order in try ArchiveErasure.pending(store) {
                let count = try await onDisk { [clock] () throws(StoreError) in
                    try archive.erase(order, catalog, at: clock.now())
                }
                reach(.archiveErased)
                let done = ArchiveErasure(erased: Int64(count), at: clock.now())
                let reply = await ask(.update(done.update(of: order.number)))
                if case .refused(let problem) = reply { throw problem }
                logger.notice(
                    "the archive is erased",
                    metadata: ["erasure": "\(order.number)", "instances": "\(count)"])
            }
        } catch {
            note(error, "the archive is not erased")
        }
    }

    // MARK: Back

    /// The latest that the archive has under the name.
    package func find(_ name: InstanceName) async throws(StoreError) -> InstanceDocument? {
        guard let archive else { return nil }
        return try await onDisk { () throws(StoreError) in try archive.find(name) }
    }

    /// What it refers to comes first, as it does with everything that speaks of content.
    package func putBack(
        _ document: InstanceDocument, until: Timestamp, by actor: Actor
    ) async throws {
        if let archive, let attachments {
            for row in document.attachments {
                do {
                    try await attachments.put(row, from: archive)
                } catch {
                    throw Problem(
                        .notApplicable,
                        "the archive's content \(row.sha256) of \(document.name) is missing or damaged",
                        fix: "`pawl doctor --deep` says what else is; put the file back from a copy"
                    )
                }
            }
        }
        if case .refused(let problem) = await ask(.restore(document, until: until, actor: actor)) {
            throw problem
        }
    }

    private func onDisk<T: Sendable>(
        _ body: @escaping @Sendable () throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        try await withTaskExecutorPreference(thread) { () async throws(StoreError) in try body() }
    }
}

/// How long instances of a workflow are kept after their end.
package struct WorkflowRetention: Sendable, Hashable {
    @ExactText package private(set) var workflow: String
    package let period: Duration

    package init(workflow: String, period: Duration) {
        self.workflow = workflow
        self.period = period
    }
}

extension Catalog {
    /// Of those that are not kept for ever, in order of their names.
    /// - Parameter periods: by workflow, in the place of what its newest version says.
    package func retentions(_ periods: [ExactText: Duration]) -> [WorkflowRetention] {
        knownNames.compactMap { name in
            (periods[ExactText(name)] ?? current(forChild: name)?.retention).map {
                WorkflowRetention(workflow: name, period: $0)
            }
        }
    }
}

extension AttachmentDesk {
    private static let piece = 1 << 18

    /// As if whoever had put it did so again.
    fileprivate func put(_ row: AttachmentRow, from archive: any ArchiveStore) async throws {
        let upload = Upload(
            type: row.type, size: row.size, digest: row.sha256,
            actor: row.putBy.last.flatMap(Actor.init(parsing:)) ?? .system)
        _ = try await put(upload) { [self] receive in
            var offset: Int64 = 0
            while offset < row.size {
                let start = offset
                let bytes = try await onDisk { () throws(StoreError) in
                    try archive.contents.read(row.sha256, from: start, count: Self.piece)
                }
                guard !bytes.isEmpty else { return }
                offset += Int64(bytes.count)
                try await receive(bytes)
            }
        }
    }
}
