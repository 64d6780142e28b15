import Guest
import Values

extension Pipeline {
    /// - Parameter body: of the configuration's record.
    init(_ body: Value) throws(Refusal) {
        guard let list = body["steps"]?.listValue, !list.isEmpty, list.count <= Self.maximumSteps
        else { throw .pipeline("`steps` must be a list of 1 to \(Self.maximumSteps) steps") }
        var steps: [Step] = []
        for (index, value) in list.enumerated() {
            guard let step = Step(value) else {
                throw .pipeline("step \(index + 1) is not known: \(JSON.string(value))")
            }
            steps.append(step)
        }
        self.init(steps: steps)
    }
}

extension Pipeline.Step {
    fileprivate init?(_ value: Value) {
        if let name = value["filter"]?.stringValue {
            guard let filter = Pipeline.Filter(rawValue: name) else { return nil }
            self = .filter(filter)
        } else if let name = value["rate"]?.stringValue {
            guard let rating = Pipeline.Rating(rawValue: name) else { return nil }
            let weight = value["weight"]?.doubleValue ?? 1
            guard weight.isFinite, abs(weight) <= 1_000_000 else { return nil }
            self = .rate(rating, weight: weight)
        } else {
            switch value["reduce"]?.stringValue {
            case "best": self = .keep(1)
            case "top":
                guard let count = value["count"]?.intValue, (1...10_000).contains(count) else {
                    return nil
                }
                self = .keep(Int(count))
            default: return nil
            }
        }
    }
}

extension Refusal {
    fileprivate static func pipeline(_ message: String) -> Refusal {
        Refusal("bad-pipeline", "matching.config/pipeline: \(message)")
    }
}
