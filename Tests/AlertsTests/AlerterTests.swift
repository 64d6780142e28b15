import Adapters
import Alerts
import Definition
import Engine
import Execution
import Logging
import MemoryStore
import Synchronization
import Testing
import Values
import WorkflowLanguage

@testable import Assembly

/// The alerter over an engine in memory, with a receiver that the test plays. No test waits for time to pass.
@Suite(.timeLimit(.minutes(10))) struct AlerterTests {
    private static let workflow = """
        workflow: order
        version: 1
        description: Its price cannot be known.
        start: {on: order.placed, key: event.data.id}
        input: {type: object, properties: {id: {type: string}}}
        context: {zero: {type: integer, default: 0}, price: {type: integer, default: 0}}
        events: {pay: {}, close: {}}
        initial: open
        states:
          open:
            on:
              pay: {target: paid, actions: {assign: {price: '${1 / context.zero}'}}}
              close: paid
          paid: {type: final}
        """

    private final class Clock: StoreClock {
        private let moment = Mutex(Timestamp(seconds: 1_800_000_000))

        func now() -> Timestamp { moment.withLock { $0 } }
        func delay(until moment: Timestamp) -> Duration {
            moment > now() ? .seconds(3_600) : .zero
        }
        func pass(_ span: Duration) { moment.withLock { $0 = $0 + span } }
    }

    /// The receiver: what came, and what it answers.
    private final class Receiver: Transport {
        let came = Mutex<[HTTPRequest]>([])
        /// A transport refuses a second request of a name.
        let names = Mutex<[CallID]>([])
        let status = Mutex(204)
        /// One for each message that came.
        let arrivals: AsyncStream<Void>
        private let arrival: AsyncStream<Void>.Continuation
        var now: MonotonicTime { .zero }

        init() { (arrivals, arrival) = AsyncStream.makeStream() }

        func send(
            _ request: OutgoingRequest, for id: CallID,
            completion: @escaping @Sendable (Result<Answer, TransportFailure>) -> Void
        ) {
            guard case .http(let http) = request else { return }
            came.withLock { $0.append(http) }
            names.withLock { $0.append(id) }
            let status = status.withLock { $0 }
            completion(
                .success(.http(HTTPResponse(status: status, headers: [], body: []))))
            arrival.yield()
        }

        func wake(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) {}

        var ids: [String] { came.withLock { $0.compactMap { $0.header("webhook-id") } } }
        var types: [String] {
            came.withLock { requests in
                requests.compactMap { request in
                    (try? JSON.parse(request.body ?? []))?["type"]?.stringValue
                }
            }
        }
    }

    private struct Scene {
        let store: any Store
        let clock: Clock
        let receiver = Receiver()
        let port = Port()
        let engine: Engine
        let alerter: Alerter

        init(_ store: any Store = MemoryStore(), clock: Clock = Clock()) throws {
            let parsed = WorkflowLanguage.parseWorkflow(AlerterTests.workflow, file: "w.yaml")
            let definition = try #require(parsed.value, "\(parsed.diagnostics.map(\.headline))")
            let bank = try #require(
                WorkflowLanguage.parseAdapter(AlerterTests.bank, file: "a.yaml").value)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            self.store = store
            self.clock = clock
            let engine = Engine(
                store: store,
                catalog: Catalog(workflows: [definition], adapters: [bank], local: Nothing()),
                clock: self.clock, logger: logger)
            self.engine = engine
            engine.connect(port)
            let configuration = try PawlConfiguration(
                parsing: """
                    alerts:
                      receivers:
                        ops: {webhook: 'http://127.0.0.1:9/hook', secret: {env: SECRET}}
                    """, file: "pawl.yaml"
            ).alerts
            let post = AlertPost(
                configuration, adapters: [], transport: self.receiver,
                rules: try AddressRules(allowedHosts: ["127.0.0.1"]),
                settings: SettingResolver(
                    environment: { _ in "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
                    file: { _ in nil }), time: { Timestamp(seconds: 1_800_000_000) })
            alerter = Alerter(
                engine, configuration, namespace: "test", post: post, logger: logger,
                idle: .seconds(3_600))
        }

        /// Orders that need a person.
        func fail(_ names: ClosedRange<Int>) async throws { try await send("pay", to: names) }

        /// Orders that go well.
        func close(_ names: ClosedRange<Int>) async throws { try await send("close", to: names) }

        private func send(_ event: String, to names: ClosedRange<Int>) async throws {
            for number in names {
                let name = InstanceName(workflow: "order", key: "\(number)")
                _ = try await engine.start(
                    StartCommand(name: name, input: ["id": .string("\(number)")]))
                _ = try await engine.send(
                    EventCommand(
                        address: .instance(name),
                        event: InboundEvent(
                            id: event, name: event, data: .map(ValueMap()), sender: .system)))
            }
        }

        func running(_ body: @Sendable (Scene) async throws -> Void) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await engine.run() }
                try await body(self)
                group.cancelAll()
            }
        }
    }

    /// A store that counts who asks it for causes, and says how much room it has.
    private final class Watched: StoreDecorator {
        let base: any Store = MemoryStore()
        let looks = Mutex(0)
        let left = Mutex<Int64?>(nil)

        func incidentGroups(count: Int) throws(StoreError) -> [IncidentGroup] {
            looks.withLock { $0 += 1 }
            return try base.incidentGroups(count: count)
        }

        var room: Int64? { left.withLock { $0 } }
    }

    private static let bank = """
        adapter: bank
        transport: http
        url: {env: BANK_URL}
        operations:
          ask:
            kind: query
            input: {type: object}
            request: {method: GET, path: /}
            output: {}
            outputSchema: {type: object}
        """

    /// A port whose only breaker is open or not.
    private final class Port: CallPort {
        let open = Mutex<Timestamp?>(nil)
        private let isPaused = Mutex(false)

        func submit(_ call: CallRow) {}
        func withdraw(_ call: CallID, recall: Int64) {}
        func setHolds(_ holds: MoneyHolds) {}
        func setPaused(_ isPaused: Bool, adapter: String) {
            self.isPaused.withLock { $0 = isPaused }
        }
        func probe(adapter: String) {}
        func conditions(of calls: [CallID]) -> [AdapterCondition] {
            [
                AdapterCondition(
                    adapter: "bank", openSince: open.withLock { $0 }, nextProbe: nil, failures: 9,
                    calls: 10, running: 0, concurrency: 4, queued: 3, ahead: [:],
                    isPaused: isPaused.withLock { $0 })
            ]
        }
    }

    private struct Nothing: LocalPerformer {
        func perform(
            adapter: String, operation: String, call: LocalCall, read: @escaping RecordReader
        ) -> LocalResult { LocalResult(.succeeded(.null)) }
    }

    @Test func ordersOfOneCauseAreOneMessage() async throws {
        try await Scene().running { scene in
            try await scene.fail(1...30)
            await scene.alerter.turn()
            #expect(scene.receiver.ids.isEmpty)
            scene.clock.pass(.seconds(1))
            await scene.alerter.turn()
            try await scene.fail(31...40)
            scene.clock.pass(.seconds(60))
            await scene.alerter.turn()
            #expect(scene.receiver.types == ["dev.pawl.alert.firing"])
            let body = try #require(scene.receiver.came.withLock { $0.first?.body })
            let data = try #require(try JSON.parse(body)["data"])
            #expect(data["count"] == 30)
            #expect(data["workflows"] == ["order"])
            #expect(data["examples"]?.listValue?.count == 5)
            #expect(data["commands"]?.listValue?.first == "pawl why order/1")
            #expect(
                try AlertRecords(scene.store).alerts(in: Alert.open).map(\.condition.count) == [40])
        }
    }

    /// What goes well is no news: however much happens, nobody looks at incidents for it.
    @Test func aThousandOrdersThatGoWellAreNoLook() async throws {
        let store = Watched()
        @Sendable func looks() -> Int { store.looks.withLock { $0 } }
        try await Scene(store).running { scene in
            await scene.alerter.turn()
            #expect(looks() == 1, "what an earlier process left")
            for part in 0..<10 {
                try await scene.close(part * 100 + 1...part * 100 + 100)
                scene.clock.pass(.seconds(10))
                await scene.alerter.turn()
            }
            #expect(looks() == 1)
            try await scene.fail(2_000...2_000)
            await scene.alerter.turn()
            #expect(looks() == 2)
            await scene.alerter.turn()
            #expect(looks() == 2, "nothing has changed, and nobody is to be told yet")
            scene.clock.pass(.seconds(1))
            await scene.alerter.turn()
            #expect(looks() == 3, "the group's wait is over")
            #expect(scene.receiver.types == ["dev.pawl.alert.firing"])
        }
    }

    @Test func aDiskWithoutRoomIsToldAndThatItHasSomeAgain() async throws {
        let store = Watched()
        try await Scene(store).running { scene in
            store.left.withLock { $0 = 5 << 30 }
            await scene.alerter.turn()
            #expect(try AlertRecords(store).alerts(in: Alert.open).isEmpty)
            store.left.withLock { $0 = 300 << 20 }
            await scene.alerter.turn()
            scene.clock.pass(.seconds(2))
            await scene.alerter.turn()
            #expect(scene.receiver.types == ["dev.pawl.alert.firing"])
            let alert = try #require(try AlertRecords(store).alerts(in: Alert.open).first)
            #expect(alert.condition.kind == .disk)
            #expect(
                alert.condition.sentence.hasPrefix(
                    "The disk of the database has less than 1024 MiB left"))
            #expect(alert.condition.commands.first == "df -h")
            store.left.withLock { $0 = 5 << 30 }
            await scene.alerter.turn()
            scene.clock.pass(.seconds(10))
            await scene.alerter.turn()
            #expect(scene.receiver.types.last == "dev.pawl.alert.resolved")
        }
    }

    /// Both are no rows that change, and are looked at all the same.
    @Test func aBreakerIsToldWhenItTurnsAndIsOverWhenSomebodyHoldsItsAdapter() async throws {
        try await Scene().running { scene in
            await scene.alerter.turn()
            scene.port.open.withLock { $0 = scene.clock.now() }
            scene.engine.breakerTurned()
            await scene.alerter.turn()
            scene.clock.pass(.seconds(1))
            await scene.alerter.turn()
            #expect(scene.receiver.types == ["dev.pawl.alert.firing"])
            let olga = Actor(role: "operator", subject: "olga")
            _ = await scene.engine.ask(.adapter("bank", .pause(reason: "seen"), actor: olga))
            await scene.alerter.turn()
            scene.clock.pass(.seconds(10))
            await scene.alerter.turn()
            #expect(scene.receiver.types.last == "dev.pawl.alert.resolved")
        }
    }

    /// The process dies after the commit and before the message leaves.
    @Test func whatAnEarlierProcessKeptIsDelivered() async throws {
        let store = MemoryStore()
        let first = try Scene(store)
        try await first.running { scene in
            try await scene.fail(1...1)
            scene.clock.pass(.seconds(2))
            scene.receiver.status.withLock { $0 = 503 }
            let observation = try scene.engine.inspector.conditionsOfIncidents()
            let configuration = try PawlConfiguration(
                parsing:
                    "alerts: {receivers: {ops: {webhook: 'http://127.0.0.1:9/hook', secret: {env: S}}}}",
                file: "pawl.yaml"
            ).alerts
            try await scene.engine.update(
                .alerts(
                    by: observation, configuration, namespace: "test", at: scene.clock.now()))
        }
        #expect(first.receiver.ids.isEmpty)
        let later = Clock()
        later.pass(.seconds(4))
        try await Scene(store, clock: later).running { scene in
            await scene.alerter.turn()
            #expect(scene.receiver.types == ["dev.pawl.alert.firing"])
            await scene.alerter.turn()
            #expect(scene.receiver.ids.count == 1)
        }
    }

    @Test func everyAttemptHasTheSameId() async throws {
        try await Scene().running { scene in
            try await scene.fail(1...1)
            scene.clock.pass(.seconds(2))
            scene.receiver.status.withLock { $0 = 503 }
            await scene.alerter.turn()
            await scene.alerter.turn()
            #expect(scene.receiver.ids.count == 1)
            scene.receiver.status.withLock { $0 = 200 }
            scene.clock.pass(.seconds(10))
            await scene.alerter.turn()
            #expect(scene.receiver.ids.count == 2)
            #expect(Set<ExactText>(scene.receiver.ids).count == 1)
            #expect(Set<CallID>(scene.receiver.names.withLock { $0 }).count == 2)
            let records = AlertRecords(scene.store)
            #expect(try records.deliveries(.pending).isEmpty)
            #expect(try records.deliveries(.delivered).map(\.attempts) == [2])
        }
    }

    @Test func whoAnswers500IsNotToldUntilItTakesTheMessage() async throws {
        try await Scene().running { scene in
            func telling() throws -> AlertTelling {
                let records = AlertRecords(scene.store)
                let alert = try #require(try records.alerts(in: Alert.open).first)
                return AlertTelling(alert, try records.deliveries(of: [alert]))
            }
            try await scene.fail(1...1)
            scene.clock.pass(.seconds(2))
            scene.receiver.status.withLock { $0 = 500 }
            await scene.alerter.turn()
            let before = try telling()
            #expect(before.told.isEmpty)
            #expect(before.untold.map(\.attempts) == [1])
            #expect(before.untold.first?.error?.contains("500") == true)
            scene.receiver.status.withLock { $0 = 204 }
            scene.clock.pass(.seconds(10))
            let taken = scene.clock.now()
            await scene.alerter.turn()
            let after = try telling()
            #expect(after.told.map(\.receiver) == ["ops"] && after.told.map(\.at) == [taken])
            #expect(after.untold.isEmpty)
        }
    }

    /// The clock of who delivers stands at an hour: only news can wake it.
    @Test func whatARequestMadeLeavesAtOnce() async throws {
        try await Scene().running { scene in
            async let _: Void = scene.alerter.run()
            var arrivals = scene.receiver.arrivals.makeAsyncIterator()
            for number in 1...3 {
                let event: Value = ["id": .string("test-\(number)"), "type": "test"]
                let delivery = AlertDelivery(
                    to: "ops", address: nil, alert: nil, event: event, at: scene.clock.now())
                try await scene.engine.update(.deliver([delivery]))
                _ = await arrivals.next(isolation: nil)
            }
            #expect(scene.receiver.ids.count == 3)
        }
    }

    @Test func whoIsGoneIsLeftAloneUntilSomebodySaysOtherwise() async throws {
        try await Scene().running { scene in
            try await scene.fail(1...1)
            scene.clock.pass(.seconds(2))
            scene.receiver.status.withLock { $0 = 410 }
            await scene.alerter.turn()
            let records = AlertRecords(scene.store)
            let dead = try #require(try records.deliveries(.dead).first)
            #expect(try records.disabled().map(\.name) == ["ops"])
            scene.clock.pass(.seconds(5 * 3_600))
            await scene.alerter.turn()
            #expect(scene.receiver.ids.count == 1)
            scene.receiver.status.withLock { $0 = 200 }
            try await scene.engine.update(.redeliver(dead.id, at: scene.clock.now()))
            await scene.alerter.turn()
            #expect(try records.disabled().isEmpty)
            await scene.alerter.turn()
            #expect(scene.receiver.ids.first == scene.receiver.ids.dropFirst().first)
        }
    }

    @Test func whatIsMendedIsOver() async throws {
        try await Scene().running { scene in
            try await scene.fail(1...2)
            scene.clock.pass(.seconds(2))
            await scene.alerter.turn()
            for key in ["1", "2"] {
                _ = try await scene.engine.operate(
                    InstanceName(workflow: "order", key: key),
                    .operate(.terminate, reason: "gone", actor: .system))
            }
            await scene.alerter.turn()
            scene.clock.pass(.seconds(10))
            await scene.alerter.turn()
            #expect(
                scene.receiver.types == ["dev.pawl.alert.firing", "dev.pawl.alert.resolved"])
            #expect(try AlertRecords(scene.store).alerts(in: Alert.open).isEmpty)
        }
    }

    @Test func peopleAcknowledgeAndSilence() async throws {
        try await Scene().running { scene in
            let olga = Actor(role: "operator", subject: "olga")
            let now = scene.clock.now()
            var matcher = Matcher()
            matcher.workflow = "order"
            let silence = Silence(
                matcher, from: now, until: now + .seconds(60), by: olga, reason: "deploying")
            try await scene.engine.update(.silence(silence, at: now))
            try await scene.fail(1...1)
            scene.clock.pass(.seconds(2))
            await scene.alerter.turn()
            #expect(scene.receiver.ids.isEmpty)
            let records = AlertRecords(scene.store)
            let alert = try #require(try records.alerts(in: Alert.open).first)
            try await scene.engine.update(.endSilence(silence.id))
            await scene.alerter.turn()
            #expect(scene.receiver.ids.count == 1)
            try await scene.engine.update(
                .acknowledge(alert: alert.id, by: olga, note: "on it", at: scene.clock.now()))
            scene.clock.pass(.seconds(20_000))
            await scene.alerter.turn()
            #expect(scene.receiver.ids.count == 1)
            #expect(try records.alerts(in: Alert.open).first?.acknowledgement?.by == olga)
        }
    }

    // MARK: pawl.yaml

    @Test(arguments: [
        ("{receivers: [ops]}", "pawl.yaml:1: `receivers` is no mapping"),
        ("{receivers: {ops: {webhook: {env: U}}}}", "has no `secret`"),
        ("{receivers: {ops: {webhook: {env: U}, secret: 'whsec_x'}}}", "`secret` is no reference"),
        ("{receivers: {ops: {webhook: 'ftp://x', secret: {env: S}}}}", "`webhook` is no address"),
        (
            "{receivers: {ops: {webhook: 'http://x.example', secret: {env: S}}}}",
            "https is required"
        ),
        ("{receivers: {ops: {mail: nobody}}}", "`nobody` is no mail address"),
        ("{receivers: {ops: {}}}", "either `webhook` or `mail`"),
        ("{receiver: {}}", "no member `receiver`"),
        ("{receivers: {ops: {mail: a@x.example}}, rules: [{to: opps}]}", "no receiver `opps`"),
        (
            "{receivers: {ops: {mail: a@x.example}}, rules: [{when: incidents}]}",
            "knows no `incidents`"
        ),
        ("{receivers: {ops: {mail: a@x.example}}, rules: [{for: soon}]}", "`for` is no span"),
    ]) func whatIsWrongIsSaidWithItsLine(text: String, message: String) {
        let problem = #expect(throws: Problem.self) {
            try PawlConfiguration(parsing: "alerts: \(text)", file: "pawl.yaml")
        }
        #expect(problem?.message.contains(message) == true, "\(problem?.message ?? "")")
        #expect(problem?.message.hasPrefix("pawl.yaml:1: ") == true)
        #expect(problem?.fix != nil)
    }

    @Test(arguments: [
        ("{workflow: ordr}", "the workflow ordr", "did you mean order?"),
        ("{adapter: bnak}", "the adapter bnak", "did you mean bank?"),
        ("{adapter: nope}", "the adapter nope", "known: bank"),
    ]) func aRuleOfWhatIsNotThereIsRefused(rule: String, message: String, fix: String) throws {
        func check(_ rule: String) throws {
            try PawlConfiguration(
                parsing: "alerts: {receivers: {ops: {mail: a@x.example}}, rules: [\(rule)]}",
                file: "pawl.yaml"
            ).alerts.check(workflows: ["order"], adapters: ["bank"])
        }
        let problem = #expect(throws: Problem.self) { try check(rule) }
        #expect(problem?.message.contains(message) == true)
        #expect(problem?.fix == fix)
        try check("{workflow: order, adapter: bank}")
    }

    @Test func rulesAreReadAsTheyAreWritten() throws {
        let alerts = try PawlConfiguration(
            parsing: """
                alerts:
                  receivers:
                    ops: {webhook: {env: ALERT_URL}, secret: {file: /etc/pawl/secret}}
                    desk: {mail: [a@x.example, b@x.example], adapter: smtp, resolved: false}
                  rules:
                    - {when: [incident, breaker], workflow: order, to: ops, repeat: 1h}
                    - {when: overdue, for: 5m, cause: 'bank*', adapter: bank}
                  groupWait: 2s
                """, file: "pawl.yaml"
        ).alerts
        #expect(alerts.groupWait == .seconds(2))
        #expect(alerts.receivers.map(\.sendsResolved) == [true, false])
        #expect(alerts.rules.map(\.receivers) == [["ops"], ["ops", "desk"]])
        #expect(alerts.rules.map(\.matcher.kinds) == [[.incident, .breaker], [.overdue]])
        #expect(alerts.rules.map(\.hold) == [.zero, .seconds(300)])
        #expect(alerts.rules.map(\.again) == [.seconds(3_600), .seconds(14_400)])
    }
}
