/// Opens once, with a value; whoever waits goes on from then.
final class Gate<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    func open(_ value: Value) {
        continuation.yield(value)
        continuation.finish()
    }

    /// For one waiter. Nil when its task was cancelled.
    func wait() async -> Value? {
        for await value in stream { return value }
        return nil
    }
}
