import Assembly
import CoreMetrics
import Definition
import Logging
import Testing
import Traces
import Values

/// Where spans go, by the option and by OpenTelemetry's environment.
@Suite struct TraceTargetTests {
    private func target(_ option: String?, _ environment: [ExactText: String]) throws
        -> TraceTarget?
    {
        try TraceTarget(option) { environment[ExactText($0)] }
    }

    @Test func theOptionWinsOverTheEnvironmentAndThatOverNothing() throws {
        let environment: [ExactText: String] = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/",
            "OTEL_EXPORTER_OTLP_HEADERS": "X-Key=a%20b, other = c ,broken",
            "OTEL_SERVICE_NAME": "orders",
        ]
        #expect(try target(nil, [:]) == nil)
        #expect(try target(nil, ["OTEL_EXPORTER_OTLP_ENDPOINT": ""]) == nil)
        #expect(try target("http://[::1]:4318", environment)?.url == "http://[::1]:4318/v1/traces")
        let found = try #require(try target(nil, environment))
        #expect(found.url == "http://collector:4318/v1/traces" && found.service == "orders")
        #expect(found.headers.map { "\($0.name): \($0.value)" } == ["X-Key: a b", "other: c"])
        let exact =
            ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://c.example/in"] as [ExactText: String]
        #expect(try target(nil, exact)?.url == "https://c.example/in")
    }

    @Test(arguments: ["4318", "localhost:4318", "ftp://x", "http://"])
    func whatIsNoAddressIsRefusedAtTheStart(_ text: String) {
        #expect(throws: Problem.self) { try target(text, [:]) }
    }

    @Test(arguments: ["http://10.1.2.3:4318", "https://otel.example.com", "http://[::1]:4318"])
    func anyAddressOfTheOperatorsCanBeReached(_ text: String) async throws {
        let target = try #require(try target(text, [:]))
        let export = try TraceExport(
            to: target, SpanQueue(), NOOPMetricsHandler.instance,
            Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await export.finish()
    }
}
