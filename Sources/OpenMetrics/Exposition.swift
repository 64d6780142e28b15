/// The text of families, as a Prometheus server reads it.
public enum Exposition: Sendable, CaseIterable {
    /// `text/plain; version=0.0.4`, which everything understands.
    case prometheus
    /// `application/openmetrics-text; version=1.0.0`.
    case openMetrics

    public var mediaType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// - Parameter accept: the `Accept` header of who asks.
    public static func wanted(by accept: String?) -> Exposition {
        accept?.contains("application/openmetrics-text") == true ? .openMetrics : .prometheus
    }

    public func text(_ families: [MetricFamily]) -> String {
        families.map(text).joined() + (self == .openMetrics ? "# EOF\n" : "")
    }

    private func text(_ family: MetricFamily) -> String {
        let declaration = family.declaration
        // Of a counter the older format names the samples, the newer one the family.
        let name =
            self == .prometheus && declaration.kind == .counter
            ? declaration.name + "_total" : declaration.name
        var text = "# HELP \(name) \(declaration.help.escapedHelp(self))\n"
        text += "# TYPE \(name) \(declaration.kind.name)\n"
        if self == .openMetrics, let unit = declaration.unit { text += "# UNIT \(name) \(unit)\n" }
        for sample in family.samples { text += lines(of: sample, declaration) }
        return text
    }

    private func lines(
        of sample: MetricFamily.Sample, _ declaration: MetricDeclaration
    ) -> String {
        let labels = zip(declaration.labels, sample.labels).map { "\($0)=\"\($1.escapedLabel)\"" }
        func line(_ suffix: String, _ value: String, _ more: [String] = []) -> String {
            let all = labels + more
            let set = all.isEmpty ? "" : "{\(all.joined(separator: ","))}"
            return "\(declaration.name)\(suffix)\(set) \(value)\n"
        }
        switch (sample.number, declaration.kind) {
        case (.value(let value), .counter): return line("_total", value.plain)
        case (.value(let value), _): return line("", value.plain)
        case (.histogram(let buckets, let sum), .histogram(let bounds)):
            var count = 0
            var text = ""
            for (index, number) in buckets.enumerated() {
                count += number
                let bound = index < bounds.count ? bounds[index].bound : "+Inf"
                text += line("_bucket", "\(count)", ["le=\"\(bound)\""])
            }
            return text + line("_sum", sum.plain) + line("_count", "\(count)")
        case (.histogram, _): return ""
        }
    }
}

extension MetricDeclaration.Kind {
    public var name: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}

extension Double {
    fileprivate var plain: String {
        guard isFinite else { return isNaN ? "NaN" : self < 0 ? "-Inf" : "+Inf" }
        return rounded() == self && magnitude < 1e15 ? "\(Int64(self))" : "\(self)"
    }

    /// OpenMetrics wants a point in it.
    fileprivate var bound: String { "\(self)" }
}

extension String {
    fileprivate var escapedLabel: String { escaped(quotes: true) }

    fileprivate func escapedHelp(_ format: Exposition) -> String {
        escaped(quotes: format == .openMetrics)
    }

    private func escaped(quotes: Bool) -> String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\"" where quotes: text += "\\\""
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
