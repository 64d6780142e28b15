import Values

/// The functions of lists and maps.
enum ListFunction: String, Sendable, CaseIterable {
    case size, distinct, flatten, sum, sort, slice, first, last, merge
    case range = "lists.range"

    var arity: ClosedRange<Int> {
        switch self {
        case .size, .distinct, .sum, .sort, .first, .last, .range: 1...1
        case .flatten: 1...2
        case .merge: 2...2
        case .slice: 3...3
        }
    }
}

extension Evaluation {
    mutating func apply(
        _ function: ListFunction, _ arguments: [Value], _ span: Span
    ) throws(EvaluationError) -> Value {
        switch (function, arguments[0]) {
        case (.size, let value):
            if let size = value.size { return .int(Int64(size)) }
        case (.distinct, .list(let list)): return .list(try distinct(list, span))
        case (.sum, .list(let list)): return try sum(list)
        case (.sort, .list(let list)):
            return .list(try sortedPositions(of: list, span).map { list[$0] })
        case (.first, .list(let list)): return .optional(list.first)
        case (.last, .list(let list)): return .optional(list.last)
        case (.flatten, .list(let list)):
            let depth = arguments.count == 2 ? arguments[1].intValue : 1
            guard let depth, depth >= 0 else { break }
            var result: [Value] = []
            try flatten(list, depth: depth, into: &result, span)
            return .list(result)
        case (.slice, .list(let list)): return try slice(list, arguments)
        case (.merge, .map(let map)):
            guard case .map(let other) = arguments[1] else { break }
            return .map(map.merging(other))
        case (.range, .int(let count)):
            try charge(Int(clamping: max(count, 0)), at: span)
            return .list((0..<max(count, 0)).map(Value.int))
        default: break
        }
        throw EvaluationError.noOverload(function.rawValue, arguments)
    }

    /// Each value once, where it came first; scalars are found by hash, lists and maps by search.
    private mutating func distinct(_ list: [Value], _ span: Span) throws(EvaluationError) -> [Value]
    {
        var seen: Set<Value> = []
        var compounds: [Value] = []
        var result: [Value] = []
        for element in list {
            if element.size != nil, element.stringValue == nil {
                var isNew = true
                for other in compounds where isNew {
                    try charge(1, at: span)
                    isNew = !(try equals(element, other, span))
                }
                guard isNew else { continue }
                compounds.append(element)
            } else {
                try charge(element.bulk, at: span)
                guard seen.insert(element.lookupKey).inserted else { continue }
            }
            result.append(element)
        }
        return result
    }

    /// Zero for an empty list; the elements must be of one kind.
    private func sum(_ list: [Value]) throws(EvaluationError) -> Value {
        guard var total = list.first else { return .int(0) }
        switch total {
        case .int, .uint, .double, .duration: break
        default: throw EvaluationError.noOverload("sum", .list(list))
        }
        for element in list.dropFirst() { total = try Arithmetic.add.apply(total, element) }
        return total
    }

    private mutating func flatten(
        _ list: [Value], depth: Int64, into result: inout [Value], _ span: Span
    ) throws(EvaluationError) {
        try charge(list.count, at: span)
        for element in list {
            if case .list(let inner) = element, depth > 0 {
                try flatten(inner, depth: depth - 1, into: &result, span)
            } else {
                result.append(element)
            }
        }
    }

    private func slice(_ list: [Value], _ arguments: [Value]) throws(EvaluationError) -> Value {
        guard case .int(let start) = arguments[1], case .int(let end) = arguments[2] else {
            throw EvaluationError.noOverload("slice", arguments)
        }
        guard start >= 0, start <= end, end <= Int64(list.count) else {
            throw EvaluationError(
                .indexOutOfRange, "slice: \(start) to \(end) is outside of a list of \(list.count)")
        }
        return .list(Array(list[Int(start)..<Int(end)]))
    }
}

extension Value {
    /// Code points, bytes, elements or entries; nil for kinds that have no size.
    var size: Int? {
        switch self {
        case .string(let text): text.utf8.count { $0 & 0xC0 != 0x80 }
        case .bytes(let bytes): bytes.count
        case .list(let list): list.count
        case .map(let map): map.count
        default: nil
        }
    }
}
