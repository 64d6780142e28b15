import ArgumentParser
import Engine
import Execution
import Guest
import Marketplace
import SQLiteStore
import Values

/// W9: the best worker for an order among many, through the real store: the operation alone, then its writes.
struct Matching: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "W9: the best worker for an order.")

    @OptionGroup var scratch: Scratch
    @Option(help: "Workers to choose from.")
    var workers = 100_000
    @Option(help: "Orders that are matched, none of which ends.")
    var orders = 1_000

    private static let services = (0..<10).map { "service-\($0)" }

    func run() throws {
        let folder = try Folder(below: scratch.scratch)
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        let operations = OperationTable(
            MarketplaceOperations.all, records: MarketplaceOperations.records)
        try IndexBuilding.prepare(store, for: operations.indexes)
        var random = SplitMix(state: 7)
        let cities = (0..<20).map { _ in
            (Double.random(in: 40...55, using: &random), Double.random(in: 0...25, using: &random))
        }
        let begun = Monotonic.now()
        try fill(store, operations.indexes, cities, &random)
        let filled = Double(Monotonic.now() - begun) / 1e9
        var latencies: [UInt64] = []
        var read = 0
        let cpu = Process.cpuSeconds()
        for number in 0..<orders {
            let call = LocalCall(
                input: order(number, cities, &random), key: "order/\(number)",
                instance: InstanceName(workflow: "order", key: "\(number)"),
                now: Timestamp(seconds: 1_800_000_000))
            let start = Monotonic.now()
            let result = try operations.perform(
                adapter: "matching", operation: "best", call: call,
                read: { (query) throws(StoreError) in
                    let set = try store.records(query)
                    read += set.records.count
                    return set
                })
            latencies.append(Monotonic.now() - start)
            guard case .succeeded = result.outcome else {
                throw BenchError("an order found nobody: \(result.outcome)")
            }
            var commit = Commit()
            commit.records = result.writes
            try store.commit([commit])
        }
        let seconds = Double(latencies.reduce(0, +)) / 1e9
        var line = Measurement(
            latencies: latencies, seconds: seconds, cpuSeconds: Process.cpuSeconds() - cpu
        ).members("W9", clients: workers)
        line["readEach"] = .double(Double(read) / Double(orders))
        line["fillSeconds"] = .double(filled)
        report(line)
    }

    private func fill(
        _ store: SQLiteStore, _ indexes: RecordIndexes, _ cities: [(Double, Double)],
        _ random: inout SplitMix
    ) throws {
        for start in stride(from: 0, to: workers, by: 2_000) {
            var commit = Commit()
            for number in start..<min(start + 2_000, workers) {
                var body: ValueMap = [
                    "name": .string("Worker \(number)"),
                    "skills": .list(skills(&random)),
                    "rating": .double(Double(Int.random(in: 20...50, using: &random)) / 10),
                ]
                // One in ten has told no place.
                if Int.random(in: 0..<10, using: &random) > 0 {
                    let place = place(cities, &random)
                    body["lat"] = .double(place.0)
                    body["lon"] = .double(place.1)
                }
                commit.records.append(
                    indexes.indexed(
                        RecordWrite(
                            collection: "matching.worker", id: "w-\(number)", group: "",
                            expectedRevision: 0, body: .map(body))))
            }
            try store.commit([commit])
        }
    }

    private func skills(_ random: inout SplitMix) -> [Value] {
        let count = Int.random(in: 1...3, using: &random)
        return Self.services.shuffled(using: &random).prefix(count).map { .string($0) }
    }

    private func place(
        _ cities: [(Double, Double)], _ random: inout SplitMix
    ) -> (Double, Double) {
        let city = cities[Int.random(in: 0..<cities.count, using: &random)]
        return (
            city.0 + Double.random(in: -0.3...0.3, using: &random),
            city.1 + Double.random(in: -0.3...0.3, using: &random)
        )
    }

    private func order(
        _ number: Int, _ cities: [(Double, Double)], _ random: inout SplitMix
    ) -> Value {
        let place = place(cities, &random)
        let service = Self.services[Int.random(in: 0..<Self.services.count, using: &random)]
        return [
            "order": [
                "orderId": .string("\(number)"), "clientId": "c", "service": .string(service),
                "visitAt": "2026-02-20T10:00:00Z",
                "place": ["lat": .double(place.0), "lon": .double(place.1)],
            ], "except": [],
        ]
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
