import CoreMetrics
import Testing

@testable import OpenMetrics

/// What is counted, and the text in which it is read.
@Suite struct ExpositionTests {
    private let calls = MetricDeclaration(
        "app_calls", .counter, labels: ["to", "outcome"], "Calls, \"all\" of them.")
    private let time = MetricDeclaration(
        "app_call_seconds", .histogram(bounds: [0.1, 1]), labels: ["to"], "How long they took.")
    private let level = MetricDeclaration("app_level", .gauge, "How high it stands.")

    private var registry: MetricRegistry { MetricRegistry([calls, time, level]) }

    @Test(
        "A time that no number of nanoseconds holds is recorded as the longest",
        arguments: [
            Duration.seconds(Int64.max), .seconds(9_223_372_037), .seconds(-9_223_372_037),
            .seconds(Int64.min),
        ])
    func timesWithoutEnd(time: Duration) {
        let registry = registry
        Timer(label: "app_call_seconds", dimensions: [("to", "bank")], factory: registry)
            .record(time)
        let text = Exposition.prometheus.text(registry.families)
        #expect(text.contains(#"app_call_seconds_count{to="bank"} 1"#))
    }

    @Test func bothFormatsTellTheSame() {
        let registry = registry
        for _ in 1...3 {
            Counter(
                label: "app_calls", dimensions: [("outcome", "a\"b\\c\nd"), ("to", "bank")],
                factory: registry
            ).increment()
        }
        let timer = Timer(
            label: "app_call_seconds", dimensions: [("to", "bank")], factory: registry)
        for seconds in [0.05, 0.1, 0.5, 7] { timer.recordNanoseconds(Int64(seconds * 1e9)) }
        Meter(label: "app_level", factory: registry).set(2.5)
        #expect(
            Exposition.prometheus.text(registry.families) == #"""
                # HELP app_call_seconds How long they took.
                # TYPE app_call_seconds histogram
                app_call_seconds_bucket{to="bank",le="0.1"} 2
                app_call_seconds_bucket{to="bank",le="1.0"} 3
                app_call_seconds_bucket{to="bank",le="+Inf"} 4
                app_call_seconds_sum{to="bank"} 7.65
                app_call_seconds_count{to="bank"} 4
                # HELP app_calls_total Calls, "all" of them.
                # TYPE app_calls_total counter
                app_calls_total{to="bank",outcome="a\"b\\c\nd"} 3
                # HELP app_level How high it stands.
                # TYPE app_level gauge
                app_level 2.5

                """#)
        let open = Exposition.openMetrics.text(registry.families)
        #expect(open.contains("# TYPE app_calls counter\napp_calls_total{"))
        #expect(open.contains("# UNIT app_call_seconds seconds\n"))
        #expect(open.contains("# HELP app_calls Calls, \\\"all\\\" of them.\n"))
        #expect(open.hasSuffix("\n# EOF\n"))
    }

    @Test func aFamilyHasSoManySeriesAndOneForAllThatComeAfter() {
        let registry = registry
        for number in 0..<(MetricRegistry.maximumSeries + 50) {
            Counter(
                label: "app_calls", dimensions: [("to", "\(number)"), ("outcome", "ok")],
                factory: registry
            ).increment()
        }
        let samples = registry.families.first?.samples ?? []
        #expect(samples.count == MetricRegistry.maximumSeries + 1)
        #expect(samples.last == MetricFamily.Sample(["other", "other"], 50))
    }

    @Test func theSameLabelsAreTheSameCounterInAnyOrder() {
        let registry = registry
        Counter(
            label: "app_calls", dimensions: [("to", "a"), ("outcome", "b")], factory: registry
        ).increment()
        Counter(
            label: "app_calls", dimensions: [("outcome", "b"), ("to", "a")], factory: registry
        ).increment(by: 4)
        #expect(registry.families.map(\.samples) == [[MetricFamily.Sample(["a", "b"], 5)]])
    }

    @Test func whatIsNotDeclaredIsNotShown() {
        let registry = registry
        Counter(label: "app_other", factory: registry).increment()
        #expect(registry.families.isEmpty)
    }

    @Test func whoAsksChoosesTheFormat() {
        #expect(Exposition.wanted(by: nil) == .prometheus)
        #expect(Exposition.wanted(by: "*/*") == .prometheus)
        #expect(
            Exposition.wanted(by: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
                == .openMetrics)
    }
}
