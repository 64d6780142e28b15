import Engine
import ServiceLifecycle
import Synchronization
import Values

/// Server-sent events that say what has changed: which instances, and of what else one of a kind; what it has become, a
/// page asks for itself. However much happens, one event leaves in half a second at most. The first says which process
/// speaks: who hears of another one has missed something in between.
package struct LiveStream: ServerEvents {
    let feed: ChangeFeed
    let place: LiveStreams.Place
    /// Tells this process from the one before.
    let server: String
    /// Whether who listens still may; asked with each heartbeat.
    let stays: @Sendable () async -> Bool

    private static let pause = Duration.milliseconds(500)
    /// So often at least something is sent: who has gone is noticed on either side, and what is in between keeps the
    /// connection.
    private static let heartbeat = Duration.seconds(15)

    /// - Parameter write: throws when nobody reads any more.
    package func run(_ write: ([UInt8]) async throws -> Void) async throws {
        let feed = feed
        let stays = stays
        let ticker = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: Self.heartbeat)
                guard await stays() else { return feed.end() }
                feed.wake()
            }
        }
        defer {
            ticker.cancel()
            feed.end()
            place.giveBack()
        }
        try await write(
            Array("retry: 2000\n".utf8) + Self.event("ready", ["server": .string(server)]))
        await withGracefulShutdownHandler {
            while let news = await feed.next() {
                do {
                    try await write(Self.event(news))
                    try await Task.sleep(for: Self.pause)
                } catch {
                    return
                }
            }
        } onGracefulShutdown: {
            feed.end()
        }
    }

    /// Nobody reads any more: `run` ends, and its place is free.
    package func leave() { feed.end() }

    private static func event(_ news: ChangeFeed.News) -> [UInt8] {
        guard !news.isEmpty else { return event("alive", [:]) }
        return event(
            "changed",
            [
                "names": .list(news.names.map { .string($0.description) }),
                "more": .bool(news.hasMore),
                "others": .list(news.others.map { .string($0.rawValue) }),
            ])
    }

    private static func event(_ name: String, _ data: Value) -> [UInt8] {
        Array("event: \(name)\ndata: ".utf8) + JSON.encode(data) + [10, 10]
    }
}

/// How many streams are open.
package final class LiveStreams: Sendable {
    static let limit = 256

    private struct State {
        var open = 0
        var byOwner: [ExactText: Int] = [:]
    }

    private let state = Mutex(State())
    private let limitByOwner: Int

    init(byOwner limit: Int = LiveStreams.limit) { limitByOwner = limit }

    /// - Parameter owner: whose it is; of the empty name all are taken that there is room for.
    /// - Returns: nil: there is no room for anybody.
    /// - Throws: when this owner has as many as one may have.
    func take(for owner: ExactText = "") throws(Refusal) -> Place? {
        let verdict: Result<Bool, Refusal> = state.withLock { state in
            let own = state.byOwner[owner] ?? 0
            guard owner == "" || own < limitByOwner else {
                return .failure(Overrun.streams.refusal())
            }
            guard state.open < Self.limit else { return .success(false) }
            state.open += 1
            state.byOwner[owner] = own + 1
            return .success(true)
        }
        return try verdict.get() ? Place(streams: self, owner: owner) : nil
    }

    private func giveBack(_ owner: ExactText) {
        state.withLock { state in
            state.open -= 1
            let left = (state.byOwner[owner] ?? 1) - 1
            state.byOwner[owner] = left > 0 ? left : nil
        }
    }

    /// One of them.
    package final class Place: Sendable {
        private let streams: Mutex<LiveStreams?>
        private let owner: ExactText

        fileprivate init(streams: LiveStreams, owner: ExactText) {
            self.streams = Mutex(streams)
            self.owner = owner
        }

        func giveBack() {
            let streams = streams.withLock { streams in
                defer { streams = nil }
                return streams
            }
            streams?.giveBack(owner)
        }

        deinit { giveBack() }
    }
}
