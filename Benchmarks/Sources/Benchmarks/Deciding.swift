import ArgumentParser
import Definition
import Execution
import Values

/// W8: `decide` alone, in memory: the orders of W1a and W1b with the rows that each commit writes, and no store.
struct Deciding: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide", abstract: "W8: deciding alone, without a store.")

    @Option var seconds = 3.0
    @Flag var local = false

    func run() throws {
        let catalog = try Definitions.catalog()
        let (start, cpu) = (Monotonic.now(), Process.cpuSeconds())
        let end = start + UInt64(seconds * 1e9)
        var orders = 0
        var bytes = 0
        while Monotonic.now() < end {
            for _ in 0..<50 {
                orders += 1
                bytes += try local ? localOrder(orders, catalog) : order(orders, catalog)
            }
        }
        let elapsed = Double(Monotonic.now() - start) / 1e9
        report([
            "workload": local ? "W8b" : "W8a", "clients": 1, "count": .int(Int64(orders)),
            "perSecond": .double(Double(orders) / elapsed),
            "cpuMs": .double((Process.cpuSeconds() - cpu) * 1_000 / Double(orders)),
            "p50ms": .double(elapsed * 1_000 / Double(orders)),
            "p99ms": .double(elapsed * 1_000 / Double(orders)),
            "rssMB": .double(Process.residentMegabytes()),
            "bytes": .int(Int64(bytes / max(orders, 1))),
        ])
    }

    private static let now = Timestamp(seconds: 1_767_600_000)
    private static let done = LocalResult(.succeeded(Payload.value))

    private func started(_ number: Int, _ workflow: String, _ catalog: Catalog) -> Decision {
        decide(
            start: StartRequest(
                id: InstanceID(Int64(number)),
                name: InstanceName(workflow: workflow, key: "o-\(number)"),
                input: Payload.order(number), params: .map(ValueMap()), parent: nil,
                actor: .system, kept: []), catalog: catalog, now: Self.now)
    }

    /// Five answers, each a commit of its own.
    private func order(_ number: Int, _ catalog: Catalog) throws -> Int {
        var decision = started(number, "null-order", catalog)
        var bytes = 0
        for _ in 0..<5 {
            guard var commit = decision.commit, let run = decision.run,
                let call = commit.callsSet.first
            else { throw BenchError("the order did not go on") }
            commit.instance?.encode()
            bytes += commit.instance?.body.count ?? 0
            decision = decide(
                run, .answer(call.id, .succeeded(Payload.value)), catalog: catalog, now: Self.now)
        }
        guard decision.run?.status == .completed else { throw BenchError("it did not end") }
        return bytes
    }

    /// Five local operations, all one commit.
    private func localOrder(_ number: Int, _ catalog: Catalog) throws -> Int {
        let first = started(number, "local-order", catalog)
        guard var commit = first.commit, var run = first.run else {
            throw BenchError("it did not start")
        }
        for activation in 1...5 {
            var base = run
            base.revision -= 1
            let decision = decide(
                base, .local(activation: Int64(activation), result: Self.done), catalog: catalog,
                now: Self.now)
            guard let next = decision.commit, let after = decision.run else {
                throw BenchError("the order did not go on")
            }
            commit.follow(with: next)
            run = after
        }
        guard run.status == .completed else { throw BenchError("it did not end") }
        commit.instance?.encode()
        return commit.instance?.body.count ?? 0
    }
}
