import Alerts
import Execution
import Sabotage
import Synchronization

/// What has changed since one looked last, of all instances: for who shows them live. However much happens, it holds no
/// more than `limit` names, each once; beyond that it says only that there is more.
package final class ChangeFeed: Sendable {
    /// What changed; `hasMore` when not all of it is named. Nothing at all is a sign of life.
    package struct News: Sendable, Hashable {
        package var names: [InstanceName] = []
        package var hasMore = false
        /// What else than an instance changed.
        package var others: [ChangedThing] = []

        package var isEmpty: Bool { names.isEmpty && others.isEmpty }
    }

    package static let limit = 100

    /// Names that it holds at most.
    private let limit: Int
    /// The only things that are news, and no instance is; nil: everything is.
    private let kinds: Set<ChangedThing>?
    private let news = Mutex(News())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(
        limit: Int = ChangeFeed.limit, of kinds: Set<ChangedThing>? = nil,
        onEnd: @escaping @Sendable () -> Void
    ) {
        self.limit = limit
        self.kinds = kinds
        (signals, signal) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        signal.onTermination = { _ in onEnd() }
    }

    func note(_ name: InstanceName) {
        guard kinds == nil else { return }
        let isNews = news.withLock { news in
            // Who does not come for its news has been told that there are some.
            guard !news.hasMore, !news.names.contains(name) else { return false }
            if news.names.count < limit {
                news.names.append(name)
            } else {
                news.hasMore = true
            }
            return true
        }
        if isNews { signal.yield() }
    }

    func note(_ thing: ChangedThing) {
        guard kinds?.contains(thing) ?? !thing.isSaidAnyway else { return }
        let isNew = news.withLock { news in
            guard !news.others.contains(thing) else { return false }
            news.others.append(thing)
            return true
        }
        if isNew { signal.yield() }
    }

    /// Wakes who waits, with whatever there is.
    package func wake() { signal.yield() }

    /// Nobody listens any more.
    package func end() { signal.finish() }

    /// What came since the last time; waits until something has come or `wake` is called. One reader at a time.
    /// - Returns: nil when the engine has ended or the task was cancelled.
    package func next() async -> News? {
        for await _ in signals { return take() }
        return nil
    }

    /// The same without waiting.
    package func take() -> News {
        news.withLock { news in
            defer { news = News() }
            return news
        }
    }
}

extension ChangeFeed {
    /// As `next`, and no longer than that.
    /// - Returns: nil when the engine has ended or the task was cancelled.
    package func wait(atMost limit: Duration) async -> News? {
        let alarm = Task { [weak self] in
            try await Task.sleep(for: max(limit, .zero))
            self?.wake()
        }
        defer { alarm.cancel() }
        return await next()
    }
}

/// What pages show and no instance is: which kind of it changed, of a few.
package enum ChangedThing: String, Sendable, Hashable, CaseIterable {
    case adapter, workflow, schedule, operation, substitution, alert
    /// One has opened or closed, of whatever instance.
    case incident
    /// It has opened, or closed, or waits for its probe, or somebody holds its adapter.
    case breaker
    /// One that moved nothing.
    case event
    /// Anything else that the engine keeps, such as what a person holds.
    case other

    /// Who hears of everything has heard of it as of an instance or an adapter.
    var isSaidAnyway: Bool { self == .incident || self == .breaker }

    /// nil: a record of the business's own, which no page shows, or what is told otherwise.
    init?(collection: String) {
        switch collection {
        case PauseRecord.ofAdapters: self = .adapter
        case PauseRecord.ofWorkflows: self = .workflow
        case InstanceHold.collection: return nil
        case ScheduleRecord.collection, ScheduleLogRow.collection: self = .schedule
        case BulkOperation.collection, BulkItem.collection: self = .operation
        case Substitution.collection: self = .substitution
        case Alert.collection, Silence.collection, AlertDelivery.collection,
            DisabledReceiver.collection:
            self = .alert
        case let name where name.hasPrefix("pawl."): self = .other
        default: return nil
        }
    }
}

extension Commit {
    /// Each once.
    var changedThings: [ChangedThing] {
        var things: [ChangedThing] = unmatched.isEmpty ? [] : [.event]
        let hasIncidents = !incidentsOpened.isEmpty || !incidentsClosed.isEmpty
        if hasIncidents, !isMutant(.incidentsUntold) { things.append(.incident) }
        for record in records {
            guard let thing = ChangedThing(collection: record.collection),
                !things.contains(thing)
            else { continue }
            things.append(thing)
        }
        return things
    }
}
