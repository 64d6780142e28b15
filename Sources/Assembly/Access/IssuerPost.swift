import Adapters
import Execution
import Identity
import Synchronization
import Values

/// How an issuer is asked: with a deadline, a bound on what it may answer, and no redirects.
final class IssuerPost: Sendable {
    private static let timeout = Duration.seconds(5)
    /// In bytes: a set of keys with their chains of certificates fits.
    private static let maximumAnswer = 512 << 10

    private let transport: any Transport
    private let last = Mutex<Int64>(0)

    init(over transport: any Transport) { self.transport = transport }

    /// - Throws: `Silence`, or `CancellationError`.
    func send(_ request: IssuerRequest) async throws -> IssuerAnswer {
        let outgoing = HTTPRequest(
            method: request.body == nil ? "GET" : "POST", url: request.url,
            headers: [HTTPHeader("User-Agent", "pawl")]
                + request.headers.map { HTTPHeader($0.name, $0.value) },
            body: request.body, timeout: Self.timeout,
            maximumResponseBytes: Self.maximumAnswer, isQuestion: request.body == nil,
            needsFreshConnection: request.body != nil)
        let waiting = Waiting()
        let id = next()
        let answer = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiting.begin(continuation)
                transport.send(.http(outgoing), for: id) { result in
                    waiting.end(result.mapError { Silence.error(of: $0) })
                }
            }
        } onCancel: {
            waiting.end(.failure(CancellationError()))
        }
        guard case .http(let response) = answer else { throw CancellationError() }
        return IssuerAnswer(
            status: response.status, headers: response.headers.map { ($0.name, $0.value) },
            body: response.body)
    }

    /// Names each request to the transport, which takes two of one name for one.
    private func next() -> CallID {
        let number = last.withLock { last in
            last += 1
            return last
        }
        return CallID(instance: InstanceID(2), activation: number, dispatch: 0)
    }

    /// There is no answer.
    struct Silence: Error, CustomStringConvertible {
        let description: String

        static func error(of failure: TransportFailure) -> any Error {
            failure.kind == .cancelled
                ? CancellationError() : Silence(description: failure.message)
        }
    }

    /// Whoever waits for an answer: until it comes, or they are cancelled, whichever is first.
    private final class Waiting: Sendable {
        typealias Continuation = CheckedContinuation<Answer, any Error>

        private struct State {
            var continuation: Continuation?
            var result: Result<Answer, any Error>?
        }

        private let state = Mutex(State())

        func begin(_ continuation: Continuation) {
            let result = state.withLock { state in
                if state.result == nil { state.continuation = continuation }
                return state.result
            }
            if let result { continuation.resume(with: result) }
        }

        func end(_ result: Result<Answer, any Error>) {
            let continuation = state.withLock { state -> Continuation? in
                guard state.result == nil else { return nil }
                state.result = result
                defer { state.continuation = nil }
                return state.continuation
            }
            continuation?.resume(with: result)
        }
    }
}
