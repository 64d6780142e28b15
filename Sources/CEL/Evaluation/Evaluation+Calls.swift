import LinearRegex
import Values

extension Evaluation {
    mutating func call(
        _ function: Function, _ nodes: [Node], _ span: Span
    ) throws(EvaluationError) -> Value {
        guard function.arity.contains(nodes.count) else {
            throw EvaluationError(
                .noSuchOverload, function.arityMessage(given: nodes.count), at: span)
        }
        if case .optional(let alternative) = function, alternative.isAlternative {
            return try self.alternative(alternative, nodes, span)
        }
        var arguments: [Value] = []
        arguments.reserveCapacity(nodes.count)
        for node in nodes {
            let value = try evaluate(node)
            try charge(value.bulk, at: span)
            arguments.append(value)
        }
        do throws(EvaluationError) {
            return try apply(function, arguments, span)
        } catch {
            throw error.placed(at: span)
        }
    }

    private mutating func apply(
        _ function: Function, _ arguments: [Value], _ span: Span
    ) throws(EvaluationError) -> Value {
        try chargeGrowth(function, arguments, span)
        switch function {
        case .conversion(let function): return try function.apply(arguments[0])
        case .time(let function):
            return try function.apply(arguments[0], zone: arguments.dropFirst().first)
        case .math(let function): return try function.apply(arguments)
        case .optional(let function): return try function.apply(arguments)
        case .list(let function): return try apply(function, arguments, span)
        case .text(.matches): return try matches(arguments, span)
        case .text(let function): return try function.apply(arguments)
        }
    }

    /// Texts that are put together may be far longer than what they are made of: they are paid for
    /// before they are built.
    private mutating func chargeGrowth(
        _ function: Function, _ arguments: [Value], _ span: Span
    ) throws(EvaluationError) {
        switch function {
        case .text(.join), .text(.format):
            for argument in arguments { try charge(forSizeOf: argument, at: span) }
            guard case .list(let list) = arguments[0], arguments.count == 2,
                case .string(let separator) = arguments[1]
            else { return }
            try charge(list.count, times: separator.utf8.count, at: span)
        case .text(.replace):
            guard case .string(let text) = arguments[0], case .string(let old) = arguments[1],
                case .string(let new) = arguments[2]
            else { return }
            let places = text.utf8.count / max(old.utf8.count, 1) + 1
            try charge(places, times: new.utf8.count, at: span)
        default: break
        }
    }

    /// For that many bytes.
    private mutating func charge(
        _ count: Int, times size: Int, at span: Span
    ) throws(EvaluationError) {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        try charge(overflow ? .max : bytes >> 4, at: span)
    }

    /// `or` and `orValue` evaluate their second operand only if they need it.
    private mutating func alternative(
        _ function: OptionalFunction, _ nodes: [Node], _ span: Span
    ) throws(EvaluationError) -> Value {
        let value = try evaluate(nodes[0])
        guard case .optional(let inner) = value else {
            throw EvaluationError.noOverload(function.rawValue, value).placed(at: span)
        }
        guard let inner else { return try evaluate(nodes[1]) }
        return function == .orValue ? inner : value
    }

    // MARK: Patterns

    mutating func matches(
        _ operand: Node, _ regex: Regex, _ span: Span
    ) throws(EvaluationError) -> Value {
        let value = try evaluate(operand)
        guard case .string(let text) = value else {
            throw EvaluationError.noOverload("matches", value).placed(at: span)
        }
        return .bool(try matches(text, regex, span))
    }

    private mutating func matches(
        _ arguments: [Value], _ span: Span
    ) throws(EvaluationError) -> Value {
        guard case .string(let text) = arguments[0], case .string(let pattern) = arguments[1] else {
            throw EvaluationError.noOverload("matches", arguments)
        }
        try charge(pattern.utf8.count, at: span)
        return .bool(try matches(text, try compiled(pattern), span))
    }

    private func compiled(_ pattern: String) throws(EvaluationError) -> Regex {
        do throws(Regex.Failure) {
            return try Regex(pattern)
        } catch {
            throw EvaluationError(.invalidArgument, error.message)
        }
    }

    /// At worst every letter visits every instruction.
    private mutating func matches(
        _ text: String, _ regex: Regex, _ span: Span
    ) throws(EvaluationError) -> Bool {
        try charge(text.utf8.count + 1, times: regex.size, at: span)
        return regex.matches(text)
    }
}
