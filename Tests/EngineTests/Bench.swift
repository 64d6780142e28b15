import Definition
import Engine
import Execution
import MemoryStore
import Testbed
import Testing
import Values
import WorkflowLanguage

@testable import Engine

/// The machine with a store, driven by hand one batch after the other.
struct Bench {
    /// What an earlier process left to be sent.
    mutating func recoverCalls() throws(StoreError) -> [CallRow] {
        try machine.recover(now: now).compactMap {
            if case .call(let row) = $0 { row } else { nil }
        }
    }

    let store: any Store
    var machine: EngineMachine
    var now: Timestamp
    /// Everything that flushed batches released, in order.
    private(set) var released: [EngineEffect] = []
    private var lastRequest: UInt64 = 0

    static let morning = Timestamp(seconds: 1_767_600_000)

    init(
        _ catalog: Catalog, store: any Store = MemoryStore(),
        limits: EngineMachine.Limits = EngineMachine.Limits(), now: Timestamp = Bench.morning,
        claims: any ClaimLog = NoClaims()
    ) throws {
        self.store = store
        self.now = now
        machine = try EngineMachine(
            catalog: catalog, store: store, limits: limits, claims: claims)
    }

    @discardableResult
    mutating func submit(_ request: Request, from source: AuditSource? = nil) -> RequestID {
        lastRequest += 1
        let id = RequestID(lastRequest)
        if let refusal = machine.submit(id, request, source: source) { released.append(refusal) }
        return id
    }

    /// Decides what waits and closes the batch, as the driver does when the writer is free.
    mutating func batch() throws -> Batch? {
        try machine.advance(now: now)
        return machine.seal()
    }

    mutating func flush(_ batch: Batch) throws {
        do throws(StoreError) {
            try store.commit(batch.commits)
        } catch .conflict(let reason) {
            released += machine.conflicted(reason)
            return
        }
        released += machine.flushed(batch.number)
    }

    /// Decides and flushes until nothing is left.
    /// - Returns: the number of flushes.
    @discardableResult
    mutating func settle() throws -> Int {
        for flushes in 0..<1_000 {
            guard let batch = try batch() else { return flushes }
            try flush(batch)
        }
        return 1_000
    }

    mutating func ask(_ request: Request, from source: AuditSource? = nil) throws -> Reply? {
        let id = submit(request, from: source)
        try settle()
        return reply(id)
    }

    func reply(_ id: RequestID) -> Reply? {
        for case .reply(id, let reply) in released { return reply }
        return nil
    }

    /// Calls that have left, in order.
    var calls: [CallRow] {
        released.compactMap { if case .call(let row) = $0 { row } else { nil } }
    }

    mutating func run(_ workflow: String, _ key: String) throws -> Run? {
        if case .found(let run) = try machine.find(InstanceName(workflow: workflow, key: key)) {
            run
        } else {
            nil
        }
    }

    func states(_ workflow: String, _ key: String) throws -> [String]? {
        try store.instance(named: InstanceName(workflow: workflow, key: key))?.summary.states
    }
}

extension Catalog {
    private static func definitions(_ texts: [String]) throws -> [WorkflowDefinition] {
        try texts.map { text in
            let parsed = WorkflowLanguage.parseWorkflow(text, file: "w.yaml")
            let problems = parsed.errors.map(\.headline)
            return try #require(parsed.value, "\(problems)")
        }
    }

    /// - Parameter kept: what only the database knows.
    init(_ workflows: [String], kept: [String] = []) throws {
        self.init(
            workflows: try Self.definitions(workflows), kept: try Self.definitions(kept),
            adapters: try [Self.bank, Self.shop].map { text in
                let parsed = WorkflowLanguage.parseAdapter(text, file: "a.yaml")
                let problems = parsed.errors.map(\.headline)
                return try #require(parsed.value, "\(problems)")
            }, local: Counter())
    }

    private static let bank = """
        adapter: bank
        transport: http
        url: 'https://bank.test'
        idempotency: {header: Idempotency-Key, keyRetention: 24h}
        operations:
          charge: {request: {method: POST, path: /charges}, compensate: refund, onUnknown: resend, money: in}
          refund: {request: {method: POST, path: /refunds}, onUnknown: resend, money: out}
          pay:
            request: {method: POST, path: /payouts}
            money: {direction: out, amount: input.amount, currency: '"EUR"', account: input.to}
            onUnknown:
              ask: {method: GET, path: '/payouts?key=${call.key}'}
              outcome: {applied: response.status == 200}
        """

