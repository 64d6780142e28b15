import Execution
import Synchronization

/// What reaches the engine's task from other threads.
enum News: Sendable {
    case request(RequestID, Request)
    case answer(CallID, CallOutcome)
    /// A batch was flushed, or was not.
    case written(UInt64, StoreError?)
}

/// Between everybody and the engine's one task: news in, replies and changes out.
final class Mailbox: Sendable {
    private struct State {
        var news: [News] = []
        var waiting: [RequestID: CheckedContinuation<Reply, Never>] = [:]
        var watchers: [InstanceName: [UInt64: AsyncStream<InstanceChange>.Continuation]] = [:]
        var lastID: UInt64 = 0
        /// Set once the engine has stopped.
        var closed: Problem?
    }

    private let state = Mutex(State())
    let signals: AsyncStream<Void>
    private let signaller: AsyncStream<Void>.Continuation

    init() {
        (signals, signaller) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func signal() { signaller.yield() }

    func put(_ news: News) {
        state.withLock { $0.news.append(news) }
        signal()
    }

    func take() -> [News] {
        state.withLock { state in
            let news = state.news
            state.news = []
            return news
        }
    }

    func ask(_ request: Request) async -> Reply {
        await withCheckedContinuation { continuation in
            let refusal = state.withLock { state -> Problem? in
                if let closed = state.closed { return closed }
                state.lastID += 1
                let id = RequestID(state.lastID)
                state.waiting[id] = continuation
                state.news.append(.request(id, request))
                return nil
            }
            if let refusal {
                continuation.resume(returning: .refused(refusal))
            } else {
                signal()
            }
        }
    }

    func answer(_ id: RequestID, _ reply: Reply) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: reply)
    }

    func changes(of name: InstanceName) -> AsyncStream<InstanceChange> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: InstanceChange.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state -> UInt64? in
            guard state.closed == nil else { return nil }
            state.lastID += 1
            state.watchers[name, default: [:]][state.lastID] = continuation
            return state.lastID
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.forget(name, number) }
        return stream
    }

    private func forget(_ name: InstanceName, _ number: UInt64) {
        state.withLock { state in
            state.watchers[name]?[number] = nil
            if state.watchers[name]?.isEmpty == true { state.watchers[name] = nil }
        }
    }

    func announce(_ change: InstanceChange) {
        let watchers = state.withLock { state in
            state.watchers[change.name].map { Array($0.values) } ?? []
        }
        for watcher in watchers { watcher.yield(change) }
    }

    /// Nobody waits for ever for an engine that has stopped.
    func close(_ problem: Problem) {
        let (waiting, watchers) = state.withLock { state in
            state.closed = problem
            let result = (Array(state.waiting.values), state.watchers.values.flatMap(\.values))
            state.waiting = [:]
            state.watchers = [:]
            return result
        }
        for continuation in waiting { continuation.resume(returning: .refused(problem)) }
        for watcher in watchers { watcher.finish() }
        signaller.finish()
    }
}
