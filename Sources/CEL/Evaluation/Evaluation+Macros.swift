import Values

extension Evaluation {
    mutating func comprehension(_ loop: Comprehension) throws(EvaluationError) -> Value {
        let range = try evaluate(loop.range)
        try charge(range.bulk, at: loop.range.span)
        let steps = try Steps(range, loop)
        switch loop.kind {
        case .all: return try test(steps, loop, stop: false)
        case .exists: return try test(steps, loop, stop: true)
        case .existsOne: return try existsOne(steps, loop)
        case .filter: return try filter(steps, loop)
        case .map, .transformList: return try transform(steps, loop)
        case .sortBy: return try sortBy(steps, loop)
        case .transformMap, .transformMapEntry: return try transformMap(steps, loop)
        }
    }

    /// What the variables are bound to, step by step.
    private struct Steps {
        var firsts: [Value]
        var seconds: [Value]?

        init(_ range: Value, _ loop: Comprehension) throws(EvaluationError) {
            let hasTwo = loop.secondSlot != nil
            switch range {
            case .list(let list):
                firsts = hasTwo ? list.indices.map { .int(Int64($0)) } : list
                seconds = hasTwo ? list : nil
            case .map(let map):
                firsts = map.keys
                seconds = hasTwo ? map.values : nil
            default:
                throw EvaluationError.noOverload(loop.kind.rawValue, range).placed(
                    at: loop.range.span)
            }
        }
    }

    private mutating func enter(_ step: Int, of steps: Steps, _ loop: Comprehension) {
        setLocal(loop.firstSlot, steps.firsts[step])
        if let slot = loop.secondSlot, let seconds = steps.seconds { setLocal(slot, seconds[step]) }
    }

    /// `all` and `exists`, which are `&&` and `||` over the elements: an element that decides makes
    /// up for those that fail.
    private mutating func test(
        _ steps: Steps, _ loop: Comprehension, stop: Bool
    ) throws(EvaluationError) -> Value {
        var failure: EvaluationError?
        for step in steps.firsts.indices {
            enter(step, of: steps, loop)
            do throws(EvaluationError) {
                if try condition(loop.body) == stop { return .bool(stop) }
            } catch {
                if error.kind == .budgetExceeded { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return .bool(!stop)
    }

    private mutating func existsOne(
        _ steps: Steps, _ loop: Comprehension
    ) throws(EvaluationError) -> Value {
        var count = 0
        for step in steps.firsts.indices {
            enter(step, of: steps, loop)
            if try condition(loop.body) { count += 1 }
        }
        return .bool(count == 1)
    }

    private mutating func filter(
        _ steps: Steps, _ loop: Comprehension
    ) throws(EvaluationError) -> Value {
        var kept: [Value] = []
        for step in steps.firsts.indices {
            enter(step, of: steps, loop)
            if try condition(loop.body) { kept.append(steps.firsts[step]) }
        }
        return .list(kept)
    }

    private mutating func passes(_ loop: Comprehension) throws(EvaluationError) -> Bool {
        guard let filter = loop.filter else { return true }
        return try condition(filter)
    }

    private mutating func transform(
        _ steps: Steps, _ loop: Comprehension
    ) throws(EvaluationError) -> Value {
        var values: [Value] = []
        for step in steps.firsts.indices {
            enter(step, of: steps, loop)
            if try passes(loop) { values.append(try evaluate(loop.body)) }
        }
        return .list(values)
    }

    private mutating func transformMap(
        _ steps: Steps, _ loop: Comprehension
    ) throws(EvaluationError) -> Value {
        var map = ValueMap()
        for step in steps.firsts.indices {
            enter(step, of: steps, loop)
            guard try passes(loop) else { continue }
            let value = try evaluate(loop.body)
            if loop.kind == .transformMap {
                map[steps.firsts[step]] = value
            } else {
                try insert(entries: value, into: &map, loop.body.span)
            }
        }
        return .map(map)
    }

    private func insert(
        entries value: Value, into map: inout ValueMap, _ span: Span
    ) throws(EvaluationError) {
        guard case .map(let entries) = value else {
            throw EvaluationError(
                .noSuchOverload, "transformMapEntry wants a map, not \(value.article)", at: span)
        }
        for (key, value) in entries.entries {
            guard map.insertNew(value, for: key) else {
                throw EvaluationError(.duplicateKey, "duplicate key \(JSON.string(key))", at: span)
            }
        }
    }

    private mutating func sortBy(
        _ steps: Steps, _ loop: Comprehension
    ) throws(EvaluationError) -> Value {
        var keys: [Value] = []
        for step in steps.firsts.indices {
            enter(step, of: steps, loop)
            keys.append(try evaluate(loop.body))
        }
        let order = try sortedPositions(of: keys, loop.body.span)
        return .list(order.map { steps.firsts[$0] })
    }

    /// The positions of the keys in ascending order; equal keys keep theirs.
    mutating func sortedPositions(of keys: [Value], _ span: Span) throws(EvaluationError) -> [Int] {
        let rounds = Int.bitWidth - keys.count.leadingZeroBitCount
        for key in keys {
            try charge((1 + key.bulk) * rounds, at: span)
            guard let ordering = Ordering(keys[0], key), ordering != .unordered else {
                throw EvaluationError(
                    .noSuchOverload, "\(keys[0].typeName) and \(key.typeName) have no common order",
                    at: span)
            }
        }
        return keys.indices.sorted { a, b in
            switch Ordering(keys[a], keys[b]) {
            case .less: true
            case .greater: false
            case .equal, .unordered, nil: a < b
            }
        }
    }
}