    private static let shop = """
        adapter: shop
        transport: local
        operations: {count: {}, overwrite: {}, tally: {}}
        """
}

/// Local operations that count: in one record, or in the one that the input names.
struct Counter: LocalPerformer {
    /// Writes without having read: it takes the record to be new.
    private static let blindWrite = LocalResult(
        .succeeded([:]),
        writes: [
            RecordWrite(
                collection: "counters", id: "c", group: "", expectedRevision: 0, body: ["n": 0])
        ])

    func perform(
        adapter: String, operation: String, call: LocalCall, read: @escaping RecordReader
    ) throws(StoreError) -> LocalResult {
        guard operation != "overwrite" else { return Self.blindWrite }
        let id = call.input["name"]?.stringValue ?? "c"
        let query = RecordQuery(collection: "counters", selection: .id(id))
        let record = try read(query).records.first
        let count = (record?.body["n"]?.intValue ?? 0) + 1
        return LocalResult(
            .succeeded(["n": .int(count)]),
            writes: [
                RecordWrite(
                    collection: "counters", id: id, group: "",
                    expectedRevision: record?.revision ?? 0, body: ["n": .int(count)])
            ])
    }
}

extension Request {
    static func start(_ key: String, _ input: Value = .map(ValueMap()), of workflow: String = "w")
        -> Request
    {
        .start(StartCommand(name: InstanceName(workflow: workflow, key: key), input: input))
    }

    static func event(
        _ name: String, to key: String, id: String = "e1", _ data: Value = .map(ValueMap()),
        by sender: Actor = .system
    ) -> Request {
        .event(
            EventCommand(
                address: .instance(InstanceName(workflow: "w", key: key)),
                event: InboundEvent(id: id, name: name, data: data, sender: sender)))
    }
}

extension Reply {
    var receipt: Receipt? {
        if case .receipts(let deliveries) = self { deliveries.first?.receipt } else { nil }
    }

    var schedule: ScheduleEffect? { if case .schedule(let effect) = self { effect } else { nil } }

    var problem: Problem? { if case .refused(let problem) = self { problem } else { nil } }
}

/// Workflows of these tests.
enum Flows {
    static func flow(_ chart: String, name: String = "w", version: Int = 1) -> String {
        "workflow: \(name)\nversion: \(version)\n" + chart
    }

    static let steps = flow(
        """
        input: {type: object, properties: {n: {type: integer, default: 1}}}
        events:
          go: {}
          item: {early: keep, from: {role: worker}, data: {type: object, properties: {n: {type: integer}}}}
        initial: a
        states:
          a: {on: {go: b}}
          b: {on: {item: c}}
          c: {type: final}
        """)
    /// Takes a picture, and shows it until it is closed.
    static let gallery = flow(
        """
        input: {type: object, properties: {cover: {format: attachment}}}
        context: {photo: {type: [object, 'null'], default: null}}
        events:
          shown:
            {early: keep, from: {role: worker}, data: {type: object, properties: {photo: {format: attachment, contentMediaType: [image/jpeg, image/png]}}}}
          noted: {early: keep, ttl: 30s, data: {type: object, properties: {note: {format: attachment}}}}
          closed: {}
        initial: a
        states:
          a: {on: {shown: {actions: {assign: {photo: '${event.data.photo}'}}}, closed: b}}
          b: {type: final}
        """)
    static let paying = flow(
        """
        events: {pay: {}}
        initial: a
        states:
          a: {on: {pay: b}}
          b: {invoke: {task: bank.charge, input: {amount: 1}, onDone: c}}
          c: {type: final}
        """)
    static let counting = flow(
        """
        context: {n: {}}
        initial: a
        states:
          a: {invoke: {task: shop.count, onDone: b}}
          b: {invoke: {task: shop.count, onDone: c}}
          c: {invoke: {task: shop.count, onDone: {target: d, actions: {assign: {n: '${event.data.n}'}}}}}
          d: {type: final}
        """)
    /// Counts in the record that the input names.
    static let tallying = flow(
        """
        input: {type: object, properties: {name: {type: string}}}
        initial: a
        states:
          a: {invoke: {task: shop.tally, input: {name: '${input.name}'}, onDone: b}}
          b: {type: final}
        """)
    static let sleeping = flow(
        """
        input: {type: object, properties: {wait: {type: string}}}
        initial: a
        states: {a: {after: {'${duration(input.wait)}': z}}, z: {type: final}}
        """)
}
