import Synchronization

/// Spans that wait to be sent. It holds so many and drops the rest: a collector that is down costs no memory and
/// holds nobody up.
public final class SpanQueue: Sendable {
    public static let limit = 8_192

    private let state = Mutex<(spans: [Span], dropped: Int)>(([], 0))

    public init() {}

    public func add(_ span: Span) {
        state.withLock { state in
            guard state.spans.count < Self.limit else {
                state.dropped += 1
                return
            }
            state.spans.append(span)
        }
    }

    /// The oldest first; they are gone from here.
    public func take(_ count: Int) -> [Span] {
        state.withLock { state in
            let taken = Array(state.spans.prefix(count))
            state.spans.removeFirst(taken.count)
            return taken
        }
    }

    /// How many were dropped since the last time, for want of room.
    public func takeDropped() -> Int {
        state.withLock { state in
            defer { state.dropped = 0 }
            return state.dropped
        }
    }
}
