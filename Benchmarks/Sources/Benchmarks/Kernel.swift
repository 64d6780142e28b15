import ArgumentParser
import CEL
import Definition
import Execution
import Statechart
import Values
import WorkflowLanguage

/// W7: the statechart alone, in memory: an order of six events with guards in CEL and assignments.
struct Kernel: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "W7: the statechart in memory.")

    @Option var seconds = 3.0

    private static let source = """
        workflow: six
        version: 1
        input: {type: object, properties: {limit: {type: integer, default: 1000}}}
        context:
          total: {type: integer, default: 0}
          items: {type: integer, default: 0}
          attempts: {type: integer, default: 0}
        events: {add: {}, submit: {}, approve: {}, pay: {}, pack: {}, ship: {}}
        initial: cart
        states:
          cart:
            on:
              add:
                target: filled
                guard: event.data.price > 0 && context.total + event.data.price <= input.limit
                actions: {assign: {total: '${context.total + event.data.price}', items: '${context.items + 1}'}}
          filled: {on: {submit: [{guard: context.items > 0, target: submitted}, {target: cart}]}}
          submitted: {on: {approve: {guard: event.data.by != "", target: approved}}}
          approved:
            on:
              pay:
                - {guard: event.data.amount < context.total, target: approved}
                - {target: paid, actions: {assign: {attempts: '${context.attempts + 1}'}}}
          paid: {on: {pack: packed}}
          packed: {on: {ship: {guard: context.attempts > 0, target: shipped}}}
          shipped: {type: final}
        """

    private static let events: [Event] = [
        Event(name: "add", data: ["price": 120]), Event(name: "submit", data: [:]),
        Event(name: "approve", data: ["by": "clerk/1"]), Event(name: "pay", data: ["amount": 120]),
        Event(name: "pack", data: [:]), Event(name: "ship", data: [:]),
    ]

    func run() throws {
        let parsed = WorkflowLanguage.parseWorkflow(Self.source, file: "six.yaml")
        guard let definition = parsed.value else {
            throw BenchError(parsed.errors.map(\.headline).joined(separator: "\n"))
        }
        let environment: Bindings = ["input": ["limit": 1000]]
        guard case .valid(.map(let data)) = definition.context.decode(.map(ValueMap())) else {
            throw BenchError("the context has no defaults")
        }
        let (start, cpu) = (Monotonic.now(), Process.cpuSeconds())
        let end = start + UInt64(seconds * 1e9)
        var orders = 0
        while Monotonic.now() < end {
            for _ in 0..<100 { try order(definition.machine, data, environment) }
            orders += 100
        }
        let elapsed = Double(Monotonic.now() - start) / 1e9
        let steps = Double(orders * Self.events.count)
        report([
            "workload": "W7", "clients": 1, "count": .int(Int64(orders)),
            "perSecond": .double(steps / elapsed),
            "cpuMs": .double((Process.cpuSeconds() - cpu) * 1_000 / Double(orders)),
            "p50ms": .double(elapsed * 1_000 / steps), "p99ms": .double(elapsed * 1_000 / steps),
            "rssMB": .double(Process.residentMegabytes()),
        ])
    }

    private func order(_ machine: Machine, _ data: ValueMap, _ environment: Bindings) throws {
        var snapshot = machine.start(data: data, environment: environment).snapshot
        for event in Self.events {
            snapshot = machine.step(snapshot, event, environment: environment).snapshot
        }
        guard snapshot.finalState != nil else { throw BenchError("the order did not end") }
    }
}
