/// Runs the body once for each number; every client takes its share, one after the other.
/// - Returns: nanoseconds that each took.
func each(
    _ count: Int, clients: Int, _ body: @escaping @Sendable (Int) async throws -> Void
) async throws -> [UInt64] {
    try await withThrowingTaskGroup(of: [UInt64].self) { group in
        for client in 0..<clients {
            group.addTask {
                var latencies: [UInt64] = []
                for number in stride(from: client, to: count, by: clients) {
                    let start = Monotonic.now()
                    try await body(number)
                    latencies.append(Monotonic.now() - start)
                }
                return latencies
            }
        }
        return try await group.reduce(into: []) { $0 += $1 }
    }
}
