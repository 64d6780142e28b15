import Logging
import Pawl

/// A lamp that is switched on by somebody, and counts in a record how often any lamp was.
let lampFiles = [
    "workflows/lamp/workflow.yaml": """
    workflow: lamp
    version: 1
    description: A lamp.
    input: {type: object, required: [watts], properties: {watts: {type: integer}}}
    context: {count: {type: integer, default: 0}}
    search: {watts: input.watts}
    output: {count: '${context.count}'}
    events:
      lamp.on: {early: reject}
      lamp.broken: {early: drop}
    initial: 'off'
    states:
      'off': {on: {lamp.on: counting}}
      counting:
        invoke:
          task: meter.count
          input: {}
          onDone: {target: lit, actions: {assign: {count: '${event.data.count}'}}}
          onError: [{error: worn-out, target: worn}]
      lit: {on: {lamp.broken: gone}}
      gone: {type: final}
      worn: {type: final, status: failed}

    """,
    "adapters/meter/adapter.yaml": """
    adapter: meter
    description: Counts.
    transport: local
    operations:
      count:
        description: One more.
        kind: pivot
        input: {type: object}
        outputSchema: {type: object, required: [count], properties: {count: {type: integer}}}
        errors: [{name: worn-out, retry: never}]

    """,
]

struct Lamps: Business {
    var operations: LocalOperations { ["meter.count": Count()] }
}

struct Meter: Record, Codable {
    static let collection = "lamps.meter"
    let id: String
    var count: Int
}

struct Count: LocalOperation {
    struct Output: Codable, ValueConvertible {
        let count: Int
    }

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Output {
        var meter = try records.find(Meter.self, id: "all") ?? Meter(id: "all", count: 0)
        guard meter.count < 100 else { throw Refusal("worn-out", "it counts to 100") }
        meter.count += 1
        records.put(meter)
        return Output(count: meter.count)
    }
}

struct Lamp: Codable, ValueConvertible {
    var watts: Int
}

struct LampEnd: Codable, ValueConvertible, Equatable {
    var count: Int
}

extension Workflow<Lamp, LampEnd> {
    static var lamp: Self { Self(named: "lamp") }
}

/// Runs it while the body asks.
func withRunning<T: Sendable>(
    _ pawl: Pawl, _ body: (Pawl) async throws -> T
) async throws -> T {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await pawl.run() }
        defer { group.cancelAll() }
        return try await body(pawl)
    }
}

func lamps(_ store: Store = .memory, logger: Logger = quiet) async throws -> Pawl {
    try await Pawl(files: lampFiles, store: store, business: Lamps(), logger: logger)
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// What was logged, one after the other.
struct Listening: LogHandler {
    let continuation: AsyncStream<String>.Continuation
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { continuation.yield(event.message.description) }
}
