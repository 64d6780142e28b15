import Execution
import Logging
import MemoryStore
import Testing
import Values

@testable import Engine

/// What a store has to do in a quiet moment it is asked to do again and again.
@Suite(.timeLimit(.minutes(10))) struct TidyTests {
    private final class Tidied: StoreDecorator {
        let base: any Store = MemoryStore()
        let times: AsyncStream<Void>
        private let told: AsyncStream<Void>.Continuation

        init() { (times, told) = AsyncStream.makeStream() }

        func tidy() { told.yield() }
    }

    private struct StandingClock: StoreClock {
        func now() -> Timestamp { Bench.morning }
        func delay(until moment: Timestamp) -> Duration { .seconds(3_600) }
    }

    @Test func aStoreIsTidiedAgainAndAgain() async throws {
        let store = Tidied()
        let engine = Engine(
            store: store, catalog: try Catalog([]), clock: StandingClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        engine.connect(MemoryContents())
        var limits = RetentionLimits()
        limits.look = .milliseconds(1)
        engine.connect(nil, limits: limits)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await engine.run() }
            var times = store.times.makeAsyncIterator()
            for _ in 1...3 { await times.next() }
            group.cancelAll()
        }
    }
}
