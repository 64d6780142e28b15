import Testing

@testable import Server

@Suite struct MetricsTests {
    @Test func aServerThatCountsNothingSaysSo() async throws {
        try await withServer { client in
            let answer = try await client.get("/metrics")
            #expect(answer.status == 404)
            #expect(answer.body["fix"]?.stringValue?.contains("has its own metrics") == true)
        }
    }
}
