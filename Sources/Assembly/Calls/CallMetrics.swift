import Adapters
import CoreMetrics
import Execution
import OpenMetrics

/// What is counted and measured of the calls that leave.
package struct CallMetrics: Sendable {
    private let factory: any MetricsFactory

    init(_ factory: any MetricsFactory) { self.factory = factory }

    func noteEnd(of call: CallRow, _ end: CallEnd, taking time: Duration) {
        let labels = [call.adapter, call.operation]
        Counter(
            label: Self.calls.name,
            dimensions: Array(zip(Self.calls.labels, labels + [end.label])), factory: factory
        ).increment()
        Timer(
            label: Self.time.name, dimensions: Array(zip(Self.time.labels, labels)),
            factory: factory
        ).record(time)
    }

    func note(_ turn: AdapterTurn) {
        guard case .breaker(.open) = turn.change else { return }
        Counter(
            label: Self.opened.name, dimensions: [("adapter", turn.adapter)], factory: factory
        ).increment()
    }

    package static let declarations = [calls, time, opened]

    private static let calls = MetricDeclaration(
        "pawl_calls", .counter, labels: ["adapter", "operation", "outcome"],
        "Calls that left and ended: success, business_error (a no), failure, unknown, cancelled.")
    private static let time = MetricDeclaration(
        "pawl_call_seconds",
        .histogram(bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]),
        labels: ["adapter", "operation"], "From when a call left to its end.")
    private static let opened = MetricDeclaration(
        "pawl_breaker_opened", .counter, labels: ["adapter"],
        "How often an adapter's breaker opened.")
}

extension CallEnd {
    fileprivate var label: String { self == .businessError ? "business_error" : rawValue }
}
