import CoreMetrics
import Synchronization
import Values

/// A backend of swift-metrics that keeps what it is told, to be asked for it.
public final class MetricRegistry: MetricsFactory {
    /// Series of one family; what comes after is one more, whose labels all say `other`.
    public static let maximumSeries = 500
    public static let other = "other"

    private struct Series: Hashable {
        let label: ExactText
        let dimensions: [ExactText]
    }

    private let declarations: [ExactText: MetricDeclaration]
    private let instruments = Mutex<(all: [Series: any Instrument], counts: [ExactText: Int])>(
        ([:], [:]))

    /// - Parameter declarations: what is measured under a name that is not among them has no labels in a fixed order and
    ///   no help, and is not shown.
    public init(_ declarations: [MetricDeclaration]) {
        self.declarations = Dictionary(
            declarations.map { (ExactText($0.name), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// In order of name, samples in order of their labels; families without a sample are left out.
    public var families: [MetricFamily] {
        let all = instruments.withLock { $0.all }
        let samples = all.reduce(into: [ExactText: [MetricFamily.Sample]]()) { samples, entry in
            samples[entry.key.label, default: []].append(
                MetricFamily.Sample(entry.key.dimensions.map(\.text), entry.value.number))
        }
        return samples.compactMap { label, samples in
            declarations[label].map { declaration in
                MetricFamily(
                    declaration,
                    samples.sorted { $0.labels.lexicographicallyPrecedes($1.labels) })
            }
        }.sorted { $0.declaration.name < $1.declaration.name }
    }

    private func instrument<T: Instrument>(
        _ label: String, _ dimensions: [(String, String)], _ make: () -> T
    ) -> T {
        let label = ExactText(label)
        let names = declarations[label]?.labels ?? []
        let values = names.map { name in
            ExactText(dimensions.first { $0.0 == name }?.1 ?? "")
        }
        return instruments.withLock { instruments in
            var series = Series(label: label, dimensions: values)
            if instruments.all[series] == nil,
                instruments.counts[label, default: 0] >= Self.maximumSeries
            {
                series = Series(label: label, dimensions: names.map { _ in ExactText(Self.other) })
            }
            if let known = instruments.all[series] as? T { return known }
            let new = make()
            if instruments.all.updateValue(new, forKey: series) == nil {
                instruments.counts[label, default: 0] += 1
            }
            return new
        }
    }

    private func bounds(_ label: String) -> [Double] {
        if case .histogram(let bounds)? = declarations[ExactText(label)]?.kind {
            bounds
        } else {
            []
        }
    }

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instrument(label, dimensions) { Tally() }
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        instrument(label, dimensions) { Distribution(bounds(label)) }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(label, dimensions) { Level() }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        instrument(label, dimensions) { Distribution(bounds(label)) }
    }

    // A series lives as long as the registry: a counter that begins again at nought is none.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}

/// Something that has a number now.
private protocol Instrument: AnyObject, Sendable {
    var number: MetricFamily.Number { get }
}

private final class Tally: CounterHandler, Instrument {
    private let count = Atomic<Int64>(0)

    func increment(by amount: Int64) { count.add(max(amount, 0), ordering: .relaxed) }
    func reset() { count.store(0, ordering: .relaxed) }
    var number: MetricFamily.Number { .value(Double(count.load(ordering: .relaxed))) }
}

private final class Level: MeterHandler, Instrument {
    private let value = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    var number: MetricFamily.Number { .value(value.withLock { $0 }) }
}

private final class Distribution: RecorderHandler, TimerHandler, Instrument {
    private let bounds: [Double]
    private let state: Mutex<(buckets: [Int], sum: Double)>

    init(_ bounds: [Double]) {
        self.bounds = bounds
        state = Mutex((Array(repeating: 0, count: bounds.count + 1), 0))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.buckets[bucket] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    var number: MetricFamily.Number {
        state.withLock { .histogram(buckets: $0.buckets, sum: $0.sum) }
    }
}

extension Timer {
    /// A timer may be two thousand years late, which is more nanoseconds than a number holds.
    public func record(_ time: Duration) {
        let (seconds, rest) = time.components
        let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carries) = whole.addingReportingOverflow(rest / 1_000_000_000)
        let isBeyond = overflows || carries
        recordNanoseconds(isBeyond ? (seconds < 0 ? .min : .max) : sum)
    }
}
