import Definition
import Execution
import Synchronization
import Testing
import Values

@testable import Adapters

/// An in-process transport: answers by a rule, before `send` returns or when it is told to, on a clock of its own.
private final class ScriptedTransport: Transport {
    private struct State {
        var now = MonotonicTime.zero
        var pending: [CallID: @Sendable (Result<Answer, TransportFailure>) -> Void] = [:]
        var sent: [CallID] = []
        var wish: (time: MonotonicTime, action: @Sendable () -> Void)?
    }

    private let state = Mutex(State())
    /// nil: the answer is given later.
    private let rule: (@Sendable (OutgoingRequest) -> Result<Answer, TransportFailure>)?

    init(_ rule: (@Sendable (OutgoingRequest) -> Result<Answer, TransportFailure>)? = nil) {
        self.rule = rule
    }

    var now: MonotonicTime { state.withLock { $0.now } }
    var sent: [CallID] { state.withLock { $0.sent } }

    func send(
        _ request: OutgoingRequest, for id: CallID,
        completion: @escaping @Sendable (Result<Answer, TransportFailure>) -> Void
    ) {
        state.withLock { state in
            state.sent.append(id)
            if rule == nil { state.pending[id] = completion }
        }
        if let rule { completion(rule(request)) }
    }

    func wake(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.wish = (time, action) }
    }

    func answer(_ id: CallID, _ result: Result<Answer, TransportFailure>) {
        let completion = state.withLock { $0.pending.removeValue(forKey: id) }
        completion?(result)
    }

    /// Lets time pass up to `time`, wishes on the way included.
    func advance(to time: MonotonicTime) {
        for _ in 0..<10_000 {
            let action = state.withLock { state -> (@Sendable () -> Void)? in
                guard let wish = state.wish, wish.time <= time else {
                    state.now = time
                    return nil
                }
                state.now = wish.time
                state.wish = nil
                return wish.action
            }
            guard let action else { return }
            action()
        }
    }
}

private final class Outcomes: Sendable {
    private let list = Mutex<[(CallID, CallOutcome)]>([])
    var all: [(CallID, CallOutcome)] { list.withLock { $0 } }
    var ids: [CallID] { all.map(\.0) }

    func add(_ id: CallID, _ outcome: CallOutcome) {
        list.withLock { $0.append((id, outcome)) }
    }
}

