import Execution
import Synchronization

/// What has changed since one looked last, of all instances: for who shows them live. However much happens, it holds no
/// more than `limit` names, each once; beyond that it says only that there is more.
package final class ChangeFeed: Sendable {
    /// What changed; `hasMore` when not all of it is named. Nothing at all is a sign of life.
    package struct News: Sendable, Hashable {
        package var names: [InstanceName] = []
        package var hasMore = false
    }

    package static let limit = 100

    private let news = Mutex(News())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(onEnd: @escaping @Sendable () -> Void) {
        (signals, signal) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        signal.onTermination = { _ in onEnd() }
    }

    func note(_ name: InstanceName) {
        news.withLock { news in
            guard !news.names.contains(name) else { return }
            guard news.names.count < Self.limit else {
                news.hasMore = true
                return
            }
            news.names.append(name)
        }
        signal.yield()
    }

    /// Wakes who waits, with whatever there is.
    package func wake() { signal.yield() }

    /// Nobody listens any more.
    package func end() { signal.finish() }

    /// What came since the last time; waits until something has come or `wake` is called. One reader at a time.
    /// - Returns: nil when the engine has ended or the task was cancelled.
    package func next() async -> News? {
        for await _ in signals {
            return news.withLock { news in
                defer { news = News() }
                return news
            }
        }
        return nil
    }
}
