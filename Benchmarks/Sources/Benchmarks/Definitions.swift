import Definition
import Execution
import Values
import WorkflowLanguage

/// The workflows and adapters of the workloads.
enum Definitions {
    /// W1a and W2: each step leaves the engine, and its result is durable before the next one starts.
    static let nullOrder = order("null-order", task: "null.step")
    /// W1b: steps of one process, which share a flush.
    static let localOrder = order("local-order", task: "house.step")
    /// W5: waits for one event.
    static let waiting = """
        workflow: waiting
        version: 1
        events:
          paid: {data: {type: object, properties: {amount: {type: integer}}}}
        context: {amount: {type: integer, default: 0}}
        initial: open
        states:
          open: {on: {paid: {target: closed, actions: {assign: {amount: '${event.data.amount}'}}}}}
          closed: {type: final}
        """
    /// W3: sleeps until a moment of its input.
    static let sleeping = """
        workflow: sleeping
        version: 1
        input: {type: object, required: [due], properties: {due: {type: string, format: date-time}}}
        initial: asleep
        states:
          asleep: {after: {'${timestamp(input.due)}': awake}}
          awake: {type: final}
        """

    private static func order(_ name: String, task: String) -> String {
        let steps = ["reserve", "charge", "pack", "ship"]
        let next = steps.dropFirst() + ["notify"]
        let states = zip(steps, next).enumerated().map { number, step in
            "  \(step.0): {invoke: {task: \(task), input: {step: \(number + 1)}, onDone: \(step.1)}}"
        }
        return """
            workflow: \(name)
            version: 1
            input:
              type: object
              required: [orderId, customer, total]
              properties:
                orderId: {type: string}
                customer: {type: string}
                items: {type: array, items: {type: object, properties: {sku: {type: string}, qty: {type: integer}}}}
                total: {type: integer}
                currency: {type: string}
            context: {result: {}}
            output: {result: '${context.result}'}
            initial: reserve
            states:
            \(states.joined(separator: "\n"))
              notify:
                invoke:
                  task: \(task)
                  input: {step: 5}
                  onDone: {target: done, actions: {assign: {result: '${event.data}'}}}
              done: {type: final}
            """
    }

    private static let adapters = [
        """
        adapter: null
        transport: http
        url: {env: NULL_URL}
        limits: {concurrency: 1000, timeout: 30s}
        idempotency: {header: Idempotency-Key, keyRetention: 24h}
        operations:
          step:
            request: {method: POST, path: /step, body: {step: '${input.step}'}}
            output: '${response.body}'
            onUnknown: resend
        """,
        """
        adapter: house
        transport: local
        operations: {step: {}}
        """,
    ]

    static func catalog() throws -> Catalog {
        Catalog(
            workflows: try [nullOrder, localOrder, waiting, sleeping].map { text in
                try parsed(WorkflowLanguage.parseWorkflow(text, file: "workflow.yaml"))
            },
            adapters: try manifests(), local: NullOperations())
    }

    static func manifests() throws -> [AdapterManifest] {
        try adapters.map { try parsed(WorkflowLanguage.parseAdapter($0, file: "adapter.yaml")) }
    }

    private static func parsed<T>(_ outcome: Parsed<T>) throws -> T {
        guard let value = outcome.value else {
            throw BenchError(outcome.errors.map(\.headline).joined(separator: "\n"))
        }
        return value
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The result of every step: 191 bytes of JSON.
enum Payload {
    static let value: Value = {
        var map: ValueMap = [
            "ok": true, "adapter": "null", "reference": "9f1c2a7e-5b1d-4f0e-9a63-0c5d1e7a2b34",
            "amount": 129_900, "currency": "EUR", "note": "",
        ]
        let missing = 191 - JSON.encode(.map(map)).count
        map["note"] = .string(String(repeating: "x", count: missing))
        return .map(map)
    }()

    static func order(_ number: Int) -> Value {
        [
            "orderId": .string("o-\(number)"), "customer": "c-42",
            "items": [["sku": "A-1", "qty": 2], ["sku": "B-7", "qty": 1]], "total": 129_900,
            "currency": "EUR",
        ]
    }
}

/// W1b's steps: functions of the process.
struct NullOperations: LocalPerformer {
    func perform(
        adapter: String, operation: String, call: LocalCall, read: @escaping RecordReader
    ) -> LocalResult {
        LocalResult(.succeeded(Payload.value))
    }
}
