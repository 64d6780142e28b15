import Values

/// Matching as a sequence of steps over the samples, in the order of the configuration.
///
/// The record `matching.config/pipeline` holds `{steps: [{filter: skill}, {rate: load, weight: 2},
/// {reduce: best}]}`; without it `standard` applies. Filters drop samples, ratings add to each
/// sample's score (a figure from 0 to 1 times the weight), reductions keep the best so far.
struct Pipeline: Hashable {
    enum Filter: String {
        /// Only workers with the service's skill.
        case skill
        /// Not those that the order excludes.
        case except
        /// Not those who have a visit on that day.
        case sameDay
    }

    enum Rating: String {
        /// The clients' rating.
        case rating
        /// Few open reservations are better.
        case load
        /// Few visits on the same day are better.
        case sameDay
        /// Completed visits among all that had an end; unknown is one half.
        case reliability
        /// Near is better; unknown is one half.
        case distance
    }

    enum Step: Hashable {
        case filter(Filter)
        case rate(Rating, weight: Double)
        case keep(Int)
    }

    let steps: [Step]

    static let configuration = (collection: "matching.config", id: "pipeline")
    static let maximumSteps = 32

    /// A worker is always found where one has the skill: load and the day only rate.
    static let standard = Pipeline(steps: [
        .filter(.skill), .filter(.except), .rate(.sameDay, weight: 4), .rate(.load, weight: 2),
        .rate(.rating, weight: 1), .rate(.reliability, weight: 1), .rate(.distance, weight: 1),
        .keep(1),
    ])

    /// The best worker of many that come in pages: what is kept is no more than the first reduction keeps.
    struct Ranking {
        private let pipeline: Pipeline
        private let reference: ReferenceSample
        /// Steps before the first reduction, which look at one sample alone.
        private let first: ArraySlice<Step>
        private let rest: ArraySlice<Step>
        private let kept: Int
        private var samples: [Scored] = []

        init(_ pipeline: Pipeline, _ reference: ReferenceSample) {
            self.pipeline = pipeline
            self.reference = reference
            first = pipeline.steps.prefix {
                if case .keep = $0 { false } else { true }
            }
            rest = pipeline.steps[first.endIndex...]
            kept = if case .keep(let count) = rest.first { count } else { 1 }
        }

        mutating func add(_ page: [NormalSample]) {
            var scored = page.map { Scored(sample: $0, score: 0) }
            for step in first { Pipeline.apply(step, to: &scored, reference) }
            samples = Array((samples + scored).sorted(by: Scored.isBetter).prefix(kept))
        }

        /// nil when no one is left. Equal scores: the lower id.
        var best: NormalSample? {
            var samples = samples
            for step in rest { Pipeline.apply(step, to: &samples, reference) }
            return samples.min(by: Scored.isBetter)?.sample
        }
    }

    struct Scored {
        let sample: NormalSample
        var score: Double

        static func isBetter(_ left: Scored, _ right: Scored) -> Bool {
            left.score == right.score
                ? ExactText(left.sample.id) < ExactText(right.sample.id) : left.score > right.score
        }
    }

    private static func apply(
        _ step: Step, to ranking: inout [Scored], _ reference: ReferenceSample
    ) {
        switch step {
        case .filter(let filter):
            ranking.removeAll { !filter.accepts($0.sample, reference) }
        case .rate(let rating, let weight):
            for index in ranking.indices {
                ranking[index].score += weight * rating.figure(ranking[index].sample, reference)
            }
        case .keep(let count):
            ranking = Array(ranking.sorted(by: Scored.isBetter).prefix(count))
        }
    }
}

extension Pipeline.Filter {
    func accepts(_ sample: NormalSample, _ reference: ReferenceSample) -> Bool {
        switch self {
        case .skill: sample.skills.contains(exactly: reference.service)
        case .except: !reference.except.contains(exactly: sample.id)
        case .sameDay: sample.state.visits(on: reference.day) == 0
        }
    }
}

extension Pipeline.Rating {
    static let unknown = 0.5

    static func load(open: Int64) -> Double { 1 / (1 + Double(max(0, open))) }
    static func rating(_ stars: Double) -> Double { min(max(stars / 5, 0), 1) }
    static func distance(kilometres: Double) -> Double { 1 / (1 + kilometres / 10) }

    /// From 0 to 1.
    func figure(_ sample: NormalSample, _ reference: ReferenceSample) -> Double {
        switch self {
        case .rating: return Self.rating(sample.rating)
        case .load: return Self.load(open: sample.state.open)
        case .sameDay: return 1 / (1 + Double(max(0, sample.state.visits(on: reference.day))))
        case .reliability: return sample.state.reliability
        case .distance:
            guard let here = sample.position, let there = reference.position else {
                return Self.unknown
            }
            return Self.distance(kilometres: here.distance(to: there))
        }
    }
}
