// OpenMetrics: what is counted and measured, and the text in which a Prometheus server reads it.
//
// Theory of operation. Code that counts knows swift-metrics' interface only, so that an application that embeds it may put
// its own backend behind it. `MetricRegistry` is such a backend: it has a handler for each label and its dimensions, holds
// numbers and no history, and gives them out as families of samples. What is known only when somebody asks (how many
// instances are blocked) is made into families by whoever knows it; `Exposition` writes both in one of two formats.
//
// Room is bounded: a family takes so many series, and one more for all that come after.

/// What a family of samples is called, and what it means.
public struct MetricDeclaration: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Grows only; its samples end in `_total`.
        case counter
        case gauge
        /// - bounds: upper bounds of its buckets, growing; one without a bound comes after them.
        case histogram(bounds: [Double])
    }

    /// Without `_total`; a unit comes last: `pawl_flush_seconds`.
    public let name: String
    public let kind: Kind
    /// One sentence.
    public let help: String
    /// Names of its labels, in their order.
    public let labels: [String]

    public init(_ name: String, _ kind: Kind, labels: [String] = [], _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }

    /// Of the base units that OpenMetrics knows.
    var unit: String? { ["seconds", "bytes"].first { name.hasSuffix("_" + $0) } }
}

/// A declaration with its samples.
public struct MetricFamily: Sendable, Hashable {
    public enum Number: Sendable, Hashable {
        case value(Double)
        /// - buckets: how many were in each, the last without a bound; not added up.
        case histogram(buckets: [Int], sum: Double)
    }

    public struct Sample: Sendable, Hashable {
        public let labels: [String]
        public let number: Number

        /// - Parameter labels: their values, in the declaration's order.
        public init(_ labels: [String] = [], _ value: Double) {
            self.labels = labels
            number = .value(value)
        }

        init(_ labels: [String], _ number: Number) {
            self.labels = labels
            self.number = number
        }
    }

    public let declaration: MetricDeclaration
    public let samples: [Sample]

    public init(_ declaration: MetricDeclaration, _ samples: [Sample]) {
        self.declaration = declaration
        self.samples = samples
    }
}
