import Values

/// What one sample is worth, and what one of which less is known is worth at most.
extension Pipeline {
    /// nil: a filter drops it. Of a pipeline that keeps only at its end.
    func score(_ sample: NormalSample, _ reference: ReferenceSample) -> Double? {
        var score = 0.0
        for step in steps {
            switch step {
            case .filter(let filter):
                guard filter.accepts(sample, reference) else { return nil }
            case .rate(let rating, let weight):
                score += weight * rating.figure(sample, reference)
            case .keep: break
            }
        }
        return score
    }

    /// The figures that a sample has at most.
    struct Figures: Hashable {
        var load = 1.0
        var rating = 1.0
        var reliability = 1.0
        var distance = 1.0
    }

    /// In the same order as a score, so that it is never below one: rounding keeps the order of numbers.
    func bound(_ figures: Figures) -> Double {
        var score = 0.0
        for case .rate(let rating, let weight) in steps {
            let figure =
                switch rating {
                case .rating: figures.rating
                case .load: figures.load
                case .sameDay: 1.0
                case .reliability: figures.reliability
                case .distance: figures.distance
                }
            score += weight * figure
        }
        return score
    }

    /// Whether a search can leave out what cannot be the best: only the service's workers matter, more of a figure is
    /// never worse, and nothing depends on who else was kept.
    var isSearchable: Bool {
        let afterKeep = steps.drop {
            if case .keep = $0 { false } else { true }
        }
        let keepsAtEnd = afterKeep.allSatisfy {
            if case .keep = $0 { true } else { false }
        }
        let hasNoMalus = steps.allSatisfy {
            if case .rate(_, let weight) = $0 { weight >= 0 } else { true }
        }
        return keepsAtEnd && hasNoMalus && steps.contains(.filter(.skill))
    }

    var ratesDistance: Bool {
        steps.contains {
            if case .rate(.distance, let weight) = $0 { weight != 0 } else { false }
        }
    }
}
