import Foundation
import Guest
import Logging
import Values

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Brings the world's events to Pawl: `POST <PAWL_URL>/v1/events`, again and again with the same id
/// until Pawl has said that it has them.
struct EventDelivery: Sendable {
    let store: SandboxStore
    let url: URL
    let logger: Logger
    private let session: URLSession
    private static let width = 8
    private static let longestSleep = Duration.milliseconds(100)
    private static let longestBackOff = Duration.seconds(60)

    init(store: SandboxStore, pawlURL: String, logger: Logger) throws {
        let base = pawlURL.hasSuffix("/") ? String(pawlURL.dropLast()) : pawlURL
        guard let url = URL(string: base + "/v1/events"), let scheme = url.scheme,
            ["http", "https"].contains(scheme), url.host != nil
        else { throw SandboxError.invalid("PAWL_URL is no http(s) address: \(pawlURL)") }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 10
        self.store = store
        self.url = url
        self.logger = logger
        session = URLSession(configuration: configuration)
    }

    /// Delivers until the task is cancelled.
    func run() async throws {
        var attempts: [ExactText: Int] = [:]
        while !Task.isCancelled {
            let events = try await store.perform { world, now in world.due(now: now) }
            for start in stride(from: 0, to: events.count, by: EventDelivery.width) {
                let batch = events[start..<min(start + EventDelivery.width, events.count)]
                for (event, outcome) in await send(batch) {
                    try await settle(event, outcome, &attempts)
                }
            }
            try await Task.sleep(for: try await pause())
        }
    }

    enum Outcome: Sendable, Hashable {
        case delivered
        case refused(status: Int)
        case failed(reason: String)
    }

    static func outcome(of status: Int) -> Outcome {
        switch status {
        case 200..<300: .delivered
        case 408, 425, 429: .failed(reason: "HTTP \(status)")
        case 400..<500: .refused(status: status)
        default: .failed(reason: "HTTP \(status)")
        }
    }

    /// Half a second, doubled for each try, a minute at most.
    static func backOff(after attempts: Int) -> Duration {
        min(.milliseconds(500 << min(max(attempts - 1, 0), 10)), longestBackOff)
    }

    /// Until the next event is due; short, so that an order placed meanwhile is not overlooked.
    private func pause() async throws -> Duration {
        let next = try await store.perform { world, now in
            world.nextDue.map { $0 - now }
        }
        guard let next else { return EventDelivery.longestSleep }
        return max(.milliseconds(1), min(store.clock.real(next), EventDelivery.longestSleep))
    }

    private func send(_ events: ArraySlice<RemoteEvent>) async -> [(RemoteEvent, Outcome)] {
        await withTaskGroup(of: (RemoteEvent, Outcome).self) { group in
            for event in events {
                group.addTask { (event, await send(event)) }
            }
            var outcomes: [(RemoteEvent, Outcome)] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
    }

    /// A cancelled wait leaves the exchange to its own time limit: cancelling it here can deadlock,
    /// since Foundation's `data(for:)` on Linux takes its queue inside the task's cancellation.
    private func send(_ event: RemoteEvent) async -> Outcome {
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue(event.sender, forHTTPHeaderField: "Pawl-Actor")
        request.httpBody = Data(JSON.encode(event.body))
        let (outcomes, outcome) = AsyncStream<Outcome>.makeStream()
        let exchange = session.dataTask(with: request) { _, response, error in
            outcome.yield(EventDelivery.outcome(of: response, error))
            outcome.finish()
        }
        exchange.resume()
        for await outcome in outcomes { return outcome }
        return .failed(reason: "the sandbox is stopping")
    }

    private static func outcome(of response: URLResponse?, _ error: (any Error)?) -> Outcome {
        if let error { return .failed(reason: error.localizedDescription) }
        guard let status = (response as? HTTPURLResponse)?.statusCode else {
            return .failed(reason: "no HTTP answer")
        }
        return outcome(of: status)
    }

    private func settle(
        _ event: RemoteEvent, _ outcome: Outcome, _ attempts: inout [ExactText: Int]
    ) async throws {
        let tries = (attempts[event.id] ?? 0) + 1
        let facts: Logger.Metadata = ["event": "\(event.id)", "attempt": "\(tries)"]
        switch outcome {
        case .delivered:
            attempts[event.id] = nil
            try await store.perform { $0.settle(eventID: event.id, as: .acknowledged, now: $1) }
        case .refused(let status):
            attempts[event.id] = nil
            logger.error("Pawl refused an event (HTTP \(status)); gave it up", metadata: facts)
            try await store.perform { $0.settle(eventID: event.id, as: .abandoned, now: $1) }
        case .failed(let reason):
            attempts[event.id] = tries
            logger.info("could not deliver an event: \(reason)", metadata: facts)
            let wait = store.clock.scaled(EventDelivery.backOff(after: tries))
            try await store.perform {
                $0.settle(eventID: event.id, as: .postponed(until: $1 + wait), now: $1)
            }
        }
    }
}
