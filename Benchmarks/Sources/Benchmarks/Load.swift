import ArgumentParser
import Foundation
import Values

/// The client of W1a and W5 over HTTP, in a process of its own.
struct Load: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks a server that `serve` started; prints what it saw.")

    enum Workload: String, ExpressibleByArgument {
        /// Starts an order and waits for its end.
        case order
        /// Starts instances, then sends each its one event.
        case events
    }

    @Argument var workload: Workload
    @Option var port: UInt16
    @Option(help: "The server's process, to tell its CPU time and memory.")
    var pid: Int32
    @Option var clients = 1
    @Option(help: "Instances, for `events`.")
    var count = 20_000
    @Option(help: "Proves who asks.")
    var token: String?
    @OptionGroup var timing: Timing

    func run() throws {
        var connections = try Connections(port: port, count: clients)
        let measurement: Measurement
        switch workload {
        case .order: measurement = try orders(&connections)
        case .events: measurement = try events(&connections)
        }
        var members = measurement.members(
            workload == .order ? "W1a" : "W5", clients: clients)
        members["rssMB"] = .double(Process.residentMegabytes(of: String(pid)))
        report(members)
    }

    private func orders(_ connections: inout Connections) throws -> Measurement {
        func request(_ number: Int) -> [UInt8] {
            .request(
                "PUT", "/v1/workflows/null-order/instances/o-\(number)?wait=30s&until=terminal",
                Payload.order(number), token: token)
        }
        let opening = Monotonic.now() + UInt64(timing.warm * 1e9)
        let closing = opening + UInt64(timing.seconds * 1e9)
        var (next, cpu, opened) = (0, 0.0, UInt64(0))
        var latencies: [UInt64] = []
        for index in 0..<connections.count {
            try connections.send(request(next), on: index)
            next += 1
        }
        while Monotonic.now() < closing {
            for (index, status, nanoseconds) in try connections.answers() {
                guard status == 201 else { throw BenchError("the server answered \(status)") }
                if opened > 0 { latencies.append(nanoseconds) }
                try connections.send(request(next), on: index)
                next += 1
            }
            if opened == 0, Monotonic.now() >= opening {
                (opened, cpu) = (Monotonic.now(), Process.cpuSeconds(of: pid))
            }
        }
        return Measurement(
            latencies: latencies, seconds: Double(Monotonic.now() - opened) / 1e9,
            cpuSeconds: Process.cpuSeconds(of: pid) - cpu)
    }

    private func events(_ connections: inout Connections) throws -> Measurement {
        _ = try each(&connections, expecting: 201) {
            .request("PUT", "/v1/workflows/waiting/instances/w-\($0)", [:], token: token)
        }
        let (start, cpu) = (Monotonic.now(), Process.cpuSeconds(of: pid))
        let latencies = try each(&connections, expecting: 200) {
            .request(
                "POST", "/v1/workflows/waiting/instances/w-\($0)/events",
                ["event": "paid", "id": .string("e-\($0)"), "data": ["amount": 129_900]],
                token: token)
        }
        return Measurement(
            latencies: latencies, seconds: Double(Monotonic.now() - start) / 1e9,
            cpuSeconds: Process.cpuSeconds(of: pid) - cpu)
    }

    /// One request for each number, as many at once as there are connections.
    private func each(
        _ connections: inout Connections, expecting expected: Int, _ request: (Int) -> [UInt8]
    ) throws -> [UInt64] {
        var (next, latencies) = (0, [UInt64]())
        while next < min(connections.count, count) {
            try connections.send(request(next), on: next)
            next += 1
        }
        while latencies.count < count {
            for (index, status, nanoseconds) in try connections.answers() {
                guard status == expected else { throw BenchError("the server answered \(status)") }
                latencies.append(nanoseconds)
                guard next < count else { continue }
                try connections.send(request(next), on: index)
                next += 1
            }
        }
        return latencies
    }
}
