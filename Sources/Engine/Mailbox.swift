import Definition
import Execution
import Sabotage
import Synchronization
import Values

/// What reaches the engine's task from other threads.
enum News: Sendable {
    case request(RequestID, Request, trace: TraceContext?, source: AuditSource?)
    case answer(CallID, CallOutcome)
    /// A batch was flushed, or was not.
    case written(UInt64, StoreError?)
}

/// Between everybody and the engine's one task: news in, replies and changes out.
final class Mailbox: Sendable {
    private typealias Watcher = (
        isWanted: @Sendable (InstanceChange) -> Bool,
        stream: AsyncStream<InstanceChange>.Continuation
    )

    private struct State {
        var news: [News] = []
        /// There is something to look at: news, or a moment that was waited for.
        var isSignalled = false
        /// The engine's task, while it waits.
        var sleeper: CheckedContinuation<Void, Never>?
        var waiting: [RequestID: CheckedContinuation<Reply, Never>] = [:]
        var watchers: [InstanceName: [UInt64: Watcher]] = [:]
        /// Of those who want to know of every instance.
        var feeds: [UInt64: ChangeFeed] = [:]
        var lastID: UInt64 = 0
        /// Set once the engine has stopped.
        var closed: Problem?

        /// Who is to be woken, once the lock is released.
        mutating func signal() -> CheckedContinuation<Void, Never>? {
            isSignalled = true
            defer { sleeper = nil }
            return sleeper
        }
    }

    private let state = Mutex(State())

    func signal() {
        state.withLock { $0.signal() }?.resume()
    }

    func put(_ news: News) {
        state.withLock { state in
            state.news.append(news)
            return state.signal()
        }?.resume()
    }

    /// What has come since the last time; waits until there is something to look at.
    /// - Returns: nil when the task was cancelled.
    func next() async -> [News]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard !state.isSignalled, !Task.isCancelled else { return false }
                    state.sleeper = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            signal()
        }
        return Task.isCancelled ? nil : take()
    }

    private func take() -> [News] {
        state.withLock { state in
            state.isSignalled = false
            let news = state.news
            state.news = []
            return news
        }
    }

    /// Whoever is cancelled waits no longer; what was asked may still be done.
    func ask(_ request: Request, trace: TraceContext? = nil) async -> Reply {
        let source = Engine.source
        let id = state.withLock { state in
            state.lastID += 1
            return RequestID(state.lastID)
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (refusal, sleeper) = state.withLock { state in
                    if let closed = state.closed { return (Problem?.some(closed), state.sleeper) }
                    // After this point the handler below finds it.
                    if Task.isCancelled { return (.cancelled, state.sleeper) }
                    state.waiting[id] = continuation
                    state.news.append(
                        .request(id, request, trace: trace, source: source))
                    return (nil, state.signal())
                }
                if let refusal {
                    continuation.resume(returning: .refused(refusal))
                } else {
                    sleeper?.resume()
                }
            }
        } onCancel: {
            answer(id, .refused(.cancelled))
        }
    }

    func answer(_ id: RequestID, _ reply: Reply) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: reply)
    }

    /// - Parameter isWanted: asked on the engine's task, so that what nobody wants wakes nobody.
    func changes(
        of name: InstanceName, where isWanted: @escaping @Sendable (InstanceChange) -> Bool
    ) -> AsyncStream<InstanceChange> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: InstanceChange.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state -> UInt64? in
            guard state.closed == nil else { return nil }
            state.lastID += 1
            state.watchers[name, default: [:]][state.lastID] = (isWanted, continuation)
            return state.lastID
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.forget(name, number) }
        return stream
    }

    /// Of all instances, or of some kinds of things alone.
    func feed(limit: Int, of kinds: Set<ChangedThing>? = nil) -> ChangeFeed {
        let number = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let feed = ChangeFeed(limit: limit, of: kinds) { [weak self] in
            _ = self?.state.withLock { $0.feeds.removeValue(forKey: number) }
        }
        let isOpen = state.withLock { state in
            guard state.closed == nil else { return false }
            state.feeds[number] = feed
            return true
        }
        if !isOpen { feed.end() }
        return feed
    }

    private func forget(_ name: InstanceName, _ number: UInt64) {
        state.withLock { state in
            state.watchers[name]?[number] = nil
            if state.watchers[name]?.isEmpty == true { state.watchers[name] = nil }
        }
    }

    func announce(_ change: InstanceChange) {
        let (watchers, feeds) = state.withLock { state -> ([Watcher], [ChangeFeed]) in
            let feeds = state.feeds.isEmpty ? [] : Array(state.feeds.values)
            guard !state.watchers.isEmpty else { return ([], feeds) }
            return (state.watchers[change.name].map { Array($0.values) } ?? [], feeds)
        }
        for feed in feeds { feed.note(change.name) }
        for watcher in watchers where watcher.isWanted(change) { watcher.stream.yield(change) }
    }

    /// Something else than an instance has changed.
    func announce(_ thing: ChangedThing) {
        if isMutant(.thingsUntold) { return }
        let feeds = state.withLock { Array($0.feeds.values) }
        for feed in feeds { feed.note(thing) }
    }

    /// Nobody waits for ever for an engine that has stopped.
    func close(_ problem: Problem) {
        let (waiting, watchers, feeds) = state.withLock { state in
            state.closed = problem
            let result = (
                Array(state.waiting.values),
                state.watchers.values.flatMap { $0.values.map(\.stream) },
                Array(state.feeds.values)
            )
            state.waiting = [:]
            state.watchers = [:]
            state.feeds = [:]
            return result
        }
        for continuation in waiting { continuation.resume(returning: .refused(problem)) }
        for watcher in watchers { watcher.finish() }
        for feed in feeds { feed.end() }
    }
}

extension Problem {
    fileprivate static let cancelled = Problem(
        .cancelled, "whoever asked was cancelled; it may have been done all the same",
        fix: "ask again the same way: what was done already is found, not repeated")
}