@Suite("Dispatcher: policies, requests, transport and answers together")
struct DispatcherTests {
    private static let ok = Answer.http(
        HTTPResponse(status: 200, headers: [], body: Array(#"{"id":"c1"}"#.utf8)))

    private func dispatcher(
        _ transport: any Transport, _ outcomes: Outcomes, limits: AdapterLimits = AdapterLimits(),
        breaker: BreakerPolicy? = nil, url: String = "http://127.0.0.1:8088"
    ) throws -> AdapterDispatcher {
        AdapterDispatcher(
            manifests: [
                Fixture.bank(
                    url: url, limits: limits, breaker: breaker,
                    operations: [try Fixture.operation()])
            ],
            rules: try Fixture.loopback(), settings: Fixture.noSettings, transport: transport,
            storeTime: Fixture.storeTime, onOutcome: outcomes.add)
    }

    @Test("a submitted call comes back as an outcome")
    func oneCall() throws {
        let outcomes = Outcomes()
        let dispatcher = try dispatcher(ScriptedTransport { _ in .success(Self.ok) }, outcomes)
        dispatcher.submit(Fixture.row(1))
        #expect(outcomes.ids == [Fixture.id(1)])
        #expect(outcomes.all.first?.1 == .succeeded(["id": "c1"]))
    }

    @Test("a token that the remote says back is in no outcome")
    func echoedToken() throws {
        let outcomes = Outcomes()
        let body = Array(#"{"error":"token bank-s3cret is bad","id":"bank-s3cret"}"#.utf8)
        for (number, status) in [(Int64(1), 402), (2, 200)] {
            let dispatcher = AdapterDispatcher(
                manifests: [
                    Fixture.bank(
                        authentication: .bearer(.literal("bank-s3cret")),
                        operations: [try Fixture.operation()])
                ],
                rules: try Fixture.loopback(), settings: Fixture.noSettings,
                transport: ScriptedTransport { _ in
                    .success(.http(HTTPResponse(status: status, headers: [], body: body)))
                }, storeTime: Fixture.storeTime, onOutcome: outcomes.add)
            dispatcher.submit(Fixture.row(number))
        }
        let told = outcomes.all.map { "\($0.1)" }
        #expect(told.count == 2)
        for text in told {
            #expect(!text.contains("bank-s3cret"))
            #expect(text.contains("[secret]"))
        }
    }

    @Test(
        "calls of an adapter that lacks a setting wait in their order, and leave once it is there")
    func lackingASetting() throws {
        let token = Mutex<String?>(nil)
        let outcomes = Outcomes()
        let transport = ScriptedTransport()
        let dispatcher = AdapterDispatcher(
            manifests: [
                Fixture.bank(
                    authentication: .bearer(.file("/run/token")),
                    limits: AdapterLimits(concurrency: 2), operations: [try Fixture.operation()])
            ],
            rules: try Fixture.loopback(),
            settings: SettingResolver(
                environment: { _ in nil }, file: { _ in token.withLock { $0 } }),
            transport: transport, storeTime: Fixture.storeTime, onOutcome: outcomes.add)
        for number in 1...4 { dispatcher.submit(Fixture.row(Int64(number))) }
        transport.advance(to: .seconds(70))
        #expect(transport.sent.isEmpty)
        #expect(outcomes.ids.isEmpty, "an attempt that was not made failed")
        let lacking = try #require(dispatcher.statuses().first)
        #expect(lacking.queued == 4)
        #expect(lacking.lack?.reason.contains("the file /run/token") == true)
        #expect(lacking.lack?.since == .zero)
        token.withLock { $0 = "t-1" }
        dispatcher.probe(adapter: "bank")
        #expect(transport.sent == [Fixture.id(1)], "one is tried first")
        transport.answer(Fixture.id(1), .success(Self.ok))
        #expect(transport.sent == [1, 2, 3].map { Fixture.id($0) })
        #expect(dispatcher.statuses().first?.lack == nil)
        transport.answer(Fixture.id(2), .success(Self.ok))
        #expect(transport.sent == [1, 2, 3, 4].map { Fixture.id($0) })
    }

    @Test("what may have been sent before is not sent again once its key may be forgotten")
    func waitedForTooLong() throws {
        let outcomes = Outcomes()
        let transport = ScriptedTransport { _ in .success(Self.ok) }
        // An hour of the transport's is sixty of the store's, and keys are kept for 24.
        let operations = [
            try Fixture.operation(), try Fixture.operation(onUnknown: .resend, kind: .retriable),
        ]
        for (number, operation) in operations.enumerated() {
            for (offset, mayHaveLeft) in [false, true].enumerated() {
                let id = Int64(number * 2 + offset + 1)
                let clock = transport.now
                let dispatcher = AdapterDispatcher(
                    manifests: [Fixture.bank(operations: [operation])],
                    rules: try Fixture.loopback(), settings: Fixture.noSettings,
                    transport: transport,
                    storeTime: { now in
                        Timestamp(seconds: 1_767_268_800) + (transport.now - clock + now) * 60
                    }, onOutcome: outcomes.add)
                dispatcher.setPaused(true, adapter: "bank")
                var row = Fixture.row(id)
                row.mayHaveLeft.value = mayHaveLeft
                dispatcher.submit(row)
                transport.advance(to: clock + .seconds(3_600))
                dispatcher.setPaused(false, adapter: "bank")
            }
        }
        #expect(transport.sent == [1, 3, 4].map { Fixture.id($0) })
        guard case .unknown(let error)? = outcomes.all.first(where: { $0.0 == Fixture.id(2) })?.1
        else {
            Issue.record("\(outcomes.all)")
            return
        }
        #expect(error.message.contains("longer than its key is remembered"))
    }

    @Test("what lacks a setting is looked at again by itself, and withdrawn and paused as anything")
    func lookedAtAgain() throws {
        let token = Mutex<String?>(nil)
        let outcomes = Outcomes()
        let transport = ScriptedTransport { _ in .success(Self.ok) }
        let dispatcher = AdapterDispatcher(
            manifests: [
                Fixture.bank(
                    authentication: .bearer(.environment("BANK_TOKEN")),
                    operations: [try Fixture.operation()])
            ],
            rules: try Fixture.loopback(),
            settings: SettingResolver(
                environment: { _ in token.withLock { $0 } }, file: { _ in nil }),
            transport: transport, storeTime: Fixture.storeTime, onOutcome: outcomes.add)
        for number in 1...3 { dispatcher.submit(Fixture.row(Int64(number))) }
        dispatcher.withdraw(Fixture.id(2), recall: 1)
        #expect(outcomes.ids == [Fixture.id(2)])
        token.withLock { $0 = "t-1" }
        dispatcher.setPaused(true, adapter: "bank")
        transport.advance(to: .seconds(31))
        #expect(transport.sent.isEmpty)
        dispatcher.setPaused(false, adapter: "bank")
        #expect(outcomes.ids == [2, 1, 3].map { Fixture.id($0) })
    }

    @Test("a transport that answers at once serves any number of calls in their order")
    func manyCalls() throws {
        let outcomes = Outcomes()
        let dispatcher = try dispatcher(
            ScriptedTransport { _ in .success(Self.ok) }, outcomes,
            limits: AdapterLimits(concurrency: 1))
        for number in Int64(1)...20_000 { dispatcher.submit(Fixture.row(number)) }
        #expect(outcomes.ids == (1...20_000).map { Fixture.id($0) })
    }

    @Test("a queue that opens late is served without a call from the engine")
    func rate() throws {
        let outcomes = Outcomes()
        let transport = ScriptedTransport { _ in .success(Self.ok) }
        let dispatcher = try dispatcher(
            transport, outcomes, limits: AdapterLimits(ratePerSecond: 10))
        for number in Int64(1)...95 { dispatcher.submit(Fixture.row(number)) }
        #expect(outcomes.ids.count == 10)
        #expect(dispatcher.conditions(of: [Fixture.id(12)]).first?.ahead == [Fixture.id(12): 1])
        #expect(dispatcher.statuses().first?.rateLimitedUntil == .nanoseconds(1_000_000_000))
        transport.advance(to: .seconds(30))
        #expect(outcomes.ids == (1...95).map { Fixture.id($0) })
    }

    @Test("while the breaker is open calls wait and cost no attempt")
    func breaker() throws {
        let outcomes = Outcomes()
        let isDown = Mutex(true)
        let transport = ScriptedTransport { _ in
            isDown.withLock { $0 }
                ? .failure(TransportFailure(.unreachable, wasSent: false, message: "refused"))
                : .success(Self.ok)
        }
        let policy = BreakerPolicy(
            window: .seconds(30), failureRate: 0.5, minimumCalls: 3, openFor: .seconds(15))
        let dispatcher = try dispatcher(transport, outcomes, breaker: policy)
        for number in Int64(1)...6 { dispatcher.submit(Fixture.row(number)) }
        #expect(outcomes.ids.count == 3)
        #expect(
            dispatcher.statuses().first?.breaker
                == .open(since: .zero, nextProbe: .seconds(15), failures: 3, calls: 3))
        let condition = dispatcher.conditions(of: [Fixture.id(4), Fixture.id(5)]).first
        #expect(condition?.openSince == Fixture.storeNow, "people read the store's time")
        #expect(condition?.nextProbe == Fixture.storeNow + .seconds(15 * 60))
        #expect(condition?.ahead == [Fixture.id(4): 0, Fixture.id(5): 1])
        isDown.withLock { $0 = false }
        transport.advance(to: .seconds(15))
        #expect(outcomes.ids.count == 6)
        #expect(outcomes.all.last?.1 == .succeeded(["id": "c1"]))
    }

    @Test("a call that waits for its turn can be taken back, and says so; one on its way cannot")
    func withdraw() throws {
        let outcomes = Outcomes()
        let transport = ScriptedTransport()
        let dispatcher = try dispatcher(
            transport, outcomes, limits: AdapterLimits(concurrency: 1))
        dispatcher.submit(Fixture.row(1))
        dispatcher.submit(Fixture.row(2))
        dispatcher.withdraw(Fixture.id(1), recall: 3)
        dispatcher.withdraw(Fixture.id(2), recall: 3)
        #expect(outcomes.all.map(\.1) == [.withdrawn(recall: 3)])
        transport.answer(Fixture.id(1), .success(Self.ok))
        #expect(transport.sent == [Fixture.id(1)])
        #expect(outcomes.ids == [Fixture.id(2), Fixture.id(1)])
    }

    @Test("a call that cannot be sent is answered without the transport")
    func unsent() throws {
        let outcomes = Outcomes()
        let transport = ScriptedTransport()
        let dispatcher = try dispatcher(transport, outcomes)
        dispatcher.submit(Fixture.row(1, operation: "refund"))
        #expect(transport.sent.isEmpty)
        #expect(
            outcomes.all.map {
                if case .failed(let error) = $0.1 { error.name } else { "" }
            } == ["configuration"])
        // Where nothing of the adapter may be reached, it is the adapter that is at fault.
        let elsewhere = try self.dispatcher(transport, outcomes, url: "http://bank.example.com")
        elsewhere.submit(Fixture.row(2))
        #expect(outcomes.ids == [Fixture.id(1)])
        #expect(elsewhere.statuses().first?.lack?.reason.contains("https is required") == true)
    }

    @Test("over the wire: outcomes of a server that answers, refuses and hangs up")
    func overTheWire() async throws {
        let server = try LoopbackServer { request in
            switch String(decoding: request.body, as: UTF8.self) {
            case let body where body.contains("\"decline\""):
                .reply(LoopbackServer.json("{}", status: "400 Bad Request"))
            case let body where body.contains("\"lose\""): .close
            default: .reply(LoopbackServer.json(#"{"id":"c1"}"#))
            }
        }
        defer { server.stop() }
        let transport = try #require(CurlTransport(rules: Fixture.loopback()))
        let ends = AsyncStream<(CallID, CallOutcome)>.makeStream()
        let invalid = ErrorRule(
            statuses: [.exactly(400)], condition: nil, name: "invalid", isRetryable: false)
        let dispatcher = AdapterDispatcher(
            manifests: [
                Fixture.bank(
                    url: "http://127.0.0.1:\(server.port)",
                    operations: [try Fixture.operation(errors: [invalid])])
            ],
            rules: try Fixture.loopback(), settings: Fixture.noSettings, transport: transport,
            storeTime: Fixture.storeTime, onOutcome: { ends.continuation.yield(($0, $1)) })
        let accounts = ["fine", "decline", "lose"]
        for (number, account) in accounts.enumerated() {
            dispatcher.submit(
                Fixture.row(
                    Int64(number), input: ["account": .string(account), "amount": 1]))
        }
        var outcomes: [Int64: CallOutcome] = [:]
        for await (id, outcome) in ends.stream {
            outcomes[id.instance.rawValue] = outcome
            if outcomes.count == accounts.count { break }
        }
        #expect(outcomes[0] == .succeeded(["id": "c1"]))
        guard case .failed(let declined) = outcomes[1], case .unknown(let lost) = outcomes[2]
        else { throw Missing("a failure and an unknown outcome") }
        #expect(declined.name == "invalid" && lost.name == "unavailable")
        #expect(
            server.requests.allSatisfy { $0.headers.contains("Idempotency-Key: pawl/order/1009/3") }
        )
    }
}
